"""Figures into careful sentences: what a value says, what it does not, and never a blame.

The rules are few. A difference is called one only where the range of chance variation
(Schwankungsbereich) leaves out the value it is held against. A hidden figure says nothing,
neither much nor little. A place is never good or bad: sentences speak of figures and of
where support is needed.
"""

import math
from collections.abc import Sequence

from atlas.profile import AreaChanges, AreaRef, Figure, IndexClass, Profile, Trend, direction
from atlas.profile.estimates import Estimate
from atlas.profile.figures import Cell
from atlas.wording import (
    PERCENT,
    PERCENTAGE_POINTS,
    as_language,
    class_word,
    counted,
    day,
    interval,
    listing,
    number,
    percent,
    quantity,
    share_text,
    signed,
    status_word,
    text,
    value_text,
    word_or_key,
)
from indicators.robustness_words import FAIR, ClassRobustness, robustness_sentence
from indicators.status import VISIBLE, Status

_NOT_PLAIN = (Status.ESTIMATED, Status.ROUNDED, Status.PERTURBED)
"""Numbers that are shown, and are not what was counted."""
_NAMED = 3
"""Areas are named where they are not more than these."""
_MOST = 3
"""So many figures are put into words on the page of an area."""


def value_finding(figure: Figure, language: str = "de") -> str:
    """A value beside the city's, with what its range of chance variation allows to say.

    Parameters
    ----------
    figure
        The figure of one area.
    language
        ``de`` or ``en``.
    """
    if not figure.cell.visible:
        return status_finding(figure, language)
    about, fields = figure.sheet, {"name": figure.sheet.name, "when": when(figure, language)}
    fields["value"] = _shown(figure.cell, figure, language)
    if figure.difference is None:
        found = text("findings.value_alone", language, **fields)
        found += _share(figure, language) + _middle(figure, language)
    else:
        fields["city"] = marked(_shown(figure.city, figure, language), figure.city, language)
        fields["difference"] = difference_text(
            abs(figure.difference), about.unit, about.decimals, language
        )
        fields["signed"] = signed(figure.difference, about.decimals, language, about.unit)
        fields["interval"] = range_text(figure.cell, about.unit, about.decimals, language)
        found = text(f"findings.value_{figure.against}", language, **fields)
    return found + _estimated(figure, language)


def when(figure: Figure, language: str = "de") -> str:
    """The reporting date as it stands in a sentence: a day, or the period that it ends."""
    key = "findings.until_day" if figure.sheet.flow else "findings.on_day"
    return text(key, language, day=day(figure.period, language))


def _shown(cell: Cell, figure: Figure, language: str) -> str:
    return value_text(cell.value, figure.sheet.unit, figure.sheet.decimals, cell.status, language)


def marked(shown: str, cell: Cell, language: str = "de") -> str:
    """A printed number with the word of its status, where it is no plain count or rate."""
    if cell.visible and cell.status in _NOT_PLAIN:
        return f"{shown} ({status_word(cell.status, language)})"
    return shown


def estimate_finding(estimate: Estimate, language: str = "de") -> str:
    """Why a figure is estimated: for how many areas there is nothing at its date."""
    fields = {"name": estimate.sheet.name, "area": estimate.ref.name}
    if not estimate.missing:
        return text("findings.estimate_other", language, **fields)
    return counted(
        "findings.estimate",
        len(estimate.missing),
        language,
        total=number(estimate.total, 0, language),
        level=estimate.level_plural,
        day=day(estimate.period, language),
        **fields,
    )


def difference_text(x: float, unit: str, decimals: int, language: str = "de") -> str:
    """The size of a difference: of rates in percentage points, else in their unit."""
    return quantity(x, PERCENTAGE_POINTS if unit == PERCENT else unit, decimals, language)


def range_text(cell: Cell, unit: str, decimals: int, language: str = "de") -> str:
    """The range of chance variation of a value, or a dash where there is none."""
    if cell.low is None or cell.high is None:
        return text("common.none", language)
    return interval(cell.low, cell.high, unit, decimals, language)


def _share(figure: Figure, language: str) -> str:
    """For a count: which part of the city's count it is."""
    value, whole = figure.cell.value, figure.city.value
    if not figure.sheet.is_count or value is None or not whole or value == whole:
        return ""
    share = share_text(value, whole, language)
    return " " + text("findings.share_of_city", language, share=share)


def _middle(figure: Figure, language: str) -> str:
    """Where the city has no value: the middle of all areas of the level."""
    if figure.middle is None:
        return ""
    about = figure.sheet
    middle = value_text(figure.middle, about.unit, about.decimals, Status.PUBLISHED, language)
    return " " + text("findings.middle", language, middle=middle)


def _estimated(figure: Figure, language: str) -> str:
    if figure.cell.status != Status.ESTIMATED:
        return ""
    return " " + text("findings.estimated", language)


def status_finding(figure: Figure, language: str = "de") -> str:
    """Why a figure is not shown, and what may not be concluded from that."""
    fields = {"name": figure.sheet.name, "day": day(figure.period, language)}
    return text(f"findings.status_{Status(figure.cell.status).value}", language, **fields)


def trend_finding(trend: Trend, unit: str, decimals: int, language: str = "de") -> str:
    """A change since an earlier reporting date.

    Parameters
    ----------
    trend
        The change.
    unit, decimals
        Of the indicator.
    language
        ``de`` or ``en``.
    """
    fields = {"day": day(trend.period_from, language)}
    kind = direction(trend)
    if trend.same_area:
        return text("findings.trend_same_area", language, **fields)
    if kind == "none" and trend.break_reason:
        return text("findings.trend_break", language, reason=trend.break_reason, **fields)
    if kind == "none" or trend.change is None:
        return text("findings.trend_none", language, **fields)
    fields["signed"] = signed(trend.change, decimals, language, unit)
    fields["change"] = difference_text(abs(trend.change), unit, decimals, language)
    if trend.low is not None and trend.high is not None:
        low, high = sorted((abs(trend.low), abs(trend.high)))
        points = PERCENTAGE_POINTS if unit == PERCENT else unit
        fields["interval"] = interval(low, high, points, decimals, language)
    found = text(f"findings.trend_{kind}", language, **fields)
    if trend.break_reason:
        found += " " + text("findings.trend_mind", language, reason=trend.break_reason)
    return found


def figure_finding(figure: Figure, language: str = "de") -> str:
    """What one figure says: its value against the city, its change in the long run and lately."""
    found = [value_finding(figure, language)]
    if figure.cell.visible:
        about = figure.sheet
        changes = [t for t in (figure.long_trend, figure.trend) if t is not None]
        if [direction(t) for t in changes] == ["unchanged", "unchanged"]:
            changes = changes[:1]
        found += [trend_finding(t, about.unit, about.decimals, language) for t in changes]
    return " ".join(found)


_CLUSTERS = {
    "Häufung hoher Werte": "high",
    "Häufung niedriger Werte": "low",
    "hoch unter niedrigen": "high_alone",
    "niedrig unter hohen": "low_alone",
}
"""Classes that are worth a sentence; the others repeat them or say that nothing was found."""


def hotspot_findings(figures: Sequence[Figure], language: str = "de") -> tuple[str, ...]:
    """What the tests of spatial clustering say of an area, where they say something.

    One sentence for each kind of pattern, with the indicators that show it.
    """
    by_kind: dict[str, list[str]] = {}
    for figure in figures:
        for found in figure.hotspots:
            if found.kind in _CLUSTERS:
                by_kind.setdefault(_CLUSTERS[found.kind], []).append(figure.sheet.name)
    return tuple(
        text(f"findings.hotspot_{kind}", language, names=listing(names, language))
        for kind, names in by_kind.items()
    )


def index_finding(index: IndexClass, language: str = "de") -> str:
    """The class of an area in an index."""
    if Status(index.status) not in VISIBLE or not index.kind:
        return text("findings.index_none", language, name=index.name)
    fields = {"name": index.name, "day": day(index.period, language)}
    fields["class"] = class_word(index.label, language)
    key = f"{index.key}.{index.kind}"
    note = word_or_key("index_note", key, language)
    said = text("findings.index", language, **fields)
    if note != key:
        said = text("findings.index_noted", language, note=note, **fields)
    uncertain = index.robustness is not None and index.robustness < FAIR
    return f"{said} {firmness_finding(index, language)}" if uncertain else said


def firmness_finding(index: IndexClass, language: str = "de") -> str:
    """How firm a class is and which others are near; empty where there is none."""
    if Status(index.status) not in VISIBLE or not index.kind:
        return ""
    about = ClassRobustness(
        word=class_word(index.kind, language),
        robustness=math.nan if index.robustness is None else index.robustness,
        basis=index.basis,
        near=tuple(class_word(word, language) for word in index.near),
    )
    return robustness_sentence(about, as_language(language))


def area_findings(
    profile: Profile, first: str | None = None, language: str = "de"
) -> tuple[str, ...]:
    """The page of an area in a few sentences.

    Parameters
    ----------
    profile
        From `atlas.profile.profile`.
    first
        Key of the indicator to begin with, normally the one that was clicked.
    language
        ``de`` or ``en``.
    """
    if not profile.inhabited:
        return (text("findings.uninhabited", language),)
    rates = [f for f in profile.figures if not f.sheet.is_count] or list(profile.figures)
    ordered = sorted(rates, key=lambda f: (f.sheet.key != first, f.difference is None))
    found = [figure_finding(f, language) for f in ordered[:_MOST]]
    found += hotspot_findings(ordered, language)
    found += [index_finding(i, language) for i in profile.indices]
    return (*found, text("findings.not_blaming", language)) if found else ()


def change_finding(figure: Figure, language: str = "de") -> str:
    """What has changed in the whole city, lately and in the long run, in one line."""
    about = figure.sheet
    value = value_text(figure.cell.value, about.unit, about.decimals, figure.cell.status, language)
    parts = [
        text(
            f"findings.change_{direction(t)}",
            language,
            day=day(t.period_from, language),
            change=difference_text(abs(t.change), about.unit, about.decimals, language),
        )
        for t in (figure.trend, figure.long_trend)
        if t is not None and t.change is not None and direction(t) in ("rising", "falling")
    ]
    return text(
        "findings.change_city", language, name=about.name, changes="; ".join(parts), value=value
    )


def changes_finding(changes: AreaChanges, language: str = "de") -> str:
    """In how many areas an indicator rose, fell or stayed, and in which if they are few."""
    parts = [
        _moved("risen", changes.rising, language),
        _moved("fallen", changes.falling, language),
        counted("findings.areas_unchanged", changes.unchanged, language),
    ]
    if changes.unknown:
        parts.append(counted("findings.areas_unknown", changes.unknown, language))
    return text(
        "findings.changes",
        language,
        name=changes.sheet.name,
        level=changes.level_plural,
        parts="; ".join(parts),
        day=day(changes.period_from, language),
    )


def _moved(kind: str, areas: tuple[AreaRef, ...], language: str) -> str:
    if not areas:
        return text(f"findings.areas_{kind}_none", language)
    found = counted(f"findings.areas_{kind}", len(areas), language)
    if len(areas) <= _NAMED:
        return f"{found} ({listing([a.name for a in areas], language)})"
    return found


def hidden_finding(hidden: int, cells: int, language: str = "de") -> str:
    """How much of an edition is hidden, and why."""
    if not hidden:
        return text("hidden.none", language)
    return text(
        "hidden.some",
        language,
        hidden=number(hidden, 0, language),
        cells=number(cells, 0, language),
        share=percent(100 * hidden / cells, 1, language),
    )


def gap_finding(gap_pct: float, language: str = "de") -> str:
    """How far a plan can be from the best one, as proven by the solver; rounded up."""
    if gap_pct <= 0:
        return text("findings.gap_proven", language)
    shown = percent(math.ceil(round(gap_pct * 100, 6)) / 100, 2, language)
    return text("findings.gap", language, gap=shown)
