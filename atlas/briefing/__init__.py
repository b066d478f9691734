"""Pages that people print and send."""

from atlas.briefing.write import brief

__all__ = ["brief"]
