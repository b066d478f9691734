"""Tables as offices deliver them, read as text: what every reader needs.

Every cell is read as text, exactly as written; what it means is decided by the reader
who knows the column. A spreadsheet's number keeps its digits without a decimal ``.0``.
"""

from geodata.files.basics import (
    ROW,
    SPREADSHEETS,
    TableFormat,
    existing,
    inside,
    is_nothing,
    layers_of,
    leaves_folder,
    require_columns,
    sha256_of,
    tidy,
)
from geodata.files.detect import Detected, detect_format
from geodata.files.sheets import UnclearCell, sheet_names, sheet_values
from geodata.files.table import Table, TableCache, open_table, read_table

__all__ = [
    "ROW",
    "SPREADSHEETS",
    "Detected",
    "Table",
    "TableCache",
    "TableFormat",
    "UnclearCell",
    "detect_format",
    "existing",
    "inside",
    "is_nothing",
    "layers_of",
    "leaves_folder",
    "open_table",
    "read_table",
    "require_columns",
    "sha256_of",
    "sheet_names",
    "sheet_values",
    "tidy",
]
