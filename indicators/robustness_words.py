"""How robust a class is, in sentences that need no statistics, German and English.

A trial calculation ("Proberechnung") is a draw of `indicators.robustness`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from indicators.entries import Language
from indicators.robustness import COUNTS, ESTIMATES, PARTIAL, SEPARATOR, WEIGHTS

SOLID, FAIR = 0.95, 0.8
"""From here on a class is firm, and from there on rather firm; below it is uncertain."""

_GRADES: dict[Language, tuple[str, str, str]] = {
    "de": ("sicher", "ziemlich sicher", "unsicher"),
    "en": ("firm", "fairly firm", "uncertain"),
}
_CLASS: dict[Language, str] = {
    "de": "Die Klasse „{word}“ ist {grade}: {kept} bleibt das Gebiet in dieser Klasse.",
    "en": "The class '{word}' is {grade}: the area stays in it {kept}.",
}
_KEPT: dict[Language, tuple[str, str, str, str, str]] = {
    "de": (
        "In allen Proberechnungen",
        "In mehr als 99 von 100 Proberechnungen",
        "In {n} von 100 Proberechnungen",
        "In weniger als 1 von 100 Proberechnungen",
        "In keiner Proberechnung",
    ),
    "en": (
        "in all trial calculations",
        "in more than 99 of 100 trial calculations",
        "in {n} of 100 trial calculations",
        "in fewer than 1 of 100 trial calculations",
        "in no trial calculation",
    ),
}
_NEAR: dict[Language, tuple[str, str]] = {
    "de": ("Es liegt nahe an der Grenze zu {words}.", "Es liegt nahe an den Grenzen zu {words}."),
    "en": ("It is close to the border of {words}.", "It is close to the borders of {words}."),
}
_UNKNOWN: dict[Language, str] = {
    "de": "Wie sicher die Klasse „{word}“ ist, lässt sich nicht sagen: Die Zahlen, aus denen "
    "die Kennzahl besteht, wurden nicht geliefert, und Gewichte gibt es bei einer einzigen "
    "Kennzahl nicht.",
    "en": "How firm the class '{word}' is cannot be told: the counts behind the indicator were "
    "not delivered, and a single indicator has no weights.",
}
_BASES: dict[Language, dict[str, str]] = {
    "de": {
        COUNTS: "Jede Proberechnung verändert alle Werte so weit, wie sie durch Zufall anders "
        "sein könnten, und die Gewichte der Kennzahlen um bis {spread}.",
        ESTIMATES: "Jede Proberechnung verändert alle Werte so weit, wie sie durch Zufall anders "
        "sein könnten, und die Gewichte der Kennzahlen um bis {spread}. Wie weit der Zufall "
        "reicht, ist geschätzt, weil nicht alle Anzahlen genau bekannt sind.",
        PARTIAL: "Jede Proberechnung verändert einen Teil der Werte so weit, wie sie durch Zufall "
        "anders sein könnten, und die Gewichte der Kennzahlen um bis {spread}. Für die "
        "übrigen Werte fehlen die Anzahlen; die Klasse kann unsicherer sein, als es aussieht.",
        WEIGHTS: "Jede Proberechnung verändert nur die Gewichte der Kennzahlen um bis "
        "{spread}. Was der Zufall ausmacht, ist nicht enthalten, weil die Anzahlen fehlen; die "
        "Klasse kann unsicherer sein, als es aussieht.",
    },
    "en": {
        COUNTS: "Each trial calculation changes all values as far as chance could have made them "
        "differ, and the weights of the indicators by up to {spread}.",
        ESTIMATES: "Each trial calculation changes all values as far as chance could have made "
        "them differ, and the weights of the indicators by up to {spread}. How far chance "
        "reaches is estimated, since not all counts are known exactly.",
        PARTIAL: "Each trial calculation changes some of the values as far as chance could have "
        "made them differ, and the weights of the indicators by up to {spread}. The counts "
        "behind the other values are missing; the class may be less certain than it looks.",
        WEIGHTS: "Each trial calculation changes only the weights of the indicators, by up to "
        "{spread}. Chance is left out, since the counts are missing; the class may be less "
        "certain than it looks.",
    },
}


@dataclass(frozen=True)
class ClassRobustness:
    """An area's class and the columns of the table ``index`` that say how robust it is.

    ``word`` and ``near`` are classes as they are to be shown.
    """

    word: str
    robustness: float
    basis: str
    near: tuple[str, ...] = ()


def near_classes(near: str) -> tuple[str, ...]:
    """The classes in a cell of the column ``near``.

    Examples
    --------
    >>> near_classes("mittel, sehr niedrig")
    ('mittel', 'sehr niedrig')
    """
    return tuple(near.split(SEPARATOR)) if near else ()


def robustness_grade(robustness: float, language: Language = "de") -> str:
    """How firm a class is, in a word; empty where it is not known."""
    if math.isnan(robustness):
        return ""
    solid, fair, loose = _GRADES[language]
    return solid if robustness >= SOLID else fair if robustness >= FAIR else loose


def robustness_sentence(found: ClassRobustness, language: Language = "de") -> str:
    """One or two sentences: how firm the class is, and which others are near.

    Empty for an area without a class.
    """
    if not found.word:
        return ""
    if math.isnan(found.robustness):
        first = _UNKNOWN[language].format(word=found.word)
    else:
        grade = robustness_grade(found.robustness, language)
        kept = _kept(found.robustness, language)
        first = _CLASS[language].format(word=found.word, grade=grade, kept=kept)
    if not found.near:
        return first
    one, many = _NEAR[language]
    words = _listed(found.near, language)
    return f"{first} {(one if len(found.near) == 1 else many).format(words=words)}"


def basis_sentence(basis: str, weight_spread: float = 0.5, language: Language = "de") -> str:
    """What a trial calculation changes, and what the figure therefore leaves out.

    Parameters
    ----------
    basis
        A cell of the column ``basis``; empty gives an empty text.
    weight_spread
        As in `RobustnessSettings`.
    """
    if not basis:
        return ""
    halves: dict[Language, str] = {"de": "zur Hälfte", "en": "half"}
    percents: dict[Language, str] = {"de": "zu {n}\N{NARROW NO-BREAK SPACE}%", "en": "{n}%"}
    words = halves if weight_spread == 0.5 else percents
    spread = words[language].format(n=f"{100 * weight_spread:.0f}")
    return _BASES[language][basis].format(spread=spread)


def _kept(robustness: float, language: Language) -> str:
    """How often the class stays, never rounded to all or nothing."""
    every, most, some, few, none = _KEPT[language]
    if robustness >= 1:
        return every
    if robustness <= 0:
        return none
    # Down to whole hundredths, so that no class sounds firmer than it is.
    hundredths = math.floor(100 * robustness + 1e-9)
    if hundredths == 99 and robustness > 0.99:
        return most
    return some.format(n=hundredths) if hundredths else few


def _listed(words: Sequence[str], language: Language) -> str:
    opening, closing = {"de": ("„", "“"), "en": ("'", "'")}[language]
    quoted = [f"{opening}{word}{closing}" for word in words]
    joint = {"de": " und ", "en": " and "}[language]
    return joint.join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
