"""The sheets with figures: reach, areas, budgets, what would change the plan, notes."""

from atlas.placement.access import fairness_lines
from atlas.placement.freedays import free_days_note
from atlas.placement.result import Plan
from atlas.placement.sheet.grid import Book, Cell, Column
from atlas.wording import day, status_word

_REACH = (
    Column("Zielgruppe", 40),
    Column("gezählt werden", 50),
    Column("Minuten", 10, "whole"),
    Column("Bedarf", 12, "whole"),
    Column("erreicht vorher", 16, "whole"),
    Column("erreicht nachher", 16, "whole"),
    Column("Zahlen", 14),
)
_AREAS = (
    Column("Gebiet", 12),
    Column("Name des Gebiets", 26),
    Column("Zielgruppe", 32),
    Column("Bedarf", 10, "whole"),
    Column("mindestens", 11, "whole"),
    Column("höchstens", 11, "whole"),
    Column("Zahlen", 12),
    Column("zählt so oft (Vorrang)", 10, "factor"),
    Column("Minuten vorher", 10, "whole"),
    Column("Minuten nachher", 10, "whole"),
    Column("nächste Sprechstunde", 30),
    Column("Minuten dorthin", 10, "whole"),
    Column("so nah oder näher, die ganze Woche offen", 24),
    Column("Minuten dorthin", 10, "whole"),
    Column("Warum", 60),
)
_BUDGETS = (
    Column("Stunden in der Woche", 12, "one"),
    Column("Sprechstunden", 15, "whole"),
    Column("Gewinn", 12, "whole"),
    Column("höchstens möglich", 12, "whole"),
    Column("Abstand davon", 11, "share"),
    Column("Ende der Suche", 24),
)
_WHAT_IF = (
    Column("Was sich änderte", 100),
    Column("neue Sprechstunden, die im selben Raum blieben", 18, "whole"),
    Column("von", 8, "whole"),
    Column("so weit bliebe der Plan hinter dem dann besten zurück", 20, "share"),
)
_NOTES = 110
ENDED = {
    "optimal": "bewiesen der beste",
    "gap": "Genauigkeit erreicht",
    "node_limit": "Grenze der Suche erreicht",
    "time_limit": "Zeitgrenze erreicht",
    "stopped": "angehalten",
}
"""How a search ended, in a few words."""


def reach(book: Book, plan: Plan) -> None:
    """Reach by group and minutes, and how evenly the hours reach people."""
    sheet = book.sheet("Reichweite")
    rows: list[list[Cell]] = [
        [
            group.name,
            group.counted,
            step.minutes,
            group.need,
            step.before,
            step.after,
            status_word(group.status),
        ]
        for group in plan.groups
        for step in group.steps
    ]
    end = book.table(sheet, 0, _REACH, rows)
    if plan.fairness is not None:
        for row, line in enumerate(fairness_lines(plan.fairness), start=end + 1):
            sheet.write_string(row, 0, line)


def areas(book: Book, plan: Plan) -> None:
    """Every area and group: need, priority, minutes, and why it is reached or not."""
    sheet = book.sheet("Gebiete", large=True)
    names = {g.group: g.name for g in plan.groups}
    rooms = {s.place: s.place_name for s in plan.sessions}
    rows: list[list[Cell]] = [
        [
            a.area,
            a.area_name,
            names[a.group],
            a.need,
            a.low,
            a.high,
            status_word(a.status),
            a.factor,
            a.minutes_before,
            a.minutes_after,
            rooms.get(a.next_place, ""),
            a.next_minutes,
            a.always_name,
            a.minutes_after if a.always_name else None,
            a.reason,
        ]
        for a in plan.areas
    ]
    book.table(sheet, 0, _AREAS, rows)
    sheet.autofilter(0, 0, max(len(rows), 1), len(_AREAS) - 1)


def budgets(book: Book, plan: Plan) -> None:
    """What other budgets would reach, as a table and a chart."""
    sheet = book.sheet("Budgets")
    columns = [*_BUDGETS, *(Column(f"erreicht: {g.name}", 16, "whole") for g in plan.groups)]
    rows: list[list[Cell]] = [
        [
            point.hours,
            point.sessions,
            point.objective,
            point.bound,
            point.gap,
            ENDED.get(point.ended, point.ended),
            *(point.reached.get(g.group) for g in plan.groups),
        ]
        for point in plan.front
    ]
    end = book.table(sheet, 0, columns, rows)
    series = list(range(len(_BUDGETS), len(columns)))
    book.line_chart(sheet, (end + 1, 0), ("Stunden in der Woche", "erreicht"), series)


def what_if(book: Book, plan: Plan) -> None:
    """What becomes of the plan if something were otherwise."""
    sheet = book.sheet("Was wäre wenn")
    rows: list[list[Cell]] = [[w.sentence, w.same, w.sessions, w.short] for w in plan.what_if]
    book.table(sheet, 0, _WHAT_IF, rows)


def notes(book: Book, plan: Plan) -> None:
    """What a reader must know: title, date, summary, notes."""
    sheet = book.sheet("Hinweise")
    sheet.set_column(0, 0, _NOTES)
    lines = [
        plan.title,
        plan.notice,
        f"Stand der Zahlen: {day(plan.reporting_date)}. Ausgabe {plan.edition}.",
        *plan.summary(),
        *plan.notes,
        f"Kalenderdatei: {free_days_note(plan)}",
    ]
    book.lines(sheet, 0, (text for text in lines if text), book.wrap, _NOTES)
