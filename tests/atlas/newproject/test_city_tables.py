"""Tables of cities nobody has seen: accepted or asked, and every number as it is written.

What the files say is read again with `csv` and `zipfile` alone, without any of our readers.
"""

import pandas as pd
import xlsxwriter

from tests.atlas.newproject.city import (
    BEZIRKE,
    JOBLESS,
    KEYS,
    NAMES,
    PEOPLE,
    coarser,
    first_project,
    grid,
    read_rows,
    sheet_cells,
    write_rows,
)


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
    write_rows(tmp_path / "ew_stbz.csv", rows)
    city = first_project(tmp_path)
    assert city.asks("Heißt .* hier .*Tausender")
    assert 'thousands = "."' in city.text
    said = {
        r[0]: int(r[2].replace(".", ""))
        for r in read_rows(tmp_path / "ew_stbz.csv")
        if r[0] in KEYS
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


def test_shares_are_never_counts(tmp_path):
    """Per cent by a sign, a file's name, a heading, a decimal: none becomes a number of people."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    pct = [f"{5 + i},{i % 10}" for i in range(12)]
    write_rows(tmp_path / "a_2023.csv", [["KEY", "Arbeitslose"], *zip(KEYS, pct, strict=True)])
    signs = [f"{5 + i} %" for i in range(12)]
    write_rows(tmp_path / "b_2022.csv", [["KEY", "Arbeitslose"], *zip(KEYS, signs, strict=True)])
    whole = list(range(5, 17))
    write_rows(
        tmp_path / "Arbeitslosenquoten_2021.csv",
        [["KEY", "Arbeitslose"], *zip(KEYS, whole, strict=True)],
    )
    write_rows(
        tmp_path / "c_2020.csv",
        [["Anteile in Prozent", ""], ["KEY", "Arbeitslose"], *zip(KEYS, whole, strict=True)],
    )
    write_rows(
        tmp_path / "d_2019.csv",
        [["KEY", "SGB-II-Quote", "Arbeitslose in %"], *zip(KEYS, pct, pct, strict=True)],
    )
    write_rows(
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
    write_rows(tmp_path / "ew_2022.csv", [["KEY", "Einwohner", "Alter im Mittel"], *mixed])
    english = [[k, f"{1 + i}.000", f"{i}.5"] for i, k in enumerate(KEYS)]
    write_rows(tmp_path / "ew_2021.csv", [["KEY", "Einwohner", "Personen je Haushalt"], *english])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("ew_2023.xlsx aufnehmen")
    assert city.asks("ew_2021.csv aufnehmen")
    said = {r[0]: int(r[1].replace(".", "")) for r in read_rows(tmp_path / "ew_2022.csv")[1:]}
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
    write_rows(tmp_path / "sozialdaten_2023.csv", [head, *rows])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Wen zählen die Altersspalten")
    assert set(city.counts()["group"]) == {"total"}
    said = {r[0]: int(r[2]) for r in read_rows(tmp_path / "sozialdaten_2023.csv")[1:]}
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
    write_rows(tmp_path / "katalog.txt", rows, "utf-16", "\t")
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    said = {
        KEYS[NAMES.index(r[1])]: int(r[4])
        for r in read_rows(tmp_path / "katalog.txt", "utf-16", "\t")[1:]
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
    write_rows(tmp_path / "ew_alo_2023.csv", rows)
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert city.asks("Nur Zeilen mit Geschlecht = gesamt")
    said = {
        r[0]: int(r[3]) for r in read_rows(tmp_path / "ew_alo_2023.csv")[1:] if r[1] == "gesamt"
    }
    assert city.numbers("unemployed", "stadtteil", "2023-12-31") == said


def test_the_federal_agencys_signs_and_a_total_that_only_its_sum_tells(tmp_path):
    """``*`` is hidden, ``-`` nothing; the city's row has its name, no word like "total"."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    cells = ["*", "-", *map(str, JOBLESS[2:])]
    write_rows(
        tmp_path / "bg_dez_2023.csv",
        [["Ort", "Bedarfsgemeinschaften"], *zip(NAMES, cells, strict=True)],
    )
    people = [*zip(NAMES, PEOPLE, strict=True), ("Neustadt a. d. Weser", sum(PEOPLE))]
    write_rows(tmp_path / "ew_dez_2023.csv", [["Ort", "Einwohner"], *people])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert 'symbols = "ba"' in city.text
    assert 'total_rows = ["Neustadt a. d. Weser"]' in city.text
    assert sum(city.numbers("residents", "stadtteil", "2023-12-31").values()) == sum(PEOPLE)
    c = city.counts()
    bg = c[(c["measure"] == "sgb2_bg") & (c["level"] == "stadtteil")].set_index("area")["status"]
    assert bg[KEYS[0]] == "suppressed"
    assert bg[KEYS[1]] == "zero"


def test_a_total_that_has_the_key_of_an_area_is_asked(tmp_path):
    """The outlines have a key for places unknown; the table writes its total there."""
    grid({"KEY": KEYS, "NAME": [*NAMES[:-1], "Ohne Zuordnung"]}).to_file(tmp_path / "orte.gpkg")
    rows = [*zip(KEYS[:-1], PEOPLE[:-1], strict=True), (KEYS[-1], sum(PEOPLE[:-1]))]
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *rows])
    assert first_project(tmp_path).asks("„0223“ sind genau die Summe aller anderen")


def test_a_row_of_no_area_is_asked_with_the_likely_name(tmp_path):
    """The publisher writes an umlaut otherwise: the check refuses it, the file asks."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    names = [n.replace("Südvorstadt", "Suedvorstadt") for n in NAMES]
    write_rows(
        tmp_path / "ew_2023.csv", [["Stadtteil", "Einwohner"], *zip(names, PEOPLE, strict=True)]
    )
    city = first_project(tmp_path)
    assert city.asks(r"Kein Gebiet heißt: Suedvorstadt \(vielleicht Südvorstadt\?\)")
    assert city.report.of("error")


def test_a_long_table_with_names_codes_and_sorting_beside_its_labels(tmp_path):
    """What follows from the area, and a code beside its words, are no labels."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [["Jahr", "Nr", "Stadtteil", "Bezirk", "Kz", "Kennzahl", "Sortierung", "Anzahl"]]
    for year in (2020, 2021):
        for k, n, p, a in zip(KEYS, NAMES, PEOPLE, JOBLESS, strict=True):
            rows += [[year, k, n, f"B{k[1]}", "01", "Bevölkerung insgesamt", 10, p + year]]
            rows += [[year, k, n, f"B{k[1]}", "02", "Arbeitslose", 20, a]]
            rows += [[year, k, n, f"B{k[1]}", "03", "Arbeitslose U25", 30, a // 9]]
    write_rows(tmp_path / "kennzahlen.csv", rows)
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    assert 'label_columns = ["Kennzahl"]' in city.text
    back = read_rows(tmp_path / "kennzahlen.csv")[1:]
    said = {r[1]: int(r[7]) for r in back if r[0] == "2021" and r[4] == "01"}
    assert city.numbers("residents", "stadtteil", "2021-12-31") == said
    jobless = {r[1]: int(r[7]) for r in back if r[0] == "2021" and r[4] == "02"}
    assert city.numbers("unemployed", "stadtteil", "2021-12-31") == jobless
