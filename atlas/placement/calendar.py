"""A plan as an iCalendar file: one weekly event per session, times of Europe/Berlin."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from atlas.placement.result import Plan, PlannedSession, team_text
from atlas.placement.scenario import minutes_of
from atlas.wording import day

_ZONE = ZoneInfo("Europe/Berlin")
_YEARS_OF_RULES = 10
_JULY = 7


def placeholder_start(reporting_date: str) -> str:
    """Where new sessions stand in a calendar while nobody has said when they begin.

    Figures take months to be published, so the half-year after the reporting date is mostly
    over by then: the first Monday of the half-year after that. No clock is asked, so that the
    same plan gives the same file.

    Examples
    --------
    >>> placeholder_start("2024-06-30")
    '2025-01-06'
    """
    known = date.fromisoformat(reporting_date)
    half = 2 * known.year + (known.month >= _JULY) + 2
    first = date(half // 2, _JULY if half % 2 else 1, 1)
    return (first + timedelta(days=-first.weekday() % 7)).isoformat()


def calendar_of(plan: Plan) -> bytes:
    """Write a plan as iCalendar; the same plan gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Sozialraumatlas//Sprechstunden//DE")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{plan.title}, {plan.city}")
    firsts = []
    for session in plan.sessions:
        first, last = _first(plan, session), _last(plan, session)
        if last is None or first <= last:
            calendar.add_component(_event(plan, session, first, last))
            firsts.append(first.year)
    year = min(firsts, default=date.fromisoformat(plan.starts).year)
    calendar.add_missing_timezones(
        first_date=date(year, 1, 1), last_date=date(year + _YEARS_OF_RULES, 1, 1)
    )
    text: bytes = calendar.to_ical()
    return text


def _first(plan: Plan, session: PlannedSession) -> date:
    """First day of a series: an existing one runs on from the reporting date."""
    begins = max(plan.reporting_date, session.valid_from) if session.existing else plan.starts
    start = date.fromisoformat(begins)
    return start + timedelta(days=(session.weekday - start.weekday()) % 7)


def _last(plan: Plan, session: PlannedSession) -> date | None:
    """Last possible day of a series; None where it is open."""
    ends = (session.valid_to if session.existing else plan.ends) or ""
    return date.fromisoformat(ends) if ends else None


def _event(plan: Plan, session: PlannedSession, first: date, last: date | None) -> Event:
    is_open = plan.start_open and not session.existing
    event = Event()
    event.add("uid", _uid(plan, session))
    event.add("dtstamp", datetime.combine(date.fromisoformat(plan.reporting_date), time(), UTC))
    event.add("dtstart", _at(first, session.start))
    event.add("dtend", _at(first, session.end))
    event.add("summary", _title(session, is_open=is_open))
    event.add("location", ", ".join(t for t in (session.place_name, session.address) if t))
    event.add("description", _description(plan, session, first, is_open=is_open))
    event.add("status", "CONFIRMED" if session.existing else "TENTATIVE")
    rule: dict[str, object] = {"freq": "weekly"}
    if last is not None:
        rule["until"] = datetime.combine(last, time(23, 59), _ZONE).astimezone(UTC)
    event.add("rrule", rule)
    return event


def _title(session: PlannedSession, *, is_open: bool) -> str:
    """``Sprechstunde Bibliothek Nord, Team 3 (neu, Beginn offen)``."""
    state = "bestehend" if session.existing else "neu, Beginn offen" if is_open else "neu"
    team = team_text(session)
    return f"Sprechstunde {session.place_name}{f', {team}' if team else ''} ({state})"


def _description(plan: Plan, session: PlannedSession, first: date, *, is_open: bool) -> str:
    placeholder = (
        f"Beginn offen: {day(first.isoformat())} ist ein Platzhalter (im übernächsten "
        "Halbjahr nach dem Stichtag der Zahlen). Den Beginn legt „starts“ im Szenario fest."
    )
    return " ".join(t for t in (placeholder * is_open, session.reason, plan.notice) if t)


def _at(when: date, clock: str) -> datetime:
    return datetime.combine(when, time(), _ZONE) + timedelta(minutes=minutes_of(clock))


def _uid(plan: Plan, session: PlannedSession) -> str:
    text = f"{plan.content}|{plan.name}|{session.place}|{session.weekday}|{session.start}"
    text += f"|{session.provider}|{session.team}"
    return hashlib.sha256(text.encode()).hexdigest()[:24] + "@sozialatlas"
