"""A published edition: written whole, verified, opened; the only input of all that is shown.

An edition is a folder of Parquet and JSON files (see `TABLES`). It is written under a
temporary name beside its place and put there in one step; nothing half-written opens.
"""

from atlas.edition.manifest import (
    FORMAT,
    DisclosureSummary,
    Draft,
    ExternalNumber,
    HierarchyInfo,
    IndexInfo,
    LedgerMark,
    Manifest,
    MorningInfo,
    SourceCard,
    TableInfo,
    TravelInfo,
    WayInfo,
)
from atlas.edition.reading import Edition, open_edition, read_manifest
from atlas.edition.schema import TABLES, empty_table
from atlas.edition.writing import Published, publish

__all__ = [
    "FORMAT",
    "TABLES",
    "DisclosureSummary",
    "Draft",
    "Edition",
    "ExternalNumber",
    "HierarchyInfo",
    "IndexInfo",
    "LedgerMark",
    "Manifest",
    "MorningInfo",
    "Published",
    "SourceCard",
    "TableInfo",
    "TravelInfo",
    "WayInfo",
    "empty_table",
    "open_edition",
    "publish",
    "read_manifest",
]
