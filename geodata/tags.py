"""Rules that make OpenStreetMap's tags a kind of place; read with a project, so light."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

Tags = Mapping[str, str]
ANY = "*"
"""Any value of a tag."""


@dataclass(frozen=True)
class OsmRule:
    """Which tags make a place of a kind.

    Parameters
    ----------
    kind
        Our kind; an empty one leaves such places out.
    tags
        Key to the values of which one must be there; ``*`` is any value.
    name
        A regular expression that must occur in the name, whatever the case.
    owner
        Used where ``operator:type`` says nothing.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    kind: str
    tags: dict[str, str | list[str]]
    name: str = ""
    owner: Literal["", "public", "non_profit", "other", "unknown"] = ""

    def fits(self, tags: Tags) -> bool:
        """Whether a place with these tags is of the kind."""
        named = not self.name or re.search(self.name, tags.get("name", ""), re.IGNORECASE)
        return bool(named) and all(
            key in tags and (ANY in wanted or not wanted.isdisjoint(tags[key].split(";")))
            for key, wanted in ((k, values_of(v)) for k, v in self.tags.items())
        )


def values_of(value: str | list[str]) -> frozenset[str]:
    """Return the values of a tag that a rule wants, one or a list."""
    return frozenset([value] if isinstance(value, str) else value)
