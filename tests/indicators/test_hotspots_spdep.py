"""The local tests against R's spdep (Bivand), a third implementation; run where R has it.

Debian: ``apt-get install r-cran-spdep``. The outlines go to R as a file, so that the
neighbours are found by spdep itself (`poly2nb`, queen).
"""

import shutil
import subprocess

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from indicators.local_statistics import gi_star, local_moran
from indicators.neighbours import contiguity

pytestmark = pytest.mark.long

SCRIPT = """
suppressMessages(library(spdep)); suppressMessages(library(sf))
args <- commandArgs(trailingOnly = TRUE)
areas <- st_read(args[1], quiet = TRUE)
near <- poly2nb(areas, queen = TRUE)
x <- areas$value
score <- localG(x, nb2listw(include.self(near), style = "B", zero.policy = TRUE),
                zero.policy = TRUE)
moran <- localmoran(x, nb2listw(near, style = "W", zero.policy = TRUE), mlvar = FALSE,
                    zero.policy = TRUE)
write.csv(data.frame(area = areas$area, cards = card(near), g = as.numeric(score),
                     i = moran[, "Ii"]), args[2], row.names = FALSE)
"""


@pytest.fixture(scope="module")
def spdep(tmp_path_factory):
    """A function that has spdep judge areas with values."""
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    there = subprocess.run(
        ["Rscript", "-e", "library(spdep); library(sf)"], capture_output=True, check=False
    )
    if there.returncode:
        pytest.skip("R has no spdep")
    folder = tmp_path_factory.mktemp("spdep")
    (folder / "judge.R").write_text(SCRIPT)

    def judge(areas: gpd.GeoDataFrame) -> pd.DataFrame:
        areas.to_file(folder / "areas.gpkg")
        paths = [folder / "judge.R", folder / "areas.gpkg", folder / "out.csv"]
        subprocess.run(["Rscript", *map(str, paths)], check=True, capture_output=True)
        return pd.read_csv(folder / "out.csv", dtype={"area": "str"})

    return judge


def city(seed: int, count: int = 80) -> gpd.GeoDataFrame:
    """Random areas without gaps, with values that rise to the east and swing by chance."""
    random = np.random.default_rng(seed)
    points = random.uniform(0, 10_000, (count, 2))
    seeds = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs="EPSG:25833")
    frame = seeds.union_all().envelope.buffer(500)
    cells = seeds.voronoi_polygons(extend_to=frame)
    cells = cells.intersection(frame).reset_index(drop=True)
    east = cells.centroid.x.to_numpy() / 10_000
    value = 10 + 8 * east + random.normal(0, 2, count)
    areas = [f"{n:04d}" for n in range(count)]
    return gpd.GeoDataFrame({"area": areas, "value": value}, geometry=cells, crs="EPSG:25833")


@pytest.mark.parametrize("seed", range(4))
def test_neighbours_and_statistics_are_those_of_spdep(spdep, seed):
    areas = city(seed)
    found = spdep(areas)
    near: sparse.csr_array = contiguity(areas)
    assert np.diff(near.indptr).tolist() == found["cards"].tolist()
    values = areas["value"].to_numpy()
    assert gi_star(values, near, 99, 1).statistic == pytest.approx(found["g"].to_numpy(), abs=1e-9)
    moran = local_moran(values, near, 99, 1).statistic
    assert moran == pytest.approx(found["i"].to_numpy(), abs=1e-9)


@pytest.mark.reference
def test_berlin_planning_areas_are_judged_as_by_spdep(spdep, reference):
    """Source: MSS 2021 (SenStadt Berlin), unemployment S1, valid areas."""
    folder = reference / "berlin"
    table = pd.read_csv(
        folder / "mss_2021_index_indicators_plr.csv", dtype={"PLR_ID": "str"}, na_values=["-9999"]
    )
    share = next(c for c in table.columns if c.upper().startswith("S1"))
    areas = gpd.read_file(folder / "lor_2021.gpkg", layer="plr")[["PLR_ID", "geometry"]]
    areas = areas.merge(table[["PLR_ID", share]].dropna(), on="PLR_ID").sort_values("PLR_ID")
    areas = areas.rename(columns={"PLR_ID": "area", share: "value"}).reset_index(drop=True)
    found = spdep(areas)
    near = contiguity(areas)
    # Outlines that touch without sharing a vertex are neighbours here; spdep looks for vertices.
    same = np.diff(near.indptr) == found["cards"].to_numpy()
    assert same.mean() > 0.95
    statistic = gi_star(areas["value"].to_numpy(), near, 99, 1).statistic
    assert statistic[same] == pytest.approx(found["g"].to_numpy()[same], abs=1e-9)
