"""Random tables with what lies around them, against an attacker who tries every table.

Residents are public, some of them live on benefits, in two groups; the others are people too.
Cases are counted by old and by new areas, whose border was moved.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.equations import Relation
from tests.indicators.attacks.around import cuts
from tests.indicators.attacks.attack import TableAttack, cells
from tests.indicators.attacks.oracle import possible
from tests.indicators.attacks.tables import BENEFITS, towns

AREAS = "abc"
GROUPS = Relation("sum", "persons/total", ("persons/x", "persons/y"))
FEW = st.sampled_from([0, 1, 1, 2, 3, 5])
LAW = settings(
    deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)  # fmt: skip


@st.composite
def benefits(draw) -> TableAttack:
    """Three towns in a city: residents, persons on benefits in two groups, and the others."""
    x, y = ({a: draw(FEW) for a in AREAS} for _ in "xy")
    others = {a: draw(st.sampled_from([0, 1, 2, 4, 9])) for a in AREAS}
    persons = {a: x[a] + y[a] for a in AREAS}
    # With fewer residents the public number tells whatever is hidden, and nothing is published.
    assume(all(persons[a] + others[a] >= 4 for a in AREAS))
    assume(sum(persons.values()) >= 3)
    made = cells("ort", "residents/total", name="r{}", **{a: persons[a] + others[a] for a in AREAS})
    for item, own, name in (("total", persons, "{}"), ("x", x, "{}x"), ("y", y, "{}y")):
        made += cells("ort", f"persons/{item}", name=name, **own)
        made += cells("stadt", f"persons/{item}", name=name, S=sum(own.values()))
    lines = (
        *(f"S{g} = a{g} + b{g} + c{g}" for g in ("", "x", "y")),
        *(f"{a} = {a}x + {a}y" for a in "abcS"),
        *(f"r{a} = {a} + o{a}" for a in AREAS),
    )
    return TableAttack(
        "", "", "", made, (), lines, "a", "", hierarchies=towns(AREAS),
        relations=(BENEFITS, GROUPS), derived={f"o{a}": n for a, n in others.items()},
    )  # fmt: skip


@st.composite
def vintages(draw) -> TableAttack:
    """Three old and three new areas in one city; two borders were moved."""
    pieces = {p: draw(FEW) for p in ("aa", "ab", "bb", "bc", "cc")}
    old = {k: sum(n for p, n in pieces.items() if p[0] == k) for k in AREAS}
    new = {k: sum(n for p, n in pieces.items() if p[1] == k) for k in AREAS}
    whole = sum(pieces.values())
    assume(whole >= 3)
    made = cells("ort", vintage="alt", name="o{}", **old)
    made += cells("ort", vintage="neu", name="n{}", **new)
    made += cells("stadt", vintage="alt", name="o{}", S=whole)
    made += cells("stadt", vintage="neu", name="n{}", S=whole)
    lines = (
        "oS = oa + ob + oc",
        "nS = na + nb + nc",
        "oa = pa + pab",
        "ob = pb + pbc",
        "oc = pc",
        "na = pa",
        "nb = pab + pb",
        "nc = pbc + pc",
    )
    links = pd.concat([towns(AREAS).assign(vintage=v) for v in ("alt", "neu")])
    names = {"aa": "pa", "ab": "pab", "bb": "pb", "bc": "pbc", "cc": "pc"}
    return TableAttack(
        "", "", "", made, (), lines, "oa", "", hierarchies=links,
        pieces=cuts("ort", "a a", "a b", "b b", "b c", "c c"),
        derived={names[p]: n for p, n in pieces.items()},
    )  # fmt: skip


def play(attack: TableAttack) -> None:
    """Nobody finds a small number, a small rest or piece, or that there are no others."""
    try:
        published = attack.protected()
    except DisclosureError:
        assume(False)
    printed = (published["status"] != "suppressed").to_numpy()
    true = {**attack.cells.numbers, **attack.derived}
    names = attack.cells.rows["name"]
    public = set(names[attack.cells.rows["measure"] == "residents"])
    known = {n: true[n] for n in names[printed]}
    zeros = {n: true[n] for n in names if n in public or true[n] == 0}
    small = [n for n in true if n not in public and 0 < true[n] < 3]
    assert not set(small) & set(known)
    for name in small:
        target = replace(attack, target=name)
        fits = _can_be(attack, known, name)
        assert target.wanted & _can_be(attack, zeros, name) <= fits, f"{name}: {sorted(fits)}"
    for name in (n for n in attack.derived if n[0] == "o" and true[n] == 0):
        assert len(_can_be(attack, known, name)) > 1 or len(_can_be(attack, zeros, name)) == 1
    for me in (n for n in small if true[n] == 1):
        for other in (n for n in small if n != me):
            if len(_can_be(attack, {**known, me: 1}, other)) == 1:
                assert len(_can_be(attack, {**zeros, me: 1}, other)) == 1, f"{me} knows {other}"


def _can_be(attack: TableAttack, known: Mapping[str, int], name: str) -> frozenset[int]:
    lowest = {n: 0 if n in attack.derived else 1 for n in (*attack.cells.numbers, *attack.derived)}
    return possible(attack.lines, known, {n: v for n, v in lowest.items() if n not in known}, name)


@settings(LAW, max_examples=6)
@given(attack=st.one_of(benefits(), vintages()))
def test_nobody_finds_who_is_left_or_who_lives_between_the_borders(attack):
    play(attack)


@pytest.mark.long
@settings(LAW, max_examples=150)
@given(attack=benefits())
def test_nobody_finds_who_is_left_150_times(attack):
    play(attack)


@pytest.mark.long
@settings(LAW, max_examples=150)
@given(attack=vintages())
def test_nobody_finds_who_lives_between_the_borders_150_times(attack):
    play(attack)
