"""Tables as published become value and status, or one message with all faults."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import KeyJoinError, ProjectError, TableError
from geodata.files import TableFormat
from geodata.files.numbers import parse_numbers
from geodata.model import Source
from indicators.periods import reporting_date
from indicators.sources import Dataset, DatasetFile, Subtotals, ValidColumn
from indicators.symbols import load_profile, profile_keys
from indicators.tables import read_dataset

SOURCE = Source("Zahlen", "Amt", "CC0-1.0", "Amt")
AREAS = pd.DataFrame(
    {"vintage": "neu", "level": "raum", "area": ["0101", "0102"], "name": ["Süd", "Nord"]}
)
WIDE = Dataset(
    key="zahlen", source=SOURCE, level="raum", area="RAUM", symbols="plain",
    files=(DatasetFile("a.csv", "neu", "2024-12-31"),),
    counts={"E": "residents", "U6": ("residents/age_00_05", "residents/age_u15"),
            "U15": "residents/age_u15"},
)  # fmt: skip


def _read(folder, text, dataset=WIDE, layouts=None):
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return read_dataset(dataset, AREAS, folder, layouts or folder)


def test_columns_with_the_same_target_are_summed_and_zero_stays_zero(tmp_path):
    reading = _read(tmp_path, "RAUM;E;U6;U15\n0101;100;4;6\n0102;0;0;0\n")
    cells = reading.counts.set_index(["area", "group"])
    assert cells.loc[("0101", "age_u15"), "count"] == 10
    assert cells.loc[("0101", "age_00_05"), "count"] == 4
    assert cells.loc[("0102", "total"), ["count", "status"]].tolist() == [0, "zero"]


def test_a_part_without_a_number_leaves_the_sum_without_one(tmp_path):
    reading = _read(tmp_path, "RAUM;E;U6;U15\n0101;100;;6\n0102;5;1;1\n")
    cells = reading.counts.set_index(["area", "group"])
    assert pd.isna(cells.loc[("0101", "age_u15"), "count"])
    assert cells.loc[("0101", "age_u15"), "status"] == "missing"
    assert reading.report[0]["areas_with_missing"] == ["0101"]


def test_every_bad_cell_is_named_with_row_and_column(tmp_path):
    with pytest.raises(TableError) as error:
        _read(tmp_path, "RAUM;E;U6;U15\n0101;1OO;-4;6,5\n0102;1;1;1\n")
    assert [p.where for p in error.value.problems] == [
        "a.csv, Zeile 2, E", "a.csv, Zeile 2, U6", "a.csv, Zeile 2, U6", "a.csv, Zeile 2, U15",
    ]  # fmt: skip
    assert "'1OO'" in str(error.value)


def test_a_key_without_an_area_is_named_with_its_neighbours(tmp_path):
    with pytest.raises(KeyJoinError) as error:
        _read(tmp_path, "RAUM;E;U6;U15\n1010;1;1;1\n0102;1;1;1\n")
    assert "'1010'" in str(error.value)
    assert "ähnlich: 0102, 0101" in str(error.value)


def test_an_area_without_a_row_is_reported(tmp_path):
    reading = _read(tmp_path, "RAUM;E;U6;U15\n0101;1;1;1\n")
    assert reading.report[0]["areas_without_rows"] == ["0102 Nord"]


def test_a_row_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(TableError, match="mehrfach"):
        _read(tmp_path, "RAUM;E;U6;U15\n0101;1;1;1\n0101;1;1;1\n0102;1;1;1\n")


def test_total_rows_are_checked_against_the_sum(tmp_path):
    dataset = replace(WIDE, total_rows=("Stadt insgesamt",))
    text = "RAUM;E;U6;U15\n0101;10;1;2\n0102;20;2;4\nStadt insgesamt;{};3;6\n"
    assert _read(tmp_path, text.format(30), dataset).report[0]["total_rows"] == 1
    with pytest.raises(TableError, match=r"gedruckt 31.*Summe der Räume 30"):
        _read(tmp_path, text.format(31), dataset)


def test_symbols_give_value_and_status_together(tmp_path):
    dataset = replace(
        WIDE, symbols="mss", counts={}, values={"S1": "mss_s1"},
        valid=ValidColumn("KOM", ("gültig",)), format=TableFormat(decimal="."),
    )  # fmt: skip
    reading = _read(tmp_path, "RAUM;S1;KOM\n0101;-9999.0;ungültig\n0102;5.5;gültig\n", dataset)
    assert reading.values["status"].tolist() == ["not_applicable", "published"]
    assert reading.values["value"].isna().tolist() == [True, False]


LONG = replace(
    WIDE, area="ort", match="name", layout="long", counts={}, labels="labels.csv",
    label_columns=("thema",), value_column="wert", period_column="jahr",
    period_template="{}-12-31", periods_from="2020-12-31", files=(DatasetFile("a.csv", "neu"),),
)  # fmt: skip


def test_long_tables_are_mapped_by_the_layout_table(tmp_path):
    (tmp_path / "labels.csv").write_text(
        "thema;target;action;reason\nPers\u00adonen;sgb2_persons;use;\nMänner;;set_aside;doppelt\n",
        encoding="utf-8",
    )
    text = "thema;jahr;ort;wert\nPersonen;2020;Süd;7\nMänner;2020;Süd;3\nPersonen;2019;Nord;8\n"
    reading = _read(tmp_path, text, LONG)
    assert reading.counts[["area", "measure", "count"]].to_numpy().tolist() == [
        ["0101", "sgb2_persons", 7]
    ]
    assert reading.report[0]["set_aside"] == [
        {"reason": "außerhalb von 2020-12-31 bis …", "rows": 1},
        {"reason": "Männer: doppelt", "rows": 1},
    ]


def test_a_label_without_a_mapping_is_an_error(tmp_path):
    layout = "thema;target;action;reason\nMänner;;set_aside;doppelt\n"
    (tmp_path / "labels.csv").write_text(layout, encoding="utf-8")
    with pytest.raises(TableError, match=r"unbekannte Beschriftung Personen \(2 Zeilen\)"):
        _read(tmp_path, "thema;jahr;ort;wert\nPersonen;2020;Süd;7\nPersonen;2020;Nord;7\n", LONG)


@given(st.decimals(-(10**7), 10**7, places=2))
def test_german_numbers_come_back_as_written(number):
    words = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
    fmt = TableFormat(thousands=".")
    assert parse_numbers(pd.Series([words]), fmt).tolist() == [float(number)]
    plain = words.replace(".", "")
    assert parse_numbers(pd.Series([plain]), fmt).tolist() == [float(number)]


@pytest.mark.parametrize(
    "words", ["1.23", "12.3456", "1,2,3", "1 000", "", "1e5", "٣", "inf", "0x1"]
)
def test_what_is_not_exactly_a_number_is_none(words):
    assert parse_numbers(pd.Series([words]), TableFormat(thousands=".")).isna().all()


@pytest.mark.parametrize("written", ["101", "101,0", "101.0", "'0101", "1,01E+02"])
def test_keys_that_lost_their_zeros_are_restored_and_that_is_told(tmp_path, written):
    reading = _read(tmp_path, f"RAUM;E;U6;U15\n{written};7;1;2\n102;5;1;1\n")
    assert reading.counts.query("group == 'total'")["count"].tolist() == [7, 5]
    told = reading.report[0]["keys_restored"]
    assert told["keys"] == 2
    assert told["example"].endswith(("→ 0101", "→ 0102"))


def test_keys_are_not_restored_where_two_rows_or_two_keys_have_their_digits(tmp_path):
    with pytest.raises(KeyJoinError, match="'101'"):
        _read(tmp_path, "RAUM;E;U6;U15\n101;7;1;2\n0101;5;1;1\n")
    twice = pd.concat([AREAS, AREAS.assign(area="101").iloc[:1]])
    (tmp_path / "a.csv").write_text("RAUM;E;U6;U15\n101;7;1;2\n102;5;1;1\n")
    with pytest.raises(KeyJoinError, match="'102'"):
        read_dataset(WIDE, twice, tmp_path, tmp_path)


def test_a_key_that_lost_digits_says_what_happened(tmp_path):
    with pytest.raises(KeyJoinError, match=r"'1,0E\+03'.*Spalte als Text"):
        _read(tmp_path, "RAUM;E;U6;U15\n1,0E+03;7;1;2\n0102;5;1;1\n")


@pytest.mark.parametrize("place", ["Insgesamt", "Stadt gesamt", "Bezirk Mitte"])
def test_a_row_that_looks_like_a_total_says_how_to_declare_it(tmp_path, place):
    with pytest.raises(KeyJoinError, match=rf'total_rows = \["{place}"\]'):
        _read(tmp_path, f"RAUM;E;U6;U15\n0101;7;1;2\n{place};7;1;2\n")


def test_a_total_over_secret_parts_is_at_least_what_is_known(tmp_path):
    dataset = replace(WIDE, symbols="ba", total_rows=("SUM*",))
    text = "RAUM;E;U6;U15\n0101;10;1;2\n0102;*;2;4\nSUMSUM;{};3;6\n"
    report = _read(tmp_path, text.format(12), dataset).report[0]
    assert report["totals_checked"] == {"at_least": 1, "equal": 3}
    with pytest.raises(TableError, match=r"gedruckt 9.*mindestens.*10"):
        _read(tmp_path, text.format(9), dataset)


COARSE = pd.concat([
    AREAS.assign(parent=["01", "02"]),
    pd.DataFrame({"vintage": "neu", "level": "bezirk", "area": ["01", "02"],
                  "name": ["Mitte", "Rand"], "parent": "00"}),
])  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "level", "place"),
    [("Bezirk *", "bezirk", "Bezirk Mitte"), ("*", "bezirk", "01"), ("*SUM", None, "0101SUM")],
)
def test_subtotals_are_compared_with_the_areas_they_sum(tmp_path, rows, level, place):
    dataset = replace(WIDE, subtotal_rows=(Subtotals((rows,), level),))
    if rows == "*":
        dataset = replace(WIDE, subtotal_rows=(Subtotals((place,), level),))
    text = f"RAUM;E;U6;U15\n0101;10;1;2\n0102;20;2;4\n{place};{{}};1;2\n"
    for printed, good in ((10, True), (30, False)):
        (tmp_path / "a.csv").write_text(text.format(printed))
        if good:
            report = read_dataset(dataset, COARSE, tmp_path, tmp_path).report[0]
            assert report["totals_checked"] == {"equal": 4}
        else:
            with pytest.raises(TableError, match="gedruckt 30"):
                read_dataset(dataset, COARSE, tmp_path, tmp_path)


UNIT = replace(WIDE, counts={"EW in 1.000": "residents"})


def test_counts_in_thousands_need_a_declared_factor(tmp_path):
    text = "RAUM;EW in 1.000\n0101;12,345\n0102;0,5\n"
    with pytest.raises(TableError, match=r'factors = \{ "EW in 1.000" = 1000 \}'):
        _read(tmp_path, text, UNIT)
    counts = _read(tmp_path, text, replace(UNIT, factors={"EW in 1.000": 1000})).counts
    assert counts["count"].tolist() == [12345, 500]
    assert set(counts["status"]) == {"estimated"}


@pytest.mark.parametrize(
    ("dataset", "header", "words"),
    [
        (replace(WIDE, counts={"E": "residents"}, factors={"E": 1000}), "E", "keine Einheit"),
        (replace(WIDE, counts={"E (%)": "residents"}), "E (%)", "nennt Prozent"),
        (replace(WIDE, counts={}, values={"je 1.000 EW": "quote"}), "je 1.000 EW", "je 1.000"),
    ],
)
def test_a_header_that_contradicts_the_unit_is_an_error(tmp_path, dataset, header, words):
    (tmp_path / "a.csv").write_text(f"RAUM;{header}\n0101;1\n0102;2\n")
    with pytest.raises(TableError, match=words):
        read_dataset(dataset, AREAS, tmp_path, tmp_path, {"quote": "percent"})


def test_a_percent_sign_belongs_to_an_indicator_in_percent_and_to_no_count(tmp_path):
    dataset = replace(WIDE, counts={}, values={"Q": "quote"})
    (tmp_path / "a.csv").write_text("RAUM;Q\n0101;12,5 %\n0102;−0,5 %\n")
    values = read_dataset(dataset, AREAS, tmp_path, tmp_path, {"quote": "percent"}).values
    assert values["value"].tolist() == [12.5, -0.5]
    with pytest.raises(TableError, match="'12,5 %'"):
        read_dataset(dataset, AREAS, tmp_path, tmp_path, {"quote": "per_1000"})


def test_each_file_may_name_its_columns_and_its_format(tmp_path):
    (tmp_path / "b.csv").write_bytes(
        "RAUM,EW 2023,U6,U15\n0101,3,1,1\n0102,4,1,1\n".encode("cp1252")
    )
    (tmp_path / "a.csv").write_text("RAUM;E;U6;U15\n0101;1;1;1\n0102;2;1;1\n")
    other = DatasetFile(
        "b.csv", "neu", "2023-12-31", columns={"E": "EW 2023"},
        format=TableFormat("cp1252", ","),
    )  # fmt: skip
    dataset = replace(WIDE, files=(*WIDE.files, other))
    counts = read_dataset(dataset, AREAS, tmp_path, tmp_path).counts
    total = counts[counts["group"] == "total"].set_index(["period", "area"])["count"]
    assert total.to_dict() == {
        ("2024-12-31", "0101"): 1, ("2024-12-31", "0102"): 2,
        ("2023-12-31", "0101"): 3, ("2023-12-31", "0102"): 4,
    }  # fmt: skip


def test_every_sheet_that_fits_is_read_with_the_period_in_its_name(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    for name in ("Impressum", "Stand 30.06.2024", "Stand 31.12.2024"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["RAUM", "E"])
        sheet.write_row(1, 0, ["0101", int(name[-6:-5] or 0) if name[0] == "S" else 0])
    book.close()
    file = DatasetFile("a.xlsx", "neu", sheets="Stand *")
    reading = read_dataset(
        replace(WIDE, counts={"E": "residents"}, files=(file,)), AREAS, tmp_path, tmp_path
    )
    assert reading.counts[["period", "count"]].to_numpy().tolist() == [
        ["2024-06-30", 6], ["2024-12-31", 2],
    ]  # fmt: skip
    assert reading.report[0]["sheets_unused"] == ["Impressum"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("30.06.2024", "2024-06-30"), ("Stand: 30.06.2024", "2024-06-30"),
        ("2024-06-30", "2024-06-30"), ("2. Quartal 2024", "2024-06-30"), ("II/2024", "2024-06-30"),
        ("2024-Q2", "2024-06-30"), ("Q4 2024", "2024-12-31"), ("Februar 2024", "2024-02-29"),
        ("1. Halbjahr 2024", "2024-06-30"), ("2024-02", "2024-02-29"), ("06/2024", "2024-06-30"),
        ("202412", "2024-12-31"), ("31. Dezember 2024", "2024-12-31"),
        ("2024", None), ("30.06.24", None), ("03/04/2024", None), ("31.06.2024", None),
        ("V/2024", None), ("45473", None), ("5. Quartal 2024", None), ("", None),
    ],
)  # fmt: skip
def test_reporting_dates_as_tables_write_them(written, day):
    assert reporting_date(written) == day


def test_a_date_cell_and_a_year_as_a_number_are_periods(tmp_path):
    dataset = replace(
        WIDE, counts={"E": "residents"}, period_column="J", period_template="{}-12-31",
        files=(DatasetFile("a.csv", "neu"),),
    )  # fmt: skip
    reading = _read(tmp_path, "RAUM;J;E\n0101;2023,0;1\n0102;2023;2\n", dataset)
    assert set(reading.counts["period"]) == {"2023-12-31"}
    with pytest.raises(TableError, match=r"Zeile 2, J.*'2023'.*period_template"):
        _read(tmp_path, "RAUM;J;E\n0101;2023;1\n", replace(dataset, period_template="{}"))


@pytest.mark.parametrize("key", profile_keys())
def test_every_profile_says_where_its_symbols_come_from(key):
    profile = load_profile(key)
    assert profile.source
    assert "" in profile.cells


def test_the_star_of_the_agency_is_secret_and_its_dash_is_zero(tmp_path):
    dataset = replace(WIDE, symbols="ba", counts={"E": "residents"})
    counts = _read(tmp_path, "RAUM;E\n0101;*\n0102;-\n", dataset).counts
    assert counts["status"].tolist() == ["suppressed", "zero"]
    assert counts["count"].isna().tolist() == [True, False]


def test_uncertain_and_preliminary_numbers_keep_their_value(tmp_path):
    dataset = replace(WIDE, symbols="destatis", counts={"E": "residents"})
    counts = _read(tmp_path, "RAUM;E\n0101;(12)\n0102;7 p\n", dataset).counts
    assert counts[["count", "status"]].to_numpy().tolist() == [[12, "estimated"], [7, "published"]]


def test_a_project_brings_its_own_symbols(tmp_path):
    (tmp_path / "zeichen.toml").write_text(
        'source = "Amt"\n[symbols]\n"k. A." = { status = "missing" }\n', encoding="utf-8"
    )
    dataset = replace(WIDE, symbols="zeichen.toml", counts={"E": "residents"})
    assert _read(tmp_path, "RAUM;E\n0101;k. A.\n0102;1\n", dataset).counts["status"][0] == "missing"
    (tmp_path / "zeichen.toml").write_text('source = "x"\n[symbols]\n"-" = { status = "zero" }\n')
    with pytest.raises(ProjectError, match="'-'"):
        _read(tmp_path, "RAUM;E\n0101;1\n0102;1\n", dataset)


def test_many_unknown_cells_are_listed_and_then_counted(tmp_path):
    areas = pd.DataFrame(
        {"vintage": "neu", "level": "raum", "area": [f"{i:04}" for i in range(60)], "name": "x"}
    )
    lines = "".join(f"{i:04};{'§' if i % 2 else '¿'}\n" for i in range(60))
    (tmp_path / "a.csv").write_text(f"RAUM;E\n{lines}", encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_dataset(replace(WIDE, counts={"E": "residents"}), areas, tmp_path, tmp_path)
    assert len(error.value.problems) == 21
    assert "40 weitere Zellen: '¿' 20-mal, '§' 20-mal" in str(error.value)


def test_a_point_that_may_part_thousands_is_refused_with_what_to_declare(tmp_path):
    with pytest.raises(TableError, match=r'thousands = "\."'):
        _read(tmp_path, "RAUM;E\n0101;1.234\n0102;12\n", replace(WIDE, counts={"E": "residents"}))


@settings(deadline=None)
@given(
    numbers=st.lists(st.decimals(-(10**6), 10**6, places=3), min_size=2, max_size=2),
    marks=st.sampled_from([(",", "."), (".", ","), (",", " "), (",", ""), (".", "")]),
    delimiter=st.sampled_from([";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_numbers_come_back_from_any_way_of_writing_a_table(numbers, marks, delimiter, encoding):
    decimal, thousands = marks
    words = [
        f"{n:,.3f}".replace(",", "_").replace(".", decimal).replace("_", thousands) for n in numbers
    ]
    lines = [["RAUM", "Quote"], ["0101", words[0]], ["0102", words[1]]]
    fmt = TableFormat(encoding, delimiter, decimal, thousands)
    dataset = replace(WIDE, counts={}, values={"Quote": "quote"}, format=fmt)
    with TemporaryDirectory() as folder:
        text = "\n".join(delimiter.join(line) for line in lines)
        (Path(folder) / "a.csv").write_bytes(text.encode(encoding))
        values = read_dataset(dataset, AREAS, Path(folder), Path(folder)).values
    assert values["value"].tolist() == [float(n) for n in numbers]
    assert set(values["status"]) == {"published"}
