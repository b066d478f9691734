"""Where high or low values lie together: every date, every method, and how far they agree."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from atlas.project import HotspotRule, Project
from indicators.agreement import agreement, neighbourhood_sensitivity
from indicators.agreement_words import FUNNEL
from indicators.catalogue import Catalogue
from indicators.funnel import FunnelSettings, compute_funnels
from indicators.hotspot_history import hotspot_history
from indicators.hotspots import COLUMNS as HOTSPOT_COLUMNS
from indicators.hotspots import HotspotSettings, compute_hotspots
from indicators.neighbours import neighbourhood
from indicators.scan import ScanSettings, compute_clusters

_LARGEST_SHARE = 0.25
"""A circle with more than a quarter of the city's people is no place to act on."""


@dataclass(frozen=True)
class Clusters:
    """The edition's tables on spatial clusters.

    Parameters
    ----------
    hotspots
        Gi* and local Moran for every date, the circular scan and the funnel for the latest.
    clusters
        The circles that the scan found.
    agreement
        How many methods call an area high or low, at the latest date.
    stability
        Whether a class depends on who counts as a neighbour, at the latest date.
    history
        Clusters that come, stay and go.
    """

    hotspots: pd.DataFrame
    clusters: pd.DataFrame
    agreement: pd.DataFrame
    stability: pd.DataFrame
    history: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """All of them by their names in the edition."""
        return {
            "hotspots": self.hotspots,
            "clusters": self.clusters,
            "agreement": self.agreement,
            "stability": self.stability,
            "history": self.history,
        }


def spatial_clusters(
    project: Project, catalogue: Catalogue, values: pd.DataFrame, areas: gpd.GeoDataFrame
) -> Clusters | None:
    """All tests of the project's indicators; None where it wants none, or has no values."""
    rule = project.hotspots
    if rule is None:
        return None
    own = values[values["indicator"].isin(rule.indicators) & (values["level"] == rule.level)]
    own = own[own["group"] == "total"]
    if own.empty:
        return None
    here = areas[areas["level"] == rule.level]
    local = pd.concat(_every_date(rule, own, here), ignore_index=True)
    found = [
        _latest(
            rule,
            project.levels[-1].key,
            catalogue,
            values,
            own[own["indicator"] == key],
            here,
            local,
        )
        for key in dict.fromkeys(rule.indicators)
        if (own["indicator"] == key).any()
    ]
    scanned, circles, agreed, stable = (
        pd.concat([tables[i] for tables in found], ignore_index=True) for i in range(4)
    )
    return Clusters(
        hotspots=pd.concat([local, scanned], ignore_index=True),
        clusters=circles,
        agreement=agreed,
        stability=stable,
        history=hotspot_history(local, catalogue),
    )


def _funnel_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The funnel as rows of the table ``hotspots``: its z-score, allowing for usual differences."""
    rows = table.assign(method=FUNNEL, statistic=table["z_adjusted"], cluster="")
    return rows.reindex(columns=HOTSPOT_COLUMNS).astype(
        dict.fromkeys(("p_value", "q_value"), "float64")
        | dict.fromkeys(("neighbours", "permutations", "seed"), "Int64")
    )


def _settings(rule: HotspotRule) -> HotspotSettings:
    return HotspotSettings(rule.permutations, rule.seed, rule.alpha)


def _every_date(
    rule: HotspotRule, own: pd.DataFrame, areas: gpd.GeoDataFrame
) -> Iterator[pd.DataFrame]:
    """The local tests of every map, with the neighbours of its vintage."""
    for vintage, part in own.groupby("vintage", sort=True):
        there = areas[areas["vintage"] == vintage].sort_values("area").reset_index(drop=True)
        near = neighbourhood(there)
        for period, rows in part.groupby("period", sort=True):
            keys = [key for key in rule.indicators if (rows["indicator"] == key).any()]
            place = (rule.level, str(period), str(vintage))
            yield compute_hotspots(rows, there, keys, *place, _settings(rule), near)


def _latest(
    rule: HotspotRule,
    city_level: str,
    catalogue: Catalogue,
    values: pd.DataFrame,
    own: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    local: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scan, its circles, agreement and stability of one indicator at its latest date."""
    key, period = str(own["indicator"].iloc[0]), str(own["period"].max())
    # Where a date was delivered for two vintages, the later boundaries are the ones in force.
    vintage = str(own.loc[own["period"] == period, "vintage"].max())
    place = (rule.level, period, vintage)
    settings = _settings(rule)
    scan = compute_clusters(
        own,
        areas,
        (key,),
        *place,
        ScanSettings(rule.permutations, rule.seed, rule.alpha, _LARGEST_SHARE, varying=True),
    )
    item = catalogue.indicators[key]
    counted = bool(item.numerator and item.denominator)
    funnel = compute_funnels(
        values, catalogue, (key,) if counted else (), *place,
        FunnelSettings(city_level=city_level),
    )  # fmt: skip
    tested = local[(local["indicator"] == key) & (local["period"] == period)]
    tested = tested[tested["vintage"] == vintage]
    return (
        pd.concat([scan.areas, _funnel_rows(funnel.table)], ignore_index=True),
        scan.clusters,
        agreement(tested, scan.areas, funnel.table),
        neighbourhood_sensitivity(own, areas, (key,), *place, settings),
    )
