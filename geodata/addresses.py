"""Addresses as people write them, and the one place in a register that each stands for.

Only what is the same after spelling is made uniform counts as the same; nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

EMPTY, NO_STREET, NO_NUMBER, NO_POSTCODE, AMBIGUOUS, NO_AREA = -1, -2, -3, -4, -5, -6
REASONS = {
    EMPTY: "ohne Adresse",
    NO_STREET: "Straße nicht im Adressverzeichnis",
    NO_NUMBER: "Hausnummer nicht im Adressverzeichnis",
    NO_POSTCODE: "Postleitzahl passt nicht zur Adresse",
    AMBIGUOUS: "Adresse mehrdeutig",
    NO_AREA: "Adresse im Verzeichnis ohne Raum",
}

_Key = TypeVar("_Key")
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_STREET = re.compile(r"(?:strasse|str)\b\.?")
_WHOLE_WORDS = {"pl": "platz", "st": "sankt"}
_NUMBER = re.compile(r"0*(\d+)[-/.]?([a-z]?)")
_HALF = re.compile(r"(?<=\d)\s*½|(?<=\d)\s+1/2\b")
_SPAN = re.compile(r"0*(\d+)([a-z]?)[-/]0*(\d+)([a-z]?)")
_BEHIND = re.compile(
    r"(.*?\S)\s+(\d+\s*½|\d+\s+1/2|\d+\s*[a-zA-Z]?(?:\s*[-/–]\s*\d*\s*[a-zA-Z]?)?)\.?"
)


def plain_street(text: str) -> str:
    """A street's name in the one spelling in which names are compared.

    Examples
    --------
    >>> plain_street("Karl-Marx-Str.") == plain_street("KARL MARX STRASSE")
    True
    >>> plain_street("Müllerstraße")
    'muellerstr'
    """
    lower = unicodedata.normalize("NFC", text).casefold().translate(_LETTERS)
    short = _STREET.sub("str ", lower)
    words = re.findall(r"[a-z0-9]+", _without_accents(short))
    return "".join(_WHOLE_WORDS.get(word, word) for word in words)


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def plain_number(number: str, suffix: str = "") -> str:
    """A house number with its suffix in one spelling.

    Examples
    --------
    >>> plain_number("012 A"), plain_number("12", "a"), plain_number("12/A"), plain_number("12-014")
    ('12a', '12a', '12a', '12-14')

    Half a number is no flat of another house.

    >>> plain_number("12 1/2"), plain_number("12½"), plain_number("121/2")
    ('12½', '12½', '121/2')
    """
    text = re.sub(r"\s+", "", _HALF.sub("½", f"{number}{suffix}")).casefold().replace("–", "-")
    if found := _NUMBER.fullmatch(text):
        return found[1] + found[2]
    if found := _SPAN.fullmatch(text):
        between = "/" if "/" in text else "-"
        return found[1] + found[2] + between + found[3] + found[4]
    return text


def plain_postcode(text: str) -> str:
    """Five digits; a spreadsheet's lost zero is put back, since all have five.

    Examples
    --------
    >>> plain_postcode("1067"), plain_postcode("D-01067"), plain_postcode("")
    ('01067', '01067', '')
    """
    digits = re.sub(r"\D", "", text)
    return digits.zfill(5) if digits else ""


def split_number(text: str) -> tuple[str, str]:
    """Street and house number of an address in one text.

    Examples
    --------
    >>> split_number("Straße des 17. Juni 135 a")
    ('Straße des 17. Juni', '135 a')
    >>> split_number("Weite Gasse 3 1/2"), split_number("Straße 101 12 - 14")
    (('Weite Gasse', '3 1/2'), ('Straße 101', '12 - 14'))
    """
    found = _BEHIND.fullmatch(text.strip())
    return (found[1], found[2]) if found else (text, "")


@dataclass
class AddressIndex:
    """The area of every address of a register, in one vintage.

    Entries that say different areas for what is written alike make that address ambiguous.
    """

    full: dict[tuple[str, str, str], int] = field(default_factory=dict)
    short: dict[tuple[str, str], int] = field(default_factory=dict)
    streets: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, entries: Iterable[tuple[str, str, str, int]]) -> "AddressIndex":
        """Build from plain street, plain number, plain postcode, and index of the area."""
        index = cls()
        for street, number, postcode, area in entries:
            if street and number:
                index.streets.add(street)
                _enter(index.full, (street, number, postcode), area)
                _enter(index.short, (street, number), area)
        return index

    def find(self, street: str, number: str, postcode: str = "") -> int:
        """Index of the area, or why there is none (see `REASONS`).

        Without a postcode, an address must be the only one of its street and number.
        """
        if not street or not number:
            return EMPTY
        if postcode and (street, number, postcode) in self.full:
            return self.full[street, number, postcode]
        if street not in self.streets:
            return NO_STREET
        if (street, number) not in self.short:
            return NO_NUMBER
        if not postcode or (street, number, "") in self.full:
            return self.short[street, number]
        return NO_POSTCODE


def _enter(index: dict[_Key, int], key: _Key, area: int) -> None:
    index[key] = area if index.get(key, area) == area else AMBIGUOUS
