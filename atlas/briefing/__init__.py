"""Pages people print and send."""
