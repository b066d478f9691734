"""A kind of session has one name in a plan, whoever delivered it and however it is spelt."""

from dataclasses import replace

import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from atlas.placement.calendar import calendar_of
from atlas.placement.compare import compare, session_table
from atlas.placement.held import kind_text
from atlas.placement.kinds import kind_name
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import Existing, SessionKind, SolveRule, Staff
from atlas.placement.sheet import write_sheet
from tests.atlas.placement.test_kept import BOTH, OURS, holding


@pytest.mark.parametrize(
    ("kinds", "delivered", "name"),
    [
        # The plain scenario's own kind, by its key and in every spelling of its name.
        ((), "open", "Offene Sprechstunde"),
        ((), "offene_sprechstunde", "Offene Sprechstunde"),
        ((), "offene Sprechstunde", "Offene Sprechstunde"),
        ((), "Offene-Sprechstunde", "Offene Sprechstunde"),
        ((), "appointment", "nach Vereinbarung"),
        ((), "Nach Vereinbarung", "nach Vereinbarung"),
        # A scenario calls its kinds what it likes; its words hold for all.
        ((("open", "Beratung ohne Termin"),), "open", "Beratung ohne Termin"),
        ((("open", "Beratung ohne Termin"),), "offene_sprechstunde", "Beratung ohne Termin"),
        ((("visit", "Hausbesuch"),), "hausbesuch", "Hausbesuch"),
        # One that neither knows stays as it was delivered.
        ((("visit", "Hausbesuch"),), "Lerncafé", "Lerncafé"),
        ((("visit", "Hausbesuch"),), "open", "offene Sprechstunde"),
        ((), "", ""),
    ],
)
def test_a_kind_is_called_by_the_scenario_then_by_the_atlas(changed, kinds, delivered, name):
    wanted = changed(kinds=tuple(SessionKind(*k) for k in kinds))
    assert kind_name(wanted, delivered) == name


@pytest.fixture
def held(city):
    """One of ours in the scenario's key, one of others in words."""
    return holding(
        city,
        ("j1", *OURS, "open", "total", 0, "09:00", "12:00"),
        ("c1", "Caritas", "offene_sprechstunde", "total", 2, "14:00", "17:00"),
    )


@pytest.mark.parametrize("mode", ["keep", "free"])
def test_no_file_of_a_plan_has_two_names_for_a_kind(held, changed, tmp_path, mode):
    wanted = changed(
        rooms=BOTH, staff=Staff(6.0, 1), solve=SolveRule(gap=0.0),
        existing=Existing(mode, stay_bonus=0.0, our_providers=OURS), guarantee=None,
    )  # fmt: skip
    plan = compute_plan(held, wanted, "p")
    assert any(s.existing for s in plan.sessions) and plan.new_sessions
    assert {s.kind_name for s in (*plan.sessions, *plan.ended)} == {"Offene Sprechstunde"}
    if mode == "free":
        assert [kind_text(s) for s in plan.ended] == ["Offene Sprechstunde"]
    write_sheet(plan, tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "p.xlsx"))
    rows = book.get_sheet_by_name("Sprechstunden").to_python()
    at = rows[0].index("Art der Sprechstunde")
    assert {row[at] for row in rows[1:]} == {"Offene Sprechstunde"}
    events = Calendar.from_ical(calendar_of(plan)).walk("VEVENT")
    assert all(str(e["summary"]).startswith("Offene Sprechstunde, ") for e in events)
    table = session_table(compare(plan, replace(plan, name="q")))
    assert set(table.iloc[:, 2]) == {"Offene Sprechstunde"}
