"""The pages of the atlas; thin, no statistics."""
