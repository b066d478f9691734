"""From cells to planning areas on four levels, nested, in two vintages.

Every region is split into parts with about the same number of residents, top down and
without crossing the river, so that areas are small where people live densely. The older
vintage is the same ground, partly merged and partly cut differently.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from atlas.demo import plan
from atlas.demo.ground import Floats, Ground, Ints

MERGED, DIVIDED, RECUT = 10, 2, 5
"""How many pairs were one area in 2019, areas were two, pairs had another border."""


@dataclass(frozen=True)
class Regions:
    """The Planungsraum of every cell in each vintage, and what the Planungsräume are called.

    Parameters
    ----------
    of_cell
        By vintage, the eight-digit key of each cell.
    table
        One row per vintage and Planungsraum: ``vintage``, ``area``, ``name``,
        ``inhabited``, ``jobcenter`` (key of the district).
    region_names
        Names of Bezirke, Prognoseräume and Bezirksregionen by key.
    """

    of_cell: dict[str, np.ndarray[Any, np.dtype[np.str_]]]
    table: pd.DataFrame
    region_names: dict[str, str]


@cache
def names() -> dict[str, Any]:
    """The invented names."""
    return tomllib.loads(files("atlas.demo").joinpath("names.toml").read_text("utf-8"))


def make_regions(ground: Ground, people: Floats, rng: np.random.Generator) -> Regions:
    """Draw the planning areas of both vintages over cells with `people` living in them."""
    split = _Splitter(ground, people)
    region = _bezirksregionen(ground, split)
    region = _attach_blobs(ground, region)
    now = _planungsraeume(ground, region, split)
    before, pairs = _older(ground, region, now, split, rng)
    keys = _region_keys()
    region_names, room_names = _names_of(ground, region, keys, now)
    new = _numbered(region, keys, now, first=1)
    old = _old_keys(region, keys, now, before, new)
    table = _table(ground, people, {"2019": (before, old), "2022": (now, new)}, room_names, pairs)
    return Regions({"2019": old, "2022": new}, table, region_names)


@dataclass(frozen=True)
class _Splitter:
    """Splits sets of cells into connected parts of about equal population."""

    ground: Ground
    people: Floats

    def __call__(self, cells: Ints, parts: int, starts: Floats | None = None) -> Ints:
        """Part of each of `cells`, by a power diagram whose weights even out the load."""
        points = self.ground.points[cells]
        load = self.people[cells] + 0.02 * self.people[cells].mean() + 1e-9
        centres = _spread(points, load, parts) if starts is None else starts.copy()
        pull = np.zeros(parts)
        scale = float(np.var(points, axis=0).sum()) / parts
        for step in range(80):
            distance = ((points[:, None] - centres[None]) ** 2).sum(axis=2) - pull
            part = distance.argmin(axis=1)
            sums = np.bincount(part, load, minlength=parts)
            pull -= scale * (0.5 / (1 + step / 12)) * (sums * parts / load.sum() - 1)
            for axis in (0, 1):
                moved = np.bincount(part, load * points[:, axis], minlength=parts)
                np.divide(moved, sums, out=centres[:, axis], where=sums > 0)
        return self._joined(cells, part)

    def _joined(self, cells: Ints, part: Ints) -> Ints:
        """Give scattered pieces of a part to the part they border on most."""
        inner = _inner_pairs(self.ground.neighbours, cells, len(self.ground.points))
        return _mend(part, inner, self.people[cells])


def _spread(points: Floats, load: Floats, parts: int) -> Floats:
    """Starting centres far from each other, the first the heaviest point."""
    chosen = [int(load.argmax())]
    while len(chosen) < parts:
        far = ((points[:, None] - points[chosen][None]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(int((far * np.sqrt(load)).argmax()))
    return np.asarray(points[chosen]).copy()


def _inner_pairs(neighbours: Ints, cells: Ints, total: int) -> Ints:
    """Pairs of neighbours among `cells`, by their place in `cells`."""
    place = np.full(total, -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    pairs = place[neighbours]
    return np.asarray(pairs[(pairs >= 0).all(axis=1)])


def _mend(part: Ints, pairs: Ints, people: Floats) -> Ints:
    """Reassign all but the most populous connected piece of each part, until nothing changes."""
    part = part.copy()
    for _ in range(20):
        same = pairs[part[pairs[:, 0]] == part[pairs[:, 1]]]
        graph = coo_matrix((np.ones(len(same)), same.T), shape=(len(part), len(part)))
        piece = connected_components(graph, directed=False)[1]
        weight = np.bincount(piece, people + 1e-6)
        main = {p: max(set(piece[part == p]), key=lambda c: (weight[c], -c)) for p in set(part)}
        loose = np.array([piece[i] != main[p] for i, p in enumerate(part)])
        borders = np.vstack([pairs, pairs[:, ::-1]])
        borders = borders[loose[borders[:, 0]] & ~loose[borders[:, 1]]]
        if not len(borders):
            break
        for lost in np.unique(piece[borders[:, 0]]):
            around = part[borders[piece[borders[:, 0]] == lost, 1]]
            part[piece == lost] = np.bincount(around).argmax()
    return part


def _bezirksregionen(ground: Ground, split: _Splitter) -> Ints:
    """Number of the Bezirksregion of every cell, blobs -1: bank, Bezirk, Prognoseraum, region."""
    region = np.full(len(ground.points), -1, dtype=np.int64)
    number = 0
    for bank, starts in enumerate(plan.BEZIRK_SEEDS):
        cells = np.flatnonzero((ground.bank == bank) & (ground.blob == -1))
        for bezirk in _parts(cells, split(cells, 2, np.array(starts))):
            for prognoseraum in _parts(bezirk, split(bezirk, 2)):
                for part in _parts(prognoseraum, split(prognoseraum, 3)):
                    region[part] = number
                    number += 1
    return region


def _parts(cells: Ints, part: Ints) -> list[Ints]:
    return [cells[part == k] for k in range(int(part.max()) + 1)]


def _attach_blobs(ground: Ground, region: Ints) -> Ints:
    """Each blob goes as a whole to the Bezirksregion it borders on most."""
    region = region.copy()
    first = region.copy()
    both = np.vstack([ground.neighbours, ground.neighbours[:, ::-1]])
    for blob in range(int(ground.blob.max()) + 1):
        at = ground.blob[both[:, 0]] == blob
        around = first[both[at, 1]]
        region[ground.blob == blob] = np.bincount(around[around >= 0]).argmax()
    return region


def _planungsraeume(ground: Ground, region: Ints, split: _Splitter) -> Ints:
    """Number of the Planungsraum of every cell; a blob is one of its own."""
    now = np.full(len(region), -1, dtype=np.int64)
    number = 0
    for area, parts in enumerate(plan.PLANUNGSRAEUME_PER_REGION):
        cells = np.flatnonzero((region == area) & (ground.blob == -1))
        for part in _parts(cells, split(cells, parts)):
            now[part] = number
            number += 1
    return np.where(ground.blob >= 0, number + ground.blob, now)


def _older(
    ground: Ground, region: Ints, now: Ints, split: _Splitter, rng: np.random.Generator
) -> tuple[Ints, dict[int, tuple[int, ...]]]:
    """The Planungsräume of 2019, and for each changed one today's that it is named after."""
    before, pairs = now.copy(), _sibling_pairs(ground, region, now)
    order = [pairs[i] for i in rng.permutation(len(pairs))]
    used: set[int] = set()
    named: dict[int, tuple[int, ...]] = {}
    fresh, done = int(now.max()) + 1, 0
    for one, other in order:
        if done == MERGED + RECUT:
            break
        if used & {one, other}:
            continue
        used |= {one, other}
        cells = np.flatnonzero((now == one) | (now == other))
        if done < MERGED:
            before[cells] = fresh
            named[fresh] = (one, other)
        else:
            before[cells] = fresh + _turned(ground, cells, now[cells], split)
            named[fresh], named[fresh + 1] = (one,), (other,)
        fresh, done = fresh + 2, done + 1
    rest = [int(a) for a in np.unique(now[ground.blob == -1]) if int(a) not in used]
    for area in [rest[i] for i in rng.permutation(len(rest))[:DIVIDED]]:
        cells = np.flatnonzero(now == area)
        before[cells] = fresh + split(cells, 2)
        named[fresh], named[fresh + 1] = (area,), (area,)
        fresh += 2
    return before, named


def _turned(ground: Ground, cells: Ints, part: Ints, split: _Splitter) -> Ints:
    """Two areas cut anew, with a border at about a right angle to today's."""
    points = ground.points[cells]
    one = np.unique(part)[0]
    middle = points.mean(axis=0)
    axis = points[part == one].mean(axis=0) - middle
    turned = np.array([-axis[1], axis[0]]) + 0.5 * axis
    return split(cells, 2, np.array([middle + turned, middle - turned]))


def _sibling_pairs(ground: Ground, region: Ints, now: Ints) -> list[tuple[int, int]]:
    """Neighbouring Planungsräume of one Bezirksregion, blobs left out."""
    a, b = ground.neighbours.T
    good = (region[a] == region[b]) & (now[a] != now[b]) & (ground.blob[a] == -1)
    good &= ground.blob[b] == -1
    pairs = np.sort(np.stack([now[a][good], now[b][good]], axis=1), axis=1)
    return [(int(x), int(y)) for x, y in np.unique(pairs, axis=0)]


def _region_keys() -> list[str]:
    """Six digits for each Bezirksregion: they were numbered in the order of the hierarchy."""
    total = len(plan.PLANUNGSRAEUME_PER_REGION)
    return [f"{n // 6 + 1:02d}{n % 6 // 3 + 1:02d}{n % 3 + 1:02d}" for n in range(total)]


def _centres(ground: Ground, label: Ints, among: Sequence[int]) -> Floats:
    return np.array([ground.points[label == k].mean(axis=0) for k in among])


def _names_of(
    ground: Ground, region: Ints, keys: Sequence[str], now: Ints
) -> tuple[dict[str, str], dict[int, str]]:
    """Names of the regions by key, and of today's Planungsräume by number."""
    known = names()
    wanted = known["bezirksregion"]
    open_land = np.where(ground.blob == -1, region, -1)
    centres = _centres(ground, open_land, range(len(keys)))
    cost = ((centres[:, None] - np.array([w["at"] for w in wanted])[None]) ** 2).sum(axis=2)
    chosen = linear_sum_assignment(cost)[1]
    region_names = {key: wanted[c]["name"] for key, c in zip(keys, chosen, strict=True)}
    for bezirk, name in known["bezirke"].items():
        region_names[bezirk] = name
        for n, part in enumerate(known["prognoseraeume"][bezirk], start=1):
            region_names[f"{bezirk}{n:02d}"] = part
    blobs = [b.name for b in plan.BLOBS] + list(plan.RIVER_NAMES)
    free = {n: list(wanted[c]["raeume"]) for n, c in enumerate(chosen)}
    rooms: dict[int, str] = {}
    for area in np.unique(now):
        cell = int(np.flatnonzero(now == area)[0])
        blob = int(ground.blob[cell])
        rooms[int(area)] = blobs[blob] if blob >= 0 else free[int(region[cell])].pop(0)
    return region_names, rooms


def _numbered(
    region: Ints, keys: Sequence[str], label: Ints, first: int
) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Eight-digit keys, counted from `first` within each Bezirksregion."""
    result = np.full(len(label), "", dtype="U8")
    for number, key in enumerate(keys):
        for n, area in enumerate(np.unique(label[(region == number) & (label >= 0)])):
            result[label == area] = f"{key}{n + first:02d}"
    return result


def _old_keys(
    region: Ints,
    keys: Sequence[str],
    now: Ints,
    before: Ints,
    new: np.ndarray[Any, np.dtype[np.str_]],
) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Unchanged areas keep their key, changed ones have one of their own from 21 on."""
    changed = np.where(before > now.max(), before, -1)
    own = _numbered(region, keys, changed, first=21)
    return np.where(changed >= 0, own, new)


def _table(
    ground: Ground,
    people: Floats,
    vintages: dict[str, tuple[Ints, np.ndarray[Any, np.dtype[np.str_]]]],
    rooms: dict[int, str],
    named: dict[int, tuple[int, ...]],
) -> pd.DataFrame:
    rows = []
    for vintage, (label, key) in vintages.items():
        for area in np.unique(label):
            here = label == area
            blob = int(ground.blob[here][0])
            rows.append(
                {
                    "vintage": vintage,
                    "area": str(key[here][0]),
                    "name": "/".join(rooms[a] for a in named.get(int(area), (int(area),))),
                    "inhabited": _lived_in(blob),
                    "x": float(np.average(ground.points[here, 0], weights=people[here] + 1e-9)),
                    "y": float(np.average(ground.points[here, 1], weights=people[here] + 1e-9)),
                    "people": float(people[here].sum()),
                }
            )
    table = pd.DataFrame(rows).sort_values(["vintage", "area"], ignore_index=True)
    table["name"] = _told_apart(table)
    table["jobcenter"] = _jobcenters(table)
    return table.drop(columns=["x", "y", "people"])


def _lived_in(blob: int) -> bool:
    if blob == -1:
        return True
    return blob < len(plan.BLOBS) and plan.BLOBS[blob].residents > 0


def _told_apart(table: pd.DataFrame) -> pd.Series:
    """Two areas of a vintage that are named after the same one become Nord and Süd."""
    twins = table.duplicated(["vintage", "name"], keep=False)
    rank = table[twins].groupby(["vintage", "name"])["y"].rank(ascending=False)
    ending = rank.map({1.0: " Nord", 2.0: " Süd"}).reindex(table.index).fillna("")
    return table["name"] + ending


def _jobcenters(table: pd.DataFrame) -> pd.Series:
    """The district of each Planungsraum: nearest seat with evened load, whatever its Bezirk."""
    seats = np.array(plan.JOBCENTER_SEEDS)
    now = table[table["vintage"] == "2022"]
    points, load = now[["x", "y"]].to_numpy(), now["people"].to_numpy()
    pull = np.zeros(len(seats))
    for step in range(60):
        nearest = (((points[:, None] - seats[None]) ** 2).sum(axis=2) - pull).argmin(axis=1)
        sums = np.bincount(nearest, load, minlength=len(seats))
        pull -= 3.0 / (1 + step / 10) * (sums * len(seats) / load.sum() - 1)
    everywhere = table[["x", "y"]].to_numpy()
    district = (((everywhere[:, None] - seats[None]) ** 2).sum(axis=2) - pull).argmin(axis=1)
    return pd.Series([f"JC{d + 1}" for d in district], index=table.index)
