"""Hotspot classes and their reasons, in German that needs no statistics."""

from dataclasses import dataclass

GI_STAR, LOCAL_MORAN = "gi_star", "local_moran"
NO_PATTERN, NO_STATEMENT = "kein auffälliges Muster", "ohne Aussage"

CLASSES = {
    GI_STAR: ("Häufung hoher Werte", "Häufung niedriger Werte", NO_PATTERN, NO_STATEMENT),
    LOCAL_MORAN: (
        "hoch unter hohen",
        "niedrig unter niedrigen",
        "hoch unter niedrigen",
        "niedrig unter hohen",
        NO_PATTERN,
        NO_STATEMENT,
    ),
}
"""All classes of each method, in the order of a legend."""

_SENTENCES = {
    "Häufung hoher Werte": "Hier und {around} liegen die Werte gemeinsam höher, "
    "als der Zufall erwarten ließe",
    "Häufung niedriger Werte": "Hier und {around} liegen die Werte gemeinsam niedriger, "
    "als der Zufall erwarten ließe",
    "hoch unter hohen": "Ein hoher Wert, und auch {around} sind die Werte höher, "
    "als der Zufall erwarten ließe",
    "niedrig unter niedrigen": "Ein niedriger Wert, und auch {around} sind die Werte niedriger, "
    "als der Zufall erwarten ließe",
    "hoch unter niedrigen": "Ein hoher Wert, während {around} die Werte niedriger sind, "
    "als der Zufall erwarten ließe",
    "niedrig unter hohen": "Ein niedriger Wert, während {around} die Werte höher sind, "
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
    "island": "kein Nachbargebiet hat einen veröffentlichten Wert",
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
    around = "im Nachbargebiet" if neighbours == 1 else f"in den {neighbours} Nachbargebieten"
    opposed = word == NO_PATTERN and q_value <= note.alpha
    sentence = _OPPOSED if opposed else _SENTENCES[word]
    return (
        f"{sentence.format(around=around)} "
        f"({note.name} = {_decimal(statistic, 2)}; zweiseitig p = {_decimal(p_value, 4)}, "
        f"q = {_decimal(q_value, 4)}; {_thousands(note.permutations)} Zufallsanordnungen, "
        f"Startwert {note.seed})."
    )


def excluded_reason(why: str) -> str:
    """One sentence for an area that could not be tested."""
    return f"Ohne Aussage: {_EXCLUDED.get(why, _EXCLUDED['missing'])}."


def _decimal(number: float, digits: int) -> str:
    """A German number with a decimal comma and a real minus sign."""
    return f"{number:.{digits}f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")
