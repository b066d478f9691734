"""Earlier numbers on present areas: from project file to edition, page and table of weights."""

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import box

from atlas.briefing.drawing import svg_series
from atlas.build import build
from atlas.build.carried import _safe_weights
from atlas.check import check_project
from atlas.cli import main
from atlas.edition import Edition
from atlas.export import export
from atlas.profile import AreaRef, areas_of, series
from atlas.profile.carried import origin_texts
from atlas.profile.chart import _names, _rows
from atlas.profile.rows import break_texts, series_table
from atlas.project import load_project
from atlas.verify import verify
from geodata.crosswalk import Crosswalk, CrosswalkSource
from geodata.errors import EditionError, ProjectError

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


DIVIDED = {
    "alt": {"a": box(0, 0, 400, 400), "b": box(400, 0, 800, 400)},
    "neu": {"x": box(0, 0, 100, 400), "y": box(100, 0, 400, 400), "z": box(400, 0, 800, 400)},
}


def write_city(folder, crosswalk=CROSSWALK, numbers=None, shapes=DIVIDED):
    """Two old areas; the first is divided 1 to 3, the second has a new key."""
    changes = numbers or {}
    for vintage, own in shapes.items():
        frame = gpd.GeoDataFrame(
            {"NR": list(own), "NAME": [f"Quartier {k}" for k in own]},
            geometry=list(own.values()), crs="EPSG:25832",
        )  # fmt: skip
        frame.to_file(folder / f"{vintage}.gpkg")
    numbers = {
        "leute_alt": {"a": 4001, "b": 2000}, "leute_neu": {"x": 1100, "y": 3000, "z": 2100},
        "sgb2_alt": {"a": 400, "b": 90}, "sgb2_neu": {"x": 120, "y": 280, "z": 95},
    } | changes  # fmt: skip
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


def chart_rows(line):
    return _rows(line, _names(line, "de"), "de")


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
    (origin,) = line.origins
    assert "nicht sagen" in said and "auf 15,6 %" in " ".join(origin_texts(origin))
    z = value(found, "z", "sgb2_quote")
    assert pd.isna(z["error_median"])  # it is counted, the method's error is none of its own


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
    assert "Quartiere bis 2022" in said and "nicht sagen" in said
    (origin,) = line.origins
    texts = " ".join(origin_texts(origin))
    assert "nach der Fläche" in texts and "ganz geschätzt" in texts
    assert "Gemessen ist es hier nicht" in texts


def test_the_chart_and_the_table_mark_the_estimated_values_only(edition):
    ref = next(r for r in areas_of(edition, "neu", "quartier") if r.area == "x")
    line = series(edition, ref, "n_residents")
    table = series_table(line)
    assert table["Geschätzter Anteil"].tolist() == ["", f"100{chr(0x202F)}%"]
    assert table["Status"].tolist() == ["veröffentlicht", "geschätzt"]
    named = {r["period"]: r["kind"] for r in chart_rows(line)}
    assert named == {
        "2022-12-31": "Quartier x, umgerechnet (geschätzt)", "2023-12-31": "Quartier x",
    }  # fmt: skip
    assert svg_series(line, "Quartier x").count('fill="#fff" stroke=') == 1


def test_an_area_of_whole_earlier_ones_has_counted_values_and_no_break(edition):
    ref = next(r for r in areas_of(edition, "neu", "quartier") if r.area == "z")
    line = series(edition, ref, "n_residents")
    assert [(p.cell.value, p.segment) for p in line.points] == [(2000, 0), (2100, 0)]
    assert line.breaks == () and not line.has_carried_estimates
    (origin,) = line.origins
    (said,) = origin_texts(origin)
    assert "gezählt, nicht geschätzt" in said
    assert "Geschätzter Anteil" not in series_table(line)


def test_verify_makes_the_carried_values_again_and_refuses_others(edition, monkeypatch):
    """Whoever has the printed counts and the weights could have made them: they tell no more."""
    assert any("umgerechnete Werte" in line for line in verify(edition.path))
    read = Edition.table

    def changed(self, name):
        table = read(self, name)
        if name != "apportioned":
            return table
        return table.assign(value=table["value"].where(table["area"] != "x", table["value"] + 1))

    monkeypatch.setattr(Edition, "table", changed)
    with pytest.raises(EditionError, match="quartier x, n_residents, 2022-12-31"):
        verify(edition.path)


def test_exports_carry_status_share_and_where_a_value_was_counted(edition, tmp_path):
    export(edition, tmp_path / "tabellen")
    table = pd.read_csv(
        tmp_path / "tabellen" / "umgerechnet.csv", sep=";", encoding="utf-8-sig", dtype="str"
    )
    x = table[
        (table["Gebiet (Schlüssel)"] == "x") & (table["Kennzahl (Schlüssel)"] == "n_residents")
    ]
    columns = ["Wert", "Status", "Geschätzter Anteil", "Gezählt auf dem Gebietsstand", "Verfahren"]
    assert x[columns].to_numpy().tolist() == [
        ["1000", "geschätzt", "1", "alt", "umgerechnet nach der Fläche"]
    ]
    layers = gpd.list_layers(tmp_path / "tabellen" / "sozialraumatlas.gpkg")
    assert "umgerechnet" in set(layers["name"])


HIDDEN = {"leute_alt": {"a": 4001, "b": 2000}, "sgb2_alt": {"a": 400, "b": 2}}


def test_a_hidden_count_stays_hidden_wherever_it_is_carried(tmp_path):
    """Area b has only a new key: 2 of b are 2 of z, so z must be as hidden as b is."""
    project = write_city(tmp_path, numbers=HIDDEN)
    found = build(project, tmp_path, tmp_path / "ausgabe")
    counts = found.table("counts")
    old = counts[(counts["measure"] == "sgb2_persons") & (counts["vintage"] == "alt")]
    hidden = old[(old["level"] == "quartier") & (old["status"] == "suppressed")]
    assert set(hidden["area"]) == {"a", "b"}  # b by the rule, a since the city's total is printed
    table = found.table("apportioned")
    table = table[table["indicator"].isin(["n_sgb2_persons", "sgb2_quote"])]
    assert set(table["status"]) == {"suppressed"}
    assert table["value"].isna().all() and table["numerator"].isna().all()
    z = table[(table["area"] == "z") & (table["indicator"] == "n_sgb2_persons")].iloc[0]
    b = hidden[hidden["area"] == "b"].iloc[0]
    assert (z["bound_low"], z["bound_high"]) == (b["bound_low"], b["bound_high"])
    verify(found.path)


def test_the_carried_values_do_not_depend_on_what_is_hidden(tmp_path):
    """Two cities that print the same carry the same over, whatever their true numbers are."""
    tables = []
    for name, own in (("eins", {"a": 400, "b": 2}), ("zwei", {"a": 401, "b": 1})):
        (tmp_path / name).mkdir()
        project = write_city(tmp_path / name, numbers=HIDDEN | {"sgb2_alt": own})
        tables.append(build(project, tmp_path / name, tmp_path / name / "ausgabe"))
    columns = ["area", "level", "vintage", "period", "measure", "count", "status"]
    printed = [e.table("counts")[[*columns, "bound_low", "bound_high"]] for e in tables]
    pd.testing.assert_frame_equal(*printed)
    pd.testing.assert_frame_equal(*(e.table("apportioned") for e in tables))


def test_a_step_of_a_weight_is_worth_ten_people_where_the_units_are_not_public():
    links = pd.DataFrame(
        [("a", "x", 0.57), ("a", "y", 0.43), ("b", "x", 0.57), ("b", "y", 0.43)],
        columns=["source", "target", "weight"],
    )
    counts = pd.DataFrame({"area": ["a", "b"], "count": [57, 5000], "status": "published"})
    for public, want in ((True, 0.57), (False, 0.6)):
        spec = CrosswalkSource(
            "alt", "neu", "population", "f.csv", weight="n", already_public=public
        )
        shown, coarser = _safe_weights(spec, Crosswalk(links, "population"), counts)
        assert shown["weight"].tolist() == pytest.approx([want, 1 - want, 0.57, 0.43])
        assert coarser == (not public)


def with_delivered(folder):
    """The city with a rate that comes as such, on the old areas and on the new ones."""
    project = write_city(folder)
    text = project.read_text(encoding="utf-8").replace('"n_residents"', '"mss_s1", "n_residents"')
    rates = DATASET.format("quote", "true", "X").replace(
        'counts = { "n" = "X" }', 'values = { "n" = "mss_s1" }'
    )
    project.write_text(text.replace(CROSSWALK, "") + rates + CROSSWALK, encoding="utf-8")
    (folder / "quote_alt.csv").write_text("Nr;n\na;7,5\nb;3,1\n", encoding="utf-8")
    (folder / "quote_neu.csv").write_text("Nr;n\nx;6,5\ny;8,1\nz;3,3\n", encoding="utf-8")
    return project


def test_a_delivered_rate_goes_to_the_same_area_only_and_its_absence_is_said(tmp_path):
    found = build(with_delivered(tmp_path), tmp_path, tmp_path / "ausgabe")
    z, x = value(found, "z", "mss_s1"), value(found, "x", "mss_s1")
    assert (z["value"], z["status"]) == (3.1, "published")
    assert x["status"] == "not_applicable" and pd.isna(x["value"])
    refs = {r.area: r for r in areas_of(found, "neu", "quartier")}
    whole, divided = (series(found, refs[k], "mss_s1") for k in "zx")
    assert [p.cell.value for p in whole.points] == [3.1, 3.3] and whole.breaks == ()
    assert [p.cell.value for p in divided.points] == [6.5]
    (said,) = break_texts(divided)
    assert "Ohne Zähler und Nenner lassen sie sich nicht umrechnen" in said
    verify(found.path)


def test_the_check_says_how_areas_are_divided_before_anything_is_built(tmp_path):
    report = check_project(write_city(tmp_path), tmp_path)
    told = [f.text for f in report.findings if f.topic == "Umrechnung"]
    assert any("alt auf neu: Umgerechnet nach der Fläche: 1 von 2 Gebieten" in t for t in told)


KEYS = """
[[crosswalks]]
from_vintage = "alt"
to_vintage = "neu"
method = "keys"
file = "schluessel.csv"
old = "alt"
new = "neu"
already_public = true
"""
SHAPES = {
    "alt": {"a": box(0, 0, 400, 400), "b": box(400, 0, 800, 400)},
    "neu": {"x": box(0, 0, 440, 400), "y": box(440, 0, 800, 400)},
}


@pytest.mark.parametrize(
    ("same_day", "pairs"),
    [
        ({"x": 400, "y": 90}, {("a", "x"), ("b", "y")}),
        ({"x": 410, "y": 80}, {("a", "x"), ("b", "x"), ("b", "y")}),
    ],
    ids=["the key table holds", "the numbers contradict it"],
)
def test_the_audit_knows_what_a_key_table_tells_its_readers(tmp_path, same_day, pairs):
    """A tenth of b lies in x, yet the table says that nobody moved: one number, not two."""
    (tmp_path / "schluessel.csv").write_text("alt;neu\na;x\nb;y\n", encoding="utf-8")
    numbers = {"leute_neu": {"x": 4100, "y": 2100}, "sgb2_neu": {"x": 300, "y": 95},
               "sgb2_beide": same_day}  # fmt: skip
    project = write_city(tmp_path, KEYS, numbers=numbers, shapes=SHAPES)
    text = project.read_text(encoding="utf-8")
    after = '  { file = "sgb2_neu.csv", vintage = "neu", period = "2023-12-31" },\n'
    both = '  { file = "sgb2_beide.csv", vintage = "neu", period = "2022-12-31" },\n'
    assert after in text
    project.write_text(text.replace(after, after + both), encoding="utf-8")
    found = build(project, tmp_path, tmp_path / "ausgabe")
    weights = found.table("vintages")
    pieces = weights[weights["method"] == "overlay"]
    assert set(zip(pieces["from_area"], pieces["to_area"], strict=True)) == pairs
    verify(found.path)


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
