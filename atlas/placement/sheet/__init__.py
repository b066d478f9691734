"""A plan as a spreadsheet: the week, the sessions with reasons, teams, rooms, reach; in German."""

from pathlib import Path

from atlas.placement.result import Plan
from atlas.placement.sheet.figures import areas, budgets, notes, reach, what_if
from atlas.placement.sheet.grid import Book
from atlas.placement.sheet.week import rooms, sessions, teams, week

__all__ = ["write_sheet"]


def write_sheet(plan: Plan, path: Path) -> None:
    """Write a plan as XLSX.

    Sheets: Woche, Sprechstunden, Reichweite, Gebiete; Budgets and Was wäre wenn where the
    plan has them; Hinweise; then one for each team and one for each room.
    """
    with Book(path, f"{plan.title} ({plan.name}), {plan.city}", plan.city) as book:
        week(book, plan)
        sessions(book, plan)
        reach(book, plan)
        areas(book, plan)
        if plan.front:
            budgets(book, plan)
        if plan.what_if:
            what_if(book, plan)
        notes(book, plan)
        teams(book, plan)
        rooms(book, plan)
