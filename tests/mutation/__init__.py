"""Damaged input: every reader gives the same numbers, or one clear error."""
