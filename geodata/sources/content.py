"""What a file or a service delivered, before anything is checked."""

import hashlib
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.shapes.report import Finding


@dataclass(frozen=True)
class Opened:
    """Rows with outlines as delivered.

    ``label`` names the place in messages; ``crs`` is the system as text, None where none is
    named; ``sha256`` is that of the content of a service, empty for a file.
    """

    frame: gpd.GeoDataFrame
    label: str
    crs: str | None
    findings: tuple[Finding, ...] = ()
    sha256: str = ""


def crs_name(frame: gpd.GeoDataFrame) -> str | None:
    """The reference system as text: ``EPSG:25833`` where it has a number, else WKT."""
    if frame.crs is None:
        return None
    authority = frame.crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(frame.crs.to_wkt())


def content_hash(frame: gpd.GeoDataFrame) -> str:
    """Hash of rows and outlines, whatever their order: a service may send them in any.

    Pages, timestamps and the order of rows differ from call to call; the content must not.
    """
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    columns = sorted(table.columns)
    words = table[columns].astype("str").to_numpy()
    shapes = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()), byte_order=1)
    rows = sorted(
        "\x1f".join(row).encode() + b"\x1e" + (shape or b"")
        for row, shape in zip(words, shapes, strict=True)
    )
    return hashlib.sha256("\x1f".join(columns).encode() + b"\x1d" + b"\x1d".join(rows)).hexdigest()


@dataclass
class Pages:
    """Pages of a service put together; no feature may come twice and none may be missing."""

    frames: list[gpd.GeoDataFrame] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)
    rows: int = 0

    def add(self, frame: gpd.GeoDataFrame, ids: list[str]) -> None:
        """Add a page with the identifiers of its features, where they have any."""
        self.frames.append(frame)
        self.rows += len(frame)
        self.repeated += [i for i in ids if i in self.seen]
        self.seen.update(ids)

    def is_again(self, frame: gpd.GeoDataFrame) -> bool:
        """Whether a page is the last one once more: its sender does not turn pages."""
        last = self.frames[-1]
        return bool(
            len(frame)
            and len(frame) == len(last)
            and np.array_equal(
                shapely.to_wkb(frame.geometry.to_numpy()), shapely.to_wkb(last.geometry.to_numpy())
            )
        )

    def whole(self) -> gpd.GeoDataFrame:
        """All pages under each other."""
        first = self.frames[0]
        return gpd.GeoDataFrame(
            pd.concat([f for f in self.frames if len(f)] or [first], ignore_index=True),
            geometry=first.geometry.name,
            crs=first.crs,
        )
