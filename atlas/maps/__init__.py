"""One description of a map that feeds both the live map and the exported page."""

from atlas.maps.describe import MapDescription, describe
from atlas.maps.marks import Mark, PlaceMark
from atlas.maps.page import export_html
from atlas.maps.rows import csv_of, table_of

__all__ = [
    "MapDescription",
    "Mark",
    "PlaceMark",
    "csv_of",
    "describe",
    "export_html",
    "table_of",
]
