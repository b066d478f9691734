"""Outlines looked at once: what was wrong with them, what was mended, what must be told."""

from geodata.shapes.coverage import check_coverage, snapped
from geodata.shapes.mend import mended
from geodata.shapes.place import settled_crs, shifted_layers
from geodata.shapes.report import AreasReport, Finding, LayerReport

__all__ = [
    "AreasReport",
    "Finding",
    "LayerReport",
    "check_coverage",
    "mended",
    "settled_crs",
    "shifted_layers",
    "snapped",
]
