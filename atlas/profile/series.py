"""One indicator of one area over time, with the places where a series breaks."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from atlas.edition import Edition
from atlas.profile.boundaries import same_area
from atlas.profile.carried import (
    Break,
    Origin,
    carried_breaks,
    carried_rows,
    delivered_breaks,
    origins_of,
)
from atlas.profile.figures import Cell, cell_of, words
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    catalogue_of,
    city_level,
    city_ref,
    sheet,
    vintage_name,
)
from indicators.status import Status


@dataclass(frozen=True)
class Point:
    """A value at a reporting date; ``segment`` counts up at every break.

    ``carried`` says that it was counted on other boundaries and carried over to these.
    """

    period: str
    vintage: str
    cell: Cell
    city: Cell
    segment: int
    carried: bool = False

    @property
    def is_carried_estimate(self) -> bool:
        """Whether a number is shown that was never counted on these boundaries."""
        return self.carried and self.cell.visible and self.cell.status == Status.ESTIMATED


@dataclass(frozen=True)
class Series:
    """All values of one indicator and group of one area; ``origins`` of the carried ones."""

    sheet: Sheet
    group: str
    area: AreaRef
    points: tuple[Point, ...]
    breaks: tuple[Break, ...]
    origins: tuple[Origin, ...] = ()

    @property
    def drawable(self) -> bool:
        """Whether at least two values can be seen."""
        return sum(p.cell.visible for p in self.points) > 1

    @property
    def is_city(self) -> bool:
        """Whether the area is the city itself, so that there is nothing to compare with."""
        return all(p.cell == p.city for p in self.points)

    @property
    def has_ranges(self) -> bool:
        """Whether there is a range of chance variation to draw."""
        return any(p.cell.low is not None for p in self.points)

    @property
    def has_carried_estimates(self) -> bool:
        """Whether a value is shown that was carried over and estimated."""
        return any(p.is_carried_estimate for p in self.points)

    @property
    def has_gaps(self) -> bool:
        """Whether a date has no value to show."""
        return not all(p.cell.visible for p in self.points)


def series(
    edition: Edition,
    ref: AreaRef,
    indicator: str,
    *,
    group: str = "total",
    language: str = "de",
) -> Series:
    """The values of an area over all reporting dates.

    Values under other boundaries are part of it where the other state of the boundaries
    has an area of the same key and name. A line joins them only where the area's own
    outline stayed the same.

    Parameters
    ----------
    edition
        The opened edition.
    ref
        The area.
    indicator, group
        Keys of the catalogue.
    language
        ``de`` or ``en``.
    """
    table = edition.table("values")
    rows = table[(table["indicator"] == indicator) & (table["group"] == group)]
    own = rows[(rows["level"] == ref.level) & (rows["area"] == ref.area)]
    own = own[own["vintage"].isin(_same_area(edition, ref))].sort_values(["period", "vintage"])
    carried = carried_rows(edition, ref, indicator, group)
    applies = carried["status"] != Status.NOT_APPLICABLE
    withheld, carried = carried[~applies], carried[applies]
    # Under other borders the same name is another area: what is carried over says more.
    apart = [v for v in set(own["vintage"]) if not _unchanged(edition, ref, str(v), ref.vintage)]
    own = own[~(own["vintage"].isin(apart) & own["period"].isin(carried["period"]))]
    own = _one_per_period(own, ref.vintage)
    whole = _city_cells(edition, rows)
    cells = [(words(r["period"]), words(r["vintage"]), cell_of(r)) for r in own.to_dict("records")]
    dates = [(p, v) for p, v, _ in cells]
    breaks = _breaks(edition, ref, indicator, dates, language)
    carried = carried[~carried["period"].isin([p for p, _ in dates])]
    if carried.empty or not dates:
        breaks += delivered_breaks(edition, withheld, [p for p, _ in dates]) or _ends(
            edition, rows[rows["level"] == ref.level], dates
        )
    else:
        breaks += carried_breaks(edition, carried, [p for p, _ in dates])
        cells += [
            (words(r["period"]), words(r["from_vintage"]), cell_of(r))
            for r in carried.to_dict("records")
        ]
        cells.sort(key=lambda cell: cell[0])
    foreign = set(carried["period"]) if dates else set()
    starts = {b.period for b in breaks}
    points: list[Point] = []
    segment = 0
    for period, vintage, cell in cells:
        segment += period in starts
        city = whole.get((vintage, period), Cell(None, None, None, "missing"))
        points.append(Point(period, vintage, cell, city, segment, period in foreign))
    last = points[-1].period if points else edition.manifest.reporting_date
    about = sheet(edition, indicator, last, language)
    origins = origins_of(edition, carried[carried["period"].isin(foreign)])
    return Series(about, group, ref, tuple(points), breaks, origins)


def _same_area(edition: Edition, ref: AreaRef) -> list[str]:
    """Vintages in which the key and the name mean this area."""
    areas = edition.areas
    hits = areas[(areas["level"] == ref.level) & (areas["area"] == ref.area)]
    return [str(v) for v in hits.loc[hits["name"] == ref.name, "vintage"]]


def _one_per_period(rows: pd.DataFrame, vintage: str) -> pd.DataFrame:
    """Where two vintages have the same date, keep the one the reader chose."""
    rows = rows.assign(chosen=rows["vintage"] == vintage)
    rows = rows.sort_values(["period", "chosen"]).drop_duplicates("period", keep="last")
    return rows.drop(columns="chosen")


def _city_cells(edition: Edition, rows: pd.DataFrame) -> dict[tuple[str, str], Cell]:
    """The city's values by vintage and date."""
    found: dict[tuple[str, str], Cell] = {}
    for vintage in edition.manifest.vintages:
        city = city_ref(edition, vintage.key)
        here = rows[(rows["level"] == city_level(edition)) & (rows["vintage"] == vintage.key)]
        if city is not None:
            for row in here[here["area"] == city.area].to_dict("records"):
                found[vintage.key, words(row["period"])] = cell_of(row)
    return found


def _ends(edition: Edition, rows: pd.DataFrame, own: list[tuple[str, str]]) -> tuple[Break, ...]:
    """Where the level's figures go on under other boundaries that do not have this area."""
    if not own:
        return ()
    there = set(zip(rows["period"], rows["vintage"], strict=True))
    known = {p for p, _ in own}
    before = sorted((p, v) for p, v in there if p < own[0][0] and p not in known)
    after = sorted((p, v) for p, v in there if p > own[-1][0] and p not in known)
    found: list[Break] = []
    if before:
        period, vintage = before[-1]
        found.append(Break(period, own[0][0], "start", vintage_name(edition, vintage)))
    if after:
        period, vintage = after[0]
        found.append(Break(own[-1][0], period, "end", vintage_name(edition, vintage)))
    return tuple(found)


def _breaks(
    edition: Edition, ref: AreaRef, indicator: str, dates: list[tuple[str, str]], language: str
) -> tuple[Break, ...]:
    entry = catalogue_of(edition).indicators.get(indicator)
    known = entry.breaks if entry is not None else ()
    found: list[Break] = []
    for (before, old), (period, new) in pairwise(dates):
        same = _unchanged(edition, ref, old, new)
        if not same:
            found.append(Break(before, period, "vintage", vintage_name(edition, new)))
        for item in known:
            if item.kind == "definition" and before < item.date <= period and same:
                reason = item.reason_en if language == "en" else item.reason_de
                found.append(Break(before, period, "definition", reason))
    return tuple(found)


def _unchanged(edition: Edition, ref: AreaRef, old: str, new: str) -> bool:
    """Whether the area is the same in two vintages; boundaries inside it may be new."""
    whole = ref.level == city_level(edition)
    return whole or same_area(edition, ref.level, ref.area, old, new)
