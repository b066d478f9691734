"""Columns that say who a person is: told by their header and by what stands in them.

Such a column is refused by name, whatever the project allows. Headers are compared without
case, accents, separators and small misspellings; contents by the patterns of such values, with
their check digits where they have some.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS: Mapping[str, str] = {
    "ein Name": "name nachname vorname familienname zuname rufname geburtsname maedchenname nname "
    "vname firstname lastname surname forename givenname familyname maidenname fullname",
    "ein Geburtsdatum": "geburtsdatum gebdatum gebdat geburtsdat geburtstag gebtag gebtermin "
    "birthdate birthday dateofbirth dob",
    "eine Versicherungs- oder Steuernummer": "sozialversicherungsnummer rentenversicherungsnummer "
    "versicherungsnummer versichertennummer svnummer svnr rvnummer rvnr vsnr kvnr steuerid "
    "krankenversichertennummer steueridentifikationsnummer steuernummer idnr ssn taxid "
    "socialsecuritynumber insurancenumber",
    "eine E-Mail-Adresse": "email mail emailadresse mailadresse emailaddress",
    "eine Telefonnummer": "telefon telefonnummer tel telnr handy handynummer mobilnummer rufnummer "
    "mobiltelefon festnetz phone phonenumber fax faxnummer",
    "eine Bankverbindung": "iban kontonummer kontonr bankverbindung accountnumber",
    "eine Kunden- oder Aktennummer": "kundennummer kdnr bgnummer bgnr aktenzeichen aktennummer "
    "bedarfsgemeinschaftsnummer fallnummer personennummer personalausweisnummer ausweisnummer "
    "passnummer azrnummer customernumber casenumber passportnumber personalnummer",
}
_ADDRESS = (
    "strasse str strassenname hausnummer hausnr hnr adresse anschrift wohnanschrift wohnadresse "
    "street streetname housenumber address"
)
_POINT = (
    "rechtswert hochwert koordinate koordinaten xkoordinate ykoordinate lon lat longitude latitude"
)
_PLACES = re.compile(
    "stadt|ort|bezirk|quartier|raum|gebiet|plr|bzr|region|viertel|kreis|area|district|massnahme|"
    "leistung|einrichtung|status|programm|traeger|team"
)
_MISSPELT = 0.9


def plain(header: str) -> list[str]:
    """The words of a header, in lower case and without accents.

    Examples
    --------
    >>> plain("Straßen-Name_2"), plain("gebDatum")
    (['strassen', 'name'], ['geb', 'datum'])
    """
    text = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", unicodedata.normalize("NFKC", header))
    text = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    text = re.sub(r"stra[^a-z]{1,2}e", "strasse", text.replace("ß", "ss"))
    return re.findall(r"[a-z]+", unicodedata.normalize("NFD", text))


def by_header(header: str, *, address: bool = False, point: bool = False) -> str | None:
    """What identifier a header announces, None if none.

    Parameters
    ----------
    address, point
        Whether the column is used to find the area, as part of an address or as coordinate.
    """
    words = plain(header)
    joined = ["".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
    joined = [re.sub(r"(?:nr|no)$", "nummer", w) if len(w) > 4 else w for w in joined] + joined
    groups = dict(_WORDS)
    if not address:
        groups["ein Teil der Anschrift"] = _ADDRESS
    if not point:
        groups["eine genaue Lage"] = _POINT
    for label, listed in groups.items():
        if any(_is(word, known) for word in joined for known in listed.split()):
            only_name = label == "ein Name" and not _personal(words)
            if not (only_name and _PLACES.search("".join(words))) and not (address and only_name):
                return label
    return None


def _personal(words: list[str]) -> bool:
    """Whether a name in a header is a person's own, not that of a place."""
    own = [w for w in _WORDS["ein Name"].split() if w != "name"]
    return any(_is(word, name) for word in [*words, "".join(words)] for name in own)


def _is(word: str, known: str) -> bool:
    if word == known or (known == "name" and word.endswith("name")):
        return True
    if len(known) < 6:
        return False
    near = len(known) >= 8 and abs(len(word) - len(known)) <= 1
    return word.endswith(known) or (
        near and SequenceMatcher(None, word, known, autojunk=False).ratio() >= _MISSPELT
    )


@dataclass(frozen=True)
class _Pattern:
    """A kind of value, and in which share of a column's values it makes the column one."""

    label: str
    test: Callable[[str], bool]
    share: float


def _iban(value: str) -> bool:
    text = re.sub(r"\s", "", value).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _pension(value: str) -> bool:
    """Rentenversicherungsnummer: § 2 VKVV, check digit by digit sums of weighted digits."""
    text = re.sub(r"[\s/-]", "", value).upper()
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", text):
        return False
    digits = text[:8] + f"{ord(text[8]) - 64:02d}" + text[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, weights, strict=True))
    return total % 10 == int(text[11])


def _health(value: str) -> bool:
    """Krankenversichertennummer: a letter, eight digits, a check digit (§ 290 SGB V)."""
    if not re.fullmatch(r"[A-Z]\d{9}", value):
        return False
    digits = f"{ord(value[0]) - 64:02d}" + value[1:9]
    total = sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits))
    return total % 10 == int(value[9])


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


_CONTENT = (
    _Pattern("E-Mail-Adressen", _like(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"), 0.0),
    _Pattern("IBAN", _iban, 0.0),
    _Pattern("Nummern von Bedarfsgemeinschaften", _like(r"\d{5}(?:BG|//)\d{7}"), 0.0),
    _Pattern("Rentenversicherungsnummern", _pension, 0.3),
    _Pattern("Krankenversichertennummern", _health, 0.3),
    _Pattern("Kundennummern", _like(r"\d{3}[A-Z]\d{6}"), 0.3),
    _Pattern(
        "Telefonnummern",
        _like(r"(?:\+|00)\d[\d\s/()-]{7,}|\(?0\d{2,5}\)?[\s/-]+\d[\d\s-]{2,}|01[567]\d{8,9}"),
        0.3,
    ),
    _Pattern("Namen", _like(r"[A-ZÄÖÜ][\w-]+, ?[A-ZÄÖÜ][\w -]+"), 0.5),
)
_ADDRESSES = _Pattern(
    "Anschriften",
    _like(r"(?i).*(?:str(?:\.|a(?:ß|ss)e)?|weg|platz|allee|ring|gasse|damm|ufer)\s+\d+\s*[a-z]?.*"),
    0.3,
)
_DAYS = _Pattern(
    "volle Tage, nach denen nicht gezählt wird",
    _like(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2}.*|(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d"),
    0.5,
)


def by_content(values: Sequence[str], *, address: bool = False, day: bool = False) -> str | None:
    """What identifier the values of a column look like, None if none.

    Parameters
    ----------
    values
        A sample of different values.
    address, day
        Whether the column is used as part of an address, or as a day by which is counted.
    """
    given = [v for v in values if v]
    more = [*([] if address else [_ADDRESSES]), *([] if day else [_DAYS])]
    for pattern in (*_CONTENT, *more):
        hits = sum(map(pattern.test, given))
        if hits and hits >= pattern.share * len(given):
            return pattern.label
    return None
