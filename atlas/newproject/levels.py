"""Which layers are levels of one another, which are states of the same level, by what key."""

import re
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from atlas.newproject.level_words import level_word
from atlas.newproject.scan import FoundLayer
from geodata.files import tidy

_KEYISH = re.compile(
    r"(^|_)(id|key|nr|num|nummer|schl\w*|code|kz|kennz\w*|ags|rs)($|_)|schl|nummer|raumid|"
    r"^(bez|ot|stt|stb|stbz|stbez|vb|plr|pgr|bzr|blk|block)$",
    re.I,
)
_TECHNICAL = re.compile(r"^(gml_?id|fid|objectid|ogc_fid|uuid|shape\w*|id_?0)$", re.I)
_SIZE = re.compile(
    r"fl(ä|ae)che|area|umfang|l(ä|ae)nge|gr(ö|oe)(ß|ss)e|_?(m2|qm|ha|km2)$|datum", re.I
)
_NAMISH = re.compile(r"name|bezeichn|ortsteil|stadtteil|bezirk|quartier|viertel|gemeinde_n", re.I)
_INSIDE = 0.9
"""So large a share of areas must lie in the area above that column or key name."""
_SAME_DEGREES = 1e-4
_MOSTLY = 0.8
_FEWER = 1.5
"""A coarser level has fewer areas by at least this factor; else it is another state."""


@dataclass(frozen=True, eq=False)
class Area:
    """A layer of areas: its key and name column, and what is above it.

    ``parent`` is a column with the key of the level above, ``prefix`` the number of leading
    characters that are it, ``pattern`` the part of the column that is the key; ``parts`` tells
    that an area may have several rows, ``in_space`` that only the map says what is above it.
    ``level`` is the level's title where a column of a finer layer makes the areas.
    """

    found: FoundLayer
    key: str
    name: str
    others: tuple[str, ...] = ()
    parent: str | None = None
    prefix: int | None = None
    pattern: str | None = None
    parts: bool = False
    in_space: bool = False
    level: str = ""

    @property
    def keys(self) -> pd.Series:
        """Keys as text."""
        text = words(self.rows, self.key)
        return text.str.extract(f"(?:{self.pattern})", expand=True)[0] if self.pattern else text

    @property
    def names(self) -> pd.Series:
        """Names as text."""
        return words(self.rows, self.name)

    @property
    def rows(self) -> gpd.GeoDataFrame:
        """One row an area."""
        frame = self.found.frame
        return frame[~words(frame, self.key).duplicated()] if self.parts else frame

    @property
    def title(self) -> str:
        """File and layer."""
        return self.found.title


def words(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as tidy text; whole numbers without a decimal point."""
    values = frame[column]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("str").fillna("").map(tidy)


def as_area(found: FoundLayer) -> Area | None:
    """Choose key and name column of a layer; None where no column tells its areas apart.

    A number is a key only where the column's name or its leading zeros say so: a count that
    happens to differ everywhere would join tables by chance.
    """
    frame = found.frame
    texts = {str(c): words(frame, str(c)) for c in frame.columns if c != frame.geometry.name}
    full = {c: t for c, t in texts.items() if not _gaps(t)}
    single = [c for c, t in full.items() if t.is_unique]
    lettered = [c for c, t in texts.items() if _lettered(t)]
    named = sorted(lettered, key=lambda c: (-texts[c].nunique(), not _NAMISH.search(c)))
    named = [c for c in named if not _TECHNICAL.match(c)]
    key = _key(frame, {c: texts[c] for c in single}, named)
    if key is None:
        return _in_parts(found, full, named)
    # Where the key is itself a name, another column names the area only if it is unique as well.
    others = [c for c in named if c != key and (key not in lettered or c in single)]
    return Area(found, key, next(iter(others), key), tuple(single))


def _gaps(text: pd.Series) -> bool:
    """Whether a column has empty cells or decimals, so is no key."""
    empty = text.isin(["", "nan", "None", "<NA>"])
    return bool(empty.any() or text.str.fullmatch(r"-?\d+[.,]\d+").any())


def _lettered(text: pd.Series) -> bool:
    """Whether most cells of a column are words."""
    return bool(text.str.contains(r"[A-Za-zÄÖÜäöü]{3}").mean() > _MOSTLY)


def _code(text: pd.Series) -> bool:
    return bool(text.str.fullmatch(r"[\w.-]*\d[\w.-]*").all())


def _key(frame: gpd.GeoDataFrame, single: dict[str, pd.Series], named: list[str]) -> str | None:
    """The column that is the key, of those that tell all rows apart."""
    codes = []
    for column, text in single.items():
        is_text = not pd.api.types.is_numeric_dtype(frame[column])
        even = text.str.len().nunique() == 1
        if _SIZE.search(column) or not _code(text):
            continue
        if _KEYISH.search(column) or (is_text and even):
            rank = (not _TECHNICAL.match(column), bool(_KEYISH.search(column)), even, is_text)
            codes.append((rank, column))
    good = [c for c in codes if c[0][0]]
    if good:
        return max(good, key=lambda c: c[0])[1]
    unique_names = [c for c in named if c in single]
    if unique_names:
        return unique_names[0]
    return max(codes, key=lambda c: c[0])[1] if codes else None


def _in_parts(found: FoundLayer, full: dict[str, pd.Series], named: list[str]) -> Area | None:
    """Areas of several rows each: a key or a name that repeats, with one name for each."""
    columns = [c for c in full if _KEYISH.search(c) and not _TECHNICAL.match(c) and _code(full[c])]
    for key in [*columns, *(c for c in named if c in full)]:
        names = [c for c in named if full[key].nunique() > 1 and c in full and c != key
                 and (full[c].groupby(full[key]).nunique() == 1).all()]  # fmt: skip
        if 1 < full[key].nunique() < len(full[key]):
            name = max(names, key=lambda c: full[c].nunique(), default=key)
            return Area(found, key, name, (), parts=True)
    return None


def above(child: Area, parent: Area) -> tuple[Area, Area] | None:
    """How `child` lies in `parent` by its key or a column: both with what was found, or None."""
    if len(child.rows) < _FEWER * len(parent.rows):
        return None
    return _by_prefix(child, parent) or _by_column(child, parent)


def _by_prefix(child: Area, parent: Area) -> tuple[Area, Area] | None:
    keys = child.keys
    if keys.str.len().nunique() != 1:
        return None
    for option in _key_options(parent):
        theirs = option.keys
        lengths = set(theirs.str.len())
        n = lengths.pop() if len(lengths) == 1 else 0
        if (
            0 < n < len(keys.iloc[0])
            and set(keys.str[:n]) == set(theirs)
            and _lies(child, option, keys.str[:n])
        ):
            return replace(child, prefix=n), option
    return None


def _by_column(child: Area, parent: Area) -> tuple[Area, Area] | None:
    rows = child.rows
    candidates = [str(c) for c in rows.columns if c not in (rows.geometry.name, child.key)]
    for option in _key_options(parent):
        theirs = set(option.keys)
        for column in candidates:
            said = words(rows, column)
            if set(said) == theirs and _lies(child, option, said):
                return replace(child, parent=column), option
    return None


def _lies(child: Area, parent: Area, said: pd.Series) -> bool:
    """Whether the areas lie where their keys or a column say: else these are other numbers."""
    over = parent.rows.assign(_key=parent.keys)[["_key", parent.rows.geometry.name]]
    hits = _points(child).sjoin(over.to_crs(child.rows.crs), predicate="within")
    return bool((hits["_key"] == said.reindex(hits.index)).sum() >= _INSIDE * len(said))


def _points(area: Area) -> gpd.GeoDataFrame:
    rows = area.rows
    return gpd.GeoDataFrame(geometry=rows.geometry.representative_point(), crs=rows.crs)


def _key_options(parent: Area) -> list[Area]:
    """The parent with its own key, with other columns as key, and with ends of them."""
    options = [parent, *(replace(parent, key=c) for c in parent.others if c != parent.key)]
    for option in list(options):
        keys = option.keys
        for n in range(1, int(keys.str.len().min())):
            if keys.str[-n:].is_unique:
                options.append(replace(option, pattern=f"({'.' * n})$"))
    return options


def nests_in_space(child: Area, parent: Area) -> bool:
    """Whether every area lies in one of `parent`, and each of these has some."""
    if len(child.rows) < _FEWER * len(parent.rows):
        return False
    points = _points(child)
    over = parent.rows[[parent.rows.geometry.name]].to_crs(points.crs)
    hits = points.sjoin(over, predicate="within")
    return len(hits) == len(points) and hits["index_right"].nunique() == len(over)


def chains(areas: list[Area]) -> list[list[Area]]:
    """One chain per state of the boundaries: finest first, each with what is above it.

    A layer may be the top of several chains. Layers that only space relates come last, and
    where there are several states only from the same file: another's could lie there too.
    """
    fine = [
        a for a in areas
        if not any(above(b, a) or nests_in_space(b, a) for b in areas if b is not a)
    ]  # fmt: skip
    found = []
    for start in fine:
        chain, left = [start], [a for a in areas if a is not start]
        left.sort(key=lambda a: (-len(a.rows), a.found.file != start.found.file))
        for candidate in left:
            if related := above(chain[-1], candidate):
                chain[-1:] = related
        keyed = [a.found for a in chain]
        for candidate in (a for a in left if a.found not in keyed):
            own = len(fine) == 1 or candidate.found.file == start.found.file
            if own and nests_in_space(chain[-1], candidate):
                chain[-1:] = [replace(chain[-1], in_space=True), candidate]
        while more := _by_own_columns(chain[-1]):
            chain[-1:] = more
        found.append(chain)
    return found


def _by_own_columns(area: Area) -> tuple[Area, Area] | None:
    """A level above that only columns of the layer itself say: a name, at best with a key."""
    frame, own = area.found.frame, words(area.found.frame, area.key)
    texts = {str(c): words(frame, str(c)) for c in frame.columns
             if c not in (frame.geometry.name, area.key, area.name)}  # fmt: skip
    grouping = {
        c: t for c, t in texts.items()
        if not _gaps(t) and 1 < t.nunique() <= own.nunique() / _FEWER
        and (t.groupby(own).nunique() == 1).all()
    }  # fmt: skip
    named = [c for c, t in grouping.items() if _lettered(t) and level_word(c.lower())]
    if not named:
        return None
    name = max(named, key=lambda c: grouping[c].nunique())
    pairs = [c for c, t in grouping.items() if c != name and _code(t)
             and len(set(zip(t, grouping[name], strict=True))) == t.nunique()
             == grouping[name].nunique()]  # fmt: skip
    key = max(pairs, key=lambda c: bool(_KEYISH.search(c)), default=name)
    level = level_word(name.lower()) or ""
    return replace(area, parent=key), Area(area.found, key, name, parts=True, level=level)


def same_areas(one: Area, other: Area) -> bool:
    """Whether two layers are the same areas, as when a map lies there in two formats."""
    if len(one.rows) != len(other.rows) or set(one.keys) != set(other.keys):
        return False
    boxes = [a.found.frame.to_crs(4326).total_bounds for a in (one, other)]
    return bool(abs(boxes[0] - boxes[1]).max() < _SAME_DEGREES)


def distinct(areas: list[Area]) -> list[Area]:
    """Areas without copies of others, and without the city as a whole."""
    found: list[Area] = []
    for area in areas:
        if len(area.rows) > 1 and not any(same_areas(area, a) for a in found):
            found.append(area)
    return found or areas
