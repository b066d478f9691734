"""The words in which a city's geography is described: levels, vintages, hierarchies."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Level:
    """A level of planning areas, from finest to the whole city.

    Parameters
    ----------
    key
        Stable key, for example ``planungsraum``.
    name, plural
        German names as shown on the screen.
    hierarchy
        ``raum`` for the main hierarchy, else the key of the second grouping.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str
    plural: str
    hierarchy: str = "raum"


@dataclass(frozen=True)
class Vintage:
    """A state of the areas' boundaries, with the days between which it is in force.

    Parameters
    ----------
    key
        Stable key, for example ``2021``.
    name
        German name as shown on the screen.
    valid_from, valid_to
        ISO dates, inclusive; ``None`` is open.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class Source:
    """Who made a file and under which terms it may be used."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    title: str
    publisher: str
    licence: str
    attribution: str
    url: str = ""
