"""Whole cities: the real layers and Musterstadt's come out clean, from any kind of file."""

import os
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

from atlas.cli import city_file
from atlas.demo import write_demo
from atlas.project import load_project
from geodata.areas import survey_areas
from tests.geodata.test_sources_files import write

KINDS = ("gml", "fgb", "parquet", "geojson", "zip")


def _survey(project, folder, geometries=None):
    return survey_areas(
        geometries or project.geometries, project.hierarchies, project.levels,
        project.city_area, project.crs, folder,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    file = write_demo(tmp_path_factory.mktemp("demo"))
    project = load_project(file)
    return project, file.parent, _survey(project, file.parent)


def test_musterstadt_has_nothing_to_tell(demo):
    assert demo[2].report.lines() == []


@pytest.mark.parametrize("kind", KINDS)
def test_musterstadt_saved_anew_is_the_same_city(demo, kind, tmp_path):
    project, folder, wanted = demo
    geometries = []
    for i, source in enumerate(project.geometries):
        place = tmp_path / str(i)
        place.mkdir()
        frame = gpd.read_file(folder / source.file, layer=source.layer)
        frame = frame.sample(frac=1, random_state=i)
        frame = frame.to_crs("EPSG:4326" if kind == "geojson" else "EPSG:25833")
        name = write(frame, place, kind)
        geometries.append(replace(source, file=f"{i}/{name}", layer=None))
    # Second groupings read tables of the folder.
    for hierarchy in project.hierarchies:
        (tmp_path / hierarchy.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / hierarchy.file).write_bytes((folder / hierarchy.file).read_bytes())
    found = _survey(project, tmp_path, geometries)
    assert found.links.equals(wanted.links)
    plain = [c for c in wanted.areas.columns if c != "geometry"]
    assert found.areas[plain].equals(wanted.areas[plain])
    far = found.areas.geometry.hausdorff_distance(wanted.areas.geometry)
    assert far.max() < 0.05
    assert not [f for *_, f in found.report.findings() if f.mended]


@pytest.mark.reference
@pytest.mark.parametrize(
    ("city", "kinds"), [("leipzig", set()), ("berlin", {"name", "gap", "sliver"})]
)
def test_the_real_layers_need_no_repair(city, kinds):
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder:
        pytest.skip("SOZIALATLAS_REFERENCE nennt keinen Ordner mit Vergleichsdaten")
    found = _survey(load_project(city_file(city)), Path(folder) / city)
    findings = [f for *_, f in found.report.findings()]
    assert {f.kind for f in findings} == kinds
    assert not any(f.mended for f in findings)
    # Pankow's enclave, and the double border of the areas before 2021.
    told = {f.size_m2 for f in findings if f.size_m2}
    assert told == ({573.73, 0.1, 0.11} if city == "berlin" else set())
