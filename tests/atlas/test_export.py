"""What a planner finds in the exported files is what the edition says, and nothing more."""

import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from atlas.edition import Edition
from atlas.export import export
from atlas.export.tables import SHEETS, readable
from atlas.export.writers import write_csv, write_xlsx
from geodata.errors import OutputError
from indicators.status import VISIBLE
from tests.small_city import small_edition

KEYS = ["Ebene (Schlüssel)", "Gebiet (Schlüssel)", "Stichtag", "Gruppe (Schlüssel)"]
NUMBERS = {"Wert", "Anzahl", "Mindestens", "Höchstens", "Zähler", "Nenner"}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return small_edition(tmp_path_factory.mktemp("edition"))


@pytest.fixture(scope="module")
def folder(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "tabellen"
    files = export(edition, out)
    assert {f.name for f in files} >= {
        "werte.csv",
        "fallzahlen.csv",
        "LIES_MICH.txt",
        "sozialraumatlas.xlsx",
        "sozialraumatlas.gpkg",
    }
    return out


def read_german(file: Path) -> pd.DataFrame:
    """Read as a German office program does, keys as text."""
    table = pd.read_csv(file, sep=";", encoding="utf-8-sig", dtype=str)
    for column in NUMBERS & set(table.columns):
        table[column] = table[column].str.replace(",", ".").astype("float64")
    return table


def read_sheet(file: Path, title: str) -> pd.DataFrame:
    rows = CalamineWorkbook.from_path(file).get_sheet_by_name(title).to_python()
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    return frame.replace("", None)


def expected(edition: Edition, table: str, number: str) -> pd.DataFrame:
    frame = edition.table(table)
    thing = "indicator" if table == "values" else "measure"
    frame = frame.rename(columns={"level": KEYS[0], "area": KEYS[1], "period": KEYS[2]})
    frame = frame.rename(columns={"group": KEYS[3], thing: "key", number: "number"})
    return frame.set_index(["key", *KEYS])[["number", "status"]].sort_index()


def found(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    key = next(c for c in ("Kennzahl (Schlüssel)", "Merkmal (Schlüssel)") if c in frame)
    frame = frame.rename(columns={key: "key", column: "number", "Status (Code)": "status"})
    return frame.set_index(["key", *KEYS])[["number", "status"]].sort_index()


@pytest.mark.parametrize(("table", "column"), [("values", "Wert"), ("counts", "Anzahl")])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_numbers_and_statuses_come_back_as_they_were(
    edition: Edition, folder: Path, table: str, column: str, kind: str
) -> None:
    sheet = next(s for s in SHEETS if s.table == table)
    if kind == "csv":
        back = found(read_german(folder / f"{sheet.key}.csv"), column)
    else:
        back = found(read_sheet(folder / "sozialraumatlas.xlsx", sheet.title), column)
    there = expected(edition, table, "value" if table == "values" else "count")
    pd.testing.assert_index_equal(back.index, there.index)
    assert back["status"].tolist() == there["status"].tolist()
    visible = there["status"].isin(VISIBLE)
    # a workbook keeps 16 significant digits of a number
    pd.testing.assert_series_equal(
        back.loc[visible, "number"].astype("float64"),
        there.loc[visible, "number"].astype("float64"),
        rtol=0 if kind == "csv" else 1e-15,
    )
    assert back.loc[~visible, "number"].isna().all()


def test_a_suppressed_cell_shows_its_bounds_and_no_number(folder: Path) -> None:
    counts = read_german(folder / "fallzahlen.csv")
    hidden = counts[counts["Status"] == "geheim"]
    assert len(hidden) > 0
    assert hidden["Anzahl"].isna().all()
    assert hidden[["Mindestens", "Höchstens"]].notna().all(axis=None)
    values = read_german(folder / "werte.csv")
    hidden = values[values["Status"] == "geheim"]
    assert len(hidden) > 0
    assert hidden[["Wert", "Zähler", "Schwankungsbereich von"]].isna().all(axis=None)


def test_a_number_under_a_hidden_status_never_leaves(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if a table held a number beside the status that hides it, no file would show it."""
    secret = 918273
    tables = {}
    for name, column in (("counts", "count"), ("values", "value")):
        table = edition.table(name).copy()
        hidden = ~table["status"].isin(VISIBLE)
        assert hidden.any()
        table.loc[hidden, column] = secret
        if name == "values":
            table.loc[table["status"] == "suppressed", ["numerator", "low", "high"]] = secret
        tables[name] = table
    table_of = edition.table
    monkeypatch.setattr(edition, "table", lambda name: tables.get(name, table_of(name)))
    for file in export(edition, tmp_path / "out"):
        if file.suffix == ".xlsx":
            book = CalamineWorkbook.from_path(file)
            cells = {
                x
                for s in book.sheet_names
                for r in book.get_sheet_by_name(s).to_python()
                for x in r
            }
            assert float(secret) not in cells
            assert str(secret) not in cells
        elif file.suffix == ".gpkg":
            with sqlite3.connect(file) as base:
                dump = {x for row in _all_rows(base) for x in row}
            base.close()
            assert not dump & {secret, float(secret), str(secret)}
        else:
            assert str(secret) not in file.read_text(encoding="utf-8-sig")


def _all_rows(base: sqlite3.Connection) -> list[tuple[object, ...]]:
    names = [n for (n,) in base.execute("select table_name from gpkg_contents")]
    return [row for n in names for row in base.execute(f'select * from "{n}"')]


def test_the_geopackage_draws_the_latest_values(edition: Edition, folder: Path) -> None:
    frame = gpd.read_file(folder / "sozialraumatlas.gpkg", layer="planungsraum_2022")
    assert frame.crs == edition.areas.crs
    assert len(frame) == 36
    values = edition.table("values").query(
        "level == 'planungsraum' and period == '2024-06-30' and indicator == 'sgb2_kinder'"
    )
    values = values.set_index("area").loc[frame["schluessel"]]
    assert frame["sgb2_kinder_status_code"].tolist() == values["status"].tolist()
    visible = values["status"].isin(VISIBLE).to_numpy()
    assert frame.loc[visible, "sgb2_kinder"].tolist() == values.loc[visible, "value"].tolist()
    assert frame.loc[~visible, "sgb2_kinder"].isna().all()
    assert set(frame["sgb2_kinder_stichtag"].dropna()) == {"2024-06-30"}
    assert frame["schluessel"].str.len().eq(4).all()


def test_the_geopackage_holds_the_long_tables_too(edition: Edition, folder: Path) -> None:
    back = gpd.read_file(folder / "sozialraumatlas.gpkg", layer="werte")
    assert len(back) == len(edition.table("values"))


def test_the_readme_names_source_licence_and_every_status(edition: Edition, folder: Path) -> None:
    text = (folder / "LIES_MICH.txt").read_text(encoding="utf-8")
    for words in (
        "Kleinstadt, erfundene Daten",
        "CC0-1.0",
        "Musteramt (erfunden)",
        edition.manifest.content,
        "geheim: ",
        "30.06.2024",
        "werte.csv",
    ):
        assert words in text
    first = CalamineWorkbook.from_path(folder / "sozialraumatlas.xlsx").get_sheet_by_index(0)
    cells = [str(c) for row in first.to_python() for c in row]
    assert first.name == "Lies mich"
    assert edition.manifest.id in cells


def test_every_row_names_its_source_and_period(folder: Path) -> None:
    for name in ("werte", "fallzahlen"):
        table = read_german(folder / f"{name}.csv")
        assert table[["Stichtag", "Quelle", "Status", "Status (Code)"]].notna().all(axis=None)


def test_the_same_edition_gives_the_same_bytes(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    again = {f.name: f.read_bytes() for f in export(edition, tmp_path / "again")}
    for name, content in again.items():
        assert content == (folder / name).read_bytes(), name


def test_a_used_folder_is_left_as_it_is(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("wichtig")
    with pytest.raises(OutputError, match="nicht leer"):
        export(edition, tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["brief.txt"]
    with pytest.raises(OutputError, match="Datei"):
        export(edition, tmp_path / "brief.txt")


def test_an_empty_folder_is_filled(edition: Edition, tmp_path: Path) -> None:
    out = tmp_path / "leer"
    out.mkdir()
    assert export(edition, out)
    assert [f.name for f in tmp_path.iterdir()] == ["leer"]


def test_a_failure_leaves_nothing_behind(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("atlas.export.writers.write_geopackage", full)
    with pytest.raises(OutputError, match="kann nicht geschrieben werden"):
        export(edition, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


DANGEROUS = ["=1+1", "+49 30 1234", "-cmd", "@SUM(A1)", "http://example.org", "0101", "1+"]


def test_a_text_is_never_a_formula_or_a_number_in_a_workbook(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    write_xlsx(file, (), [("T", pd.DataFrame({"Name": DANGEROUS}))], "2024-06-30", {})
    sheet = CalamineWorkbook.from_path(file).get_sheet_by_name("T")
    assert [row[0] for row in sheet.to_python()] == ["Name", *DANGEROUS]
    with zipfile.ZipFile(file) as parts:
        xml = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in xml


def test_a_text_in_csv_cannot_start_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, pd.DataFrame({"Name": DANGEROUS, "Wert": [-1.5] * len(DANGEROUS)}))
    lines = file.read_bytes().decode("utf-8").split("\r\n")
    assert lines[0] == "\ufeffName;Wert"
    assert lines[1:5] == ["'=1+1;-1,5", "'+49 30 1234;-1,5", "'-cmd;-1,5", "'@SUM(A1);-1,5"]
    assert lines[6] == "0101;-1,5"


def test_rooms_cite_their_own_source_with_its_licence(demo):
    sheet = next(s for s in SHEETS if s.table == "places")
    cited = set(readable(demo, sheet)["Quelle"])
    rooms = next(c for c in demo.manifest.sources if c.title in set(demo.table("places")["source"]))
    assert cited == {
        f"{rooms.attribution or rooms.publisher} ({rooms.licence}); Ausgabe {demo.manifest.id}"
    }
