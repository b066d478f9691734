"""Where things are: planning areas, places, minutes. Knows no counts."""
