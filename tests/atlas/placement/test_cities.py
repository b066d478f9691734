"""The scenarios that come with the program, on the cities they were written for."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atlas.edition import open_edition
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import half_days_of, load_scenario, minutes_of

ATLAS = Path(__file__).parents[3] / "atlas"
MUSTERSTADT = ATLAS / "demo" / "sprechstunden.toml"
BERLIN = ATLAS / "cities" / "berlin_sprechstunden.toml"
PRESENT = ("jobcenter", "employment_agency")


@pytest.fixture(scope="module")
def musterstadt(demo):
    return compute_plan(demo, load_scenario(MUSTERSTADT), "probe")


def test_musterstadts_plan_keeps_to_windows_staff_and_what_exists(demo, musterstadt):
    scenario, plan = load_scenario(MUSTERSTADT), musterstadt
    windows = demo.table("windows")
    for s in plan.new_sessions:
        open_then = windows[(windows["place"] == s.place) & (windows["weekday"] == s.weekday)]
        assert ((open_then["start"] <= s.start) & (s.end <= open_then["end"])).any()
        assert s.owner in scenario.rooms.owners
    ours = Counter((s.half_day) for s in plan.sessions if s.ours)
    assert max(ours.values()) <= scenario.team_count
    assert plan.hours_used <= scenario.staff.hours_per_week
    assert sum(s.existing for s in plan.sessions) == len(demo.table("sessions"))
    new_teams = Counter((s.half_day, team) for s in plan.new_sessions for team in s.teams)
    assert max(new_teams.values()) == 1
    assert not [n for n in plan.notes if "keine Zielgruppe" in n]
    assert all(g.steps[-1].after >= g.steps[-1].before for g in plan.groups)
    assert plan.quality.ended == "optimal"


def test_musterstadts_plan_says_which_owners_are_assumed(demo, musterstadt):
    plan = musterstadt
    libraries = demo.table("places").query("kind == 'library'")
    assert plan.warnings == (
        "Träger nach der Art des Ortes angenommen, nicht geliefert; vor einer Zusage prüfen "
        f"({len(libraries)} von {_candidates(plan)} Räumen; Bibliothek: öffentlich).",
    )
    assert {s.place_kind for s in plan.sessions if s.owner_assumed} == {"library"}
    for s in plan.new_sessions:
        assert ("Träger angenommen: mit dem Haus klären" in s.reason) == s.owner_assumed
    (note,) = (n for n in demo.checks["notes"] if "angenommen" in n)
    assert note.endswith(f"Bibliothek gilt als öffentlich ({len(libraries)} Orte).")


def _candidates(plan) -> str:
    (note,) = (n for n in plan.notes if n.startswith("Zur Wahl standen"))
    return note.split()[3]


def test_musterstadt_shows_every_kind_of_session_where_and_for_whom_it_may_be(demo, musterstadt):
    scenario = load_scenario(MUSTERSTADT)
    kinds = {k.key: k for k in scenario.kinds}
    parts = {h.key: h.part for h in half_days_of(scenario)}
    assert {s.kind for s in musterstadt.new_sessions} == set(kinds)
    accepts = demo.table("places").set_index("place")["accepts"]
    for s in musterstadt.new_sessions:
        kind = kinds[s.kind]
        assert set(s.groups) <= set(kind.groups)
        assert not kind.half_days or parts[s.half_day] in kind.half_days
        assert not kind.place_kinds or s.place_kind in kind.place_kinds
        assert set(scenario.rooms.purposes) <= set(accepts[s.place].split(";"))
        assert len(s.teams) == kind.staff


def test_musterstadts_teams_keep_to_their_hours_and_ways(musterstadt):
    scenario = load_scenario(MUSTERSTADT)
    rules = {t.name: t for t in scenario.teams}
    for s in musterstadt.new_sessions:
        for name in s.teams:
            assert not rules[name].half_days or s.half_day in rules[name].half_days
            assert not rules[name].kinds or s.kind in rules[name].kinds
    hours: Counter[str] = Counter()
    for day in musterstadt.days:
        spans = [(minutes_of(s.start), minutes_of(s.end)) for s in day.stops]
        worked = sum(end - start for start, end in spans) / 60
        hours[day.team] += worked
        assert worked <= (rules[day.team].hours_per_day or 24)
        for (_, end), (start, _), stop in zip(spans, spans[1:], day.stops[1:], strict=False):
            assert start - end >= scenario.between.break_minutes + stop.way_minutes
    assert any(len(day.stops) == 2 for day in musterstadt.days)
    assert hours["Team 3"] <= rules["Team 3"].hours_per_week
    assert sum(hours.values()) == pytest.approx(musterstadt.hours_used)


def test_musterstadts_priorities_lift_the_areas_they_name(demo, musterstadt):
    index = demo.table("index").query("level == 'planungsraum' and period == '2024-06-30'")
    high = set(index.loc[index["class"] == "hoch", "area"])
    negative = demo.table("negative").query("level == 'planungsraum' and kind != 'ohne_aussage'")
    worse = set(negative["area"])
    assert high
    assert worse
    factor = {a.area: a.factor for a in musterstadt.areas if a.group == "alle"}
    wanted = {a: (2 if a in high else 1) * (1.25 if a in worse else 1) for a in factor}
    assert factor == wanted
    notes = [n for n in musterstadt.notes if n.startswith("Vorrang „hoher Bedarf“")]
    assert f"In {len(high)} Gebieten zählt jeder Mensch 2-fach" in notes[0]


def test_a_reason_tells_of_those_for_whom_the_session_is(musterstadt):
    """Outreach is for the young, though more others could come as well."""
    reasons = [s.reason for s in musterstadt.new_sessions if s.kind == "outreach"]
    assert reasons
    assert all("unter 25 Jahren" in reason for reason in reasons)


def test_more_hours_never_reach_less_in_musterstadt(musterstadt):
    gained = [point.objective for point in musterstadt.front]
    assert len(gained) == 4
    assert gained == sorted(gained)
    here = next(p for p in musterstadt.front if p.hours == musterstadt.hours_per_week)
    assert here.objective == musterstadt.quality.objective


@pytest.fixture(scope="module")
def berlin(city_path):
    edition = open_edition(city_path("berlin"))
    scenario = replace(load_scenario(BERLIN), front=())
    return edition, compute_plan(edition, scenario, "probe", check=True)


@pytest.mark.reference
def test_berlins_plan_is_proven_and_says_what_it_does_not_know(berlin):
    _, plan = berlin
    assert plan.quality.gap <= 0.005
    assert len(plan.new_sessions) == 40
    assert plan.warnings[0].startswith("Träger nach der Art des Ortes angenommen")
    assert plan.warnings[1].startswith("Träger unbekannt")
    strange = ("Freien", "ICI", "ESCP", "Institut", "Patient", "Schulb", "Ohne Namen", "kalabal",
               "GmbH", "Vereinsheim", "Jugendclub", "Lohnsteuer")  # fmt: skip
    assert not [s.place_name for s in plan.sessions if any(w in s.place_name for w in strange)]
    assert {g.status for g in plan.groups} == {"estimated"}
    for s in plan.new_sessions:
        assert "Öffnungszeiten unbekannt" in s.reason
        assert ("Träger unbekannt" in s.reason) == (s.owner == "unknown")
        assert ("Träger angenommen" in s.reason) == s.owner_assumed
    kinds = {s.place_kind for s in plan.sessions}
    assert kinds == {"library", "community_centre", "advice_or_welfare_office"}
    # Six areas are not valid in the MSS 2021: no share, no estimate, never a zero.
    for group in plan.groups:
        assert len(group.unknown_areas) >= 6
        needs = [a.need for a in plan.areas if a.group == group.group and a.need is not None]
        assert np.isclose(sum(needs), group.need, rtol=1e-6)


@pytest.mark.reference
def test_three_of_berlins_reasons_are_true_by_hand(berlin, reference):
    """Reached, new, alone and the regions, from the raw files and the travel table alone."""
    edition, plan = berlin
    need = _berlins_others(reference)
    travel = edition.table("travel").query("mode == 'walk' and profile == 'standard'")
    near = travel[travel["minutes"] <= 25].groupby("place")["area"].apply(set)
    kinds = edition.table("places").set_index("place")["kind"]
    present = [near.get(p, set()) for p in kinds.index if kinds[p] in PRESENT]
    before = set().union(*present)
    chosen = [s.place for s in plan.sessions]
    for session in sorted(plan.new_sessions, key=lambda s: -(s.lost or 0))[:3]:
        others = before.union(*(near.get(p, set()) for p in chosen if p != session.place))
        here = near[session.place] & set(need.index)
        (part,) = (r for r in session.reach if r.group == "weitere")
        assert part.reached == pytest.approx(need[list(here)].sum(), abs=1)
        assert part.new == pytest.approx(need[list(here - before)].sum(), abs=1)
        assert part.alone == pytest.approx(need[list(here - others)].sum(), abs=1)
        assert part.alone > 0
        # A region is its planning areas' first six digits; inhabited parts of it are enough.
        mine = {a[:6] for a in near[session.place]} - {a[:6] for a in others}
        areas = edition.table("areas").query("level == 'bezirksregion' and vintage == '2021'")
        names = areas.set_index("area")["name"]
        said = session.reason.partition("Nur durch diese Sprechstunde gibt es in ")[2]
        listed = said.partition(" ein Angebot in 25 Minuten")[0]
        assert sorted(re.split(", | und ", listed)) == sorted(names[region] for region in mine)


def _berlins_others(reference: Path) -> pd.Series:
    """People with benefits and not unemployed, by planning area, from the files as published."""
    folder = reference / "berlin"
    people = pd.read_csv(folder / "EWR_L21_202512E_Matrix.csv", sep=";", dtype={"RAUMID": str})
    shares = pd.read_csv(folder / "mss_2021_index_indicators_plr.csv", dtype={"PLR_ID": str})
    share = shares.set_index("PLR_ID")["S3"]
    return (share.where(share >= 0) / 100 * people.set_index("RAUMID")["E_E"]).dropna()


@pytest.mark.reference
def test_berlins_people_of_low_status_count_more(berlin, reference):
    """The classes as published: 49 areas of very low and 46 of low status, 52 that fall behind."""
    _, plan = berlin
    factors = Counter(a.factor for a in plan.areas if a.group == "weitere")
    very_low = factors[2.0] + factors[2.5]
    low = factors[1.5] + factors[1.875]
    negative = factors[1.25] + factors[1.875] + factors[2.5]
    assert (very_low, low, negative) == (49, 46, 52)
    assert sum(n.startswith("Vorrang") for n in plan.notes) == 3


@pytest.mark.reference
def test_berlins_plan_says_what_would_change_it(berlin):
    _, plan = berlin
    names = [w.name for w in plan.what_if]
    assert sum(name.startswith("Bedarf") for name in names) == 6
    assert {"Umweg 1,2", "Umweg 1,5"} < set(names)
    assert all(w.sentence.endswith(".") and w.short >= 0 for w in plan.what_if)


@pytest.mark.reference
def test_berlins_need_is_the_published_share_of_the_residents(berlin, reference):
    _, plan = berlin
    need = {group.group: group.need for group in plan.groups}
    # The same from the two files as published, without any of our readers.
    folder = reference / "berlin"
    people = pd.read_csv(folder / "EWR_L21_202512E_Matrix.csv", sep=";", dtype={"RAUMID": str})
    people = people.set_index("RAUMID")
    shares = pd.read_csv(folder / "mss_2021_index_indicators_plr.csv", dtype={"PLR_ID": str})
    shares = shares.set_index("PLR_ID")[["S1", "S3", "S4"]]
    shares = shares.where(shares >= 0) / 100
    bands = {c: int(c[3:5]) for c in people.columns if re.fullmatch(r"E_E\d\d_\d+", c)}
    children = people[[c for c, age in bands.items() if age < 15]].sum(axis=1)
    working = people[[c for c, age in bands.items() if 15 <= age < 65]].sum(axis=1)
    assert need == {
        "arbeitslose": pytest.approx((shares["S1"] * working).sum(), abs=1),
        "kinder": pytest.approx((shares["S4"] * children).sum(), abs=1),
        "weitere": pytest.approx((shares["S3"] * people["E_E"]).sum(), abs=1),
    }
