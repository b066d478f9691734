"""Attacks with a rate: it stands beside its denominator, its numerator is not told.

The attacker tries every numerator. After protection he does so with the program itself,
which is public: whatever gives the same print is possible.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd

from atlas.build.delivered import safe_delivered
from atlas.build.inputs import Inputs, Places
from indicators.catalogue import Catalogue, load_catalogue
from indicators.disclosure.fractions import Scale, fitting_numerators
from tests.indicators.attacks.attack import RULE, Outcome
from tests.indicators.disclosure_cases import DAY, known, table


def percent(numerator: int, denominator: int, decimals: int) -> float:
    """A share in percent as offices print it: halves go up."""
    exact = Fraction(100 * numerator, denominator)
    value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@dataclass(frozen=True)
class RateAttack:
    """An attack on the numerator of a delivered rate.

    Parameters
    ----------
    title, knows, careless
        In German, for the handbook.
    true, denominator
        The numerator that must not be told, and the number that it is a share of.
    decimals
        With how many the rate was delivered.
    beside
        What is printed of the numerator itself: a function of the true number; None for
        nothing. A rounded number is the case.
    """

    title: str
    knows: str
    careless: str
    true: int
    denominator: int
    decimals: int
    beside: Callable[[int], int] | None = None

    def play(self) -> Outcome:
        """Try every numerator, with the rate as delivered and as the program prints it."""
        delivered, published = self.delivered, self.published()
        told = delivered[self.true]
        fitting = fitting_numerators(told, Scale(self.denominator, 100, self.decimals))
        beside = self._beside()
        after = _alike(list(zip(published, beside, strict=True)), self.true)
        # What the rounded number rules out is not told by the rate.
        left = _alike(beside, self.true)
        return Outcome(
            _alike(delivered, self.true), after,
            left & frozenset(range(max(1, self.true - 1), RULE.threshold + 1)),
            (f"ein einziger Zähler passt: {fitting[0]}",) if len(fitting) == 1 else (),
            () if len(after) > 1 else (f"genau {self.true}",),
        )  # fmt: skip

    @property
    def delivered(self) -> list[float]:
        """The rate of every numerator, as offices print it."""
        every = range(self.denominator + 1)
        return [percent(n, self.denominator, self.decimals) for n in every]

    def published(self) -> list[tuple[float | None, str]]:
        """What the program prints of each: one area per numerator, all with one denominator."""
        rates = pd.DataFrame(
            [(f"n{n}", v, "published" if v else "zero") for n, v in enumerate(self.delivered)],
            columns=["area", "value", "status"],
        ).assign(level="ort", vintage="v1", period=DAY, indicator="quote")
        nothing = pd.DataFrame()
        inputs = Inputs(
            nothing, nothing, nothing, rates, Places(), frozenset({"residents"}), (), {}
        )
        safe, _ = safe_delivered(self._catalogue(), inputs, self._counts(), RULE)
        return [
            (None if pd.isna(value) else float(value), str(status))
            for value, status in zip(safe["value"], safe["status"], strict=True)
        ]

    def _beside(self) -> list[int | None]:
        every = range(self.denominator + 1)
        return [None if self.beside is None else self.beside(n) for n in every]

    def _catalogue(self) -> Catalogue:
        whole = load_catalogue()
        numerator = None if self.beside is None else "sgb2_persons"
        entry = replace(
            whole.indicators["sgb2_quote"], key="quote", delivered=True,
            numerator=numerator, denominator="residents",
        )  # fmt: skip
        return replace(whole, indicator=(*whole.indicator, entry))

    def _counts(self) -> pd.DataFrame:
        areas = {f"n{n}": shown for n, shown in enumerate(self._beside())}
        rows = known("ort", dict.fromkeys(areas, self.denominator), "residents/total")
        if self.beside is not None:
            rows += [("ort", a, "sgb2_persons/total", n, "rounded") for a, n in areas.items()]
        return table(rows)


def _alike(looks: Sequence[object], number: int) -> frozenset[int]:
    """All positions that look like one of them."""
    return frozenset(n for n, look in enumerate(looks) if look == looks[number])


FIVE_DECIMALS = RateAttack(
    title="Quote mit fünf Nachkommastellen",
    knows="die Einwohnerzahl 1.234",
    careless="0,16207 %: nur 2 von 1.234 ergibt das",
    true=2,
    denominator=1234,
    decimals=5,
)

ROUNDED_COUNT = RateAttack(
    title="Wahre Quote neben gerundeter Zahl",
    knows="die Einwohnerzahl 1.234 und die auf 5 gerundete Anzahl 0",
    careless="0,16207 % steht daneben: gerundet wurde die 2",
    true=2,
    denominator=1234,
    decimals=5,
    beside=lambda n: 5 * round(n / 5),
)

FEW_RESIDENTS = RateAttack(
    title="Quote bei wenigen Menschen",
    knows="die Einwohnerzahl 80",
    careless="2,5 %: nur 2 von 80 ergibt das, auch mit einer Nachkommastelle",
    true=2,
    denominator=80,
    decimals=1,
)

RATES = (FIVE_DECIMALS, ROUNDED_COUNT, FEW_RESIDENTS)
