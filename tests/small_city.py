"""A tiny invented city as a finished edition: 6 x 6 squares, for tests behind the edition.

Every table has content, every status occurs, and all figures follow from simple formulas,
so that a test can say what it expects.
"""

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from atlas.edition import (
    DisclosureSummary,
    Draft,
    Edition,
    HierarchyInfo,
    IndexInfo,
    SourceCard,
    publish,
)
from geodata.model import Level, Vintage
from indicators.catalogue import load_catalogue

VINTAGE = "2022"
PERIODS = ("2023-12-31", "2024-06-30")
SIDE = 1000.0
LEVELS = ("planungsraum", "bezirksregion", "stadt")
MEASURES = ("residents/total", "residents/age_u15", "sgb2_persons/total", "sgb2_persons/age_u15")
INDICATORS = ("sgb2_quote", "sgb2_kinder", "n_residents")


def _fine_keys() -> list[tuple[str, int, int]]:
    return [(f"{1 + (r // 3) * 2 + c // 3:02d}{r}{c}", r, c) for r in range(6) for c in range(6)]


@cache
def small_areas() -> gpd.GeoDataFrame:
    """36 squares of 1 km in 4 regions in one city; the square in the corner is a lake."""
    fine = [
        (
            key,
            f"Feld {r + 1}-{c + 1}",
            key[:2],
            key != "0100",
            box(c * SIDE, r * SIDE, (c + 1) * SIDE, (r + 1) * SIDE),
        )
        for key, r, c in _fine_keys()
    ]
    frame = gpd.GeoDataFrame(
        fine, columns=["area", "name", "parent", "inhabited", "geometry"], crs="EPSG:25832"
    )
    frame.geometry = frame.translate(500_000, 5_700_000)
    frame["level"] = "planungsraum"
    regions = frame.dissolve("parent", as_index=False)[["parent", "geometry"]]
    regions = regions.rename(columns={"parent": "area"})
    regions = regions.assign(
        name=[f"Region {k}" for k in regions["area"]],
        parent="00",
        inhabited=True,
        level="bezirksregion",
    )
    city = gpd.GeoDataFrame(
        {
            "area": ["00"],
            "name": ["Kleinstadt"],
            "parent": [None],
            "inhabited": [True],
            "level": ["stadt"],
        },
        geometry=[frame.union_all()],
        crs=frame.crs,
    )
    return gpd.GeoDataFrame(
        pd.concat([frame, regions, city], ignore_index=True).assign(vintage=VINTAGE), crs=frame.crs
    )


def _counts() -> pd.DataFrame:
    rows = []
    for t, period in enumerate(PERIODS):
        for key, r, c in _fine_keys():
            people = 0 if key == "0100" else 60 if key == "0101" else 1000 + 100 * r + 10 * c
            need = people * (5 + 4 * r + t) // 100
            for measure, count in zip(
                MEASURES,
                (people, people // 6, need, need // 4 if key != "0102" else 2),
                strict=True,
            ):
                rows.append((key, "planungsraum", period, *measure.split("/"), count))
    fine = pd.DataFrame(rows, columns=["area", "level", "period", "measure", "group", "count"])
    cells = ["period", "measure", "group"]
    region = fine.assign(area=fine["area"].str[:2], level="bezirksregion")
    region = region.groupby(["area", "level", *cells], as_index=False)["count"].sum()
    city = (
        fine.assign(area="00", level="stadt")
        .groupby(["area", "level", *cells], as_index=False)["count"]
        .sum()
    )
    table = pd.concat([fine, region, city], ignore_index=True)
    table["vintage"], table["method"] = VINTAGE, "none"
    table["count"] = table["count"].astype("Int64")
    table["status"] = np.where(table["count"] == 0, "zero", "published")
    table["bound_low"], table["bound_high"] = table["count"], table["count"]
    hidden = table["area"].isin(["0102", "0111"]) & (
        table["measure"] + table["group"] == "sgb2_personsage_u15"
    )
    pair = table[hidden].groupby("period")["count"].transform("sum")
    table.loc[hidden, "bound_low"] = 1
    table.loc[hidden, "bound_high"] = pair - 1
    table.loc[hidden, "status"], table.loc[hidden, "method"] = "suppressed", "suppression"
    table.loc[hidden, "count"] = pd.NA
    return table


def _places() -> gpd.GeoDataFrame:
    names = [
        ("b1", "Bibliothek Mitte", "library", "public", 2.5, 2.5),
        ("f1", "Familienzentrum Nord", "family_centre", "non_profit", 4.5, 4.5),
        ("s1", "Stadtteilzentrum Ost", "community_centre", "non_profit", 4.5, 1.5),
        ("j1", "Jobcenter Kleinstadt", "jobcenter", "public", 0.5, 2.5),
        ("c1", "Café am Markt", "cafe", "other", 5.5, 5.5),
        ("v1", "Vereinsheim Süd", "association", "unknown", 1.5, 0.5),
    ]
    frame = pd.DataFrame(names, columns=["place", "name", "kind", "owner", "x", "y"])
    points = [
        Point(500_000 + x * SIDE, 5_700_000 + y * SIDE)
        for x, y in zip(frame["x"], frame["y"], strict=True)
    ]
    frame["area"] = [
        f"{1 + int(y) // 3 * 2 + int(x) // 3:02d}{int(y)}{int(x)}"
        for x, y in zip(frame["x"], frame["y"], strict=True)
    ]
    return gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]).assign(
            barrier_free=["yes", "yes", "no", "yes", "unknown", "unknown"],
            capacity=pd.array([30, 20, 40, 60, None, None], dtype="Int64"),
            accepts="information;counselling",
            address="Hauptstraße 1",
            source="Kleinstadt (erfunden)",
        ),
        geometry=points,
        crs="EPSG:25832",
    )


def _travel(places: gpd.GeoDataFrame) -> pd.DataFrame:
    areas = small_areas()
    fine = areas[(areas["level"] == "planungsraum") & areas["inhabited"]]
    metres = {"standard": 75.0, "senioren": 50.0, "rollstuhl": 2500 / 60}
    rows = []
    for profile, speed in metres.items():
        for place, point in zip(places["place"], places.geometry, strict=True):
            minutes = fine.centroid.distance(point) * 1.3 / speed
            rows.append(
                pd.DataFrame(
                    {"area": fine["area"], "place": place, "profile": profile, "minutes": minutes}
                )
            )
    table = pd.concat(rows, ignore_index=True)
    return table.assign(
        level="planungsraum",
        vintage=VINTAGE,
        mode="walk",
        minutes_p90=table["minutes"] * 1.2,
        status="estimated",
    )


def small_edition(folder: Path) -> Edition:
    """Write the edition into `folder`/kleinstadt and open it."""
    from atlas.build.derive import negative
    from indicators.concentration import compute_concentration
    from indicators.hotspots import HotspotSettings, compute_hotspots
    from indicators.index import compute_index
    from indicators.negative import Computed
    from indicators.rates import compute_values
    from indicators.series import compute_series
    from indicators.trends import compute_trends

    catalogue, counts, areas, places = load_catalogue(), _counts(), small_areas(), _places()
    values = compute_values(counts, catalogue, INDICATORS, None)
    trends = compute_trends(values, catalogue, ("stadt",))
    series = compute_series(values, catalogue, ("stadt",))
    index, _ = compute_index(values, catalogue, ())
    hotspots = compute_hotspots(
        values,
        areas[areas["level"] == "planungsraum"],
        ("sgb2_quote",),
        "planungsraum",
        PERIODS[-1],
        VINTAGE,
        HotspotSettings(999, 1),
    )
    vintages = (Vintage(VINTAGE, "Stand 2022", "2022-01-01", None),)
    fine = areas[areas["level"] != "stadt"]
    links = pd.DataFrame(
        {
            "hierarchy": "raum",
            "vintage": VINTAGE,
            "child_level": fine["level"],
            "child": fine["area"],
            "parent_level": np.where(fine["level"] == "planungsraum", "bezirksregion", "stadt"),
            "parent": fine["parent"],
        }
    )
    windows = pd.DataFrame(
        [(p, d, "09:00", "17:00", True) for p in ("b1", "f1", "s1", "c1") for d in range(5)],
        columns=["place", "weekday", "start", "end", "known"],
    )
    sessions = pd.DataFrame(
        [
            (
                "j1",
                "Jobcenter Kleinstadt",
                "Team 1",
                "open",
                "total",
                0,
                "09:00",
                "12:00",
                "2024-01-01",
                "",
            )
        ],
        columns=[
            "place",
            "provider",
            "team",
            "kind",
            "groups",
            "weekday",
            "start",
            "end",
            "valid_from",
            "valid_to",
        ],
    )
    source = SourceCard(
        "zahlen",
        "Zahlen",
        "Musteramt (erfunden)",
        "CC0-1.0",
        "Kleinstadt, erfundene Daten",
        "2023-12-31 bis 2024-06-30",
        "0" * 64,
    )
    draft = Draft(
        title="Sozialraumatlas Kleinstadt",
        city="Kleinstadt",
        notice="Kleinstadt, erfundene Daten",
        language="de",
        crs="EPSG:25832",
        reporting_date=PERIODS[-1],
        project_sha256="0" * 64,
        sources=(source,),
        levels=(
            Level("planungsraum", "Planungsraum", "Planungsräume"),
            Level("bezirksregion", "Bezirksregion", "Bezirksregionen"),
            Level("stadt", "Stadt", "Stadt"),
        ),
        hierarchies=(HierarchyInfo("raum", "Räume", LEVELS),),
        vintages=vintages,
        disclosure=DisclosureSummary(3, "published", 4, len(counts), 4, 2),
        indices=(
            IndexInfo("mss_status", "Status-Index", ("hoch", "mittel", "niedrig", "sehr niedrig")),
        ),
        default_indicator="sgb2_quote",
    )
    tables = {
        "areas": areas,
        "hierarchies": links,
        "groups": catalogue.groups_table(),
        "counts": counts,
        "values": values,
        "hotspots": hotspots,
        "concentration": compute_concentration(counts, catalogue),
        "trends": trends,
        "series": series,
        "negative": negative(Computed(values, trends, series, index), catalogue, "stadt"),
        "places": places,
        "windows": windows,
        "sessions": sessions,
        "travel": _travel(places),
    }
    outlines = {
        (VINTAGE, level): areas[areas["level"] == level][["area", "name", "inhabited", "geometry"]]
        .to_crs(4326)
        .to_json(drop_id=True)
        for level in LEVELS
    }
    documents = {
        "catalogue": catalogue.sheet((*INDICATORS,)),
        "checks": {"sources": [], "notes": []},
    }
    return publish(folder / "kleinstadt", draft, tables, documents, outlines)
