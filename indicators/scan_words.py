"""Classes of the circular scan and their reasons, in German that needs no statistics."""

import math
from dataclasses import dataclass

from indicators.hotspot_words import NO_STATEMENT
from indicators.hotspot_words import excluded_reason as excluded_by_value

HIGH, LOW = "high", "low"
HIGH_MEMBER = "Teil einer Häufung hoher Werte"
LOW_MEMBER = "Teil einer Häufung niedriger Werte"
UNREMARKABLE = "unauffällig"
CLASSES = (HIGH_MEMBER, LOW_MEMBER, UNREMARKABLE, NO_STATEMENT)
"""All classes, in the order of a legend."""

_EXCLUDED = {
    "estimated": "der Wert ist geschätzt, nicht gezählt",
    "counts": "Zähler und Nenner sind nicht beide veröffentlicht",
    "population": "die Bezugsgröße ist hier null",
    "not_whole": "der Zähler ist keine ganze Zahl von Fällen",
    "limits": "kein Kreis mit diesem Gebiet hält die Grenze ein",
}


@dataclass(frozen=True)
class ScanNote:
    """What a reader needs to repeat the test."""

    permutations: int
    seed: int
    max_share: float
    max_radius_m: float | None
    iterative: bool
    varying: bool = False

    @property
    def test(self) -> str:
        """The test and its limits."""
        share = f"{100 * self.max_share:g}".replace(".", ",")
        limit = f"Kreise bis {share}\N{NARROW NO-BREAK SPACE}% der Bezugsgröße"
        if self.max_radius_m is not None:
            limit += f" und {_distance(self.max_radius_m)}"
        ways = ", schrittweise ohne die Häufungen davor" if self.iterative else ""
        return f"Kulldorffs Kreis-Scan, Poisson, {limit}{ways}"

    @property
    def draws(self) -> str:
        """Number of random distributions and their seed."""
        usual = ", Unterschiede zwischen Gebieten wie hier üblich" if self.varying else ""
        return f"{_thousands(self.permutations)} Zufallsverteilungen{usual}, Startwert {self.seed}"


@dataclass(frozen=True)
class Circle:
    """The figures of a cluster that its sentence tells."""

    direction: str
    areas: int
    radius_m: float
    cases: int
    expected: float
    relative_risk: float
    llr: float
    p_value: float

    @property
    def member_class(self) -> str:
        """The class of its areas."""
        return HIGH_MEMBER if self.direction == HIGH else LOW_MEMBER


def cluster_reason(circle: Circle, note: ScanNote) -> str:
    """One sentence on a cluster: what was counted, what was to be expected, how sure."""
    return f"{_sentence(circle)} ({_proof(circle, note)})."


def member_reason(circle: Circle, centre: str, with_it: bool, note: ScanNote) -> str:
    """The same for one of its areas; ``with_it`` if its own rate lies on the same side."""
    place = f"Im Kreis um Gebiet {centre}"
    sentence = _sentence(circle, place)
    if not with_it:
        side = "höher" if circle.direction == HIGH else "niedriger"
        sentence += f"; dieses Gebiet selbst liegt nicht {side} als die Karte im Ganzen"
    return f"{sentence} ({_proof(circle, note)})."


def unremarkable_reason(note: ScanNote) -> str:
    """One sentence for an area in no cluster."""
    return (
        "Dieses Gebiet gehört zu keiner Häufung, die sich vom Zufall unterscheiden lässt "
        f"({note.test}; {note.draws})."
    )


def excluded_reason(why: str) -> str:
    """One sentence for an area that could not be tested."""
    if why in _EXCLUDED:
        return f"Ohne Aussage: {_EXCLUDED[why]}."
    return excluded_by_value(why)


def _sentence(circle: Circle, place: str = "Im Kreis") -> str:
    size = "1 Gebiet" if circle.areas == 1 else f"{circle.areas} Gebiete"
    radius = f", Radius {_distance(circle.radius_m)}" if circle.radius_m > 0 else ""
    cases = "1 Fall" if circle.cases == 1 else f"{_thousands(circle.cases)} Fälle"
    verb = "liegt" if circle.cases == 1 else "liegen"
    return (
        f"{place} ({size}{radius}) {verb} {cases}, bei überall gleicher Quote wären es "
        f"{_decimal(circle.expected, 1)}; {_times(circle.relative_risk)}"
    )


def _times(risk: float) -> str:
    if math.isinf(risk):
        return "außerhalb gibt es keinen Fall"
    if risk == 0:
        return "alle Fälle liegen außerhalb"
    return f"die Quote ist innen {_decimal(risk, 2)}-mal so hoch wie außen"


def _proof(circle: Circle, note: ScanNote) -> str:
    return (
        f"{note.test}; Log-Likelihood-Quotient = {_decimal(circle.llr, 2)}, "
        f"p = {_decimal(circle.p_value, 4)}; {note.draws}"
    )


def _distance(metres: float) -> str:
    return f"{_decimal(metres / 1000, 1)} km" if metres >= 950 else f"{_decimal(metres, 0)} m"


def _decimal(number: float, digits: int) -> str:
    """A German number with thousands points and a decimal comma."""
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _thousands(number: int) -> str:
    return _decimal(number, 0)
