"""Indices as a sum of standardised indicators in classes, the Berlin Monitoring's among them.

For each level, vintage and period at which all indicators of the edition are there:

1. Valid are the areas with a published value of every indicator. Who is excluded is an
   input (``not_applicable``), not decided here.
2. z-score of each indicator over the valid areas: unweighted mean, population standard
   deviation (ddof 0). A high value is a burden.
3. The sum of the z-scores, equal weights, standardised again (ddof 0), is the score.
4. Thresholds of the catalogue turn it into a class.
5. How robust the class is says `indicators.robustness`.

This is the rule of the Berlin Monitoring Soziale Stadtentwicklung; a city's own index may
have other weights, another standardisation and another scale, see `IndexEdition`.

Source: Indikatorenheft MSS 2021, section 4. The delivered values enter unrounded: rounding
to one decimal already moves areas into other classes.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.entries import Index, IndexEdition
from indicators.index_rule import (
    Scored,
    class_numbers,
    classify,
    score_of,
    standardise,
)
from indicators.robustness import KEYS, RobustnessSettings, class_robustness
from indicators.status import VISIBLE, Status

__all__ = ["INDEX_COLUMNS", "PART_COLUMNS", "classify", "compute_index", "standardise"]

MIN_AREAS = 8
"""With fewer areas on a map, mean and deviation, and so every class, rest on hardly anything."""
BLOCK = ["level", "vintage", "period"]
INDEX_COLUMNS = [
    *("area", *BLOCK, "index", "score", "class"),
    *("robustness", "basis", "near", "status"),
]
PART_COLUMNS = ["area", *BLOCK, "index", "indicator", "value", "z", "weight"]
_NUMBERS = frozenset({"score", "robustness", "value", "z", "weight"})
_REASONS = (Status.SUPPRESSED, Status.TOO_FEW)
_NO_COUNTS = pd.DataFrame(
    columns=["area", *BLOCK, "measure", "group", "count", "status"], dtype="str"
)


def compute_index(
    values: pd.DataFrame,
    catalogue: Catalogue,
    keys: Iterable[str],
    counts: pd.DataFrame | None = None,
    settings: RobustnessSettings | None = None,
    min_areas: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and classes of indices, how robust they are, and what they are made of.

    Parameters
    ----------
    values
        The edition's table ``values``.
    catalogue
        Has the rule of each index by reporting date.
    keys
        Indices wanted; a combination computes its parts, and they are in the result if they
        are named as well.
    counts
        The edition's table ``counts``, for the denominators of figures that were delivered
        without counts. Without it such figures keep their values when the class is tried.
    settings
        How robustness is tried, see `RobustnessSettings`.
    min_areas
        Fewest areas with all figures that a map must have; an edition asks for `MIN_AREAS`.

    Returns
    -------
    index
        The edition's table ``index``; an area that takes no part has neither score nor
        class, and says why in ``status``. The score of a combination is empty. For
        ``robustness``, ``basis`` and ``near`` see `class_robustness`.
    index_parts
        The edition's table ``index_parts`` for valid areas: value as published, standardised
        value (``z``; a high one is a burden) and weight.

    Raises
    ------
    ProjectError
        An index is not in the catalogue, or a setting is out of its range.
    """
    wanted = list(dict.fromkeys(keys))
    catalogue.require("indices", wanted)
    indices = [catalogue.indices[key] for key in wanted]
    combined = [i for i in indices if i.kind == "combination"]
    sums = dict.fromkeys(
        key for i in indices for key in (i.parts if i.kind == "combination" else (i.key,))
    )
    scored = {
        key: _score_maps(catalogue.indices[key], catalogue, values, min_areas) for key in sums
    }
    tables = [
        _combine(index, *(scored[part] for part in index.parts))
        if index.kind == "combination"
        else _join([_index_rows(s) for s in scored[index.key]], _BASE_COLUMNS)
        for index in indices
    ]
    tested = class_robustness(
        [s for maps in scored.values() for s in maps],
        combined,
        {"values": values, "counts": _NO_COUNTS if counts is None else counts},
        catalogue,
        settings or RobustnessSettings(),
    )
    table = _join(tables, _BASE_COLUMNS).merge(tested, on=KEYS, how="left", validate="one_to_one")
    table = table.fillna({"basis": "", "near": ""})
    parts = [_part_rows(s) for key in wanted for s in scored.get(key, [])]
    return _join([table], INDEX_COLUMNS), _join(parts, PART_COLUMNS)


_BASE_COLUMNS = [c for c in INDEX_COLUMNS if c not in ("robustness", "basis", "near")]


def _join(tables: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    types = {c: "float64" if c in _NUMBERS else "str" for c in columns}
    rows = [table[columns].astype(types) for table in tables]
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in types.items()})
    return pd.concat([empty, *rows], ignore_index=True)


def _score_maps(
    index: Index, catalogue: Catalogue, values: pd.DataFrame, min_areas: int
) -> list[Scored]:
    return [
        _score_map(index, edition, block, catalogue)
        for edition, block in _blocks(index, values, min_areas)
    ]


def _blocks(
    index: Index, values: pd.DataFrame, min_areas: int
) -> Iterator[tuple[IndexEdition, pd.DataFrame]]:
    """Level, vintage and period by which all indicators of the rule were delivered."""
    total = values.loc[values["group"] == "total"]
    for _, block in total.groupby(BLOCK, sort=True):
        edition = index.edition(str(block["period"].iloc[0]))
        if edition is None:
            continue
        used = block.loc[block["indicator"].isin(edition.indicators)]
        shown = used.loc[used["status"].isin(VISIBLE), "indicator"]
        valid = used.loc[used["status"].isin(VISIBLE)].groupby("area").size()
        enough = int((valid == len(edition.indicators)).sum()) >= min_areas
        if set(shown) == set(edition.indicators) and enough:
            yield edition, used


def _score_map(
    index: Index, edition: IndexEdition, rows: pd.DataFrame, catalogue: Catalogue
) -> Scored:
    """The index of one level, vintage and period."""
    names = list(edition.indicators)
    shown = rows.assign(value=rows["value"].where(rows["status"].isin(VISIBLE)))
    wide = shown.pivot(index="area", columns="indicator", values="value")[names].sort_index()
    status = _area_status(rows, wide)
    valid = wide.loc[status.isin(VISIBLE)]
    less = [catalogue.indicators[name].direction == "less_need" for name in names]
    signs, values = np.where(less, -1.0, 1.0), valid.to_numpy()
    level, vintage, period = (str(rows[name].iloc[0]) for name in BLOCK)
    standardised = standardise(values * signs, edition.standardisation)
    score = score_of(list(standardised.T), np.array(edition.weighting), edition)
    return Scored(
        index=index,
        edition=edition,
        place=(level, vintage, period),
        signs=signs,
        status=status,
        areas=valid.index.to_numpy(dtype=object),
        values=values,
        standardised=standardised,
        score=score,
        number=class_numbers(score, edition),
    )


def _place(scored: Scored) -> dict[str, str]:
    return dict(zip(BLOCK, scored.place, strict=True)) | {"index": scored.index.key}


def _index_rows(scored: Scored) -> pd.DataFrame:
    """All areas, those that take no part as well."""
    score = np.full(len(scored.status), np.nan)
    score[scored.status.isin(VISIBLE)] = scored.score
    return pd.DataFrame(
        {
            "area": scored.status.index,
            "score": score,
            "class": classify(score, scored.edition),
            "status": scored.status.to_numpy(),
        }
    ).assign(**_place(scored))


def _part_rows(scored: Scored) -> pd.DataFrame:
    names = list(scored.edition.indicators)
    return pd.DataFrame(
        {
            "area": np.repeat(scored.areas, len(names)),
            "indicator": np.tile(names, len(scored.areas)),
            "value": scored.values.ravel(),
            "z": scored.standardised.ravel(),
            "weight": np.tile(scored.edition.weighting, len(scored.areas)),
        }
    ).assign(**_place(scored))


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


def _combine(index: Index, first: list[Scored], second: list[Scored]) -> pd.DataFrame:
    """The classes of two indices written together, such as ``1+`` or ``4+/-``."""
    keys = ["area", *BLOCK]
    both = _coded(first).merge(
        _coded(second), on=keys, suffixes=("_1", "_2"), validate="one_to_one"
    )
    valid = both["status_1"].isin(VISIBLE) & both["status_2"].isin(VISIBLE)
    estimated = (both["status_1"] == Status.ESTIMATED) | (both["status_2"] == Status.ESTIMATED)
    hidden = both["status_1"].where(~both["status_1"].isin(VISIBLE), both["status_2"])
    shown = np.where(estimated, Status.ESTIMATED.value, Status.PUBLISHED.value)
    table = both[keys].copy()
    table["index"] = index.key
    table["score"] = np.nan
    table["class"] = (both["code_1"] + both["code_2"]).where(valid, "")
    table["status"] = np.where(valid, shown, hidden)
    return table


def _coded(maps: list[Scored]) -> pd.DataFrame:
    """Area, status and code of the class."""
    columns = ["area", *BLOCK, "code", "status"]
    tables = [pd.DataFrame(columns=columns, dtype="str")]
    for scored in maps:
        rows = _index_rows(scored)
        codes = dict(zip(scored.edition.classes, scored.edition.codes, strict=True))
        tables.append(rows.assign(code=rows["class"].map(codes).fillna(""))[columns].astype("str"))
    return pd.concat(tables, ignore_index=True)
