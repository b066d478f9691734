"""Which layers are levels of one another, which are states of the same level, by what key."""

import re
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from atlas.newproject.scan import FoundLayer
from geodata.files import tidy

_KEYISH = re.compile(
    r"(^|_)(id|key|nr|num|nummer|schl\w*|code|kz|kennz\w*|ags|rs)($|_)|schl|nummer|raumid", re.I
)
_TECHNICAL = re.compile(r"^(gml_?id|fid|objectid|ogc_fid|uuid|shape\w*|id_?0)$", re.I)
_NAMISH = re.compile(r"name|bezeichn|ortsteil|stadtteil|bezirk|quartier|viertel|gemeinde_n", re.I)
_FEWER = 1.5
"""A coarser level has fewer areas by at least this factor; else it is another state."""


@dataclass(frozen=True, eq=False)
class Area:
    """A layer of areas: its key and name column, and what is above it.

    ``parent`` is a column with the key of the level above, ``prefix`` the number of leading
    characters that are it, ``pattern`` the part of the column that is the key.
    """

    found: FoundLayer
    key: str
    name: str
    others: tuple[str, ...] = ()
    parent: str | None = None
    prefix: int | None = None
    pattern: str | None = None
    in_space: bool = False

    @property
    def keys(self) -> pd.Series:
        """Keys as text."""
        text = words(self.found.frame, self.key)
        return text.str.extract(f"(?:{self.pattern})", expand=True)[0] if self.pattern else text

    @property
    def title(self) -> str:
        """File and layer."""
        return f"{self.found.file} {self.found.layer or ''}".strip()


def words(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as tidy text; whole numbers without a decimal point."""
    values = frame[column]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("str").fillna("").map(tidy)


def as_area(found: FoundLayer) -> Area | None:
    """Choose key and name column of a layer; None where no column tells its areas apart."""
    frame = found.frame
    texts = {str(c): words(frame, str(c)) for c in frame.columns if c != frame.geometry.name}
    single = [
        c for c, t in texts.items()
        if t.is_unique and not t.isin(["", "nan", "None", "<NA>"]).any()
        and not t.str.fullmatch(r"-?\d+[.,]\d+").any()
    ]  # fmt: skip
    if not single:
        return None

    def keyish(column: str) -> tuple[bool, bool, bool, bool]:
        text = texts[column]
        code = bool(text.str.fullmatch(r"[\w.-]*\d[\w.-]*").all())
        even = text.str.len().nunique() == 1
        return not _TECHNICAL.match(column), code, bool(_KEYISH.search(column)), even

    lettered = [c for c, t in texts.items() if t.str.contains(r"[A-Za-zÄÖÜäöü]{3}").mean() > 0.8]
    named = sorted(lettered, key=lambda c: (-texts[c].nunique(), not _NAMISH.search(c)))
    named = [c for c in named if not _TECHNICAL.match(c)]
    key = max(single, key=keyish)
    # Where the key is itself a name, another column names the area only if it is unique as well.
    others = [c for c in named if c != key and (key not in lettered or c in single)]
    name = next(iter(others), key)
    return Area(found, key, name, tuple(single))


def above(child: Area, parent: Area) -> tuple[Area, Area] | None:
    """How `child` lies in `parent`: both with what was found out, or None."""
    if len(child.found.frame) < _FEWER * len(parent.found.frame):
        return None
    return _by_prefix(child, parent) or _by_column(child, parent) or _by_space(child, parent)


def _by_prefix(child: Area, parent: Area) -> tuple[Area, Area] | None:
    keys = child.keys
    if keys.str.len().nunique() != 1:
        return None
    for option in _key_options(parent):
        theirs = option.keys
        lengths = set(theirs.str.len())
        n = lengths.pop() if len(lengths) == 1 else 0
        if 0 < n < len(keys.iloc[0]) and set(keys.str[:n]) == set(theirs):
            return replace(child, prefix=n), option
    return None


def _by_column(child: Area, parent: Area) -> tuple[Area, Area] | None:
    frame = child.found.frame
    candidates = [str(c) for c in frame.columns if c not in (frame.geometry.name, child.key)]
    for option in _key_options(parent):
        theirs = set(option.keys)
        for column in candidates:
            if set(words(frame, column)) == theirs:
                return replace(child, parent=column), option
    return None


def _key_options(parent: Area) -> list[Area]:
    """The parent with its own key, with other columns as key, and with ends of them."""
    options = [parent, *(replace(parent, key=c) for c in parent.others if c != parent.key)]
    for option in list(options):
        keys = option.keys
        for n in range(1, int(keys.str.len().min())):
            if keys.str[-n:].is_unique:
                options.append(replace(option, pattern=f"({'.' * n})$"))
    return options


def _by_space(child: Area, parent: Area) -> tuple[Area, Area] | None:
    below = child.found.frame
    points = gpd.GeoDataFrame(geometry=below.geometry.representative_point(), crs=below.crs)
    over = parent.found.frame[[parent.found.frame.geometry.name]].to_crs(below.crs)
    hits = gpd.sjoin(points, over, predicate="within")
    if len(hits) == len(points) and hits["index_right"].nunique() == len(over):
        return replace(child, in_space=True), parent
    return None


def chains(areas: list[Area]) -> list[list[Area]]:
    """One chain per state of the boundaries: finest first, each with what is above it.

    A layer may be the top of several chains. Layers that only space relates are last resort.
    """
    fine = [a for a in areas if not any(above(b, a) for b in areas if b is not a)]
    found = []
    for start in fine:
        chain, left = [start], [a for a in areas if a is not start]
        left.sort(key=lambda a: (-len(a.found.frame), a.found.file != start.found.file))
        for candidate in left:
            related = above(chain[-1], candidate)
            same = candidate.found.file == start.found.file
            if related and (same or not related[0].in_space or len(fine) == 1):
                chain[-1:] = related
        found.append(chain)
    return found
