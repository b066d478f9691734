"""Age bands by the words of columns, and which of them fill a group of the catalogue."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from atlas.newproject.meaning import is_rate, measure_of, plain
from indicators.catalogue import Catalogue

OLDEST = 120
_PEOPLE = (
    r"(?:(?:e(?: e)?|ew|einw|einwohner|bevoelkerung|bev|menschen|inhabitants|residents|population|"
    r"alter|age|ag|altersgruppe|im alter|von|im|der|in)[ _]*)*"
)
_END = r"(?: ?(?:jahren?|jahr|j|jaehrige|years?|alt))*"
_UNDER = re.compile(rf"{_PEOPLE}(?:unter|below|under|u|<) ?(\d{{1,3}}){_END}")
_OVER = re.compile(
    rf"{_PEOPLE}(?:(ab|>=|ueber|above|over|>) ?(\d{{1,3}}){_END}"
    rf"|(\d{{1,3}}) ?(?:\+|plus|u ae|{_END.strip()} ?(?:und aelter|und mehr|u ae|u aelter)))"
)
_SPAN = re.compile(rf"{_PEOPLE}(\d{{1,3}}) ?(bis unter|u|-|–|bis|to|) ?(\d{{1,3}}){_END}")


@dataclass(frozen=True)
class _Band:
    low: int
    high: int
    closed: bool = False
    beyond: bool = False


def _band(label: str) -> _Band | None:
    """The band that a whole label is; ``closed`` where its end may be meant or not."""
    text = plain(label.replace("–", "-").replace(">", " > ").replace("<", " < "))
    text = re.sub(r"(?<=\d) ?jahren? (?=bis)", " ", text)
    text = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", text)
    text = " ".join(text.split())
    if under := _UNDER.fullmatch(text):
        return _Band(0, int(under[1]) - 1)
    if over := _OVER.fullmatch(text):
        beyond = over[1] in ("ueber", "above", "over", ">")
        return _Band(int(over[2] or over[3]), OLDEST, beyond=beyond)
    span = _SPAN.fullmatch(text)
    if span is None or int(span[3]) > OLDEST:
        return None
    low, high, open_end = int(span[1]), int(span[3]), span[2] in ("bis unter", "u")
    return _Band(low, high - open_end, closed=not open_end) if low <= high - open_end else None


def ages_of(labels: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Age bands by label, both ends inclusive, told from all labels of a table together.

    "6-15" beside "15-18" ends below 15, "6-14" beside "15-17" at 14. "Over 65" is only a band
    where another ends at 64. A label with anything beside the ages is none.
    """
    found = {label: b for label in labels if not is_rate(label) and (b := _band(label))}
    lows = {b.low for b in found.values()}
    shared = any(b.closed and b.high in lows and b.high != b.low for b in found.values())
    bands = {
        label: (b.low, b.high - 1 if shared and b.closed else b.high) for label, b in found.items()
    }
    ends = {high for label, (_, high) in bands.items() if not found[label].beyond}
    return {
        label: (low, high) for label, (low, high) in bands.items()
        if low <= high and (not found[label].beyond or low - 1 in ends)
    }  # fmt: skip


def tile(bands: Mapping[str, tuple[int, int]], low: int, high: int) -> list[str]:
    """The fewest bands that fill low to high without gap or overlap; empty where none do."""
    best: dict[int, list[str]] = {low: []}
    for at in range(low, high + 1):
        if at not in best:
            continue
        for label, (start, end) in bands.items():
            if start == at and end <= high:
                path = [*best[at], label]
                if end + 1 not in best or len(path) < len(best[end + 1]):
                    best[end + 1] = path
    return best.get(high + 1, [])


def to_the_oldest(bands: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Bands whose highest one ends at 95 or later, taken for open."""
    oldest = max((high for _, high in bands.values()), default=0)
    return {
        c: (low, OLDEST if high == oldest and high >= 95 else high)
        for c, (low, high) in bands.items()
    }


def age_targets(labels: Sequence[str], measure: str, catalogue: Catalogue) -> dict[str, list[str]]:
    """Columns of a matrix of ages → ``measure/group`` for every group they fill exactly."""
    bands = to_the_oldest(ages_of(labels))
    found: dict[str, list[str]] = {}
    for group in catalogue.group:
        ends = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", group.member)
        if group.dimension != "age" or not ends:
            continue
        for label in tile(bands, int(ends[1]), int(ends[2] or OLDEST)):
            found.setdefault(label, []).append(f"{measure}/{group.key}")
    return found


def by_measure(labels: Sequence[str], catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Labels of several header rows by the measure of persons that their heading names in full.

    Returns
    -------
    measures
        Measure → the last part of the label → the whole label; ``""`` for labels of one row.
    """
    found: dict[str, dict[str, str]] = {}
    for label in labels:
        *above, last = label.split(" / ")
        heading = measure_of(" ".join(above), catalogue) if above else ""
        if heading is None or (heading and catalogue.measures[heading].unit != "persons"):
            continue
        found.setdefault(heading, {})[last] = label
    return found


def fills(
    bands: Mapping[str, tuple[int, int]], total: str, numbers: pd.DataFrame
) -> tuple[int, int] | None:
    """Rows in which all ages together are the total, of rows compared; None without all ages."""
    every = tile(to_the_oldest(bands), 0, OLDEST)
    if not every:
        return None
    known = numbers[[*every, total]].dropna()
    return int((known[every].sum(axis=1) == known[total]).sum()), len(known)
