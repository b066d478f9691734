"""Earlier values that were carried over from other boundaries, and where they end."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from atlas.edition import Edition
from atlas.profile.sheets import AreaRef, vintage_name
from atlas.wording import day, plain, text
from indicators.status import Status

_WAY = ["from_vintage", "method"]


@dataclass(frozen=True)
class Break:
    """Between two reporting dates the figures are not comparable.

    Parameters
    ----------
    period_before, period
        The last date before and the first date after.
    reason
        ``vintage`` for new boundaries, ``apportioned`` where the values before are carried over
        from other boundaries and estimated, ``delivered`` where they cannot be carried over,
        ``start`` or ``end`` where the area itself is only there since or until then,
        ``definition`` where the catalogue says so.
    detail
        Name of the other boundaries, or the catalogue's sentence.
    """

    period_before: str
    period: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Origin:
    """Where carried values of a series come from.

    Parameters
    ----------
    boundaries
        Name of the state they were counted on.
    first, last
        Their reporting dates.
    method
        One of `geodata.crosswalk.METHODS`.
    share
        The largest estimated share, 0 to 1; 0 where the area is put together from whole
        ones, so that its values are counted ones.
    error_median, error_p90
        What half and what nine in ten of the estimated areas are off at most, as shares; None
        where it was not measured.
    """

    boundaries: str
    first: str
    last: str
    method: str
    share: float
    error_median: float | None
    error_p90: float | None


def carried_rows(edition: Edition, ref: AreaRef, indicator: str, group: str) -> pd.DataFrame:
    """Values of an area that are carried over, by date; of several the latest state's.

    ``whole`` tells of a row whether the area consists of whole areas of the other state, so
    that all its numbers are counted ones.
    """
    table = edition.table("apportioned")
    here = table["vintage"] == ref.vintage
    here &= (table["level"] == ref.level) & (table["area"] == ref.area)
    own = table[here]
    share = own.groupby("from_vintage")["estimated_share"].max()
    own = own.assign(whole=own["from_vintage"].map(share.fillna(0.0)) == 0)
    rows = own[(own["indicator"] == indicator) & (own["group"] == group)]
    rows = rows.sort_values(["period", "from_vintage"])
    return rows.drop_duplicates("period", keep="last")


def carried_breaks(edition: Edition, carried: pd.DataFrame, own: list[str]) -> tuple[Break, ...]:
    """A break wherever estimated values meet counted ones.

    An area that is put together from whole ones has counted values under its present
    boundaries on both sides: nothing breaks there.

    Parameters
    ----------
    carried
        From `carried_rows`, without the dates in `own`.
    own
        Dates of the area's own values.
    """
    names = {
        str(row["period"]): "" if row["whole"] else vintage_name(edition, str(row["from_vintage"]))
        for row in carried.to_dict("records")
    }
    kinds = sorted({**dict.fromkeys(own, ""), **names}.items())
    return tuple(
        Break(before, after, "apportioned", one or other)
        for (before, one), (after, other) in pairwise(kinds)
        if one != other
    )


def delivered_breaks(edition: Edition, withheld: pd.DataFrame, own: list[str]) -> tuple[Break, ...]:
    """A break where earlier values cannot be carried over, as they were delivered as rates.

    Parameters
    ----------
    withheld
        Rows of `carried_rows` that do not apply.
    own
        Dates of the area's own values.
    """
    earlier = withheld[withheld["period"] < min(own, default="")]
    if earlier.empty:
        return ()
    last = earlier.iloc[-1]
    other = vintage_name(edition, str(last["from_vintage"]))
    return (Break(str(last["period"]), min(own), "delivered", other),)


def origins_of(edition: Edition, carried: pd.DataFrame) -> tuple[Origin, ...]:
    """Where the carried values of a series come from, the earliest first."""
    found = []
    for _, rows in carried.groupby(_WAY, sort=False):
        estimated = rows[rows["status"] == Status.ESTIMATED]
        row = (estimated if len(estimated) else rows).iloc[-1]
        found.append(
            Origin(
                vintage_name(edition, str(row["from_vintage"])),
                str(rows["period"].min()),
                str(rows["period"].max()),
                str(row["method"]),
                float(estimated["estimated_share"].max()) if len(estimated) else 0.0,
                _known(row["error_median"]),
                _known(row["error_p90"]),
            )
        )
    return tuple(found)


def _known(share: float) -> float | None:
    return None if pd.isna(share) else float(share)


def origin_texts(origin: Origin, language: str = "de") -> tuple[str, ...]:
    """What a reader must know of carried values, in sentences; one where nothing is estimated."""
    fields = {
        "first": day(origin.first, language),
        "last": day(origin.last, language),
        "vintage": origin.boundaries,
        "method": text(f"gebiet.apportioned_{origin.method}", language),
    }
    when = "one_day" if origin.first == origin.last else "days"
    if not origin.share:
        return (text(f"gebiet.carried_whole_{when}", language, **fields),)
    share = max(1, round(100 * origin.share))
    part = "gebiet.carried_all" if share == 100 else "gebiet.carried_share"
    return (
        text(f"gebiet.carried_{when}", language, **fields),
        text(part, language, share=plain(share, language)),
        _error(origin, language),
        text("gebiet.carried_so", language),
    )


def _error(origin: Origin, language: str) -> str:
    if origin.error_median is None or origin.error_p90 is None:
        return text("gebiet.apportioned_no_error", language)
    half, most = (
        plain(round(100 * share, 1), language) for share in (origin.error_median, origin.error_p90)
    )
    return text("gebiet.apportioned_error", language, median=half, p90=most)
