"""Rates that stand beside their denominator while their numerator is not published.

A rate printed with many decimals beside a known population has few possible numerators, and
with enough decimals a single one. In the Monitoring Soziale Stadtentwicklung 2021 shares are
printed to five decimals: in 217 of 536 areas one numerator fits. (That is public already and
passed on as it was delivered.)

A small numerator must keep the room that a hidden count has: from 1 to the threshold t, or
the rule itself would tell a 1 from a 2. So for every denominator D the rates of 1 .. t must
look the same. As many decimals are kept as allow that; every rate that looks like them with
so few decimals is printed with so few, larger ones keep all. Where the rates of 1 .. t differ
even without decimals, whatever looks like one of them is withheld. Who sees a shortened or a
withheld rate knows that it may be any of 1 .. t, and perhaps more; nobody knows less of a
rate that is not small than before. For shares the same holds at the other end: of D - t .. D,
those who are *not* counted are few or none.

What is done to a rate depends on D, on the threshold and on how the rate looks, hence never
tells more than that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, isnan

_MOST_DECIMALS = 10


@dataclass(frozen=True)
class Scale:
    """How a rate is printed.

    Parameters
    ----------
    denominator
        The known denominator.
    factor
        What a fraction is multiplied with: 100 for percent, 1000 for per 1000.
    decimals
        Digits behind the comma.
    """

    denominator: int
    factor: int
    decimals: int

    @property
    def unit(self) -> int:
        """Steps of the last decimal in 1."""
        return int(10**self.decimals)

    def printed(self, numerator: int) -> int:
        """The printed rate of a numerator, in units of the last decimal; halves go up."""
        rate = Fraction(numerator * self.factor, self.denominator)
        return floor(rate * self.unit + Fraction(1, 2))


@dataclass(frozen=True)
class SafeRate:
    """A rate as it may be printed; `value` is None where it is withheld."""

    value: float | None
    decimals: int


def fitting_numerators(value: float, scale: Scale) -> list[int]:
    """All whole numerators from 0 to the denominator whose printed rate is this one.

    Examples
    --------
    >>> fitting_numerators(3.3, Scale(120, 100, 1))
    [4]
    >>> fitting_numerators(3.0, Scale(120, 100, 0))
    [3, 4]
    """
    wanted = round(value * scale.unit)
    near = value * scale.denominator / scale.factor
    reach = scale.denominator / scale.factor / scale.unit + 1
    first, last = max(0, floor(near - reach)), min(scale.denominator, floor(near + reach) + 1)
    return [n for n in range(first, last + 1) if scale.printed(n) == wanted]


def safe_rate(value: float, scale: Scale, threshold: int, *, share: bool) -> SafeRate:
    """Shorten a rate until small numerators look alike, or withhold it.

    Parameters
    ----------
    value
        The rate as delivered, with `scale.decimals`.
    threshold
        Numerators above 0 and below it are small.
    share
        Whether the numerator is a part of the denominator, so that those who are not counted
        are a group too.
    """
    numerator_is_zero = round(value * scale.unit) == 0 and scale.printed(1) > 0
    if numerator_is_zero or scale.denominator <= 0:
        return SafeRate(value, scale.decimals)
    kept = scale.decimals
    for sensitive in _ends(scale.denominator, threshold, share):
        if not _looks_like(value, scale, sensitive):
            continue
        fewer = _alike(scale, sensitive)
        if fewer is None:
            return SafeRate(None, 0)
        kept = min(kept, fewer)
    return SafeRate(_shortened(value, scale.decimals, kept), kept)


def delivered_decimals(values: Iterable[float]) -> int:
    """With how many digits behind the comma numbers were delivered, at most 10."""
    known = [v for v in values if not isnan(v)]
    for decimals in range(_MOST_DECIMALS):
        if all(abs(v - round(v, decimals)) < 10.0**-_MOST_DECIMALS for v in known):
            return decimals
    return _MOST_DECIMALS


def _ends(denominator: int, threshold: int, share: bool) -> list[tuple[int, ...]]:
    """The numerators that must look alike: small ones, and those that leave few or none."""
    small = tuple(n for n in range(1, threshold + 1) if not share or n <= denominator)
    if not share:
        return [small]
    return [small, tuple(range(max(1, denominator - threshold), denominator + 1))]


@lru_cache(maxsize=65536)
def _alike(scale: Scale, numerators: tuple[int, ...]) -> int | None:
    """The most decimals with which these look the same; None where they never do."""
    exact = [scale.printed(n) for n in numerators]
    for decimals in range(scale.decimals, -1, -1):
        cut = 10 ** (scale.decimals - decimals)
        if len({_cut(e, cut) for e in exact}) == 1:
            return decimals
    return None


def _looks_like(value: float, scale: Scale, numerators: tuple[int, ...]) -> bool:
    """Whether a rate cannot be told from one of these as it would be printed."""
    fewer = _alike(scale, numerators)
    cut = 10 ** (scale.decimals - (scale.decimals if fewer is None else fewer))
    own = _cut(round(value * scale.unit), cut)
    return own in {_cut(scale.printed(n), cut) for n in numerators}


def _cut(units: int, by: int) -> int:
    return floor(Fraction(units, by) + Fraction(1, 2))


def _shortened(value: float, decimals: int, kept: int) -> float:
    if kept == decimals:
        return value
    return float(_cut(round(value * 10**decimals), 10 ** (decimals - kept)) / 10**kept)
