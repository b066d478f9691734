"""What a city's tables and case lists are: descriptions only, nothing is read here."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from geodata.files import TableFormat
from geodata.model import Source

Targets = str | tuple[str, ...]


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
    of the areas; both are compared with the areas. ``factors`` says which columns are printed in
    thousands or the like.
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
    factors: dict[str, float] = field(default_factory=dict)
    valid: ValidColumn | None = None
    already_public: bool = False


@dataclass(frozen=True)
class CaseCount:
    """One measure counted from a case list: cases whose date falls into the period.

    ``groups`` maps a column to a table from its codes to keys of groups.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    measure: str
    date: str
    groups: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseList:
    """A list with one row a case. Only ``columns`` may ever be read.

    ``areas`` maps a vintage to the column with the area's key in that vintage. A case is
    counted in the vintage in force on the period's reporting date.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    source: Source
    file: str
    columns: tuple[str, ...]
    level: str
    areas: dict[str, str]
    counts: tuple[CaseCount, ...]
    periods: tuple[str, ...]
    period_months: Literal[1, 3, 6, 12] = 6
    format: TableFormat = field(default_factory=TableFormat)
    date_format: str = "%d.%m.%Y"
