"""Which sessions two plans share: first the same, then those moved within their room."""

from collections.abc import Callable, Hashable

from atlas.placement.compare.model import SessionMatch, State, When
from atlas.placement.held import holders, kind_text
from atlas.placement.result import Plan, PlannedSession

_Key = Callable[[PlannedSession], Hashable]


def match_sessions(a: Plan, b: Plan) -> tuple[SessionMatch, ...]:
    """Pair the sessions of two plans; each is in exactly one pair, or alone.

    Returns
    -------
    tuple of SessionMatch
        In the order of the week, as A has it where A has the session.
    """
    left, right = list(a.sessions), list(b.sessions)
    same = _pairs(left, right, lambda s: (s.place, _time(s), s.kind))
    moved = _pairs(left, right, lambda s: (s.place, s.kind))
    found = [_match("both", x, y) for x, y in same]
    found += [_match("moved", x, y) for x, y in moved]
    found += [_match("only_a", x, None) for x in left]
    found += [_match("only_b", None, y) for y in right]
    return tuple(sorted(found, key=_order))


def _time(session: PlannedSession) -> str:
    """The half-day; outside of any the day and the time."""
    return session.half_day or f"{session.weekday} {session.start}"


def _pairs(
    left: list[PlannedSession], right: list[PlannedSession], key: _Key
) -> list[tuple[PlannedSession, PlannedSession]]:
    """Take out of both lists what has the same key, one against one, in the order given."""
    pairs = []
    for session in list(left):
        partner = next((s for s in right if key(s) == key(session)), None)
        if partner is not None:
            left.remove(session)
            right.remove(partner)
            pairs.append((session, partner))
    return pairs


def _match(state: State, a: PlannedSession | None, b: PlannedSession | None) -> SessionMatch:
    shown = a or b
    if shown is None:
        raise ValueError("a match needs a session")
    return SessionMatch(
        state=state,
        place=shown.place,
        place_name=shown.place_name,
        kind_name=kind_text(shown),
        a=_when(a),
        b=_when(b),
    )


def _when(s: PlannedSession | None) -> When | None:
    if s is None:
        return None
    return When(s.half_day, s.weekday, s.start, s.end, holders(s), s.existing)


def _order(match: SessionMatch) -> tuple[int, str, str, str]:
    when = match.a or match.b
    if when is None:
        raise ValueError("a match needs a session")
    return when.weekday, when.start, match.place, match.state
