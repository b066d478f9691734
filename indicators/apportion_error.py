"""How far apportioned counts are from counted ones of the same day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class ApportionError:
    """The measured error of a method.

    Parameters
    ----------
    misplaced
        Share of all people who were put into a wrong area.
    median, p90
        Of the relative errors of the estimated areas where somebody lives, as shares.
    areas
        How many estimated areas were compared.
    empty
        How many of them have nobody although somebody was put there.
    worst
        Areas with the largest errors in people: key, apportioned, counted.
    exact_wrong
        Areas put together from whole ones whose numbers differ all the same.
    """

    misplaced: float
    median: float
    p90: float
    areas: int
    empty: int
    worst: tuple[tuple[str, int, int], ...]
    exact_wrong: tuple[tuple[str, int, int], ...] = ()


def measure_error(
    apportioned: pd.Series, counted: pd.Series, estimated: pd.Series, worst: int = 5
) -> ApportionError:
    """Compare apportioned counts with counted ones.

    Parameters
    ----------
    apportioned, counted
        By area. Areas that were not counted are left out.
    estimated
        By area, whether a part of a divided area is in it.
    worst
        How many areas are named.
    """
    table = pd.DataFrame({"ours": apportioned, "true": counted.astype("float64")})
    table["estimated"] = estimated.reindex(table.index)
    table = table[table["true"].notna() & table["ours"].notna()].sort_index()
    apart = (table["ours"].astype("float64") - table["true"]).abs()
    guessed = table["estimated"].astype("bool")
    lived = guessed & (table["true"] > 0)
    relative = (apart / table["true"])[lived]
    total = float(table["true"].sum())
    # Whoever is missing in one area stands in another one.
    return ApportionError(
        misplaced=float(apart.sum()) / 2 / total if total else 0.0,
        median=float(relative.median()) if len(relative) else 0.0,
        p90=float(np.quantile(relative, 0.9)) if len(relative) else 0.0,
        areas=int(lived.sum()),
        empty=int((guessed & (table["true"] == 0) & (apart > 0)).sum()),
        worst=_named(table, apart[guessed], worst),
        exact_wrong=_named(table, apart[~guessed], len(table)),
    )


def _named(table: pd.DataFrame, apart: pd.Series, most: int) -> tuple[tuple[str, int, int], ...]:
    found = apart[apart > 0].sort_values(ascending=False, kind="stable").head(most)
    rows = table.loc[found.index]
    return tuple(
        (str(area), round(float(ours)), round(float(true)))
        for area, ours, true in zip(rows.index, rows["ours"], rows["true"], strict=True)
    )
