"""The draws of one map, counted: how often each area keeps its class."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geodata.errors import ProblemCollector, ProjectError
from indicators.entries import Index
from indicators.index_rule import Floats, Ints, Scored, class_numbers, score_of, standardise

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RobustnessSettings:
    """What is drawn, and how often.

    Attributes
    ----------
    draws
        Number of draws; 0 for none, robustness is then unknown.
    seed
        Start of all random streams.
    weight_spread
        Each weight is multiplied by a number between 1 minus and 1 plus this.
    margin
        A score closer than this to a threshold is near it in any case: shown with one
        decimal, it could not be told from it. Holds for scores standardised again.
    base_days
        How far the date of an estimated denominator may be away.
    block
        Draws at a time; it decides on memory, not on results.
    """

    draws: int = 10_000
    seed: int = 20240101
    weight_spread: float = 0.5
    margin: float = 0.05
    base_days: int = 366
    block: int = 500

    def check(self) -> None:
        """Refuse impossible settings.

        Raises
        ------
        ProjectError
            With every setting that is out of its range.
        """
        rules: tuple[tuple[str, object, bool, str], ...] = (
            ("draws", self.draws, self.draws >= 0, "eine ganze Zahl ab 0"),
            ("seed", self.seed, self.seed >= 0, "eine ganze Zahl ab 0"),
            ("weight_spread", self.weight_spread, 0 <= self.weight_spread < 1, "ab 0, unter 1"),
            ("margin", self.margin, self.margin >= 0, "eine Zahl ab 0"),
            ("base_days", self.base_days, self.base_days >= 0, "eine ganze Zahl ab 0"),
            ("block", self.block, self.block >= 1, "eine ganze Zahl ab 1"),
        )
        found = ProblemCollector()
        for name, value, fine, allowed in rules:
            if not fine:
                found.add(name, str(value), allowed)
        found.raise_if_any(ProjectError, "So lässt sich die Robustheit nicht berechnen.")


@dataclass(eq=False)
class Tally:
    """What the draws of one index add up to.

    ``rows`` are its areas within the map, ``current`` the classes of the draws at hand.
    """

    scored: Scored
    rows: Ints
    kept: Floats = field(init=False)
    moved: Floats = field(init=False)
    squares: Floats = field(init=False)
    current: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.kept, self.moved, self.squares = np.zeros((3, len(self.rows)))

    def add(self, drawn: Mapping[str, Floats], weights: Floats) -> None:
        """Repeat the rule on some draws, and count."""
        edition, signs = self.scored.edition, self.scored.signs
        columns = [
            standardise(sign * drawn[key][self.rows], edition.standardisation)
            for key, sign in zip(edition.indicators, signs, strict=True)
        ]
        score = score_of(columns, weights, edition)
        self.current = class_numbers(score, edition)
        self.kept += self.stays.sum(axis=1)
        moves = score - self.scored.score[:, None]
        self.moved += moves.sum(axis=1)
        self.squares += (moves**2).sum(axis=1)

    @property
    def stays(self) -> Flags:
        """Which of the draws at hand keep the class, shape (areas, draws)."""
        return np.equal(self.current, self.scored.number[:, None])

    def spread(self, draws: int) -> Floats:
        """Standard deviation of the drawn scores of each area."""
        if not draws:
            return np.zeros(len(self.rows))
        return np.sqrt(np.maximum(self.squares / draws - (self.moved / draws) ** 2, 0))


@dataclass(eq=False)
class PairTally:
    """Two indices written together: the areas that both have, and how often both stay."""

    index: Index
    first: Tally
    second: Tally
    areas: npt.NDArray[np.object_] = field(init=False)
    kept: Floats = field(init=False)

    def __post_init__(self) -> None:
        both = np.intersect1d(self.first.scored.areas, self.second.scored.areas)
        self.areas, self.kept = both, np.zeros(len(both))

    def rows(self, tally: Tally) -> Ints:
        """Where the common areas stand in one of the two."""
        return np.searchsorted(tally.scored.areas, self.areas)

    def add(self) -> None:
        """Count the draws at hand."""
        stays = [t.stays[self.rows(t)] for t in (self.first, self.second)]
        self.kept += (stays[0] & stays[1]).sum(axis=1)


def draw_weights(
    scored: Scored, random: np.random.Generator, count: int, settings: RobustnessSettings
) -> Floats:
    """Weightings, shape (indicators, count), with the sum of the rule's own."""
    own = np.array(scored.edition.weighting)
    spread = settings.weight_spread
    drawn = own[:, None] * random.uniform(1 - spread, 1 + spread, (count, len(own))).T
    return np.asarray(drawn * (own.sum() / drawn.sum(axis=0)))
