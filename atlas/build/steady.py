"""Steadier and fairer rates beside the published ones: smoothed, and standardised by age.

They are estimates for comparison and never replace a published rate. Each is that of the
latest date of its indicator on a level.
"""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from atlas.edition.schema import empty_table
from atlas.project import Project
from atlas.wording import day
from indicators.catalogue import Catalogue, normal_cell
from indicators.neighbours import neighbourhood
from indicators.smoothing import GLOBAL, LOCAL, smooth_values
from indicators.standard_population import published_standard
from indicators.standardise import AGE_STANDARDISED, standardise

_FEWEST = 3
"""Rates of fewer areas have no common mean worth moving towards."""


def steadier_rates(
    project: Project,
    catalogue: Catalogue,
    values: pd.DataFrame,
    counts: pd.DataFrame,
    areas: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """The edition's table ``estimates``.

    Parameters
    ----------
    values, counts
        The edition's tables: only what is published enters.
    areas
        For neighbours.
    """
    empty = empty_table("estimates")
    parts = [
        *_smoothed(project, catalogue, values, areas),
        *_standardised(project, catalogue, counts),
    ]
    table = pd.concat([empty, *(part.reindex(columns=empty.columns) for part in parts)])
    text = [c for c in empty.columns if str(empty[c].dtype) == "str"]
    table[text] = table[text].fillna("")
    return table.astype(empty.dtypes.to_dict()).reset_index(drop=True)


def _smoothed(
    project: Project, catalogue: Catalogue, values: pd.DataFrame, areas: gpd.GeoDataFrame
) -> Iterator[pd.DataFrame]:
    """Towards the mean of the map, and towards that of the neighbours."""
    from libpysal.graph import Graph

    rates = [
        key
        for key in project.indicators
        if (item := catalogue.indicators[key]).numerator and item.denominator
    ]
    own = values[values["indicator"].isin(rates) & (values["group"] == "total")]
    for (level, vintage), part in own.groupby(["level", "vintage"], sort=True):
        there = areas[(areas["level"] == level) & (areas["vintage"] == vintage)]
        if len(there) < _FEWEST:
            continue
        latest = part["period"] == part.groupby("indicator")["period"].transform("max")
        rows = part[latest]
        keys = list(dict.fromkeys(rows["indicator"]))
        there = there.sort_values("area").reset_index(drop=True)
        near = neighbourhood(there)
        graph = Graph.from_sparse(near.matrix, ids=there["area"].to_numpy(dtype=object))
        graphs = {(str(level), str(vintage)): graph}
        for method, neighbours in ((GLOBAL, None), (LOCAL, graphs)):
            found = smooth_values(rows, catalogue, keys, neighbours)
            # An island has only the mean of the map, which stands there already.
            yield found[found["method"] == method].rename(columns={"smoothed": "value"})


def _standardised(
    project: Project, catalogue: Catalogue, counts: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """As if all areas had the age structure of the whole city."""
    whole = project.levels[-1].key
    for key, groups in project.standardise.items():
        item = catalogue.indicators[key]
        measure = normal_cell(str(item.denominator)).split("/")[0]
        own = counts[(counts["measure"] == measure) & counts["group"].isin(groups)]
        top = normal_cell(str(item.numerator)).split("/")[0]
        there = counts[(counts["measure"] == top) & counts["group"].isin(groups)]
        period = str(min(own["period"].max(), there["period"].max()))
        city = own[(own["level"] == whole) & (own["period"] == period)]
        vintage = str(city["vintage"].max())
        cell = {
            "area": project.city_area.key, "level": whole, "vintage": vintage,
            "period": period, "measure": measure,
        }  # fmt: skip
        name = f"{project.city}, {day(period)}"
        standard = published_standard(name, counts, cell, groups)
        pair = counts[counts["measure"].isin((measure, top)) & (counts["period"] == period)]
        found = standardise(pair, catalogue, key, standard)
        yield found[found["level"] != whole].assign(method=AGE_STANDARDISED, group="total")
