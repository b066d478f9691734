"""Case lists leave counts only."""

from dataclasses import replace

import pandas as pd
import pytest

from geodata.errors import KeyJoinError, TableError
from geodata.files import TableFormat
from geodata.model import Source, Vintage
from indicators.records import count_cases
from indicators.records.files import Reader
from indicators.sources import CaseCount, CaseList

VINTAGES = (Vintage("alt", "Alt", None, "2023-12-31"), Vintage("neu", "Neu", "2024-01-01", None))
AREAS = pd.DataFrame(
    {
        "vintage": ["alt", "neu", "neu"], "level": "raum", "area": ["A", "B1", "B2"],
        "name": ["A", "B1", "B2"],
    }
)  # fmt: skip
CASES = CaseList(
    key="faelle", source=Source("Fälle", "Fachstelle", "intern", "Fachstelle"), file="f.csv",
    columns=("KLAGE", "AUSGANG", "ALT", "NEU"), level="raum", areas={"alt": "ALT", "neu": "NEU"},
    counts=(CaseCount("wn_raeumungsklagen", "KLAGE",
                      {"AUSGANG": {"E": "outcome_kept", "V": "outcome_lost"}}),),
    periods=("2023-12-31", "2024-06-30"), format=TableFormat(encoding="cp1252"),
)  # fmt: skip
HEADER = "NR;NAME;KLAGE;AUSGANG;ALT;NEU\n"


def _count(folder, rows, cases=CASES):
    (folder / "f.csv").write_text(HEADER + rows, encoding="cp1252")
    return count_cases(cases, AREAS, VINTAGES, folder)


def test_cases_are_counted_in_the_period_and_vintage_of_their_event(tmp_path):
    counts, report = _count(
        tmp_path,
        "1;Müller;31.12.2023;E;A;B1\n2;Meier;01.01.2024;V;A;B1\n3;Schulz;30.06.2024;E;A;B1\n"
        "4;X;;E;A;B2\n5;Y;01.07.2024;E;A;B2\n6;Z;01.02.2024;E;;\n",
    )
    cells = counts.set_index(["period", "area", "group"])["count"]
    assert cells["2023-12-31", "A", "total"] == 1
    assert cells["2024-06-30", "B1", "total"] == 2
    assert cells["2024-06-30", "B1", "outcome_lost"] == 1
    assert cells["2024-06-30", "B2", "total"] == 0
    assert (counts[counts["count"] == 0]["status"] == "zero").all()
    assert report["rows_read"] == 6
    assert report["rows_used"] == 3
    assert [a["rows"] for a in report["set_aside"]] == [1, 1]
    assert "fehlen auch in allen Summen" in report["set_aside"][0]["reason"]


def test_a_list_in_pieces_gives_the_same_counts(tmp_path, monkeypatch):
    rows = "".join(
        f"{i};N;{1 + i % 28:02d}.0{1 + i % 6}.2024;E;A;B{1 + i % 2}\n" for i in range(50)
    )
    whole, _ = _count(tmp_path, rows)
    monkeypatch.setattr("indicators.records.csv_pieces.PIECE_BYTES", 64)
    pieces, _ = _count(tmp_path, rows)
    pd.testing.assert_frame_equal(whole, pieces)


def test_faults_are_named_by_line_and_never_quote_the_case(tmp_path):
    with pytest.raises(TableError) as error:
        _count(tmp_path, "1;Geheim;2024-01-01;E;A;B1\n2;Geheim;01.02.2024;Q;A;B1\n")
    text = str(error.value)
    assert "Zeile 2, KLAGE" in text
    assert "Zeile 3, AUSGANG" in text
    assert "Geheim" not in text
    assert "2024-01-01" not in text


def test_keys_that_lost_their_zeros_are_an_error_and_never_zeros(tmp_path):
    with pytest.raises(KeyJoinError, match=r"unbekannt 'B9' \(2 Ereignisse\)"):
        _count(tmp_path, "1;N;01.02.2024;E;A;B9\n2;N;01.02.2024;E;A;B9\n3;N;01.02.2024;E;A;B1\n")


def test_a_list_of_which_nothing_can_be_counted_is_an_error(tmp_path):
    with pytest.raises(TableError, match="kein einziger Fall"):
        _count(tmp_path, "1;N;01.02.2024;E;A;\n")


def test_only_columns_that_counting_needs_are_loaded(tmp_path, monkeypatch):
    seen = []
    real = Reader.batches
    monkeypatch.setattr(
        Reader, "batches", lambda r, p, c, *w: seen.append(set(c.all)) or real(r, p, c, *w)
    )
    wide = replace(CASES, columns=(*CASES.columns, "NR"))
    _count(tmp_path, "1;Müller;31.12.2023;E;A;B1\n", wide)
    assert seen == [set(wide.columns), set(CASES.columns)], "once to look, once to count"


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TableError, match="'ORT' fehlt"):
        _count(tmp_path, "", replace(CASES, columns=(*CASES.columns, "ORT")))


def test_a_row_with_too_few_fields_is_named_by_number_whatever_its_letters_are(tmp_path, capfd):
    with pytest.raises(TableError) as error:
        _count(
            tmp_path, "1;Müller;31.12.2023;E;A;B1\n2;Größe;31.12.2023\n3;Öhl;31.12.2023;E;A;B1\n"
        )
    assert "Zeile 3" in str(error.value)
    assert "Größe" not in str(error.value)
    assert "Traceback" not in capfd.readouterr().err


def test_cells_stand_by_period_measure_area_and_group(tmp_path):
    """The order decides between cells that are equally dear to hide, so it is a promise."""
    counts, _ = _count(tmp_path, "1;M;31.12.2023;E;A;B1\n2;M;30.06.2024;V;A;B2\n")
    cells = list(counts[["period", "area", "group"]].itertuples(index=False, name=None))
    groups = ["total", "outcome_kept", "outcome_lost"]
    places = [("2023-12-31", "A"), ("2024-06-30", "B1"), ("2024-06-30", "B2")]
    assert cells == [(*place, group) for place in places for group in groups]
