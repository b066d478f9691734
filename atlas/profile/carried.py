"""Earlier values that were carried over from other boundaries, and where they end."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from atlas.edition import Edition
from atlas.profile.sheets import AreaRef, vintage_name
from atlas.wording import plain, text


@dataclass(frozen=True)
class Break:
    """Between two reporting dates the figures are not comparable.

    Parameters
    ----------
    period_before, period
        The last date before and the first date after.
    reason
        ``vintage`` for new boundaries, ``apportioned`` where the values before are carried over
        from other boundaries, ``start`` or ``end`` where the area itself is only
        there since or until then, ``definition`` where the catalogue says so.
    detail
        Name of the other boundaries, or the catalogue's sentence.
    """

    period_before: str
    period: str
    reason: str
    detail: str


def carried_rows(edition: Edition, ref: AreaRef, indicator: str, group: str) -> pd.DataFrame:
    """Values of an area that are carried over, by date; of several the latest state's."""
    table = edition.table("apportioned")
    mask = (table["vintage"] == ref.vintage) & (table["level"] == ref.level)
    mask &= (table["area"] == ref.area) & (table["indicator"] == indicator)
    rows = table[mask & (table["group"] == group)].sort_values(["period", "from_vintage"])
    return rows.drop_duplicates("period", keep="last")


def carried_breaks(
    edition: Edition, carried: pd.DataFrame, own: list[str], language: str
) -> tuple[Break, ...]:
    """A break wherever carried values meet counted ones, with the method and its error.

    Parameters
    ----------
    carried
        From `carried_rows`, without the dates in `own`.
    own
        Dates of the area's own values.
    """
    kinds = sorted({**dict.fromkeys(own, ""), **_details(edition, carried, language)}.items())
    found = []
    for (before, one), (after, other) in pairwise(kinds):
        if one != other:
            found.append(Break(before, after, "apportioned", one or other))
    return tuple(found)


def _details(edition: Edition, carried: pd.DataFrame, language: str) -> dict[str, str]:
    return {
        str(row["period"]): ", ".join(
            [
                vintage_name(edition, str(row["from_vintage"])),
                text(f"gebiet.apportioned_{row['method']}", language),
                _error(row["error_median"], row["error_p90"], language),
            ]
        )
        for row in carried.to_dict("records")
    }


def _error(median: float, p90: float, language: str) -> str:
    if pd.isna(median):
        return text("gebiet.apportioned_no_error", language)
    half, most = (plain(round(100 * share, 1), language) for share in (median, p90))
    return text("gebiet.apportioned_error", language, median=half, p90=most)
