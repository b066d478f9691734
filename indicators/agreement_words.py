"""Agreement of methods and of neighbour rules, in German that needs no statistics."""

from collections.abc import Iterable, Mapping, Sequence

from indicators.hotspot_words import GI_STAR, LOCAL_MORAN, NO_PATTERN, distance_words
from indicators.neighbours import NeighbourRule

SCAN, FUNNEL = "scan", "funnel"
HIGH, LOW, HIGH_ALONE, LOW_ALONE, NONE, SILENT = (
    "high",
    "low",
    "high_alone",
    "low_alone",
    "none",
    "",
)

METHOD_NAMES = {
    GI_STAR: "Häufung mit den Nachbarn (Gi*)",
    LOCAL_MORAN: "Vergleich mit den Nachbarn (lokales Moran-I)",
    SCAN: "Suche nach auffälligen Kreisen (Kreis-Scan)",
    FUNNEL: "Vergleich mit der ganzen Stadt (Trichter)",
}
"""What a reader is told about each method, in the order of the columns."""

_SIDES = {HIGH: "auffällig hohe", LOW: "auffällig niedrige"}
_ALONE = {
    HIGH_ALONE: "Der Wert hier ist hoch, die Werte der Nachbarn sind niedrig.",
    LOW_ALONE: "Der Wert hier ist niedrig, die Werte der Nachbarn sind hoch.",
}
_USUAL = (
    "Gemessen wird an den Unterschieden, die zwischen den Gebieten dieser Stadt üblich sind; der "
    "Wert kann trotzdem weit von dem der Stadt entfernt sein."
)
_KIN = (
    "Gi* und lokales Moran-I betrachten beide die Nachbarn und zählen zusammen kaum mehr als "
    "ein Verfahren."
)


def agreement_reason(directions: Mapping[str, str]) -> str:
    """One to three sentences: how many methods say what, and which say nothing.

    Parameters
    ----------
    directions
        What each method of `METHOD_NAMES` says about an area.
    """
    speaking = {m: d for m, d in directions.items() if d != SILENT}
    if not speaking:
        return "Ohne Aussage: Keines der Verfahren kann zu diesem Gebiet etwas sagen."
    parts = [_count(speaking)]
    local = {directions[GI_STAR], directions[LOCAL_MORAN]}
    if local in ({HIGH}, {LOW}):
        parts.append(_KIN)
    parts += [_ALONE[d] for d in speaking.values() if d in _ALONE]
    if set(speaking.values()) == {NONE} and {SCAN, FUNNEL} & set(speaking):
        parts.append(_USUAL)
    silent = [METHOD_NAMES[m] for m, d in directions.items() if d == SILENT]
    if silent:
        parts.append(f"Ohne Aussage: {_listed(silent)}.")
    return " ".join(parts)


def _count(speaking: Mapping[str, str]) -> str:
    found = {side: [METHOD_NAMES[m] for m, d in speaking.items() if d == side] for side in _SIDES}
    found = {side: names for side, names in found.items() if names}
    total = len(speaking)
    if not found:
        who = "Das eine Verfahren, das etwas sagen kann," if total == 1 else f"Keines der {total}"
        verb = "spricht nicht" if total == 1 else "Verfahren spricht"
        return f"{who} {verb} für auffällig hohe oder auffällig niedrige Werte."
    if len(found) == 2:
        both = [f"{len(n)} für {_SIDES[s]} Werte ({_listed(n)})" for s, n in found.items()]
        return f"Die {total} Verfahren sind sich nicht einig: {both[0]}, {both[1]}."
    ((side, names),) = found.items()
    verb = "spricht" if len(names) == 1 else "sprechen"
    return f"{len(names)} von {total} Verfahren {verb} für {_SIDES[side]} Werte: {_listed(names)}."


def rule_name(rule: NeighbourRule) -> str:
    """Who counts as a neighbour, after "bei".

    >>> rule_name(NeighbourRule("knn", k=6))
    'den 6 nächsten Gebieten'
    """
    if rule.kind == "knn":
        return "dem nächsten Gebiet" if rule.k == 1 else f"den {rule.k} nächsten Gebieten"
    if rule.kind == "distance":
        reach = "" if rule.metres is None else f" von {distance_words(rule.metres)}"
        return f"einem Umkreis{reach}"
    return "gemeinsamer Grenze"


def stability_reason(
    words: Sequence[str], close: Sequence[bool], rules: Sequence[NeighbourRule], silent: str
) -> str:
    """One sentence: whether the class depends on who counts as a neighbour.

    Parameters
    ----------
    words, close
        The class under each rule, and whether it misses the others' class narrowly.
    rules
        In the same order.
    silent
        The word of a class that says nothing.
    """
    names = [rule_name(rule) for rule in rules]
    stated = [(w, n, c) for w, n, c in zip(words, names, close, strict=True) if w != silent]
    if not stated:
        return "Ohne Aussage, wie man die Nachbarn auch bestimmt."
    if len(stated) == 1:
        word, name, _ = stated[0]
        return f"Nur bei {name} ist eine Aussage möglich: {word}."
    clear = list(dict.fromkeys(w for w, _, c in stated if not c))
    narrow = [n for _, n, c in stated if c]
    if len(clear) == 1:
        same, end = "Gleich", ""
        if narrow:
            same, end = "Im Wesentlichen gleich", f", bei {_listed(narrow)} nur knapp nicht"
        return f"{same}, wie man die Nachbarn auch bestimmt: {clear[0]}{end}."
    parts = [f"{w} bei {_listed(n for v, n, _ in stated if v == w)}" for w in _ordered(stated)]
    return f"Hängt davon ab, wer als Nachbar zählt: {'; '.join(parts)}."


def _ordered(stated: Sequence[tuple[str, str, bool]]) -> list[str]:
    """Classes in the order of the rules, "no pattern" last."""
    words = dict.fromkeys(word for word, _, _ in stated)
    return sorted(words, key=lambda word: word == NO_PATTERN)


def _listed(names: Iterable[str]) -> str:
    """Words with commas and a last "und"."""
    *first, last = names
    return f"{', '.join(first)} und {last}" if first else last
