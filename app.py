"""The atlas in the browser."""
