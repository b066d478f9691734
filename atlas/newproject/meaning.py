"""What a label says that is counted: a measure by its whole words, or nothing."""

import re
from collections.abc import Sequence
from functools import cache

import pandas as pd

from atlas.meant import spelling
from atlas.newproject.dates import without_dates
from indicators.catalogue import Catalogue
from indicators.header_units import unit_of
from indicators.symbols import load_profile, profile_keys

_RATE = re.compile(
    r"anteil|quote|prozent|percent|%|\bje \d|rate\b|raten\b|durchschnitt|mittel(?:wert)?\b|index"
    r"|dichte|\bz[ -]?wert|\brang\b|veränderung|veraenderung|differenz|saldo|entwicklung",
    re.I,
)
_SHARES = re.compile(r"anteil|quote|prozent|%|(?<![a-z])raten?(?![a-z])|dichte", re.I)
_ALSO = {
    "residents": (
        "einwohner", "einwohnerzahl", "bevölkerung", "bevölkerungszahl", "inhabitants", "residents",
        "ew", "einw", "bev", "hauptwohnsitz", "einwohner mit hauptwohnsitz", "einwohnerinnen",
        "wohnberechtigte hauptwohnung", "bevölkerung am ort der hauptwohnung", "e e", "population",
    ),
    "unemployed": ("arbeitslose", "arbeitslose personen"),
    "unemployed_longterm": ("langzeitarbeitslose", "langzeitarbeitslose personen"),
    "sgb2_bg": ("bedarfsgemeinschaften", "bg", "bedarfsgemeinschaften sgb ii", "bg sgb ii"),
    "sgb2_persons": (
        "personen in bedarfsgemeinschaften", "personen in bg", "personen in bg sgb ii",
    ),
    "sgb2_elb": ("erwerbsfähige leistungsberechtigte", "elb", "elb sgb ii"),
}  # fmt: skip
_NEUTRAL = frozenset({
    "insgesamt", "insg", "gesamt", "ges", "zusammen", "zus", "summe", "total", "anzahl", "absolut",
    "abs", "alle", "bestand", "zahl",
})  # fmt: skip
_BOTH = re.compile(r"\b(\w+)innen (?:und|u) \1\b")
_NUMBER = re.compile(r"-?\d{1,3}(?:[. ]\d{3})+(?:,\d+)?|-?\d+(?:[.,]\d+)*")


def is_rate(words: str) -> bool:
    """Whether words speak of a share, a rate, a mean or a change, so of no count."""
    return bool(_RATE.search(words)) or unit_of(words) not in ("", "thousands", "millions")


def speaks_of_rates(words: str) -> bool:
    """Whether a file's, a sheet's or a table's own name says that its numbers are shares."""
    return bool(_SHARES.search(words)) or unit_of(words) not in ("", "thousands", "millions")


def plain(label: str) -> str:
    """A label without what nobody means: case, umlauts' spelling, female endings, brackets.

    >>> plain("Einwohner/-innen (Insgesamt)"), plain("Bevoelkerung"), plain("Einw.")
    ('einwohner insgesamt', 'bevoelkerung', 'einw')
    """
    text = spelling(label).replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    text = re.sub(r"[*:/]? ?innen\b", "innen", text)
    text = _BOTH.sub(r"\1", text)
    text = re.sub(r"(?<=einwohner)innen\b", "", text)
    return " ".join(re.sub(r"[().,;:/\[\]]", " ", text).split())


def measure_of(label: str, catalogue: Catalogue) -> str | None:
    """The measure that a label names in full; a label with anything more names none.

    Not even what stands in brackets may be left out: "Arbeitslose (SGB II)" are fewer.
    """
    if is_rate(label) or unit_of(label):
        return None
    words = plain(without_dates(label)).split()
    known = _known(catalogue)
    bare = [w for w in words if w not in _NEUTRAL]
    return known.get(" ".join(words)) or known.get(" ".join(bare))


def neutral(label: str) -> bool:
    """Whether a label only says "all of them"."""
    words = plain(label).split()
    return bool(words) and all(w in _NEUTRAL for w in words)


@cache
def _names(keys: tuple[tuple[str, str], ...]) -> dict[str, str]:
    known = {plain(name): key for key, name in keys}
    return known | {plain(word): key for key, words in _ALSO.items() for word in words}


def _known(catalogue: Catalogue) -> dict[str, str]:
    return _names(tuple((m.key, m.name_de) for m in catalogue.measure))


def rate_of(label: str, catalogue: Catalogue) -> str | None:
    """The indicator of the catalogue that a label names in full, or by its code: a suggestion."""
    words = plain(re.sub(r"\b(?:in )?(?:%|prozent|v\.? ?h\.?)", " ", label, flags=re.I))
    if not words:
        return None
    for one in catalogue.indicator:
        code = re.search(r"\(\w+ (\w+)\)$", one.name_de)
        if words in (plain(one.name_de), plain(one.key)) or (code and words == code[1].lower()):
            return one.key
    return None


def part_of(part: str, whole: str, catalogue: Catalogue) -> bool:
    """Whether a measure is counted within another, directly or through others."""
    seen, left = set[str](), [part]
    while left:
        one = left.pop()
        if one == whole:
            return True
        if one not in seen and one in catalogue.measures:
            seen.add(one)
            left += [cell.split("/")[0] for cell in catalogue.measures[one].part_of]
    return False


def target_of(label: Sequence[str], catalogue: Catalogue) -> str:
    """The measure of a row of a long table, from all its labels; empty where any is in doubt.

    Every label has to be understood: "Einwohner" beside "weiblich" are not all of them. A
    heading may name a measure of which the row's is a part, or the other way round, but not
    one beside it: "Arbeitslose" below "Bedarfsgemeinschaften" are those in them.
    """
    found = [(word, measure_of(word.replace("-", " "), catalogue)) for word in label]
    if any(m is None and not neutral(w.replace("-", " ")) for w, m in found):
        return ""
    measures = list(dict.fromkeys(m for _, m in found if m))
    if not measures:
        return ""
    last = measures[-1]
    related = all(
        m == last or part_of(last, m, catalogue)
        or (last != "residents" and part_of(m, last, catalogue))
        for m in measures
    )  # fmt: skip
    return last if related else ""


def is_number(text: pd.Series) -> pd.Series:
    """Which cells are numbers, however they are written."""
    return text.str.fullmatch(rf"(?:{_NUMBER.pattern})(?: ?%)?")


def symbols_of(cells: pd.Series) -> tuple[str, list[str], list[str]]:
    """The publisher's profile that knows all signs in cells.

    Returns
    -------
    profile, unknown, rivals
        The signs that it does not know; the profiles that know as many but read them otherwise.
    """
    signs = set(cells[~is_number(cells)])
    signs |= {"-9999"} & set(cells)
    known = {key: load_profile(key) for key in profile_keys()}

    def left(key: str) -> set[str]:
        profile = known[key]
        return {s for s in signs if s not in profile.cells and profile.unmarked(s)[1] is None}

    order = sorted(known, key=lambda k: (len(left(k)), k != "plain", k))
    best = order[0]
    told = signs - {""}

    def reading(key: str) -> list[str]:
        signs_here = sorted(told | ({"0"} & set(cells)))
        return [str(known[key].cells.get(s, "")) for s in signs_here]

    rivals = [k for k in order[1:] if told and len(left(k)) == len(left(best))
              and reading(k) != reading(best)]  # fmt: skip
    return best, sorted(left(best)), rivals
