"""When a session can begin, and which rooms' names are wanted."""

import pandas as pd
import pytest

from atlas.placement.plan import compute_plan
from atlas.placement.scenario import HalfDay, Rooms, clock_of, minutes_of
from atlas.placement.situation import name_matches, named_as_wanted
from atlas.placement.slots import session_start
from geodata.errors import PlacementError

MORNING = HalfDay("mo_am", 0, "am", "Vormittag", 480, 750, 540)


def spans(*texts: str) -> list[tuple[int, int]]:
    return [tuple(minutes_of(t) for t in text.split("-")) for text in texts]


@pytest.mark.parametrize(
    ("windows", "busy", "hours", "start"),
    [
        (["08:00-18:00"], [], 3, "09:00"),
        (["09:30-18:00"], [], 3, "09:30"),
        (["09:40-18:00"], [], 2, "09:45"),
        (["07:00-11:00"], [], 3, "08:00"),
        (["10:00-18:00"], [], 3, None),
        (["08:00-10:00", "10:30-13:00"], [], 2, "08:00"),
        (["08:00-10:00", "10:00-12:00"], [], 3, None),
        (["08:00-18:00"], ["09:00-10:00"], 2, "10:00"),
        (["08:00-18:00"], ["08:30-12:00"], 1, None),
        ([], [], 1, None),
    ],
)
def test_a_session_begins_where_it_fits(windows, busy, hours, start):
    found = session_start(MORNING, spans(*windows), spans(*busy), hours * 60)
    assert (None if found < 0 else clock_of(found)) == start


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("bibliothek", True),
        ("Stadtteil*karow", True),
        ("Karow*Stadtteil", False),
        ("=Stadtteilbibliothek", False),
        ("=stadtteilbibliothek*", True),
        ("(Karow", False),
    ],
)
def test_a_name_is_looked_through_whatever_its_case(pattern, matches):
    assert name_matches("Stadtteilbibliothek Karow", pattern) is matches


def test_rooms_are_chosen_by_name_within_their_kind():
    places = pd.DataFrame(
        {
            "kind": ["library", "library", "library", "cafe", "library"],
            "name": [
                "Stadtteilbibliothek Karow",
                "Bibliothek der Freien",
                "Kinderbibliothek Karow",
                "Café",
                "Ohne Namen (Adresse unbekannt)",
            ],
        }
    )
    wanted = Rooms(include_names={"library": ("bibliothek*karow",)})
    assert named_as_wanted(wanted, places).tolist() == [True, False, True, True, False]
    less = Rooms(
        include_names={"library": ("bibliothek",)}, exclude_names={"library": ("Kinder", "Freien")}
    )
    assert named_as_wanted(less, places).tolist() == [True, False, False, True, False]
    assert named_as_wanted(Rooms(only_named=False), places).all()


def test_a_room_left_out_by_name_gets_no_session(city, changed):
    rooms = Rooms(exclude_names={"library": ("mitte",)}, default_half_days=("am",))
    plan = compute_plan(city, changed(rooms=rooms), "probe")
    assert plan.new_sessions and "b1" not in {s.place for s in plan.new_sessions}
    assert any("nach ihrem Namen ausgewählt" in note for note in plan.notes)
    with pytest.raises(PlacementError, match="include_names"):
        compute_plan(city, changed(rooms=Rooms(include_names={"kiosk": ("a",)})), "probe")
