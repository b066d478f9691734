"""The circular scan on an edition's values: its clusters, and a class for every area.

The test itself is in `indicators.scan_clusters`. Only values enter that were published with
numerator and denominator; areas without leave the scan and are named with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import GeometryError, Problem
from indicators.hotspot_words import NO_STATEMENT
from indicators.hotspots import COLUMNS as HOTSPOT_COLUMNS
from indicators.hotspots import MIN_AREAS
from indicators.one_map import areas_on, require_places, values_on
from indicators.scan_clusters import Cluster, ScanResult, ScanSettings, scan
from indicators.scan_words import (
    HIGH,
    UNREMARKABLE,
    Circle,
    ScanNote,
    cluster_reason,
    excluded_reason,
    member_reason,
    unremarkable_reason,
)
from indicators.status import VISIBLE, Status

__all__ = [
    "CLUSTER_COLUMNS",
    "METHOD",
    "Cluster",
    "ScanResult",
    "ScanSettings",
    "ScanTables",
    "compute_clusters",
    "scan",
]

METHOD = "scan"
CLUSTER_COLUMNS = [
    *("level", "vintage", "period", "indicator", "group", "cluster", "rank", "direction"),
    *("area", "centre", "radius_m", "cases", "expected", "relative_risk", "llr", "p_value"),
    *("population_share_limit", "radius_limit_m", "permutations", "seed", "status", "reason"),
]
_FLOATS = {
    *("radius_m", "expected", "relative_risk", "llr", "p_value", "population_share_limit"),
    *("radius_limit_m", "statistic", "q_value"),
}
_WHOLE = {"rank", "cases", "neighbours", "permutations", "seed"}


@dataclass(frozen=True)
class ScanTables:
    """The scan of one map.

    Parameters
    ----------
    clusters
        A row for every area of every significant cluster, columns `CLUSTER_COLUMNS`;
        ``radius_limit_m`` is NaN without a limit, ``relative_risk`` infinite where all
        cases lie inside.
    areas
        A row for every area and indicator, columns of the table ``hotspots`` with the method
        ``scan``: statistic (log-likelihood ratio) and p-value of the area's cluster, NaN
        outside; no q-value, because p is already one for the whole map.
    """

    clusters: pd.DataFrame
    areas: pd.DataFrame


def compute_clusters(
    values: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    indicators: Iterable[str],
    level: str,
    period: str,
    vintage: str,
    settings: ScanSettings | None = None,
) -> ScanTables:
    """The scan for each indicator on one level, period and vintage.

    Parameters
    ----------
    values
        The edition's table ``values``.
    areas
        The edition's areas in metres, as outlines or as points of one's own choice; an
        outline stands for a point inside it.
    indicators
        Keys; one without any row on this map is passed over.
    level, period, vintage
        Which map.
    settings
        Limits, permutations and seed; see `ScanSettings`.

    Raises
    ------
    KeyJoinError
        A value belongs to an area that is not on the map, or an area has two.
    GeometryError
        The areas are in degrees, or one has no place.
    TableError
        A published numerator or denominator is negative.
    ProjectError
        A setting is out of its range.
    """
    chosen = settings or ScanSettings()
    chosen.check()
    on_map = areas_on(areas, level, vintage)
    here = values_on(values, level, period, vintage)
    place: dict[str, str | int] = {"level": level, "vintage": vintage, "period": period}
    place |= {"group": "total", "permutations": chosen.permutations, "seed": chosen.seed}
    points = _points(on_map)
    clusters = [_typed(pd.DataFrame(), CLUSTER_COLUMNS)]
    classes = [_typed(pd.DataFrame(), HOTSPOT_COLUMNS)]
    for key in dict.fromkeys(indicators):
        rows = here.loc[here["indicator"] == key]
        if len(rows):
            found, words = _one_indicator(_align(rows, on_map, key), points, chosen)
            clusters.append(_typed(found.assign(**place, indicator=key), CLUSTER_COLUMNS))
            classes.append(_typed(words.assign(**place, indicator=key), HOTSPOT_COLUMNS))
    return ScanTables(*(pd.concat(t, ignore_index=True) for t in (clusters, classes)))


def _typed(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    kinds = {c: "float64" if c in _FLOATS else "Int64" if c in _WHOLE else "str" for c in columns}
    return table.reindex(columns=columns).astype(kinds)


def _points(areas: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """A point inside each area, shape (areas, 2)."""
    if areas.crs is not None and areas.crs.is_geographic:
        problem = Problem("Gebiete", str(areas.crs), "ein System in Metern wie EPSG:25833")
        raise GeometryError("Für Kreise braucht der Scan Koordinaten in Metern.", [problem])
    nowhere = areas.loc[areas.geometry.isna() | areas.geometry.is_empty, "area"]
    if len(nowhere):
        problems = [Problem(f"Gebiet {key}", "ohne Geometrie") for key in nowhere]
        raise GeometryError(f"{len(nowhere)} Gebiete haben keinen Ort.", problems)
    inside = areas.geometry.representative_point()
    return np.column_stack([inside.x, inside.y]).astype(np.float64)


def _align(rows: pd.DataFrame, areas: gpd.GeoDataFrame, indicator: str) -> pd.DataFrame:
    """One row per area of the map with ``why`` it cannot enter, empty where it can."""
    require_places(rows, areas, indicator)
    # Sentences name areas as readers know them; an area without a name keeps its key.
    named = areas[["area"]].assign(name=areas["name"] if "name" in areas else areas["area"])
    table = named.merge(rows[["area", "numerator", "denominator", "status"]], on="area", how="left")
    table["status"] = table["status"].fillna(Status.MISSING.value)
    return pd.DataFrame(table.assign(why=_why_not(table)))


def _why_not(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    hidden = ~rows["status"].isin(VISIBLE)
    unknown = rows["numerator"].isna() | rows["denominator"].isna()
    reasons = {
        "estimated": rows["status"] == Status.ESTIMATED,
        "counts": unknown,
        "population": rows["denominator"] == 0,
        "not_whole": rows["numerator"] % 1 != 0,
    }
    why = np.select(list(reasons.values()), list(reasons), default="").astype(object)
    return np.where(hidden, rows["status"].to_numpy(dtype=object), why)


def _one_indicator(
    rows: pd.DataFrame, points: npt.NDArray[np.float64], settings: ScanSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Members of the significant clusters, and classes of all areas."""
    enters = (rows["why"] == "").to_numpy()
    note = ScanNote(
        settings.permutations,
        settings.seed,
        settings.max_share,
        settings.max_radius_m,
        settings.iterative,
        settings.varying,
    )
    if int(enters.sum()) < MIN_AREAS:
        rows.loc[enters, "why"] = "few"
        return pd.DataFrame(), _classes(rows, [], note)
    used = rows.loc[enters]
    top, bottom = used["numerator"].to_numpy(), used["denominator"].to_numpy()
    found = scan(used["area"].tolist(), top, bottom, points[enters], settings)
    rows.loc[rows["area"].isin(found.untested), "why"] = "limits"
    clusters = [c for c in found.clusters if c.p_value <= settings.alpha]
    members = [_members(c, rank, note) for rank, c in enumerate(clusters, 1)]
    table = pd.concat(members, ignore_index=True) if members else pd.DataFrame()
    return table, _classes(rows, clusters, note)


def _circle(cluster: Cluster) -> Circle:
    return Circle(
        direction=cluster.direction,
        areas=len(cluster.areas),
        radius_m=cluster.radius_m,
        cases=cluster.cases,
        expected=cluster.expected,
        relative_risk=cluster.relative_risk,
        llr=cluster.llr,
        p_value=cluster.p_value,
    )


def _members(cluster: Cluster, rank: int, note: ScanNote) -> pd.DataFrame:
    """A row of the table of clusters for each area of one."""
    return pd.DataFrame({"area": cluster.areas}).assign(
        cluster=str(rank),
        rank=rank,
        direction=cluster.direction,
        centre=cluster.centre,
        radius_m=cluster.radius_m,
        cases=cluster.cases,
        expected=cluster.expected,
        relative_risk=cluster.relative_risk,
        llr=cluster.llr,
        p_value=cluster.p_value,
        population_share_limit=note.max_share,
        radius_limit_m=np.nan if note.max_radius_m is None else note.max_radius_m,
        status=Status.PUBLISHED.value,
        reason=cluster_reason(_circle(cluster), note),
    )


def _classes(rows: pd.DataFrame, clusters: list[Cluster], note: ScanNote) -> pd.DataFrame:
    """Class and reason of every area, with the figures of its cluster."""
    of_area = {area: (rank, c) for rank, c in enumerate(clusters, 1) for area in c.areas}
    used = rows.loc[rows["why"] == ""]
    rate = used["numerator"].sum() / used["denominator"].sum() if len(used) else 0.0
    side = np.sign(rows["numerator"] - rate * rows["denominator"])
    names = dict(zip(rows["area"], rows["name"], strict=True))
    records: list[dict[str, object]] = []
    for area, why, own in zip(rows["area"], rows["why"], side, strict=True):
        if area in of_area:
            rank, cluster = of_area[area]
            records.append(_member_class(rank, cluster, float(own), note, names[cluster.centre]))
        elif why:
            records.append(_outside(NO_STATEMENT, excluded_reason(why)))
        else:
            records.append(_outside(UNREMARKABLE, unremarkable_reason(note)))
    table = pd.DataFrame(records).assign(area=rows["area"], method=METHOD)
    status = rows["status"].where(~rows["status"].isin(VISIBLE), Status.NOT_APPLICABLE.value)
    return table.assign(status=status.where(rows["why"] != "", Status.PUBLISHED.value))


def _outside(word: str, reason: str) -> dict[str, object]:
    none = {"statistic": np.nan, "p_value": np.nan}
    return {"class": word, "reason": reason, "cluster": "", **none}


def _member_class(
    rank: int, cluster: Cluster, own: float, note: ScanNote, centre: str
) -> dict[str, object]:
    circle = _circle(cluster)
    with_it = own > 0 if cluster.direction == HIGH else own < 0
    return {
        "class": circle.member_class,
        "reason": member_reason(circle, centre, with_it, note),
        "cluster": str(rank),
        "statistic": cluster.llr,
        "p_value": cluster.p_value,
    }
