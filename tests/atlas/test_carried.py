"""Earlier numbers on present areas: from project file to edition, page and table of weights."""

import geopandas as gpd
import pytest
from click.testing import CliRunner
from shapely.geometry import box

from atlas.build import build
from atlas.cli import main
from atlas.profile import AreaRef, areas_of, series
from atlas.profile.rows import break_texts
from atlas.project import load_project
from atlas.verify import verify
from geodata.errors import ProjectError

PROJECT = """
format = 1
key = "probe"
title = "Probe"
city = "Probe"
crs = "EPSG:25832"
reporting_date = "2023-12-31"
indicators = ["sgb2_quote", "n_residents", "n_sgb2_persons"]
city_area = { key = "00", name = "Probe" }
ledger = "none"
levels = [
  { key = "quartier", name = "Quartier", plural = "Quartiere" },
  { key = "stadt", name = "Stadt", plural = "Städte" },
]
vintages = [
  { key = "alt", name = "Quartiere bis 2022", valid_to = "2022-12-31" },
  { key = "neu", name = "Quartiere seit 2023", valid_from = "2023-01-01" },
]
"""
GEOMETRY = """
[[geometries]]
level = "quartier"
vintage = "{0}"
file = "{0}.gpkg"
key = "NR"
name = "NAME"
"""
DATASET = """
[[datasets]]
key = "{0}"
source = {{ title = "T", publisher = "P", licence = "L", attribution = "A" }}
level = "quartier"
area = "Nr"
already_public = {1}
counts = {{ "n" = "{2}" }}
files = [
  {{ file = "{0}_alt.csv", vintage = "alt", period = "2022-12-31" }},
  {{ file = "{0}_neu.csv", vintage = "neu", period = "2023-12-31" }},
]
"""
CROSSWALK = """
[[crosswalks]]
from_vintage = "alt"
to_vintage = "neu"
method = "area"
"""


def write_city(folder, crosswalk=CROSSWALK):
    """Two old areas; the first is divided 1 to 3, the second has a new key."""
    shapes = {
        "alt": {"a": box(0, 0, 400, 400), "b": box(400, 0, 800, 400)},
        "neu": {"x": box(0, 0, 100, 400), "y": box(100, 0, 400, 400), "z": box(400, 0, 800, 400)},
    }
    for vintage, own in shapes.items():
        frame = gpd.GeoDataFrame(
            {"NR": list(own), "NAME": [f"Quartier {k}" for k in own]},
            geometry=list(own.values()), crs="EPSG:25832",
        )  # fmt: skip
        frame.to_file(folder / f"{vintage}.gpkg")
    numbers = {
        "leute_alt": {"a": 4001, "b": 2000}, "leute_neu": {"x": 1100, "y": 3000, "z": 2100},
        "sgb2_alt": {"a": 400, "b": 90}, "sgb2_neu": {"x": 120, "y": 280, "z": 95},
    }  # fmt: skip
    for name, own in numbers.items():
        lines = "".join(f"{k};{n}\n" for k, n in own.items())
        (folder / f"{name}.csv").write_text(f"Nr;n\n{lines}", encoding="utf-8")
    text = PROJECT + GEOMETRY.format("alt") + GEOMETRY.format("neu")
    text += DATASET.format("leute", "true", "residents")
    text += DATASET.format("sgb2", "false", "sgb2_persons") + crosswalk
    path = folder / "probe.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    return build(write_city(folder), folder, folder / "ausgabe")


def value(edition, area, indicator):
    table = edition.table("apportioned")
    found = table[(table["area"] == area) & (table["indicator"] == indicator)]
    assert len(found) == 1
    return found.iloc[0]


def test_earlier_counts_are_there_as_estimates_with_where_they_come_from(edition):
    x = value(edition, "x", "n_residents")
    assert (x["value"], x["status"], x["period"]) == (1000, "estimated", "2022-12-31")
    assert (x["vintage"], x["from_vintage"], x["method"]) == ("neu", "alt", "area")
    assert value(edition, "y", "n_residents")["value"] == 3001
    assert value(edition, "x", "sgb2_quote")["value"] == pytest.approx(100 * 400 / 4001)


def test_an_area_with_a_new_key_only_has_its_counted_number(edition):
    z = value(edition, "z", "n_residents")
    assert (z["value"], z["status"], z["estimated_share"]) == (2000, "published", 0)


def test_the_edition_verifies_and_counts_know_nothing_of_estimates(edition):
    verify(edition.path)
    counts = edition.table("counts")
    assert (counts["status"] != "estimated").all()
    weights = edition.table("vintages")
    assert set(weights.loc[weights["method"] == "area", "weight"]) == {0.25, 0.75, 1.0}


def test_the_error_is_measured_where_one_day_was_counted_on_both(tmp_path):
    project = write_city(tmp_path)
    both = '  { file = "leute_beide.csv", vintage = "neu", period = "2022-12-31" },\n'
    text = project.read_text(encoding="utf-8")
    after = '  { file = "leute_neu.csv", vintage = "neu", period = "2023-12-31" },\n'
    assert after in text
    project.write_text(text.replace(after, after + both), encoding="utf-8")
    (tmp_path / "leute_beide.csv").write_text("Nr;n\nx;800\ny;3201\nz;2000\n", encoding="utf-8")
    found = build(project, tmp_path, tmp_path / "ausgabe")
    x = value(found, "x", "sgb2_quote")
    # x has 1000 for 800 (25 %), y has 3001 for 3201 (6.2 %).
    assert x["error_median"] == pytest.approx((0.25 + 200 / 3201) / 2)
    line = series(found, areas_of(found, "neu", "quartier")[0], "sgb2_quote")
    (said,) = break_texts(line)
    assert "höchstens 15,6 %" in said and "nicht gemessen" not in said


def test_a_change_across_the_break_is_never_claimed(edition):
    trends = edition.table("trends")
    fine = trends[trends["level"] == "quartier"]
    assert fine["change"].isna().all()


def test_the_series_shows_earlier_values_with_a_break_that_says_how(edition):
    ref = next(r for r in areas_of(edition, "neu", "quartier") if r.area == "x")
    assert isinstance(ref, AreaRef)
    line = series(edition, ref, "n_residents")
    assert [(p.period, p.cell.value, p.cell.status) for p in line.points] == [
        ("2022-12-31", 1000, "estimated"), ("2023-12-31", 1100, "published"),
    ]  # fmt: skip
    assert line.points[0].segment != line.points[1].segment
    (said,) = break_texts(line)
    assert "nach der Fläche" in said and "nicht gemessen" in said


def test_without_a_declaration_nothing_is_carried_over(tmp_path):
    plain = build(write_city(tmp_path, ""), tmp_path, tmp_path / "ausgabe")
    assert plain.table("apportioned").empty
    ref = next(r for r in areas_of(plain, "neu", "quartier") if r.area == "x")
    assert len(series(plain, ref, "n_residents").points) == 1


def test_mistakes_of_a_declaration_are_told_at_once(tmp_path):
    wrong = CROSSWALK.replace('"neu"', '"alt"').replace('"area"', '"keys"')
    with pytest.raises(ProjectError) as caught:
        load_project(write_city(tmp_path, wrong))
    told = str(caught.value)
    assert "'alt'" in told and "'keys' ohne file" in told and "'keys' ohne old" in told


def test_the_command_writes_shares_and_a_report(tmp_path):
    project, out = write_city(tmp_path, ""), tmp_path / "anteile.csv"
    words = ["crosswalk", str(project), "alt", "neu", "--method", "area", "--out", str(out)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[:2] == [
        "von;von_name;nach;nach_name;anteil;verfahren",
        "a;Quartier a;x;Quartier x;0,25;area",
    ]
    report = (tmp_path / "anteile.bericht.txt").read_text(encoding="utf-8")
    assert "1 von 2 Gebieten gehen ganz" in report
    undeclared = CliRunner().invoke(main, [*words[:4], "--out", str(out)])
    assert undeclared.exit_code == 4
    assert "--method dazu" in undeclared.output
