"""A comparison in German sentences, and as tables."""

from collections.abc import Sequence

import pandas as pd

from atlas.placement.compare.model import Comparison, GroupDifference, State, Why
from atlas.wording import listing, number, percent, signed, status_word, weekday

WISHES = {
    "format": "Format",
    "key": "Schlüssel",
    "title": "Titel",
    "groups": "Zielgruppen",
    "reach": "Reichweite",
    "staff": "Personal",
    "rooms": "Räume",
    "existing": "bestehende Sprechstunden",
    "guarantee": "Zusage",
    "kinds": "Arten von Sprechstunden",
    "teams": "Teams",
    "priorities": "Vorrang",
    "between": "Wege der Teams",
    "spread": "Verteilung über die Woche",
    "limit": "Grenze für alle",
    "robust": "Vorsicht",
    "fixed": "feste Sprechstunden",
    "front": "weitere Stundenzahlen",
    "land": "Land",
    "closed": "Schließzeiten",
    "weekdays": "Wochentage",
    "day_parts": "Tageszeiten",
    "starts": "Beginn",
    "ends": "Ende",
    "solve": "Rechnung",
}
"""What the entries of a scenario are called."""
_WHY: dict[Why, str] = {
    "": "",
    "equal": "gleich",
    "rounding": "nicht unterscheidbar, der Unterschied ist kleiner als die Rundung",
    "gap": "nicht unterscheidbar, der Unterschied ist kleiner als das, was die Suche offenließ",
    "bounds": "nicht unterscheidbar, der Unterschied hängt von geheimen Zahlen ab",
}
STATES: dict[State, str] = {
    "both": "in beiden",
    "moved": "verlegt",
    "only_a": "nur in A",
    "only_b": "nur in B",
}
"""What the states of a session are called."""
_GINI = 0.005


def sentences(c: Comparison) -> tuple[str, ...]:
    """The comparison in German sentences, the most important first."""
    lines = [
        f"Verglichen: A ist „{c.a.name}“ ({c.a.title}), B ist „{c.b.name}“ ({c.b.title}); "
        f"beide aus der Ausgabe {c.edition}.",
        _changed(c),
        _goal(c),
        _sessions(c),
        f"A braucht {number(c.a.hours_used, 1)} von {number(c.a.hours_per_week, 1)} Stunden in der "
        f"Woche, B {number(c.b.hours_used, 1)} von {number(c.b.hours_per_week, 1)}.",
        *(_group(d) for d in _widest(c.groups)),
        *_guarantee(c),
        *_fair(c),
        *(f"Nicht vergleichbar: {note}" for note in c.incomparable),
    ]
    return tuple(lines)


def _changed(c: Comparison) -> str:
    # Two names for the same wishes are no difference a reader asks about.
    real = [WISHES.get(k, k) for k in c.changed if k not in ("key", "title", "format")]
    if not real:
        return "Beide Szenarien sagen dasselbe."
    return f"In den Szenarien verschieden: {listing(real)}."


def _goal(c: Comparison) -> str:
    if c.goal is None:
        return (
            "Welcher Plan insgesamt besser ist, lässt sich nicht sagen: Die Szenarien gewichten "
            "verschieden."
        )
    if c.goal.verdict == "same":
        if c.goal.why == "gap":
            return (
                f"Insgesamt nicht unterscheidbar: Der Unterschied im Gewinn "
                f"({percent(100 * abs(c.goal.share), 2)}) ist nicht größer als das, was die Suche "
                f"offenließ ({percent(100 * c.goal.left_open, 2)})."
            )
        return f"Insgesamt ist der Gewinn {_WHY[c.goal.why]}."
    winner, loser = ("B", "A") if c.goal.verdict == "b" else ("A", "B")
    return (
        f"Insgesamt gewinnt {winner} mehr: {loser} bleibt {percent(100 * abs(c.goal.share), 2)} "
        f"dahinter zurück."
    )


def _sessions(c: Comparison) -> str:
    return (
        f"Sprechstunden: {number(c.count('both'))} in beiden Plänen gleich, "
        f"{number(c.count('moved'))} im selben Raum zu anderer Zeit, "
        f"{number(c.count('only_a'))} nur in A, {number(c.count('only_b'))} nur in B."
    )


def _widest(groups: Sequence[GroupDifference]) -> list[GroupDifference]:
    """The last step of each group."""
    return list({d.group: d for d in groups}.values())


def _group(d: GroupDifference) -> str:
    both = f"A {number(d.a)}, B {number(d.b)}, Bedarf {number(d.need)}"
    title = f"{d.name}, erreicht in {d.minutes:g} Minuten"
    if d.verdict == "same":
        return f"{title}: {_WHY[d.why]} ({both})."
    winner = "B" if d.verdict == "b" else "A"
    about = "schätzungsweise " if d.status == "estimated" else ""
    share = f"; B gegen A {signed(d.points)}" if d.points is not None else ""
    return f"{title}: {winner} {about}{number(abs(d.difference))} mehr ({both}{share})."


def _guarantee(c: Comparison) -> list[str]:
    g = c.guarantee
    if g is None:
        return []
    title = f"Zusage ({g.level_name} in {g.minutes:g} Minuten)"
    parts = [
        f"nur in {side} verfehlt: {', '.join(names)}"
        for side, names in (("A", g.only_a), ("B", g.only_b))
        if names
    ]
    rest = f"in beiden verfehlt: {number(len(g.both))} von {number(g.regions)}"
    return [f"{title}: {'; '.join([*parts, rest])}."]


def _fair(c: Comparison) -> list[str]:
    lines = []
    if c.a.gini is not None and c.b.gini is not None:
        both = f"Gini-Koeffizient A {number(c.a.gini, 2)}, B {number(c.b.gini, 2)}"
        if abs(c.a.gini - c.b.gini) < _GINI:
            lines.append(f"Verteilung der Stunden: nicht unterscheidbar ({both}).")
        else:
            even = "A" if c.a.gini < c.b.gini else "B"
            lines.append(f"Verteilung der Stunden: in {even} gleichmäßiger ({both}).")
    if c.a.worst_name and c.b.worst_name:
        ways = [f"{side} {_worst(p.worst_name, p.worst_minutes)}"
                for side, p in (("in A", c.a), ("in B", c.b))]  # fmt: skip
        lines.append(f"Am weitesten hat es {', '.join(ways)}.")
    return lines


def _worst(name: str, minutes: float | None) -> str:
    return f"{name} ({'kein Weg bekannt' if minutes is None else f'{number(minutes)} Minuten'})"


def session_table(c: Comparison) -> pd.DataFrame:
    """One row per session: state, room, kind, when and who in each plan."""
    rows = [
        {
            "Vergleich": STATES[m.state],
            "Raum": m.place_name,
            "Art": m.kind_name,
            **{
                f"{what} {side}": words
                for side, when in (("A", m.a), ("B", m.b))
                for what, words in (
                    ("wann in", f"{weekday(when.weekday)} {when.start}–{when.end}" if when else ""),
                    ("wer in", when.holders if when else ""),
                    ("neu in", ("bestehend" if when.existing else "neu") if when else ""),
                )
            },
        }
        for m in c.sessions
    ]
    columns = ["Vergleich", "Raum", "Art"]
    columns += [f"{w} {s}" for s in "AB" for w in ("wann in", "wer in", "neu in")]
    return pd.DataFrame(rows, columns=columns)


def reach_table(c: Comparison) -> pd.DataFrame:
    """One row per group and minutes: reached before and with each plan, and the difference."""
    rows = [
        {
            "Zielgruppe": d.name,
            "gezählt werden": d.counted,
            "Minuten": d.minutes,
            "Bedarf": d.need,
            "vorher A": d.before_a,
            "vorher B": d.before_b,
            "erreicht A": d.a,
            "erreicht B": d.b,
            "B minus A": d.difference,
            "mindestens": d.low,
            "höchstens": d.high,
            "in Prozentpunkten": d.points,
            "Ergebnis": _WHY[d.why] or f"{d.verdict.upper()} erreicht mehr",
            "Zahlen": status_word(d.status),
        }
        for d in c.groups
    ]
    columns = ["Zielgruppe", "gezählt werden", "Minuten", "Bedarf", "vorher A", "vorher B"]
    columns += ["erreicht A", "erreicht B", "B minus A", "mindestens", "höchstens"]
    columns += ["in Prozentpunkten", "Ergebnis", "Zahlen"]
    return pd.DataFrame(rows, columns=columns)
