"""Class breaks and colours of a map: what every shade says, and what has no number.

Breaks are quantiles of all published values of an indicator on a level, over all its
periods, rounded as coarsely as the data allow; so two periods can be compared by colour.
Darker always means more need. A cell without a number has a class of its own, told apart by
its pattern too, in print and by people who do not see colours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from atlas.wording import number, text, unit_word
from indicators import hotspot_words
from indicators.status import VISIBLE, Status

CLASSES = 5
SEQUENTIAL = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
"""ColorBrewer YlGnBu: each step is darker than the one before, for every kind of eye."""
FALLING = ("#01665e", "#5ab4ac", "#c7eae5")
RISING = ("#f6e8c3", "#d8b365", "#8c510a")
"""ColorBrewer BrBG, the two arms of a change: less need teal, more need brown."""
COMBINED = (
    *("#ffffe0", "#fee391", "#fec44f"),
    *("#d9f0d3", "#a6dba0", "#5aae61"),
    *("#c6dbef", "#6baed6", "#2171b5"),
    *("#dadaeb", "#807dba", "#3f007d"),
)
"""Four states by hue, three directions by lightness, for an index in twelve classes."""
CLUSTERS = ("#b2182b", "#4393c3", "#f5f5f5", "#bdbdbd")
"""High values together, low values together, no pattern, no statement."""

UNINHABITED = "uninhabited"
WITHOUT_NUMBER = (
    (Status.SUPPRESSED.value, "#ffffff", "diagonal"),
    (Status.TOO_FEW.value, "#ffffff", "dots"),
    (Status.MISSING.value, "#d0d0d0", ""),
    (Status.NOT_APPLICABLE.value, "#ffffff", "cross"),
    (UNINHABITED, "#ececec", "horizontal"),
)
"""Key, ground colour and pattern of each class without a number."""

_PATTERNS = {
    "diagonal": '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="#333" stroke-width="1.4"/>',
    "dots": '<path d="M2 2h.01M6 6h.01" stroke="#333" stroke-width="2.4" stroke-linecap="round"/>',
    "cross": '<path d="M4 0V8M0 4H8" stroke="#555" stroke-width="1"/>',
    "horizontal": '<path d="M0 4H8" stroke="#b0b0b0" stroke-width="1"/>',
}


@dataclass(frozen=True)
class MapClass:
    """One shade of a map.

    Parameters
    ----------
    key
        ``c0`` and up from least to most, or a status, or ``uninhabited``.
    label
        What the legend says.
    colour
        Ground colour, ``#rrggbb``.
    pattern
        Key of a pattern drawn over it, or empty.
    help
        A sentence that explains a class without a number.
    """

    key: str
    label: str
    colour: str
    pattern: str = ""
    help: str = ""


@dataclass(frozen=True)
class Classes:
    """The shades of a map and the rule that gives each area its own.

    Parameters
    ----------
    steps
        Classes with a number or a word, in order.
    without
        Classes of areas without a number.
    breaks
        Lower bounds of all steps but the first; empty with words.
    words
        The word of each step in the table, empty with breaks.
    decimals
        Decimals to which values are printed; a value is classed as it is printed.
    """

    steps: tuple[MapClass, ...]
    without: tuple[MapClass, ...]
    breaks: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    decimals: int = 1

    @property
    def all(self) -> tuple[MapClass, ...]:
        """All classes in the order of the legend."""
        return (*self.steps, *self.without)

    def of_value(self, value: float, status: str) -> MapClass:
        """The class of a number; of its status where there is none."""
        if status not in VISIBLE or not np.isfinite(value):
            return self.of_status(status)
        printed = round(value, self.decimals)
        return self.steps[int(np.searchsorted(self.breaks, printed, side="right"))]

    def of_word(self, word: str, status: str) -> MapClass:
        """The class of a word such as ``sehr niedrig``; of its status where there is none."""
        if status not in VISIBLE or word not in self.words:
            return self.of_status(status)
        return self.steps[self.words.index(word)]

    def of_status(self, status: str) -> MapClass:
        """The class of an area without a number."""
        by_key = {c.key: c for c in self.without}
        return by_key.get(status, by_key[Status.MISSING])


def without_number(language: str = "de") -> tuple[MapClass, ...]:
    """The classes of areas that have no number, each with its own pattern."""
    return tuple(
        MapClass(
            key,
            text(f"legend.{key}" if key == UNINHABITED else f"status.{key}", language),
            colour,
            pattern,
            text(f"status_help.{key}", language),
        )
        for key, colour, pattern in WITHOUT_NUMBER
    )


def graded(
    values: Iterable[float],
    unit: str,
    decimals: int,
    direction: str = "more_need",
    language: str = "de",
) -> Classes:
    """Classes of numbers.

    Parameters
    ----------
    values
        All published values that shall be comparable: every area of a level, every period.
    unit, decimals, direction
        As the catalogue says; with ``less_need`` low values are dark.
    language
        Of the labels.

    Notes
    -----
    With values on both sides of zero, as changes have, zero is a break and each side has
    its own hue; equal shades mean equally large changes, so a class may be empty.
    """
    finite = np.round(np.array([v for v in values if np.isfinite(v)], dtype=float), decimals)
    changes = unit == "percentage_points" and finite.size and finite.min() < 0 < finite.max()
    breaks = _change_breaks(finite, decimals) if changes else rounded_breaks(finite, decimals)
    rising_need = direction != "less_need"
    if changes:
        colours = _change_colours(breaks, rising_need=rising_need)
    else:
        colours = shades(len(breaks) + 1)[:: 1 if rising_need else -1]
    labels = _labels(breaks, unit, decimals, language)
    steps = tuple(
        MapClass(f"c{n}", label, colour)
        for n, (label, colour) in enumerate(zip(labels, colours, strict=True))
    )
    return Classes(steps, without_number(language), breaks, decimals=decimals)


def ordered_words(words: Sequence[str], labels: Sequence[str], language: str = "de") -> Classes:
    """Classes of an index: its words in order, from least to most need."""
    colours = COMBINED if len(words) == len(COMBINED) else shades(len(words))
    return worded(words, labels, colours, language)


def worded(
    words: Sequence[str], labels: Sequence[str], colours: Sequence[str], language: str = "de"
) -> Classes:
    """Classes of words with their labels and colours."""
    steps = tuple(
        MapClass(f"c{n}", label, colour)
        for n, (label, colour) in enumerate(zip(labels, colours, strict=True))
    )
    return Classes(steps, without_number(language), words=tuple(words))


def cluster_classes(language: str = "de") -> Classes:
    """Classes of a map of spatial clusters (Gi*)."""
    words = hotspot_words.CLASSES[hotspot_words.GI_STAR]
    return worded(words, words, CLUSTERS, language)


def rounded_breaks(values: np.ndarray, decimals: int, classes: int = CLASSES) -> tuple[float, ...]:
    """Quantiles, rounded as coarsely as leaves every class most of its due share.

    Parameters
    ----------
    values
        Finite values, rounded to `decimals`.
    decimals
        No break has more decimals.
    classes
        How many classes are wanted; few different values give fewer.

    Returns
    -------
    tuple of float
        Strictly increasing lower bounds of all classes but the first; no class is empty.
    """
    if values.size == 0 or values.min() == values.max():
        return ()
    targets = np.quantile(values, np.arange(1, classes) / classes)
    for step in _steps(float(np.ptp(values)), decimals):
        breaks = _distinct(np.round(targets / step) * step, values, decimals)
        shares = _shares(values, breaks)
        if len(breaks) == classes - 1 and min(shares) >= 0.7 / classes:
            return breaks
    tied = np.quantile(np.unique(values), np.arange(1, classes) / classes)
    finest = _distinct(targets, values, decimals) or _distinct(tied, values, decimals)
    return _without_empty(finest, values)


def _steps(span: float, decimals: int) -> list[float]:
    """1, 2, 5, 10 … from the span of the values down to the last printed decimal."""
    top = int(np.ceil(np.log10(span))) + 1
    sizes = [m * 10.0**e for e in range(-decimals, max(top, 1 - decimals)) for m in (1, 2, 5)]
    return sizes[::-1]


def _distinct(raw: np.ndarray, values: np.ndarray, decimals: int) -> tuple[float, ...]:
    rounded = np.unique(np.round(raw, decimals))
    inside = rounded[(rounded > values.min()) & (rounded <= values.max())]
    return tuple(float(b) + 0.0 for b in inside)


def _shares(values: np.ndarray, breaks: Sequence[float]) -> np.ndarray:
    which = np.searchsorted(breaks, values, side="right")
    shares: np.ndarray = np.bincount(which, minlength=len(breaks) + 1) / values.size
    return shares


def _without_empty(breaks: tuple[float, ...], values: np.ndarray) -> tuple[float, ...]:
    filled = _shares(values, breaks) > 0
    return tuple(b for b, here in zip(breaks, filled[1:], strict=True) if here)


def _change_breaks(values: np.ndarray, decimals: int) -> tuple[float, ...]:
    """Zero, and the same distances on either side of it, so that shades of both compare."""
    sizes = rounded_breaks(np.abs(values), decimals, classes=len(RISING))
    return (*(-b for b in reversed(sizes)), 0.0, *sizes)


def _change_colours(breaks: Sequence[float], *, rising_need: bool) -> tuple[str, ...]:
    arm = len(breaks) // 2 + 1
    falling, rising = (FALLING, RISING) if rising_need else (RISING[::-1], FALLING[::-1])
    return (*falling[-arm:], *rising[:arm])


def shades(count: int) -> tuple[str, ...]:
    """As many steps of the sequential scale as are needed, its ends first."""
    if count <= 1:
        return (SEQUENTIAL[2],)
    if count > len(SEQUENTIAL):
        raise ValueError(f"{count} classes; a reader tells at most {len(SEQUENTIAL)} shades apart")
    places = np.round(np.linspace(0, len(SEQUENTIAL) - 1, count)).astype(int)
    return tuple(SEQUENTIAL[p] for p in places)


def _labels(breaks: Sequence[float], unit: str, decimals: int, language: str) -> list[str]:
    if not breaks:
        return [text("legend.one_class", language)]

    def worded_number(x: float) -> str:
        return number(x, decimals, language)

    sign = unit_word(unit, language)
    tail = ("\u202f" if sign == "%" else " ") + sign if sign else ""
    below = text("legend.below", language, high=worded_number(breaks[0]) + tail)
    between = [
        text("legend.from_to", language, low=worded_number(a), high=worded_number(b)) + tail
        for a, b in pairwise(breaks)
    ]
    above = text("legend.from", language, low=worded_number(breaks[-1]) + tail)
    return [below, *between, above]


def pattern_defs(prefix: str = "muster") -> str:
    """SVG ``<pattern>`` elements of all classes without a number, ids ``PREFIX-KEY``."""
    return "".join(
        f'<pattern id="{prefix}-{key}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour}"/>{_PATTERNS.get(pattern, "")}</pattern>'
        for key, colour, pattern in WITHOUT_NUMBER
    )


def fill_of(shade: MapClass, prefix: str = "muster") -> str:
    """The SVG fill of a class: its colour, or the reference to its pattern."""
    return f"url(#{prefix}-{shade.key})" if shade.pattern else shade.colour


def swatch(shade: MapClass) -> str:
    """A small self-contained SVG picture of a class, for a legend."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="18" viewBox="0 0 28 18">'
        f"<defs>{pattern_defs()}</defs>"
        f'<rect x=".5" y=".5" width="27" height="17" fill="{fill_of(shade)}" stroke="#444"/></svg>'
    )
