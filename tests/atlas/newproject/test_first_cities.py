"""A first project file, on cities nobody has seen: it must be accepted by the check, or ask."""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from atlas.build import read_inputs
from atlas.check import check_project
from atlas.cli import main
from atlas.newproject import propose
from atlas.newproject.ages import age_targets, ages_of, tile
from atlas.newproject.dates import iso_of
from atlas.newproject.meaning import measure_of
from atlas.project import load_project
from geodata.errors import GeometryError
from indicators.catalogue import load_catalogue

NAMES = [a + b for a in ("Nord", "Süd", "Ost", "West") for b in ("heim", "feld", "berg", "au")]


def _grid(keys, names, x0=500_000.0, crs="EPSG:25832", **more):
    cells = [box(x0 + 1000 * (i % 4), 5_700_000 + 1000 * (i // 4), x0 + 1000 * (i % 4) + 1000,
                 5_701_000 + 1000 * (i // 4)) for i in range(len(keys))]  # fmt: skip
    data = {"KEY": keys, "NAME": names, **more}
    return gpd.GeoDataFrame(data, geometry=cells, crs="EPSG:25832").to_crs(crs)


def _people(shift=0):
    return [1000 + 31 * i + shift for i in range(16)]


def _checked(folder: Path, **edits: str):
    found = propose(folder)
    text = found.text
    for old, new in edits.items():
        text = text.replace(old, new)
    (folder / "projekt.toml").write_text(text, encoding="utf-8")
    for name, layout in found.layouts.items():
        (folder / name).write_text(layout, encoding="utf-8")
    report = check_project(folder / "projekt.toml", folder)
    return text, report


def _counts(folder):
    project = load_project(folder / "projekt.toml")
    return read_inputs(project, load_catalogue(), folder, folder).counts


def _total(counts, measure, group="total", level="stadt"):
    hit = counts[(counts["measure"] == measure) & (counts["group"] == group)]
    return sorted(hit.loc[hit["level"] == level, "count"].tolist())


def test_names_only_with_a_parent_column_and_a_total_row(tmp_path):
    """Stadtteile and Stadtbezirke as GeoJSON in degrees, no keys, cp1252 with thousands points."""
    fine = _grid(NAMES, NAMES, BEZIRK=[n[:3] for n in NAMES]).rename(columns={"NAME": "STADTTEIL"})
    fine.drop(columns="KEY").to_crs(4326).to_file(tmp_path / "stadtteile.geojson")
    coarse = fine.dissolve("BEZIRK", as_index=False)[["BEZIRK", "geometry"]]
    coarse.to_crs(4326).to_file(tmp_path / "stadtbezirke.geojson")
    rows = [f"{n};{e:,}".replace(",", ".") for n, e in zip(NAMES, _people(), strict=True)]
    rows.append(f"Gesamtstadt;{sum(_people()):,}".replace(",", "."))
    text = "\n".join(["Stadtteil;Einwohner", *rows, ""])
    (tmp_path / "einwohner_2023.csv").write_text(text, encoding="cp1252")
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert 'key = "STADTTEIL"\nname = "STADTTEIL"' in text
    assert 'total_rows = ["Gesamtstadt"]' in text
    assert 'name = "Stadtbezirk"' in text
    assert 'crs = "EPSG:25832"' in text
    assert _total(_counts(tmp_path), "residents") == [sum(_people())]


def test_keys_that_lost_their_zeros_are_a_question(tmp_path):
    keys = [f"{i:04d}" for i in range(101, 117)]
    _grid(keys, NAMES).to_file(tmp_path / "statistische_bezirke.gpkg")
    frame = pd.DataFrame({"Bezirk": [int(k) for k in keys], "Arbeitslose": range(20, 36)})
    frame.to_csv(tmp_path / "arbeitslose_2022-12-31.csv", sep=";", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert "In arbeitslose_2022-12-31.csv fehlen 16 Schlüsseln führende Nullen." in text
    assert "16 von 16 Schlüsseln" in text
    assert _total(_counts(tmp_path), "unemployed") == [sum(range(20, 36))]


def test_a_wide_matrix_of_ages_fills_groups_without_gap_or_overlap(tmp_path):
    keys = [f"{i:02d}{j:02d}" for i in range(1, 5) for j in range(1, 5)]
    fine, rest = _grid(keys, NAMES), ["0-5", "6-14", "15-17", "18-24", "25-64", "65-79", "80+"]
    coarse = fine.assign(B=[k[:2] for k in keys]).dissolve("B", as_index=False)
    coarse = coarse.assign(N=[f"Bezirk {b}" for b in coarse["B"]])
    fine.to_file(tmp_path / "gebiete.gpkg", layer="bloecke")
    coarse[["B", "N", "geometry"]].to_file(tmp_path / "gebiete.gpkg", layer="bezirke")
    table = {"KEY": keys, "Einwohner": [7 * 50] * 16, **{band: [50] * 16 for band in rest}}
    pd.DataFrame(table).to_csv(tmp_path / "einwohner_31.12.2023.csv", sep=";", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert "parent_prefix = 2" in text
    counts = _counts(tmp_path)
    assert _total(counts, "residents", "age_u15") == [1600]
    assert _total(counts, "residents", "age_15_64") == [2400]
    assert not len(counts[counts["group"] == "age_25_54"])


def test_a_long_table_with_several_years(tmp_path):
    _grid(NAMES, NAMES).drop(columns="KEY").to_file(tmp_path / "ortsteile.gpkg")
    rows = [
        (year, name, label, value)
        for year in (2021, 2022)
        for name, people in zip(NAMES, _people(year - 2021), strict=True)
        for label, value in (("Einwohner insgesamt", people), ("SGB-II-Quote", "7.5"))
    ]
    frame = pd.DataFrame(rows, columns=["Jahr", "Ortsteil", "Merkmal", "Wert"])
    frame.to_csv(tmp_path / "katalog.csv", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert 'layout = "long"' in text
    assert _total(_counts(tmp_path), "residents") == [sum(_people()), sum(_people(1))]
    (rows,) = report.sources
    assert (rows.read, rows.used, rows.left) == (64, 32, 0)


def test_a_workbook_with_a_sheet_per_year_and_a_shapefile(tmp_path):
    keys = [str(i) for i in range(11, 27)]
    _grid(keys, NAMES, x0=740_000).to_crs(25833).to_file(tmp_path / "quartiere.shp")
    with pd.ExcelWriter(tmp_path / "bestand.xlsx", engine="xlsxwriter") as book:
        for year in (2022, 2023):
            frame = pd.DataFrame({"Nr": keys, "Einwohner": _people(year), "weiblich": _people()})
            frame.to_excel(book, sheet_name=str(year), index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert 'crs = "EPSG:25833"' in text
    assert '# "weiblich" = "?"' in text
    assert _total(_counts(tmp_path), "residents") == [sum(_people(2022)), sum(_people(2023))]


def test_two_states_are_told_from_the_keys_of_the_tables(tmp_path):
    for state, prefix, year in (("alt", "A", 2020), ("neu", "B", 2023)):
        keys = [f"{prefix}{i:02d}" for i in range(16)]
        _grid(keys, NAMES).to_file(tmp_path / f"bezirke_{state}.gpkg")
        frame = pd.DataFrame({"KEY": keys, "Einwohner": _people(year)})
        frame.to_csv(tmp_path / f"einwohner_{year}.csv", sep=";", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert 'valid_to = "2020-12-31"' in text
    assert 'valid_from = "2021-01-01"' in text
    assert re.search(r'einwohner_2020.csv", vintage = "bezirke_alt"', text)


def test_kml_and_what_cannot_be_decided_is_only_a_comment(tmp_path):
    _grid(NAMES, NAMES)[["NAME", "geometry"]].rename(columns={"NAME": "Name"}).to_crs(4326).to_file(
        tmp_path / "viertel.kml", driver="KML"
    )
    frame = pd.DataFrame({"Viertel": NAMES, "Wohngeld": range(16), "Einwohner": _people()})
    frame.to_csv(tmp_path / "sozial_2023.csv", sep=";", index=False)
    cases = pd.DataFrame({"Viertel": NAMES, "Nachname": ["Xanthippe"] * 16})
    cases.to_csv(tmp_path / "liste.csv", sep=";", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    assert '# "Wohngeld" = "?"' in text
    assert "# FRAGE: Ist liste.csv eine Fallliste" in text
    assert "Xanthippe" not in text


@pytest.mark.parametrize("header", ["GebDat", "KVNR", "Kundennr.", "Feld7"])
def test_of_a_list_of_people_no_value_enters_the_project(tmp_path, header):
    """Also of one with a single person in each area, which looks like a table."""
    _grid(NAMES, NAMES).to_file(tmp_path / "viertel.gpkg")
    frame = pd.DataFrame({"Viertel": NAMES, "Einwohner": _people()})
    frame.to_csv(tmp_path / "einwohner_2023.csv", sep=";", index=False)
    people = [f"Xanthippe{i}" for i in range(16)]
    cases = pd.DataFrame({"Viertel": NAMES, header: people, "Alter": [30 + i for i in range(16)]})
    cases.to_csv(tmp_path / "liste_2023.csv", sep=";", index=False)
    text, _ = _checked(tmp_path)
    written = text + "".join(p.read_text("utf-8") for p in tmp_path.glob("*labels*"))
    assert "Xanthippe" not in written
    if header != "Feld7":
        assert "# FRAGE: Ist liste_2023.csv eine Fallliste" in text
        assert not re.search(r'^[^#\n]*"Alter"', text, re.MULTILINE)


def test_an_existing_file_is_never_overwritten_without_being_told_to(tmp_path):
    _grid(NAMES, NAMES).to_file(tmp_path / "a.gpkg")
    target = tmp_path / "projekt.toml"
    target.write_text("meins", encoding="utf-8")
    done = CliRunner().invoke(main, ["new", str(tmp_path)])
    assert done.exit_code == 11
    assert target.read_text(encoding="utf-8") == "meins"
    done = CliRunner().invoke(main, ["new", str(tmp_path), "--replace"])
    assert done.exit_code == 0, done.output
    assert load_project(target).levels[-1].key == "stadt"


@pytest.mark.parametrize("with_keys", [True, False])
def test_a_level_that_only_columns_of_the_map_name_is_made_of_them(tmp_path, with_keys):
    """Hamburg and Lübeck deliver quarters with the name of their district, and no other map."""
    keys, districts = (
        [f"{i:02d}" for i in range(16)],
        [("West", "Ost", "Mitte")[i % 3] for i in range(16)],
    )
    numbers = {"BEZ_NR": [str(1 + i % 3) for i in range(16)]} if with_keys else {}
    more = {
        "BEZIRK": districts,
        "STAND": ["2024"] * 16,
        "TYP": ["Wohnen", "Gewerbe"] * 8,
        **numbers,
    }
    _grid(keys, NAMES, **more).to_file(tmp_path / "stadtteile.gpkg")
    pd.DataFrame({"KEY": keys, "Einwohner": _people()}).to_csv(
        tmp_path / "einwohner_2023.csv", sep=";", index=False
    )
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    project = load_project(tmp_path / "projekt.toml")
    assert [level.key for level in project.levels] == ["stadtteil", "bezirk", "stadt"]
    assert "eine eigene Ebene? Angenommen: ja." in text
    counts, people = _counts(tmp_path), _people()
    for n, name in enumerate(("West", "Ost", "Mitte")):
        key = str(1 + n) if with_keys else name
        own = counts[(counts["level"] == "bezirk") & (counts["area"] == key)]
        assert own["count"].tolist() == [sum(people[n::3])]


def test_a_folder_without_areas_says_so(tmp_path):
    with pytest.raises(GeometryError, match="keine Umrisse"):
        propose(tmp_path)


@given(st.integers(0, 60), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_tiles_fill_exactly(low, widths):
    """Whatever bands there are, what is chosen has no gap, no overlap and no surplus."""
    ends = [low + sum(widths[: i + 1]) for i in range(len(widths))]
    starts = [low, *ends[:-1]]
    bands = {str(a): (a, b - 1) for a, b in zip(starts, ends, strict=True)}
    chosen = tile({**bands, "quer": (low + 1, ends[-1])}, low, ends[-1] - 1)
    ages = [age for band in chosen for age in range(bands[band][0], bands[band][1] + 1)]
    assert ages == list(range(low, ends[-1]))


def test_whether_a_band_ends_below_is_told_from_its_neighbours():
    assert ages_of(["6-15", "15-18"])["6-15"] == (6, 14)
    assert ages_of(["6-14", "15-17"])["6-14"] == (6, 14)
    assert ages_of(["6 bis unter 15 Jahre"])["6 bis unter 15 Jahre"] == (6, 14)
    assert ages_of(["unter 6", "65 Jahre und älter"]) == {
        "unter 6": (0, 5),
        "65 Jahre und älter": (65, 120),
    }
    assert age_targets(["0-5", "7-14"], "residents", load_catalogue()) == {
        "0-5": ["residents/age_00_05"]
    }


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("31.12.2023", "2023-12-31"), ("EWR202012E", "2020-12-31"), ("2024-02-29", "2024-02-29"),
        ("bericht 2021.csv", "2021-12-31"), ("x", None), ("12345678", None),
    ],
)  # fmt: skip
def test_dates_in_names(text, date):
    assert iso_of(text) == date


def test_a_label_with_anything_more_names_no_measure():
    catalogue = load_catalogue()
    assert measure_of("Arbeitslose insgesamt", catalogue) == "unemployed"
    assert measure_of("Arbeitslose Frauen", catalogue) is None
    assert measure_of("Anteil Einwohner", catalogue) is None


@pytest.mark.reference
@pytest.mark.parametrize("city", ["leipzig", "berlin"])
def test_reference_cities_are_accepted_without_an_edit(reference, tmp_path, city):
    found = propose(reference / city)
    (tmp_path / "projekt.toml").write_text(found.text, encoding="utf-8")
    for name, layout in found.layouts.items():
        (tmp_path / name).write_text(layout, encoding="utf-8")
    report = check_project(tmp_path / "projekt.toml", reference / city)
    assert not report.of("error")


def test_a_state_with_fewer_levels_keeps_each_layer_on_its_own_level(tmp_path):
    """The old state has no Bezirksregionen: its Bezirke must not become ones."""
    new = [f"{i}{j}{k}{m}" for i in (1, 2) for j in (1, 2) for k in (1, 2) for m in (1, 2)]
    old = [f"{i}9{j}{k}" for i in (1, 2) for j in range(1, 3) for k in range(1, 5)]
    for state, keys, cuts in (("neu", new, (2, 1)), ("alt", old, (1,))):
        fine = _grid(keys, NAMES)
        fine.to_file(tmp_path / f"{state}.gpkg", layer="planungsraum")
        for digits, layer in zip(cuts, ("bezirksregion", "bezirk")[-len(cuts) :], strict=True):
            above = fine.assign(K=[k[:digits] for k in keys]).dissolve("K", as_index=False)
            above = above.assign(N=[f"Gebiet {k}" for k in above["K"]])[["K", "N", "geometry"]]
            above.to_file(tmp_path / f"{state}.gpkg", layer=layer)
        frame = pd.DataFrame({"KEY": keys, "Einwohner": _people()})
        year = 2023 if state == "neu" else 2020
        frame.to_csv(tmp_path / f"einwohner_{year}.csv", sep=";", index=False)
    text, report = _checked(tmp_path)
    assert not report.of("error"), report.of("error")
    levels = re.findall(r'level = "(\w+)"\nvintage = "(\w+)"', text)
    assert levels == [
        ("planungsraum", "alt"), ("bezirk", "alt"),
        ("planungsraum", "neu"), ("bezirksregion", "neu"), ("bezirk", "neu"),
    ]  # fmt: skip


def test_from_a_folder_to_an_edition(tmp_path):
    """New, check, build, with no edit at all: the figures are those of the file."""
    folder, out = tmp_path / "kleinstadt", tmp_path / "ausgabe"
    folder.mkdir()
    _grid([f"{i:02d}" for i in range(16)], NAMES).to_file(folder / "ortsteile.gpkg")
    frame = pd.DataFrame({"Ortsteil": NAMES, "Einwohner": _people()})
    frame.to_excel(folder / "einwohner_2023.xlsx", index=False, engine="xlsxwriter")
    for words in (["new", str(folder)], ["check", str(folder / "projekt.toml")],
                  ["build", str(folder / "projekt.toml"), "--out", str(out)]):  # fmt: skip
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    counts = pd.read_parquet(out / "counts.parquet")
    assert counts.loc[counts["level"] == "stadt", "count"].tolist() == [sum(_people())]


def test_what_is_not_used_is_named(tmp_path):
    _grid(NAMES, NAMES).to_file(tmp_path / "ortsteile.gpkg")
    rooms = _grid(NAMES, NAMES)
    rooms.set_geometry(rooms.geometry.centroid).to_file(tmp_path / "raeume.geojson")
    (tmp_path / "notiz.docx").write_bytes(b"x")
    text = propose(tmp_path).text
    assert "# FRAGE: Ist raeume.geojson eine Karte von Räumen?" in text
    assert "#   - notiz.docx: Dateiart .docx wird nicht erkannt" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leer.csv", b""), ("null.txt", b"\x00\x01;\x02\n\x00;1\n"), ("doppelt.csv", b"a;a\n1;2\n"),
        ("kaputt.xlsx", b"PK\x03\x04"), ("kaputt.gpkg", b"SQLite"), ("satz.json", b'[{"a": 1}]'),
        ("schief.csv", b"KEY;Einwohner\n00;1;2\n01\n"), ("zeile.csv", b"\n\n\n"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_and_hides_no_other(tmp_path, name, content):
    keys = [f"{i:02d}" for i in range(16)]
    _grid(keys, NAMES).to_file(tmp_path / "ortsteile.gpkg")
    frame = pd.DataFrame({"KEY": keys, "Einwohner": _people()})
    frame.to_csv(tmp_path / "einwohner_2023.csv", sep=";", index=False)
    (tmp_path / name).write_bytes(content)
    text, report = _checked(tmp_path)
    assert re.search(rf"#   - {re.escape(name)}: ", text)
    assert not report.of("error")
    assert _total(_counts(tmp_path), "residents") == [sum(_people())]


def test_a_table_without_a_date_is_a_question_beside_those_that_have_one(tmp_path):
    keys = [f"{i:02d}" for i in range(16)]
    _grid(keys, NAMES).to_file(tmp_path / "ortsteile.gpkg")
    frame = pd.DataFrame({"KEY": keys, "Einwohner": _people()})
    for name in ("einwohner_2023.csv", "einwohner_alt.csv"):
        frame.to_csv(tmp_path / name, sep=";", index=False)
    text, report = _checked(tmp_path)
    assert "# FRAGE: einwohner_alt.csv aufnehmen? Noch nicht gelesen: der Stichtag fehlt" in text
    assert not report.of("error")


def test_a_list_of_places_is_a_comment_that_works_without_its_marks(tmp_path):
    keys = [f"{i:02d}" for i in range(16)]
    _grid(keys, NAMES).to_file(tmp_path / "ortsteile.gpkg")
    frame = pd.DataFrame({"KEY": keys, "Einwohner": _people()})
    frame.to_csv(tmp_path / "einwohner_2023.csv", sep=";", index=False)
    spot = _grid(keys, NAMES).to_crs(4326).geometry.iloc[5].centroid
    row = f"1;Bücherei;library;{spot.x};{spot.y}"
    (tmp_path / "raeume.csv").write_text(f"id;name;kind;lon;lat\n{row}\n", encoding="utf-8")
    text = propose(tmp_path).text
    block = text[text.index("# [[places]]") :].splitlines()[:5]
    opened = "\n".join([text, *(line.removeprefix("# ") for line in block), ""])
    (tmp_path / "projekt.toml").write_text(opened, encoding="utf-8")
    report = check_project(tmp_path / "projekt.toml", tmp_path)
    assert not report.of("error"), report.of("error")
    assert any("1 Orte gelesen, 1 behalten" in f.text for f in report.of("note"))
