"""No team is in two places at once: times are compared in minutes, not in halves of a day."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atlas.edition import Edition
from atlas.placement.hours import ExistingSession, TeamsOut, most_at_once, teams_out
from atlas.placement.plan import Plan, compute_plan
from atlas.placement.scenario import (
    Existing,
    HalfDay,
    Rooms,
    Staff,
    clock_of,
    load_scenario,
    minutes_of,
)
from atlas.placement.slots import session_start
from tests.atlas.placement.test_cities import MUSTERSTADT

MORNING = HalfDay("mo_am", 0, "am", "Vormittag", 480, 750, 540)
AFTERNOON = HalfDay("mo_pm", 0, "pm", "Nachmittag", 750, 1080, 840)
WEEK = (MORNING, AFTERNOON)
OURS = Existing(our_providers=("Jobcenter",))


def held(team: str, start: str, end: str, *, ours: bool = True) -> ExistingSession:
    a, b = minutes_of(start), minutes_of(end)
    shared = [min(b, h.end) - max(a, h.start) for h in WEEK]
    return ExistingSession(
        *(0, "Jobcenter" if ours else "Fachstelle", team, "open", 0, a, b),
        half_day=shared.index(max(shared)),
        serves=(1.0,),
        ours=ours,
    )


def double_booked(plan: Plan) -> list[tuple[str, ...]]:
    """Pairs of sessions of one team of ours that share a minute, at least one of them new."""
    ours = [s for s in plan.sessions if s.ours]
    return [
        (a.team, a.start, a.end, b.start, b.end)
        for a, b in combinations(ours, 2)
        if a.team == b.team
        and a.weekday == b.weekday
        and a.start < b.end
        and b.start < a.end
        and not (a.existing and b.existing)
    ]


def most_teams(plan: Plan) -> int:
    """The largest number of our sessions that run at the same minute."""
    days = {s.weekday for s in plan.sessions}
    spans = {
        d: [(minutes_of(s.start), minutes_of(s.end)) for s in plan.sessions
            if s.ours and s.weekday == d]
        for d in days
    }  # fmt: skip
    return max((most_at_once(found) for found in spans.values()), default=0)


def test_a_session_until_one_is_out_in_the_afternoon_until_one():
    out = teams_out((held("Team 3", "09:00", "13:00"),), WEEK)
    assert out == (TeamsOut(1, 0, ()), TeamsOut(0, 1, ((540, 780),)))
    nobody = teams_out((held("Team 2", "09:00", "13:00", ours=False),), WEEK)
    assert nobody == (TeamsOut(0, 0, ()), TeamsOut(0, 0, ()))


def test_a_new_session_starts_when_the_team_is_back():
    # The room closes at four: from half past twelve the team would be missing, from one not.
    out = teams_out((held("Team 3", "09:00", "13:00"),), WEEK)
    window = [(minutes_of("08:30"), minutes_of("16:00"))]
    start = session_start(AFTERNOON, window, [], 180, out[1].spans)
    assert clock_of(start) == "13:00"
    assert clock_of(session_start(AFTERNOON, window, [], 180)) == "12:30"


def test_teams_one_after_the_other_are_one_team_and_at_once_are_two():
    after = (held("Team 1", "08:00", "10:00"), held("Team 1", "10:00", "12:00"))
    assert teams_out(after, WEEK)[0].whole == 1
    at_once = (held("Team 1", "08:00", "10:00"), held("Team 1", "09:30", "12:00"))
    assert teams_out(at_once, WEEK)[0].whole == 2


class WithSessions(Edition):
    """An edition with other existing sessions."""

    def __init__(self, edition: Edition, sessions: pd.DataFrame) -> None:
        super().__init__(edition.path, edition.manifest)
        self._sessions = sessions

    def table(self, name: str) -> pd.DataFrame:
        return self._sessions if name == "sessions" else super().table(name)


QUARTERS = st.integers(32, 68)


@st.composite
def existing_weeks(draw, most: int = 4) -> list[dict[str, object]]:
    """Existing sessions whose teams are in one place at a time."""
    rows: list[dict[str, object]] = []
    for _ in range(draw(st.integers(0, most))):
        team, day = draw(st.sampled_from(["Team 1", "Team 2", "Süd", ""])), draw(st.integers(0, 1))
        start = draw(QUARTERS)
        end = start + draw(st.integers(2, 18))
        taken = [r for r in rows if r["team"] == team and r["weekday"] == day]
        a, b = clock_of(15 * start), clock_of(15 * end)
        if any(str(r["start"]) < b and a < str(r["end"]) for r in taken):
            continue
        rows.append(
            {
                "place": draw(st.sampled_from(["b1", "f1", "s1", "j1"])),
                "provider": draw(st.sampled_from(["Jobcenter", "Jobcenter", "Fachstelle"])),
                "team": team,
                "kind": "open",
                "groups": "",
                "weekday": day,
                "start": a,
                "end": b,
                "valid_from": "",
                "valid_to": "",
            }
        )
    return rows


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(existing_weeks(), st.integers(1, 3), st.sampled_from([1.5, 2.0, 3.0, 4.0]))
def test_no_team_is_ever_in_two_places_at_once(city, scenario, rows, teams, length):
    columns = city.table("sessions").columns
    table = pd.DataFrame(rows, columns=columns).astype({"weekday": "Int64"})
    wanted = replace(
        scenario,
        staff=Staff(200, teams, length),
        existing=OURS,
        weekdays=(0, 1),
        rooms=Rooms(default_half_days=("am", "pm"), max_sessions_per_room=4),
    )
    plan = compute_plan(WithSessions(city, table), wanted, "probe")
    assert double_booked(plan) == []
    before = replace(plan, sessions=tuple(s for s in plan.sessions if s.existing))
    assert most_teams(plan) <= max(teams, most_teams(before))
    named = {r["team"] for r in rows if r["provider"] == "Jobcenter"}
    new_names = {s.team for s in plan.new_sessions}
    assert len((named | new_names) - {""}) <= max(teams, len(named - {""}))
    per_half_day = Counter((s.half_day, s.team) for s in plan.new_sessions)
    assert max(per_half_day.values(), default=0) <= 1


@pytest.mark.parametrize("teams", [2, 3])
def test_no_team_of_musterstadt_is_in_two_places_at_once(demo, teams):
    scenario = load_scenario(MUSTERSTADT)
    staff = replace(scenario.staff, teams=teams, hours_per_week=120.0)
    counted = replace(scenario, staff=staff, teams=(), front=())
    plan = compute_plan(demo, counted, "probe")
    assert plan.new_sessions and double_booked(plan) == []
    assert most_teams(plan) <= teams
    assert {s.team for s in plan.new_sessions} <= {"Team 1", "Team 2", "Team 3"}
