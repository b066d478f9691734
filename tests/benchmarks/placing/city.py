"""An invented city of Berlin's size for measuring the weekly plan: 542 areas, 300 rooms.

Everything is drawn from a seeded generator: areas and rooms in a square of 30 km, need with
a few centres, rooms open on random half-days, teams, and regions of four areas each.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from atlas.placement.demand import Need
from atlas.placement.problem import Region
from atlas.placement.scenario import (
    Between,
    Existing,
    Guarantee,
    Reach,
    Rooms,
    Scenario,
    SolveRule,
    Staff,
    TargetGroup,
    Term,
    half_days_of,
    suited,
)
from atlas.placement.situation import Situation
from atlas.placement.slots import options_of

SIDE_KM, DETOUR, KMH = 30.0, 1.3, 4.5
GROUPS = (
    ("alle", 1.0, ()),
    ("familien", 2.0, ("am",)),
    ("junge", 2.0, ("pm",)),
    ("senioren", 1.0, ("am",)),
)


def scenario(hours: float = 180.0, teams: int = 8, *, travel: bool = True) -> Scenario:
    """Four groups, three levels of reach, sessions of three hours, a guarantee."""
    return Scenario(
        format=1,
        key="stadt",
        title="Stadt",
        groups=tuple(
            TargetGroup(key, key, (Term(measure="x"),), weight=weight, half_days=half_days,
                        profile="senioren" if key == "senioren" else "standard")
            for key, weight, half_days in GROUPS
        ),
        reach=(Reach(10, 1.0), Reach(15, 0.7), Reach(25, 0.3)),
        staff=Staff(hours_per_week=hours, teams=teams, session_hours=3.0),
        rooms=Rooms(),
        existing=Existing(),
        guarantee=Guarantee("bezirksregion", 25, 1.0),
        between=Between() if travel else None,
        solve=SolveRule(gap=0.01, time_limit_seconds=600),
    )  # fmt: skip


def situation(wanted: Scenario, areas: int = 542, rooms: int = 300, seed: int = 7) -> Situation:
    """The invented city as what a scenario finds in an edition."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, SIDE_KM, (12, 2))
    area_xy = _around(rng, centres, areas)
    room_xy = _around(rng, centres, rooms)
    metres = np.hypot(*(area_xy[:, None, :] - room_xy[None, :, :]).transpose(2, 0, 1)) * 1000
    walk = metres * DETOUR / (KMH * 1000 / 60)
    minutes = {("walk", "standard"): walk, ("walk", "senioren"): walk * KMH / 3.0}
    minutes = {k: np.where(m <= 90, m, np.inf) for k, m in minutes.items()}
    half_days = half_days_of(wanted)
    options = options_of(wanted, half_days)
    persons = np.round(rng.gamma(2.0, 60.0, (areas, len(wanted.groups))))
    open_then = rng.random((rooms, len(half_days))) < 0.6
    starts = np.where(open_then, np.array([h.preferred for h in half_days])[None, :], -1)
    starts = starts[:, options.half_day]
    places = gpd.GeoDataFrame(
        {"place": [f"r{n:03d}" for n in range(rooms)], "name": [f"Raum {n}" for n in range(rooms)]},
        geometry=gpd.points_from_xy(room_xy[:, 0] * 1000, room_xy[:, 1] * 1000),
        crs="EPSG:25833",
    )
    keys = [f"{n:04d}" for n in range(areas)]
    table = pd.DataFrame(
        {
            "area": np.tile(keys, len(wanted.groups)),
            "group": np.repeat([g.key for g in wanted.groups], areas),
            "need": persons.T.ravel(),
            "low": persons.T.ravel(),
            "high": persons.T.ravel(),
            "status": "published",
        }
    )
    nothing = np.zeros((rooms, len(wanted.groups)))
    when = np.array([suited(g.half_days, half_days) for g in wanted.groups])
    how = np.array([[k.suits(g.key) for k in wanted.session_kinds] for g in wanted.groups])
    most = np.array([max(k.max_hours or 0, k.hours or 3.0) * 60 for k in wanted.session_kinds])
    return Situation(
        areas=pd.DataFrame({"area": keys, "name": keys}),
        places=places,
        half_days=half_days,
        options=options,
        need=Need(table, tuple("" for _ in wanted.groups)),
        persons=persons,
        lowest=persons,
        factor=np.tile([g.weight for g in wanted.groups], (areas, 1)),
        minutes=minutes,
        candidate=np.ones(rooms, dtype=bool),
        present=np.zeros(rooms, dtype=bool),
        suits_room=np.ones((rooms, len(wanted.groups))),
        serves=when[:, options.half_day] * how[:, options.kind],
        starts=starts,
        longest=np.where(starts >= 0, most[options.kind][None, :], 0).astype(int),
        hindered=np.zeros(starts.shape, dtype=bool),
        hours_known=np.ones(rooms, dtype=bool),
        owner_assumed=np.zeros(rooms, dtype=bool),
        serves_now=nothing,
        serves_kept=nothing,
        existing=(),
        freed=(),
    )


def regions(found: Situation, size: int = 4) -> tuple[Region, ...]:
    """Areas side by side as regions of four, all of them reachable or not."""
    near = found.minutes["walk", "standard"] <= 25
    groups = [tuple(range(i, min(i + size, len(near)))) for i in range(0, len(near), size)]
    return tuple(
        Region(f"b{n}", f"b{n}", members, False, bool(near[list(members)].any()))
        for n, members in enumerate(groups)
    )


def _around(rng: np.random.Generator, centres: np.ndarray, n: int) -> np.ndarray:
    """Half of the points anywhere, half of them around the centres; sorted along the plane."""
    spread = rng.uniform(0, SIDE_KM, (n - n // 2, 2))
    close = centres[rng.integers(0, len(centres), n // 2)] + rng.normal(0, 2.5, (n // 2, 2))
    points = np.clip(np.vstack([spread, close]), 0, SIDE_KM)
    return points[np.lexsort((points[:, 1], (points[:, 0] // 2).astype(int)))]
