"""For whom hours are held: target groups, their need, reach, and priorities."""

from dataclasses import field
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from atlas.placement.scenario.words import (
    MOST_SESSIONS,
    STRICT,
    BarrierRule,
    Cell,
    Finite,
    NotNegative,
    Positive,
    Share,
)
from atlas.project import Key

Way = tuple[str, str]
"""Mode and profile of travel, as in the edition's table."""


@dataclass(frozen=True, config=STRICT)
class Term:
    """One part of a group's need, on the finest areas.

    Either ``measure`` (``measure`` or ``measure/group``: the count), or ``share`` (key of an
    indicator in per cent) of the count ``of``.
    """

    measure: Cell | None = None
    share: Key | None = None
    of: Cell | None = None


@dataclass(frozen=True, config=STRICT)
class TargetGroup:
    """People for whom hours are held.

    Parameters
    ----------
    key, name
        ``name`` says for whom, as on an invitation: "Alleinerziehende".
    need_name
        What is counted, as it stands after a number: "Bedarfsgemeinschaften von
        Alleinerziehenden"; None is ``name``.
    need
        Terms that are added up.
    weight
        What one person of this group counts against one of another.
    profile
        Walking speed, a profile of the edition's travel table.
    half_days
        Keys of half-days or of parts of the day that suit the group; empty: all.
    session_groups
        Words under which existing sessions name the group, beside its key.
    barrier_free
        ``yes``: only places known to be barrier-free; ``not_no``: all but those that are
        not; ``any``.
    mode
        How they come: a mode of the edition's travel table.
    places, other_places
        How well a kind of place suits the group, 0 (not at all) to 1; ``other_places`` holds
        for kinds that are not named.
    visits_per_week
        Share of the need that comes in a week; needed only where rooms' and sessions'
        capacity is to count.
    """

    key: Key
    name: str
    need: tuple[Term, ...]
    weight: Positive = 1.0
    profile: Key = "standard"
    mode: Key = "walk"
    half_days: tuple[str, ...] = ()
    session_groups: tuple[str, ...] = ()
    barrier_free: BarrierRule = "any"
    need_name: str | None = None
    places: dict[str, Share] = field(default_factory=dict)
    other_places: Share = 1.0
    visits_per_week: Share | None = None

    @property
    def way(self) -> Way:
        """Mode and profile of the way."""
        return self.mode, self.profile

    @property
    def counted(self) -> str:
        """What is counted, as it stands after a number."""
        return self.need_name or self.name


@dataclass(frozen=True, config=STRICT)
class Priority:
    """Areas in which every person counts ``weight`` times.

    One of three criteria: classes of an index; an indicator ``at_least`` or ``at_most`` some
    value; areas with a negative development. Several priorities multiply.

    Parameters
    ----------
    name
        As it stands in the plan: "hoher Bedarf".
    weight
        What a person there counts against one elsewhere.
    groups
        Target groups it holds for; empty: all.
    index, classes
        An index of the edition and the classes that count.
    indicator, at_least, at_most
        An indicator (a rate) of the edition and its bounds.
    negative
        Areas that the edition names as developing worse than the city.
    """

    name: str
    weight: Positive
    groups: tuple[Key, ...] = ()
    index: Key | None = None
    classes: tuple[str, ...] = ()
    indicator: Key | None = None
    at_least: Finite | None = None
    at_most: Finite | None = None
    negative: bool = False


@dataclass(frozen=True, config=STRICT)
class Reach:
    """A level of reach: within ``minutes`` a person counts with ``weight``."""

    minutes: Positive
    weight: Annotated[Finite, Field(gt=0, le=1)]


@dataclass(frozen=True, config=STRICT)
class Guarantee:
    """At least one session within reach of every area of a level, softly.

    An area of the level is within reach if one of its finest areas is. A missed one costs
    ``weight`` times the mean weighted need of an area of the level.
    """

    level: Key
    minutes: Positive
    weight: NotNegative = 1.0
    profile: Key = "standard"
    mode: Key = "walk"

    @property
    def way(self) -> Way:
        """Mode and profile of the way."""
        return self.mode, self.profile


@dataclass(frozen=True, config=STRICT)
class Limit:
    """Nobody is farther than ``minutes`` from a session: kept, or the plan is refused."""

    minutes: Positive
    profile: Key = "standard"
    mode: Key = "walk"

    @property
    def way(self) -> Way:
        """Mode and profile of the way."""
        return self.mode, self.profile


@dataclass(frozen=True, config=STRICT)
class Robust:
    """Be safe if in ``areas`` cells of area and group the need is as low as it may be."""

    areas: Annotated[int, Field(ge=1, le=MOST_SESSIONS)]
