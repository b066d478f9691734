"""When a session can begin: inside the window, inside the half-day, beside what is held."""

import pytest

from atlas.placement.scenario import HalfDay, clock_of, minutes_of
from atlas.placement.situation import session_start

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
