"""Pages that people print and send."""

from atlas.briefing.write import brief, brief_bytes

__all__ = ["brief", "brief_bytes"]
