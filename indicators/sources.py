"""What a city's tables and case lists are: descriptions only, nothing is read here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from geodata.files import TableFormat
from geodata.model import Source

Targets = str | tuple[str, ...]


def _one_group(pattern: str) -> bool:
    try:
        return re.compile(pattern).groups == 1
    except re.error:
        return False


@dataclass(frozen=True)
class DatasetFile:
    """One file of a dataset, with what differs from file to file.

    ``where`` keeps only rows whose column holds one of the values. ``columns`` maps the
    project's name of a column to this file's. ``sheets`` is the name of several sheets, with
    ``*`` where each has its period. ``format`` stands in for the dataset's.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    file: str
    vintage: str
    period: str | None = None
    sheet: int | str | None = None
    sheets: str | None = None
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    format: TableFormat | None = None


@dataclass(frozen=True)
class Subtotals:
    """Rows that sum some of the areas.

    ``rows`` are names, with ``*`` where the key or name of an area of ``level`` stands; without
    a level, where the beginning of the keys stands that the row sums.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    rows: tuple[str, ...]
    level: str | None = None


@dataclass(frozen=True)
class ValidColumn:
    """A column that says whether an area takes part, and the words that mean yes."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    column: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A table as published, and what its columns or row labels mean.

    ``counts`` maps a column to ``measure`` or ``measure/group`` (one or several; several
    columns with the same target are summed). ``values`` maps a column to the key of an
    indicator that is delivered as such. In a long table ``labels`` names the layout table
    with the label columns and ``target``, ``action`` (use, check, set_aside), ``reason``.
    ``total_rows`` are the names of rows that are totals, ``subtotal_rows`` of those that sum some
    of the areas; both are compared with the areas. ``rest_rows`` belong to no area, but to the
    total. ``area_pattern`` takes a part of the area column, ``area_map`` gives names as printed
    those of the areas. ``period_in_header`` says that ``*`` in the name of a column stands for the
    period. ``sign_columns`` maps a column to the one with the signs beside its numbers.
    ``factors`` says which columns are printed in thousands or the like.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    source: Source
    files: tuple[DatasetFile, ...]
    level: str
    area: str
    match: Literal["key", "name"] = "key"
    layout: Literal["wide", "long"] = "wide"
    format: TableFormat = field(default_factory=TableFormat)
    symbols: str = "plain"
    period_column: str | None = None
    period_template: str = "{}"
    period_map: dict[str, str] = field(default_factory=dict)
    periods_from: str | None = None
    periods_to: str | None = None
    counts: dict[str, Targets] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    labels: str | None = None
    label_columns: tuple[str, ...] = ()
    value_column: str | None = None
    total_rows: tuple[str, ...] = ()
    subtotal_rows: tuple[Subtotals, ...] = ()
    rest_rows: tuple[str, ...] = ()
    area_pattern: str | None = None
    area_map: dict[str, str] = field(default_factory=dict)
    period_in_header: bool = False
    sign_columns: dict[str, str] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)
    valid: ValidColumn | None = None
    already_public: bool = False

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Entries that contradict each other: which, what is wrong, what is allowed."""
        columns = [*self.counts, *self.values, *([self.value_column] if self.value_column else [])]
        if self.period_in_header:
            if self.layout == "long" or self.period_column:
                yield "period_in_header", "mit layout long oder period_column", "eines von beiden"
            if any(file.period or file.sheets for file in self.files):
                yield "period_in_header", "mit period oder sheets einer Datei", "eines von beiden"
            for column in (c for c in (*self.counts, *self.values) if c.count("*") != 1):
                yield "counts", f"{column!r} ohne Platz für den Zeitpunkt", "genau ein *"
        for column in self.sign_columns:
            if column not in columns:
                yield "sign_columns", f"{column!r} wird nicht gelesen", ", ".join(columns)
        if self.area_pattern is not None and not _one_group(self.area_pattern):
            allowed = "ein regulärer Ausdruck mit einer Klammer"
            yield "area_pattern", repr(self.area_pattern), allowed


@dataclass(frozen=True)
class AgeBands:
    """Groups by age on the reporting date.

    ``bands`` maps the key of a group to ``0-14`` or ``65+``, both ends included. An ``age``
    is taken as written; a ``birth_year`` gives the age that is reached in the year of the
    reporting date.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    column: str
    bands: dict[str, str]
    kind: Literal["age", "birth_year"] = "birth_year"


@dataclass(frozen=True)
class CaseCount:
    """One measure counted from a case list.

    With ``date``: cases whose day falls into the period. With ``begin`` and ``end``: cases in
    force on the reporting date, both days included, an empty ``end`` is open. ``groups`` maps
    a column to a table from its codes to keys of groups; ``crossed`` maps the key of a group
    to the groups that all must hold. With ``distinct``, a column with a pseudonym, everybody
    counts once per period, where the latest case lies.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    measure: str
    date: str | None = None
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    begin: str | None = None
    end: str | None = None
    ages: AgeBands | None = None
    crossed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    distinct: str | None = None

    @property
    def dates(self) -> tuple[str, ...]:
        """The columns with days."""
        return tuple(c for c in (self.date, self.begin, self.end) if c)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is needed."""
        ages = (self.ages.column,) if self.ages else ()
        distinct = (self.distinct,) if self.distinct else ()
        return tuple(dict.fromkeys((*self.dates, *self.groups, *ages, *distinct)))


@dataclass(frozen=True)
class CasePoints:
    """The columns with a case's coordinates, east before north, and their system."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    x: str
    y: str
    crs: str


@dataclass(frozen=True)
class AddressRegister:
    """A file with every address of the city, and its area per vintage or its coordinates.

    Without ``number`` the house number stands behind the street's name.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    file: str
    street: str
    number: str | None = None
    suffix: str | None = None
    postcode: str | None = None
    areas: dict[str, str] = field(default_factory=dict)
    points: CasePoints | None = None
    format: TableFormat = field(default_factory=TableFormat)


@dataclass(frozen=True)
class CaseAddresses:
    """The columns with a case's address, and the register that knows where it lies."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    street: str
    register: AddressRegister
    number: str | None = None
    suffix: str | None = None
    postcode: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are given."""
        return tuple(c for c in (self.street, self.number, self.suffix, self.postcode) if c)


@dataclass(frozen=True)
class CaseList:
    """A list with one row a case. Only ``columns`` may ever be read.

    ``file`` is a CSV file, a workbook, a Parquet file or a folder of Parquet files. The area
    is found in exactly one way: ``areas`` maps a vintage to the column with the area's key in
    that vintage; ``points`` and ``addresses`` name other columns. A case is counted in the
    vintage in force on the period's reporting date.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    source: Source
    file: str
    columns: tuple[str, ...]
    level: str
    counts: tuple[CaseCount, ...]
    periods: tuple[str, ...]
    areas: dict[str, str] = field(default_factory=dict)
    points: CasePoints | None = None
    addresses: CaseAddresses | None = None
    period_months: Literal[1, 3, 6, 12] = 6
    format: TableFormat = field(default_factory=TableFormat)
    date_format: str = "%d.%m.%Y"

    @property
    def place_columns(self) -> tuple[str, ...]:
        """The columns that say where a case lies."""
        points = (self.points.x, self.points.y) if self.points else ()
        return (*self.areas.values(), *points, *(self.addresses.columns if self.addresses else ()))

    @property
    def used(self) -> tuple[str, ...]:
        """Every column that counting needs, each once: no other is loaded."""
        counted = (c for count in self.counts for c in count.columns)
        return tuple(dict.fromkeys((*self.place_columns, *counted)))
