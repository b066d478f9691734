"""What a person may have meant by a name that is not there: a few near ones, not the whole list."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from geodata.errors import ProblemCollector

MOST_LISTED = 12
"""So many names can be read at a glance; of more, a reader is told where they stand."""
EXPORTED = "in der Tabelle {} von „sozialatlas export“"
"""Where a person finds all keys of an edition."""
_MOST_NEAR = 3
_SHORTEST_PART = 4


def near(name: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Keys, at most three, that are written or called nearly so; the nearest first.

    Parameters
    ----------
    name
        What was found.
    known
        What there is: names in German by their key.

    Examples
    --------
    >>> near("sgb2_person", {"sgb2_persons": "Personen", "residents": "Einwohner"})
    ('sgb2_persons',)
    >>> near("Einwohnr", {"sgb2_persons": "Personen", "residents": "Einwohner"})
    ('residents',)
    """
    keys: dict[str, list[str]] = {}
    for key, title in known.items():
        for words in {spelling(key), spelling(title)} - {""}:
            keys.setdefault(words, []).append(key)
    wanted = spelling(name)
    alike = get_close_matches(wanted, list(keys), n=2 * _MOST_NEAR)
    parts = [w for w in keys if len(wanted) >= _SHORTEST_PART and wanted in w]
    found = dict.fromkeys(key for words in (*alike, *parts) for key in keys[words])
    return tuple(found)[:_MOST_NEAR]


def question(name: str, known: Mapping[str, str]) -> str:
    """``. Gemeint vielleicht: sgb2_persons (Personen)?``, empty where nothing is near."""
    found = near(name, known)
    words = [f"{k} ({known[k]})" if known[k] not in ("", k) else k for k in found]
    return f". Gemeint vielleicht: {' oder '.join(words)}?" if words else ""


def choice(known: Iterable[str], where: str) -> str:
    """What is allowed: the names themselves where they are few, else where to find them."""
    names = list(known)
    short = len(names) <= MOST_LISTED
    return ", ".join(names) if short else f"einer von {len(names)} Schlüsseln, alle {where}"


def add_unknown(
    found: ProblemCollector,
    place: tuple[str, str],
    name: str,
    known: Mapping[str, str] | Iterable[str],
    where: str,
) -> None:
    """Note a name that is not there, with what may have been meant and where all names stand.

    Parameters
    ----------
    found
        Takes the problem.
    place
        Where the name stands, and what is wrong with it.
    name
        As it was found.
    known
        What there is, with German names or without.
    where
        Where the whole list is found, if it is long: ``in der Tabelle orte.csv``.
    """
    names = known if isinstance(known, Mapping) else dict.fromkeys(known, "")
    stands, wrong = place
    found.add(stands, wrong + question(name, names), choice(names, where))


def spelling(words: str) -> str:
    """What is left of a name when nobody minds capitals, hyphens and blanks."""
    return " ".join(words.casefold().replace("_", " ").replace("-", " ").split())
