"""An edition as files for other programs: German CSV, XLSX and GeoPackage."""

from atlas.export.folder import export

__all__ = ["export"]
