"""Forty rooms with owners and opening hours, and the consultation hours that exist already."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from atlas.demo import plan
from atlas.demo.ground import Floats, Ground
from atlas.demo.regions import Regions, names


@dataclass(frozen=True)
class RoomKind:
    """What rooms of a kind are like.

    ``names`` is a pattern; ``hours`` are opening windows (first weekday, last weekday,
    start, end), 0 is Monday; ``accepts`` what the owner lets happen there; ``private`` the
    share of rooms in private hands. An empty ``owner`` is left to the project file.
    """

    kind: str
    number: int
    names: str
    owner: str
    accepts: str
    barrier_free: float
    capacity: tuple[int, int]
    hours: tuple[tuple[int, int, str, str], ...]
    private: float = 0.0


_MORNING, _AFTERNOON = ("09:00", "13:00"), ("13:00", "17:00")
KINDS = (
    RoomKind(
        "library",
        9,
        "Stadtteilbibliothek {}",
        "",
        "information;counselling",
        0.9,
        (4, 10),
        ((1, 4, "10:00", "18:00"), (5, 5, "10:00", "14:00")),
    ),
    RoomKind(
        "community_centre",
        10,
        "Stadtteilzentrum {}",
        "gemeinnützig",
        "information;counselling",
        0.8,
        (8, 30),
        ((0, 4, "09:00", "19:00"),),
    ),
    RoomKind(
        "family_centre",
        9,
        "Familienzentrum {}",
        "gemeinnützig",
        "information;counselling",
        0.7,
        (5, 15),
        ((0, 3, "08:30", "16:00"), (4, 4, "08:30", "12:30")),
    ),
    RoomKind(
        "association",
        7,
        "Nachbarschaftsverein {}",
        "gemeinnützig",
        "information",
        0.4,
        (3, 12),
        ((1, 1, "14:00", "18:00"), (3, 3, "09:00", "13:00")),
        private=0.4,
    ),
)
_JOBCENTER_HOURS = ((0, 4, "08:00", "12:30"), (3, 3, "14:00", "18:00"))
_STREETS = (
    "Ahornweg",
    "Amselgasse",
    "Am Mühlgraben",
    "Bleicherstraße",
    "Drosselweg",
    "Färbergasse",
    "Glasergasse",
    "Haselnussweg",
    "Kastanienallee",
    "Kupferstraße",
    "Lange Zeile",
    "Mirauufer",
    "Nagelschmiede",
    "Quellenstraße",
    "Rebhuhnweg",
    "Salzgasse",
    "Sattlerstraße",
    "Schafbrücke",
    "Silberstraße",
    "Tuchmacherring",
    "Wacholderweg",
    "Zimmererstraße",
)
_EXISTING = (
    ("community_centre", 0, "appointment", "elb", 1, *_MORNING),
    ("community_centre", 1, "open", "elb", 3, *_AFTERNOON),
    ("family_centre", 0, "open", "single_parents", 0, *_MORNING),
    ("family_centre", 1, "appointment", "single_parents", 2, *_MORNING),
    ("library", 0, "open", "elb", 1, *_AFTERNOON),
    ("community_centre", 2, "open", "seniors", 4, *_MORNING),
    ("family_centre", 2, "open", "youth", 3, "13:00", "16:00"),
    ("community_centre", 3, "appointment", "housing", 0, *_AFTERNOON),
)
"""Kind and number of the room, kind of hour, group, weekday, start, end."""


@dataclass(frozen=True)
class Rooms:
    """The three tables as they are delivered."""

    places: pd.DataFrame
    windows: pd.DataFrame
    sessions: pd.DataFrame


def draw_rooms(ground: Ground, regions: Regions, people: Floats, rng: np.random.Generator) -> Rooms:
    """Scatter rooms where people live, no two of a kind in one Planungsraum."""
    rows: list[dict[str, object]] = []
    windows: list[tuple[str, int, str, str]] = []
    keys: dict[tuple[str, int], str] = {}
    for kind in KINDS:
        for n, cell in enumerate(_cells(ground, regions, people, kind.number, rng)):
            place = f"O{len(rows) + 1:02d}"
            keys[kind.kind, n] = place
            rows.append(_room(place, kind, ground, regions, cell, rng))
            windows += _windows(place, kind.hours)
    for seat, name in enumerate(names()["jobcenter"]["names"]):
        place = f"O{len(rows) + 1:02d}"
        rows.append(_jobcenter(place, name, ground, seat, rng))
        windows += _windows(place, _JOBCENTER_HOURS)
    columns = ["place", "weekday", "start", "end"]
    return Rooms(pd.DataFrame(rows), pd.DataFrame(windows, columns=columns), _sessions(keys))


def _cells(
    ground: Ground, regions: Regions, people: Floats, number: int, rng: np.random.Generator
) -> list[int]:
    """Cells drawn by residents, spread: each next one is the best of a few far from the rest."""
    chosen: list[int] = []
    taken: set[str] = set()
    ordinary = np.where(ground.blob == -1, people, 0)
    for _ in range(number):
        tries = rng.choice(len(people), 12, p=ordinary / ordinary.sum())
        open_tries = [int(c) for c in tries if regions.of_cell["2022"][c] not in taken]
        best = max(open_tries, key=lambda c: _distance(ground, c, chosen))
        chosen.append(best)
        taken.add(str(regions.of_cell["2022"][best]))
    return chosen


def _distance(ground: Ground, cell: int, others: list[int]) -> float:
    if not others:
        return 0.0
    return float(np.hypot(*(ground.points[others] - ground.points[cell]).T).min())


def _room(
    place: str,
    kind: RoomKind,
    ground: Ground,
    regions: Regions,
    cell: int,
    rng: np.random.Generator,
) -> dict[str, object]:
    area = regions.of_cell["2022"][cell]
    table = regions.table[regions.table["vintage"] == "2022"].set_index("area")
    draw = rng.random()
    free = "ja" if draw < kind.barrier_free else "nein" if draw < 0.95 else ""
    return {
        "ORT_ID": place,
        "BEZEICHNUNG": kind.names.format(table.at[area, "name"]),
        "ART": kind.kind,
        "TRAEGER": "privat" if rng.random() < kind.private else kind.owner,
        "BARRIEREFREI": free,
        "PLAETZE": int(rng.integers(*kind.capacity)),
        "NUTZUNG": kind.accepts,
        "ANSCHRIFT": _address(rng),
        **_position(ground, cell),
    }


def _jobcenter(
    place: str, name: str, ground: Ground, seat: int, rng: np.random.Generator
) -> dict[str, object]:
    wanted = np.array(plan.JOBCENTER_SEEDS[seat])
    land = np.flatnonzero(ground.blob == -1)
    cell = int(land[((ground.points[land] - wanted) ** 2).sum(axis=1).argmin()])
    return {
        "ORT_ID": place,
        "BEZEICHNUNG": name,
        "ART": "jobcenter",
        "TRAEGER": "öffentlich",
        "BARRIEREFREI": "ja",
        "PLAETZE": 60,
        "NUTZUNG": "information;counselling",
        "ANSCHRIFT": _address(rng),
        **_position(ground, cell),
    }


def _address(rng: np.random.Generator) -> str:
    street = _STREETS[int(rng.integers(len(_STREETS)))]
    return f"{street} {int(rng.integers(1, 140))}"


def _position(ground: Ground, cell: int) -> dict[str, int]:
    """A whole metre inside the cell."""
    point = shapely.point_on_surface(ground.outlines[cell])
    return {"RECHTSWERT": round(point.x), "HOCHWERT": round(point.y)}


def _windows(
    place: str, hours: tuple[tuple[int, int, str, str], ...]
) -> list[tuple[str, int, str, str]]:
    return [
        (place, day, start, end)
        for first, last, start, end in hours
        for day in range(first, last + 1)
    ]


def _sessions(keys: dict[tuple[str, int], str]) -> pd.DataFrame:
    rows = []
    for n, (kind, number, form, group, day, start, end) in enumerate(_EXISTING):
        rows.append(
            {
                "place": keys[kind, number],
                "provider": "Fachstelle Wohnungsnotfälle" if group == "housing" else "Jobcenter",
                "team": f"Team {n % 3 + 1}",
                "kind": form,
                "groups": group,
                "weekday": day,
                "start": start,
                "end": end,
                "valid_from": "2023-01-01",
                "valid_to": "2025-12-31",
            }
        )
    return pd.DataFrame(rows)
