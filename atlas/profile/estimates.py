"""Why a figure is estimated: the areas that delivered nothing for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from atlas.edition import Edition
from atlas.profile.figures import Figure
from atlas.profile.select import names_at
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    city_ref,
    finest_level,
    level_name,
    listed,
    members,
)
from indicators.status import Status


@dataclass(frozen=True)
class Estimate:
    """An estimated figure of an area, or of the city it is held against.

    ``total`` counts the finest areas inside with a row for the figure's date, and ``missing``
    names those of them without a value.
    """

    sheet: Sheet
    period: str
    ref: AreaRef
    level_plural: str
    missing: tuple[AreaRef, ...]
    total: int


def estimates(edition: Edition, ref: AreaRef, figures: Sequence[Figure]) -> tuple[Estimate, ...]:
    """The estimated ones of some figures of an area, with the areas that are missing in them.

    Parameters
    ----------
    edition
        The opened edition.
    ref
        The area that the figures are of.
    figures
        From `atlas.profile.figures`.
    """
    city = city_ref(edition, ref.vintage)
    found: list[Estimate] = []
    for figure in figures:
        if figure.cell.status == Status.ESTIMATED:
            found.append(_estimate(edition, ref, figure))
        elif figure.city.status == Status.ESTIMATED and city is not None:
            found.append(_estimate(edition, city, figure))
    return tuple(found)


def _estimate(edition: Edition, ref: AreaRef, figure: Figure) -> Estimate:
    level = finest_level(edition)
    table = edition.table("values")
    mask = (table["level"] == level) & (table["vintage"] == ref.vintage)
    mask &= (table["period"] == figure.period) & (table["group"] == figure.group)
    mask &= table["indicator"] == figure.sheet.key
    rows = table[mask & table["area"].isin(members(edition, ref, level))]
    names = names_at(edition, ref.vintage, level)
    without = listed(rows.loc[rows["status"] == Status.MISSING, "area"])
    return Estimate(
        sheet=figure.sheet,
        period=figure.period,
        ref=ref,
        level_plural=level_name(edition, level, plural=True),
        missing=tuple(sorted((names[a] for a in without if a in names), key=lambda r: r.name)),
        total=len(rows),
    )
