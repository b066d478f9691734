"""What is proven of a choice and how its search ended, in words."""

from atlas import wording
from indicators.disclosure.cells import BoolArray
from indicators.disclosure.plain import Cost
from indicators.disclosure.task import Pattern


def loss_words(cost: Cost) -> str:
    """What is counted as lost."""
    return {"count": "Fälle", "cell": "Zellen", "weights": "Gewicht"}[cost]


def bound_words(pattern: Pattern) -> str:
    """What is proven about the loss, and how the search ended."""
    n = wording.number
    if pattern.loss <= pattern.bound:
        return "bewiesen: weniger geht nicht"
    proven = (
        f"bewiesen nötig sind {n(pattern.bound)} (Abstand {wording.percent(100 * pattern.gap)})"
    )
    if pattern.bound <= 0:
        proven = "wie wenig nötig wäre, wurde nicht bewiesen"
    return f"{proven}; {ended_words(pattern)}"


def cells(chosen: BoolArray, one: str, many: str) -> str:
    """Some cells and what they do: ``1 Zelle steht``, ``2 Zellen stehen``."""
    count = int(chosen.sum())
    return f"1 Zelle {one}" if count == 1 else f"{wording.number(count)} Zellen {many}"


def exact_in_vain(count: int) -> str:
    """Numbers from the threshold on that are hidden and yet known."""
    if count == 1:
        return "Eine geheime Zahl ab der Schwelle lässt sich genau berechnen"
    return f"{wording.number(count)} geheime Zahlen ab der Schwelle lassen sich genau berechnen"


def ended_words(pattern: Pattern) -> str:
    """How the search ended, in plain words."""
    return {
        "optimal": "die Suche ist zu Ende gerechnet",
        "gap": "die Suche endete beim gewünschten Abstand",
        "limit": "die Suche endete nach der vorgegebenen Arbeit",
        "time": "die Suche endete nach der vorgegebenen Zeit, ein neuer Lauf kann anders ausgehen",
        "stopped": "die Suche wurde abgebrochen, ein neuer Lauf kann anders ausgehen",
    }[pattern.ended]
