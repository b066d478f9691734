"""A plan beyond its week: who is reached on the map, teams' days, losses, areas, two plans."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from atlas.classes import UNINHABITED
from atlas.maps.reach import COLOURS, change_of, describe_reach
from atlas.placement.compare import compare
from atlas.placement.plan import compute_plan
from atlas.placement.result import (
    Alternative,
    AreaReach,
    Fairness,
    FrontPoint,
    SessionReach,
    Stop,
    TeamDay,
)
from atlas.placement.scenario import Reach, Scenario, Staff, TargetGroup, Term
from atlas.profile.plan_front import TOTAL, front_alternative, front_chart, front_table, steps
from atlas.profile.plan_tables import (
    area_lines,
    area_table,
    compared_reach,
    compared_week,
    ended_lines,
    fairness_lines,
    far_lines,
    loss_table,
    team_table,
)
from tests.atlas.test_week import PLAN, session

N = "\u202f"


def area(before, after, **parts):
    row = AreaReach(
        *("0122", "alle", 50.0, 50.0, 50.0, "published"), 30.0, 9.0, before, after, "Feld 3-3"
    )
    return replace(row, **parts)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (None, None, "not"),
        (None, 25.0, "gained"),
        (25.0, 25.0, "before"),
        (25.0, 10.0, "closer"),
        (10.0, 25.0, "farther"),
        (10.0, None, "lost"),
    ],
)
def test_what_a_plan_changes_for_an_area(before, after, change):
    assert change_of(area(before, after)) == change


# Machado, Oliveira and Fernandes (2009), doi:10.1109/TVCG.2009.113, severity 1.0
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def lab(colour, eye):
    """CIE L*a*b* (D65) of a colour as an eye sees it."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(EYES[eye] @ linear, 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_the_colours_of_the_map_apart(eye):
    # 2.3 is just noticeable, 10 is plain to see.
    colours = {k: lab(c, eye) for k, c in COLOURS.items()}
    for (a, one), (b, other) in combinations(colours.items(), 2):
        assert np.linalg.norm(one - other) > 18, (a, b)


@pytest.fixture(scope="module")
def plan(edition):
    """A small real plan."""
    scenario = Scenario(
        format=1,
        key="probe",
        title="Probe",
        groups=(TargetGroup("alle", "Leistungsberechtigte", (Term(measure="sgb2_persons"),)),),
        reach=(Reach(20, 1.0),),
        staff=Staff(6.0, 1),
    )
    return compute_plan(edition, scenario, "probe")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_map_of_reach_says_the_same_as_the_plan(edition, plan, language):
    found = describe_reach(edition, plan, "alle", language=language)
    assert len(found.marks) == 36 and not found.unplaced
    rows = {a.area: a for a in plan.areas}
    for mark in found.marks:
        if mark.area in rows:
            expected = found.classes.of_word(change_of(rows[mark.area]), "published")
            assert mark.shade == expected
        else:
            assert mark.shade.key == UNINHABITED
    gained = next(s for s in found.classes.steps if s.colour == COLOURS["gained"])
    people = sum(a.need or 0 for a in plan.areas if change_of(a) == "gained")
    step = plan.groups[0].steps[-1]
    assert found.counts[gained.key] > 0
    assert people == pytest.approx(step.after - step.before, abs=1)
    assert ("erreicht" if language == "de" else "reached") in found.title


def test_only_what_occurs_stands_in_the_legend_beside_the_three_that_always_do(edition, plan):
    shown = [s.colour for s in describe_reach(edition, plan, "alle").classes.steps]
    assert {COLOURS[k] for k in ("before", "gained", "not")} <= set(shown)
    assert COLOURS["lost"] not in shown


def test_a_teams_day_is_in_order_with_its_ways():
    stops = (Stop("A", "09:00", "12:00", None), Stop("B", "14:00", "17:00", 12.4))
    table = team_table(replace(PLAN, days=(TeamDay("Team 1", 1, stops),)))
    assert table.loc["Team 1", "Dienstag"] == ("9.00–12.00 Uhr A; 12 Min. Weg, 14.00–17.00 Uhr B")
    assert table.loc["Team 1", "Freitag"] == ""


def test_without_days_the_teams_are_read_from_the_sessions():
    both = replace(session("x", "X", 2, "09:00", "10:00"), teams=("Team 1", "Team 2"))
    table = team_table(replace(PLAN, sessions=(*PLAN.sessions, both)))
    assert list(table.index) == ["Team 1", "Team 2"]
    assert table.loc["Team 2", "Mittwoch"] == "9.00–10.00 Uhr X"


def test_what_is_lost_without_a_session_and_what_would_be_next_best():
    reach = (
        SessionReach("alle", 25, 100.0, 80.0, 1234.0, 0.0, "published"),
        SessionReach("x", 25, 9.0, 9.0, 0.2, 0.0, "published"),
    )
    other = Alternative("f1", "Familienzentrum", 1, "di_am", "09:00", "12:00", 0.021)
    full = replace(PLAN.sessions[1], reach=reach, lost=0.3, next_room=other)
    table = loss_table(replace(PLAN, sessions=(*PLAN.sessions[:1], full, PLAN.sessions[2])))
    assert list(table.index) == [
        "Montag 9.00–12.00 Uhr, Bibliothek Mitte",
        "Donnerstag 14.00–17.00 Uhr, Bibliothek Mitte",
    ]
    first = table.iloc[0]
    assert first["Ohne sie hätten kein Angebot in Reichweite"] == (
        "1.234 Menschen in Bedarfsgemeinschaften"
    )
    assert first["Verlust ohne sie"] == f"30,0{N}%"
    assert first["nächstbester Raum"] == (
        f"Dienstag 9.00–12.00 Uhr, Familienzentrum (2,1{N}% schlechter)"
    )
    assert table.iloc[1].iloc[0] == "niemand: Andere sind in der Nähe"


@pytest.mark.parametrize(("language", "word"), [("de", "bestehend"), ("en", "existing")])
def test_existing_sessions_stand_in_the_table_once_the_plan_says_what_they_are_worth(
    language, word
):
    kept = next(s for s in PLAN.sessions if s.existing)
    others = tuple(s for s in PLAN.sessions if s != kept)
    before = loss_table(PLAN, language)
    assert not any(word in where for where in before.index)
    told = replace(PLAN, sessions=(replace(kept, lost=2.5), *others))
    table = loss_table(told, language)
    (row,) = [i for i in table.index if i.endswith(f"({word})")]
    assert len(table) == len(before) + 1
    lost = "Verlust ohne sie" if language == "de" else "Loss without it"
    assert table.loc[row, lost].startswith("250")
    # Nothing is looked for in its place, for anybody here: such columns are left out.
    assert list(table.columns)[-1] == lost


def test_an_office_open_all_week_stands_as_the_nearest_offer():
    rows = (
        area(25.0, 25.0, next_place="b1", next_minutes=12.0, always_name="Jobcenter Mitte"),
        area(25.0, 25.0, next_place="b1", next_minutes=9.0),
    )
    table = area_table(replace(PLAN, areas=rows), "alle")
    assert list(table["nächstes Angebot"]) == [
        "Jobcenter Mitte (die ganze Woche offen)",
        "Bibliothek Mitte",
    ]


def test_areas_as_a_table_of_numbers_without_empty_columns():
    plan = replace(PLAN, areas=(area(None, 25.0, minutes_before=None, reason="Zu weit."),))
    table = area_table(plan, "alle")
    assert table.to_dict("records") == [
        {"Gebiet": "Feld 3-3", "Bedarf": 50.0, "Weg mit dem Plan": 9.0, "Warum": "Zu weit."}
    ]
    assert area_table(plan, "andere").empty


def test_an_area_says_its_reason_or_how_far_it_is():
    reasoned = replace(PLAN, areas=(area(None, None, reason="Kein Raum in der Nähe."),))
    assert area_lines(reasoned, "0122") == (
        "**Menschen in Bedarfsgemeinschaften**: Kein Raum in der Nähe.",
    )
    far = replace(PLAN, areas=(area(None, None, next_place="b1", next_minutes=41.2),))
    (line,) = area_lines(far, "0122")
    assert line.endswith("Bedarf 50; nächste Sprechstunde: Bibliothek Mitte, 41 Minuten")
    assert area_lines(far, "9999") == ()


def test_areas_beyond_the_longest_stored_way_are_told_from_unknown_ones():
    rows = (
        area(None, None, minutes_after=None, beyond=90.0),
        area(None, None, area="0123", minutes_after=None, beyond=90.0),
        area(None, None, area="0124", minutes_after=None),
        area(None, 25.0, area="0125"),
    )
    plan = replace(PLAN, areas=rows)
    assert far_lines(plan, "alle") == (
        "2 Gebiete ohne Minuten: Von dort sind es mehr als 90 Minuten zu einer passenden "
        "Sprechstunde.",
        "1 Gebiet ohne Minuten: Von dort ist kein Weg zu einer passenden Sprechstunde bekannt.",
    )
    assert area_lines(plan, "0122")[0].endswith(
        "nächste passende Sprechstunde: mehr als 90 Minuten"
    )
    assert area_lines(plan, "0124")[0].endswith("kein Weg zu einer passenden Sprechstunde")
    far = Fairness(None, 0.4, "0122", "Feld 3-3", None, 20.0, 90.0, 2)
    assert fairness_lines(replace(PLAN, fairness=far))[-1] == (
        "Den längsten Weg zur nächsten Sprechstunde hat Feld 3-3: mehr als 90 Minuten. So weit "
        "ist es aus 2 Gebieten."
    )
    unknown = replace(far, worst_beyond=None, areas_beyond=0)
    assert "kein Weg" in fairness_lines(replace(PLAN, fairness=unknown))[-1]


def test_how_even_and_who_is_worst_off():
    found = replace(PLAN, fairness=Fairness(None, 0.412, "0122", "Feld 3-3", 51.6, 20.0))
    even, worst = fairness_lines(found)
    assert "0,41 mit dem Plan." in even
    assert worst == "Den längsten Weg zur nächsten Sprechstunde hat Feld 3-3: 52 Minuten."
    assert fairness_lines(PLAN) == ()


def test_what_is_given_up_is_named_with_who_holds_it():
    assert ended_lines(replace(PLAN, ended=PLAN.sessions[:1])) == (
        "Montag 9.00–12.00 Uhr, Jobcenter Kleinstadt, Team 1",
    )


# Two plans


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_page_shows_when_a_session_is_in_each_plan(language):
    table = compared_week(compare(PLAN, replace(PLAN, sessions=PLAN.sessions[:2])), language)
    last = table.reset_index().to_dict("records")[-1]
    day, clock = ("Donnerstag", " Uhr") if language == "de" else ("Thursday", "")
    assert list(last.values())[1:] == ["Bibliothek Mitte", f"{day} 14.00–17.00{clock}", ""]


def test_reach_of_two_plans_is_shown_in_words():
    group = PLAN.groups[0]
    less = replace(PLAN, groups=(replace(group, steps=(replace(group.steps[-1], after=1.0),)),))
    row = compared_reach(compare(PLAN, less)).reset_index().iloc[-1]
    assert (row["erreicht A"], row["erreicht B"]) == ("300", "1")
    assert list(row.index)[-1] == "Ergebnis" and "unterscheidbar" in row["Ergebnis"]


# The front

FRONT = replace(
    PLAN,
    front=(
        FrontPoint(60, 10, 80.0, 100.0, 0.2, "time_limit", {"alle": 300.0}),
        FrontPoint(40.5, 6, 50.0, 50.0, 0.0, "optimal", {"alle": 1200.0}),
    ),
)


def test_the_front_is_in_order_and_never_above_its_bound():
    table = front_table(FRONT)
    assert list(table["hours_text"]) == ["40,5", "60"]
    assert list(table["value"]) == [50.0, 80.0]
    assert (table["value"] <= table["bound"]).all() and table["bound"].max() == 100.0
    assert list(front_table(FRONT, "alle")["value_text"]) == ["1.200", "300"]


@pytest.mark.parametrize("group", [TOTAL, "alle"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_front_can_be_drawn_and_read_aloud(group, language):
    chart = front_chart(FRONT, group, language).to_dict()
    assert chart["description"] == front_alternative(FRONT, group, language)
    kinds = {row["kind"] for rows in chart["datasets"].values() for row in rows}
    assert len(kinds) == (2 if group == TOTAL else 1)
    axis = chart["layer"][0]["encoding"]["x"]["axis"]
    assert axis["values"] == [40.0, 45.0, 50.0, 55.0, 60.0]
    # On a narrow screen a long title is broken, not cut.
    assert max(map(len, chart["title"]["text"])) < 45


@given(some.lists(some.floats(0, 100_000), min_size=1, max_size=12))
def test_hours_at_the_axis_are_few_even_and_hold_every_point(hours):
    found = steps(hours)
    assert 2 <= len(found) <= 9
    assert found[0] <= min(hours) and max(hours) <= found[-1] + 1e-6
    widths = {round(b - a, 6) for a, b in pairwise(found)}
    assert len(widths) == 1 and widths.pop() >= 1
