"""Ways for walkers from an OpenStreetMap file: which may be used, and by whom.

Motorways and trunk roads, cycleways and bridleways are for walkers only where a tag says
so; this is the default of German law as the OpenStreetMap wiki has it ("OSM tags for
routing/Access restrictions", Germany). A private or forbidden way is no way.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from geodata.errors import GeometryError
from geodata.files import existing
from geodata.travel.network import WalkNetwork, build_network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALLOWED = frozenset({"yes", "designated", "permissive", "official"})
"""Values of ``foot`` that open a way whatever else is said."""
FORBIDDEN = frozenset(
    {
        *("no", "private", "use_sidepath", "restricted", "military"),
        *("agricultural", "forestry", "delivery", "psv", "bus"),
    }
)
"""Values of ``foot`` and ``access`` that close a way."""
ONLY_IF_ALLOWED = frozenset(
    {"motorway", "motorway_link", "trunk", "trunk_link", "cycleway", "bridleway", "busway"}
)
NO_WAYS = frozenset(
    {
        *("construction", "proposed", "planned", "abandoned", "razed", "disused", "no"),
        *("raceway", "bus_guideway", "escape", "via_ferrata", "rest_area", "services"),
    }
)
MARGIN_M = 2_000.0
"""So far beyond the outermost point ways are read: a way may leave the city and come back."""
_TAGS = ("foot", "access", "motorroad", "wheelchair", "ramp:wheelchair")


@dataclass(frozen=True)
class Streets:
    """Straight stretches of ways that walkers may use.

    Parameters
    ----------
    xy
        Coordinates of the nodes in metres, shape (N, 2).
    ends
        The two nodes of each stretch, shape (S, 2).
    wheels
        Whether a wheelchair gets along each stretch, shape (S,).
    """

    xy: Floats
    ends: Ints
    wheels: Bools

    def network(self, *, without_steps: bool = False) -> WalkNetwork:
        """The connected network, on demand only what is passable with a wheelchair.

        Raises
        ------
        GeometryError
            No way is left.
        """
        ends = self.ends[self.wheels] if without_steps else self.ends
        if not len(ends):
            raise GeometryError("Das Wegenetz enthält hier keinen Weg, den man gehen darf.")
        return build_network(self.xy, ends)


def read_streets(path: Path, bounds: tuple[float, float, float, float], crs: str) -> Streets:
    """Read the ways for walkers from an OpenStreetMap file (.pbf).

    Parameters
    ----------
    path
        The file.
    bounds
        West, south, east and north of all points, in `crs`; ways are read to `MARGIN_M`
        beyond.
    crs
        In metres.

    Raises
    ------
    FileMissingError
        There is no such file.
    GeometryError
        It is no OpenStreetMap file, or has no way for walkers within the bounds.
    """
    ways, nodes = _read(existing(path), _box(bounds, crs))
    usable = ways[may_walk(ways)]
    if usable.empty:
        raise GeometryError(f"{path.name} enthält im Gebiet der Stadt keinen Weg für Fußgänger.")
    ids = np.unique(usable[["u", "v"]].to_numpy())
    index = pd.Index(nodes["id"])
    place = index.get_indexer(ids)
    lon, lat = nodes["lon"].to_numpy()[place], nodes["lat"].to_numpy()[place]
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    ends = np.searchsorted(ids, usable[["u", "v"]].to_numpy()).astype(np.int64)
    return Streets(np.column_stack([x, y]), ends, may_roll(usable))


def _box(bounds: tuple[float, float, float, float], crs: str) -> list[float]:
    west, south, east, north = bounds
    grown = (west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M)
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return list(to_degrees.transform_bounds(*grown))


def _read(path: Path, box: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All ways within a box as stretches between two nodes, and the nodes."""
    from pyrosm import OSM
    from pyrosm.exceptions import PBFException

    try:
        with warnings.catch_warnings():
            # That nothing is there is said below, in words of ours.
            warnings.simplefilter("ignore", UserWarning)
            osm = OSM(str(path), bounding_box=box, progress=False)
            found = osm.get_network("all", extra_attributes=list(_TAGS), nodes=True)
    except (PBFException, ValueError) as error:
        raise GeometryError(f"{path.name} ist keine lesbare OpenStreetMap-Datei: {error}") from None
    if found is None or found[1] is None:
        raise GeometryError(f"{path.name} enthält im Gebiet der Stadt keinen Weg.")
    nodes, ways = found
    return pd.DataFrame(ways), pd.DataFrame(nodes[["id", "lon", "lat"]])


def _tag(ways: pd.DataFrame, name: str) -> pd.Series:
    if name not in ways:
        return pd.Series("", index=ways.index, dtype="str")
    return ways[name].astype("str").where(ways[name].notna(), "")


def may_walk(ways: pd.DataFrame) -> Bools:
    """Which ways people on foot may use.

    Parameters
    ----------
    ways
        ``highway`` and, where delivered, ``foot``, ``access``, ``motorroad``.
    """
    highway, foot, access = _tag(ways, "highway"), _tag(ways, "foot"), _tag(ways, "access")
    allowed = foot.isin(ALLOWED)
    closed = access.isin(FORBIDDEN) | highway.isin(ONLY_IF_ALLOWED)
    closed |= _tag(ways, "motorroad") == "yes"
    usable = (highway != "") & ~highway.isin(NO_WAYS) & ~foot.isin(FORBIDDEN) & (allowed | ~closed)
    return np.asarray(usable, dtype=bool)


def may_roll(ways: pd.DataFrame) -> Bools:
    """Which ways are passable with a wheelchair: no steps without a ramp, none marked ``no``.

    What nobody has tagged counts as passable.
    """
    steps = (_tag(ways, "highway") == "steps") & (_tag(ways, "ramp:wheelchair") != "yes")
    return np.asarray(~steps & (_tag(ways, "wheelchair") != "no"), dtype=bool)
