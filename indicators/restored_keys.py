"""Keys that a spreadsheet turned into numbers, restored only where that is certain."""

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

_DIGITS = re.compile(r"\d+")
_TAIL = re.compile(r"(\d+)[.,]0+")
_GROUPED = re.compile(r"\d{1,3}(?:([. ])\d{3})(?:\1\d{3})*")
_EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")

LOST_DIGITS = (
    "den ganzen Schlüssel: Die Tabellenkalkulation hat ihn als Zahl gekürzt und Ziffern verloren. "
    "Formatieren Sie die Spalte als Text und exportieren Sie die Tabelle neu"
)


def digits_of(text: str) -> str | None:
    """Digits of a key written as a number, without leading zeros; None where some are lost.

    Examples
    --------
    >>> digits_of("1100101,0"), digits_of("1,100101E+06"), digits_of("1.1E+06")
    ('1100101', '1100101', None)
    """
    text = text.removeprefix("'")
    tail = _TAIL.fullmatch(text)
    exponent = _EXPONENT.fullmatch(text)
    if exponent:
        significant = len(exponent[2] or "") + 1
        if significant != int(exponent[3]) + 1:
            return None
        return str(int(Decimal(text.replace(",", "."))))
    if tail:
        text = tail[1]
    elif _GROUPED.fullmatch(text):
        text = re.sub("[. ]", "", text)
    return (text.lstrip("0") or "0") if _DIGITS.fullmatch(text) else None


def lost_digits(text: str) -> bool:
    """Whether a key is a rounded number like 1.1E+06."""
    return _EXPONENT.fullmatch(text) is not None and digits_of(text) is None


def keys_by_digits(keys: Iterable[str]) -> dict[str, list[str]]:
    """Which keys have the same digits without their leading zeros.

    >>> keys_by_digits(["01", "10", "A"])
    {'1': ['01'], '10': ['10']}
    """
    found: dict[str, list[str]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        if _DIGITS.fullmatch(key):
            found[key.lstrip("0") or "0"].append(key)
    return dict(found)


def restored_keys(places: Iterable[str], keys: Iterable[str]) -> dict[str, str]:
    """Which place stands for which key; only of places that are no keys as they are.

    A place is restored where exactly one key has its digits and no other place has them. If
    any is restored, every place of the column must point to one key: what one lost, all may have.

    >>> restored_keys(["1100101", "11001012"], ["01100101", "11001012"])
    {'1100101': '01100101'}
    >>> restored_keys(["11"], ["011", "0011"])
    {}
    """
    known = set(keys)
    by_digits = keys_by_digits(known)
    written: dict[str, set[str]] = defaultdict(set)
    distinct = list(dict.fromkeys(places))
    for place in distinct:
        digits = digits_of(place)
        if digits is not None and digits in by_digits:
            written[digits].add(place)
    if any(len(by_digits[digits]) > 1 for digits in written):
        return {}
    found = {
        next(iter(texts)): by_digits[digits][0]
        for digits, texts in written.items()
        if len(texts) == 1
    }
    return {place: found[place] for place in distinct if place in found and place not in known}


def with_restored(places: pd.Series, keys: Iterable[str]) -> tuple[pd.Series, dict[str, str]]:
    """A column of keys with the lost zeros, and what was restored."""
    restored = restored_keys(places, keys)
    return places.map(lambda place: restored.get(place, place)).astype("str"), restored
