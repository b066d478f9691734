"""One set of areas to another: weights by keys, population, inhabited land or area."""

from geodata.crosswalk.keys import by_keys, read_keys
from geodata.crosswalk.methods import by_area, by_mask, by_population
from geodata.crosswalk.model import (
    METHODS,
    Crosswalk,
    Findings,
    divided,
    in_steps,
    names_of,
)
from geodata.crosswalk.spec import CrosswalkSource, read_crosswalk
from geodata.crosswalk.words import notes_of

__all__ = [
    "METHODS",
    "Crosswalk",
    "CrosswalkSource",
    "Findings",
    "by_area",
    "by_keys",
    "by_mask",
    "by_population",
    "divided",
    "in_steps",
    "names_of",
    "notes_of",
    "read_crosswalk",
    "read_keys",
]
