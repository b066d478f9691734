"""The spreadsheet of a plan, read back as an office program reads it."""

import string
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from atlas.placement.sheet import write_sheet
from atlas.placement.sheet.grid import sheet_name
from tests.atlas.placement.plans import plan, session


@pytest.fixture
def read(tmp_path):
    """Sheets of a plan's file by name, as lists of rows; `top` is the row of the header."""

    def make(given):
        write_sheet(given, tmp_path / "plan.xlsx")
        book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
        return {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}

    return make


def table(rows, top=0):
    head, *body = rows[top:]
    return [dict(zip(head, row, strict=True)) for row in body]


def test_every_part_of_a_plan_has_its_sheet_and_every_team_and_room_one(read):
    assert list(read(plan())) == [
        *("Woche", "Sprechstunden", "Reichweite", "Gebiete", "Budgets", "Was wäre wenn"),
        *("Hinweise", "Team 1", "Team 2"),
        *("Bibliothek Mitte", "Familienzentrum Nord", "Stadtteilzentrum Ost"),
    ]
    bare = read(plan(front=(), what_if=(), fairness=None))
    assert not {"Budgets", "Was wäre wenn"} & set(bare)


def test_a_session_stands_with_its_kind_teams_loss_and_alternatives(read):
    rows = table(read(plan())["Sprechstunden"])
    first, second, third = rows
    assert first["Art der Sprechstunde"] == "Offene Sprechstunde"
    assert first["Verlust ohne sie (Anteil am Gewinn)"] == pytest.approx(0.12)
    assert (first["nächstbester Raum"], first["dort"]) == (
        *("Stadtteilzentrum Ost", "Dienstag 09:00–12:00"),
    )
    head = read(plan())["Sprechstunden"][0]
    worse = [i for i, title in enumerate(head) if title == "Verlust dadurch"]
    assert [read(plan())["Sprechstunden"][1][i] for i in worse] == pytest.approx([0.031, 0.0])
    assert (second["Wer"], second["Menschen in der Woche, höchstens"]) == ("Team 1 und Team 2", 24)
    assert third["neu oder bestehend"] == "bestehend" and third["nächstbester Raum"] == ""


def test_a_session_that_is_given_up_is_listed_as_such(read):
    given_up = session("f1", 4, existing=True, reason="wird aufgegeben.")
    last = table(read(plan(ended=(given_up,)))["Sprechstunden"])[-1]
    assert (last["Tag"], last["neu oder bestehend"]) == ("Freitag", "entfällt")
    fixed = table(read(plan(session(fixed=True)))["Sprechstunden"])[0]
    assert fixed["neu oder bestehend"] == "neu, fest vorgegeben"


def test_a_team_sees_its_week_with_the_ways_between_rooms(read):
    from atlas.placement.result import Stop, TeamDay

    two = (session("b1", 0, "am"), session("f1", 0, "pm"), session("s1", 3, "am"))
    stops = tuple(
        Stop(s.place_name, s.start, s.end, way)
        for s, way in zip(two[:2], (None, 22.4), strict=True)
    )
    sheets = read(plan(*two, days=(TeamDay("Team 1", 0, stops),)))
    assert sheets["Team 1"][0][0] == "Team 1: 9 Stunden Sprechstunde in der Woche"
    rows = table(sheets["Team 1"], 2)
    assert [r["Tag"] for r in rows] == ["Montag", "Montag", "Donnerstag"]
    assert [r["Minuten vom Raum davor"] for r in rows] == ["", 22, ""]


def test_a_session_of_two_teams_is_on_both_sheets_and_names_the_other(read):
    sheets = read(plan())
    both = {t: table(sheets[t], 2) for t in ("Team 1", "Team 2")}
    assert both["Team 1"][1]["zusammen mit"] == "Team 2"
    assert both["Team 2"][0]["zusammen mit"] == "Team 1"
    assert both["Team 2"][1]["neu oder bestehend"] == "bestehend"


def test_other_providers_get_no_team_sheet_but_their_room_has_one(read):
    foreign = session("s1", 2, ours=False, existing=True, provider="Caritas", team="Team 9",
                      teams=("Team 9",))  # fmt: skip
    sheets = read(plan(session(), foreign))
    assert "Team 9" not in sheets
    assert table(sheets["Stadtteilzentrum Ost"], 3)[0]["Wer"] == "Caritas, Team 9"


def test_areas_say_their_priority_and_why_they_are_reached_or_not(read):
    first, second = table(read(plan())["Gebiete"])
    assert (first["zählt so oft (Vorrang)"], second["zählt so oft (Vorrang)"]) == (2.0, 1.0)
    assert second["Warum"] == "kein Raum in 20 Minuten."
    assert (first["Minuten vorher"], first["Minuten nachher"]) == ("", 8)


def test_an_office_open_all_week_that_is_nearer_is_named_with_its_minutes(read):
    first, second = plan().areas
    near = replace(second, minutes_after=17.0, always_place="j1", always_name="Jobcenter")
    head, *rows = read(plan(areas=(first, near)))["Gebiete"]
    at = head.index("so nah oder näher, die ganze Woche offen")
    assert [row[at - 2 : at + 2] for row in rows] == [
        ["Bibliothek Mitte", 8, "", ""],
        ["Bibliothek Mitte", 31, "Jobcenter", 17],
    ]
    assert head[at + 1] == "Minuten dorthin"


def test_budgets_and_what_if_and_fairness_are_told(read):
    sheets = read(plan())
    assert [r["erreicht: Leistungsberechtigte"] for r in table(sheets["Budgets"])[:2]] == [600, 700]
    assert table(sheets["Was wäre wenn"])[0]["Was sich änderte"].startswith("Wäre der Bedarf")
    reach = "\n".join(str(row[0]) for row in sheets["Reichweite"])
    assert "0,61 vorher, 0,34 mit dem Plan" in reach
    assert "Am weitesten hat es Feld 2-1 (Bedarf 400): 31 Minuten" in reach


def test_kinds_are_named_in_the_week_only_where_there_are_several(read):
    def week(*sessions):
        return "\n".join(str(c) for row in read(plan(*sessions))["Woche"] for c in row)

    assert "09:00–12:00 Bibliothek Mitte, Team 1 (neu)" in week(session())
    visit = session("f1", 1, kind="visit", kind_name="Hausbesuch")
    assert "Familienzentrum Nord, Hausbesuch, Team 1" in week(session(), visit)


def test_no_text_becomes_a_formula_or_a_link(tmp_path):
    nasty = '=HYPERLINK("http://example.org";"x")'
    given = plan(session(place_name=nasty, address="+1", reason="@SUM(A1)", teams=("-2",), team=""),
                 title="=1+1", notes=("=2",), warnings=("=3",))  # fmt: skip
    write_sheet(given, tmp_path / "p.xlsx")
    with zipfile.ZipFile(tmp_path / "p.xlsx") as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        texts = [archive.read(n).decode() for n in sheets]
    assert len(texts) > 5
    assert not any("<f>" in t or "<hyperlink" in t for t in texts)
    book = CalamineWorkbook.from_path(str(tmp_path / "p.xlsx"))
    assert book.get_sheet_by_name("Sprechstunden").to_python()[1][3] == nasty


def test_the_same_plan_gives_the_same_file(tmp_path):
    for name in ("a", "b"):
        write_sheet(plan(), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_every_sheet_prints_in_landscape_across_one_page(tmp_path):
    write_sheet(plan(), tmp_path / "p.xlsx")
    with zipfile.ZipFile(tmp_path / "p.xlsx") as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        for text in (archive.read(n).decode() for n in sheets):
            assert 'orientation="landscape"' in text and 'fitToHeight="0"' in text


def test_rooms_with_the_same_or_a_forbidden_name_all_get_a_sheet(read):
    long = "Nachbarschaftshaus am Alten Markt: Beratung/Treff"
    given = plan(session("x", place_name=long), session("y", 1, place_name=long),
                 session("z", 2, place_name="woche"))  # fmt: skip
    names = list(read(given))
    assert "Nachbarschaftshaus am Alten Mar" in names
    assert "Nachbarschaftshaus am Alten (2)" in names and "woche (2)" in names


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=8))
def test_any_names_become_names_that_a_spreadsheet_program_accepts(names):
    taken: set[str] = set()
    for name in names:
        found = sheet_name(name, taken)
        assert 0 < len(found.encode("utf-16-le")) // 2 <= 31
        assert not set(found) & set("[]:*?/\\") and found.strip("'") == found
        assert found.casefold() not in taken | {"history"}
        taken.add(found.casefold())


def test_a_plain_name_stays_as_it_is():
    for name in ("Team 1", "Café am Markt", string.ascii_letters[:31]):
        assert sheet_name(name, set()) == name
