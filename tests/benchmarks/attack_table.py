"""Print the table of attacks as Markdown: before and after protection.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/attack_table.py [--short]
`--short` leaves out what the attacker knows, as in the handbook.
"""

import sys
from collections.abc import Iterable, Sequence

from tests.indicators.attacks.attack import Outcome, TableAttack
from tests.indicators.attacks.cases import ATTACKS
from tests.indicators.attacks.rates import RateAttack
from tests.indicators.attacks.replay import ReplayAttack

Attack = TableAttack | RateAttack | ReplayAttack
HEAD = ("Angriff", "Was der Angreifer weiß", "Sorglos veröffentlicht", "Wahr", "Vorher", "Nachher")
SHORT = (0, 2, 4, 5)
_END = 150
"""A number that can be this large is taken for unlimited."""


def main() -> None:
    """Play every attack and print a row for it."""
    kept = SHORT if "--short" in sys.argv[1:] else tuple(range(len(HEAD)))
    print(_line(HEAD[i] for i in kept))
    print(f"|{'---|' * len(kept)}")
    for attack in ATTACKS:
        print(row(attack, attack.play(), kept))


def row(attack: Attack, outcome: Outcome, kept: Sequence[int]) -> str:
    """One line of the table, with some of its columns."""
    cells = (
        attack.title, attack.knows, attack.careless, str(attack.true),
        numbers(outcome.before), numbers(outcome.after) + _verdict(outcome),
    )  # fmt: skip
    return _line(cells[i] for i in kept)


def numbers(found: frozenset[int]) -> str:
    """In words which numbers are possible: one, a range, or ranges."""
    if len(found) == 1:
        return f"genau {min(found)}"
    ranges, start = [], min(found)
    for number in sorted(found):
        if number + 1 not in found:
            ranges.append(_range(start, number))
            start = min((n for n in found if n > number), default=number)
    return " oder ".join(ranges)


def _range(low: int, high: int) -> str:
    if high >= _END:
        return f"mindestens {low}"
    return f"{low}" if low == high else f"{low} bis {high}"


def _verdict(outcome: Outcome) -> str:
    closed = outcome.wanted <= outcome.after and not outcome.left
    return "" if closed else " (offen)"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
