"""Names and addresses of places in one spelling: umlauts, abbreviations, legal forms."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_LEGAL = re.compile(r"\be\.\s?v\.?(?!\w)|\bg?gmbh\b|\bgug\b")
_JOBCENTER = re.compile(r"\bjob[ -]?cent(?:er|re)\b")
_ADDRESS = re.compile(r"^(?P<street>\D*?[^\W\d]\D*?)\s*,?\s+(?P<number>\d+\s?[a-z]?\b.*)$")
_NUMBER = re.compile(r"(\d+)\s?([a-z]?)\b")
_ROMAN = frozenset(("i", "ii", "iii", "iv", "v", "vi"))


@cache
def _table() -> dict[str, Any]:
    text = (files("geodata.places") / "names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _set(section: str) -> frozenset[str]:
    return frozenset(_table()[section]["words"])


def plain(text: str) -> str:
    """Lower case, umlauts written out, accents gone.

    Examples
    --------
    >>> plain("Café Müßiggang")
    'cafe muessiggang'
    """
    lower = unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS)
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in apart if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def words_of(name: str) -> tuple[str, ...]:
    """Words of a name that tell it from others, in one spelling and in order.

    Examples
    --------
    >>> words_of("Job Center in der Müllerstr.")
    ('jobcenter', 'muellerstrasse')
    >>> words_of("Kita Spatzennest e.V.") == words_of("Kindertagesstätte Spatzennest")
    True
    """
    spelling = _table()["spelling"]
    text = _JOBCENTER.sub("jobcenter", _LEGAL.sub(" ", plain(name)))
    spelled = (spelling.get(word, word) for word in re.findall(r"\w+", text))
    words = (re.sub(r"(?<=\w)str$", "strasse", w) for s in spelled for w in s.split())
    return tuple(w for w in words if w not in _set("empty"))


def is_generic(words: frozenset[str]) -> bool:
    """Whether a name of these words names a kind of place only."""
    return words <= _set("generic")


def tells_apart(extra: frozenset[str]) -> bool:
    """Whether words that only one of two names has make them two: numbers, "Außenstelle"."""
    telling = _set("telling") | _ROMAN
    return any(w in telling or any(c.isdigit() for c in w) for w in extra)


def institution_of(words: tuple[str, ...]) -> str:
    """Kind that a name gives away whatever the file says, else empty."""
    for entry in _table()["institutions"]:
        if set(entry["words"]) <= set(words):
            return str(entry["kind"])
    return ""


@dataclass(frozen=True)
class Address:
    """Street and house numbers (first, last, letter); empty where they are not given."""

    street: str = ""
    first: int = 0
    last: int = 0
    letter: str = ""

    @property
    def known(self) -> bool:
        """Whether a single house is named."""
        return bool(self.street and self.first)

    def same(self, other: "Address") -> bool:
        """Whether both name the same house."""
        return self._street(other) and self._overlap(other) and self.letter == other.letter

    def differs(self, other: "Address") -> bool:
        """Whether both are known and name different houses."""
        if not (self.known and other.known):
            return False
        return (
            not self._street(other)
            or not self._overlap(other)
            or bool(self.letter and other.letter and self.letter != other.letter)
        )

    def _street(self, other: "Address") -> bool:
        return self.known and other.known and self.street == other.street

    def _overlap(self, other: "Address") -> bool:
        return self.first <= other.last and other.first <= self.last


@lru_cache(maxsize=65536)
def address_of(text: str) -> Address:
    """Street and numbers of a German address; the postal code and the town are left aside.

    Examples
    --------
    >>> address_of("Müllerstr. 147, 13353").same(address_of("Müllerstraße 145-149"))
    True
    """
    match = _ADDRESS.match(plain(text).strip())
    if match is None:
        return Address()
    street = re.sub(r"str(?:\.|\b)", "strasse", match["street"])
    street = "".join(re.findall(r"\w+", street))
    numbers = _NUMBER.findall(match["number"].split(",")[0])
    values = [int(n) for n, _ in numbers] or [0]
    last = values[-1] if len(values) > 1 and values[-1] > values[0] else values[0]
    letter = numbers[0][1] if len(numbers) == 1 else ""
    return Address(street, values[0], last, letter)
