"""Berlin's areas before and after 2021 with the residents of one day on both: a fair trial.

The residents of 31.12.2020 were published on the 448 old areas (EWR202012E) and on the 542 new
ones (column EW of the monitoring 2021, empty where nobody lives). Both by Amt für Statistik
Berlin-Brandenburg and Senatsverwaltung für Stadtentwicklung, CC BY 3.0 DE, dl-de/zero-2.0.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.crosswalk import Crosswalk, by_area, by_keys, by_population
from geodata.files import ROW
from indicators.apportion import Target, apportion
from indicators.apportion_error import ApportionError, measure_error

DAY = "2020-12-31"


@dataclass(frozen=True)
class Side:
    """One state of the areas with the residents of the day, and those half a year away."""

    areas: gpd.GeoDataFrame
    residents: pd.Series
    beside: pd.Series


@dataclass(frozen=True)
class Trial:
    """What one method makes of the residents."""

    walk: Crosswalk
    total: int
    error: ApportionError


def sides(reference: Path) -> tuple[Side, Side]:
    """The areas until 2020, and those from 2021."""
    folder = reference / "berlin"
    old, new = (
        gpd.read_file(folder / file, layer="plr")
        .rename(columns={"PLR_ID": "area", "PLR_NAME": "name"})[["area", "name", "geometry"]]
        .to_crs("EPSG:25833")
        for file in ("lor_pre2021.gpkg", "lor_2021.gpkg")
    )
    ewr = pd.read_csv(folder / "EWR202012E_Matrix.csv", sep=";", dtype="str")
    mss = pd.read_csv(folder / "mss_2021_index_indicators_plr.csv", dtype="str")
    people = (
        ewr.set_index("RAUMID")["E_E"].astype("int64"),
        # Empty means nobody: with it as 0 the total is that of the old areas.
        mss.set_index("PLR_ID")["EW"].astype("float64").fillna(0).astype("int64"),
    )
    beside = [_half_year(folder, half) for half in ("2020-01", "2021-01")]
    return Side(old, people[0], beside[0]), Side(new, people[1], beside[1])


def _half_year(folder: Path, half: str) -> pd.Series:
    file = folder / "population" / f"berlin-lor-population-{half}-t2-planning-areas.csv"
    table = pd.read_csv(file, dtype="str")
    return table.set_index("id")["inhabitants"].astype("float64")


def units_of(side: Side) -> gpd.GeoDataFrame:
    """The areas of a side with the residents half a year away from the day: finer units."""
    weight = side.beside.reindex(side.areas["area"]).fillna(0.0).to_numpy()
    return gpd.GeoDataFrame({"weight": weight}, geometry=side.areas.geometry, crs=side.areas.crs)


def places(reference: Path) -> gpd.GeoDataFrame:
    """740 places of OpenStreetMap: a poor stand-in for addresses."""
    table = pd.read_csv(reference / "berlin" / "berlin_candidate_sites.csv")
    points = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326").to_crs("EPSG:25833")
    return gpd.GeoDataFrame({"weight": 1.0}, index=table.index, geometry=points)


def key_table(old: Side, new: Side) -> pd.DataFrame:
    """What a table of names would say: the one new area of the same name, in the same Bezirk."""
    sides = [s.areas.assign(bezirk=s.areas["area"].str[:2]) for s in (old, new)]
    unique = [s[~s.duplicated(["bezirk", "name"], keep=False)] for s in sides]
    both = unique[0].merge(unique[1], on=["bezirk", "name"], suffixes=("", "_new"))
    return pd.DataFrame(
        {"source": both["area"], "target": both["area_new"], "weight": float("nan"),
         "digit": 0.0, ROW: range(len(both))}
    )  # fmt: skip


def trial(walk: Crosswalk, source: Side, target: Side) -> Trial:
    """Carry the residents over and compare them with the counted ones."""
    keys = {"level": "plr", "vintage": "from", "period": DAY, "measure": "residents"}
    table = source.residents.rename_axis("area").reset_index(name="count").assign(**keys)
    table = table.assign(group="total", status="published", bound_low=table["count"])
    table["bound_high"] = table["count"]
    found = apportion(table, walk.weights, Target("to", ("plr",), {})).set_index("area")
    estimated = pd.Series(found.index.isin(walk.estimated_targets()), index=found.index)
    error = measure_error(found["count"], target.residents, estimated)
    return Trial(walk, int(found["count"].sum()), error)


def named_only(old: Side, new: Side) -> tuple[Crosswalk, Side, Side]:
    """The key table of names, on the areas that it knows."""
    keys = key_table(old, new)
    part = [
        replace(side, areas=own, residents=side.residents[own["area"]])
        for side, own in (
            (old, old.areas[old.areas["area"].isin(keys["source"])]),
            (new, new.areas[new.areas["area"].isin(keys["target"])]),
        )
    ]
    return by_keys(part[0].areas, part[1].areas, keys, "Namen"), part[0], part[1]


def area_trial(source: Side, target: Side) -> Trial:
    """By area."""
    return trial(by_area(source.areas, target.areas), source, target)


def population_trial(source: Side, target: Side) -> Trial:
    """By population: the target's areas as units, with their people half a year away."""
    walk = by_population(source.areas, target.areas, units_of(target))
    return trial(walk, source, target)
