"""A plan as an iCalendar file: one weekly event per session, times of Europe/Berlin."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from atlas.placement.freedays import free_days, free_days_note, last_known, omitted_text
from atlas.placement.held import holders, kind_text, our_teams, sessions_of
from atlas.placement.result import Plan, PlannedSession
from atlas.placement.scenario import minutes_of
from atlas.wording import day
from geodata.errors import PlacementError, Problem

_ZONE = ZoneInfo("Europe/Berlin")
_YEARS_OF_RULES = 10
_JULY = 7
_WEEK = timedelta(days=7)


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


def calendar_of(plan: Plan, team: str | None = None) -> bytes:
    """Write a plan as iCalendar; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        Each of its sessions becomes a weekly series without public holidays and closing days.
    team
        One of our teams: only its sessions. None: all.

    Raises
    ------
    PlacementError
        The plan has no such team.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Sozialraumatlas//Sprechstunden//DE")
    calendar.add("version", "2.0")
    names = (plan.title, *([team] if team is not None else []), plan.city)
    calendar.add("x-wr-calname", ", ".join(names))
    calendar.add("x-wr-caldesc", free_days_note(plan))
    firsts = []
    for session in _chosen(plan, team):
        series = _series(plan, session)
        if series is not None:
            calendar.add_component(_event(plan, session, series))
            firsts.append(series.first.year)
    year = min(firsts, default=date.fromisoformat(plan.starts).year)
    calendar.add_missing_timezones(
        first_date=date(year, 1, 1), last_date=date(year + _YEARS_OF_RULES, 1, 1)
    )
    text: bytes = calendar.to_ical()
    return text


def _chosen(plan: Plan, team: str | None) -> tuple[PlannedSession, ...]:
    if team is None:
        return plan.sessions
    known = our_teams(plan)
    if team not in known:
        problem = Problem("team", f"gefunden {team!r}", ", ".join(known))
        raise PlacementError("Dieses Team kommt im Plan nicht vor.", [problem])
    return sessions_of(plan, team)


@dataclass(frozen=True)
class _Series:
    """A weekly series: first and last day, None where it is open, and the days left out."""

    first: date
    last: date | None
    omitted: dict[date, str]


def _series(plan: Plan, session: PlannedSession) -> _Series | None:
    """The series of a session; None where not a single day is left."""
    first, last = _first(plan, session), _last(plan, session)
    horizon = last or last_known(first)
    free = free_days(plan, first, horizon)
    # Some programs show the first day of a series even where it is left out.
    while first in free:
        first += _WEEK
    if last is not None and first > last:
        return None
    omitted = {d: n for d, n in free.items() if d > first and d.weekday() == session.weekday}
    return _Series(first, last, omitted)


def _first(plan: Plan, session: PlannedSession) -> date:
    """First day of a series: an existing one runs on from the reporting date."""
    begins = max(plan.reporting_date, session.valid_from) if session.existing else plan.starts
    start = date.fromisoformat(begins)
    return start + timedelta(days=(session.weekday - start.weekday()) % 7)


def _last(plan: Plan, session: PlannedSession) -> date | None:
    """Last possible day of a series; None where it is open."""
    ends = (session.valid_to if session.existing else plan.ends) or ""
    return date.fromisoformat(ends) if ends else None


def _event(plan: Plan, session: PlannedSession, series: _Series) -> Event:
    is_open = plan.start_open and not session.existing
    event = Event()
    event.add("uid", _uid(plan, session))
    event.add("dtstamp", datetime.combine(date.fromisoformat(plan.reporting_date), time(), UTC))
    event.add("dtstart", _at(series.first, session.start))
    event.add("dtend", _at(series.first, session.end))
    event.add("summary", _title(session, is_open=is_open))
    event.add("location", ", ".join(t for t in (session.place_name, session.address) if t))
    event.add("description", _description(plan, session, series, is_open=is_open))
    event.add("status", "CONFIRMED" if session.existing else "TENTATIVE")
    rule: dict[str, object] = {"freq": "weekly"}
    if series.last is not None:
        rule["until"] = datetime.combine(series.last, time(23, 59), _ZONE).astimezone(UTC)
    event.add("rrule", rule)
    # One line per day: not every calendar reads several in one.
    for when in series.omitted:
        event.add("exdate", _at(when, session.start))
    return event


def _title(session: PlannedSession, *, is_open: bool) -> str:
    """``Offene Sprechstunde, Bibliothek Nord, Team 3 (neu, Beginn offen)``."""
    state = "bestehend" if session.existing else "neu, Beginn offen" if is_open else "neu"
    parts = (kind_text(session) or "Sprechstunde", session.place_name, holders(session))
    return f"{', '.join(p for p in parts if p)} ({state})"


def _description(plan: Plan, session: PlannedSession, series: _Series, *, is_open: bool) -> str:
    placeholder = (
        f"Beginn offen: {day(series.first.isoformat())} ist ein Platzhalter (im übernächsten "
        "Halbjahr nach dem Stichtag der Zahlen). Den Beginn legt „starts“ im Szenario fest."
    )
    parts = (placeholder * is_open, session.reason, omitted_text(series.omitted), plan.notice)
    return " ".join(t for t in parts if t)


def _at(when: date, clock: str) -> datetime:
    return datetime.combine(when, time(), _ZONE) + timedelta(minutes=minutes_of(clock))


def _uid(plan: Plan, session: PlannedSession) -> str:
    text = f"{plan.content}|{plan.name}|{session.place}|{session.weekday}|{session.start}"
    text += f"|{session.provider}|{session.team}"
    return hashlib.sha256(text.encode()).hexdigest()[:24] + "@sozialatlas"
