"""A plan of consultation hours as tables, marks and sentences."""

from dataclasses import replace

import pytest

from atlas.placement.result import (
    GroupReach,
    GuaranteeReport,
    MissedRegion,
    Plan,
    PlannedSession,
    Quality,
    ReachStep,
)
from atlas.profile.nearby import places_near, planned_near
from atlas.profile.sheets import area_ref
from atlas.profile.week import (
    existing_table,
    missed_regions,
    place_marks,
    plan_summary,
    reach_table,
    reason_table,
    room_table,
    week_table,
)
from tests.small_city import VINTAGE


def session(place, name, weekday, start, end, *, existing=False, known=True):
    return PlannedSession(
        place=place,
        place_name=name,
        place_kind="library",
        owner="public",
        barrier_free="yes",
        address="Hauptstraße 1",
        area="0122",
        weekday=weekday,
        half_day="mo_am",
        half_day_name="Montagvormittag",
        start=start,
        end=end,
        hours=3.0,
        team="Team 1",
        kind="open",
        provider="Jobcenter",
        groups=("alle",),
        existing=existing,
        ours=True,
        hours_known=known,
        reason=f"{name}, Montag 9.00–12.00 Uhr: erreicht 100 Menschen.",
    )


PLAN = Plan(
    format=1,
    name="probe",
    title="Probe",
    scenario="probe",
    scenario_sha256="0" * 64,
    city="Kleinstadt",
    notice="",
    edition="Kleinstadt",
    content="0" * 64,
    reporting_date="2024-06-30",
    starts="2024-07-01",
    ends=None,
    hours_per_week=9.0,
    hours_used=7.5,
    week=(),
    sessions=(
        session("j1", "Jobcenter Kleinstadt", 0, "09:00", "12:00", existing=True),
        session("b1", "Bibliothek Mitte", 0, "09:00", "12:00"),
        session("b1", "Bibliothek Mitte", 3, "14:00", "17:00", known=False),
    ),
    groups=(
        GroupReach(
            group="alle",
            name="Menschen in Bedarfsgemeinschaften",
            source="",
            need=400.0,
            low=380.0,
            high=420.0,
            status="estimated",
            unknown_areas=(),
            steps=(ReachStep(10, 50.0, 120.0), ReachStep(25, 100.0, 300.0)),
        ),
    ),
    areas=(),
    guarantee=GuaranteeReport(
        "bezirksregion",
        "Bezirksregionen",
        20,
        4,
        (MissedRegion("02", "Region 02", False), MissedRegion("03", "Region 03", True)),
    ),
    quality=Quality(10.0, 10.05, 0.0041, "gap", 1.0),
    notes=("Gehzeiten sind geschätzt.",),
)


def test_the_week_has_a_row_per_room_and_a_column_per_workday():
    table = week_table(PLAN)
    assert list(table.columns) == ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"]
    assert list(table.index) == ["Bibliothek Mitte", "Jobcenter Kleinstadt"]
    assert table.loc["Jobcenter Kleinstadt", "Montag"] == "9.00–12.00 Uhr (bestehend, Team 1)"
    assert table.loc["Bibliothek Mitte", "Donnerstag"] == (
        "14.00–17.00 Uhr (neu, Team 1, Öffnungszeiten unbekannt)"
    )
    assert table.loc["Bibliothek Mitte", "Freitag"] == ""


def test_another_providers_team_is_shown_with_its_provider():
    foreign = replace(
        PLAN.sessions[0], provider="Fachstelle Wohnungsnotfälle", team="Team 2", ours=False
    )
    table = week_table(replace(PLAN, sessions=(foreign,)))
    assert table.loc["Jobcenter Kleinstadt", "Montag"] == (
        "9.00–12.00 Uhr (bestehend, Fachstelle Wohnungsnotfälle, Team 2)"
    )


def test_what_is_counted_stands_beside_whom_it_is_for():
    group = replace(PLAN.groups[0], name="Familien", need_name="Bedarfsgemeinschaften mit Kindern")
    table = reach_table(replace(PLAN, groups=(group,)))
    assert table.index[0] == "Familien (gezählt: Bedarfsgemeinschaften mit Kindern)"


def test_a_plan_over_budget_is_never_called_the_best():
    over = replace(PLAN, hours_per_week=20.0, hours_used=27.0, hours_held=27.0)
    size, guarantee = plan_summary(over)
    assert size.endswith("gebraucht werden 27 Stunden, das Personal hat 20.")
    assert guarantee.startswith("Bezirksregionen")


def test_an_open_start_is_said():
    assert "ist offen" in plan_summary(replace(PLAN, start_open=True))[2]


def test_every_new_hour_has_its_reason_once(edition):
    table = reason_table(edition, PLAN)
    assert list(table["Ort"]) == ["Bibliothek Mitte", "Bibliothek Mitte"]
    assert table["Begründung"].iloc[0] == "Erreicht 100 Menschen."
    assert table["Für"].iloc[0] == "Menschen in Bedarfsgemeinschaften"


def test_reach_before_and_after_with_its_share():
    row = reach_table(PLAN).iloc[0]
    assert row["Gehzeit"] == "in 25 Minuten"
    assert row["Bedarf"] == "400 (geschätzt)"
    assert (row["vorher erreicht"], row["mit dem Plan erreicht"], row["dazu"]) == (
        "100 (25\u202f%)",
        "300 (75\u202f%)",
        "+200",
    )
    assert len(reach_table(PLAN, widest_only=False)) == 2


def test_the_summary_says_hours_quality_and_guarantee():
    size, quality, guarantee = plan_summary(PLAN)
    assert size == (
        "2 neue und 1 bestehende Sprechstunden in der Woche; "
        "7,5 von 9 Stunden des Personals sind verplant."
    )
    assert quality == "Der Plan liegt nachweislich höchstens 0,41\u202f% unter dem Möglichen."
    assert guarantee.startswith("Bezirksregionen: In 2 von 4")


def test_a_proven_plan_is_called_the_best():
    best = replace(PLAN, quality=Quality(10.0, 10.0, 0.0, "optimal", 1.0))
    assert "bestmögliche" in plan_summary(best)[1]


def test_what_a_room_would_help_is_told_from_what_it_would_not():
    attainable, no_room = missed_regions(PLAN)
    assert "Region 03" in attainable and "Region 02" not in attainable
    assert "Region 02" in no_room
    assert missed_regions(replace(PLAN, guarantee=None)) == ()


def test_marks_show_planned_hours_on_top_of_existing_ones(edition):
    marks = {m.label.split(" (")[0]: m for m in place_marks(edition, PLAN)}
    kinds = {name: m.kind for name, m in marks.items()}
    assert kinds["Bibliothek Mitte"] == "planned"
    assert kinds["Jobcenter Kleinstadt"] == "existing"
    assert kinds["Vereinsheim Süd"] == "room"
    assert "Montag 9.00–12.00 Uhr" in marks["Bibliothek Mitte"].label


def test_a_room_with_hours_to_which_a_plan_adds_keeps_both_signs(edition):
    more = replace(PLAN, sessions=(session("j1", "Jobcenter Kleinstadt", 3, "14:00", "17:00"),))
    (mark,) = (m for m in place_marks(edition, more, rooms=False))
    assert mark.kind == "both"
    assert "Montag 9.00–12.00 Uhr" in mark.label
    assert "Donnerstag 14.00–17.00 Uhr" in mark.label


def test_rooms_without_hours_can_be_left_out(edition):
    assert {m.kind for m in place_marks(edition, PLAN, rooms=False)} == {"planned", "existing"}


def test_planned_hours_near_an_area(edition):
    near = places_near(edition, area_ref(edition, VINTAGE, "planungsraum", "0122"))
    assert [(s.weekday, s.start) for s in planned_near(PLAN, near)] == [(0, "09:00"), (3, "14:00")]


def test_rooms_name_their_hours_days_with_the_same_hours_together(edition):
    table = room_table(edition)
    assert table.loc["Bibliothek Mitte", "Öffnungszeiten"] == "Mo, Di, Mi, Do, Fr 9.00–17.00 Uhr"
    assert table.loc["Vereinsheim Süd", "Öffnungszeiten"] == "Öffnungszeiten unbekannt"
    assert table.loc["Vereinsheim Süd", "Träger"] == "unbekannt"


@pytest.mark.parametrize("language", ["de", "en"])
def test_existing_hours_in_both_languages(edition, language):
    table = existing_table(edition, language)
    assert list(table.index) == ["Montag" if language == "de" else "Monday"]
