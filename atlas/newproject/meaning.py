"""What columns mean: measures and age bands by their words, dates, symbols. Doubt is left open."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from atlas.meant import spelling
from indicators.catalogue import Catalogue
from indicators.symbols import load_profile, profile_keys

OLDEST = 120
_RATE = re.compile(
    r"anteil|quote|prozent|percent|%|\bje \d|rate|durchschnitt|mittel|index|dichte", re.I
)
_ALSO = {
    "residents": (
        "einwohner", "einwohner insgesamt", "einwohnerinnen", "bevölkerung", "bevoelkerung",
        "bevölkerung insgesamt", "einwohnerzahl", "inhabitants", "residents", "ew",
        "hauptwohnsitz", "einwohner gesamt", "wohnberechtigte hauptwohnung", "e e",
    ),
    "unemployed": ("arbeitslose", "arbeitslose insgesamt", "arbeitslose gesamt"),
    "unemployed_longterm": ("langzeitarbeitslose",),
    "sgb2_bg": ("bedarfsgemeinschaften", "bg", "bedarfsgemeinschaften insgesamt"),
    "sgb2_persons": ("personen in bedarfsgemeinschaften", "personen in bg"),
    "sgb2_elb": ("erwerbsfähige leistungsberechtigte", "elb"),
}  # fmt: skip
_UNDER = re.compile(r"(?:(?:^|[^a-z])(?:unter|below|under|bis unter|<)[ _]?|u ?)(\d{1,3})(?:\D|$)")
_OVER = re.compile(
    r"(?:above|over|ab|über|>=?)[ _]?(\d{1,3})|(\d{1,3})[ _]?(?:\+|und älter|und mehr|u\. ?ä|plus)"
)
_SPAN = re.compile(r"(?<!\d)(\d{1,3}) ?(?:bis unter|u|-|–|bis|to| ) ?(\d{1,3})(?!\d)")
_OPEN_SPAN = re.compile(r"\d[ _]?(?:bis unter|u)[ _]?\d")


def measure_of(label: str, catalogue: Catalogue) -> str | None:
    """The measure that a label names in full; a label with anything more names none."""
    if _RATE.search(label):
        return None
    known = {spelling(re.sub(r"\(.*?\)", "", m.name_de)): m.key for m in catalogue.measure}
    known |= {word: key for key, words in _ALSO.items() for word in words}
    return known.get(spelling(re.sub(r"\(.*?\)", "", label)))


def ages_of(labels: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Age bands by label, both ends inclusive, told from all labels of a table together.

    "6-15" beside "15-18" ends below 15, "6-14" beside "15-17" at 14.
    """
    found: dict[str, tuple[int, int | None]] = {}
    closed: list[str] = []
    for label in labels:
        text = " ".join(spelling(label).replace("jahren", "").replace("jahre", "").split())
        if _RATE.search(label):
            continue
        if span := _SPAN.search(text):
            low, high = int(span[1]), int(span[2])
            if _OPEN_SPAN.search(text):
                high -= 1
            else:
                closed.append(label)
            if low <= high <= OLDEST:
                found[label] = (low, high)
        elif over := _OVER.search(text):
            found[label] = (int(over[1] or over[2]), OLDEST)
        elif under := _UNDER.search(text):
            found[label] = (0, int(under[1]) - 1)
    lows = {low for low, _ in found.values()}
    if any(found[c][1] in lows and found[c][0] != found[c][1] for c in closed if c in found):
        for c in closed:
            if c in found and found[c][1] is not None:
                found[c] = (found[c][0], int(found[c][1] or 0) - 1)
    return {
        c: (low, min(OLDEST, int(high or 0)))
        for c, (low, high) in found.items()
        if low <= (high or 0)
    }


def tile(bands: dict[str, tuple[int, int]], low: int, high: int) -> list[str]:
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


def age_targets(labels: Sequence[str], measure: str, catalogue: Catalogue) -> dict[str, list[str]]:
    """Columns of a matrix of ages → ``measure/group`` for every group they fill exactly."""
    bands = ages_of(labels)
    oldest = max((high for _, high in bands.values()), default=0)
    bands = {c: (low, OLDEST if high == oldest and high >= 95 else high)
             for c, (low, high) in bands.items()}  # fmt: skip
    found: dict[str, list[str]] = {}
    for group in catalogue.group:
        ends = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", group.member)
        if group.dimension != "age" or not ends:
            continue
        for label in tile(bands, int(ends[1]), int(ends[2] or OLDEST)):
            found.setdefault(label, []).append(f"{measure}/{group.key}")
    return found


def iso_of(text: str, halves: bool = False) -> str | None:
    """The reporting date that a text says: a day, a month's last day, a half-year, a year."""
    if m := re.search(r"(?<!\d)(\d{2})\.(\d{2})\.((?:19|20)\d{2})(?!\d)", text):
        return f"{m[3]}-{m[2]}-{m[1]}"
    if m := re.search(r"(?<!\d)((?:19|20)\d{2})[-_]([01]\d)[-_]([0-3]\d)(?!\d)", text):
        return f"{m[1]}-{m[2]}-{m[3]}"
    if m := re.search(r"(?<!\d)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])(?!\d)", text):
        if halves and m[2] in ("01", "02"):
            return f"{m[1]}-06-30" if m[2] == "01" else f"{m[1]}-12-31"
        return str((pd.Period(f"{m[1]}-{m[2]}", "M")).end_time.date())
    if m := re.search(r"(?<!\d)((?:19|20)\d{2})(?!\d)", text):
        return f"{m[1]}-12-31"
    return None


def half_years(names: Iterable[str]) -> bool:
    """Whether the numbers after the year are 01 and 02 alone, so halves rather than months."""
    ends = {m[1] for n in names if (m := re.search(r"(?<!\d)(?:19|20)\d{2}[-_](\d{2})(?!\d)", n))}
    return ends == {"01", "02"}


def is_number(text: pd.Series) -> pd.Series:
    """Which cells are numbers, however they are written."""
    return text.str.fullmatch(r"-?\d+([.,]\d+)*")


def symbols_of(cells: pd.Series) -> tuple[str, list[str]]:
    """The publisher's profile that knows all signs in cells, and the signs that none knows."""
    signs = set(cells[~is_number(cells)])
    signs |= {"-9999"} & set(cells)
    known = {key: set(load_profile(key).cells) for key in profile_keys()}
    order = sorted(known, key=lambda k: (len(signs - known[k]), k != "plain", k))
    return order[0], sorted(signs - known[order[0]])
