"""A place that is listed more than once is kept once; where that is not sure, it is said.

A wrong merge hides a room, a listed doubt costs a glance: only certain pairs are merged, and
only where all of a group are certain with each other.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geodata.places.names import (
    Address,
    address_of,
    institution_of,
    is_generic,
    tells_apart,
    words_of,
)

SAME_PLACE_M = 100.0
"""Within this distance in metres two places of one kind and name are one place.

Two maps put a large building's pin up to about 90 m apart.
"""

SAME_DOOR_M = 25.0
"""Within this distance slips of the pen in a name are certain to be slips of the pen."""

FAR_M = 300.0
"""Up to this distance a second place of the same kind and full name is a doubt."""

_SLIP, _LIKE, _SLIP_LENGTH = 0.9, 0.75, 10

Reason = Literal["same_name", "part_name", "slip", "like_name", "same_house", "far"]
_REASONS: dict[Reason, str] = {
    "same_name": "gleicher Name",
    "part_name": "ein Name steht im anderen",
    "slip": "fast gleicher Name",
    "like_name": "ähnlicher Name",
    "same_house": "gleiche Anschrift, ähnlicher Name",
    "far": "gleicher Name, weiter auseinander",
}


class _Card(NamedTuple):
    """What of a place is compared."""

    name: str
    words: tuple[str, ...]
    kind: str
    said_kind: str
    address: Address
    key: str


class Pair(NamedTuple):
    """Two rows that may be one place, whether certainly, and why."""

    a: int
    b: int
    certain: bool
    reason: Reason
    metres: float


@dataclass(frozen=True)
class Doubt:
    """Two places that are both kept and may be one.

    Parameters
    ----------
    places, names, kinds
        Of both.
    metres
        Between them, whole metres.
    reason
        Why they may be one, German.
    """

    places: tuple[str, str]
    names: tuple[str, str]
    kinds: tuple[str, str]
    metres: int
    reason: str

    def __str__(self) -> str:
        a, b = (f"„{n}“ ({k})" for n, k in zip(self.names, self.places, strict=True))
        how = f"{self.metres} m, {self.reason}"
        return f"Vielleicht derselbe Ort, beide übernommen: {a} und {b}, {how}."

    def as_dict(self) -> dict[str, object]:
        """Plain values for the check report."""
        return asdict(self)


class Duplicates(NamedTuple):
    """Places kept; dropped key to kept key; a sentence per merged place; what is in doubt."""

    kept: gpd.GeoDataFrame
    renamed: dict[str, str]
    merged: tuple[str, ...]
    doubts: tuple[Doubt, ...]


def merge_duplicates(places: gpd.GeoDataFrame) -> Duplicates:
    """Keep every place once.

    Parameters
    ----------
    places
        ``place``, ``name``, ``kind``, ``owner``, ``assumed``, ``barrier_free``, ``capacity``,
        ``accepts``, ``address``, ``unnamed`` and points in metres. Rows are numbered from 0.

    Returns
    -------
    Duplicates
        The first row of a group stays, with the longest name; its gaps are filled from the
        others.
    """
    groups, left = _groups(similar_pairs(places), len(places))
    groups = _with_same_key(groups, places["place"])
    cards = _cards(places)
    drop: list[int] = []
    renamed: dict[str, str] = {}
    merged: list[str] = []
    kept = places.copy()
    fillable = ["barrier_free", "capacity", "accepts", "address"]
    for first, *rest in groups:
        members = [first, *rest]
        kept.at[first, "name"] = _best_name(places, members)
        if places.loc[members, "kind"].nunique() > 1:
            kept.at[first, "kind"] = cards[first].kind
        kept.loc[first, ["owner", "assumed"]] = _owner(places.loc[members])
        for column in fillable:
            kept.at[first, column] = _first_known(places.loc[members, column])
        renamed |= {str(places.at[i, "place"]): str(places.at[first, "place"]) for i in rest}
        merged.append(_sentence(places.loc[members]))
        drop += rest
    doubts = _doubts(places, left, groups)
    return Duplicates(
        kept.drop(index=drop).reset_index(drop=True), renamed, tuple(merged), tuple(doubts)
    )


def _best_name(places: gpd.GeoDataFrame, members: list[int]) -> str:
    named = [i for i in members if not places.at[i, "unnamed"]] or members
    return max((str(places.at[i, "name"]) for i in named), key=lambda n: len(words_of(n)))


def _sentence(members: gpd.GeoDataFrame) -> str:
    listed = ", ".join(
        f"„{n}“ ({k})" for n, k in zip(members["name"], members["place"], strict=True)
    )
    return f"Mehrfach aufgeführt, einmal übernommen: {listed}."


def _first_known(values: pd.Series) -> object:
    known = values[values.notna() & ~values.isin(["", "unknown"])]
    return known.iloc[0] if len(known) else values.iloc[0]


def _owner(members: gpd.GeoDataFrame) -> tuple[str, bool]:
    """Owner of a place listed several times, and whether it is assumed: a delivered one wins."""
    known = members[members["owner"] != "unknown"].sort_values("assumed", kind="stable")
    row = known.iloc[0] if len(known) else members.iloc[0]
    return str(row["owner"]), bool(row["assumed"])


def _cards(places: gpd.GeoDataFrame) -> list[_Card]:
    columns = ("name", "unnamed", "kind", "address", "place")
    return [
        _card("" if unnamed else str(name), str(kind), str(address), str(key))
        for name, unnamed, kind, address, key in zip(*(places[c] for c in columns), strict=True)
    ]


def _card(name: str, kind: str, address: str, key: str) -> _Card:
    words = words_of(name)
    return _Card(name, words, institution_of(words) or kind, kind, address_of(address), key)


def similar_pairs(places: gpd.GeoDataFrame) -> list[Pair]:
    """All pairs of rows that are or may be one place, ordered by row.

    Of rows with the same key only the first is compared: they are one place anyway.
    """
    cards = _cards(places)
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    again = places["place"].duplicated().to_numpy()
    near = cKDTree(xy).query_pairs(FAR_M) if len(places) else set()
    found = []
    for a, b in sorted((a, b) for a, b in near if not (again[a] or again[b])):
        metres = _metres(xy, a, b)
        judgement = judged(cards[a], cards[b], metres)
        if judgement:
            found.append(Pair(a, b, *judgement, metres))
    return found


def _with_same_key(groups: list[list[int]], keys: pd.Series) -> list[list[int]]:
    """Groups with all rows of the same keys, and those rows as groups of their own."""
    by_key = [list(map(int, rows)) for rows in keys.groupby(keys, sort=False).indices.values()]
    of_first = {rows[0]: rows for rows in by_key}
    whole = [sorted(i for first in group for i in of_first[first]) for group in groups]
    taken = {i for group in whole for i in group}
    own = [rows for rows in by_key if len(rows) > 1 and rows[0] not in taken]
    return sorted([*whole, *own])


def _metres(xy: np.ndarray, a: int, b: int) -> float:
    return float(np.hypot(*(xy[a] - xy[b])))


def judged(a: _Card, b: _Card, metres: float) -> tuple[bool, Reason] | None:
    """Whether two places are certainly one, or perhaps, and why; None for two places."""
    if not a.words or not b.words:
        return None
    one, two = frozenset(a.words), frozenset(b.words)
    alike = one <= two or two <= one
    if metres > SAME_PLACE_M:
        same = one == two and not is_generic(one)
        office = alike and institution_of(a.words) and institution_of(b.words)
        return (False, "far") if a.kind == b.kind and (same or office) else None
    reason = _name_reason(a, b, alike=alike)
    if reason is None:
        return None
    return _certain(a, b, metres, reason), reason


def _name_reason(a: _Card, b: _Card, *, alike: bool) -> Reason | None:
    if sorted(a.words) == sorted(b.words):
        return "same_name"
    if alike:
        return "part_name"
    likeness = _likeness(a.words, b.words)
    if likeness >= _LIKE:
        return "slip" if likeness >= _SLIP else "like_name"
    # A house named after its street shares that word with all its rooms.
    shared = {w for w in set(a.words) & set(b.words) if w not in a.address.street}
    own_name = shared and not is_generic(frozenset(shared))
    return "same_house" if own_name and a.address.same(b.address) else None


def _likeness(a: Iterable[str], b: Iterable[str]) -> float:
    """Share of letters in common, words in order of the alphabet; 0 where numbers differ."""
    one, two = "".join(sorted(a)), "".join(sorted(b))
    digits = [[c for c in text if c.isdigit()] for text in (one, two)]
    if digits[0] != digits[1] or min(len(one), len(two)) < _SLIP_LENGTH:
        return 0.0
    return SequenceMatcher(None, one, two, autojunk=False).ratio()


def _certain(a: _Card, b: _Card, metres: float, reason: Reason) -> bool:
    if a.kind != b.kind or a.address.differs(b.address):
        return False
    one, two = frozenset(a.words), frozenset(b.words)
    same_house = a.address.same(b.address)
    shorter = one if len(one) <= len(two) else two
    # "Kita" next to "Kita Wunderland" is often another one; a Jobcenter is not.
    vague = is_generic(shorter) and not institution_of(tuple(shorter))
    at_one_door = same_house or metres <= SAME_DOOR_M
    match reason:
        case "same_name" | "part_name":
            return not tells_apart(one ^ two) and (not vague or at_one_door)
        case "slip":
            likely = len(a.words) == len(b.words) and not tells_apart(one ^ two)
            return likely and metres <= SAME_DOOR_M
        case _:
            return False


def _groups(pairs: list[Pair], n: int) -> tuple[list[list[int]], list[Pair]]:
    """Groups of rows to merge, and the pairs that stay in doubt.

    A group whose members are not all certain with each other would merge two places over a
    third that resembles both ("Jobcenter" between two of them): then only equal names are
    merged, and if they do not fit together either, nothing.
    """
    certain = {(p.a, p.b): p for p in pairs if p.certain}
    groups: list[list[int]] = []
    for component in _components(certain, n):
        inner = {k: p for k, p in certain.items() if k[0] in component and k[1] in component}
        strict = {k: p for k, p in inner.items() if p.reason == "same_name"}
        if _is_whole(component, inner):
            groups.append(component)
        else:
            groups += [c for c in _components(strict, n) if _is_whole(c, certain)]
    home = {i: g for g, members in enumerate(groups) for i in members}
    return sorted(groups), [p for p in pairs if home.get(p.a, -1) != home.get(p.b, -2)]


def _is_whole(members: list[int], edges: dict[tuple[int, int], Pair]) -> bool:
    """Whether every two members are joined."""
    return all((a, b) in edges for i, a in enumerate(members) for b in members[i + 1 :])


def _components(edges: Iterable[tuple[int, int]], n: int) -> list[list[int]]:
    """Connected rows, as lists in the order of the table; single rows left out."""
    a, b = np.array(list(edges), dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(n, n))
    labels = connected_components(graph, directed=False)[1] if n else np.array([], dtype=int)
    members = pd.Series(range(n)).groupby(labels).agg(list)
    return sorted(m for m in members if len(m) > 1)


def _doubts(places: gpd.GeoDataFrame, left: list[Pair], groups: list[list[int]]) -> list[Doubt]:
    """Pairs in doubt, each once, in terms of the places kept."""
    stays = {i: members[0] for members in groups for i in members}
    found: dict[tuple[int, int], Doubt] = {}
    for pair in left:
        a, b = sorted((stays.get(pair.a, pair.a), stays.get(pair.b, pair.b)))
        names = (str(places.at[pair.a, "name"]), str(places.at[pair.b, "name"]))
        kinds = (str(places.at[pair.a, "kind"]), str(places.at[pair.b, "kind"]))
        keys = (str(places.at[a, "place"]), str(places.at[b, "place"]))
        other = ", andere Art" if kinds[0] != kinds[1] else ""
        doubt = Doubt(keys, names, kinds, round(pair.metres), _REASONS[pair.reason] + other)
        found.setdefault((a, b), doubt)
    return list(found.values())
