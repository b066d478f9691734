"""Days on which a weekly series is not held: public holidays of a Land, and closing days."""

from collections.abc import Iterator
from datetime import date, timedelta

import holidays

from atlas.placement.result import Plan
from atlas.wording import day

YEARS_AHEAD = 3
"""How far the free days of a series without an end are worked out."""

LAND_NAMES = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HB": "Bremen",
    "HE": "Hessen",
    "HH": "Hamburg",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}


def free_days(plan: Plan, first: date, last: date) -> dict[date, str]:
    """Free days from `first` to `last`, both included, with their names; in order.

    A day that is both takes the name of the holiday. Holidays that hold only in some places
    of a Land are not among them.
    """
    closed = {
        when: name or "geschlossen"
        for start, end, name in plan.closed
        for when in _days(max(first, date.fromisoformat(start)), min(last, date.fromisoformat(end)))
    }
    public = {when: name for when, name in _public(plan.land, first, last) if first <= when <= last}
    return dict(sorted((closed | public).items()))


def last_known(first: date) -> date:
    """Last day up to which a series without an end knows its free days."""
    return date(first.year + YEARS_AHEAD, first.month, min(first.day, 28))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _public(land: str | None, first: date, last: date) -> list[tuple[date, str]]:
    if land is None or last < first:
        return []
    years = range(first.year, last.year + 1)
    found = holidays.country_holidays("DE", subdiv=land, years=years, language="de")
    return sorted(found.items())


def free_days_note(plan: Plan) -> str:
    """What a reader of the calendar must know about free days."""
    names = list(dict.fromkeys(name for _, _, name in plan.closed if name))
    if plan.land is None:
        public = "Feiertage sind nicht berücksichtigt: Im Szenario fehlt „land“."
    else:
        public = f"Feiertage ({LAND_NAMES[plan.land]}) entfallen."
    words = f" ({', '.join(names)})" if names else ""
    closed = f"Schließzeiten{words} entfallen." if plan.closed else ""
    ends = ""
    if plan.land is not None or plan.closed:
        ends = (
            f"Bei Reihen ohne Ende sind die freien Tage der ersten {YEARS_AHEAD} Jahre "
            "berücksichtigt; für später den Plan neu rechnen."
        )
    return " ".join(t for t in (public, closed, ends) if t)


def omitted_text(omitted: dict[date, str]) -> str:
    """``Entfällt: 24.12.2026, 31.12.2026 (Betriebsferien); 01.01.2027 (Neujahr).``."""
    by_name: dict[str, list[str]] = {}
    for when, name in omitted.items():
        by_name.setdefault(name, []).append(day(when.isoformat()))
    parts = [f"{', '.join(days)} ({name})" for name, days in by_name.items()]
    return f"Entfällt: {'; '.join(parts)}." if parts else ""
