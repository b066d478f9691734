"""All numbers that a hidden cell can have, by trying every table that fits.

Knows nothing of the program: its sums are lines written by hand, such as ``S = a + b`` or
``b <= r``, over names of cells. Values are tried one after the other, ends are drawn in only
where a line leaves no other choice, so nothing that fits is missed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ENDLESS = 200
"""Numbers are tried up to here; a cell that reaches it is taken for unlimited."""


@dataclass(frozen=True)
class Line:
    """``sum of factor times cell`` is 0, or at most 0."""

    factors: tuple[tuple[str, int], ...]
    equal: bool


def parse(text: str) -> Line:
    """Read a line such as ``S = a + b - c`` or ``a + b <= r``."""
    left, sign, right = re.split(r"(<=|=)", text)
    factors: dict[str, int] = {}
    for side, factor in ((left, 1), (right, -1)):
        for plus, name in re.findall(r"([+-]?)\s*([\w∩]+)", side):
            factors[name] = factors.get(name, 0) + factor * (-1 if plus == "-" else 1)
    return Line(tuple(factors.items()), sign == "=")


Ends = dict[str, tuple[int, int]]


def possible(
    lines: Iterable[str], known: Mapping[str, int], lowest: Mapping[str, int], cell: str
) -> frozenset[int]:
    """Every number that a cell has in some table that fits.

    Parameters
    ----------
    lines
        What the attacker knows of sums.
    known
        What is printed, by name.
    lowest
        Smallest number of each name that is not.
    cell
        Whose numbers are wanted.
    """
    read = [parse(line) for line in lines]
    ends: Ends = {name: (low, ENDLESS) for name, low in lowest.items()}
    ends |= {name: (number, number) for name, number in known.items()}
    drawn = _draw_in(read, ends)
    if drawn is None:
        return frozenset()
    low, high = drawn[cell]
    return frozenset(n for n in range(low, high + 1) if _exists(read, {**drawn, cell: (n, n)}))


def _exists(lines: list[Line], ends: Ends) -> bool:
    """Whether any table lies between these ends."""
    drawn = _draw_in(lines, ends)
    if drawn is None:
        return False
    open_ = {name: high - low for name, (low, high) in drawn.items() if high > low}
    if not open_:
        return True
    name = min(open_, key=lambda n: open_[n])
    low, high = drawn[name]
    return any(_exists(lines, {**drawn, name: (n, n)}) for n in range(low, high + 1))


def _draw_in(lines: list[Line], ends: Ends) -> Ends | None:
    """Ends that every fitting table keeps; None where there is none."""
    drawn, moved = dict(ends), True
    while moved:
        moved = False
        for line in lines:
            for name, factor in line.factors:
                others = [(drawn[n], f) for n, f in line.factors if n != name]
                least = sum(f * (e[0] if f > 0 else e[1]) for e, f in others)
                most = sum(f * (e[1] if f > 0 else e[0]) for e, f in others)
                low, high = _ends_of(drawn[name], factor, -most if line.equal else None, -least)
                if low > high:
                    return None
                moved |= (low, high) != drawn[name]
                drawn[name] = (low, high)
    return drawn


def _ends_of(own: tuple[int, int], factor: int, least: int | None, most: int) -> tuple[int, int]:
    """The ends of x where ``least <= factor * x <= most``."""
    low, high = own
    if factor > 0:
        high = min(high, most // factor)
        low = low if least is None else max(low, -(-least // factor))
    else:
        low = max(low, -(most // -factor))
        high = high if least is None else min(high, -least // -factor)
    return low, high
