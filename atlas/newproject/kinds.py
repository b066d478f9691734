"""Tables that are no tables of numbers: places, address registers, lists of cases, groupings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from atlas.newproject import dates
from atlas.newproject.crs import DEGREES, Box, systems_of
from atlas.newproject.joins import Join
from atlas.newproject.scan import FoundTable, columns
from geodata.files import ROW, tidy
from indicators.records.identifiers import by_header
from indicators.records.identifying import Sample, Use, by_content

_EAST = re.compile(
    r"^(?:lon|lng|long|longitude|l(ä|ae)nge(?:ngrad)?|geo_?l(ä|ae)nge|x|"
    r"x[_ -]?(?:koord\w*|wert|utm)|"
    r"koord\w*[_ -]?x|utm[_ -]?(?:x|ost|e)|rechts(?:wert)?|ost(?:wert)?|east(?:ing)?|rw)$",
    re.I,
)
_NORTH = re.compile(
    r"^(?:lat|latitude|breite(?:ngrad)?|geo_?breite|y|y[_ -]?(?:koord\w*|wert|utm)|"
    r"koord\w*[_ -]?y|utm[_ -]?(?:y|nord|n)|hoch(?:wert)?|nord(?:wert)?|north(?:ing)?|hw)$",
    re.I,
)
_PLACE = {
    "place": r"^(.*_)?id$|^(lfd\.? ?)?nr\.?$|nummer", "kind": r"^kind$|^art\b|^typ$|kategorie",
    "name": r"^(.*[_ ])?name$|einrichtung|bezeichnung|^objekt$|^standort$",
    "street": r"^stra(ß|ss)e|^str\.?$|^street$", "address": r"^adresse$|^anschrift$",
    "zip": r"^plz$|^zip$|postleitzahl", "owner": r"^tr(ä|ae)ger",
    "opening_hours": r"(ö|oe)ffnungszeit|opening_hours",
}  # fmt: skip
_STREET = re.compile(r"^stra(ß|ss)e|^str\.?$|strassenname|straßenname", re.I)
_HOUSE = re.compile(r"haus-?_? ?n|^hnr|^hsnr|^nr\.?$|^nummer$", re.I)
_SUFFIX = re.compile(r"zusatz|^adz$|buchstabe", re.I)
_POSTCODE = re.compile(r"^plz|postleitzahl", re.I)
_PERSONAL = frozenset({
    "ein Name", "ein Geburtsdatum", "eine Versicherungs- oder Steuernummer", "eine Bankverbindung",
    "eine Kunden- oder Aktennummer",
})  # fmt: skip
_BIRTH = re.compile(
    r"geburt|\bgeb[-_. ]?(?:dat|jahr|tag)|gebjahr|vorname|fall-?_?(?:nr|id)\b", re.I
)
_MOST_CODES = 12


@dataclass(frozen=True)
class Points:
    """The columns of a table's coordinates, east before north, and where they may lie."""

    x: str
    y: str
    systems: tuple[str, ...]


@dataclass(frozen=True)
class Cases:
    """A list of cases, by its columns alone: ``refused`` has the reason of each.

    ``area`` is the join of the column with the area, ``days`` are columns of days, ``others``
    may serve as groups.
    """

    table: FoundTable
    area: Join | None
    points: Points | None
    street: tuple[str, ...]
    days: tuple[str, ...]
    others: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True)
class Register:
    """A list of addresses with the area or the place of each."""

    table: FoundTable
    street: str
    number: str | None
    suffix: str | None
    postcode: str | None
    area: Join | None
    points: Points | None


@dataclass(frozen=True)
class Grouping:
    """A table that puts the finest areas together in another way."""

    table: FoundTable
    join: Join
    parent: str
    name: str
    size: int


def points_of(table: FoundTable, near: Box | None) -> Points | None:
    """Columns of coordinates by their names, and the systems in which they lie in the city."""
    named = columns(table)
    x = next((c for c in named if _EAST.match(c.strip())), None)
    y = next((c for c in named if _NORTH.match(c.strip())), None)
    if not x or not y:
        return None
    pair = [_decimals(table, c) for c in (x, y)]
    known = pair[0].notna() & pair[1].notna()
    if not known.any():
        return None
    east, north = pair[0][known], pair[1][known]
    if found := systems_of(east, north, near):
        return Points(x, y, tuple(found))
    return (
        Points(y, x, tuple(found)) if (found := systems_of(north, east, near)) else Points(x, y, ())
    )


def _decimals(table: FoundTable, column: str) -> pd.Series:
    text = table.frame[column].map(tidy)
    if table.format.thousands:
        text = text.str.replace(table.format.thousands, "", regex=False)
    return pd.to_numeric(text.str.replace(",", ".", regex=False), errors="coerce")


def place_columns(table: FoundTable, points: Points) -> dict[str, str]:
    """Our names of the columns of a list of places → the table's, as far as words tell."""
    degrees = points.systems[:1] == (DEGREES,)
    found = {"lon" if degrees else "x": points.x, "lat" if degrees else "y": points.y}
    for column in columns(table):
        if column in (points.x, points.y):
            continue
        hit = next((o for o, form in _PLACE.items()
                    if o not in found and re.search(form, column, re.I)), "")  # fmt: skip
        if hit:
            found[hit] = column
    return found


def is_case_list(table: FoundTable, join: Join | None) -> bool:
    """Whether headers speak of persons or files, or only the beginning of a table was read.

    Decided by headers, never by what stands in the cells; the area's column may be called as
    it likes.
    """
    own = join.column if join else ""
    if not table.whole or any(_is_personal(c) for c in columns(table) if c != own):
        return True
    return bool(re.search(r"f(ä|ae)lle\b|fallliste|fallakte", table.words, re.I) and days_of(table))


def _is_personal(column: str) -> bool:
    if _BIRTH.search(column):
        return True
    label = by_header(column, address=True, point=True)
    return label in _PERSONAL and column.casefold() != "name"


def cases_of(table: FoundTable, join: Join | None, points: Points | None) -> Cases:
    """Which columns a list of cases has, and which may not be read."""
    street = tuple(c for f in (_STREET, _HOUSE, _SUFFIX, _POSTCODE)
                   if (c := next((n for n in columns(table) if f.search(n)), None)))  # fmt: skip
    area = join.column if join and join.match == "key" else None
    coordinates = (points.x, points.y) if points and points.systems else ()
    home = () if area or coordinates else street
    days = tuple(days_of(table))
    refused: dict[str, str] = {}
    for column in columns(table):
        if column == area:
            continue
        address, point = column in home, column in coordinates
        why = by_header(column, address=address, point=point) or by_content(
            _sample(table, column, _uses(column in days, address, point))
        )
        if why:
            refused[column] = why
    others = tuple(
        c for c in columns(table)
        if c not in (*refused, *days, *street, *coordinates) and c != area
        and table.frame[c].nunique() <= _MOST_CODES
    )  # fmt: skip
    return Cases(
        table, join if area else None, points, street if len(street) > 1 else (),
        tuple(d for d in days if d not in refused), others, refused,
    )  # fmt: skip


def _uses(day: bool, address: bool, point: bool) -> tuple[Use, ...]:
    """What a column would be used for; of one that only may serve as a group nothing is known."""
    told: tuple[tuple[Use, bool], ...] = (("day", day), ("address", address), ("point", point))
    return tuple(use for use, is_so in told if is_so) or ("free",)


def _sample(table: FoundTable, column: str, uses: tuple[Use, ...]) -> Sample:
    head = table.frame[column].head(500).map(tidy)
    return Sample(tuple(sorted(set(head))[:200]), len(head), uses)


def days_of(table: FoundTable) -> list[str]:
    """Columns of full days, without those of birth."""
    form = r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d\d-\d\d(?:[T ]00:00:00)?"
    found = []
    for column in columns(table):
        cells = table.frame[column].map(tidy)
        cells = cells[cells != ""]
        if (
            len(cells)
            and cells.str.fullmatch(form).mean() > 0.8
            and not re.search(r"geb", column, re.I)
        ):
            found.append(column)
    return found


def register_of(table: FoundTable, join: Join | None, points: Points | None) -> Register | None:
    """An address register: streets and numbers, each address once, with an area or a place."""
    named = columns(table)
    street = next((c for c in named if _STREET.search(c)), None)
    number = next((c for c in named if _HOUSE.search(c)), None)
    if not street or not number or not (join or points) or len(table.frame) < 2:
        return None
    if any(c for c in named if c not in (street, number) and re.search(
        r"einrichtung|^name$|^art$|^typ$|^kind$|tr(ä|ae)ger|bezeichnung", c, re.I
    )):  # fmt: skip
        return None
    suffix = next((c for c in named if _SUFFIX.search(c)), None)
    postcode = next((c for c in named if _POSTCODE.search(c)), None)
    keys = [c for c in (street, number, suffix, postcode) if c]
    if table.frame.duplicated(keys).mean() > 0.05:
        return None
    area = join if join and join.match == "key" else None
    return Register(table, street, number, suffix, postcode, area, points)


def grouping_of(
    table: FoundTable, join: Join, numeric_measures: bool, known: Sequence[set[str]]
) -> Grouping | None:
    """Another grouping: a column of keys and one of names that hold for every finest area.

    ``known`` are the keys of the levels above, which need no second one.
    """
    frame = table.frame.drop(columns=[c for c in (ROW,) if c in table.frame])
    if numeric_measures or join.level or join.match != "key" or join.matched < join.areas:
        return None
    if frame[join.column].map(tidy).duplicated().any():
        return None
    tidied = frame.apply(lambda c: c.map(tidy))
    options = [
        c for c in tidied.columns
        if c != join.column and 1 < tidied[c].nunique() <= len(tidied) / 2
        and not (tidied[c] == "").any() and set(tidied[c]) not in known
        and not dates.are_dates(set(tidied[c]))
    ]  # fmt: skip
    for key in options:
        names = [
            c for c in options
            if c != key and tidied[c].nunique() == tidied[key].nunique()
            and (tidied[c].groupby(tidied[key]).nunique() == 1).all()
        ]  # fmt: skip
        if names and re.fullmatch(r"[\w.-]*\d[\w.-]*", tidied[key].iloc[0]):
            return Grouping(table, join, key, names[0], tidied[key].nunique())
    return None
