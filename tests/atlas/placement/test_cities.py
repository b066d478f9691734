"""The scenarios that come with the program, on the cities they were written for."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atlas.edition import open_edition
from atlas.placement.plan import compute_plan
from atlas.placement.scenario import load_scenario

ATLAS = Path(__file__).parents[3] / "atlas"
MUSTERSTADT = ATLAS / "demo" / "sprechstunden.toml"
BERLIN = ATLAS / "cities" / "berlin_sprechstunden.toml"


def test_musterstadts_plan_keeps_to_windows_staff_and_what_exists(demo):
    scenario = load_scenario(MUSTERSTADT)
    plan = compute_plan(demo, scenario, "probe")
    windows = demo.table("windows")
    for s in plan.new_sessions:
        open_then = windows[(windows["place"] == s.place) & (windows["weekday"] == s.weekday)]
        assert ((open_then["start"] <= s.start) & (s.end <= open_then["end"])).any()
        assert s.owner in scenario.rooms.owners
    ours = Counter((s.half_day) for s in plan.sessions if s.ours)
    assert max(ours.values()) <= scenario.staff.teams
    assert plan.hours_used <= scenario.staff.hours_per_week
    assert sum(s.existing for s in plan.sessions) == len(demo.table("sessions"))
    new_teams = Counter((s.half_day, s.team) for s in plan.new_sessions)
    assert max(new_teams.values()) == 1
    assert not [n for n in plan.notes if "keine Zielgruppe" in n]
    assert all(g.steps[-1].after >= g.steps[-1].before for g in plan.groups)
    assert plan.quality.ended == "optimal"


def test_musterstadts_plan_says_which_owners_are_assumed(demo):
    plan = compute_plan(demo, load_scenario(MUSTERSTADT), "probe")
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


@pytest.mark.reference
def test_berlins_plan_is_proven_and_says_what_it_does_not_know(city_path):
    edition = open_edition(city_path("berlin"))
    scenario = load_scenario(BERLIN)
    plan = compute_plan(edition, scenario, "probe")
    assert plan.quality.gap <= 0.01
    assert len(plan.new_sessions) == 40
    assert plan.warnings[0].startswith("Träger nach der Art des Ortes angenommen")
    strange = ("Freien", "ICI", "ESCP", "Institut", "Patient", "Schulb", "Ohne Namen", "kalabal")
    assert not [s.place_name for s in plan.sessions if any(w in s.place_name for w in strange)]
    assert {g.status for g in plan.groups} == {"estimated"}
    assert all("Öffnungszeiten unbekannt" in s.reason for s in plan.new_sessions)
    kinds = {s.place_kind for s in plan.sessions}
    assert not kinds & {"jobcenter", "employment_agency"}
    # Six areas are not valid in the MSS 2021: no share, no estimate, never a zero.
    for group in plan.groups:
        assert len(group.unknown_areas) >= 6
        needs = [a.need for a in plan.areas if a.group == group.group and a.need is not None]
        assert np.isclose(sum(needs), group.need, rtol=1e-6)


@pytest.mark.reference
def test_berlins_need_is_the_published_share_of_the_residents(city_path, reference):
    edition = open_edition(city_path("berlin"))
    plan = compute_plan(edition, load_scenario(BERLIN), "probe")
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
