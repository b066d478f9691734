"""The figures of one area beside those of the city: value, range, change, spatial cluster."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal

import pandas as pd

from atlas.edition import Edition
from atlas.profile.boundaries import same_area
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    catalogue_of,
    city_ref,
    key_indicators,
    listed,
    sheet,
)
from atlas.wording import text
from indicators.status import VISIBLE, Status

Row = Mapping[Any, Any]
"""A row of a table by its columns."""
Against = Literal["above", "below", "within", "unknown", "none"]
Direction = Literal["rising", "falling", "unchanged", "unknown", "none"]


@dataclass(frozen=True)
class Cell:
    """A number with its status; ``value`` is None where none is shown.

    Parameters
    ----------
    value
        In the indicator's unit.
    low, high
        Range of chance variation (Schwankungsbereich), where there is one.
    status
        One of `indicators.status.Status`.
    estimated_share
        Part of the number that was estimated, 0 to 1, where known.
    """

    value: float | None
    low: float | None
    high: float | None
    status: str
    estimated_share: float | None = None

    @property
    def visible(self) -> bool:
        """Whether a number is shown."""
        return Status(self.status) in VISIBLE and self.value is not None


NO_CELL = Cell(None, None, None, Status.MISSING)


@dataclass(frozen=True)
class Trend:
    """A change between two reporting dates, see the table ``trends``.

    ``same_area`` says that the table has no change because other areas of the level were
    redrawn in between, while this one stayed as it was.
    """

    period_from: str
    period_to: str
    change: float | None
    low: float | None
    high: float | None
    kind: str
    break_reason: str
    status: str
    same_area: bool = False


@dataclass(frozen=True)
class Hotspot:
    """What a test of spatial clustering says of one area, see the table ``hotspots``."""

    method: str
    kind: str
    q_value: float | None
    neighbours: int | None
    permutations: int | None
    seed: int | None
    period: str
    status: str
    reason: str


@dataclass(frozen=True)
class Figure:
    """One indicator of one area, held against the city.

    ``against`` says whether the area's range of chance variation lies above or below the
    city's value, contains it (``within``), is not known, or nothing can be compared.
    ``difference`` is that of the printed numbers, so that a reader who subtracts finds it.
    ``middle`` is the median of the level's values where the city has none.
    ``trend`` compares with the date before, ``long_trend`` with the earliest comparable
    date if that is another one.
    """

    sheet: Sheet
    group: str
    period: str
    cell: Cell
    city: Cell
    difference: float | None
    against: Against
    middle: float | None
    trend: Trend | None
    long_trend: Trend | None
    hotspots: tuple[Hotspot, ...]


def figures(
    edition: Edition,
    ref: AreaRef,
    period: str | None = None,
    *,
    group: str = "total",
    only: str | None = None,
    language: str = "de",
) -> tuple[Figure, ...]:
    """All indicators of an area, each at its latest reporting date up to `period`.

    Parameters
    ----------
    edition
        The opened edition.
    ref
        The area.
    period
        ISO date; None is the latest.
    group
        Group of persons or households, normally ``total``.
    only
        Key of the one indicator that is wanted; None is all.
    language
        ``de`` or ``en``.

    Returns
    -------
    figures
        Rates first, then counts; the edition's main indicators, then the catalogue's order.
    """
    table = edition.table("values")
    table = table if only is None else table[table["indicator"] == only]
    own = _rows(table, ref, group=group, until=period)
    city = city_ref(edition, ref.vintage)
    # The city is not held against itself.
    compared = city is not None and city != ref
    whole = _rows(table, city, group=group, until=period) if compared and city else own.head(0)
    latest = own.sort_values("period").drop_duplicates("indicator", keep="last")
    rows = {str(r["indicator"]): r for r in latest.to_dict("records")}
    tables = _Extras(edition, ref, group, language)
    found = [_figure(edition, rows[k], whole, tables, language) for k in _ordered(edition, rows)]
    return tuple(sorted(found, key=lambda f: f.sheet.is_count))


def _rows(
    table: pd.DataFrame, ref: AreaRef, *, group: str, until: str | None = None
) -> pd.DataFrame:
    """The rows of one area and group, up to a reporting date."""
    mask = (table["area"] == ref.area) & (table["level"] == ref.level)
    mask &= (table["vintage"] == ref.vintage) & (table["group"] == group)
    if until is not None:
        mask &= table["period"] <= until
    return table[mask]


def _ordered(edition: Edition, rows: Mapping[str, Row]) -> list[str]:
    order = dict.fromkeys([*key_indicators(edition), *catalogue_of(edition).indicators])
    return [*(k for k in order if k in rows), *sorted(set(rows) - set(order))]


class _Extras:
    """Trends and hotspots of one area, filtered once."""

    def __init__(self, edition: Edition, ref: AreaRef, group: str, language: str) -> None:
        self._catalogue, self._language = catalogue_of(edition), language
        self._edition, self._ref, self._group = edition, ref, group
        self._trends = _rows(edition.table("trends"), ref, group=group)
        self._hotspots = _rows(edition.table("hotspots"), ref, group=group)

    def trends(self, indicator: str, period: str) -> tuple[Trend | None, Trend | None]:
        """The change up to a date from the date before, and from the earliest comparable one."""
        rows = self._trends
        rows = rows[(rows["indicator"] == indicator) & (rows["period_to"] == period)]
        found = [
            self._worded(indicator, trend_of(r))
            for r in rows.sort_values("period_from").to_dict("records")
        ]
        if not found:
            return None, None
        before = found[-1]
        early = [t for t in found[:-1] if t.change is not None]
        return before, early[0] if early else None

    def _worded(self, indicator: str, trend: Trend) -> Trend:
        """A break in the reader's language, and only where it is one of this area.

        The table has it in German, and names new boundaries for a whole level.
        """
        entry = self._catalogue.indicators.get(indicator)
        if not trend.break_reason or entry is None:
            return trend
        crossed = [b for b in entry.breaks if trend.period_from < b.date <= trend.period_to]
        reasons = [b.reason_en if self._language == "en" else b.reason_de for b in crossed]
        redrawn = not any(trend.break_reason.startswith(b.reason_de) for b in crossed)
        same = redrawn and self._same_at(indicator, trend.period_from)
        if same and not any(b.kind == "definition" for b in crossed):
            return replace(trend, break_reason="", same_area=True)
        if redrawn and not same:
            reasons.insert(0, text("findings.boundaries_changed", self._language))
        return replace(trend, break_reason=" ".join(reasons))

    def _same_at(self, indicator: str, period: str) -> bool:
        """Whether the area had the outline of today in the boundaries of an earlier date."""
        table, ref = self._edition.table("values"), self._ref
        mask = (table["area"] == ref.area) & (table["level"] == ref.level)
        mask &= (table["period"] == period) & (table["indicator"] == indicator)
        vintages = listed(table.loc[mask & (table["group"] == self._group), "vintage"])
        edition = self._edition
        return any(same_area(edition, ref.level, ref.area, v, ref.vintage) for v in vintages)

    def hotspots(self, indicator: str, period: str) -> tuple[Hotspot, ...]:
        """What each method says at a date."""
        rows = self._hotspots
        rows = rows[(rows["indicator"] == indicator) & (rows["period"] == period)]
        return tuple(hotspot_of(r) for r in rows.sort_values("method").to_dict("records"))


def _figure(
    edition: Edition,
    row: Row,
    whole: pd.DataFrame,
    extras: _Extras,
    language: str,
) -> Figure:
    indicator, period = str(row["indicator"]), str(row["period"])
    same = whole[(whole["indicator"] == indicator) & (whole["period"] == period)]
    city = cell_of(same.iloc[0].to_dict()) if len(same) else NO_CELL
    cell, about = cell_of(row), sheet(edition, indicator, period, language)
    trend, long_trend = extras.trends(indicator, period)
    difference = None
    if cell.value is not None and city.value is not None and not about.is_count:
        d = about.decimals
        difference = round(round(cell.value, d) - round(city.value, d), d)
    return Figure(
        sheet=about,
        group=str(row["group"]),
        period=period,
        cell=cell,
        city=city,
        difference=difference,
        against=against(cell, city, about.decimals) if difference is not None else "none",
        middle=_middle(edition, row) if city is NO_CELL and not about.is_count else None,
        trend=trend,
        long_trend=long_trend,
        hotspots=extras.hotspots(indicator, period),
    )


def _middle(edition: Edition, row: Row) -> float | None:
    """The median of all published values of a level, for indicators that the city has not."""
    table = edition.table("values")
    mask = table["indicator"] == row["indicator"]
    for column in ("level", "vintage", "period", "group"):
        mask &= table[column] == row[column]
    shown = table.loc[mask & table["status"].isin(VISIBLE), "value"]
    return real(shown.median()) if len(shown) > 1 else None


def against(cell: Cell, city: Cell, decimals: int) -> Against:
    """How an area's range of chance variation lies to the city's value, both as printed."""
    if cell.value is None or city.value is None:
        return "none"
    if cell.low is None or cell.high is None:
        return "unknown"
    printed = round(city.value, decimals)
    if round(cell.low, decimals) > printed:
        return "above"
    return "below" if round(cell.high, decimals) < printed else "within"


def cell_of(row: Row) -> Cell:
    """A row of ``values`` as a number with its status; a hidden one carries no number."""
    status = str(row["status"])
    if Status(status) not in VISIBLE:
        return Cell(None, None, None, status)
    return Cell(
        value=real(row["value"]),
        low=real(row["low"]),
        high=real(row["high"]),
        status=status,
        estimated_share=real(row.get("estimated_share")),
    )


def trend_of(row: Row) -> Trend:
    """A row of ``trends`` as data."""
    return Trend(
        period_from=words(row["period_from"]),
        period_to=words(row["period_to"]),
        change=real(row["change"]),
        low=real(row["low"]),
        high=real(row["high"]),
        kind=words(row["class"]),
        break_reason=words(row["break"]),
        status=words(row["status"]),
    )


def direction(trend: Trend) -> Direction:
    """What a change says: its range of chance variation decides, not its sign."""
    if trend.break_reason and trend.change is None:
        return "none"
    if Status(trend.status) not in VISIBLE or trend.change is None:
        return "none"
    if trend.low is None or trend.high is None:
        return "unknown"
    if trend.low > 0:
        return "rising"
    return "falling" if trend.high < 0 else "unchanged"


def hotspot_of(row: Row) -> Hotspot:
    """A row of ``hotspots`` as data."""
    return Hotspot(
        method=words(row["method"]),
        kind=words(row["class"]),
        q_value=real(row["q_value"]),
        neighbours=whole_number(row["neighbours"]),
        permutations=whole_number(row["permutations"]),
        seed=whole_number(row["seed"]),
        period=words(row["period"]),
        status=words(row["status"]),
        reason=words(row["reason"]),
    )


def real(x: object) -> float | None:
    """A table's number as a float; None where the table has none."""
    if x is None or x is pd.NA or not isinstance(x, Real):
        return None
    value = float(x)
    return value if math.isfinite(value) else None


def whole_number(x: object) -> int | None:
    """A table's whole number; None where the table has none."""
    found = real(x)
    return None if found is None else int(found)


def words(x: object) -> str:
    """A table's text; empty where the table has none."""
    return x if isinstance(x, str) else ""


def up_to(edition: Edition, indicator: str, ref: AreaRef, period: str) -> str | None:
    """The date up to which a page looks: None where `period` is the indicator's latest.

    A reader who looks at the latest figures wants the latest of all others too, even where
    those are of another day.
    """
    table = edition.table("values")
    mask = (table["level"] == ref.level) & (table["vintage"] == ref.vintage)
    dates = listed(table.loc[mask & (table["indicator"] == indicator), "period"])
    return None if not dates or period >= max(dates) else period


def periods(edition: Edition, level: str, vintage: str) -> tuple[str, ...]:
    """Reporting dates for which a level has values, the earliest first."""
    table = edition.table("values")
    hits = table.loc[(table["level"] == level) & (table["vintage"] == vintage), "period"]
    return tuple(sorted(set(listed(hits))))
