"""Indices as a sum of z-scores in classes: the rule of the Berlin Monitoring, as data.

For each level, vintage and period at which all indicators of the edition are there:

1. Valid are the areas with a published value of every indicator. Who is excluded is an
   input (``not_applicable``), not decided here.
2. z-score of each indicator over the valid areas: unweighted mean, population standard
   deviation (ddof 0). A high value is a burden.
3. The sum of the z-scores, equal weights, standardised again (ddof 0), is the score.
4. Thresholds of the catalogue turn it into a class.

Source: Indikatorenheft MSS 2021, section 4. The delivered values enter unrounded: rounding
to one decimal already moves areas into other classes.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.entries import Index, IndexEdition
from indicators.status import VISIBLE, Status

BLOCK = ["level", "vintage", "period"]
INDEX_COLUMNS = ["area", *BLOCK, "index", "score", "class", "robustness", "status"]
PART_COLUMNS = ["area", *BLOCK, "index", "indicator", "value", "z", "weight"]
_NUMBERS = frozenset({"score", "robustness", "value", "z", "weight"})
_REASONS = (Status.SUPPRESSED, Status.TOO_FEW)

Floats = npt.NDArray[np.float64]


def compute_index(
    values: pd.DataFrame, catalogue: Catalogue, keys: Iterable[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and classes of indices, and what they are made of.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Has the rule of each index by reporting date.
    keys
        Indices wanted; a combination brings its parts along if they are named as well.

    Returns
    -------
    index
        The edition's table ``index``; an area that takes no part has neither score nor
        class, and says why in ``status``. The score of a combination is empty.
    index_parts
        The edition's table ``index_parts``: value, z-score and weight for valid areas.

    Raises
    ------
    ProjectError
        An index is not in the catalogue.
    """
    wanted = list(dict.fromkeys(keys))
    catalogue.require("indices", wanted)
    tables, parts = [], []
    for index in (catalogue.indices[key] for key in wanted):
        if index.kind == "z_sum":
            found = [
                _score_block(index, edition, block) for edition, block in _blocks(index, values)
            ]
            tables += [scores for scores, _ in found]
            parts += [part for _, part in found]
        else:
            tables.append(_combine(index, catalogue, values))
    return _join(tables, INDEX_COLUMNS), _join(parts, PART_COLUMNS)


def _join(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    types = {c: "float64" if c in _NUMBERS else "str" for c in columns}
    rows = [table[columns].astype(types) for table in tables]
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in types.items()})
    return pd.concat([empty, *rows], ignore_index=True)


def _blocks(index: Index, values: pd.DataFrame) -> Iterator[tuple[IndexEdition, pd.DataFrame]]:
    """Level, vintage and period by which all indicators of the rule were delivered."""
    total = values.loc[values["group"] == "total"]
    for _, block in total.groupby(BLOCK, sort=True):
        edition = index.edition(str(block["period"].iloc[0]))
        if edition is None:
            continue
        used = block.loc[block["indicator"].isin(edition.indicators)]
        shown = used.loc[used["status"].isin(VISIBLE), "indicator"]
        if set(shown) == set(edition.indicators):
            yield edition, used


def _score_block(
    index: Index, edition: IndexEdition, rows: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The index of one level, vintage and period."""
    names = list(edition.indicators)
    shown = rows.assign(value=rows["value"].where(rows["status"].isin(VISIBLE)))
    wide = shown.pivot(index="area", columns="indicator", values="value")[names].sort_index()
    status = _area_status(rows, wide)
    valid = wide.loc[status.isin(VISIBLE)]
    z = standardise(valid.to_numpy())
    score = np.full(len(wide), np.nan)
    # Rounding: z-scores that cancel out leave noise in the 16th digit, not differences.
    score[status.isin(VISIBLE)] = standardise(z.sum(axis=1).round(12))
    place = {name: rows[name].iloc[0] for name in BLOCK} | {"index": index.key}
    table = pd.DataFrame(
        {
            "area": wide.index,
            "score": score,
            "class": classify(score, edition),
            "robustness": np.nan,
            "status": status.to_numpy(),
        }
    ).assign(**place)
    parts = pd.DataFrame(
        {
            "area": np.repeat(valid.index.to_numpy(), len(names)),
            "indicator": np.tile(names, len(valid)),
            "value": valid.to_numpy().ravel(),
            "z": z.ravel(),
            "weight": 1.0,
        }
    ).assign(**place)
    return table, parts


def _area_status(rows: pd.DataFrame, wide: pd.DataFrame) -> pd.Series:
    """Why an area takes part or not; anything but secrecy and size counts as excluded."""
    known = wide.notna().all(axis=1).tolist()
    by_area = rows.groupby("area")["status"].agg(set).reindex(wide.index)
    chosen = [_one_status(statuses, ok) for statuses, ok in zip(by_area, known, strict=True)]
    return pd.Series(chosen, index=wide.index, dtype="str")


def _one_status(statuses: set[str], known: bool) -> str:
    if known:
        return (Status.ESTIMATED if Status.ESTIMATED in statuses else Status.PUBLISHED).value
    if Status.NOT_APPLICABLE in statuses:
        return Status.NOT_APPLICABLE.value
    return next((s.value for s in _REASONS if s in statuses), Status.NOT_APPLICABLE.value)


def standardise(values: Floats) -> Floats:
    """z-scores by column: unweighted mean, population standard deviation (ddof 0).

    Where all values are equal no area stands out, and every z-score is 0.

    Parameters
    ----------
    values
        Shape (areas,) or (areas, indicators), no NaN.
    """
    if not len(values):
        return values
    spread = values.std(axis=0, ddof=0)
    # A constant column has a spread of rounding error, not of areas.
    constant = np.ptp(values, axis=0) == 0
    centred = values - values.mean(axis=0)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, spread))


def classify(score: Floats, edition: IndexEdition) -> npt.NDArray[np.object_]:
    """Class word of each score; a NaN has the empty word.

    Examples
    --------
    With the Berlin thresholds -1 and 1 are ``mittel``, and 1.5 is ``niedrig``.
    """
    number = np.zeros(len(score), dtype=np.int64)
    for threshold in edition.thresholds:
        above = score >= threshold.at if threshold.belongs == "above" else score > threshold.at
        number += above
    words = np.array(edition.classes, dtype=object)[number]
    words[np.isnan(score)] = ""
    return words


def _combine(index: Index, catalogue: Catalogue, values: pd.DataFrame) -> pd.DataFrame:
    """The classes of two indices written together, such as ``1+`` or ``4+/-``."""
    keys = ["area", *BLOCK]
    first, second = (_coded(catalogue.indices[key], values) for key in index.parts)
    both = first.merge(second, on=keys, suffixes=("_1", "_2"), validate="one_to_one")
    valid = both["status_1"].isin(VISIBLE) & both["status_2"].isin(VISIBLE)
    estimated = (both["status_1"] == Status.ESTIMATED) | (both["status_2"] == Status.ESTIMATED)
    hidden = both["status_1"].where(~both["status_1"].isin(VISIBLE), both["status_2"])
    shown = np.where(estimated, Status.ESTIMATED.value, Status.PUBLISHED.value)
    table = both[keys].copy()
    table["index"] = index.key
    table["score"] = np.nan
    table["class"] = (both["code_1"] + both["code_2"]).where(valid, "")
    table["robustness"] = np.nan
    table["status"] = np.where(valid, shown, hidden)
    return table


def _coded(index: Index, values: pd.DataFrame) -> pd.DataFrame:
    """Area, status and code of the class."""
    tables = []
    for edition, block in _blocks(index, values):
        scores, _ = _score_block(index, edition, block)
        codes = dict(zip(edition.classes, edition.codes, strict=True))
        scores["code"] = scores["class"].map(codes).fillna("")
        tables.append(scores[["area", *BLOCK, "code", "status"]])
    if not tables:
        return pd.DataFrame(columns=["area", *BLOCK, "code", "status"], dtype="str")
    return pd.concat(tables, ignore_index=True)
