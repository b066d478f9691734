"""The check report: every fault of every source, every row accounted for, jumps and states."""

from html import escape

import pandas as pd
import pytest
from click.testing import CliRunner

from atlas.build.collect import raise_faults, read_sources
from atlas.check import check_project, show
from atlas.cli import city_file, main
from atlas.project import load_project
from geodata.errors import TableError, UserError
from indicators.catalogue import load_catalogue
from tests.atlas.check_city import NEW, OLD, dataset, people, squares, table, write
from tests.atlas.faulty_city import faulty


def _texts(report, severity):
    return [f"{f.topic}: {f.source} {f.text}" for f in report.of(severity)]


def _sound(folder):
    table(folder / "a.csv", NEW, E=people(), S=[i + 20 for i in range(16)])
    table(folder / "b.csv", NEW, E=people(5), S=[i + 21 for i in range(16)])
    files = [("a.csv", "neu", "2022-12-31"), ("b.csv", "neu", "2023-12-31")]
    return write(folder, dataset("d", files, {"E": "residents", "S": "sgb2_persons"}))


def test_sound_files_pass_without_a_warning(tmp_path):
    report = check_project(_sound(tmp_path), tmp_path)
    assert _texts(report, "error") == _texts(report, "warning") == []
    assert report.exit_code == 0
    assert [(r.read, r.used, r.left, r.areas) for r in report.sources] == [
        (16, 16, 0, (16, 16))
    ] * 2


def test_every_source_is_read_and_build_names_the_faults_of_all(tmp_path):
    table(tmp_path / "a.csv", NEW, E=["x", *people()[1:]])
    table(tmp_path / "c.csv", ["777", *NEW[1:]], E=people())
    files = [(f"{n}.csv", "neu", f"202{i}-12-31") for i, n in enumerate("abc", 1)]
    project = write(tmp_path, dataset("d", files, {"E": "residents"}))
    report = check_project(project, tmp_path)
    assert {f.source for f in report.of("error")} == {"a.csv", "b.csv", "c.csv"}
    read = read_sources(load_project(project), load_catalogue(), tmp_path, tmp_path)
    with pytest.raises(TableError) as error:
        raise_faults(read.faults)
    for word in ("'x'", "b.csv gibt es nicht", "'777'"):
        assert word in str(error.value)


def test_tables_are_checked_beside_broken_areas(tmp_path):
    table(tmp_path / "a.csv", NEW, E=["x", *people()[1:]])
    project = write(tmp_path, dataset("d", [("a.csv", "neu", "2022-12-31")], {"E": "residents"}))
    (tmp_path / "alt.gpkg").write_bytes(b"nothing")
    report = check_project(project, tmp_path)
    assert {f.source for f in report.of("error")} == {"alt.gpkg", "a.csv"}


def test_keys_of_another_state_are_told_with_figures(tmp_path):
    table(tmp_path / "a.csv", OLD, E=people())
    project = write(tmp_path, dataset("d", [("a.csv", "neu", "2022-12-31")], {"E": "residents"}))
    report = check_project(project, tmp_path)
    assert any(
        "passen besser zu Ebene teil, Stand alt: 16 von 16" in t for t in _texts(report, "error")
    )
    lost = next(f for f in report.of("error") if f.topic == "Schlüssel")
    assert [p.found for p in lost.problems] == [f"unbekannt {key!r}" for key in OLD]
    assert report.exit_code == 6


def test_areas_without_a_row_are_named(tmp_path):
    table(tmp_path / "a.csv", NEW[:-2], E=people()[:-2])
    project = write(tmp_path, dataset("d", [("a.csv", "neu", "2022-12-31")], {"E": "residents"}))
    report = check_project(project, tmp_path)
    hit = next(f for f in report.of("warning") if f.topic == "Schlüssel")
    assert hit.details == ("914 Feld 914", "915 Feld 915")


def test_a_file_delivered_twice_is_told(tmp_path):
    table(tmp_path / "a.csv", NEW, E=people())
    table(tmp_path / "b.csv", NEW, E=people())
    files = [("a.csv", "neu", "2022-12-31"), ("b.csv", "neu", "2023-12-31")]
    project = write(tmp_path, dataset("d", files, {"E": "residents"}))
    told = _texts(check_project(project, tmp_path), "warning")
    assert sum("Doppeltes" in t for t in told) == 2  # the bytes, and the numbers of two dates


def test_a_jump_of_all_areas_is_told_without_figures_of_small_internal_counts(tmp_path):
    table(tmp_path / "a.csv", NEW, E=people(), S=[i + 20 for i in range(16)])
    table(tmp_path / "b.csv", NEW, E=people(3), S=[2 * i + 40 for i in range(16)])
    files = [("a.csv", "neu", "2022-12-31"), ("b.csv", "neu", "2023-12-31")]
    counts = {"E": "residents", "S": "sgb2_persons"}
    project = write(tmp_path, dataset("d", files, counts, public=False))
    report = check_project(project, tmp_path)
    (jump,) = [f for f in report.of("warning") if f.topic == "Sprünge"]
    told = jump.text.replace("\u202f", " ")
    assert "100 % von 16 Gebieten" in told
    assert "zusammen 100 % mehr" in told
    assert report.internal


def test_parts_that_are_more_than_the_whole_are_told(tmp_path):
    table(tmp_path / "a.csv", NEW, E=people(), S=[5000] + [3] * 15)
    counts = {"E": "residents", "S": "residents/age_u15"}
    project = write(tmp_path, dataset("d", [("a.csv", "neu", "2022-12-31")], counts))
    told = _texts(check_project(project, tmp_path), "warning")
    assert any("ein Teil größer als das Ganze" in t for t in told)
    assert any("sgb2_persons/total liefert keine Quelle" in t or "sgb2_quote" in t for t in told)


def test_bands_with_a_gap_between_them_are_called_a_part_and_no_equation(tmp_path):
    squares("0").to_file(tmp_path / "alt.gpkg")
    columns = {"E": people(), "J": [20] * 16, "A": [70] * 16}
    table(tmp_path / "a.csv", OLD, **columns)
    bands = {"E": "15_64", "J": "15_17", "A": "55_64"}
    counts = {column: f"residents/age_{band}" for column, band in bands.items()}
    rest = dataset("d", [("a.csv", "alt", "2019-12-31")], counts)
    (told,) = [
        t for t in _texts(check_project(write(tmp_path, rest), tmp_path), "note") if "Teil von" in t
    ]
    assert "erfüllt" not in told and "sind nur ein Teil von" in told
    assert told.endswith("Sie machen das Ganze in 0 von 16 Zeilen aus.")


def test_case_lists_show_no_case(tmp_path):
    (tmp_path / "f.csv").write_text(
        "KEY;DATUM;ART\n900;01.02.2023;Erika Musterfrau\n", encoding="utf-8"
    )
    listed = """
[[case_lists]]
key = "f"
file = "f.csv"
columns = ["KEY", "DATUM", "ART"]
level = "teil"
areas = { neu = "KEY" }
periods = ["2023-06-30"]
source = { title = "T", publisher = "P", licence = "L", attribution = "A" }
[[case_lists.counts]]
measure = "wn_erstkontakte"
date = "DATUM"
groups = { ART = { "1" = "hh_single" } }
"""
    table(tmp_path / "a.csv", NEW, E=people())
    rest = dataset("d", [("a.csv", "neu", "2022-12-31")], {"E": "residents"})
    report = check_project(write(tmp_path, rest, listed), tmp_path)
    shown = "\n".join(show.terminal(report)) + show.html(report)
    assert report.exit_code == 5
    assert "Musterfrau" not in shown
    assert "1 Fundstellen" in shown


def test_keys_that_got_their_zeros_back_are_told_of_tables_and_case_lists(tmp_path):
    """Keys 000 to 015, of which a spreadsheet made 0 to 15."""
    cases = "".join(f"{i};01.02.2019;1;leer\n" for i in range(1, 16))
    (tmp_path / "f.csv").write_text("KEY;DATUM;ART;REST\n" + cases, encoding="utf-8")
    listed = """
[[case_lists]]
key = "f"
file = "f.csv"
columns = ["KEY", "DATUM", "ART", "REST"]
level = "teil"
areas = { alt = "KEY" }
periods = ["2019-06-30"]
source = { title = "T", publisher = "P", licence = "L", attribution = "A" }
[[case_lists.counts]]
measure = "wn_erstkontakte"
date = "DATUM"
groups = { ART = { "1" = "hh_single" } }
"""
    table(tmp_path / "a.csv", [str(i) for i in range(16)], E=people())
    rest = dataset("d", [("a.csv", "alt", "2019-12-31")], {"E": "residents"})
    report = check_project(write(tmp_path, rest, listed), tmp_path)
    told = {f.source: f.text for f in report.of("note") if "als Zahl" in f.text}
    assert told["f.csv"].startswith("15 Schlüssel standen als Zahl da")
    assert "zum Beispiel 0 → 000" in told["a.csv"]
    (unused,) = [f for f in report.of("note") if f.topic == "Spalten" and f.source == "f.csv"]
    assert unused.details == ("REST",), "an allowed column that nothing needs is named"


def test_a_page_has_no_foreign_hosts_and_all_of_a_long_list(tmp_path):
    table(tmp_path / "a.csv", [f"x{i}" for i in range(40)], E=list(range(40)))
    project = write(tmp_path, dataset("d", [("a.csv", "neu", "2022-12-31")], {"E": "residents"}))
    page = show.html(check_project(project, tmp_path))
    assert "http" not in page
    assert all(f"x{i}" in page for i in range(40))
    assert '<html lang="de">' in page
    # On a narrow screen a table scrolls in its box, and never the page.
    assert page.count("<table") == page.count('<div class="scroll"><table') > 0


def test_the_command_writes_the_page_and_gives_the_error_code(tmp_path):
    project = _sound(tmp_path)
    page = tmp_path / "bericht.html"
    done = CliRunner().invoke(main, ["check", str(project), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert "32 Zeilen" not in done.output
    assert "16 Zeilen gelesen, 16 verwendet, 0 beiseitegelegt" in done.output
    (tmp_path / "a.csv").unlink()
    done = CliRunner().invoke(main, ["check", str(project)])
    assert done.exit_code == 3
    assert "Traceback" not in done.output
    refused = CliRunner().invoke(main, ["check", str(project), "--html", str(project)])
    assert refused.exit_code != 0
    assert project.read_text(encoding="utf-8").startswith("\nformat = 1")


@pytest.mark.reference
def test_berlin_and_leipzig_have_no_false_alarm(reference):
    """Leipzig's identities fail as its README says: 415 and 422 of 945 rows."""
    berlin = check_project(city_file("berlin"), reference / "berlin")
    assert _texts(berlin, "error") == _texts(berlin, "warning") == []
    rooms = [d for f in berlin.of("note") if f.topic == "Orte" for d in f.details]
    assert any(d.startswith("Vielleicht derselbe Ort") for d in rooms)
    assert len(rooms) == len(set(rooms))
    assert not any("{" in d for d in rooms)
    assert {r.left for r in berlin.sources} == {0}
    leipzig = check_project(city_file("leipzig"), reference / "leipzig")
    assert [t.split(": ")[-1] for t in _texts(leipzig, "warning")] == [
        "erfüllt in 530 von 945 Zeilen.",
        "erfüllt in 523 von 945 Zeilen.",
    ]
    (rows,) = leipzig.sources
    assert rows.read == 45_108
    assert rows.left == 0


def test_a_single_fault_is_raised_as_it_is(tmp_path):
    project = _sound(tmp_path)
    (tmp_path / "b.csv").unlink()
    read = read_sources(load_project(project), load_catalogue(), tmp_path, tmp_path)
    with pytest.raises(UserError, match=r"b\.csv gibt es nicht"):
        raise_faults(read.faults)


def test_days_stand_in_the_reasons_as_germans_write_them(tmp_path):
    frame = pd.DataFrame({"KEY": [*NEW, *NEW], "T": [2022] * 16 + [2023] * 16, "E": people() * 2})
    frame.to_csv(tmp_path / "a.csv", sep=";", index=False)
    part = dataset("d", [("a.csv", "neu", "2023-12-31")], {"E": "residents"})
    dates = 'period_column = "T"\nperiod_template = "{}-12-31"\nperiods_from = "2023-01-01"\n'
    part = part.replace(', period = "2023-12-31"', "")
    part = part.replace("already_public", f"{dates}already_public")
    report = check_project(write(tmp_path, part), tmp_path)
    assert report.sources[0].aside == (("außerhalb von 01.01.2023 bis …", 16),)


def test_what_the_outlines_show_stands_in_the_report(tmp_path):
    project = _sound(tmp_path)
    squares("9").assign(NAME=[f"Feld {i // 2}" for i in range(16)]).to_file(tmp_path / "neu.gpkg")
    notes = _texts(check_project(project, tmp_path), "note")
    assert any("Umrisse" in n and "900 Feld 0" in n and "derselbe Name" in n for n in notes)


def test_a_colleague_finds_every_fault_with_its_place_and_what_to_do(tmp_path):
    """The town has one of each; of every one the page names file, row, found and allowed."""
    report = check_project(faulty(tmp_path), tmp_path)
    told = {
        f.source: [(p.where, p.found) for p in f.problems] for f in report.of("error") if f.problems
    }
    assert told["summe.csv"] == [("summe.csv, Zeile 19, Stadt, E, 31.12.2023", "gedruckt 20453")]
    assert told["namen.csv"] == [("namen.csv, ab Zeile 2, KEY", "unbekannt 'Feld 9l5'")]
    assert told["doppelt.csv"] == [
        ("doppelt.csv, Zeilen 5, 18", "903, 31.12.2023, B: '3' und '16'")
    ]
    assert told["zeichen.csv"] == [
        (f"zeichen.csv, Zeile {n}, A", f"gefunden {text!r}")
        for n, text in ((2, "*"), (3, "k.A."), (4, "1.234"))
    ]
    assert len(told["stand.csv"]) == 16
    warned = {(f.topic, f.source): f for f in report.of("warning")}
    assert warned["Schlüssel", "namen.csv"].details == ("915 Feld 915",)
    parts = warned["Teile und Ganzes", ""].details
    assert [line.split(":")[0] for line in parts[1:]] == [
        f"31.12.2023, 90{i} Feld 9{i}" for i in (2, 5, 9)
    ]
    assert "1.074, Teile zusammen 1.081" in parts[1]
    assert "31.12.2021 zum 31.12.2022" in warned["Sprünge", ""].text
    assert all(f.todo for f in report.of("warning"))
    assert any(f.todo and 'vintage = "alt"' in f.todo for f in report.of("error"))
    page = show.html(report)
    for finding in (*report.of("error"), *report.of("warning")):
        assert escape(finding.text) in page
        for problem in finding.problems:
            assert escape(problem.found) in page


def test_what_reading_did_with_keys_names_symbols_and_the_rest_is_told(tmp_path):
    table(tmp_path / "a.csv", ["Feld Neun", *[f"Feld 9{i}" for i in range(1, 16)], "keine Angabe"],
          E=["-", "*", *people()[2:], 412])  # fmt: skip
    part = dataset("d", [("a.csv", "neu", "2023-12-31")], {"E": "residents"})
    more = (
        'match = "name"\nsymbols = "ba"\nrest_rows = ["keine Angabe"]\n'
        'area_map = { "Feld Neun" = "Feld 90" }\nalready_public'
    )
    report = check_project(write(tmp_path, part.replace("already_public", more)), tmp_path)
    notes = {f.text: f.details for f in report.of("note")}
    assert notes["Zahlen, die zu keinem Gebiet gehören und auf keiner Karte stehen."] == (
        "Einwohnerinnen und Einwohner am 31.12.2023: 412",
    )
    assert any(d == ("Feld Neun → Feld 90",) for d in notes.values())
    assert any("„*“ 1-mal" in t and "„-“ 1-mal" in t for t in notes)
    (assumed,) = [f for f in report.of("warning") if f.topic == "Zeichen"]
    assert "„-“" in assumed.text
    assert "„*“" not in assumed.text
    (source,) = report.sources
    assert source.aside == (("„keine Angabe“ gehört zu keinem Gebiet", 1),)
    assert source.left == 0


def test_a_check_takes_totals_patterns_and_lost_zeros_as_reading_does(tmp_path):
    """What a build accepts is no error of the check: it looks at the same rows."""
    squares("0").to_file(tmp_path / "alt.gpkg")
    keys = [key.lstrip("0") or "0" for key in OLD]
    table(tmp_path / "a.csv", [*keys, "0SUM"], E=[*people(), sum(people())])
    part = dataset("d", [("a.csv", "alt", "2019-12-31")], {"E": "residents"})
    part = part.replace("already_public", 'subtotal_rows = [{ rows = ["*SUM"] }]\nalready_public')
    report = check_project(write(tmp_path, part), tmp_path)
    assert _texts(report, "error") == []
    assert any("16 Schlüssel" in t and "führenden Nullen" in t for t in _texts(report, "note"))
    assert report.sources[0].left == 0


def test_footnotes_below_a_table_are_rows_that_are_set_aside(tmp_path):
    table(tmp_path / "a.csv", NEW, E=people())
    with (tmp_path / "a.csv").open("a", encoding="utf-8") as file:
        file.write("__________;\n(C)opyright;\n")
    part = dataset("d", [("a.csv", "neu", "2023-12-31")], {"E": "residents"})
    part = part.replace("already_public", 'format = { stop_at = "____" }\nalready_public')
    report = check_project(write(tmp_path, part), tmp_path)
    (source,) = report.sources
    assert (source.read, source.used, source.left) == (18, 16, 0)
    assert [n for _, n in source.aside] == [2]
    assert _texts(report, "error") == []


def test_a_build_stops_before_it_writes_and_lists_the_faults_of_five_sources(tmp_path):
    project = faulty(tmp_path)
    out = tmp_path / "ausgabe"
    done = CliRunner().invoke(main, ["build", str(project), "--out", str(out)])
    assert done.exit_code == 5  # of the first fault, a table's
    assert not out.exists()
    assert "Traceback" not in done.output
    assert "Es gibt Fehler an 5 Stellen" in done.output
    for words in (
        "summe.csv, Zeile 19, Stadt, E, 31.12.2023: gedruckt 20453",
        "namen.csv, ab Zeile 2, KEY: unbekannt 'Feld 9l5'",
        "doppelt.csv, Zeilen 5, 18",
        "stand.csv, ab Zeile 17, KEY: unbekannt '015'",
        "zeichen.csv, Zeile 3, A: gefunden 'k.A.'",
    ):
        assert words in done.output
    checked = CliRunner().invoke(main, ["check", str(project)])
    assert checked.exit_code == done.exit_code
    for name in ("summe", "namen", "doppelt", "stand", "zeichen"):
        assert f"{name}.csv" in checked.output
