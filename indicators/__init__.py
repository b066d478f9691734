"""What is counted and what it means. Knows no screen."""
