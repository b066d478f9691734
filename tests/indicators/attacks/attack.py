"""What an attack is: what its author knows, and what comes of it before and after."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from indicators.disclosure.audit import refuse_if_unsafe, with_bounds
from indicators.disclosure.cells import KEY
from indicators.disclosure.earlier import Earlier
from indicators.disclosure.equations import Relation
from indicators.disclosure.flows import Flow
from indicators.disclosure.known import known_before
from indicators.disclosure.protect import protect_world
from indicators.disclosure.rule import Rule
from indicators.disclosure.world import Beside, World, build_world
from indicators.disclosure.world_audit import audit_world
from tests.indicators.attacks.oracle import possible
from tests.indicators.disclosure_cases import COLUMNS, DAY, links
from tests.indicators.ledger_cases import empty, publish

RULE = Rule(threshold=3)
NO_LINKS = links("a", "b", {})


@dataclass(frozen=True)
class Outcome:
    """What an attack brings.

    Parameters
    ----------
    before, after
        The numbers that the attacker cannot rule out, with the careless publication and
        with what the program publishes; every table that fits was tried.
    wanted
        The numbers that must not be ruled out.
    found, left
        What the program's audit says of the two.
    """

    before: frozenset[int]
    after: frozenset[int]
    wanted: frozenset[int]
    found: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """True numbers under short names: one row each in the columns of ``counts``."""

    rows: pd.DataFrame

    def __add__(self, other: "Cells") -> "Cells":
        return Cells(pd.concat([self.rows, other.rows], ignore_index=True))

    @property
    def table(self) -> pd.DataFrame:
        return self.rows[COLUMNS].astype({"count": "Int64"})

    @property
    def numbers(self) -> dict[str, int]:
        return {str(n): int(c) for n, c in zip(self.rows["name"], self.rows["count"], strict=True)}

    def without(self, names: Sequence[str]) -> pd.DataFrame:
        """The table with some cells hidden, as a careless publisher would."""
        unknown = set(names) - set(self.rows["name"])
        if unknown:
            raise ValueError(f"no such cells: {unknown}")
        hidden = self.rows["name"].isin(names)
        return self.table.assign(
            count=self.table["count"].mask(hidden),
            status=self.table["status"].mask(hidden, "suppressed"),
        )


def cells(
    level: str,
    item: str = "cases/total",
    *,
    day: str = DAY,
    vintage: str = "v1",
    name: str = "{}",
    **numbers: int,
) -> Cells:
    """True numbers of areas; `name` makes the short name of each from its area."""
    rows = [
        (area, level, vintage, day, *item.split("/"), n, "published" if n else "zero", "delivered",
         name.format(area))
        for area, n in numbers.items()
    ]  # fmt: skip
    return Cells(pd.DataFrame(rows, columns=[*COLUMNS, "name"]))


@dataclass(frozen=True)
class Past:
    """An edition that was published before: true numbers, what it hid, how it adds up."""

    cells: Cells
    hidden: tuple[str, ...]
    hierarchies: pd.DataFrame = field(default_factory=NO_LINKS.copy)
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class TableAttack:
    """An attack on a table, given as true numbers and sums between them.

    Parameters
    ----------
    title, knows, careless
        In German, for the handbook: name, what the attacker knows beside the table, and
        the publication that falls.
    cells
        The true numbers.
    hidden
        What the careless publisher hides.
    lines
        What adds up, by hand, for the oracle.
    target
        The name of the number that must not be told; a cell, or one of `derived`.
    says
        How the program names it.
    derived
        Numbers that nobody prints, by name, with their true number: rests, common pieces.
    elsewhere
        Numbers that others or earlier editions print, by name.
    before_hidden
        Names of numbers that an earlier edition hid.
    insider
        The name of the cell behind which the attacker stands, if she does.
    """

    title: str
    knows: str
    careless: str
    cells: Cells
    hidden: tuple[str, ...]
    lines: tuple[str, ...]
    target: str
    says: str
    hierarchies: pd.DataFrame = field(default_factory=NO_LINKS.copy)
    relations: tuple[Relation, ...] = ()
    rule: Rule = RULE
    derived: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    before_hidden: Mapping[str, int] = field(default_factory=dict)
    externals: pd.DataFrame | None = None
    flows: tuple[Flow, ...] = ()
    pieces: pd.DataFrame | None = None
    public: frozenset[str] = frozenset({"residents"})
    past: tuple[Past, ...] = ()
    insider: str | None = None

    @cached_property
    def world(self) -> World:
        """All that the program takes into account."""
        beside = Beside(self.public, self.externals, self.flows, self.pieces, self._earlier())
        return build_world(self.cells.table, self.hierarchies, self.relations, self.rule, beside)

    def _earlier(self) -> Earlier | None:
        if not self.past:
            return None
        with tempfile.TemporaryDirectory() as folder:
            ledger = empty(Path(folder))
            for one in self.past:
                shown = one.cells.without(one.hidden)
                ledger = publish(ledger, shown, one.hierarchies, one.relations)
            return known_before(self.cells.table, self.hierarchies, self.relations, ledger)

    def play(self) -> Outcome:
        """Attack the careless publication, then what the program publishes."""
        careless = self.cells.without(self.hidden)
        found = audit_world(self.world, self.rule, careless).failures
        safe = self.protected()
        report = audit_world(self.world, self.rule, safe)
        return Outcome(
            self.can_be(careless), self.can_be(safe), self.wanted,
            tuple(f"{p.where}: {p.found}" for p in found if p.where.startswith(self.says)),
            tuple(f"{p.where}: {p.found}" for p in report.failures),
        )  # fmt: skip

    def protected(self) -> pd.DataFrame:
        """What the program publishes, bounds included."""
        safe = protect_world(self.cells.table, self.world, self.rule, self.public).counts
        report = audit_world(self.world, self.rule, safe)
        refuse_if_unsafe(report)
        return with_bounds(safe, report)

    def can_be(self, published: pd.DataFrame, cell: str | None = None) -> frozenset[int]:
        """Every number that the attacker cannot rule out for the target, or for another cell."""
        shown = (published["status"] != "suppressed").to_numpy()
        names = self.cells.rows["name"]
        known = {n: c for n, c in self.cells.numbers.items() if n in set(names[shown])}
        known |= self.elsewhere
        if self.insider:
            known[self.insider] = self.cells.numbers[self.insider]
        lowest = dict.fromkeys(set(names) - set(known), self.rule.lowest)
        lowest |= dict.fromkeys(self.derived, 0)
        lowest |= dict.fromkeys(self.before_hidden, self.rule.lowest)
        return possible(self.lines, known, lowest, cell or self.target)

    @property
    def true(self) -> int:
        """The number that must not be told."""
        return {**self.cells.numbers, **self.derived, **self.before_hidden}[self.target]

    @property
    def wanted(self) -> frozenset[int]:
        """What must stay possible: down by one, up to the threshold; two numbers for insiders."""
        lowest = 0 if self.target in self.derived else self.rule.lowest
        low = max(lowest, self.true - 1)
        if self.true == 0 or self.insider:
            return frozenset({self.true, self.true + 1})
        high = max(self.true + 1, self.rule.threshold if self.rule.reaches else 0)
        return frozenset(range(low, high + 1))


def numbers_of(published: pd.DataFrame) -> pd.Series:
    """The printed numbers by key."""
    return published.set_index(KEY)["count"]
