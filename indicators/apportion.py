"""Published counts through a crosswalk: estimates for other areas, totals kept.

Only published cells enter, with the weights of a crosswalk, so nothing that comes out can
tell more than they do. A hidden count stays hidden: its bounds are divided like a number.
What is put together from whole areas is no estimate and keeps its status. Rates are never
apportioned: they are computed again from apportioned counts (`apportioned_values`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.crosswalk import divided
from indicators.catalogue import Catalogue, normal_cell
from indicators.controlled import round_parts
from indicators.rates import AREA_KEYS, compute_values, refuse_duplicates
from indicators.status import VISIBLE, Status
from indicators.tables import COUNT_KEYS

SERIES = ["period", "measure", "group"]
COLUMNS = [*COUNT_KEYS, "count", "exact", "bound_low", "bound_high", "status", "estimated_share"]
_TYPES = {
    **dict.fromkeys((*COUNT_KEYS, "status"), "str"),
    **dict.fromkeys(("count", "bound_low", "bound_high"), "Int64"),
    **dict.fromkeys(("exact", "estimated_share"), "float64"),
}
_NAN = float("nan")


@dataclass(frozen=True)
class Target:
    """The areas that counts are carried to.

    Parameters
    ----------
    vintage
        Their state.
    levels
        Their level, then the levels above, finest first.
    parents
        For every level after the first: key of an area of the finest level to its area there.
    """

    vintage: str
    levels: tuple[str, ...]
    parents: Mapping[str, Mapping[str, str]]


def apportion(counts: pd.DataFrame, weights: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Carry counts over to other areas.

    Parameters
    ----------
    counts
        Published counts of the source areas: columns of the edition's table ``counts``, of one
        level and vintage.
    weights
        ``source, target, weight``; those of a source sum to 1.
    target
        Where to.

    Returns
    -------
    DataFrame
        `COLUMNS` for all levels of `target`, sorted by series, level, area. ``count`` is whole:
        at every level the exact sum rounded up or down, the sum of its parts, and over all
        areas the total of the sources. ``exact`` has the decimals. Where a source is hidden,
        ``bound_low`` and ``bound_high`` enclose every whole number that the apportioned count
        can be. ``estimated_share`` is the part that comes from divided areas. A target with a
        source that was not delivered is ``missing``.

    Raises
    ------
    KeyJoinError
        A count stands twice.
    """
    refuse_duplicates(counts, COUNT_KEYS, "counts")
    links = weights.sort_values(["source", "target"], ignore_index=True)
    tables = [_series(part, links, target) for _, part in counts.groupby(SERIES, sort=True)]
    empty = pd.DataFrame({c: pd.Series(dtype=_TYPES[c]) for c in COLUMNS})
    return pd.concat([empty, *tables], ignore_index=True) if tables else empty


def _series(counts: pd.DataFrame, links: pd.DataFrame, target: Target) -> pd.DataFrame:
    """One measure and group on one date."""
    own = counts.set_index("area")
    shown = own["count"].astype("float64").where(own["status"].isin(VISIBLE), 0.0)
    exact = links["source"].map(shown).fillna(0.0) * links["weight"]
    parts = links.assign(exact=exact)
    homes = [_home(links["target"], target, level) for level in target.levels]
    parts["count"] = round_parts(
        exact.to_numpy(),
        pd.factorize(links["source"])[0].astype("int64"),
        [pd.factorize(home, sort=True)[0].astype("int64") for home in homes],
    )
    levels = [
        _at_level(parts.assign(target=home), own).assign(level=level)
        for level, home in zip(target.levels, homes, strict=True)
    ]
    cell = {c: counts[c].iloc[0] for c in SERIES}
    table = pd.concat(levels, ignore_index=True).assign(vintage=target.vintage, **cell)
    return table[COLUMNS].astype(_TYPES)


def _home(fine: pd.Series, target: Target, level: str) -> pd.Series:
    """The area of a level in which each area of the finest level lies."""
    return fine.map(dict(target.parents[level])) if level in target.parents else fine


def _at_level(parts: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Add up the parts of every area; what is divided below may be whole here."""
    pair = ["source", "target"]
    joined = parts.groupby(pair, as_index=False, sort=True)[["weight", "exact", "count"]].sum()
    split = divided(joined)
    weight = joined["weight"].where(split, 1.0)
    status = joined["source"].map(own["status"]).fillna(Status.MISSING.value)
    guessed = split | (status == Status.ESTIMATED)
    # A weight of 0 says that nobody lives there, whatever the source's number is.
    counts_here, hidden = weight > 0, status == Status.SUPPRESSED
    bounds = {
        side: _divided_bound(joined["source"].map(own[side].astype("float64")) * weight, side)
        .where(hidden, joined["count"])
        for side in ("bound_low", "bound_high")
    }  # fmt: skip
    flags = {str(s): (status == s) & counts_here for s in Status}
    flags["divided"] = guessed & (joined["source"].map(own["count"]).astype("float64") > 0)
    flags["applies"] = counts_here & (status != Status.NOT_APPLICABLE)
    table = joined.assign(**bounds, **flags, guessed=joined["exact"].where(guessed, 0.0))
    return _summed(table)


def _divided_bound(bound: pd.Series, side: str) -> pd.Series:
    """Whole numbers around what a part of a hidden number can be."""
    whole: pd.Series = np.floor(bound + 1e-9) if side == "bound_low" else np.ceil(bound - 1e-9)
    return whole


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    flags = [*map(str, Status), "divided", "applies"]
    numbers = ["count", "exact", "guessed"]
    groups = table.groupby("target", sort=True)
    found = groups[numbers].sum().join(groups[flags].any())
    sides = ["bound_low", "bound_high"]
    # Without an upper bound of one part there is none of the sum.
    unbound = table[sides].isna().groupby(table["target"], sort=True).any()
    found = found.join(groups[sides].sum().mask(unbound)).reset_index(names="area")
    rules = [
        (~found["applies"], Status.NOT_APPLICABLE),
        *((found[str(s)], s) for s in (Status.MISSING, Status.SUPPRESSED)),
        (found["divided"], Status.ESTIMATED),
        *((found[str(s)], s) for s in (Status.ESTIMATED, Status.PERTURBED, Status.ROUNDED)),
        (found["exact"] == 0, Status.ZERO),
    ]
    status = np.select(
        [rule.to_numpy() for rule, _ in rules], [s.value for _, s in rules], Status.PUBLISHED.value
    )
    found["status"] = pd.Series(status, dtype="str")
    visible, hidden = found["status"].isin(VISIBLE), found["status"] == Status.SUPPRESSED
    share = (found["guessed"] / found["exact"]).where(found["exact"] > 0, found["divided"] * 1.0)
    for side in ("bound_low", "bound_high"):
        found[side] = found[side].where(hidden)
    return found.assign(
        count=found["count"].where(visible),
        exact=found["exact"].where(visible),
        estimated_share=share.where(visible).clip(0.0, 1.0),
    )


def apportioned_values(
    table: pd.DataFrame, catalogue: Catalogue, indicators: Iterable[str]
) -> pd.DataFrame:
    """Rates and counts as indicators from apportioned counts.

    Rates are computed from the counts with their decimals, so that a part never exceeds its
    whole. An estimate has no range of chance variation: the error of dividing is larger
    and of another kind.

    Parameters
    ----------
    table
        From `apportion`.
    catalogue, indicators
        What is computed; what was delivered as a rate or an index cannot be.

    Returns
    -------
    DataFrame
        Columns of the edition's table ``values``.
    """
    wanted = [k for k in indicators if not catalogue.indicators[k].delivered]
    kinds: dict[str, list[str]] = {"count": [], "exact": []}
    for key in wanted:
        kinds["count" if catalogue.indicators[key].denominator is None else "exact"].append(key)
    found = pd.concat(
        [
            compute_values(table.assign(count=table[number]), catalogue, keys)
            for number, keys in kinds.items()
        ],
        ignore_index=True,
    )
    shares = table.set_index(AREA_KEYS)[["measure", "group", "estimated_share"]]
    found["estimated_share"] = _shares(found, shares, catalogue)
    estimated = found["status"] == Status.ESTIMATED
    for column in ("low", "high", "bound_low", "bound_high"):
        found[column] = found[column].mask(estimated)
    return found


def _shares(values: pd.DataFrame, shares: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """The larger share of the two counts of every rate."""
    result = pd.Series(_NAN, index=values.index)
    for key, rows in values.groupby("indicator"):
        indicator = catalogue.indicators[str(key)]
        place = pd.MultiIndex.from_frame(rows[AREA_KEYS])
        both = []
        for cell in (indicator.numerator, indicator.denominator):
            if cell is not None:
                measure, group = normal_cell(cell).split("/")
                own = shares[(shares["measure"] == measure) & (shares["group"] == group)]
                both.append(own["estimated_share"].reindex(place).to_numpy())
        result[rows.index] = np.max(both, axis=0)
    return result.where(values["status"].isin(VISIBLE))
