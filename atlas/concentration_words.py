"""How concentrated the people counted live, in sentences for a council.

The rules are those of `atlas.findings`: a difference is called one only beyond the range
of chance variation, a hidden figure is given by its limits, and a place is never good or
bad. No area is named here; the sentences speak of how people are spread.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from atlas.wording import day, interval, number, percent, signed, text
from indicators.catalogue import load_catalogue
from indicators.entries import Language
from indicators.status import VISIBLE, Status
from indicators.trends import FALLING, RISING, UNCHANGED

_NAMES: dict[str, tuple[str, str]] = {
    "sgb2_persons/total": (
        "Menschen in Bedarfsgemeinschaften (SGB II)",
        "people in SGB II households",
    ),
    "sgb2_persons/age_u15": (
        "Kinder unter 15 Jahren in Bedarfsgemeinschaften (SGB II)",
        "children under 15 in SGB II households",
    ),
    "sgb2_elb/total": (
        "erwerbsfähigen Leistungsberechtigten (SGB II)",
        "employable persons entitled to SGB II benefits",
    ),
    "sgb2_elb/age_15_24": (
        "erwerbsfähigen Leistungsberechtigten von 15 bis unter 25 Jahren (SGB II)",
        "employable persons aged 15 to under 25 entitled to SGB II benefits",
    ),
    "sgb2_lzb/total": (
        "Langzeitleistungsbeziehenden (SGB II)",
        "long-term recipients of SGB II benefits",
    ),
    "unemployed/total": ("Arbeitslosen", "unemployed people"),
    "unemployed/age_15_24": ("Arbeitslosen unter 25 Jahren", "unemployed people under 25"),
    "unemployed_longterm/total": ("Langzeitarbeitslosen", "long-term unemployed people"),
    "hilfe_zur_pflege/total": ("Menschen mit Hilfe zur Pflege", "people with assistance for care"),
    "grusi_alter/total": (
        "Menschen mit Grundsicherung im Alter",
        "people with basic income support in old age",
    ),
    "eingliederungshilfe/total": (
        "Menschen mit Eingliederungshilfe",
        "people with integration assistance",
    ),
}
"""Plural nouns as they stand after "aller" and "der"."""
_OTHER_NAME = ("Gezählten ({name})", "people counted ({name})")

_PEOPLE: dict[str, tuple[str, str]] = {
    "residents/total": ("Einwohnerinnen und Einwohner", "residents"),
    "residents/age_u65": ("Menschen unter 65 Jahren", "people under 65"),
    "residents/age_u15": ("Kinder unter 15 Jahren", "children under 15"),
    "residents/age_65plus": ("Menschen ab 65 Jahren", "people aged 65 and over"),
}
_OTHER_PEOPLE = ("Einwohnerinnen und Einwohner ({name})", "residents ({name})")

_DIRECTIONS = {RISING: "rising", FALLING: "falling", UNCHANGED: "unchanged"}
_TOPS = ("top_10pct", "top_20pct")


def _say(key: str, language: Language, **fields: object) -> str:
    return text(f"concentration.{key}", language, **fields)


@dataclass(frozen=True)
class Statistic:
    """One figure of the table, a fraction: its value or its limits."""

    value: float
    low: float
    high: float
    status: str

    @property
    def visible(self) -> bool:
        """Whether there is one number to show."""
        return Status(self.status) in VISIBLE

    @property
    def known(self) -> bool:
        """Whether there is a number or a range."""
        return self.visible or self.status == Status.SUPPRESSED

    def shown(self, language: Language = "de") -> str:
        """The share in per cent, or the range in which it surely lies."""
        if self.visible:
            return percent(100 * self.value, 1, language)
        # Outwards, so that the printed range holds what the exact one holds.
        low, high = (percent(x / 10, 1, language) for x in _outwards(self.low, self.high, 1000))
        return _say("between", language, low=low, high=high)

    def plain(self, language: Language = "de") -> str:
        """The figure as a number between 0 and 1, or its range."""
        if self.visible:
            return number(self.value, 2, language)
        low, high = (number(x / 100, 2, language) for x in _outwards(self.low, self.high, 100))
        return _say("between", language, low=low, high=high)


def _outwards(low: float, high: float, steps: int) -> tuple[int, int]:
    """Whole steps of one at or below `low` and at or above `high`."""
    tiny = 1e-9
    return math.floor(steps * low + tiny), math.ceil(steps * high - tiny)


def concentration_findings(
    rows: pd.DataFrame, level: str, language: Language = "de"
) -> tuple[str, ...]:
    """What the table says about one group at one level and date, sentence by sentence.

    Parameters
    ----------
    rows
        The rows of `indicators.concentration.compute_concentration` for one level, vintage,
        period, measure, group and reference.
    level
        Name of the level in the plural, as in ``Planungsräume``.
    language
        ``de`` or ``en``.

    Raises
    ------
    ValueError
        The rows belong to more than one block, or there are none.
    """
    keys = rows[["level", "vintage", "period", "measure", "group", "reference"]].drop_duplicates()
    if len(keys) != 1:
        raise ValueError("the sentences need the rows of exactly one group at one level and date")
    measure, group, reference, period = (
        str(keys[c].iloc[0]) for c in ("measure", "group", "reference", "period")
    )
    figures = statistics(rows)
    if not figures["dissimilarity"].known:
        return (_say("none", language, day=day(period, language)),)
    fields: dict[str, object] = {
        "name": people_name(measure, group, period, language),
        "people": base_name(reference, language),
        "areas": number(figures["areas"].value, 0, language),
        "level": dative_plural(level) if language == "de" else level,
        "day": day(period, language),
    }
    found = [_top(figures, name, language, fields) for name in _TOPS]
    found.append(_say("moves", language, value=figures["dissimilarity"].shown(language), **fields))
    found.append(_random(figures, language))
    overall = figures["overall_share"].shown(language)
    value = figures["isolation"].shown(language)
    found.append(_say("isolation", language, value=value, overall=overall))
    found.append(_say("gini", language, value=figures["gini"].plain(language)))
    return (*dict.fromkeys(found), *_notes(figures, measure, reference, fields, language))


def statistics(rows: pd.DataFrame) -> dict[str, Statistic]:
    """The figures of one group at one level and date, by name."""
    columns = ["statistic", "value", "bound_low", "bound_high", "status"]
    return {
        str(name): Statistic(float(value), float(low), float(high), str(status))
        for name, value, low, high, status in rows[columns].itertuples(index=False)
    }


def _top(
    figures: Mapping[str, Statistic], name: str, language: Language, fields: Mapping[str, object]
) -> str:
    """The areas with the highest rates: who lives there, and how many of all people."""
    k = int(figures[f"{name}_areas"].value)
    recipients, population = figures[f"{name}_recipients"], figures[f"{name}_population"]
    surely_more = round(recipients.low, 3) > round(population.high, 3)
    key = "top_one" if k == 1 else "top_more" if surely_more else "top_plain"
    shown = {"recipients": recipients.shown(language), "population": population.shown(language)}
    return _say(key, language, k=number(k, 0, language), **shown, **fields)


def _random(figures: Mapping[str, Statistic], language: Language) -> str:
    """Whether the uneven spread is more than chance; the cautious end of both decides."""
    beyond = figures["dissimilarity"].low > figures["dissimilarity_random_high"].value
    key = "random_beyond" if beyond else "random_within"
    return _say(key, language, random=figures["dissimilarity_random"].shown(language))


def _notes(
    figures: Mapping[str, Statistic],
    measure: str,
    reference: str,
    fields: Mapping[str, object],
    language: Language,
) -> tuple[str, ...]:
    """What one has to know to read the figures rightly."""
    notes = [_say("reference", language, **fields)]
    working_age = measure.startswith(("sgb2_", "unemployed"))
    if reference == "residents/total" and working_age:
        notes.append(_say("reference_old", language))
    left_out = int(figures["areas_left_out"].value)
    if left_out:
        key = "left_out_one" if left_out == 1 else "left_out"
        notes.append(_say(key, language, n=number(left_out, 0, language), **fields))
    if any(f.status == Status.SUPPRESSED for f in figures.values()):
        notes.append(_say("hidden", language))
    notes.append(_say("size", language))
    return tuple(notes)


def change_sentence(change: Mapping[str, object], language: Language = "de") -> str:
    """What has become of the uneven spread since an earlier reporting date.

    Parameters
    ----------
    change
        A row of `indicators.concentration.concentration_changes`.
    language
        ``de`` or ``en``.
    """
    measure, group, then, now, kind, reason = (
        str(change[c]) for c in ("measure", "group", "period_from", "period_to", "class", "break")
    )
    fields: dict[str, object] = {
        "name": people_name(measure, group, now, language),
        "then": day(then, language),
        "now": day(now, language),
    }
    if kind not in _DIRECTIONS:
        return _say("no_change", language, **fields)
    before, after, low, high = (
        float(str(change[c])) for c in ("value_from", "value_to", "low", "high")
    )
    numbers = ""
    if math.isfinite(before) and math.isfinite(after):
        shown = {
            "before": percent(100 * before, 1, language),
            "after": percent(100 * after, 1, language),
        }
        numbers = _say("numbers", language, now=fields["now"], **shown)
    reach = _reach(100 * low, 100 * high, language)
    found = _say(_DIRECTIONS[kind], language, numbers=numbers, range=reach, **fields)
    # The catalogue's reasons are German in the table of changes.
    return found + _say("mind", language, reason=reason) if reason and language == "de" else found


def _reach(low: float, high: float, language: Language) -> str:
    """The range of chance variation of a change, in percentage points."""
    if low < 0 < high:
        word = "bis" if language == "de" else "to"
        shown = f"{number(low, 1, language)} {word} {signed(high, 1, language)}"
    else:
        ends = sorted((abs(low), abs(high)))
        shown = interval(ends[0], ends[1], "percentage_points", 1, language)
    return _say("range", language, interval=shown)


def people_name(measure: str, group: str, period: str, language: Language = "de") -> str:
    """The people counted, as a plural noun; the catalogue's label where none is known."""
    place = 0 if language == "de" else 1
    known = _NAMES.get(f"{measure}/{group}")
    if known:
        return known[place]
    catalogue = load_catalogue()
    label = catalogue.measures[measure].label(period, language)
    if group != "total":
        about = catalogue.groups[group]
        label += f", {about.name_de if language == 'de' else about.name_en}"
    return _OTHER_NAME[place].format(name=label)


def base_name(reference: str, language: Language = "de") -> str:
    """The population of which the people counted are part."""
    place = 0 if language == "de" else 1
    if reference in _PEOPLE:
        return _PEOPLE[reference][place]
    about = load_catalogue().groups[reference.split("/")[1]]
    return _OTHER_PEOPLE[place].format(name=about.name_de if language == "de" else about.name_en)


def dative_plural(word: str) -> str:
    """A German plural after "in den": ``Planungsräume`` becomes ``Planungsräumen``.

    Examples
    --------
    >>> dative_plural("Bezirksregionen")
    'Bezirksregionen'
    """
    return word if word.endswith(("n", "s")) else f"{word}n"
