"""What two plans have in common and where they differ, as data."""

from dataclasses import dataclass
from typing import Literal

State = Literal["both", "moved", "only_a", "only_b"]
Verdict = Literal["a", "b", "same"]
Why = Literal["", "equal", "rounding", "gap", "bounds"]
"""Why two figures cannot be told apart: equal as shown, within what the search left open, or
within what nobody knows for hidden numbers."""


@dataclass(frozen=True)
class Incomparable:
    """What cannot be compared, and why.

    ``only_a``, ``only_b``: a target group of one plan; ``need``: its need or its ways differ;
    ``guarantee``: the promises differ. ``name`` is that of the group.
    """

    why: Literal["only_a", "only_b", "need", "guarantee"]
    name: str = ""


@dataclass(frozen=True)
class PlanSide:
    """One of the two plans in a few figures.

    ``left_open`` is how much more, in the units of the objective, the best plan may gain.
    """

    name: str
    title: str
    scenario_sha256: str
    new: int
    existing: int
    hours_used: float
    hours_per_week: float
    objective: float
    left_open: float
    gap: float
    ended: str
    gini: float | None
    worst_name: str
    worst_minutes: float | None
    worst_beyond: float | None = None


@dataclass(frozen=True)
class When:
    """Half-day, time and teams of a session in one of the plans."""

    half_day: str
    weekday: int
    start: str
    end: str
    holders: str
    existing: bool


@dataclass(frozen=True)
class SessionMatch:
    """A session of one or both plans.

    ``both``: same room, half-day and kind; ``moved``: same room and kind, another half-day.
    """

    state: State
    place: str
    place_name: str
    kind_name: str
    a: When | None
    b: When | None


@dataclass(frozen=True)
class GroupDifference:
    """Reach of a target group within some minutes, in both plans.

    Parameters
    ----------
    group, name, counted
        Key, for whom, what is counted.
    minutes
        Of a level of reach that both plans have.
    need
        Of the whole city.
    before_a, before_b, a, b
        Reached without and with each plan.
    low, high
        Between these the difference b - a lies, given the bounds of hidden numbers.
    verdict, why
        Which plan reaches more, and why none does where they cannot be told apart.
    status
        ``published`` or ``estimated``.
    """

    group: str
    name: str
    counted: str
    minutes: float
    need: float
    before_a: float
    before_b: float
    a: float
    b: float
    low: float
    high: float
    verdict: Verdict
    why: Why
    status: str

    @property
    def difference(self) -> float:
        """How much more B reaches."""
        return self.b - self.a

    @property
    def points(self) -> float | None:
        """The difference in percentage points of the need; None without any need."""
        return 100 * self.difference / self.need if self.need > 0 else None


@dataclass(frozen=True)
class GuaranteeDifference:
    """Regions without a session within reach, by name: in both plans, in one of them."""

    level_name: str
    minutes: float
    regions: int
    both: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


@dataclass(frozen=True)
class GoalDifference:
    """Which plan gains more where both pursue the same goal.

    ``share`` is how much more B gains and ``left_open`` what the search left open in either
    plan, both as shares of the larger gain.
    """

    verdict: Verdict
    why: Why
    share: float
    left_open: float


@dataclass(frozen=True)
class Comparison:
    """Two plans of the same edition, side by side.

    ``changed`` are the entries of the scenario in which they differ. ``goal`` and ``guarantee``
    are None where they cannot be compared.
    """

    city: str
    edition: str
    content: str
    a: PlanSide
    b: PlanSide
    changed: tuple[str, ...]
    sessions: tuple[SessionMatch, ...]
    groups: tuple[GroupDifference, ...]
    guarantee: GuaranteeDifference | None
    goal: GoalDifference | None
    incomparable: tuple[Incomparable, ...]

    def count(self, state: State) -> int:
        """How many sessions are in a state."""
        return sum(s.state == state for s in self.sessions)
