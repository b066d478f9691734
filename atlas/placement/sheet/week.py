"""The sheets that say when and where: the week, the sessions, each team, each room."""

from atlas.placement.held import holders, kind_text, our_teams, sessions_of, teams_of
from atlas.placement.result import Alternative, Plan, PlannedSession
from atlas.placement.sheet.grid import Book, Cell, Column, height
from atlas.wording import day, listing, plain, weekday, word_or_key

_DAY = 34
_SESSIONS = (
    Column("Tag", 11),
    Column("Beginn", 7),
    Column("Ende", 7),
    Column("Raum", 24),
    Column("Art des Ortes", 14),
    Column("Träger", 13),
    Column("Adresse", 18),
    Column("Gebiet", 10),
    Column("Name des Gebiets", 15),
    Column("Art der Sprechstunde", 14),
    Column("Wer", 13),
    Column("neu oder bestehend", 11),
    Column("endet am", 11),
    Column("Öffnungszeiten", 14),
    Column("Zielgruppen", 22),
    Column("Menschen in der Woche, höchstens", 12, "whole"),
    Column("Verlust ohne sie (Anteil am Gewinn)", 11, "share"),
    Column("nächstbester Raum", 18),
    Column("dort", 12),
    Column("Verlust dadurch", 9, "share"),
    Column("nächstbester Halbtag", 13),
    Column("Verlust dadurch", 9, "share"),
    Column("Begründung", 56),
)
_TEAM = (
    Column("Tag", 12),
    Column("Beginn", 8),
    Column("Ende", 8),
    Column("Raum", 32),
    Column("Adresse", 28),
    Column("Art", 22),
    Column("Zielgruppen", 32),
    Column("Minuten vom Raum davor", 13, "whole"),
    Column("zusammen mit", 18),
    Column("neu oder bestehend", 12),
)
_ROOM = (
    Column("Tag", 12),
    Column("Beginn", 8),
    Column("Ende", 8),
    Column("Art", 24),
    Column("Wer", 28),
    Column("Zielgruppen", 36),
    Column("neu oder bestehend", 12),
    Column("Öffnungszeiten", 14),
)


def week(book: Book, plan: Plan) -> None:
    """One column per weekday, one row per part of the day; warnings above."""
    sheet = book.sheet("Woche")
    sheet.write_string(0, 0, f"{plan.title} ({plan.name}), {plan.city}. {plan.notice}".strip())
    top = 1 + book.lines(sheet, 1, plan.warnings, book.warn)
    days = sorted({w.weekday for w in plan.week} | {s.weekday for s in plan.sessions})
    parts = list(dict.fromkeys(w.name for w in plan.week))
    if any(not s.half_day for s in plan.sessions):
        parts.append("")
    several = len({kind_text(s) for s in plan.sessions}) > 1
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, len(days), _DAY)
    sheet.write_string(top, 0, "", book.head)
    for c, number_of_day in enumerate(days, start=1):
        sheet.write_string(top, c, weekday(number_of_day), book.head)
    for r, part in enumerate(parts, start=top + 1):
        sheet.write_string(r, 0, part or "außerhalb", book.head)
        cells = [
            "\n".join(
                _line(s, several=several)
                for s in plan.sessions
                if s.weekday == number_of_day and s.half_day_name == part
            )
            for number_of_day in days
        ]
        for c, cell in enumerate(cells, start=1):
            sheet.write_string(r, c, cell, book.boxed)
        sheet.set_row(r, height(cells, [_DAY] * len(cells)))


def _line(session: PlannedSession, *, several: bool) -> str:
    """One session in the week; its kind only where the plan has several kinds."""
    state = "bestehend" if session.existing else "neu"
    unknown = "" if session.hours_known else ", Öffnungszeiten unbekannt"
    parts = (session.place_name, kind_text(session) if several else "", holders(session))
    words = ", ".join(p for p in parts if p)
    return f"{session.start}–{session.end} {words} ({state}{unknown})"


def sessions(book: Book, plan: Plan) -> None:
    """Every session with its reason, and what would stand in its place."""
    sheet = book.sheet("Sprechstunden", large=True)
    rows = [_session(plan, s, _state(s)) for s in plan.sessions]
    rows += [_session(plan, s, "entfällt") for s in plan.ended]
    book.table(sheet, 0, _SESSIONS, rows)
    sheet.autofilter(0, 0, max(len(rows), 1), len(_SESSIONS) - 1)


def _state(session: PlannedSession) -> str:
    state = "bestehend" if session.existing else "neu"
    return f"{state}, fest vorgegeben" if session.fixed else state


def _session(plan: Plan, s: PlannedSession, state: str) -> list[Cell]:
    room, time = s.next_room, s.next_time
    return [
        weekday(s.weekday),
        s.start,
        s.end,
        s.place_name,
        word_or_key("kind", s.place_kind),
        word_or_key("owner", s.owner) + " (angenommen)" * s.owner_assumed,
        s.address,
        s.area,
        s.area_name,
        kind_text(s),
        holders(s),
        state,
        day(s.valid_to) if s.valid_to else "",
        "bekannt" if s.hours_known else "unbekannt",
        _groups(plan, s),
        s.persons,
        s.lost,
        room.place_name if room else "",
        _when(room) if room else "",
        room.worse if room else None,
        _when(time) if time else "",
        time.worse if time else None,
        s.reason,
    ]


def _groups(plan: Plan, session: PlannedSession) -> str:
    names = {g.group: g.name for g in plan.groups}
    return ", ".join(names.get(g, g) for g in session.groups)


def _when(other: Alternative) -> str:
    kind = f", {other.kind_name}" if other.kind_name else ""
    return f"{weekday(other.weekday)} {other.start}–{other.end}{kind}"


def teams(book: Book, plan: Plan) -> None:
    """One sheet for each of our teams: its week by day, and the ways between rooms."""
    ways = {
        (d.team, d.weekday, stop.place_name, stop.start): stop.way_minutes
        for d in plan.days
        for stop in d.stops
    }
    for team in our_teams(plan):
        held = sessions_of(plan, team)
        sheet = book.sheet(team)
        hours = plain(sum(s.hours for s in held))
        sheet.write_string(0, 0, f"{team}: {hours} Stunden Sprechstunde in der Woche", book.title)
        rows: list[list[Cell]] = []
        for s in held:
            others = [name for name in teams_of(s) if name != team]
            rows.append(
                [
                    weekday(s.weekday),
                    s.start,
                    s.end,
                    s.place_name,
                    s.address,
                    kind_text(s),
                    _groups(plan, s),
                    ways.get((team, s.weekday, s.place_name, s.start)),
                    listing(others),
                    _state(s),
                ]
            )
        book.table(sheet, 2, _TEAM, rows)


def rooms(book: Book, plan: Plan) -> None:
    """One sheet for each room with a session, as a notice for the house."""
    by_place: dict[str, list[PlannedSession]] = {}
    for s in plan.sessions:
        by_place.setdefault(s.place, []).append(s)
    order = sorted(by_place, key=lambda place: (by_place[place][0].place_name.casefold(), place))
    for place in order:
        held = by_place[place]
        first = held[0]
        sheet = book.sheet(first.place_name)
        sheet.write_string(0, 0, first.place_name, book.title)
        owner = word_or_key("owner", first.owner) + " (angenommen)" * first.owner_assumed
        about = (
            first.address,
            word_or_key("kind", first.place_kind),
            f"Träger: {owner}",
            word_or_key("barrier_free", first.barrier_free),
        )
        sheet.write_string(1, 0, " · ".join(t for t in about if t))
        rows: list[list[Cell]] = [
            [
                weekday(s.weekday),
                s.start,
                s.end,
                kind_text(s),
                holders(s),
                _groups(plan, s),
                _state(s),
                "bekannt" if s.hours_known else "unbekannt",
            ]
            for s in held
        ]
        book.table(sheet, 3, _ROOM, rows)
