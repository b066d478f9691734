"""The counts equal a count by hand, whatever the file, its order and its pieces."""

import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geodata.errors import KeyJoinError, TableError
from geodata.files import TableFormat
from geodata.model import Source, Vintage
from indicators.records import count_cases
from indicators.sources import (
    AddressRegister,
    AgeBands,
    CaseAddresses,
    CaseCount,
    CaseList,
    CasePoints,
)

VINTAGES = (Vintage("alt", "Alt", None, "2022-12-31"), Vintage("neu", "Neu", "2023-01-01", None))
SQUARES = {"01": box(0, 0, 10, 10), "02": box(10, 0, 20, 10), "10": box(0, 10, 20, 20)}
AREAS = gpd.GeoDataFrame(
    {
        "vintage": ["alt"] * 3 + ["neu"] * 3, "level": "raum", "area": list(SQUARES) * 2,
    },
    geometry=list(SQUARES.values()) * 2, crs="EPSG:25833",
)  # fmt: skip
FLOW = CaseCount(
    "neue_faelle", "BEGINN", {"SEX": {"w": "sex_f", "m": "sex_m", "": "sex_unknown"}},
    ages=AgeBands("GEBJAHR", {"age_u25": "0-24", "age_65plus": "65+"}),
    crossed={"young_women": ("age_u25", "sex_f")},
)  # fmt: skip
POINT = CaseCount("neue_faelle", "BEGINN")
STOCK = CaseCount("bestand", begin="BEGINN", end="ENDE")
PEOPLE = CaseCount("personen", "BEGINN", {"SEX": FLOW.groups["SEX"]}, distinct="PSEUDONYM")
COLUMNS = ("BEGINN", "ENDE", "SEX", "GEBJAHR", "PSEUDONYM", "RAUM")
CASES = CaseList(
    key="faelle", source=Source("Fälle", "Amt", "intern", "Amt"), file="f.csv",
    columns=COLUMNS, level="raum", areas={"alt": "RAUM", "neu": "RAUM"},
    counts=(FLOW, STOCK, PEOPLE), periods=("2022-12-31", "2023-06-30"),
    format=TableFormat(encoding="cp1252"),
)  # fmt: skip
STARTS = {"2022-12-31": date(2022, 7, 1), "2023-06-30": date(2023, 1, 1)}

days = st.dates(date(2022, 5, 1), date(2023, 9, 1))
cases = st.fixed_dictionaries(
    {
        "BEGINN": days, "ENDE": st.none() | days, "SEX": st.sampled_from(["w", "m", ""]),
        "GEBJAHR": st.sampled_from(["", "1930", "1997", "1998", "1999", "2020"]),
        "PSEUDONYM": st.sampled_from(["p1", "p2", "ü3", ""]),
        "RAUM": st.sampled_from(["01", "02", "10", ""]),
    }
)  # fmt: skip
lists = st.lists(cases, min_size=1, max_size=30)
quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def by_hand(rows):
    """Cells of all measures, case by case."""
    cells = Counter()
    for period, start in STARTS.items():
        end = date.fromisoformat(period)
        latest = {}
        for row in (r for r in rows if r["RAUM"]):
            if start <= row["BEGINN"] <= end:
                groups = ["total", {"w": "sex_f", "m": "sex_m", "": "sex_unknown"}[row["SEX"]]]
                age = end.year - int(row["GEBJAHR"]) if row["GEBJAHR"] else None
                if age is not None and (age <= 24 or age >= 65):
                    groups.append("age_u25" if age <= 24 else "age_65plus")
                if {"age_u25", "sex_f"} <= set(groups):
                    groups.append("young_women")
                cells.update((period, row["RAUM"], "neue_faelle", g) for g in groups)
                if row["PSEUDONYM"]:
                    order = ["w", "m", ""].index(row["SEX"])
                    own = (-row["BEGINN"].toordinal(), row["RAUM"], order, groups[1])
                    latest[row["PSEUDONYM"]] = min(latest.get(row["PSEUDONYM"], own), own)
            if row["BEGINN"] <= end and (row["ENDE"] is None or row["ENDE"] >= end):
                cells[period, row["RAUM"], "bestand", "total"] += 1
        for _, area, _, group in latest.values():
            cells[period, area, "personen", "total"] += 1
            cells[period, area, "personen", group] += 1
    return cells


def text_of(row):
    return {k: f"{v:%d.%m.%Y}" if isinstance(v, date) else v or "" for k, v in row.items()}


def write_csv(path, rows, fmt=CASES.format):
    table = pd.DataFrame([text_of(r) for r in rows])
    table.to_csv(path, sep=fmt.delimiter, index=False, encoding=fmt.encoding)


def counted(folder, spec=CASES):
    try:
        counts, _ = count_cases(spec, AREAS, VINTAGES, folder)
    except TableError as error:
        assert "kein einziger Fall" in str(error)
        return Counter()
    cells = counts.set_index(["period", "area", "measure", "group"])["count"]
    return Counter({k: int(n) for k, n in cells.items() if n})


@quick
@given(lists, st.sampled_from(["cp1252", "utf-8", "utf-8-sig", "latin-1", "utf-16"]), st.randoms())
def test_a_csv_in_any_encoding_order_and_pieces_counts_as_by_hand(
    tmp_path, monkeypatch, rows, encoding, random
):
    monkeypatch.setattr("indicators.records.csv_pieces.PIECE_BYTES", 128)
    spec = replace(CASES, format=TableFormat(encoding=encoding))
    write_csv(tmp_path / "f.csv", rows, spec.format)
    assert counted(tmp_path, spec) == by_hand(rows)
    random.shuffle(rows)
    write_csv(tmp_path / "f.csv", rows, spec.format)
    assert counted(tmp_path, spec) == by_hand(rows)


@quick
@given(lists, st.integers(1, 5), st.booleans())
def test_parquet_in_row_groups_and_several_files_counts_as_by_hand(
    tmp_path, rows, group_rows, typed
):
    folder = tmp_path / "teile"
    folder.mkdir(exist_ok=True)
    text = pd.DataFrame([text_of(r) for r in rows])
    if typed:
        text["BEGINN"] = [r["BEGINN"] for r in rows]
        text["GEBJAHR"] = pd.to_numeric(text["GEBJAHR"])
    half = len(rows) // 2
    text[:half].to_parquet(folder / "a.parquet", row_group_size=group_rows)
    text[half:].to_parquet(folder / "b.parquet", row_group_size=group_rows)
    assert counted(tmp_path, replace(CASES, file="teile")) == by_hand(rows)


@quick
@given(lists)
def test_people_in_several_passes_are_the_same_people(tmp_path, monkeypatch, rows):
    monkeypatch.setattr("indicators.records.count.PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr("indicators.records.count._MOST_PASSES", 5)
    write_csv(tmp_path / "f.csv", rows)
    assert counted(tmp_path) == by_hand(rows)


def test_rows_and_their_faults_are_told_once_however_many_passes(tmp_path, monkeypatch):
    row = {"BEGINN": date(2023, 2, 1), "ENDE": None, "SEX": "w", "GEBJAHR": "", "RAUM": "01"}
    rows = [{**row, "PSEUDONYM": f"p{i}"} for i in range(20)]
    write_csv(tmp_path / "f.csv", rows)
    _, once = count_cases(CASES, AREAS, VINTAGES, tmp_path)
    monkeypatch.setattr("indicators.records.count.PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr("indicators.records.count._MOST_PASSES", 5)
    _, often = count_cases(CASES, AREAS, VINTAGES, tmp_path)
    assert often == once
    assert often["rows_read"] == 20
    with (tmp_path / "f.csv").open("a") as file:
        file.write("zu;wenig\n")
    with pytest.raises(TableError, match="fehlerhaft") as error:
        count_cases(CASES, AREAS, VINTAGES, tmp_path)
    assert [p.where for p in error.value.problems] == ["f.csv, Zeile 22"]


def test_a_workbook_with_real_days_and_numbers_counts_as_by_hand(tmp_path):
    rows = [
        {"BEGINN": date(2022, 8, 1), "ENDE": None, "SEX": "w", "GEBJAHR": "1998",
         "PSEUDONYM": "p1", "RAUM": "10"},
        {"BEGINN": date(2023, 2, 1), "ENDE": date(2023, 3, 1), "SEX": "m", "GEBJAHR": "1930",
         "PSEUDONYM": "p1", "RAUM": "02"},
    ]  # fmt: skip
    book = xlsxwriter.Workbook(tmp_path / "f.xlsx")
    sheet, style = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, COLUMNS)
    for i, row in enumerate(rows, start=1):
        for j, name in enumerate(COLUMNS):
            value = row[name]
            if isinstance(value, date):
                sheet.write_datetime(i, j, value, style)
            elif value and value.isdigit():
                sheet.write_number(i, j, int(value))  # 02 loses its zero, as in real life
            else:
                sheet.write(i, j, value)
    book.close()
    assert counted(tmp_path, replace(CASES, file="f.xlsx")) == by_hand(rows)


def _workbook(path, cells, formulas=()):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for i, row in enumerate(cells):
        sheet.write_row(i + 2, 1, row)  # the first rows and the first column are empty
    for row, column, result in formulas:
        sheet.write_formula(row + 2, column + 1, "=1/0", None, result)
    book.close()


def test_a_formula_without_a_result_is_no_empty_cell(tmp_path):
    cells = [["BEGINN", "RAUM", "REST"], ["01.02.2023", "01", ""], ["01.02.2023", "02", ""]]
    spec = replace(
        CASES, file="f.xlsx", counts=(POINT,), columns=("BEGINN", "RAUM"),
        format=TableFormat(skip_rows=2),
    )  # fmt: skip
    _workbook(tmp_path / "f.xlsx", cells, [(2, 2, "#DIV/0!")])
    assert sum(counted(tmp_path, spec).values()) == 2, "a column that nobody reads may be broken"
    _workbook(tmp_path / "f.xlsx", cells, [(1, 0, ""), (2, 1, "#DIV/0!")])
    with pytest.raises(TableError, match="Zellen ohne Wert") as error:
        count_cases(spec, AREAS, VINTAGES, tmp_path)
    places = ["f.xlsx, Zeile 4, BEGINN", "f.xlsx, Zeile 5, RAUM"]
    assert [p.where for p in error.value.problems] == places


def test_a_workbook_that_unpacks_to_absurd_sizes_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(TableError, match="zu groß für eine Tabelle"):
        count_cases(replace(CASES, file="f.xlsx"), AREAS, VINTAGES, tmp_path)


def test_zeros_are_put_back_only_one_to_one(tmp_path):
    row = {"BEGINN": date(2023, 2, 1), "ENDE": None, "SEX": "w", "GEBJAHR": "", "PSEUDONYM": "p"}
    write_csv(tmp_path / "f.csv", [{**row, "RAUM": "1"}, {**row, "RAUM": "10"}])
    counts, report = count_cases(CASES, AREAS, VINTAGES, tmp_path)
    cells = counts.set_index(["period", "measure", "group", "area"])["count"]
    assert cells["2023-06-30", "neue_faelle", "total", "01"] == 1
    assert report["keys_restored"] == {"keys": 1}
    write_csv(tmp_path / "f.csv", [{**row, "RAUM": "1"}, {**row, "RAUM": "01"}])
    with pytest.raises(KeyJoinError, match="mit und ohne führende Nullen"):
        count_cases(CASES, AREAS, VINTAGES, tmp_path)


# Points: corners, borders and outside, on a raster that hits borders often.
coordinates = st.integers(-1, 25).map(float) | st.floats(-2, 22)
BY_POINT = replace(
    CASES, areas={}, points=CasePoints("X", "Y", "EPSG:25833"), counts=(POINT,),
    columns=("BEGINN", "X", "Y"),
)  # fmt: skip


@quick
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30), st.booleans())
def test_points_lie_in_the_first_area_that_covers_them(tmp_path, points, parquet):
    table = pd.DataFrame({"BEGINN": "01.02.2023", "X": [x for x, _ in points],
                          "Y": [y for _, y in points]})  # fmt: skip
    if parquet:
        table.to_parquet(tmp_path / "f.parquet")
    else:
        table.to_csv(tmp_path / "f.csv", sep=";", decimal=",", index=False)
    spec = replace(BY_POINT, file="f.parquet" if parquet else "f.csv")
    want = Counter()
    for point in points:
        area = next((k for k, s in SQUARES.items() if s.covers(Point(point))), None)
        if area:
            want["2023-06-30", area, "neue_faelle", "total"] += 1
    assert counted(tmp_path, spec) == want


def test_points_outside_are_counted_by_reason_and_swapped_axes_are_told(tmp_path):
    (tmp_path / "f.csv").write_text(
        "BEGINN;X;Y\n" + "".join(f"01.02.2023;{p}\n" for p in ["5;5", "99;5", ";5", "a;5"])
    )
    _, report = count_cases(BY_POINT, AREAS, VINTAGES, tmp_path)
    reasons = {a["reason"].partition(": ")[2]: a["rows"] for a in report["set_aside"]}
    assert reasons["ohne Koordinate"] == 1
    assert reasons["Koordinate ist keine Zahl"] == 1
    assert reasons["außerhalb aller Räume"] == 1
    low = AREAS.iloc[3:5].translate(0, -10)  # an area that is no square shows the axes
    areas = gpd.GeoDataFrame(AREAS.iloc[3:5].drop(columns="geometry"), geometry=low)
    (tmp_path / "f.csv").write_text("BEGINN;X;Y\n01.02.2023;15;-5\n01.02.2023;-5;15\n")
    spec = replace(BY_POINT, periods=("2023-06-30",))
    _, report = count_cases(spec, areas, VINTAGES, tmp_path)
    assert any("vertauschten Achsen" in a["reason"] for a in report["set_aside"])


REGISTER = AddressRegister(
    "adressen.csv", "Strasse", "Nr", "Zusatz", "PLZ", {"alt": "Raum", "neu": "Raum"}
)
BY_ADDRESS = replace(
    CASES, areas={}, addresses=CaseAddresses("STRASSE", REGISTER, "HNR", None, "PLZ"),
    counts=(POINT,), columns=("BEGINN", "STRASSE", "HNR", "PLZ"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("Müllerstraße;12a;01067", "01"), ("MUELLERSTR.;12 A;1067", "01"),
        ("Müller-Str.;012/a;", "01"), ("Hauptstr.;3;01067", "02"), ("Hauptstr.;3;01069", "10"),
        ("Hauptstr.;3;", "Adresse mehrdeutig"),
        ("Müllerstr.;12;01067", "Hausnummer nicht im Adressverzeichnis"),
        ("Mullerstr.;12a;01067", "Straße nicht im Adressverzeichnis"),
        ("Müllerstr.;12a;99999", "Postleitzahl passt nicht zur Adresse"),
        (";;", "Ereignisse ohne Raum"),
    ],
)  # fmt: skip
def test_an_address_counts_where_the_register_has_it_and_only_there(tmp_path, address, area):
    (tmp_path / "adressen.csv").write_text(
        "Strasse;Nr;Zusatz;PLZ;Raum\nMüllerstr.;12;a;01067;01\nHauptstraße;3;;01067;02\n"
        "Hauptstraße;3;;01069;10\nAm Rand;1;;01069;10\n"
    )
    (tmp_path / "f.csv").write_text(
        f"BEGINN;STRASSE;HNR;PLZ\n01.02.2023;{address}\n01.02.2023;Am Rand;1;01069\n",
        encoding="cp1252",
    )
    counts, report = count_cases(BY_ADDRESS, AREAS, VINTAGES, tmp_path)
    cells = counts[counts["period"] == "2023-06-30"].set_index("area")["count"]
    if area in SQUARES:
        assert cells.sum() == 2
        assert cells[area] == 1 + (area == "10")
    else:
        assert cells.sum() == 1
        assert [a["rows"] for a in report["set_aside"] if area in a["reason"]] == [1]


def test_people_are_counted_where_their_latest_case_lies_so_that_sums_hold(tmp_path):
    rows = [
        {"BEGINN": date(2023, 2, day), "ENDE": None, "SEX": "w", "GEBJAHR": "", "PSEUDONYM": "p1",
         "RAUM": area} for day, area in [(1, "01"), (2, "10"), (2, "02")]
    ]  # fmt: skip
    write_csv(tmp_path / "f.csv", rows)
    cells = counted(tmp_path, replace(CASES, counts=(PEOPLE,)))
    assert cells == {
        ("2023-06-30", "02", "personen", "total"): 1, ("2023-06-30", "02", "personen", "sex_f"): 1,
    }  # fmt: skip


def test_periods_that_overlap_both_count_an_event(tmp_path):
    row = {"BEGINN": date(2022, 12, 1), "ENDE": None, "SEX": "", "GEBJAHR": "", "PSEUDONYM": "",
           "RAUM": "01"}  # fmt: skip
    write_csv(tmp_path / "f.csv", [row])
    spec = replace(CASES, counts=(POINT,), period_months=12)
    assert sum(counted(tmp_path, spec).values()) == 2
