"""What a table is: which areas, which dates, wide or long, which columns count what."""

import re
from dataclasses import dataclass, field

import pandas as pd

from atlas.newproject.levels import Area
from atlas.newproject.meaning import (
    age_targets,
    half_years,
    is_number,
    iso_of,
    measure_of,
    symbols_of,
)
from atlas.newproject.scan import FoundTable, columns
from geodata.files import ROW, tidy
from indicators.catalogue import Catalogue
from indicators.records.identifiers import by_header

_TOTAL = re.compile(r"insgesamt|gesamt|summe|zusammen|^stadt\b|^total", re.I)
_WHEN = re.compile(r"jahr|year|zeit|stichtag|datum|^stand$|period|quartal|monat", re.I)
_PART = re.compile(
    r"weibl|männl|maennl|female|(?<!fe)male|frauen|männer|ausl|foreign|deutsch|divers|[ _][mw]$",
    re.I,
)
_PEOPLE = re.compile(r"einw|bev(ö|oe)lk|ewr|population|inhabitant|alter", re.I)
_ENOUGH = 0.6


@dataclass(frozen=True)
class Join:
    """The column of a table that names areas, and how many of its words are known."""

    column: str
    chain: int
    level: int
    match: str
    matched: int
    words: int
    areas: int
    unknown: tuple[str, ...]
    totals: tuple[str, ...]
    zeros_lost: bool = False


@dataclass(frozen=True, eq=False)
class Read:
    """A table as the project file will say it."""

    table: FoundTable
    join: Join
    layout: str
    period_column: str | None
    period: str | None
    period_map: dict[str, str]
    counts: dict[str, list[str]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    value: str | None = None
    label_targets: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    symbols: str = "plain"
    signs: tuple[str, ...] = ()

    @property
    def periods(self) -> list[str]:
        """All reporting dates, sorted."""
        return sorted({p for p in (self.period, *self.period_map.values()) if p})

    @property
    def signature(self) -> tuple[object, ...]:
        """What tables of one dataset have in common."""
        shape = (self.table.format.encoding, self.table.format.delimiter, self.table.format.decimal,
                 self.table.format.thousands, self.table.format.skip_rows,
                 self.table.format.footer_rows)  # fmt: skip
        return (
            self.join.column, self.join.match, self.join.level, self.layout, self.period_column,
            tuple(self.counts), self.labels, self.value, shape, self.join.totals,
        )  # fmt: skip


def join_of(table: FoundTable, chains: list[list[Area]]) -> Join | None:
    """The column and level that fit best; None where no column names areas."""
    best: tuple[tuple[float, ...], Join] | None = None
    known = [
        (c, i, match, set(values), len(area.found.frame))
        for c, chain in enumerate(chains)
        for i, area in enumerate(chain)
        for match, values in (("key", area.keys), ("name", _names(area)))
    ]
    for column in columns(table):
        found = set(table.frame[column].map(tidy)) - {""}
        if not 1 < len(found) <= 20_000:
            continue
        totals = {w for w in found if _TOTAL.search(w)}
        for c, level, match, there, size in known:
            here = found - totals
            hit = here & there
            lost = False
            if match == "key" and len(hit) < _ENOUGH * len(here):
                short = {k.lstrip("0"): k for k in there}
                hit = {w for w in here if w.lstrip("0") in short and w.isdigit()}
                lost = True
            if len(hit) < max(2, _ENOUGH * len(here), 0.3 * size):
                continue
            score = (
                len(hit) / len(here),
                len(hit),
                -abs(size - len(hit)),
                match == "key",
                not lost,
            )
            one = Join(column, c, level, match, len(hit), len(here), size,
                       tuple(sorted(here - hit)), tuple(sorted(totals)), lost)  # fmt: skip
            if best is None or score > best[0]:
                best = (score, one)
    return best[1] if best else None


def _names(area: Area) -> pd.Series:
    from atlas.newproject.levels import words

    return words(area.found.frame, area.name)


def read(table: FoundTable, join: Join, catalogue: Catalogue, names: list[str]) -> Read | None:
    """Say what the table is; None where an area has several rows that nothing tells apart.

    ``names`` are the names of all files, which tell half-years from months.
    """
    frame = table.frame
    when = next((c for c in columns(table) if _is_when(frame[c], c) and c != join.column), None)
    mapped = {w: iso_of(w) or "" for w in sorted(set(frame[when].map(tidy)))} if when else {}
    title = f"{table.format.sheet or ''} {table.file}"
    sheet = str(table.format.sheet or "")
    period = None if when else iso_of(sheet) or iso_of(title, half_years(names))
    keys = [join.column, when] if when else [join.column]
    numeric = [c for c in columns(table) if c not in keys and _numeric(frame[c])]
    if not frame.duplicated(keys).any():
        return _wide(Read(table, join, "wide", when, period, mapped), numeric, catalogue)
    labels = [
        c for c in columns(table)
        if c not in (*keys, *numeric) and 1 < frame[c].nunique() <= min(300, len(frame) / 2)
        and not frame[c].map(tidy).isin([""]).any()
    ]  # fmt: skip
    values = [c for c in numeric if c not in labels]
    if not labels or len(values) != 1:
        return None
    return _long(Read(table, join, "long", when, period, mapped), labels, values[0], catalogue)


def _is_when(cells: pd.Series, name: str) -> bool:
    form = (
        r"(19|20)\d{2}([-_/]?(0[1-9]|1[0-2]))?|\d{2}\.\d{2}\.(19|20)\d{2}|(19|20)\d{2}-\d{2}-\d{2}"
    )
    return bool(_WHEN.search(name)) and bool(cells.map(tidy).str.fullmatch(form).all())


def _numeric(cells: pd.Series) -> bool:
    text = cells.map(tidy)
    return bool(is_number(text).mean() > 0.6)


def _wide(one: Read, numeric: list[str], catalogue: Catalogue) -> Read:
    counts: dict[str, list[str]] = {}
    for column in numeric:
        measure = measure_of(column, catalogue)
        if measure and f"{measure}" not in [t for ts in counts.values() for t in ts]:
            counts[column] = [measure]
    people = ["residents"] in counts.values()
    rest = [c for c in numeric if c not in counts and not _PART.search(c)]
    if people or _PEOPLE.search(one.table.file + str(one.table.format.sheet or "")):
        for column, targets in age_targets(rest, "residents", catalogue).items():
            counts.setdefault(column, []).extend(targets)
    unmapped = tuple(c for c in numeric if c not in counts)
    cells = (
        pd.concat([one.table.frame[c].map(tidy) for c in counts])
        if counts
        else pd.Series([], dtype="str")
    )
    profile, signs = symbols_of(cells)
    return _with(one, counts=counts, unmapped=unmapped, symbols=profile, signs=tuple(signs))


def _long(one: Read, labels: list[str], value: str, catalogue: Catalogue) -> Read:
    frame = one.table.frame.assign(**{c: one.table.frame[c].map(tidy) for c in labels})
    keys = [c for c in (one.join.column, one.period_column) if c]
    targets: dict[tuple[str, ...], tuple[str, str]] = {}
    used: set[str] = set()
    for names, part in frame.groupby(labels, sort=True):
        label = tuple(map(str, names))
        measures = [m for word in label[::-1] if (m := measure_of(word, catalogue))]
        target = measures[0] if measures and measure_of(label[-1], catalogue) else ""
        if part.duplicated(keys).any():
            targets[label] = ("", "FRAGE: steht je Raum und Zeit mehrfach")
        elif not target or target in used:
            targets[label] = ("", "FRAGE: noch keiner Messgröße zugeordnet")
        else:
            used.add(target)
            targets[label] = (target, "")
    words = {k for k, (t, _) in targets.items() if t}
    mine = frame[labels].apply(tuple, axis=1).isin(words)
    profile, signs = symbols_of(frame.loc[mine, value].map(tidy))
    return _with(one, labels=tuple(labels), value=value, label_targets=targets,
                 symbols=profile, signs=tuple(signs))  # fmt: skip


def _with(one: Read, **changed: object) -> Read:
    from dataclasses import replace

    return replace(one, **changed)  # type: ignore[arg-type]


_OF_PEOPLE = frozenset(
    ("ein Geburtsdatum", "eine Versicherungs- oder Steuernummer", "eine Bankverbindung",
     "eine Kunden- oder Aktennummer")
)  # fmt: skip
"""What no table of areas has; names, streets and telephones also stand in lists of rooms."""


def case_like(table: FoundTable) -> bool:
    """Whether a table may be a list of cases: it is never looked into any further."""
    names = columns(table)
    told = re.search(
        r"fall|akte|aktenzeichen|geburt|vorname|nachname", " ".join(names), re.IGNORECASE
    )
    return ROW in table.frame and (
        told is not None or any(by_header(name) in _OF_PEOPLE for name in names)
    )


_LON, _LAT = ("lon", "lng", "longitude", "laenge", "länge"), ("lat", "latitude", "breite")


def has_coordinates(table: FoundTable) -> bool:
    """Whether a table has a column of degrees for east and one for north."""
    named = place_columns(table)
    return "lon" in named and "lat" in named


def place_columns(table: FoundTable) -> dict[str, str]:
    """Our names of the columns of a list of places → the table's, as far as words tell."""
    wanted = {
        "place": r"^(.*_)?id$|^nr$|nummer", "name": r"^(.*[_ ])?name$|einrichtung|bezeichnung",
        "kind": r"^kind$|^art$|^typ$|kategorie", "street": r"^stra(ß|ss)e$|^street$|^adresse$",
        "zip": r"^plz$|^zip$|postleitzahl", "opening_hours": r"öffnungszeit|opening_hours",
    }  # fmt: skip
    found: dict[str, str] = {}
    for column in columns(table):
        low = column.lower()
        if low in _LON or low in _LAT:
            found.setdefault("lon" if low in _LON else "lat", column)
            continue
        hit = next((o for o, form in wanted.items() if o not in found and re.search(form, low)), "")
        if hit:
            found[hit] = column
    return found
