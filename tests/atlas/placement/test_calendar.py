"""The calendar of a plan, read back and expanded by an independent reader."""

from datetime import date, timedelta

import pytest
from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar

from atlas.placement.calendar import calendar_of
from geodata.errors import PlacementError
from tests.atlas.placement.plans import plan, session


def left_out(event) -> list:
    """The properties EXDATE of a series."""
    found = event.get("exdate", [])
    return found if isinstance(found, list) else [found]


def days_held(event, until: date) -> list[date]:
    """Every day of a series up to a day, by dateutil: its rule without the days left out."""
    start = event["dtstart"].dt
    days = rruleset()
    days.rrule(rrulestr(event["rrule"].to_ical().decode(), dtstart=start))
    for entry in left_out(event):
        for moment in entry.dts:
            days.exdate(moment.dt)
    last = start.replace(year=until.year, month=until.month, day=until.day)
    return [moment.date() for moment in days.between(start, last, inc=True)]


def events(given, team=None):
    return list(Calendar.from_ical(calendar_of(given, team)).walk("VEVENT"))


def test_holidays_of_the_land_and_closing_days_are_left_out():
    given = plan(session(weekday=0), starts="2024-09-02", ends="2025-06-30")
    (event,) = events(given)
    held = days_held(event, date(2025, 6, 30))
    every_monday = [date(2024, 9, 2) + timedelta(weeks=n) for n in range(44)]
    # Mondays: 23 and 30 December closed, Easter and Whit Monday in Berlin.
    free = {date(2024, 12, 23), date(2024, 12, 30), date(2025, 4, 21), date(2025, 6, 9)}
    assert held == [d for d in every_monday if d not in free]
    description = str(event["description"])
    assert "23.12.2024, 30.12.2024 (Betriebsferien)" in description
    assert "21.04.2025 (Ostermontag)" in description


@pytest.mark.parametrize(
    ("land", "free"),
    [("BE", False), ("BB", True), ("NW", False), ("SN", True), ("TH", True)],
)
def test_the_day_of_the_reformation_is_a_holiday_in_some_laender(land, free):
    given = plan(session(weekday=3), land=land, closed=(), starts="2024-10-24", ends="2024-11-10")
    (event,) = events(given)
    assert (date(2024, 10, 31) not in days_held(event, date(2024, 11, 10))) == free


def test_without_a_land_nothing_is_left_out_and_the_calendar_says_so():
    given = plan(session(), land=None, closed=())
    (event,) = events(given)
    assert "EXDATE" not in event
    assert "Feiertage sind nicht berücksichtigt" in calendar_of(given).decode()


def test_a_series_without_an_end_knows_the_free_days_of_three_years():
    (event,) = events(plan(session(weekday=3), closed=()))
    held = days_held(event, date(2029, 12, 31))
    ascension = [date(2025, 5, 29), date(2026, 5, 14), date(2027, 5, 6), date(2028, 5, 25)]
    assert [d in held for d in ascension] == [False, False, False, True]
    calendar = Calendar.from_ical(calendar_of(plan()))
    assert "der ersten 3 Jahre" in str(calendar["x-wr-caldesc"])
    assert "Feiertage (Berlin) entfallen" in str(calendar["x-wr-caldesc"])


def test_a_series_never_begins_on_a_free_day():
    given = plan(session(weekday=2), starts="2025-01-01", ends="2025-02-28")
    (event,) = events(given)
    assert event["dtstart"].dt.date() == date(2025, 1, 8)
    assert "exdate" not in event


def test_a_series_of_which_no_day_is_left_is_not_in_the_calendar():
    assert events(plan(session(weekday=0), starts="2024-12-23", ends="2025-01-03")) == []


def test_times_stay_the_same_on_the_clock_over_the_change_to_winter_time():
    (event,) = events(plan(session(weekday=0), closed=(("2024-11-04", "2024-11-04", ""),)))
    assert date(2024, 11, 4) not in days_held(event, date(2024, 12, 1))
    assert "04.11.2024 (geschlossen)" in str(event["description"])
    assert {str(d.dt.time()) for e in left_out(event) for d in e.dts} == {"09:00:00"}


def test_the_title_names_kind_room_and_all_teams():
    titles = [str(e["summary"]) for e in events(plan())]
    assert titles == [
        "Offene Sprechstunde, Bibliothek Mitte, Team 1 (neu)",
        "Offene Sprechstunde, Familienzentrum Nord, Team 1 und Team 2 (neu)",
        "Offene Sprechstunde, Stadtteilzentrum Ost, Team 2 (bestehend)",
    ]
    foreign = session(kind_name="", kind="Sozialberatung", ours=False, teams=(), team="",
                      provider="Caritas", existing=True)  # fmt: skip
    (event,) = events(plan(foreign))
    assert event["summary"] == "Sozialberatung, Bibliothek Mitte, Caritas (bestehend)"


def test_a_team_gets_its_own_sessions_and_shares_those_it_holds_with_others():
    given = plan()
    places = {t: [str(e["location"]) for e in events(given, t)] for t in ("Team 1", "Team 2")}
    assert places["Team 1"] == [
        "Bibliothek Mitte, Hauptstraße 1",
        "Familienzentrum Nord, Hauptstraße 1",
    ]
    assert places["Team 2"] == [
        "Familienzentrum Nord, Hauptstraße 1",
        "Stadtteilzentrum Ost, Hauptstraße 1",
    ]
    name = Calendar.from_ical(calendar_of(given, "Team 2"))["x-wr-calname"]
    assert str(name) == "Probe, Team 2, Kleinstadt"
    shared = {str(e["uid"]) for e in events(given, "Team 1")}
    assert shared & {str(e["uid"]) for e in events(given, "Team 2")}


def test_a_team_that_is_not_in_the_plan_is_refused_with_those_that_are():
    with pytest.raises(PlacementError, match="Team 1, Team 2"):
        calendar_of(plan(), "Team 7")


def test_the_same_plan_gives_the_same_bytes():
    assert calendar_of(plan()) == calendar_of(plan())
