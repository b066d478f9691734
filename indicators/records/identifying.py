"""Columns that say who a person is, told by what stands in them.

A value is known by its pattern, with its check digit where it has one. What a column is used
for decides what may stand in it: codes are written out in the project file, but a column that
nothing is known of may hold anything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Use = Literal["code", "key", "day", "point", "address", "free"]
"""What a column is used for; ``free`` are pseudonyms and columns that nothing needs."""

_MANY = 30


@dataclass(frozen=True)
class Sample:
    """Some different values of a column, and how many rows were looked at."""

    values: Sequence[str]
    rows: int = 0
    uses: tuple[Use, ...] = ("code",)

    @property
    def given(self) -> list[str]:
        """The values that are not empty."""
        return [v.strip() for v in self.values if v.strip()]

    @property
    def differs(self) -> bool:
        """Whether there are as many different values as of people and not of codes."""
        return len(self.given) >= min(_MANY, max(1, self.rows // 2))


def _tight(value: str) -> str:
    return re.sub(r"[\s/.-]", "", value).upper()


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _within(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.search(value) is not None


def _digit_sums(digits: str, weights: Sequence[int]) -> int:
    return sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, weights, strict=True))


def _iban(value: str) -> bool:
    text = re.sub(r"\s", "", value).upper()
    return re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text) is not None and _iban_holds(text)


def _german_iban(value: str) -> bool:
    """Also within other words."""
    found = re.findall(r"\bDE\d\d(?: ?\d){18}(?!\d)", value.upper())
    return any(_iban_holds(re.sub(r"\s", "", text)) for text in found)


def _iban_holds(text: str) -> bool:
    """Check digits of ISO 13616: the rest is 1 of 97."""
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _pension(value: str) -> bool:
    """Rentenversicherungsnummer: § 2 VKVV, check digit by digit sums of weighted digits."""
    text = _tight(value)
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", text):
        return False
    digits = text[:8] + f"{ord(text[8]) - 64:02d}" + text[9:11]
    return _digit_sums(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)) % 10 == int(text[11])


def _pension_shape(value: str) -> bool:
    """The same without a check: mistyped or invented, but with a day of birth in its middle."""
    return _like(r"\d\d(?:[0-2]\d|3[01]|[5-7]\d|8[01])(?:0\d|1[0-2])\d\d[A-Z]\d{3}")(_tight(value))


def _health(value: str) -> bool:
    """Krankenversichertennummer: a letter, eight digits, a check digit (§ 290 SGB V)."""
    text = _tight(value)
    if not re.fullmatch(r"[A-Z]\d{9}", text):
        return False
    digits = f"{ord(text[0]) - 64:02d}" + text[1:9]
    return _digit_sums(digits, (1, 2) * 5) % 10 == int(text[9])


def _tax(value: str) -> bool:
    """Identifikationsnummer (§ 139b AO): one digit twice or thrice, ISO 7064 MOD 11,10."""
    text = _tight(value)
    if not re.fullmatch(r"[1-9]\d{10}", text):
        return False
    times = sorted(text[:10].count(d) for d in set(text[:10]))
    if times[-1] not in (2, 3) or (len(times) > 1 and times[-2] > 1):
        return False
    product = 10
    for digit in text[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(text[10])


def _identity_card(value: str) -> bool:
    """Number of an identity card or passport with its check digit (ICAO Doc 9303, 7-3-1)."""
    text = _tight(value)
    if not re.fullmatch(r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d", text):
        return False
    weights = (7, 3, 1) * 3
    total = sum(int(c, 36) * w for c, w in zip(text[:9], weights, strict=True))
    return total % 10 == int(text[9]) and any(c.isdigit() for c in text[1:9])


def _words(value: str) -> bool:
    """One to four words of letters, as names are."""
    words = re.split(r"[\s,;-]+", re.sub(r"[.'’]", "", value).strip(" ,;-"))
    return len(words) <= 4 and all(w.isalpha() for w in words) and len("".join(words)) > 2


def _prose(value: str) -> bool:
    return len(re.findall(r"\w*[^\W\d_]\w*", value)) >= 4


@dataclass(frozen=True)
class _Pattern:
    """A kind of value, and in which share of a column's values it makes the column one."""

    label: str
    test: Callable[[str], bool]
    share: float
    differing: bool = False


_ALWAYS = (
    _Pattern("E-Mail-Adressen", _within(r"[^\s@<(]+@[^\s@]+\.[A-Za-z]{2,}"), 0.0),
    _Pattern("IBAN", _german_iban, 0.0),
    _Pattern("IBAN", _iban, 0.3),  # one of 97 pseudonyms of that shape would pass by chance
    _Pattern("Nummern von Bedarfsgemeinschaften", _within(r"\b\d{5} ?(?:BG|//) ?\d{7}\b"), 0.0),
    _Pattern("Rentenversicherungsnummern", _pension, 0.3),
    _Pattern("Rentenversicherungsnummern", _pension_shape, 0.5),
    _Pattern("Krankenversichertennummern", _health, 0.3),
    _Pattern("Steuer-Identifikationsnummern", _tax, 0.3),
    _Pattern("Steuernummern", _like(r"\d{2,3}/\d{3,4}/\d{4,5}"), 0.3),
    _Pattern("Ausweisnummern", _identity_card, 0.3),
    _Pattern("Kundennummern", lambda v: _like(r"\d{3}[A-Z]\d{6}")(_tight(v)), 0.3),
    _Pattern(
        "Aktenzeichen",
        _like(r"(?:[A-Z] )?\d{1,3} [A-Z][A-Za-z]{0,3} \d{1,5}/\d{2,4}.*"), 0.3,
    ),
)  # fmt: skip
_NAMES = _Pattern("Namen", _like(r"(?:[a-z]{2,4}[ -])?[A-ZÄÖÜ][\w'’-]+, ?[A-ZÄÖÜ][\w .'’-]+"), 0.5)
_PHONES = _Pattern(
    "Telefonnummern",
    _like(
        r"(?:\+|00)\d[\d\s/()-]{7,}|\(?0\d{2,5}\)?[\s/-]+\d[\d\s-]{2,}|01[567]\d{8,9}"
        r"|0[2-9]\d{8,10}"
    ),
    0.3,
)
_ADDRESSES = _Pattern(
    "Anschriften",
    _like(r"(?i).*(?:str(?:\.|a(?:ß|ss)e)?|weg|platz|allee|ring|gasse|damm|ufer)\s+\d+\s*[a-z]?.*"),
    0.3,
)
_POINTS = _Pattern(
    "genaue Koordinaten",
    _like(
        r"-?\d{1,3}[.,]\d{4,}|\d{6,8}[.,]\d+|(?i:point) ?\(.*"
        r"|-?\d{1,3}\.\d{3,}[,; ]+-?\d{1,3}\.\d{3,}"
    ),
    0.5,
)
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DAY_MONTH = r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])"
_YEAR = r"(?:19|20)\d\d"
_DAYS = _Pattern(
    "volle Tage, nach denen nicht gezählt wird",
    _like(
        r"\d{1,2}[./ -]{1,2}(?:\d{1,2}|[A-Za-zä]{3,9}\.?)[./ -]{1,2}(?:\d{2}|\d{4})(?:[ T].*)?"
        rf"|{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}.*|{_YEAR}{_MONTH_DAY}|{_DAY_MONTH}{_YEAR}"
    ),
    0.5,
)
_FREE = (
    _Pattern(_DAYS.label, _like(rf"{_DAY_MONTH}\d\d|\d\d{_MONTH_DAY}"), 0.9, differing=True),
    _Pattern("Namen oder andere Wörter", _words, 0.8, differing=True),
    _Pattern("Anschriften", _like(r"[^\W\d][^\d]{2,} \d{1,4} ?[a-zA-Z]?(?:,.*)?"), 0.5, True),
    _Pattern("Freitext", _prose, 0.2, differing=True),
)


def by_content(sample: Sample) -> str | None:
    """What identifier the values of a column look like, None if none."""
    uses, given = sample.uses, sample.given
    patterns = list(_ALWAYS)
    patterns += [_PHONES] if not {"key", "point"} & set(uses) else []
    patterns += [_NAMES, _ADDRESSES] if "address" not in uses else []
    patterns += [_POINTS] if not {"key", "point"} & set(uses) else []
    patterns += [_DAYS] if not {"day", "key", "point"} & set(uses) else []
    patterns += _FREE if set(uses) <= {"free"} else ()
    for pattern in patterns:
        hits = sum(map(pattern.test, given))
        enough = hits and hits >= pattern.share * len(given)
        if enough and (sample.differs or not pattern.differing):
            return pattern.label
    return None


def is_day(value: str) -> bool:
    """Whether a value can be read as a full day."""
    return _DAYS.test(value)


def split_days(samples: Mapping[str, Sample]) -> tuple[str, str, str] | None:
    """Columns that are together a date of birth: one of days, one of months, one of years.

    No count needs a day in parts, so only columns that nothing needs are looked at; the years
    may also be those of an age.
    """
    free = {name: s for name, s in samples.items() if set(s.uses) <= {"free"}}
    days = [name for name, s in free.items() if _numbers_up_to(s, 31)]
    months = [name for name, s in free.items() if _numbers_up_to(s, 12) or _names_of_months(s)]
    years = [
        name for name, s in samples.items()
        if not {"key", "point", "address", "day"} & set(s.uses) and _years(s)
    ]  # fmt: skip
    found = [(d, m, y) for d in days for m in months for y in years if len({d, m, y}) == 3]
    return found[0] if found else None


def _numbers_up_to(sample: Sample, last: int) -> bool:
    """Whether nearly all whole numbers from 1 to `last` stand there, and no other."""
    if not all(v.isascii() and v.isdigit() and len(v) <= 2 for v in sample.given):
        return False
    found = {int(v) for v in sample.given}
    enough = min(last - 2, max(sample.rows // 4, 5))
    least = 13 if last > 12 else 1
    return enough <= len(found) and min(found) >= 1 and least <= max(found) <= last


def _names_of_months(sample: Sample) -> bool:
    months = re.compile(
        r"(?i)(jan|feb|mär|mrz|maer|apr|ma[iy]|jun|jul|aug|sep|o[kc]t|nov|de[zc])\w*\.?"
    )
    return len(sample.given) >= 3 and all(map(months.fullmatch, sample.given))


def _years(sample: Sample) -> bool:
    return len(sample.given) >= 3 and all(re.fullmatch(_YEAR, v) for v in sample.given)
