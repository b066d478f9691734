"""What a project says of its areas: layers of outlines, second groupings, the city."""

import re
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field

from geodata.files import TableFormat
from geodata.model import Source
from geodata.sources import ServiceOptions


@dataclass(frozen=True)
class GeometrySource:
    """A layer of outlines for one level and vintage.

    ``file`` is a file of the data folder, or the address of a service with its kind before
    it (``wfs+https://…``), asked as ``service`` says. ``parent`` names the column with the
    parent's key; ``parent_prefix`` says instead that the first n characters of the key are
    the parent's key; ``parent_in_space`` takes the area above that covers most of it, where
    no key says it; ``parent_name`` is only compared. ``key_pattern`` is a regular
    expression whose first group is the key within the column. ``crs`` and ``encoding`` are
    for files that do not say it themselves, ``swap_axes`` for those that write north first.
    ``parts`` allows several rows of one key and name as parts of one area, ``snap_m`` allows
    slivers up to that width to be closed.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    level: str
    vintage: str
    file: str
    key: str
    name: str
    layer: str | None = None
    key_pattern: str | None = None
    parent: str | None = None
    parent_prefix: int | None = None
    inhabited: str | None = None
    source: Source | None = None
    parent_name: str | None = None
    crs: str | None = None
    encoding: str | None = None
    swap_axes: bool = False
    parts: bool = False
    parent_in_space: bool = False
    snap_m: Annotated[float, Field(ge=0, le=20)] = 0.0
    service: ServiceOptions = field(default_factory=ServiceOptions)


@dataclass(frozen=True)
class CityArea:
    """The one area of the coarsest level, made from all others."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str


@dataclass(frozen=True)
class HierarchySource:
    """A second grouping of areas, from a table of child and parent keys."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    name: str
    vintage: str
    level: str
    child_level: str
    file: str
    child: str
    parent: str
    parent_name: str
    format: TableFormat = field(default_factory=TableFormat)
    source: Source | None = None


def key_pattern_problem(pattern: str) -> str | None:
    """Say what is wrong with a ``key_pattern``; None where it can be used."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"kein regulärer Ausdruck: {error}"
    return None if compiled.groups == 1 else "braucht genau eine Klammer ( … )"
