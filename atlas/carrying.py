"""The table ``apportioned`` from what an edition prints anyway.

The build makes it and `verify` makes it again from the edition alone: whoever has the edition
could have made it as well, so it cannot tell more than the edition's other tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from atlas.edition import TABLES
from geodata.areas import MAIN
from geodata.crosswalk import METHODS, divided
from indicators.apportion import Target, apportion, apportioned_values
from indicators.apportion_delivered import carried_delivered
from indicators.apportion_error import ApportionError, measure_error
from indicators.catalogue import Catalogue
from indicators.status import Status
from indicators.tables import COUNT_KEYS

_WAY = ["level", "from_vintage", "to_vintage", "method"]
_SERIES = ["period", "measure", "group"]


@dataclass(frozen=True, eq=False)
class Printed:
    """The tables of an edition that numbers are carried over from.

    Parameters
    ----------
    counts, values, areas, hierarchies
        As in the edition.
    weights
        The edition's ``vintages``; rows of other methods than a crosswalk's do not matter.
    levels
        Keys along the main hierarchy, finest first, the whole city last.
    catalogue
        With all `indicators`.
    indicators
        What is computed, in order.
    """

    counts: pd.DataFrame
    values: pd.DataFrame
    areas: pd.DataFrame
    hierarchies: pd.DataFrame
    weights: pd.DataFrame
    levels: tuple[str, ...]
    catalogue: Catalogue
    indicators: tuple[str, ...]


def carried_table(printed: Printed) -> pd.DataFrame | None:
    """Earlier counts and what follows from them on other areas; None where nothing is carried.

    Returns
    -------
    DataFrame
        The edition's table ``apportioned``.
    """
    weights = printed.weights[printed.weights["method"].isin(METHODS)]
    if weights.empty:
        return None
    ways = [
        _carried(printed, dict(zip(_WAY, map(str, key), strict=True)), own)
        for key, own in weights.groupby(_WAY, sort=True)
    ]
    return pd.concat(ways, ignore_index=True)[list(TABLES["apportioned"])]


def _carried(printed: Printed, way: Mapping[str, str], weights: pd.DataFrame) -> pd.DataFrame:
    links = weights.rename(columns={"from_area": "source", "to_area": "target"})
    links = links[["source", "target", "weight"]]
    level, old, new = way["level"], way["from_vintage"], way["to_vintage"]
    counts = printed.counts
    part = counts[(counts["level"] == level) & (counts["vintage"] == old)]
    found = apportion(part, links, target_of(printed, new))
    values = apportioned_values(found, printed.catalogue, printed.indicators)
    delivered = printed.values[printed.values["indicator"].isin(_delivered(printed))]
    delivered = delivered[(delivered["level"] == level) & (delivered["vintage"] == old)]
    same = carried_delivered(delivered, links, new)
    error = _error(counts, found, level, new, links)
    table = pd.concat([values, same.astype(values.dtypes)], ignore_index=True)
    table = table.assign(from_vintage=old, method=way["method"])
    # What is put together from whole areas does not have the method's error.
    estimated = table["status"] == Status.ESTIMATED
    for column, share in _error_columns(error).items():
        table[column] = pd.Series(share, index=table.index, dtype="float64").where(estimated)
    return table


def _error_columns(error: ApportionError | None) -> dict[str, float]:
    median, p90 = (error.median, error.p90) if error else (float("nan"), float("nan"))
    return {"error_median": median, "error_p90": p90}


def _delivered(printed: Printed) -> list[str]:
    known = printed.catalogue.indicators
    return [k for k in printed.indicators if known[k].delivered]


def target_of(printed: Printed, vintage: str) -> Target:
    """The areas of a vintage with all levels above along the main hierarchy, the city aside.

    The city is the same in every vintage and has its own counts.
    """
    links = printed.hierarchies
    links = links[(links["hierarchy"] == MAIN) & (links["vintage"] == vintage)]
    areas, fine = printed.areas, printed.levels[0]
    own = areas[(areas["level"] == fine) & (areas["vintage"] == vintage)]
    home = {str(a): str(a) for a in own["area"]}
    levels, parents, here = [fine], {}, fine
    while True:
        step = links[links["child_level"] == here]
        if step.empty:
            break
        above = dict(zip(step["child"], step["parent"], strict=True))
        home = {a: str(above[h]) for a, h in home.items()}
        here = str(step["parent_level"].iloc[0])
        if here != printed.levels[-1]:
            levels.append(here)
            parents[here] = home
    return Target(vintage, tuple(levels), parents)


def _error(
    counts: pd.DataFrame, found: pd.DataFrame, level: str, new: str, links: pd.DataFrame
) -> ApportionError | None:
    """The error where the same was counted on both states on one day; None where it was not.

    Of several measures and dates the largest count tells, since small ones err by chance.
    """
    own = counts[(counts["level"] == level) & (counts["vintage"] == new)]
    both = found[found["level"] == level].merge(
        own[[*COUNT_KEYS, "count"]], on=COUNT_KEYS, suffixes=("", "_counted")
    )
    both = both[both["count"].notna() & both["count_counted"].notna()]
    if both.empty:
        return None
    sizes = both.groupby(_SERIES, sort=True)["count_counted"].sum()
    largest = both.set_index(_SERIES).loc[[sizes.idxmax()]].set_index("area")
    estimated = frozenset(links.loc[divided(links), "target"])
    guessed = pd.Series(largest.index.isin(estimated), index=largest.index)
    error = measure_error(largest["count"], largest["count_counted"], guessed)
    return error if error.areas else None
