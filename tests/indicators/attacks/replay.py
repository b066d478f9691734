"""The attack with the program itself: run it on every table that fits, keep those that give
the published pattern."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from indicators.disclosure.protect import protect_world
from indicators.disclosure.weights import cell_weights
from tests.indicators.attacks.attack import Cells, Outcome, TableAttack, cells
from tests.indicators.attacks.oracle import possible
from tests.indicators.attacks.tables import BENEFITS, towns

Price = Callable[[pd.DataFrame], np.ndarray]


def _price_of_count(counts: pd.DataFrame) -> np.ndarray:
    """What others do: a large number is dearer to hide."""
    return counts["count"].to_numpy(dtype=np.float64).clip(1.0)


def _price(counts: pd.DataFrame) -> np.ndarray:
    """What the program does."""
    return cell_weights(counts, towns("abc"), None)


def _few_can_be_counted(a: int, b: int) -> Cells:
    """Town a has 4 residents, so its number is at most 4; c is printed."""
    return (
        cells("ort", "residents/total", name="r{}", a=4, b=90, c=90)
        + cells("ort", "persons/total", a=a, b=b, c=7)
        + cells("stadt", "persons/total", S=a + b + 7)
    )


@dataclass(frozen=True)
class ReplayAttack:
    """Whoever has the program tries which hidden numbers lead to the published pattern."""

    title: str = "Das Programm nachspielen"
    knows: str = "dieses Programm, die Regel, vier Menschen wohnen in a"
    careless: str = "verborgen wird die kleinere Nachbarzahl; nur mit a = 2 ist das b und nicht c"
    true: int = 2

    def play(self) -> Outcome:
        """Try all tables with the price of others and with that of the program."""
        before, after = (self._fitting(price) for price in (_price_of_count, _price))
        found = (f"nur mit a = {min(before)} kommt dieses Muster",) if len(before) == 1 else ()
        return Outcome(before, after, frozenset({1, 2}), found, ())

    def _fitting(self, price: Price) -> frozenset[int]:
        published = self._pattern(self.true, price)
        known = {"S": 15, "c": 7, "ra": 4}
        lines = ("S = a + b + c", "a <= ra")
        fits = possible(lines, known, {"a": 1, "b": 1}, "a")
        return frozenset(a for a in fits if self._pattern(a, price) == published)

    def _pattern(self, a: int, price: Price) -> frozenset[str]:
        """The names of the hidden cells if a were this number."""
        made = _few_can_be_counted(a, 8 - a)
        attack = TableAttack(
            "", "", "", made, (), (), "a", "", hierarchies=towns("abc"),
            relations=(replace(BENEFITS, rest=False),),
        )  # fmt: skip
        safe = protect_world(
            made.table, attack.world, attack.rule, attack.public, price(made.table)
        ).counts
        return frozenset(made.rows["name"][safe["status"] == "suppressed"])


REPLAY = ReplayAttack()
