"""Texts on opening hours in either syntax: OpenStreetMap's, or plain German."""

from datetime import date
from typing import Literal

from geodata.places.hours import read_german
from geodata.places.osm_hours import read_osm
from geodata.places.week import HoursError, Week, in_words

Syntax = Literal["auto", "german", "osm"]


def read_hours(text: str, syntax: Syntax, day: date) -> Week:
    """Read a text on opening hours.

    Parameters
    ----------
    text
        What the file says; an empty text is a week without windows and reasons.
    syntax
        ``german``, ``osm``, or ``auto`` for whichever fits. In OpenStreetMap's syntax a later
        rule replaces an earlier one for its days, in a German notice it adds to it.
    day
        First day of the year for which dates in the text are evaluated.

    Raises
    ------
    HoursError
        The text is not understood, or both syntaxes fit and say different things.
    """
    if not text.strip():
        return Week()
    if syntax == "german":
        return read_german(text)
    if syntax == "osm":
        return read_osm(text.strip(), day)
    return _either(text, day)


def _either(text: str, day: date) -> Week:
    german: Week | HoursError
    try:
        german = read_german(text)
    except HoursError as error:
        if error.understood:
            # As OpenStreetMap's syntax "14:00-09:00" would be a long night.
            raise
        german = error
    try:
        osm = read_osm(text.strip(), day)
    except HoursError:
        if isinstance(german, HoursError):
            raise german from None
        return german
    # Months and ordinals make a German notice irregular, but are OpenStreetMap's grammar.
    if isinstance(german, HoursError) or not (german.windows or german.unsure):
        return osm
    if (german.windows, german.unsure) == (osm.windows, osm.unsure):
        return german
    raise HoursError(
        f"hat zwei Bedeutungen, auf Deutsch „{in_words(german.windows)}“, "
        f"in der Schreibweise von OpenStreetMap „{in_words(osm.windows)}“",
        'hours = "german" oder hours = "osm" in der Projektdatei',
    )
