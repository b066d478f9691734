"""A plan as an iCalendar file: one weekly event per session, times of Europe/Berlin."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from atlas.placement.result import Plan, PlannedSession
from atlas.placement.scenario import minutes_of

_ZONE = ZoneInfo("Europe/Berlin")
_YEARS_OF_RULES = 10


def calendar_of(plan: Plan) -> bytes:
    """Write a plan as iCalendar; the same plan gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Sozialraumatlas//Sprechstunden//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{plan.title}, {plan.city}")
    for session in plan.sessions:
        calendar.add_component(_event(plan, session))
    starts = date.fromisoformat(plan.starts)
    calendar.add_missing_timezones(
        first_date=date(starts.year, 1, 1), last_date=date(starts.year + _YEARS_OF_RULES, 1, 1)
    )
    text: bytes = calendar.to_ical()
    return text


def _event(plan: Plan, session: PlannedSession) -> Event:
    starts = date.fromisoformat(plan.starts)
    day = starts + timedelta(days=(session.weekday - starts.weekday()) % 7)
    event = Event()
    event.add("uid", _uid(plan, session))
    event.add("dtstamp", datetime.combine(date.fromisoformat(plan.reporting_date), time(), UTC))
    event.add("dtstart", _at(day, session.start))
    event.add("dtend", _at(day, session.end))
    event.add("summary", f"Sprechstunde {session.place_name}".strip())
    event.add("location", ", ".join(t for t in (session.place_name, session.address) if t))
    event.add("description", session.reason + (f" {plan.notice}" if plan.notice else ""))
    rule: dict[str, object] = {"freq": "weekly"}
    if plan.ends is not None:
        last = date.fromisoformat(plan.ends)
        rule["until"] = datetime.combine(last, time(23, 59), _ZONE).astimezone(UTC)
    event.add("rrule", rule)
    return event


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time(), _ZONE) + timedelta(minutes=minutes_of(clock))


def _uid(plan: Plan, session: PlannedSession) -> str:
    text = f"{plan.content}|{plan.name}|{session.place}|{session.weekday}|{session.start}"
    text += f"|{session.provider}|{session.team}"
    return hashlib.sha256(text.encode()).hexdigest()[:24] + "@sozialatlas"
