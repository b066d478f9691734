"""Which area a reader means: by key or by name, on a level or on any."""

import difflib
from itertools import takewhile

from atlas.edition import Edition
from atlas.profile.sheets import AreaRef, areas_of, current_vintage
from geodata.errors import KeyJoinError, Problem

_MOST_SHOWN = 8


def find_area(edition: Edition, area: str, level: str | None = None) -> AreaRef:
    """The area of the current boundaries with this key or name.

    Parameters
    ----------
    edition
        The opened edition.
    area
        Key, or name in any case.
    level
        Key of the level, needed only where several levels have such an area.

    Raises
    ------
    KeyJoinError
        There is none, or more than one; the message names close matches or the choices.
    """
    offered = _offered(edition, level)
    wanted = area.strip().casefold()
    hits = [ref for ref in offered if wanted in (ref.area.casefold(), ref.name.casefold())]
    if len(hits) == 1:
        return hits[0]
    if hits:
        allowed = "eines davon mit --level und Schlüssel: " + _names(hits)
        raise KeyJoinError(
            f"„{area}“ ist nicht eindeutig.",
            [Problem("Gebiet", f"{len(hits)} Gebiete heißen so", allowed)],
        )
    close = _close(wanted, offered)
    hint = f"zum Beispiel {_names(close)}" if close else "ein Schlüssel oder Name aus dem Atlas"
    raise KeyJoinError(
        f"Das Gebiet „{area}“ gibt es in dieser Ausgabe nicht.",
        [Problem("Gebiet", f"gefunden {area!r}", hint)],
    )


def _offered(edition: Edition, level: str | None) -> list[AreaRef]:
    vintage = current_vintage(edition)
    levels = [x.key for x in edition.manifest.levels]
    if level is not None and level not in levels:
        raise KeyJoinError(
            f"Die Ebene „{level}“ gibt es in dieser Ausgabe nicht.",
            [Problem("Ebene", f"gefunden {level!r}", ", ".join(levels))],
        )
    chosen = levels if level is None else [level]
    return [ref for key in chosen for ref in areas_of(edition, vintage, key)]


def _close(wanted: str, offered: list[AreaRef]) -> list[AreaRef]:
    """Areas whose name contains the word or is spelt alike; else those whose key starts alike."""
    inside = [r for r in offered if wanted and wanted in r.name.casefold()]
    by_name = {r.name.casefold(): r for r in offered}
    alike = [by_name[n] for n in difflib.get_close_matches(wanted, by_name, n=_MOST_SHOWN)]
    named = list(dict.fromkeys([*inside, *alike]))[:_MOST_SHOWN]
    if named:
        return named
    keyed = [r for r in offered if _shared_start(wanted, r.area.casefold()) > 1]
    return sorted(keyed, key=lambda r: -_shared_start(wanted, r.area.casefold()))[:_MOST_SHOWN]


def _shared_start(a: str, b: str) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))


def _names(refs: list[AreaRef]) -> str:
    return ", ".join(f"{r.name} ({r.level_name}, {r.area})" for r in refs[:_MOST_SHOWN])
