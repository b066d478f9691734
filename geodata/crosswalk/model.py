"""A crosswalk: which share of each old area belongs to which new area."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import KeyJoinError, ProblemCollector

WEIGHTS = ["source", "target", "weight"]
LARGEST_REST = 0.2
"""A source of which more than this lies outside all targets has no place to go."""
REST = 0.01
"""Less than this outside all targets is an inexact border and not worth a word."""

METHODS: Mapping[str, str] = {
    "keys": "nach einer Schlüsseltabelle",
    "population": "nach der Verteilung der Bevölkerung",
    "mask": "nach der bewohnten Fläche",
    "area": "nach der Fläche",
}
"""Methods from the best to the plainest, in words that follow "umgerechnet"."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """What was found while the weights were made; nothing of it is silent.

    Parameters
    ----------
    slivers
        Common pieces that were left out as inexact borders.
    rest
        Share outside all targets, by source, where above `REST`; it goes where the others go.
    without_source
        Targets that get nothing from anywhere.
    by_area
        Sources that were divided by area because the method knows nothing of them.
    contradictions
        Sentences on what a key table and the outlines say differently.
    lost
        Share of the units' weight that lies in no common piece.
    rounded
        Whether weights are whole per cents because the units are not public.
    aside
        Rows of a key table about other places.
    normed
        Sources whose weights in a key table sum to 1 only after rounding.
    empty_units
        Finer areas without a row in their table; they count as uninhabited.
    """

    slivers: int = 0
    rest: Mapping[str, float] = field(default_factory=dict)
    without_source: tuple[str, ...] = ()
    by_area: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    lost: float = 0.0
    rounded: bool = False
    aside: int = 0
    normed: int = 0
    empty_units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crosswalk:
    """Weights from one set of areas to another; those of every source sum to 1.

    Parameters
    ----------
    weights
        ``source, target, weight``, sorted by both keys. A weight of 0 says that the two have
        land in common but nobody is taken to live there.
    method
        One of `METHODS`.
    findings
        What a reader must know of them.
    """

    __hash__: ClassVar[None]  # type: ignore[assignment]

    weights: pd.DataFrame
    method: str
    findings: Findings = field(default_factory=Findings)

    @property
    def divided(self) -> pd.Series:
        """Whether the source of each row is divided between several targets."""
        return divided(self.weights)

    def estimated_targets(self) -> frozenset[str]:
        """Targets with a part of a divided source: only their numbers are estimates."""
        return frozenset(self.weights.loc[self.divided, "target"])


def divided(weights: pd.DataFrame) -> pd.Series:
    """Whether the source of each row has several targets, so that its number is estimated."""
    return weights.groupby("source")["target"].transform("size") > 1


def finish(
    raw: pd.DataFrame,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    method: str,
    findings: Findings,
) -> Crosswalk:
    """Norm the weights of every source to 1; refuse sources that have no place to go.

    Parameters
    ----------
    raw
        ``source, target, weight``; rows of one pair are added up.
    old, new
        All areas, with ``area`` and, where known, ``name`` and ``inhabited``.

    Raises
    ------
    KeyJoinError
        A source has no target, or too little of one: its people would be lost. Sources that
        are not inhabited may.
    """
    table = raw.groupby(["source", "target"], as_index=False, sort=True)["weight"].sum()
    total = table.groupby("source")["weight"].transform("sum")
    table, total = table[total > 0].reset_index(drop=True), total[total > 0]
    _refuse_lost(table, old, findings)
    share = table["weight"] / total.to_numpy()
    table["weight"] = share.where(divided(table), 1.0)
    without = tuple(sorted(set(new["area"]) - set(table["target"])))
    return Crosswalk(table[WEIGHTS], method, replace(findings, without_source=without))


def _refuse_lost(table: pd.DataFrame, old: gpd.GeoDataFrame, findings: Findings) -> None:
    named = names_of(old)
    lived = old.set_index("area")["inhabited"] if "inhabited" in old else None
    found = ProblemCollector()
    for key in sorted(set(old["area"]) - set(table["source"])):
        if lived is None or bool(lived[key]):
            found.add(
                f"Gebiet {named[key]}", "kein Ziel", "mindestens ein Gebiet des anderen Stands"
            )
    for key, rest in findings.rest.items():
        if rest > LARGEST_REST and key in set(table["source"]):
            what = f"{percent(rest)} liegen in keinem Gebiet des anderen Stands"
            found.add(f"Gebiet {named[key]}", what, f"höchstens {percent(LARGEST_REST)}")
    found.raise_if_any(KeyJoinError, "Die beiden Gebietsstände passen nicht aufeinander.")


def names_of(areas: pd.DataFrame) -> dict[str, str]:
    """Key and name of every area in one word for messages."""
    if "name" not in areas:
        return {str(k): str(k) for k in areas["area"]}
    pairs = zip(areas["area"], areas["name"], strict=True)
    return {str(k): f"{k} {name}" if name else str(k) for k, name in pairs}


def in_steps(weights: pd.DataFrame, steps: int | pd.Series) -> pd.DataFrame:
    """Round weights to multiples of 1 / `steps` so that those of a source still sum to 1.

    The largest remainders are rounded up; of equal ones the first key. From such weights
    nobody can compute single people of the units, if a step is worth enough of them.

    Parameters
    ----------
    weights
        ``source, target, weight``.
    steps
        How many steps 1 has; a Series by source where they differ.

    Examples
    --------
    >>> table = pd.DataFrame({"source": "a", "target": ["x", "y"], "weight": [0.996, 0.004]})
    >>> in_steps(table, 100)["weight"].tolist()
    [1.0, 0.0]
    """
    table = weights.sort_values(["source", "target"], ignore_index=True)
    own = table["source"].map(steps) if isinstance(steps, pd.Series) else steps
    exact = (table["weight"] * own).round(9)
    low = np.floor(exact)
    missing = (own - low.groupby(table["source"]).transform("sum")).round()
    ranked = pd.DataFrame({"source": table["source"], "rest": low - exact})
    rank = ranked.groupby("source")["rest"].rank(method="first")
    return table.assign(weight=(low + (rank <= missing)) / own)


def percent(share: float, decimals: int = 0) -> str:
    """A share as a German text, with a narrow no-break space.

    Examples
    --------
    >>> percent(0.125, 1).replace(chr(0x202F), " ")
    '12,5 %'
    """
    return f"{100 * share:.{decimals}f}".replace(".", ",") + "\u202f%"
