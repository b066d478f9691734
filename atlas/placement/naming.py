"""What a plan may be called: one rule for the command line and the atlas."""

import re
from unicodedata import normalize

from geodata.errors import PlacementError, Problem

_NAME = re.compile(r"[A-Za-z0-9äöüÄÖÜß][\w-]*")
_LONGEST = 60


def plan_name(words: str) -> str:
    """A plan's name from what a person calls it: blanks become hyphens.

    Raises
    ------
    PlacementError
        A plan cannot be called so.

    Examples
    --------
    >>> plan_name(" Mehr für Familien ")
    'Mehr-für-Familien'
    """
    name = re.sub(r"\s+", "-", normalize("NFC", words.strip()))
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        allowed = f"Buchstaben, Ziffern, _ und -, höchstens {_LONGEST} Zeichen"
        problem = Problem("Name", f"gefunden „{words.strip()}“", allowed)
        raise PlacementError("So kann ein Plan nicht heißen.", [problem])
    return name
