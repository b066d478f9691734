"""Opening windows of rooms: from the text beside a room, or from a table of their own."""

from collections.abc import Mapping
from itertools import starmap

import pandas as pd

from geodata.places.cells import Cells
from geodata.places.opening import read_hours
from geodata.places.spec import PlacesSpec
from geodata.places.week import HoursError, Week, Window, clock, in_words, joined

_Weeks = tuple[Week, list[Week]]
_EMPTY = {"place": "str", "weekday": "Int64", "start": "str", "end": "str", "known": "boolean"}


def weeks_of(texts: pd.Series, spec: PlacesSpec, parser: Cells) -> list[Week]:
    """The week of every row.

    What is not understood is noted as a fault of the table; in OpenStreetMap's data, which
    nobody here can mend at once, it is a week without windows and with that reason.
    """
    weeks: list[Week] = []
    faults: list[HoursError | None] = []
    for text in texts:
        week, fault = _read(str(text), spec)
        weeks.append(week)
        faults.append(fault)
    for i, fault in enumerate(faults):
        if fault is not None:
            parser.note_one(i, f"gefunden {texts.iloc[i]!r}: {fault.why}", fault.allowed)
    return weeks


def _read(text: str, spec: PlacesSpec) -> tuple[Week, HoursError | None]:
    try:
        return read_hours(text, "osm" if spec.is_tagged else spec.hours, spec.day), None
    except HoursError as error:
        if spec.is_tagged:
            return Week(reasons=(f"nicht lesbar („{text}“)",)), None
        return Week(), error


def windows_of(
    rows: pd.DataFrame, renamed: Mapping[str, str], listed: pd.DataFrame, kept: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Opening windows of the places kept, and what of their hours is no weekly pattern.

    Parameters
    ----------
    rows
        Every row inside the city: ``place``, ``name``, ``week``.
    renamed
        Dropped key to kept key.
    listed
        Windows from a table of their own; where a place has some there, they hold.
    kept
        The places kept: ``place``, ``name``.

    Returns
    -------
    windows, sentences
        Columns ``place``, ``weekday``, ``start``, ``end``, ``known``; unsure windows are not
        known.
    """
    own = _own_weeks(rows, renamed)
    names = dict(zip(kept["place"], kept["name"], strict=True))
    tabled = set(listed["place"])
    sentences: list[str] = []
    records: list[tuple[str, int, str, str, bool]] = []
    for place in sorted(own):
        week, others = own[place]
        if place in tabled:
            continue
        records += [_record(place, w, known=True) for w in week.windows]
        records += [_record(place, w, known=False) for w in week.unsure]
        sentences += _sentences(str(names[place]), place, week, others)
    made = pd.DataFrame(records, columns=list(_EMPTY)).astype(_EMPTY)
    table = pd.concat([_joined(listed), made], ignore_index=True) if len(listed) else made
    return table.sort_values(list(_EMPTY), ignore_index=True), tuple(sentences)


def _record(place: str, window: Window, *, known: bool) -> tuple[str, int, str, str, bool]:
    return place, window.weekday, clock(window.start), clock(window.end), known


def _own_weeks(rows: pd.DataFrame, renamed: Mapping[str, str]) -> dict[str, _Weeks]:
    """The first week said of each place, and other ones said of it."""
    found: dict[str, _Weeks] = {}
    for place, week in zip(rows["place"], rows["week"], strict=True):
        if week == Week():
            continue
        first, others = found.setdefault(renamed.get(place, place), (week, []))
        if week.windows != first.windows:
            others.append(week)
    return found


def _sentences(name: str, place: str, week: Week, others: list[Week]) -> list[str]:
    who = f"„{name}“ ({place})"
    found = []
    if week.reasons:
        effect = "gilt als bekannt, was jede Woche gleich ist" if week.windows else "unbekannt"
        found.append(f"Öffnungszeiten von {who}: {'; '.join(week.reasons)}; {effect}.")
    for other in others:
        found.append(
            f"Öffnungszeiten von {who} stehen zweimal da: übernommen „{in_words(week.windows)}“, "
            f"nicht „{in_words(other.windows)}“."
        )
    return found


def _joined(listed: pd.DataFrame) -> pd.DataFrame:
    """The table of windows with those joined that overlap or touch."""
    records = []
    for place, own in listed.groupby("place", sort=True):
        starts, ends = (own[c].map(minutes_of) for c in ("start", "end"))
        spans = starmap(Window, zip(own["weekday"], starts, ends, strict=True))
        records += [_record(str(place), w, known=True) for w in joined(spans)]
    return pd.DataFrame(records, columns=list(_EMPTY)).astype(_EMPTY)


def minutes_of(text: str) -> int:
    """``HH:MM`` as minutes since midnight."""
    return int(text[:2]) * 60 + int(text[3:])
