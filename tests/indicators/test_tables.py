"""Tables as published become value and status, or one message with all faults."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import KeyJoinError, TableError
from geodata.files import TableFormat
from geodata.model import Source
from indicators.numbers import parse_numbers
from indicators.sources import Dataset, DatasetFile, ValidColumn
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
        _read(tmp_path, "RAUM;E;U6;U15\n101;1;1;1\n0102;1;1;1\n")
    assert "'101'" in str(error.value)
    assert "ähnlich: 0101" in str(error.value)


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
