"""Columns that say who a person is, told by their header.

Such a column is refused by name, whatever the project allows. Headers are compared without
case, accents, separators and small misspellings. `identifying` looks at what stands there.
"""

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher

_WORDS: Mapping[str, str] = {
    "ein Name": "name nachname vorname familienname zuname rufname geburtsname maedchenname nname "
    "vname firstname lastname surname forename givenname familyname maidenname fullname "
    "ansprechpartner ansprechpartnerin kontaktperson sachbearbeiter sachbearbeiterin",
    "ein Geburtsdatum": "geburtsdatum gebdatum gebdat geburtsdat geburtstag gebtag gebtermin "
    "geburt geboren geborenam gebam geburtsmonat gebmonat gebmon birthdate birthday birthmonth "
    "dateofbirth dob",
    "eine Versicherungs- oder Steuernummer": "sozialversicherungsnummer rentenversicherungsnummer "
    "versicherungsnummer versichertennummer svnummer svnr rvnummer rvnr vsnr kvnr steuerid "
    "versnummer versnr versichertenid "
    "krankenversichertennummer steueridentifikationsnummer steuernummer idnr ssn taxid "
    "socialsecuritynumber insurancenumber",
    "eine E-Mail-Adresse": "email mail emailadresse mailadresse emailaddress",
    "eine Telefonnummer": "telefon telefonnummer tel telnr handy handynummer mobilnummer rufnummer "
    "mobil mobiltelefon festnetz phone phonenumber fax faxnummer",
    "eine Bankverbindung": "iban konto kto ktonr kontonummer kontonr bankverbindung accountnumber",
    "eine Kunden- oder Aktennummer": "kundennummer kdnr bgnummer bgnr aktenzeichen aktennummer "
    "bedarfsgemeinschaftsnummer fallnummer personennummer personalausweisnummer ausweisnummer "
    "passnummer azrnummer customernumber casenumber passportnumber personalnummer persnr kundenid "
    "kundenkennung bgid az aktz geschaeftszeichen antragsnummer vorgangsnummer mitgliedsnummer "
    "patientennummer jobcenternummer kfzkennzeichen",
    "Freitext": "bemerkung bemerkungen anmerkung anmerkungen freitext kommentar kommentare notiz "
    "notizen sachverhalt vermerk aktenvermerk remark remarks comment comments",
}
_ADDRESS = (
    "strasse str strassenname hausnummer hausnr hnr adresse anschrift wohnanschrift wohnadresse "
    "adr street streetname housenumber address"
)
_POINT = (
    "x y rechtswert hochwert ostwert nordwert koordinate koordinaten koord xkoordinate ykoordinate "
    "coord coordinate coordinates easting northing lon lat longitude latitude geohash geom "
    "geometry geometrie wkt wkb"
)
_ALONE = frozenset(("az", "geburt", "mobil", "konto", "adr", "x", "y"))
"""Words that announce an identifier alone, but not with others: AZ_KINDER is a number."""
_PLACES = re.compile(
    "stadt|ort|bez|pgr|lor|quartier|raum|gebiet|plr|bzr|region|viertel|kreis|area|district|massnahme|"
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
        if any(
            _is(word, known)
            for known in listed.split()
            for word in (["".join(words)] if known in _ALONE else joined)
        ):
            only_name = label == "ein Name" and not _personal(words)
            if not (only_name and _PLACES.search("".join(words))) and not (address and only_name):
                return label
    return None


def _personal(words: list[str]) -> bool:
    """Whether a name in a header is a person's own, not that of a place."""
    own = [w for w in _WORDS["ein Name"].split() if w != "name"]
    return any(_is(word, name) for word in [*words, "".join(words)] for name in own)


def _is(word: str, known: str) -> bool:
    """Whether a word is a known one, ends with it, or is a long one misspelt."""
    if word == known or (known == "name" and word.endswith("name")):
        return True
    if len(known) < 6:
        return False
    near = len(known) >= 8 and abs(len(word) - len(known)) <= 1
    return word.endswith(known) or (
        near and SequenceMatcher(None, word, known, autojunk=False).ratio() >= _MISSPELT
    )
