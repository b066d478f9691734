"""Delivered rates and indices on other areas: only where the area is the same one.

A mean of rates is no rate, and neither a median nor an index of parts is that of the whole:
without numerator and denominator nothing can be carried to an area that was divided or put
together. That stands there as ``not_applicable``, so that nobody takes it for a gap.
"""

import pandas as pd

from indicators.status import Status

_ITEM = ["level", "period", "indicator", "group"]


def carried_delivered(values: pd.DataFrame, weights: pd.DataFrame, vintage: str) -> pd.DataFrame:
    """Carry delivered values over to areas that are the same under another key.

    Parameters
    ----------
    values
        Columns of the edition's table ``values``: delivered values of the source areas, of
        one level and vintage.
    weights
        ``source, target, weight``.
    vintage
        State of the targets.

    Returns
    -------
    DataFrame
        The columns of `values`, a row for every target, date and indicator. Where one
        source is one target, its row as it is; else ``not_applicable`` without a number.

    Examples
    --------
    >>> keys = {"level": "plr", "vintage": "alt", "period": "2020-12-31", "group": "total"}
    >>> rate = {"area": "a", "indicator": "mss_s1", "value": 7.5, "status": "published"}
    >>> links = pd.DataFrame({"source": ["a", "b", "b"], "target": ["x", "y", "z"], "weight": 1.0})
    >>> found = carried_delivered(pd.DataFrame([rate | keys]), links, "neu")
    >>> found[["area", "value", "status"]].values.tolist()
    [['x', 7.5, 'published'], ['y', nan, 'not_applicable'], ['z', nan, 'not_applicable']]
    """
    alone = ~weights.duplicated("source", keep=False) & ~weights.duplicated("target", keep=False)
    same = weights[alone].set_index("source")["target"]
    kept = values[values["area"].isin(same.index)]
    kept = kept.assign(area=kept["area"].map(same), vintage=vintage)
    targets = pd.DataFrame({"area": sorted(set(weights["target"]) - set(same))})
    others = values[_ITEM].drop_duplicates().merge(targets, how="cross")
    others = others.assign(vintage=vintage, status=Status.NOT_APPLICABLE.value)
    empty = others.reindex(columns=values.columns).astype(values.dtypes)
    found = pd.concat([kept, empty], ignore_index=True)
    order = ["indicator", "group", "period", "area"]
    return found.sort_values(order, kind="stable", ignore_index=True)
