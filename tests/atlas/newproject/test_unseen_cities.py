"""Cities nobody has seen: accepted by the check or asked, and every number as it is written.

What the files say is read again with `csv` and `zipfile` alone, without any of our readers.
"""

import csv
import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import xlsxwriter
from click.testing import CliRunner

from atlas.cli import main
from atlas.newproject.crs import systems_of
from geodata.errors import GeometryError
from tests.atlas.newproject.city import (
    JOBLESS,
    KEYS,
    NAMES,
    PEOPLE,
    coarser,
    first_project,
    grid,
    opened,
    sheet_cells,
)

BEZIRKE = {"01": "Bezirk Mitte", "02": "Bezirk Süd"}


def _write(path, rows, encoding="cp1252", delimiter=";"):
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=delimiter).writerows(rows)


def _read(path, encoding="cp1252", delimiter=";"):
    with path.open(encoding=encoding, newline="") as handle:
        return list(csv.reader(handle, delimiter=delimiter))


def test_thousand_points_total_and_subtotals_over_levels_nested_in_the_key(tmp_path):
    """Title rows, a footer, sums of districts and of the city between the areas."""
    fine = grid({"STB_NR": KEYS, "STB_NAME": NAMES})
    fine.to_file(tmp_path / "stat_bezirke.shp")
    tops = coarser(fine, [k[:2] for k in KEYS], "BEZ_NR", BEZIRKE, "BEZ_NAME")
    tops.to_file(tmp_path / "bezirke.gpkg")
    rows = [["Bevölkerung am 31.12.2023", "", ""], ["", "", ""], ["Nr.", "Gebiet", "Einw. insg."]]
    for top in ("01", "02"):
        part = [i for i, k in enumerate(KEYS) if k.startswith(top)]
        rows += [[KEYS[i], NAMES[i], f"{PEOPLE[i]:,}".replace(",", ".")] for i in part]
        rows.append([top, BEZIRKE[top], f"{sum(PEOPLE[i] for i in part):,}".replace(",", ".")])
    rows += [["", "Stadt insgesamt", f"{sum(PEOPLE):,}".replace(",", ".")]]
    rows += [["Quelle: Einwohneramt", "", ""]]
    _write(tmp_path / "ew_stbz.csv", rows)
    city = first_project(tmp_path)
    assert city.asks("Heißt .* hier .*Tausender")
    assert 'thousands = "."' in city.text
    said = {
        r[0]: int(r[2].replace(".", "")) for r in _read(tmp_path / "ew_stbz.csv") if r[0] in KEYS
    }
    level = city.project.levels[0].key
    assert not city.report.of("error"), city.report.of("error")
    assert city.numbers("residents", level, "2023-12-31") == said
    assert '[[geometries]]\nlevel = "bezirk"' in city.text
    assert "parent_prefix = 2" in city.text


def test_two_header_rows_with_groups_and_a_sheet_for_each_year(tmp_path):
    """Umlauts, merged headings, ages of residents; men and women are never everybody."""
    grid({"Schlüssel": KEYS, "Bezeichnung": NAMES}, crs="EPSG:4326").to_file(
        tmp_path / "Stadtteile Übersicht.geojson"
    )
    second = ["", "insgesamt", "unter 15 Jahre", "15 bis unter 65 Jahre", "männlich", "weiblich"]
    with xlsxwriter.Workbook(tmp_path / "Bevölkerung.xlsx") as book:
        for year, shift in ((2021, 0), (2022, 3)):
            sheet = book.add_worksheet(f"Stand 31.12.{year}")
            sheet.write_row(1, 0, second)
            sheet.merge_range("A1:A2", "Stadtteil")
            sheet.merge_range("B1:D1", "Einwohner")
            sheet.merge_range("E1:F1", "darunter")
            for i, (name, people) in enumerate(zip(NAMES, PEOPLE, strict=True)):
                row = [name, people + shift, people // 7, people // 2, people // 2, 1]
                sheet.write_row(2 + i, 0, row)
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert "header_rows = 2" in city.text
    for number, year in enumerate((2021, 2022), 1):
        rows = sheet_cells(tmp_path / "Bevölkerung.xlsx", number)[2:]
        said = {KEYS[NAMES.index(r[0])]: int(r[1]) for r in rows}
        young = {KEYS[NAMES.index(r[0])]: int(r[2]) for r in rows}
        day = f"{year}-12-31"
        assert city.numbers("residents", "stadtteil", day) == said
        assert city.numbers("residents", "stadtteil", day, "age_u15") == young
    assert not set(city.counts()["group"]) - {"total", "age_u15", "age_15_64"}
    assert '# "darunter / weiblich" = "?"' in city.text


def test_float_keys_in_the_outlines_and_dates_in_the_headers(tmp_path):
    """A spreadsheet lost the zeros on one side only; each column has its own day."""
    grid({"PLR_ID": [float(k) for k in KEYS], "PLRNAME": NAMES}).to_file(tmp_path / "plr.gpkg")
    head = ["PLR_ID", "Einwohner 31.12.2021", "Einwohner 30.06.2022", "Arbeitslose 30.06.2022"]
    body = [[int(k), p, p + 5, a] for k, p, a in zip(KEYS, PEOPLE, JOBLESS, strict=True)]
    _write(tmp_path / "zeitreihe.csv", [head, *body])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Stimmen die Stichtage")
    rows = _read(tmp_path / "zeitreihe.csv")[1:]
    for column, measure, day in (
        (1, "residents", "2021-12-31"), (2, "residents", "2022-06-30"),
        (3, "unemployed", "2022-06-30"),
    ):  # fmt: skip
        said = {r[0]: int(r[column]) for r in rows}
        assert city.numbers(measure, "planungsraum", day) == said


def test_zeros_lost_in_the_outlines_are_asked(tmp_path):
    grid({"nr": [int(k) for k in KEYS], "ot": NAMES}).to_file(tmp_path / "ortsteile.gpkg")
    _write(tmp_path / "alo_2022.csv", [["Nr", "Arbeitslose"], *zip(KEYS, JOBLESS, strict=True)])
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
    _write(tmp_path / "einwohner_2023.csv", [["Nr", "Quartier", "Einwohner"], *rows])
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
    said = {keys[NAMES.index(r[1])]: int(r[2]) for r in _read(tmp_path / "einwohner_2023.csv")[1:]}
    assert city.numbers("residents", "quartier", "2023-12-31") == said


def test_shares_are_never_counts(tmp_path):
    """Per cent by a sign, a file's name, a heading, a decimal: none becomes a number of people."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    pct = [f"{5 + i},{i % 10}" for i in range(12)]
    _write(tmp_path / "a_2023.csv", [["KEY", "Arbeitslose"], *zip(KEYS, pct, strict=True)])
    signs = [f"{5 + i} %" for i in range(12)]
    _write(tmp_path / "b_2022.csv", [["KEY", "Arbeitslose"], *zip(KEYS, signs, strict=True)])
    whole = list(range(5, 17))
    _write(
        tmp_path / "Arbeitslosenquoten_2021.csv",
        [["KEY", "Arbeitslose"], *zip(KEYS, whole, strict=True)],
    )
    _write(
        tmp_path / "c_2020.csv",
        [["Anteile in Prozent", ""], ["KEY", "Arbeitslose"], *zip(KEYS, whole, strict=True)],
    )
    _write(
        tmp_path / "d_2019.csv",
        [["KEY", "SGB-II-Quote", "Arbeitslose in %"], *zip(KEYS, pct, pct, strict=True)],
    )
    _write(
        tmp_path / "e_2018.csv",
        [
            ["KEY", "Arbeitslose (SGB II)", "Einwohner (weiblich)"],
            *zip(KEYS, whole, whole, strict=True),
        ],
    )
    city = first_project(tmp_path)
    assert not city.project.datasets, city.text
    assert '"SGB-II-Quote" = "sgb2_quote"' in city.text
    for name in ("a_2023", "b_2022", "Arbeitslosenquoten_2021", "c_2020", "d_2019", "e_2018"):
        assert city.asks(rf"{name}\.csv.* aufnehmen")


def test_a_spreadsheets_decimal_is_no_thousand(tmp_path):
    """A cell with 1.234 shows as 1,234: a mean, however much it looks like a count."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    frame = pd.DataFrame({"KEY": KEYS, "Einwohner": [1.234 + i for i in range(12)]})
    frame.to_excel(tmp_path / "ew_2023.xlsx", index=False, engine="xlsxwriter")
    mixed = [
        [k, f"{p // 1000}.{p % 1000:03d}", f"{i},5"]
        for i, (k, p) in enumerate(zip(KEYS, [x + 1000 for x in PEOPLE], strict=True))
    ]
    _write(tmp_path / "ew_2022.csv", [["KEY", "Einwohner", "Alter im Mittel"], *mixed])
    english = [[k, f"{1 + i}.000", f"{i}.5"] for i, k in enumerate(KEYS)]
    _write(tmp_path / "ew_2021.csv", [["KEY", "Einwohner", "Personen je Haushalt"], *english])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("ew_2023.xlsx aufnehmen")
    assert city.asks("ew_2021.csv aufnehmen")
    said = {r[0]: int(r[1].replace(".", "")) for r in _read(tmp_path / "ew_2022.csv")[1:]}
    assert city.numbers("residents", "stadtteil", "2022-12-31") == said
    assert set(city.counts()["period"]) == {"2022-12-31"}


def test_ages_are_of_those_whose_sum_they_are(tmp_path):
    """Unemployed by age beside residents: their ages are not everybody's."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    head = [
        "KEY",
        "Einwohner",
        "Arbeitslose",
        "unter 25 Jahre",
        "25 bis unter 55 Jahre",
        "55 Jahre und älter",
    ]
    rows = [
        [k, p, a, a // 5, a // 2, a - a // 5 - a // 2]
        for k, p, a in zip(KEYS, PEOPLE, JOBLESS, strict=True)
    ]
    _write(tmp_path / "sozialdaten_2023.csv", [head, *rows])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Wen zählen die Altersspalten")
    assert set(city.counts()["group"]) == {"total"}
    said = {r[0]: int(r[2]) for r in _read(tmp_path / "sozialdaten_2023.csv")[1:]}
    assert city.numbers("unemployed", "stadtteil", "2023-12-31") == said


def test_a_long_table_with_parts_of_people_takes_only_all_of_them(tmp_path):
    """UTF-16 as Excel saves "Unicode text": sex, unit and measure each in a column."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [["Jahr", "Stadtteil", "Geschlecht", "Merkmal", "Wert"]]
    for year in (2021, 2022):
        for name, people, jobless in zip(NAMES, PEOPLE, JOBLESS, strict=True):
            rows += [[year, name, "insgesamt", "Einwohner", people + year]]
            rows += [[year, name, "weiblich", "Einwohner", people // 2]]
            rows += [[year, name, "insgesamt", "Arbeitslosenquote", "7,5"]]
            rows += [[year, name, "weiblich", "Arbeitslose", jobless]]
    _write(tmp_path / "katalog.txt", rows, "utf-16", "\t")
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    said = {
        KEYS[NAMES.index(r[1])]: int(r[4])
        for r in _read(tmp_path / "katalog.txt", "utf-16", "\t")[1:]
        if r[0] == "2022" and r[2:4] == ["insgesamt", "Einwohner"]
    }
    assert city.numbers("residents", "stadtteil", "2022-12-31") == said
    assert set(city.counts()["measure"]) == {"residents"}
    assert city.asks("Welcher Tag des Jahres")


def test_a_column_of_parts_keeps_only_the_rows_of_all(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [["KEY", "Geschlecht", "Einwohner", "Arbeitslose"]]
    for k, p, a in zip(KEYS, PEOPLE, JOBLESS, strict=True):
        rows += [
            [k, "männlich", p // 2, a // 2],
            [k, "weiblich", p - p // 2, a - a // 2],
            [k, "gesamt", p, a],
        ]
    _write(tmp_path / "ew_alo_2023.csv", rows)
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Nur Zeilen mit Geschlecht = gesamt")
    said = {r[0]: int(r[3]) for r in _read(tmp_path / "ew_alo_2023.csv")[1:] if r[1] == "gesamt"}
    assert city.numbers("unemployed", "stadtteil", "2023-12-31") == said


def test_the_federal_agencys_signs_and_a_total_that_only_its_sum_tells(tmp_path):
    """``*`` is hidden, ``-`` nothing; the city's row has its name, no word like "total"."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    cells = ["*", "-", *map(str, JOBLESS[2:])]
    _write(
        tmp_path / "bg_dez_2023.csv",
        [["Ort", "Bedarfsgemeinschaften"], *zip(NAMES, cells, strict=True)],
    )
    people = [*zip(NAMES, PEOPLE, strict=True), ("Neustadt a. d. Weser", sum(PEOPLE))]
    _write(tmp_path / "ew_dez_2023.csv", [["Ort", "Einwohner"], *people])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert 'symbols = "ba"' in city.text
    assert 'total_rows = ["Neustadt a. d. Weser"]' in city.text
    assert sum(city.numbers("residents", "stadtteil", "2023-12-31").values()) == sum(PEOPLE)
    c = city.counts()
    bg = c[(c["measure"] == "sgb2_bg") & (c["level"] == "stadtteil")].set_index("area")["status"]
    assert bg[KEYS[0]] == "suppressed"
    assert bg[KEYS[1]] == "zero"


def test_a_row_of_no_area_is_asked_with_the_likely_name(tmp_path):
    """The publisher writes an umlaut otherwise: the check refuses it, the file asks."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    names = [n.replace("Südvorstadt", "Suedvorstadt") for n in NAMES]
    _write(tmp_path / "ew_2023.csv", [["Stadtteil", "Einwohner"], *zip(names, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert city.asks(r"Kein Gebiet heißt: Suedvorstadt \(vielleicht Südvorstadt\?\)")
    assert city.report.of("error")


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
    _write(tmp_path / "ew_2023.csv", [["OT_NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
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
    _write(tmp_path / "ew_2023.csv", [["NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert "swap_axes = true" in city.text
    assert city.asks("Nord steht vor Ost")
    assert not city.report.of("error"), city.report.of("error")


def _swapped(shape):
    from shapely import transform

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
        _write(
            tmp_path / f"ew_{year + 1}.csv", [["KEY", "Einwohner"], *zip(keys, PEOPLE, strict=True)]
        )
    _write(
        tmp_path / "alo_2015.csv", [["Gebiet", "Arbeitslose"], *zip(NAMES, JOBLESS, strict=True)]
    )
    city = first_project(tmp_path)
    assert city.asks("heißen in mehreren Ständen gleich")
    assert city.asks("Von wann bis wann gilt dieser Stand")


def test_a_list_of_rooms_in_metres_works_without_its_marks(tmp_path):
    fine = grid({"KEY": KEYS, "NAME": NAMES})
    fine.to_file(tmp_path / "stadtteile.gpkg")
    _write(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    rooms = [["Lfd. Nr.", "Einrichtung", "Art", "Rechtswert", "Hochwert", "Straße"]]
    east = grid({"KEY": KEYS}).to_crs(25833).geometry.centroid
    rooms += [
        [
            i,
            f"Treff {i}",
            "community_centre",
            f"{p.x:.1f}".replace(".", ","),
            f"{p.y:.1f}".replace(".", ","),
            "Hauptstr. 1",
        ]
        for i, p in enumerate(east)
    ]
    _write(tmp_path / "räume.csv", rooms)
    found = first_project(tmp_path)
    assert '# crs = "EPSG:25833"' in found.text
    city = first_project(tmp_path, lambda text: opened(text, "[[places]]"))
    assert not city.report.of("error"), city.report.of("error")
    assert any("12 Orte gelesen, 12 behalten" in f.text for f in city.report.of("note"))


def test_a_case_list_names_only_columns_that_may_be_read(tmp_path):
    """No cell of it is in the file; opened, it counts by a column that is allowed."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    _write(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    head = [
        "Aktenzeichen",
        "Nachname",
        "Vorname",
        "Geburtsdatum",
        "Eingang",
        "Gebiet",
        "Haushaltstyp",
    ]
    rows = [
        [
            f"AZ{i}",
            "Xanthippe",
            "Zebulon",
            "01.02.1980",
            f"{1 + i % 28:02d}.0{1 + i % 9}.2023",
            KEYS[i % 12],
            "EHE"[i % 3],
        ]
        for i in range(60)
    ]
    _write(tmp_path / "faelle.csv", [head, *rows])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    for secret in ("Xanthippe", "Zebulon", "01.02.1980", "AZ1"):
        assert secret not in city.text
    assert '# columns = ["Gebiet", "Eingang"]' in city.text
    assert "Nachname (ein Name)" in city.text

    def answered(text):
        text = opened(text, "[[case_lists]]").replace(
            'measure = "?"', 'measure = "wn_erstkontakte"'
        )
        return text.replace("indicators = [", 'indicators = ["n_wn_erstkontakte", ')

    city = first_project(tmp_path, answered)
    assert not city.report.of("error"), city.report.of("error")
    said = {k: sum(r[5] == k for r in rows) for k in KEYS}
    assert city.numbers("wn_erstkontakte", "stadtteil", "2023-12-31") == said


def test_case_lists_with_addresses_find_the_register(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    _write(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    register = [["Lindenstr.", n, KEYS[n % 12]] for n in range(1, 40)]
    _write(tmp_path / "hauskoordinaten.csv", [["Straße", "Hausnr", "KEY"], *register])
    cases = [[f"{1 + i}", "Lindenstraße", 1 + i % 39, "05.05.2023", 1990] for i in range(50)]
    _write(
        tmp_path / "fachstelle.csv",
        [["Fallnummer", "Straße", "Hausnr", "Datum", "Geburtsjahr"], *cases],
    )
    city = first_project(tmp_path)
    assert "# [case_lists.addresses.register]" in city.text
    assert '# file = "hauskoordinaten.csv"' in city.text

    def answered(text):
        text = opened(text, "[[case_lists]]").replace(
            'measure = "?"', 'measure = "wn_erstkontakte"'
        )
        return text.replace("indicators = [", 'indicators = ["n_wn_erstkontakte", ')

    city = first_project(tmp_path, answered)
    assert not city.report.of("error"), city.report.of("error")
    said = {k: sum(KEYS[(c[2]) % 12] == k for c in cases) for k in KEYS}
    assert city.numbers("wn_erstkontakte", "stadtteil", "2023-12-31") == said


def test_a_second_grouping_works_without_its_marks(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    _write(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    rows = [
        [k, n, f"J{i % 3}", f"Jobcenter {'ABC'[i % 3]}"]
        for i, (k, n) in enumerate(zip(KEYS, NAMES, strict=True))
    ]
    _write(tmp_path / "zuordnung.csv", [["KEY", "Stadtteil", "JC", "JC-Name"], *rows])
    found = first_project(tmp_path)
    assert not found.report.of("error"), found.report.of("error")
    assert found.asks("weitere Gliederung")

    def answered(text):
        start = text.index("# [[levels]]")
        text = text[:start] + opened(text[start - 1 :], "[[levels]]", 5).lstrip("\n")
        return opened(text, "[[hierarchies]]")

    city = first_project(tmp_path, answered)
    assert not city.report.of("error"), city.report.of("error")
    assert sorted(city.numbers("residents", "jc", "2023-12-31").values()) == sorted(
        sum(PEOPLE[i] for i in range(12) if i % 3 == j) for j in range(3)
    )


def test_parts_of_areas_and_a_column_for_the_level_above(tmp_path):
    """An area of two polygons in two rows; the district stands in a column of its own."""
    fine = grid({"GEBIET": KEYS, "BEZEICHNUNG": NAMES, "BZ": [k[1] for k in KEYS]})
    island = grid({"GEBIET": KEYS[:1], "BEZEICHNUNG": NAMES[:1], "BZ": ["1"]}, x0=404_000)
    pieces = pd.concat([fine, island], ignore_index=True)
    pieces.rename(columns={"GEBIET": "GEB_NR"}).to_file(tmp_path / "statbez.gpkg")
    _write(tmp_path / "ew_2023.csv", [["Gebiet", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert "parts = true" in city.text
    assert not city.report.of("error"), city.report.of("error")
    level = city.project.levels[0].key
    assert city.numbers("residents", level, "2023-12-31") == dict(zip(KEYS, PEOPLE, strict=True))


def test_a_count_in_the_outlines_is_no_key(tmp_path):
    """The layer carries residents that differ everywhere: joined by them, tables would lie."""
    grid({"EW": PEOPLE, "Ortsname": NAMES}).to_file(tmp_path / "orte.gpkg")
    _write(tmp_path / "x_2023.csv", [["Ort", "Einwohner"], *zip(NAMES, PEOPLE, strict=True)])
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
    _write(tmp_path / "ew_2023.csv", [["NR", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert "liegt auch über stadtteile.topojson" in city.text
    assert len(city.project.levels) == 3
    assert city.numbers("residents", "stadtteil", "2023-12-31") == dict(
        zip(KEYS, PEOPLE, strict=True)
    )


def test_a_long_table_with_names_codes_and_sorting_beside_its_labels(tmp_path):
    """What follows from the area, and a code beside its words, are no labels."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [["Jahr", "Nr", "Stadtteil", "Bezirk", "Kz", "Kennzahl", "Sortierung", "Anzahl"]]
    for year in (2020, 2021):
        for k, n, p, a in zip(KEYS, NAMES, PEOPLE, JOBLESS, strict=True):
            rows += [[year, k, n, f"B{k[1]}", "01", "Bevölkerung insgesamt", 10, p + year]]
            rows += [[year, k, n, f"B{k[1]}", "02", "Arbeitslose", 20, a]]
            rows += [[year, k, n, f"B{k[1]}", "03", "Arbeitslose U25", 30, a // 9]]
    _write(tmp_path / "kennzahlen.csv", rows)
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert 'label_columns = ["Kennzahl"]' in city.text
    back = _read(tmp_path / "kennzahlen.csv")[1:]
    said = {r[1]: int(r[7]) for r in back if r[0] == "2021" and r[4] == "01"}
    assert city.numbers("residents", "stadtteil", "2021-12-31") == said
    jobless = {r[1]: int(r[7]) for r in back if r[0] == "2021" and r[4] == "02"}
    assert city.numbers("unemployed", "stadtteil", "2021-12-31") == jobless


def test_copies_of_a_map_the_citys_own_outline_and_other_maps_are_no_levels(tmp_path):
    fine = grid({"KEY": KEYS, "NAME": NAMES})
    fine.to_file(tmp_path / "stadtteile.gpkg")
    fine.to_crs(4326).to_file(tmp_path / "stadtteile_wgs84.geojson")
    fine.dissolve()[["geometry"]].assign(GEN="Stadt").to_file(tmp_path / "grenze.gpkg")
    parks = grid({"id": list(range(40)), "art": ["Park"] * 40}, size=100)
    parks.to_file(tmp_path / "gruenflaechen.gpkg")
    _write(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
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
