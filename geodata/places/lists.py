"""Several lists of places as one: what stands in two of them is kept once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.places.duplicates import SAME_PLACE_M, Doubt, merge_duplicates
from geodata.places.spec import UNNAMED, AssumedOwner, PlacesReport, PlacesResult


class JoinedPlaces(NamedTuple):
    """The tables of all lists, the report of each, and what was found between lists."""

    places: gpd.GeoDataFrame
    windows: pd.DataFrame
    sessions: pd.DataFrame
    reports: tuple[PlacesReport, ...]
    merged: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return all reports as German sentences, what is between lists last."""
        between = (*self.merged, *map(str, self.doubts))
        return (*(line for r in self.reports for line in r.lines()), *between)


def join_places(results: Sequence[PlacesResult]) -> JoinedPlaces:
    """Put lists of places together; the first list that knows something of a place holds.

    Parameters
    ----------
    results
        What reading each list gave, in the order of the project; one at least.

    Raises
    ------
    TableError
        A key stands for places far apart in two lists.
    """
    reports = tuple(r.report for r in results)
    if len(results) == 1:
        only = results[0]
        return JoinedPlaces(only.places, only.windows, only.sessions, reports)
    rows = gpd.GeoDataFrame(pd.concat([_rows(r) for r in results], ignore_index=True))
    _refuse_far(rows)
    kept, renamed, merged, doubts = merge_duplicates(rows)
    # What a list alone left in doubt stands in its own report.
    told = {d.places for r in reports for d in r.doubts}
    assumed = frozenset(kept.loc[kept["assumed"], "place"])
    sessions = pd.concat([r.sessions for r in results], ignore_index=True)
    sessions["place"] = sessions["place"].replace(renamed)
    return JoinedPlaces(
        kept[list(results[0].places.columns)].sort_values("place", ignore_index=True),
        _windows(results, renamed),
        sessions.drop_duplicates().sort_values(list(sessions.columns), ignore_index=True),
        tuple(replace(r, assumed=_still(r.assumed, assumed)) for r in reports),
        merged,
        tuple(d for d in doubts if d.places not in told),
    )


def _rows(result: PlacesResult) -> gpd.GeoDataFrame:
    guessed = {place for a in result.report.assumed for place in a.places}
    unnamed = result.places["name"].str.startswith(UNNAMED)
    return result.places.assign(assumed=result.places["place"].isin(guessed), unnamed=unnamed)


def _refuse_far(rows: gpd.GeoDataFrame) -> None:
    first = rows.drop_duplicates("place").set_index("place").geometry
    apart = rows.distance(gpd.GeoSeries(first.loc[rows["place"]].array, crs=rows.crs))
    found = ProblemCollector()
    for place, name in rows.loc[apart > SAME_PLACE_M, ["place", "name"]].itertuples(index=False):
        found.add(f"place {place}", f"auch „{name}“", "jeder Schlüssel für einen Ort")
    found.raise_if_any(TableError, "In zwei Listen steht ein Schlüssel für verschiedene Orte.")


def _windows(results: Sequence[PlacesResult], renamed: dict[str, str]) -> pd.DataFrame:
    """Opening windows of every place from the first list that has some of it."""
    taken: set[str] = set()
    parts = []
    for result in results:
        table = result.windows.assign(place=result.windows["place"].replace(renamed))
        parts.append(table[~table["place"].isin(taken)])
        taken |= set(table["place"])
    joined = pd.concat(parts, ignore_index=True).drop_duplicates()
    return joined.sort_values(list(joined.columns), ignore_index=True)


def _still(assumed: tuple[AssumedOwner, ...], places: frozenset[str]) -> tuple[AssumedOwner, ...]:
    """Of the assumed owners those that no other list delivered."""
    left = (replace(a, places=tuple(p for p in a.places if p in places)) for a in assumed)
    return tuple(a for a in left if a.places)
