"""What goes with a session that must stay, against adding up everybody with and without it."""

from dataclasses import replace

import pandas as pd
import pytest

from atlas.edition import Edition
from atlas.placement.plan import Plan, compute_plan
from atlas.placement.problem import build_problem, guaranteed_regions
from atlas.placement.scenario import (
    Existing,
    Fixed,
    Guarantee,
    Reach,
    Robust,
    Rooms,
    Scenario,
    SessionKind,
    SolveRule,
    Staff,
)
from atlas.placement.situation import read_situation
from atlas.placement.solve import value_of

N = "\u202f"
OURS = ("Jobcenter Kleinstadt",)
BOTH = Rooms(default_half_days=("am", "pm"), owners=("public", "non_profit", "other", "unknown"))


class Other(Edition):
    """An edition with some tables exchanged."""

    def __init__(self, edition: Edition, **tables: pd.DataFrame) -> None:
        super().__init__(edition.path, edition.manifest)
        self._tables = tables

    def table(self, name: str) -> pd.DataFrame:
        return self._tables.get(name, super().table(name))


def holding(city: Edition, *rows: tuple) -> Edition:
    """The city with these existing sessions: place, provider, kind, groups, weekday, start, end."""
    table = pd.DataFrame(
        [(p, who, "", kind, groups, day, a, b, "", "") for p, who, kind, groups, day, a, b in rows],
        columns=city.table("sessions").columns,
    )
    return Other(city, sessions=table)


@pytest.fixture
def several(city):
    """Two in one room, one alone, one for children only, one of an unknown kind."""
    return holding(
        city,
        ("j1", *OURS, "open", "total", 0, "09:00", "12:00"),
        ("j1", *OURS, "open", "total", 1, "09:00", "12:00"),
        ("c1", "Caritas", "open", "total", 2, "14:00", "17:00"),
        ("s1", "Caritas", "visit", "kinder", 3, "14:00", "17:00"),
        ("f1", "Caritas", "kurz", "total", 4, "09:00", "10:00"),
    )


def worth(city: Edition, scenario: Scenario, sessions: list) -> float:
    """What a set of sessions is worth: everybody by the best offer, and the regions' price.

    From the tables and the scenario alone; a session is a place, a kind, and its groups.
    """
    need = read_situation(city, scenario).need.table.set_index(["group", "area"])["need"]
    travel = city.table("travel").query("profile == 'standard'")
    minutes = travel.set_index(["area", "place"])["minutes"].to_dict()
    kinds = {k.key: k for k in scenario.kinds}
    total = 0.0
    for group in scenario.groups:
        for area, people in need[group.key].items():
            best = 0.0
            for place, kind, groups in sessions:
                if group.key not in groups:
                    continue
                how = kinds[kind].suits(group.key) if kind in kinds else 1.0
                how *= dict(group.places).get(_kind_of(city, place), group.other_places)
                way = minutes.get((area, place), float("inf"))
                level = next((r.weight for r in scenario.reach if way <= r.minutes), 0.0)
                best = max(best, level * how)
            total += group.weight * people * best
    return total + _promised(city, scenario, sessions, minutes, need)


def _kind_of(city: Edition, place: str) -> str:
    return str(city.table("places").set_index("place")["kind"][place])


def _promised(city, scenario, sessions, minutes, need) -> float:
    rule = scenario.guarantee
    if rule is None:
        return 0.0
    regions = pd.Series({a: a[:2] for a in need.index.get_level_values("area").unique()})
    weights = pd.Series({g.key: g.weight for g in scenario.groups})
    everybody = sum(weights[g] * need[g].sum() for g in weights.index)
    each = rule.weight * everybody / regions.nunique()
    reached = {
        regions[a]
        for (a, p), m in minutes.items()
        if a in regions and m <= rule.minutes and any(p == s[0] and s[2] for s in sessions)
    }
    return each * len(reached)


def as_told(plan: Plan) -> list:
    return [(s.place, s.kind, s.groups) for s in plan.sessions]


VARIANTS = {
    "plain": {},
    "two_sessions": {"staff": Staff(12.0, 2)},
    "narrow": {"reach": (Reach(10, 1.0), Reach(25, 0.5))},
    "no_promise": {"guarantee": None},
    "kinds_that_suit_less": {
        "kinds": (
            SessionKind("open", "Offen", groups={"alle": 0.5, "kinder": 1.0}),
            SessionKind("kurz", "Kurz", hours=1.0, groups={"alle": 0.25}),
        )
    },
    "robust": {"robust": Robust(2)},
    "free": {"existing": Existing("free", stay_bonus=0.0, our_providers=OURS)},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_loss_is_the_difference_it_makes_to_everybody(several, changed, name):
    wanted = changed(**{"rooms": BOTH, "solve": SolveRule(gap=0.0), "staff": Staff(9.0, 2),
                        **VARIANTS[name]})  # fmt: skip
    plan = compute_plan(several, wanted, "p")
    assert plan.new_sessions
    everything = as_told(plan)
    movable = name == "free"
    stay = [s for s in plan.sessions if s.existing and not (movable and s.ours)]
    assert len(stay) == (3 if movable else 5)
    whole = worth(several, wanted, everything)
    gained = whole - worth(several, wanted, [(s.place, s.kind, s.groups) for s in stay])
    assert gained > 0
    for k, s in enumerate(plan.sessions):
        if s not in stay:
            continue
        left = worth(several, wanted, everything[:k] + everything[k + 1 :])
        assert s.lost == pytest.approx((whole - left) / gained, abs=2e-6)
        assert s.next_room is None and s.next_time is None


def test_new_sessions_and_those_that_stay_are_measured_alike(several, changed):
    """The same recomputation, for a new session, gives the figure it always had."""
    wanted = changed(rooms=BOTH, solve=SolveRule(gap=0.0), staff=Staff(9.0, 2))
    plan = compute_plan(several, wanted, "p")
    everything = as_told(plan)
    whole = worth(several, wanted, everything)
    kept = [(s.place, s.kind, s.groups) for s in plan.sessions if s.existing]
    for k, s in enumerate(plan.sessions):
        left = worth(several, wanted, everything[:k] + everything[k + 1 :])
        gained = whole - worth(several, wanted, kept)
        assert s.lost == pytest.approx((whole - left) / gained, abs=2e-6)


def test_without_it_the_model_would_gain_so_much_more(city, changed, scenario):
    """The model itself says it: what others gain over nothing, less what they gain over it."""
    wanted = changed(groups=scenario.groups[:1], solve=SolveRule(gap=0.0), guarantee=None)
    plan = compute_plan(city, wanted, "p")
    alone = replace(wanted, existing=Existing("ignore"))

    def gain(given):
        situation = read_situation(city, given)
        problem = build_problem(given, situation, guaranteed_regions(city, given, situation))
        chosen = problem.allowed & False
        keys = list(situation.places["place"])
        days = [h.key for h in situation.half_days]
        for s in plan.new_sessions:
            q = int((problem.options.half_day == days.index(s.half_day)).nonzero()[0][0])
            chosen[keys.index(s.place), q] = True
        return value_of(problem, chosen), situation

    over_it, situation = gain(wanted)
    over_nothing, _ = gain(alone)
    from_it = float(situation.weighted[:, 0] @ _level(wanted, situation, "j1"))
    (kept,) = [s for s in plan.sessions if s.existing]
    assert kept.lost == pytest.approx((from_it + over_it - over_nothing) / over_it, abs=2e-6)


def _level(scenario, situation, place):
    column = list(situation.places["place"]).index(place)
    ways = situation.minutes[scenario.groups[0].way][:, column]
    return [next((r.weight for r in scenario.reach if m <= r.minutes), 0.0) for m in ways]


def test_the_sentence_says_what_goes_without_it(city, changed, scenario):
    wanted = changed(groups=scenario.groups[:1], guarantee=None, solve=SolveRule(gap=0.0))
    plan = compute_plan(city, wanted, "p")
    (kept,) = [s for s in plan.sessions if s.existing]
    share = f"{100 * kept.lost:.1f}".replace(".", ",")
    assert kept.reason.endswith(
        f" Fiele sie ersatzlos weg, ginge so viel verloren wie {share}{N}% dessen, was der Plan "
        "gewinnt."
    )
    assert not any("ersatzlos" in s.reason for s in plan.new_sessions)


def test_one_of_two_in_a_room_can_go_without_a_loss(several, changed):
    plan = compute_plan(several, changed(rooms=BOTH), "p")
    pair = [s for s in plan.sessions if s.place == "j1"]
    assert [s.lost for s in pair] == [0.0, 0.0]
    assert all(s.reason.endswith("der Plan zählt, nichts verloren.") for s in pair)


def test_at_an_office_that_is_open_all_week_a_session_can_go_without_a_loss(city, changed):
    rooms = Rooms(kinds=("library",), present_kinds=("jobcenter",))
    plan = compute_plan(city, changed(rooms=rooms), "p")
    (kept,) = [s for s in plan.sessions if s.existing]
    assert kept.lost == 0.0


def test_where_the_plan_gains_nothing_nothing_is_compared(city, changed):
    plan = compute_plan(city, changed(staff=Staff(0.0, 1), guarantee=None), "p")
    assert plan.new_sessions == ()
    (kept,) = plan.sessions
    assert kept.lost is None and "ersatzlos" not in kept.reason


def test_a_region_that_only_it_reaches_costs_its_price(city, changed, scenario):
    """The promise weighs more than all need here, so that a region is what is lost."""
    wanted = changed(
        groups=scenario.groups[:1], rooms=Rooms(kinds=("family_centre",)),
        guarantee=Guarantee("bezirksregion", 5, weight=50.0),
        fixed=(Fixed("f1", "di_am"),), staff=Staff(3.0, 1), solve=SolveRule(gap=0.0),
    )  # fmt: skip
    with_it = compute_plan(city, wanted, "p")
    (kept,) = [s for s in with_it.sessions if s.existing]
    without = compute_plan(city, replace(wanted, existing=Existing("ignore")), "p")
    lost = {m.area for m in without.guarantee.missed} - {m.area for m in with_it.guarantee.missed}
    everything = as_told(with_it)
    no_promise = replace(wanted, guarantee=None)
    need = worth(city, no_promise, everything) - worth(city, no_promise, everything[1:])
    both = worth(city, wanted, everything) - worth(city, wanted, everything[1:])
    assert with_it.sessions[0] == kept and len(lost) == 1
    assert both > 10 * need
    gained = worth(city, wanted, everything) - worth(city, wanted, everything[:1])
    assert kept.lost == pytest.approx(both / gained, abs=2e-6)
