"""The sessions of a plan in words and numbers: why each is there, and what could replace it."""

from dataclasses import replace

from atlas.placement.explain import Served, clock_span, heading, only_through, session_effect
from atlas.placement.hours import ExistingSession
from atlas.placement.judged import Judged, alternative, given_up, loss_sentence
from atlas.placement.kinds import kind_name
from atlas.placement.result import PlannedSession
from atlas.placement.scenario import Scenario, SessionKind, clock_of
from atlas.placement.situation import Situation
from atlas.wording import listing, number, percent


def sessions_of_plan(
    scenario: Scenario, judged: Judged, served: Served
) -> tuple[PlannedSession, ...]:
    """All sessions of a plan in the order of the week: those that stay, and the new ones."""
    sessions = (*_kept(scenario, judged, served), *_new(scenario, judged, served))
    found = [_with_loss(s) for s in sessions]
    return tuple(sorted(found, key=lambda s: (s.weekday, s.start, s.place, s.team)))


def ended_sessions(
    scenario: Scenario, judged: Judged, served: Served
) -> tuple[PlannedSession, ...]:
    """Existing sessions of ours that the plan gives up."""
    return tuple(
        replace(
            _session(scenario, judged, served, session, existing=True),
            reason=loss_sentence(scenario, judged, served, session),
            reach=(),
        )
        for session in given_up(scenario, judged)
    )


def _new(scenario: Scenario, judged: Judged, served: Served) -> list[PlannedSession]:
    """The new sessions, and those of ours that were free to move and stay."""
    situation, week = judged.situation, judged.planned.week
    table = judged.planned.timetable
    ours = scenario.existing.our_providers
    sessions = []
    for held, q, teams in zip(table.sessions, table.option, table.teams, strict=True):
        start, o = int(situation.starts[held.room, q]), situation.options
        kind = scenario.session_kinds[int(o.kind[q])]
        names = tuple(week.members[m].name for m in teams)
        timing = ExistingSession(
            place=held.room,
            provider=ours[0] if len(ours) == 1 else "",
            team=listing(list(names)) if names else "",
            kind=kind.key,
            weekday=int(o.weekday[q]),
            start=start,
            end=start + int(judged.minutes[held.room, q]),
            half_day=int(o.half_day[q]),
            serves=tuple(float(a) for a in situation.serves[:, q]),
            ours=True,
        )
        worth = judged.worth[held.room, q]
        fixed = _is_fixed(scenario, judged, held.room, q)
        plain = _session(scenario, judged, served, timing, existing=False)
        described = _seats(kind, _stayed(scenario, judged, timing, plain))
        sessions.append(
            replace(
                described,
                teams=names,
                fixed=fixed,
                lost=judged.share(worth.lost),
                next_room=None if fixed else alternative(scenario, judged, worth.next_room),
                next_time=None if fixed else alternative(scenario, judged, worth.next_time),
            )
        )
    return sessions


def _seats(kind: SessionKind, session: PlannedSession) -> PlannedSession:
    """How many a session can see in a week, where that is limited."""
    if kind.persons_per_hour is None:
        return session
    persons = round(kind.persons_per_hour * session.hours, 1)
    reason = f"{session.reason} In der Woche kommen hier höchstens {number(persons)} Menschen dran."
    return replace(session, persons=persons, reason=reason)


def _is_fixed(scenario: Scenario, judged: Judged, room: int, q: int) -> bool:
    situation = judged.situation
    half_day = situation.half_days[int(situation.options.half_day[q])].key
    place = str(situation.places["place"].iloc[room])
    return any(f.place == place and f.half_day == half_day for f in scenario.fixed)


def _stayed(
    scenario: Scenario, judged: Judged, timing: ExistingSession, session: PlannedSession
) -> PlannedSession:
    """Say of a session of ours that might have moved whether it stays, and what it was before."""
    before = [
        s
        for s in judged.situation.freed
        if s.place == timing.place and s.half_day == timing.half_day
    ]
    if not before:
        return session
    old = min(before, key=lambda s: (s.kind != timing.kind, s.start != timing.start))
    groups = _groups(scenario, judged, old)
    was = clock_span(clock_of(old.start), clock_of(old.end))
    head, colon, rest = session.reason.partition(": ")
    if (old.kind, old.start, groups) != (timing.kind, timing.start, session.groups):
        kind = kind_name(scenario, old.kind)
        names = listing([g.name for g in scenario.groups if g.key in groups])
        words = f"tritt an die Stelle der bestehenden (bisher {was}, {kind}, für {names}); "
        return replace(session, reason=f"{head}{colon}{words}{rest}")
    # Its dates go on; it is no new session even where it lasts shorter than before.
    stays = "bleibt" if old.end == timing.end else f"bleibt, in anderer Länge (bisher {was})"
    return replace(
        session,
        existing=True,
        reason=f"{head}{colon}besteht bereits und {stays}; {rest}",
        valid_from=old.valid_from,
        valid_to=old.valid_to,
    )


def _groups(scenario: Scenario, judged: Judged, session: ExistingSession) -> tuple[str, ...]:
    """Keys of the target groups that an existing session serves."""
    suits = judged.situation.suits_room[session.place]
    pairs = zip(scenario.groups, session.serves, suits, strict=True)
    return tuple(g.key for g, a, b in pairs if a > 0 and b > 0)


def _with_loss(session: PlannedSession) -> PlannedSession:
    """Say of an existing session what goes without it; of new ones the tables say it."""
    if not session.existing or session.lost is None:
        return session
    share = percent(100 * session.lost, 1)
    words = (
        f"Fiele sie ersatzlos weg, ginge so viel verloren wie {share} dessen, was der Plan gewinnt."
        if session.lost > 0
        else "Fiele sie ersatzlos weg, ginge von dem, was der Plan zählt, nichts verloren."
    )
    return replace(session, reason=f"{session.reason} {words}")


def _kept(scenario: Scenario, judged: Judged, served: Served) -> list[PlannedSession]:
    """The sessions that stay whatever the plan, with what goes without them.

    ``next_room`` and ``next_time`` stay empty: what must stay is not exchanged, and where and
    when it could be held instead is not looked at, least of all for other providers. Whoever
    wants to know lets our own sessions move (``mode = "free"``).
    """
    return [
        replace(
            _session(scenario, judged, served, session, existing=True), lost=judged.kept_share(k)
        )
        for k, session in enumerate(judged.situation.existing)
    ]


def _session(
    scenario: Scenario, judged: Judged, served: Served, timing: ExistingSession, *, existing: bool
) -> PlannedSession:
    """Describe one session, with its reason."""
    situation, p = judged.situation, timing.place
    room = situation.places.iloc[p]
    serves = tuple(
        float(a * b) for a, b in zip(timing.serves, situation.suits_room[p], strict=True)
    )
    regions = only_through(scenario, situation, served, judged.regions, p)
    effect = session_effect(
        scenario, situation, served, p, serves, existing=existing, regions=regions
    )
    known = existing or bool(situation.hours_known[p])
    assumed = bool(situation.owner_assumed[p])
    title = heading(situation, p, timing.weekday, timing.start, timing.end)
    open_points = ["Öffnungszeiten unbekannt"] * (not known)
    open_points += ["Träger angenommen"] * (assumed and not existing)
    open_points += ["Träger unbekannt"] * (str(room["owner"]) == "unknown" and not existing)
    unsure = f" {', '.join(open_points)}: mit dem Haus klären." if open_points else ""
    half_day = situation.half_days[timing.half_day] if timing.half_day is not None else None
    return PlannedSession(
        place=str(room["place"]),
        place_name=str(room["name"]),
        place_kind=str(room["kind"]),
        owner=str(room["owner"]),
        barrier_free=str(room["barrier_free"]),
        address=str(room["address"]),
        area=str(room["area"]),
        weekday=timing.weekday,
        half_day=half_day.key if half_day else "",
        half_day_name=half_day.part_name if half_day else "",
        start=clock_of(timing.start),
        end=clock_of(timing.end),
        hours=round((timing.end - timing.start) / 60, 2),
        team=timing.team,
        kind=timing.kind,
        kind_name=kind_name(scenario, timing.kind),
        provider=timing.provider,
        groups=tuple(g.key for g, s in zip(scenario.groups, serves, strict=True) if s > 0),
        existing=existing,
        ours=timing.ours,
        hours_known=known,
        reason=f"{title}: {effect.reason}{unsure}",
        reach=effect.reach,
        new_areas=tuple(str(situation.areas["area"].iloc[i]) for i in effect.new_areas),
        area_name=_area_name(situation, str(room["area"])),
        owner_assumed=assumed,
        valid_from=timing.valid_from,
        valid_to=timing.valid_to,
        teams=(timing.team,) if timing.team else (),
    )


def _area_name(situation: Situation, area: str) -> str:
    """Name of a finest area; empty where nobody lives there."""
    found = situation.areas.loc[situation.areas["area"] == area, "name"]
    return str(found.iloc[0]) if len(found) else ""
