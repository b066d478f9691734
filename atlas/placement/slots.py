"""Where and when new sessions fit: every room, half-day and kind of session."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.placement.arrays import Bools, Floats, Ints, Options
from atlas.placement.hours import ExistingSession, Span, TeamsOut, overlaps, teams_out
from atlas.placement.scenario import HalfDay, Scenario, SessionKind, minutes_of, suited

_STEP = 15
_NEVER = -1


def options_of(
    scenario: Scenario,
    half_days: tuple[HalfDay, ...],
    freed: tuple[ExistingSession, ...] = (),
) -> Options:
    """All half-days with all kinds of session, half-day by half-day; then what may stay.

    Existing sessions that may be moved are no shorter and no longer if they stay: each
    half-day, kind and length of theirs is an option of its own.
    """
    kinds = scenario.session_kinds
    new = [
        (t, s, _shortest(scenario, k)) for t in range(len(half_days)) for s, k in enumerate(kinds)
    ]
    own = {
        (s.half_day, kind, s.end - s.start)
        for s in freed
        if s.half_day is not None
        for kind in _kinds_like(scenario, s)
    }
    half_day, kind, length = np.array([*new, *sorted(own)], dtype=np.int64).reshape(-1, 3).T
    days = np.array([h.weekday for h in half_days], dtype=np.int64)
    limits: Floats = np.array([k.persons_per_hour or np.inf for k in kinds], dtype=float)
    staff = np.array([k.staff for k in kinds], dtype=np.int64)
    return Options(half_day, days[half_day], kind, staff[kind], length, limits[kind])


def _kinds_like(scenario: Scenario, session: ExistingSession) -> list[int]:
    """Numbers of the kinds that an existing session may have: its own where that is known."""
    kinds = [k.key for k in scenario.session_kinds]
    known = session.kind in kinds
    return [kinds.index(session.kind)] if known else list(range(len(kinds)))


def options_like(scenario: Scenario, options: Options, session: ExistingSession) -> Bools:
    """(Q,): options in the half-day of an existing session, of its kind where that is known."""
    half_day = -1 if session.half_day is None else session.half_day
    like = np.isin(options.kind, _kinds_like(scenario, session))
    return np.asarray(like & (options.half_day == half_day), dtype=bool)


def own_options(
    scenario: Scenario, options: Options, session: ExistingSession, starts: Ints
) -> Bools:
    """(Q,): options in which an existing session stays as it is: its time, its length."""
    same = options_like(scenario, options, session)
    same &= options.shortest == session.end - session.start
    return np.asarray(same & (starts[session.place] == session.start), dtype=bool)


def with_staying(
    scenario: Scenario,
    slots: "Slots",
    options: Options,
    freed: tuple[ExistingSession, ...],
    out: tuple[TeamsOut, ...],
) -> "Slots":
    """The slots of new sessions, and behind them those of existing ones that may stay.

    Parameters
    ----------
    scenario, slots, options
        `slots` are those of new sessions, `options` all.
    freed
        The sessions that may be moved. Of two in one room and half-day, alike in kind and
        length, the earlier one can stay.
    out
        (T,): teams that existing sessions keep from new ones.
    """
    new, places = slots.starts.shape[1], len(slots.starts)
    more = (places, len(options) - new)
    starts = np.hstack([slots.starts, np.full(more, _NEVER, dtype=np.int64)])
    longest = np.hstack([slots.longest, np.zeros(more, dtype=np.int64)])
    hindered = np.hstack([slots.hindered, np.zeros(more, dtype=bool)])
    for s in freed:
        own = options_like(scenario, options, s) & (options.shortest == s.end - s.start)
        own[:new] = False
        own &= starts[s.place] == _NEVER
        if s.half_day is not None:
            starts[s.place, own], longest[s.place, own] = s.start, s.end - s.start
            hindered[s.place, own] = any(overlaps(s.span, o) for o in out[s.half_day].spans)
    return Slots(starts, longest, hindered, slots.known)


def _shortest(scenario: Scenario, kind: SessionKind) -> int:
    return round((kind.hours or scenario.staff.session_hours) * 60)


def _longest(scenario: Scenario, kind: SessionKind) -> int:
    return max(round((kind.max_hours or 0) * 60), _shortest(scenario, kind))


@dataclass(frozen=True)
class Slots:
    """Where and when new sessions fit.

    Parameters
    ----------
    starts
        (P, Q): start in minutes after midnight, -1 where none fits.
    longest
        (P, Q): minutes of the longest session from there, 0 where none fits.
    hindered
        (P, Q): at that time a team that reaches into the half-day is out.
    known
        (P,): opening windows are known.
    """

    starts: Ints
    longest: Ints
    hindered: Bools
    known: Bools


def free_slots(
    edition: Edition,
    scenario: Scenario,
    places: pd.DataFrame,
    half_days: tuple[HalfDay, ...],
    existing: tuple[ExistingSession, ...],
) -> Slots:
    """Find the start of a session for every room, half-day and kind."""
    windows, with_hours = _windows(edition)
    known = places["place"].isin(list(with_hours)).to_numpy(dtype=bool)
    default = suited(scenario.rooms.default_half_days, half_days)
    busy: dict[tuple[int, int], list[Span]] = {}
    for held in existing:
        busy.setdefault((held.place, held.weekday), []).append(held.span)
    out = teams_out(existing, half_days)
    kinds = scenario.session_kinds
    when = [suited(kind.half_days, half_days) for kind in kinds]
    where = [_kind_fits(kind, places) for kind in kinds]
    shape = (len(places), len(half_days) * len(kinds))
    starts = np.full(shape, _NEVER, dtype=np.int64)
    longest = np.zeros(shape, dtype=np.int64)
    hindered = np.zeros(shape, dtype=bool)
    for p, place in enumerate(places["place"]):
        for t, day in enumerate(half_days):
            whole_day = [(day.start, day.end)] if default[t] else []
            spans = windows.get((place, day.weekday), []) if known[p] else whole_day
            taken = busy.get((p, day.weekday), [])
            for s, kind in enumerate(kinds):
                if not (when[s][t] and where[s][p] and spans):
                    continue
                length, q = _shortest(scenario, kind), t * len(kinds) + s
                start = session_start(day, spans, taken, length, out[t].spans)
                if start == _NEVER:
                    continue
                starts[p, q] = start
                end = _latest_end(day, spans, [*taken, *out[t].spans], start, length)
                longest[p, q] = min(end - start, _longest(scenario, kind))
                hindered[p, q] = any(overlaps((start, start + length), o) for o in out[t].spans)
    return Slots(starts, longest, hindered, known)


def _kind_fits(kind: SessionKind, places: pd.DataFrame) -> Bools:
    """(P,): the place is of a kind, and large enough, for the kind of session."""
    fits = places["kind"].isin(kind.place_kinds) if kind.place_kinds else True
    return np.asarray(large_enough(kind, places) & fits, dtype=bool)


def large_enough(kind: SessionKind, places: pd.DataFrame) -> Bools:
    """(P,): the place holds as many as the kind asks for, as far as its capacity is known."""
    small = (places["capacity"].astype("Float64") < kind.min_capacity).fillna(False)
    return np.asarray(~small, dtype=bool)


def _windows(edition: Edition) -> tuple[dict[tuple[str, int], list[Span]], frozenset[str]]:
    """Known opening windows by place and weekday, and the places that have any."""
    table = edition.table("windows")
    table = table[table["known"].fillna(value=False)]
    windows: dict[tuple[str, int], list[Span]] = {}
    for row in table.itertuples(index=False):
        span = (minutes_of(str(row.start)), minutes_of(str(row.end)))
        windows.setdefault((str(row.place), int(str(row.weekday))), []).append(span)
    return windows, frozenset(map(str, table["place"]))


def session_start(
    day: HalfDay,
    spans: list[Span],
    busy: list[Span],
    length: int,
    teams: tuple[Span, ...] = (),
) -> int:
    """Start of a session anywhere in the window and the half-day, on a quarter of an hour.

    Parameters
    ----------
    day
        The half-day.
    spans, busy
        Opening windows of the room on that weekday, and what is taken of them.
    length
        Of the session. All times in minutes.
    teams
        When teams from another half-day are out: a time without them is preferred, then
        the preferred start of the half-day, then the earliest.

    Returns
    -------
    int
        -1 where none fits.
    """
    possible = [
        start
        for low, high in spans
        for start in range(
            -(-max(low, day.start) // _STEP) * _STEP, min(high, day.end) - length + 1, _STEP
        )
        if not any(overlaps((start, start + length), taken) for taken in busy)
    ]

    def rank(start: int) -> tuple[int, bool, int]:
        met = sum(overlaps((start, start + length), team) for team in teams)
        return met, start != day.preferred, start

    return min(possible, key=rank, default=_NEVER)


def _latest_end(day: HalfDay, spans: list[Span], busy: list[Span], start: int, length: int) -> int:
    """Until when a session that begins at `start` may last."""
    closing = max(min(high, day.end) for low, high in spans if low <= start < high)
    following = [low for low, _ in busy if low >= start + length]
    return max(min([closing, *following]), start + length)
