"""A plan as a spreadsheet: the week, the sessions with reasons, reach, notes; in German."""

from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from atlas.placement.result import Plan, PlannedSession, team_text
from atlas.wording import day, status_word, weekday, word_or_key

_FIXED = datetime(2000, 1, 1)
_SESSION_COLUMNS = (
    ("Tag", 12),
    ("Beginn", 8),
    ("Ende", 8),
    ("Raum", 36),
    ("Art", 20),
    ("Träger", 24),
    ("Adresse", 28),
    ("Gebiet", 12),
    ("Name des Gebiets", 24),
    ("Wer", 28),
    ("neu oder bestehend", 18),
    ("endet am", 12),
    ("Öffnungszeiten", 16),
    ("Zielgruppen", 36),
    ("Begründung", 90),
)
_REACH_COLUMNS = (
    ("Zielgruppe", 40),
    ("gezählt werden", 50),
    ("Minuten", 10),
    ("Bedarf", 12),
    ("erreicht vorher", 16),
    ("erreicht nachher", 16),
    ("Zahlen", 14),
)
_AREA_COLUMNS = (
    ("Gebiet", 14),
    ("Name des Gebiets", 28),
    ("Zielgruppe", 40),
    ("Bedarf", 12),
    ("mindestens", 12),
    ("höchstens", 12),
    ("Zahlen", 14),
    ("Minuten vorher", 16),
    ("Minuten nachher", 16),
    ("nächste Sprechstunde", 36),
    ("Minuten dorthin", 16),
)


def write_sheet(plan: Plan, path: Path) -> None:
    """Write a plan as XLSX with the sheets Woche, Sprechstunden, Reichweite, Gebiete, Hinweise."""
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    book.set_properties({"title": plan.title, "subject": plan.city, "created": _FIXED})
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E6ECF2", "border": 1}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "cell": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
        "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "warn": book.add_format({"bold": True, "font_color": "#9C2A1A"}),
    }
    _week(book.add_worksheet("Woche"), plan, styles)
    _sessions(book.add_worksheet("Sprechstunden"), plan, styles)
    _reach(book.add_worksheet("Reichweite"), plan, styles)
    _areas(book.add_worksheet("Gebiete"), plan, styles)
    _notes(book.add_worksheet("Hinweise"), plan, styles)
    book.close()


def _header(
    sheet: Worksheet, row: int, columns: tuple[tuple[str, int], ...], styles: dict[str, Format]
) -> None:
    for c, (name, width) in enumerate(columns):
        sheet.set_column(c, c, width)
        sheet.write(row, c, name, styles["head"])
    sheet.freeze_panes(row + 1, 0)


def _week(sheet: Worksheet, plan: Plan, styles: dict[str, Format]) -> None:
    """One column per weekday, one row per part of the day; warnings above."""
    sheet.write(0, 0, f"{plan.title} ({plan.name}), {plan.city}. {plan.notice}".strip())
    for row, line in enumerate(plan.warnings, start=1):
        sheet.write_string(row, 0, line, styles["warn"])
    top = 2 + len(plan.warnings)
    days = sorted({w.weekday for w in plan.week} | {s.weekday for s in plan.sessions})
    parts = list(dict.fromkeys(w.name for w in plan.week))
    if any(not s.half_day for s in plan.sessions):
        parts.append("")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, len(days), 40)
    sheet.write(top, 0, "", styles["head"])
    for c, number_of_day in enumerate(days, start=1):
        sheet.write(top, c, weekday(number_of_day), styles["head"])
    for r, part in enumerate(parts, start=top + 1):
        sheet.write(r, 0, part or "außerhalb", styles["head"])
        for c, number_of_day in enumerate(days, start=1):
            here = [
                _line(s)
                for s in plan.sessions
                if s.weekday == number_of_day and s.half_day_name == part
            ]
            sheet.write_string(r, c, "\n".join(here), styles["cell"])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _line(session: PlannedSession) -> str:
    state = "bestehend" if session.existing else "neu"
    unknown = "" if session.hours_known else ", Öffnungszeiten unbekannt"
    team = team_text(session)
    who = f", {team}" if team else ""
    return f"{session.start}–{session.end} {session.place_name}{who} ({state}{unknown})"


def _sessions(sheet: Worksheet, plan: Plan, styles: dict[str, Format]) -> None:
    _header(sheet, 0, _SESSION_COLUMNS, styles)
    names = {g.group: g.name for g in plan.groups}
    for r, s in enumerate(plan.sessions, start=1):
        cells = (
            weekday(s.weekday),
            s.start,
            s.end,
            s.place_name,
            word_or_key("kind", s.place_kind),
            word_or_key("owner", s.owner) + " (angenommen)" * s.owner_assumed,
            s.address,
            s.area,
            s.area_name,
            team_text(s),
            "bestehend" if s.existing else "neu",
            day(s.valid_to) if s.valid_to else "",
            "bekannt" if s.hours_known else "unbekannt",
            ", ".join(names[g] for g in s.groups),
            s.reason,
        )
        for c, cell in enumerate(cells):
            sheet.write_string(r, c, cell, styles["wrap"])


def _reach(sheet: Worksheet, plan: Plan, styles: dict[str, Format]) -> None:
    _header(sheet, 0, _REACH_COLUMNS, styles)
    row = 1
    for group in plan.groups:
        for step in group.steps:
            sheet.write_string(row, 0, group.name)
            sheet.write_string(row, 1, group.counted)
            for c, x in enumerate((step.minutes, group.need, step.before, step.after), start=2):
                _whole(sheet, row, c, x, styles)
            sheet.write_string(row, 6, status_word(group.status))
            row += 1


def _areas(sheet: Worksheet, plan: Plan, styles: dict[str, Format]) -> None:
    _header(sheet, 0, _AREA_COLUMNS, styles)
    names = {g.group: g.name for g in plan.groups}
    rooms = {s.place: s.place_name for s in plan.sessions}
    for r, a in enumerate(plan.areas, start=1):
        for c, words in enumerate((a.area, a.area_name, names[a.group])):
            sheet.write_string(r, c, words)
        for c, x in enumerate((a.need, a.low, a.high), start=3):
            _whole(sheet, r, c, x, styles)
        sheet.write_string(r, 6, status_word(a.status))
        _whole(sheet, r, 7, a.minutes_before, styles)
        _whole(sheet, r, 8, a.minutes_after, styles)
        sheet.write_string(r, 9, rooms.get(a.next_place, ""))
        _whole(sheet, r, 10, a.next_minutes, styles)


def _whole(
    sheet: Worksheet, row: int, column: int, value: float | None, styles: dict[str, Format]
) -> None:
    """A whole number, or an empty cell where there is none: never a zero instead."""
    if value is not None:
        sheet.write_number(row, column, round(value), styles["whole"])


def _notes(sheet: Worksheet, plan: Plan, styles: dict[str, Format]) -> None:
    sheet.set_column(0, 0, 120)
    lines = [
        plan.title,
        plan.notice,
        f"Stand der Zahlen: {day(plan.reporting_date)}. Ausgabe {plan.edition}.",
        *plan.summary(),
        *plan.notes,
    ]
    for row, line in enumerate(text for text in lines if text):
        sheet.write_string(row, 0, line, styles["wrap"])
