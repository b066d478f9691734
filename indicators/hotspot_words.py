"""Hotspot classes and their reasons, in German that needs no statistics."""

from dataclasses import dataclass

from indicators.neighbours import QUEEN, NeighbourRule

GI_STAR, LOCAL_MORAN = "gi_star", "local_moran"
NO_PATTERN, NO_STATEMENT = "kein auffälliges Muster", "ohne Aussage"
HIGH_CLUSTER, LOW_CLUSTER = "Häufung hoher Werte", "Häufung niedriger Werte"
HIGH_HIGH, LOW_LOW = "hoch unter hohen", "niedrig unter niedrigen"
HIGH_AMONG_LOW, LOW_AMONG_HIGH = "hoch unter niedrigen", "niedrig unter hohen"

CLASSES = {
    GI_STAR: (HIGH_CLUSTER, LOW_CLUSTER, NO_PATTERN, NO_STATEMENT),
    LOCAL_MORAN: (HIGH_HIGH, LOW_LOW, HIGH_AMONG_LOW, LOW_AMONG_HIGH, NO_PATTERN, NO_STATEMENT),
}
"""All classes of each method, in the order of a legend."""

_SENTENCES = {
    HIGH_CLUSTER: "Hier und {around} liegen die Werte gemeinsam höher, "
    "als der Zufall erwarten ließe",
    LOW_CLUSTER: "Hier und {around} liegen die Werte gemeinsam niedriger, "
    "als der Zufall erwarten ließe",
    HIGH_HIGH: "Ein hoher Wert, und auch {around} sind die Werte höher, "
    "als der Zufall erwarten ließe",
    LOW_LOW: "Ein niedriger Wert, und auch {around} sind die Werte niedriger, "
    "als der Zufall erwarten ließe",
    HIGH_AMONG_LOW: "Ein hoher Wert, während {around} die Werte niedriger sind, "
    "als der Zufall erwarten ließe",
    LOW_AMONG_HIGH: "Ein niedriger Wert, während {around} die Werte höher sind, "
    "als der Zufall erwarten ließe",
    NO_PATTERN: "Hier und {around} bilden die Werte kein Muster, "
    "das sich vom Zufall unterscheiden lässt",
}

_OPPOSED = (
    "Der Wert hier und die Werte {around} liegen auf verschiedenen Seiten und bilden "
    "gemeinsam keine Häufung"
)

_EXCLUDED = {
    "suppressed": "der Wert ist geheim",
    "too_few": "die Zahl der Menschen oder Fälle ist zu klein für einen Wert",
    "missing": "es wurde kein Wert geliefert",
    "not_applicable": "für dieses Gebiet gibt es hier keinen Wert",
    "few": "zu wenige Gebiete haben einen veröffentlichten Wert",
}


@dataclass(frozen=True)
class HotspotNote:
    """What a reader needs to repeat a test."""

    method: str
    on_rates: bool
    permutations: int
    seed: int
    alpha: float
    rule: NeighbourRule = QUEEN

    @property
    def name(self) -> str:
        """The test and its statistic."""
        if self.method == GI_STAR:
            return "Gi*, z"
        return "lokales Moran-I mit Empirical-Bayes-Raten" if self.on_rates else "lokales Moran-I"


def tested_reason(
    word: str, numbers: tuple[float, float, float], neighbours: int, note: HotspotNote
) -> str:
    """One sentence: what was found, with statistic, p, q, test and seed."""
    statistic, p_value, q_value = numbers
    around = _around(neighbours, note.rule)
    opposed = word == NO_PATTERN and q_value <= note.alpha
    sentence = _OPPOSED if opposed else _SENTENCES[word]
    figures = _german(f"{statistic:.2f}; zweiseitig p = {p_value:.4f}, q = {q_value:.4f}")
    return (
        f"{sentence.format(around=around)} ({note.name} = {figures}; "
        f"{_thousands(note.permutations)} Zufallsanordnungen, Startwert {note.seed})."
    )


def excluded_reason(why: str, rule: NeighbourRule = QUEEN) -> str:
    """One sentence for an area that could not be tested."""
    if why == "island":
        return f"Ohne Aussage: {_alone(rule)}."
    return f"Ohne Aussage: {_EXCLUDED.get(why, _EXCLUDED['missing'])}."


def distance_words(metres: float) -> str:
    """A distance as one would say it, in metres or kilometres.

    >>> distance_words(1490), distance_words(800)
    ('1,49 km', '800 m')
    """
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.4g} km".replace(".", ",")


def _around(neighbours: int, rule: NeighbourRule) -> str:
    """The areas that count as neighbours."""
    one = neighbours == 1
    if rule.kind == "knn":
        return "im nächsten Gebiet" if one else f"in den {neighbours} nächsten Gebieten"
    if rule.kind == "distance":
        areas = "in dem einen Gebiet" if one else f"in den {neighbours} Gebieten"
        return f"{areas} {_reach(rule)}"
    return "im Nachbargebiet" if one else f"in den {neighbours} Nachbargebieten"


def _alone(rule: NeighbourRule) -> str:
    if rule.kind == "knn":
        return "keines der nächsten Gebiete hat einen veröffentlichten Wert"
    if rule.kind == "distance":
        return f"{_reach(rule)} hat kein anderes Gebiet einen veröffentlichten Wert"
    return "kein Nachbargebiet hat einen veröffentlichten Wert"


def _reach(rule: NeighbourRule) -> str:
    return "im Umkreis" if rule.metres is None else f"im Umkreis von {distance_words(rule.metres)}"


def _german(figures: str) -> str:
    """Figures with decimal commas and real minus signs."""
    return figures.replace(".", ",").replace("-", "\N{MINUS SIGN}")


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")
