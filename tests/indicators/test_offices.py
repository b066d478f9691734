"""Tables laid out as German offices deliver them, with invented numbers, and how to read each.

Every test writes the cells it expects itself, so that the numbers are the oracle; layouts follow
the flat files and tables of GENESIS, the small-area tables of the Bundesagentur für Arbeit, the
Einwohnerregister, Landesdatenbank NRW, Statistik Nord, Köln and München as they are published.
"""

import tomllib
import zipfile

import pandas as pd
import pytest
import xlsxwriter
from pydantic import TypeAdapter

from geodata.errors import KeyJoinError, TableError
from indicators.sources import Dataset
from indicators.tables import read_dataset

_SOURCE = (
    'key = "d"\nlevel = "ort"\n'
    'source = { title = "T", publisher = "P", licence = "L", attribution = "A" }\n'
)
_ADAPTER = TypeAdapter(Dataset)


def _areas(*pairs, parent="B1"):
    fine = pd.DataFrame(pairs, columns=["area", "name"]).assign(level="ort", parent=parent)
    coarse = pd.DataFrame(
        {"area": ["B1", "B2"], "name": ["Mitte", "Nord"], "level": "bezirk", "parent": "00"}
    )
    return pd.concat([fine, coarse], ignore_index=True).assign(vintage="v")


def _read(folder, section, areas):
    dataset = _ADAPTER.validate_python(tomllib.loads(_SOURCE + section))
    assert list(dataset.faults()) == []
    reading = read_dataset(dataset, areas, folder, folder)
    for entry in reading.report:  # nothing is dropped without standing there
        aside = sum(a["rows"] for a in entry["set_aside"])
        assert entry["rows_read"] == entry["rows_used"] + entry["total_rows"] + aside
    return reading


def _cells(reading):
    """(area, period, target) → (number or None, status)."""
    columns = ["area", "period", "measure", "group", "count", "status"]
    return {
        (area, period, measure if group == "total" else f"{measure}/{group}"): (
            None if pd.isna(count) else int(count),
            status,
        )
        for area, period, measure, group, count, status in reading.counts[columns].to_numpy()
    }


def test_genesis_flat_file(tmp_path):
    head = (
        "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;"
        "1_variable_label;1_variable_attribute_code;1_variable_attribute_label;2_variable_code;"
        "2_variable_label;2_variable_attribute_code;2_variable_attribute_label;value;value_unit;"
        "value_variable_code;value_variable_label;value_q"
    )
    rows = [("01001", "Flensburg", "", "Insgesamt", "812", "e"),
            ("01001", "Flensburg", "GESM", "männlich", "400", "p"),
            ("01001", "Flensburg", "GESW", "weiblich", "412", ""),
            ("01002", "Kiel", "", "Insgesamt", "-", ""),
            ("01002", "Kiel", "GESM", "männlich", ".", ""),
            ("01002", "Kiel", "GESW", "weiblich", "0", "e")]  # fmt: skip
    lines = [
        f"22121;Sozialhilfe;STAG;Stichtag;2023-12-31;KREISE;Kreise;{key};{name};GES;Geschlecht;"
        f"{code};{label};{value};Anzahl;PER001;Empfänger;{sign}"
        for key, name, code, label, value, sign in rows
    ]
    (tmp_path / "a.csv").write_text("\n".join([head, *lines]), encoding="utf-8-sig")
    (tmp_path / "labels.csv").write_text(
        "2_variable_attribute_label;target;action;reason\nInsgesamt;grusi_alter;use;\n"
        "männlich;;set_aside;nicht im Umfang\nweiblich;grusi_alter/age_65plus;use;\n",
        encoding="utf-8",
    )
    section = """
layout = "long"
area = "1_variable_attribute_code"
symbols = "genesis"
labels = "labels.csv"
label_columns = ["2_variable_attribute_label"]
value_column = "value"
sign_columns = { value = "value_q" }
period_column = "time"
files = [{ file = "a.csv", vintage = "v", where = { value_variable_code = ["PER001"] } }]
"""
    reading = _read(tmp_path, section, _areas(("01001", "Flensburg"), ("01002", "Kiel")))
    day = "2023-12-31"
    assert _cells(reading) == {
        ("01001", day, "grusi_alter"): (812, "published"),
        ("01001", day, "grusi_alter/age_65plus"): (412, "published"),
        ("01002", day, "grusi_alter"): (0, "zero"),
        ("01002", day, "grusi_alter/age_65plus"): (0, "estimated"),
    }


def test_genesis_table_with_title_rows_and_footnotes(tmp_path):
    text = (
        "Tabelle: 12411-01-01-4\nBevölkerung nach Geschlecht - Stichtag 31.12. -\n"
        "Fortschreibung des Bevölkerungsstandes\nBevölkerungsstand (Anzahl)\n"
        ";;;insgesamt;männlich;weiblich\n"
        "31.12.2021;05111;  Düsseldorf, kreisfreie Stadt;619477;297631;321846\n"
        "31.12.2022;05111;  Düsseldorf, kreisfreie Stadt;629047;x;...\n"
        "31.12.2022;05112;  Duisburg, kreisfreie Stadt;-;/;(12)\n"
        "__________\nBevölkerung: Ergebnisse auf Grundlage des Zensus\n"
        "(C)opyright Statistisches Bundesamt (Destatis), 2024\nStand: 26.11.2024 / 10:00:00\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="cp1252")
    section = """
area = "(Spalte 2 ohne Namen)"
period_column = "(Spalte 1 ohne Namen)"
symbols = "genesis"
format = { encoding = "cp1252", skip_rows = 4, stop_at = "____" }
counts = { insgesamt = "residents", "weiblich" = "residents/age_u15" }
files = [{ file = "a.csv", vintage = "v" }]
"""
    reading = _read(tmp_path, section, _areas(("05111", "Düsseldorf"), ("05112", "Duisburg")))
    assert _cells(reading) == {
        ("05111", "2021-12-31", "residents"): (619_477, "published"),
        ("05111", "2022-12-31", "residents"): (629_047, "published"),
        ("05112", "2022-12-31", "residents"): (0, "zero"),
        ("05111", "2021-12-31", "residents/age_u15"): (321_846, "published"),
        ("05111", "2022-12-31", "residents/age_u15"): (None, "missing"),
        ("05112", "2022-12-31", "residents/age_u15"): (12, "estimated"),
    }
    assert reading.report[0]["set_aside"] == [
        {"reason": "unter der Tabelle, ab „__________“", "rows": 4}
    ]


MONTHS = """
area = "(Spalte 1 ohne Namen)"
format = { skip_rows = 1, header_rows = 2 }
period_in_header = true
symbols = "genesis"
counts = { "*" = "unemployed" }
files = [{ file = "a.csv", vintage = "v" }]
"""


def test_regional_table_with_a_column_for_every_month(tmp_path):
    text = (
        "Arbeitslose nach Monaten;;;;;\n;;2023;;2024;\n;;November;Dezember;Januar;Februar\n"
        "05111;Düsseldorf;101;102;103;-\n05112;Duisburg;201;.;203;204\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    areas = _areas(("05111", "Düsseldorf"), ("05112", "Duisburg"))
    days = ("2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29")
    wanted = {("05111", day, "unemployed"): (n, "published")
              for day, n in zip(days, (101, 102, 103), strict=False)}  # fmt: skip
    wanted |= {("05112", d, "unemployed"): (n, "published")
               for d, n in zip(days, (201, None, 203, 204), strict=True) if n}  # fmt: skip
    wanted["05111", days[3], "unemployed"] = (0, "zero")
    wanted["05112", days[1], "unemployed"] = (None, "suppressed")
    assert _cells(_read(tmp_path, MONTHS, areas)) == wanted
    late = _read(tmp_path, 'periods_from = "2024-01-01"\n' + MONTHS, areas)
    assert _cells(late) == {k: v for k, v in wanted.items() if k[1] > "2024"}
    assert "2023 / November" in late.report[0]["columns_unused"]


def test_a_month_in_the_header_that_is_none_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("T;;\n;2023;\n;Novmber;Dezember\n1;2;3\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        _read(tmp_path, MONTHS, _areas(("1", "A")))
    assert [p.found for p in error.value.problems] == ["gefunden '2023 / Novmber'"]


AGENCY = """
area = "Gliederung / Nr."
symbols = "ba"
already_public = true
format = { sheet = "Auswertung", skip_rows = 3, header_rows = 3, stop_at = "*)" }
total_rows = ["SUMSUMSUM"]
subtotal_rows = [{ rows = ["*SUM"] }]
rest_rows = ["keine Angabe"]
files = [{ file = "a.xlsx", vintage = "v", period = "2024-06-30" }]
[counts]
"Bestand / Arbeitslose / Insgesamt" = "unemployed"
"Bestand / Arbeitslose / darunter SGB II" = "unemployed/legal_sgb2"
"""


def _agency(path, total):
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Deckblatt").write(0, 0, "Arbeitsmarkt in Zahlen")
    sheet = book.add_worksheet("Auswertung")
    sheet.write(0, 0, "Arbeitslose in einer erfundenen Gemeinde, Berichtsmonat Juni 2024")
    sheet.write(1, 0, "Zahlenwerte kleiner 10 sind durch * ersetzt.")
    sheet.merge_range(3, 0, 4, 1, "Gliederung")
    sheet.write_row(5, 0, ["Nr.", "Bezeichnung"])
    sheet.merge_range(3, 2, 3, 3, "Bestand")
    sheet.merge_range(4, 2, 4, 3, "Arbeits\u00adlose")
    sheet.write_row(5, 2, ["Insgesamt", "darunter\nSGB II"])
    rows = [("110001", "Altstadt", 120, 80), ("110002", "Hafen", "*", "*"),
            ("110SUM", "Mitte", 127, "*"), ("120001", "Aue", 31, "-"), ("120SUM", "Nord", 31, "-"),
            ("keine Angabe", "", 12, "*"), ("SUMSUMSUM", "Stadt", total, 95)]  # fmt: skip
    for i, row in enumerate(rows, 6):
        sheet.write_row(i, 0, row)
    sheet.write(14, 0, "*) Die Daten unterliegen der Geheimhaltung.")
    book.close()


def test_agency_workbook_with_a_header_of_three_levels_and_rows_of_no_area(tmp_path):
    """120 + 7 hidden + 31 + 12 without an address = 170; the total counts those as well."""
    _agency(tmp_path / "a.xlsx", 170)
    areas = _areas(("110001", "Altstadt"), ("110002", "Hafen"), ("120001", "Aue"))
    reading = _read(tmp_path, AGENCY, areas)
    day = "2024-06-30"
    assert _cells(reading) == {
        ("110001", day, "unemployed"): (120, "published"),
        ("110002", day, "unemployed"): (None, "suppressed"),
        ("120001", day, "unemployed"): (31, "published"),
        ("110001", day, "unemployed/legal_sgb2"): (80, "published"),
        ("110002", day, "unemployed/legal_sgb2"): (None, "suppressed"),
        ("120001", day, "unemployed/legal_sgb2"): (0, "zero"),
    }
    (entry,) = reading.report
    assert entry["total_rows"] == 3
    assert {"reason": "„keine Angabe“ gehört zu keinem Gebiet", "rows": 1} in entry["set_aside"]
    assert entry["without_area"] == [{"target": "unemployed", "period": day, "count": 12}]
    signs = [(s["symbol"], s["cells"], s["assumed"]) for s in entry["symbols"]]
    assert signs == [("*", 2, False), ("-", 1, True)]


def test_rows_of_no_area_count_in_the_total_of_all(tmp_path):
    """Known are 120 + 31 + 12: a total of 160 is too small, though the areas alone fit in it."""
    _agency(tmp_path / "a.xlsx", 160)
    areas = _areas(("110001", "Altstadt"), ("110002", "Hafen"), ("120001", "Aue"))
    with pytest.raises(TableError, match="mindestens die Summe der bekannten Räume 163"):
        _read(tmp_path, AGENCY, areas)


@pytest.mark.parametrize("place", ["keine Angabe", "ohne Angabe", "nicht zuzuordnen", "o. f. W."])
def test_a_row_of_no_area_says_how_to_declare_it(tmp_path, place):
    (tmp_path / "a.csv").write_text(f"NR;E\n1;2\n{place};3\n", encoding="utf-8")
    section = 'area = "NR"\ncounts = { E = "residents" }\n'
    section += 'files = [{ file = "a.csv", vintage = "v", period = "2024-12-31" }]\n'
    with pytest.raises(KeyJoinError, match="rest_rows"):
        _read(tmp_path, section, _areas(("1", "A")))


def test_register_of_residents_by_single_ages(tmp_path):
    text = (
        '"ZEIT";"RAUMID";"BEZ";"E_E";"E_E00_01";"E_E01_02";"E_E02_03"\n'
        '"202412";"01100101";"01";912;11;0;13\n"202412";"01100102";"01";"NA";"NA";"NA";"NA"\n'
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    section = """
area = "RAUMID"
symbols = "afs_ewr"
period_column = "ZEIT"
files = [{ file = "a.csv", vintage = "v" }]
[counts]
E_E = "residents"
E_E00_01 = "residents/age_00_05"
E_E01_02 = "residents/age_00_05"
E_E02_03 = "residents/age_00_05"
"""
    reading = _read(tmp_path, section, _areas(("01100101", "A"), ("01100102", "B")))
    assert _cells(reading) == {
        ("01100101", "2024-12-31", "residents"): (912, "published"),
        ("01100102", "2024-12-31", "residents"): (None, "missing"),
        ("01100101", "2024-12-31", "residents/age_00_05"): (24, "published"),
        ("01100102", "2024-12-31", "residents/age_00_05"): (None, "missing"),
    }


def test_state_table_with_key_and_name_in_one_cell_and_grouped_numbers(tmp_path):
    text = (
        "Empfänger am 31.12.2023;;\nVerwaltungsbezirk;Insgesamt;Frauen p\n"
        "111 Düsseldorf;1\u00a0234;(7)\n112 Duisburg;2 345;8 r\n113 Essen;0;–\n"
        "RB Düsseldorf;3 579;15\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="cp1252")
    section = """
area = "Verwaltungsbezirk"
area_pattern = '(\\d{3}) .*'
symbols = "destatis"
format = { encoding = "cp1252", skip_rows = 1, thousands = " " }
total_rows = ["RB *"]
counts = { Insgesamt = "grusi_alter", "Frauen p" = "hilfe_zur_pflege" }
files = [{ file = "a.csv", vintage = "v", period = "2023-12-31" }]
"""
    areas = _areas(("111", "Düsseldorf"), ("112", "Duisburg"), ("113", "Essen"))
    reading = _read(tmp_path, section, areas)
    day = "2023-12-31"
    assert _cells(reading) == {
        ("111", day, "grusi_alter"): (1234, "published"),
        ("112", day, "grusi_alter"): (2345, "published"),
        ("113", day, "grusi_alter"): (0, "estimated"),  # a printed 0 is more than nothing
        ("111", day, "hilfe_zur_pflege"): (7, "estimated"),
        ("112", day, "hilfe_zur_pflege"): (8, "published"),
        ("113", day, "hilfe_zur_pflege"): (0, "zero"),
    }
    assert reading.report[0]["totals_checked"] == {"equal": 2}


def test_profiles_of_hamburg_quarters(tmp_path):
    """Joined header, soft hyphens, names with footnotes, districts among the rows, notes below."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet("Stadtteilprofile")
    sheet.write(0, 0, "Stadtteil-Profile, Berichtsjahr 2023")
    sheet.merge_range(2, 0, 3, 0, "Stadtgebiet")
    sheet.merge_range(2, 1, 2, 2, "Bevöl\u00adkerung")
    sheet.write_row(3, 1, ["ins-\ngesamt", "Anteil der unter 18-Jährigen in %"])
    rows = [("Bezirk Mitte", 1310, 14.2), ("Altstadt", 1100, 11.5), ("Hafen 1)", "·", "·"),
            ("Neuwerk 2)", "–", "×"), ("Stadt insgesamt", 1310, 14.2)]  # fmt: skip
    for i, row in enumerate(rows, 4):
        sheet.write_row(i, 0, row)
    sheet.write(10, 0, "1) mit Wilhelmsburg-Nord; 2) Insel")
    book.close()
    section = """
area = "Stadtgebiet"
match = "name"
symbols = "statistik_nord"
format = { skip_rows = 2, header_rows = 2, stop_at = "1)" }
total_rows = ["Stadt insgesamt"]
subtotal_rows = [{ rows = ["Bezirk *"], level = "bezirk" }]
area_map = { "Hafen 1)" = "Hafen", "Neuwerk 2)" = "Neuwerk" }
counts = { "Bevölkerung / ins- gesamt" = "residents" }
values = { "Bevölkerung / Anteil der unter 18-Jährigen in %" = "anteil_u18" }
files = [{ file = "a.xlsx", vintage = "v", period = "2023-12-31" }]
"""
    reading = _read(tmp_path, section, _areas(("1", "Altstadt"), ("2", "Hafen"), ("3", "Neuwerk")))
    assert _cells(reading) == {
        ("1", "2023-12-31", "residents"): (1100, "published"),
        ("2", "2023-12-31", "residents"): (None, "suppressed"),
        ("3", "2023-12-31", "residents"): (0, "zero"),
    }
    values = reading.values.set_index("area")
    assert values.loc["1", ["value", "status"]].tolist() == [11.5, "published"]
    assert values.loc[["2", "3"], "status"].tolist() == ["suppressed", "not_applicable"]
    assert reading.report[0]["names_mapped"] == ["Hafen 1) → Hafen", "Neuwerk 2) → Neuwerk"]


def test_open_data_of_cologne(tmp_path):
    text = (
        "S_JAHR;S_STT;S_STT_NAME;A0022A;A0410A\n2023;101;Altstadt/Süd;27.914;*\n"
        "2023;102;Neustadt/Süd;37.406;1.020\n2022;101;Altstadt/Süd;27.800;905\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="cp1252")
    section = """
area = "S_STT"
symbols = "koeln"
format = { encoding = "cp1252", thousands = "." }
period_column = "S_JAHR"
period_template = "{}-12-31"
periods_from = "2023-01-01"
counts = { A0022A = "residents", A0410A = "sgb2_persons" }
files = [{ file = "a.csv", vintage = "v" }]
"""
    reading = _read(tmp_path, section, _areas(("101", "Altstadt/Süd"), ("102", "Neustadt/Süd")))
    assert _cells(reading) == {
        ("101", "2023-12-31", "residents"): (27_914, "published"),
        ("102", "2023-12-31", "residents"): (37_406, "published"),
        ("101", "2023-12-31", "sgb2_persons"): (None, "suppressed"),
        ("102", "2023-12-31", "sgb2_persons"): (1020, "published"),
    }


def test_workbook_with_numbers_as_text_and_a_symbol_of_its_own(tmp_path):
    """Munich's way to print a district, with symbols of one's own: theirs were not found."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Stadtbezirk", "Einwohner"])
    rows = [
        ("01 Altstadt - Lehel", "21.126"),
        ("02 Ludwigsvorstadt", "'1.234.567"),
        ("03 Maxvorstadt", "#"),
    ]
    for i, row in enumerate(rows, 1):
        for j, cell in enumerate(row):
            sheet.write_string(i, j, cell)
    book.close()
    (tmp_path / "eigene.toml").write_text(
        'source = "Anruf beim Amt"\nassumed = ["#"]\n[symbols]\n"#" = { status = "suppressed" }\n',
        encoding="utf-8",
    )
    section = """
area = "Stadtbezirk"
area_pattern = '(\\d\\d) .*'
symbols = "eigene.toml"
format = { thousands = "." }
counts = { Einwohner = "residents" }
files = [{ file = "a.xlsx", vintage = "v", period = "2023-12-31" }]
"""
    reading = _read(tmp_path, section, _areas(("01", "A"), ("02", "L"), ("03", "M")))
    assert [v for _, v in sorted(_cells(reading).items())] == [
        (21_126, "published"), (1_234_567, "published"), (None, "suppressed"),
    ]  # fmt: skip
    assert reading.report[0]["symbols"][0]["assumed"]


def test_an_open_document_with_a_title_and_a_joined_label(tmp_path):
    def cell(text, more=""):
        return (
            f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p>'
            "</table:table-cell>"
        )

    def number(n):
        return (
            f'<table:table-cell office:value-type="float" office:value="{n}"><text:p>{n}</text:p>'
            "</table:table-cell>"
        )

    rows = [cell("Sozialhilfe 2023"), cell("Bezirk") + cell("Ort") + cell("Personen"),
            cell("Mitte") + cell("01") + number(0), cell("") + cell("02") + cell("/"),
            cell("") + cell("Summe") + number(31), cell("") + cell("03") + number(31)]  # fmt: skip
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    spaces = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="T">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", content)
    section = """
area = "Ort"
symbols = "destatis"
format = { skip_rows = 1, fill_down = ["Bezirk"] }
total_rows = ["Summe"]
counts = { Personen = "grusi_alter" }
files = [{ file = "a.ods", vintage = "v", period = "2023-12-31", where = { Bezirk = ["Mitte"] } }]
"""
    reading = _read(tmp_path, section, _areas(("01", "A"), ("02", "B"), ("03", "C")))
    assert [v for _, v in sorted(_cells(reading).items())] == [
        (0, "estimated"), (None, "suppressed"), (31, "published"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "text", "status"),
    [("destatis", "0", "rounded"), ("destatis", "0,0", "rounded"), ("destatis", "0 p", "rounded"),
     ("destatis", "(0)", "estimated"), ("destatis", "-", "zero"), ("ba", "0,0", "published"),
     ("regionalatlas", "5555555555", "suppressed"), ("statistik_nord", "0,00", "rounded"),
     ("leipzig", "0,0", "rounded"), ("plain", "0,0", "published")],
)  # fmt: skip
def test_a_plain_zero_says_what_the_publisher_means_by_it(tmp_path, profile, text, status):
    (tmp_path / "a.csv").write_text(f"NR;Q\n1;{text}\n", encoding="utf-8")
    section = f'area = "NR"\nsymbols = "{profile}"\nvalues = {{ Q = "quote" }}\n'
    section += 'files = [{ file = "a.csv", vintage = "v", period = "2024-12-31" }]\n'
    assert _read(tmp_path, section, _areas(("1", "A"))).values["status"].tolist() == [status]


@pytest.mark.parametrize(
    ("entries", "word"),
    [('period_in_header = true\ncounts = { "E" = "residents" }', "ohne Platz"),
     ('period_in_header = true\ncounts = { "E *" = "residents" }', "mit period"),
     ('area_pattern = "["\ncounts = { "E" = "residents" }', "["),
     ('sign_columns = { X = "Y" }\ncounts = { "E" = "residents" }', "wird nicht gelesen")],
)  # fmt: skip
def test_entries_that_contradict_each_other_are_named(entries, word):
    files = 'area = "NR"\nfiles = [{ file = "a.csv", vintage = "v", period = "2024-12-31" }]\n'
    dataset = _ADAPTER.validate_python(tomllib.loads(_SOURCE + files + entries))
    assert any(word in what for _, what, _ in dataset.faults())
