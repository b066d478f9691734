"""Classes of the funnel plot and their reasons, in German that needs no statistics."""

from collections.abc import Sequence
from dataclasses import dataclass

from indicators.status import Status

HIGHER, LOWER = "höher als zufällig zu erwarten", "niedriger als zufällig zu erwarten"
USUAL = "im Rahmen der üblichen Unterschiede"
WITHIN, NO_STATEMENT = "im Rahmen des Zufalls", "ohne Aussage"
CLASSES = (HIGHER, LOWER, USUAL, WITHIN, NO_STATEMENT)
"""All classes, in the order of a legend."""

_TARGETS = {"city": "Rate der Stadt", "pooled": "gemeinsamen Rate der Gebiete"}

_UNITS = {"percent": "\N{NARROW NO-BREAK SPACE}%", "per_1000": " je 1.000"}
_EXCLUDED = {
    Status.SUPPRESSED: "der Wert ist geheim",
    Status.TOO_FEW: "die Zahl der Menschen oder Fälle ist zu klein für einen Wert",
    Status.MISSING: "es wurde kein Wert geliefert",
    Status.NOT_APPLICABLE: "für dieses Gebiet gibt es hier keinen Wert",
    Status.ESTIMATED: "der Wert ist geschätzt, nicht gezählt",
}
_FEW = "zu wenige Gebiete haben einen veröffentlichten Wert"
_NO_COUNTS = "der Wert kam ohne die Anzahlen, aus denen er besteht"


@dataclass(frozen=True)
class FunnelNote:
    """What a reader needs beside the numbers of an area.

    ``widened``: the limits allow for the usual differences between areas, too.
    """

    unit: str
    decimals: int
    target: float
    target_source: str
    widened: bool
    decisive: float


@dataclass(frozen=True)
class AreaNumbers:
    """Value, people and limits of an area, in the unit of the indicator.

    ``inner`` are lower and upper limit at 95 %, ``outer`` those that decide.
    """

    value: float
    people: float
    inner: Sequence[float]
    outer: Sequence[float]


def class_reason(word: str, area: AreaNumbers, note: FunnelNote) -> str:
    """One sentence: where the value lies against what chance lets expect."""
    low, high = (_number(limit, note) for limit in area.outer)
    unit = _UNITS.get(note.unit, "")
    expected = "der Zufall erwarten ließe"
    if note.widened and word in (HIGHER, LOWER):
        expected = "Zufall und die üblichen Unterschiede zwischen den Gebieten erwarten ließen"
    side = {
        HIGHER: f"ist höher, als {expected}",
        LOWER: f"ist niedriger, als {expected}",
        USUAL: "liegt weiter entfernt, als der Zufall allein erwarten ließe, aber nicht weiter, "
        "als sich die Gebiete üblicherweise unterscheiden",
        WITHIN: f"liegt in der Spanne, die {expected}",
    }[word]
    return (
        f"{_number(area.value, note)}{unit} {side}: Bei einem Nenner von "
        f"{_thousands(area.people)} und der {_TARGETS[note.target_source]} von "
        f"{_number(note.target, note)}{unit} reicht die Spanne von {low} bis {high}{unit} "
        f"({_percent(note.decisive)}){_hint(word, area)}."
    )


def _hint(word: str, area: AreaNumbers) -> str:
    """That a value beyond the inner limits is nothing rare among many areas."""
    low, high = area.inner
    if word != WITHIN or low <= area.value <= high:
        return ""
    return f"; außerhalb von {_percent(0.95)} liegt durch Zufall etwa eines von 20 Gebieten"


def excluded_reason(status: str, few: bool) -> str:
    """One sentence for an area about which nothing can be said."""
    why = _FEW if few else _EXCLUDED.get(Status(status), _NO_COUNTS)
    return f"Ohne Aussage: {why}."


def _number(value: float, note: FunnelNote) -> str:
    text = f"{value:,.{note.decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return text.replace("-", "\N{MINUS SIGN}")


def _percent(share: float) -> str:
    return f"{100 * share:.4g}\N{NARROW NO-BREAK SPACE}%".replace(".", ",")


def _thousands(number: float) -> str:
    return f"{number:,.0f}".replace(",", ".")
