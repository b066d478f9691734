"""Tables of the same shape are one dataset; a number is taken from one table alone."""

from collections.abc import Sequence
from pathlib import Path

from atlas.newproject.dates import without_dates
from atlas.newproject.draft import Dataset, State
from atlas.newproject.tables import Read
from atlas.newproject.text import slug

_Cell = tuple[str, str]


def datasets_of(reads: Sequence[Read], states: Sequence[State], name: str) -> list[Dataset]:
    """Group tables; those with more columns first.

    The same figure of the same day is never taken for two states of the boundaries either:
    what lies between the two could be computed from both.
    """
    groups: dict[tuple[object, ...], list[Read]] = {}
    numbers = {s.number for s in states}
    for one in reads:
        if one.join.chain in numbers:
            groups.setdefault((*one.signature, one.says), []).append(one)
    taken: dict[_Cell, Read] = {}
    datasets: list[Dataset] = []
    for group in sorted(groups.values(), key=_weight):
        own, twice = list[Read](), list[tuple[Read, str]]()
        for one in group:
            why = _not_taken(one, taken)
            if one.says and why:
                twice.append((one, why))
                continue
            own.append(one)
            if one.says:
                taken |= {(t, p): one for t in one.targets for p in one.periods}
        datasets.append(_dataset(own, twice, [d.key for d in datasets], name))
    return datasets


def chosen(reads: Sequence[Read]) -> list[Read]:
    """Tables of which nothing was taken from one with more columns."""
    taken: dict[_Cell, Read] = {}
    found = []
    for one in sorted((r for r in reads if r.says), key=lambda r: -len(r.counts)):
        if not _not_taken(one, taken):
            found.append(one)
            taken |= {(t, p): one for t in one.targets for p in one.periods}
    return found


def _weight(group: list[Read]) -> tuple[bool, int]:
    return not group[0].says, -sum(len(r.counts) for r in group)


def _not_taken(one: Read, taken: dict[_Cell, Read]) -> str:
    cells = sorted({(t, p) for t in one.targets for p in one.periods} & set(taken))
    others = [taken[c] for c in cells]
    same = [o for o in others if (o.join.chain, o.join.level) == (one.join.chain, one.join.level)]
    if same:
        return f"dieselben Zahlen stehen in {same[0].table.title}"
    apart = [o for o in others if o.join.chain != one.join.chain]
    if apart:
        return (
            f"{apart[0].table.title} hat dieselben Zahlen für andere Grenzen; aus beiden ließe "
            "sich ausrechnen, was dazwischen liegt"
        )
    return ""


def _dataset(
    own: list[Read], twice: list[tuple[Read, str]], keys: Sequence[str], name: str
) -> Dataset:
    first = own[0] if own else twice[0][0]
    stem = Path(first.table.file).stem
    files = {one.table.file for one in own or [one for one, _ in twice]}
    key = slug((len(files) > 1 and without_dates(stem)) or stem)
    while key in keys:
        key += "_2"
    off = twice[0][1] if not own else _why_off(first)
    labels = f"{name}_{key}.csv" if first.layout == "long" else ""
    if not own:
        return Dataset(key, [one for one, _ in twice], [], off, labels)
    return Dataset(key, own, twice, off, labels)


def _why_off(one: Read) -> str:
    if one.off:
        return one.off
    if one.join.broken:
        return "die Gebiete lassen sich noch nicht sicher verbinden"
    if not one.targets:
        more = f" ({one.doubts[0].rstrip('.')})" if one.doubts else ""
        return f"keine Spalte nennt sicher eine Messgröße{more}"
    return "" if one.periods else "der Stichtag fehlt"
