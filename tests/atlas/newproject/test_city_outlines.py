"""Outlines of cities nobody has seen: keys, levels, systems, states; asked where in doubt."""

import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import transform

from atlas.cli import main
from atlas.newproject.crs import systems_of
from geodata.errors import GeometryError
from tests.atlas.newproject.city import (
    BEZIRKE,
    JOBLESS,
    KEYS,
    NAMES,
    PEOPLE,
    coarser,
    first_project,
    grid,
    opened,
    read_rows,
    write_rows,
)


def test_float_keys_in_the_outlines_and_dates_in_the_headers(tmp_path):
    """A spreadsheet lost the zeros on one side only; each column has its own day."""
    grid({"PLR_ID": [float(k) for k in KEYS], "PLRNAME": NAMES}).to_file(tmp_path / "plr.gpkg")
    head = ["PLR_ID", "Einwohner 31.12.2021", "Einwohner 30.06.2022", "Arbeitslose 30.06.2022"]
    body = [[int(k), p, p + 5, a] for k, p, a in zip(KEYS, PEOPLE, JOBLESS, strict=True)]
    write_rows(tmp_path / "zeitreihe.csv", [head, *body])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Stimmen die Stichtage")
    rows = read_rows(tmp_path / "zeitreihe.csv")[1:]
    for column, measure, day in (
        (1, "residents", "2021-12-31"), (2, "residents", "2022-06-30"),
        (3, "unemployed", "2022-06-30"),
    ):  # fmt: skip
        said = {r[0]: int(r[column]) for r in rows}
        assert city.numbers(measure, "planungsraum", day) == said


def test_zeros_lost_in_the_outlines_are_asked(tmp_path):
    grid({"nr": [int(k) for k in KEYS], "ot": NAMES}).to_file(tmp_path / "ortsteile.gpkg")
    write_rows(tmp_path / "alo_2022.csv", [["Nr", "Arbeitslose"], *zip(KEYS, JOBLESS, strict=True)])
    city = first_project(tmp_path)
    assert city.asks("alo_2022.csv aufnehmen")
    assert "Den Schlüsseln der Umrisse fehlen führende Nullen" in city.text
    assert not city.project.datasets


def test_a_running_number_is_no_key_where_names_say_otherwise(tmp_path):
    """Numbers 1 to 12 count the rows here and are keys there: a wrong join, if guessed."""
    keys = [str(i) for i in range(1, 13)]
    grid({"SCHL": keys, "NAME": NAMES}).to_file(tmp_path / "quartiere.gpkg")
    order = sorted(range(12), key=lambda i: NAMES[i])
    rows = [[n + 1, NAMES[i], PEOPLE[i]] for n, i in enumerate(order)]
    write_rows(tmp_path / "einwohner_2023.csv", [["Nr", "Quartier", "Einwohner"], *rows])
    city = first_project(tmp_path)
    assert "nennen in" in city.text
    assert not city.project.datasets

    def answered(text):
        text = text.replace("datasets = []\n", "")
        return opened(text, "[[datasets]]").replace(
            "indicators = []", 'indicators = ["n_residents"]'
        )

    city = first_project(tmp_path, answered)
    assert not city.report.of("error"), city.report.of("error")
    said = {
        keys[NAMES.index(r[1])]: int(r[2]) for r in read_rows(tmp_path / "einwohner_2023.csv")[1:]
    }
    assert city.numbers("residents", "quartier", "2023-12-31") == said


def test_names_that_stand_on_two_levels_are_asked(tmp_path):
    """Districts are called after one of their parts: a table may mean either."""
    fine = grid({"KEY": KEYS, "NAME": NAMES})
    fine.to_file(tmp_path / "ortsteile.gpkg")
    four = {k[:3]: NAMES[i] for i, k in enumerate(KEYS) if k.endswith("1")}
    coarser(fine, [k[:3] for k in KEYS], "BEZ", four, "BEZNAME").to_file(tmp_path / "bezirke.gpkg")
    write_rows(
        tmp_path / "ew_2023.csv",
        [["Gebiet", "Einwohner"], *zip(four.values(), PEOPLE, strict=False)],
    )
    city = first_project(tmp_path)
    assert city.asks("gibt es auf zwei Ebenen")


def test_no_system_no_prj_and_levels_only_in_space(tmp_path):
    """A shapefile without .prj beside a GeoJSON that lies in metres; districts without keys."""
    fine = grid(
        {"OT_NR": KEYS, "OT_NAME": NAMES},
    )
    fine.to_file(tmp_path / "ortsteile.shp")
    (tmp_path / "ortsteile.prj").unlink()
    tops = coarser(fine, ["n"] * 6 + ["s"] * 6, "x", {"n": "Nordkreis", "s": "Südkreis"}, "KREIS")
    metres = json.loads(tops[["KREIS", "geometry"]].to_json(to_wgs84=False))
    metres.pop("crs", None)
    (tmp_path / "stadtbezirke.geojson").write_text(json.dumps(metres), encoding="utf-8")
    write_rows(tmp_path / "ew_2023.csv", [["OT_NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Welches Koordinatensystem.*EPSG:25832.*auch möglich")
    assert city.asks("Welches Gebiet liegt darüber")
    assert [level.key for level in city.project.levels] == ["ortsteil", "stadtbezirk", "stadt"]
    districts = city.numbers("residents", "stadtbezirk", "2023-12-31")
    assert sorted(districts.values()) == sorted([sum(PEOPLE[:6]), sum(PEOPLE[6:])])
    assert city.numbers("residents", "ortsteil", "2023-12-31") == dict(
        zip(KEYS, PEOPLE, strict=True)
    )


def test_north_before_east_is_found_and_asked(tmp_path):
    fine = grid({"NR": KEYS, "NAME": NAMES}, crs="EPSG:4326")
    turned = fine.set_geometry(fine.geometry.map(_swapped))
    turned.set_crs(4326, allow_override=True).to_file(tmp_path / "viertel.geojson")
    write_rows(tmp_path / "ew_2023.csv", [["NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert "swap_axes = true" in city.text
    assert city.asks("Nord steht vor Ost")
    assert not city.report.of("error"), city.report.of("error")


def _swapped(shape):
    return transform(shape, lambda c: c[:, ::-1])


def test_parquet_records_topology_and_archives(tmp_path):
    """Outlines as zipped shapefile, counts as Parquet and as JSON; typed zero-keeping keys."""
    folder = tmp_path / "stadt"
    folder.mkdir()
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.shp")
    with zipfile.ZipFile(folder / "stadtteile_2020.zip", "w") as archive:
        for part in tmp_path.glob("stadtteile.*"):
            archive.write(part, f"daten/{part.name}")
    pd.DataFrame({"KEY": KEYS, "Einwohner": PEOPLE}).to_parquet(folder / "ew_2022.parquet")
    records = [{"gebiet": {"nr": k}, "Arbeitslose": a} for k, a in zip(KEYS, JOBLESS, strict=True)]
    (folder / "alo_2022.json").write_text(json.dumps({"werte": records}), encoding="utf-8")
    city = first_project(folder)
    assert not city.report.of("error"), city.report.of("error")
    assert city.numbers("residents", "stadtteil", "2022-12-31") == dict(
        zip(KEYS, PEOPLE, strict=True)
    )
    assert city.numbers("unemployed", "stadtteil", "2022-12-31") == dict(
        zip(KEYS, JOBLESS, strict=True)
    )


def test_two_states_with_the_same_names_are_asked(tmp_path):
    """Only the outlines changed: which state a table of names means, nothing tells."""
    for year, prefix in ((2010, "1"), (2021, "2")):
        keys = [prefix + k for k in KEYS]
        grid({"KEY": keys, "NAME": NAMES}).to_file(tmp_path / f"gebiete_{year}.gpkg")
        write_rows(
            tmp_path / f"ew_{year + 1}.csv", [["KEY", "Einwohner"], *zip(keys, PEOPLE, strict=True)]
        )
    write_rows(
        tmp_path / "alo_2015.csv", [["Gebiet", "Arbeitslose"], *zip(NAMES, JOBLESS, strict=True)]
    )
    city = first_project(tmp_path)
    assert city.asks("heißen in mehreren Ständen gleich")
    assert city.asks("Von wann bis wann gilt dieser Stand")


def test_parts_of_areas_and_a_column_for_the_level_above(tmp_path):
    """An area of two polygons in two rows; the district stands in a column of its own."""
    fine = grid({"GEBIET": KEYS, "BEZEICHNUNG": NAMES, "BZ": [k[1] for k in KEYS]})
    island = grid({"GEBIET": KEYS[:1], "BEZEICHNUNG": NAMES[:1], "BZ": ["1"]}, x0=404_000)
    pieces = pd.concat([fine, island], ignore_index=True)
    pieces.rename(columns={"GEBIET": "GEB_NR"}).to_file(tmp_path / "statbez.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["Gebiet", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert "parts = true" in city.text
    assert not city.report.of("error"), city.report.of("error")
    level = city.project.levels[0].key
    assert city.numbers("residents", level, "2023-12-31") == dict(zip(KEYS, PEOPLE, strict=True))


def test_a_count_in_the_outlines_is_no_key(tmp_path):
    """The layer carries residents that differ everywhere: joined by them, tables would lie."""
    grid({"EW": PEOPLE, "Ortsname": NAMES}).to_file(tmp_path / "orte.gpkg")
    write_rows(tmp_path / "x_2023.csv", [["Ort", "Einwohner"], *zip(NAMES, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert 'key = "Ortsname"' in city.text
    assert 'area = "Ort"' in city.text
    assert city.numbers("residents", city.project.levels[0].key, "2023-12-31") == dict(
        zip(NAMES, PEOPLE, strict=True)
    )


def test_a_folder_without_usable_outlines_says_what_is_wrong_with_them(tmp_path):
    frame = gpd.GeoDataFrame({"a": ["x", "x"]}, geometry=grid({"k": [1, 2]}).geometry)
    frame.to_file(tmp_path / "leer.gpkg")
    (tmp_path / "kaputt.gpkg").write_bytes(b"SQLite")
    with pytest.raises(GeometryError, match=r"kaputt\.gpkg"):
        first_project(tmp_path)


def test_topology_and_levels_that_cross(tmp_path):
    """TopoJSON names no system; social areas lie across the districts."""
    fine = grid({"NR": KEYS, "NAME": NAMES, "SR": [f"S{i % 3 + 1}" for i in range(12)]})
    degrees = fine.to_crs(4326)
    arcs, shapes = [], []
    for i, row in enumerate(degrees.itertuples()):
        arcs.append([list(c) for c in row.geometry.exterior.coords])
        names = {"NR": row.NR, "NAME": row.NAME, "SR": row.SR}
        shapes.append({"type": "Polygon", "arcs": [[i]], "properties": names})
    topology = {"type": "Topology", "arcs": arcs, "objects": {
        "stadtteile": {"type": "GeometryCollection", "geometries": shapes}}}  # fmt: skip
    (tmp_path / "stadtteile.topojson").write_text(json.dumps(topology), encoding="utf-8")
    coarser(fine, [k[:2] for k in KEYS], "BEZ", BEZIRKE, "BEZNAME").to_file(
        tmp_path / "bezirke.gpkg"
    )
    rooms = {f"S{i}": f"Sozialraum {i}" for i in (1, 2, 3)}
    coarser(fine, list(fine["SR"]), "SR_NR", rooms, "SR_NAME").to_file(
        tmp_path / "sozialraeume.gpkg"
    )
    write_rows(tmp_path / "ew_2023.csv", [["NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert "liegt auch über stadtteile.topojson" in city.text
    assert len(city.project.levels) == 3
    assert city.numbers("residents", "stadtteil", "2023-12-31") == dict(
        zip(KEYS, PEOPLE, strict=True)
    )


def test_copies_of_a_map_the_citys_own_outline_and_other_maps_are_no_levels(tmp_path):
    fine = grid({"KEY": KEYS, "NAME": NAMES})
    fine.to_file(tmp_path / "stadtteile.gpkg")
    fine.to_crs(4326).to_file(tmp_path / "stadtteile_wgs84.geojson")
    fine.dissolve()[["geometry"]].assign(GEN="Stadt").to_file(tmp_path / "grenze.gpkg")
    parks = grid({"id": list(range(40)), "art": ["Park"] * 40}, size=100)
    parks.to_file(tmp_path / "gruenflaechen.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert [v.key for v in city.project.vintages] == ["stadtteile"]
    assert len(city.project.levels) == 2
    for name in ("stadtteile_wgs84.geojson hat dieselben", "grenze.gpkg hat nur", "gruenflaechen"):
        assert f"#   - {name}" in city.text


@pytest.mark.parametrize(
    ("x", "y", "system"),
    [
        (13.4, 52.5, "EPSG:4326"), (391_000, 5_820_000, "EPSG:25833"),
        (33_391_000, 5_820_000, "EPSG:5650"), (4_595_000, 5_822_000, "EPSG:31468"),
        (1_491_700, 6_891_000, "EPSG:3857"),
    ],
)  # fmt: skip
def test_coordinates_tell_their_system_by_where_they_would_lie(x, y, system):
    """Points in Berlin, in the systems in which German offices write them."""
    found = systems_of(pd.Series([x]), pd.Series([y]), (13.1, 52.3, 13.8, 52.7))
    assert found == [system]


@pytest.mark.reference
@pytest.mark.long
@pytest.mark.parametrize("city", ["leipzig", "berlin"])
def test_reference_cities_become_a_draft_without_an_edit(reference, tmp_path, city):
    target = tmp_path / "projekt.toml"
    data = str(reference / city)
    for words in (["new", data, "--out", str(target)], ["build", str(target), "--data", data,
                  "--out", str(tmp_path / "entwurf"), "--draft"]):  # fmt: skip
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
