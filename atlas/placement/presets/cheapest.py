"""The cheapest p places over lists of near ones: a good choice, a bound, and the proof.

A good choice comes from greedy adding and exchange, a bound from prices, the proof from
Benders cuts and branching; what a bound settles is taken out of the problem in between.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from atlas.placement.presets.benders import Master
from atlas.placement.presets.branch import Proof, Tree, only_one, round_up
from atlas.placement.presets.coverstart import cover_basis, covers_or_not
from atlas.placement.presets.incumbent import Incumbent, TrueCost
from atlas.placement.presets.interchange import add_greedily, exchange, payable
from atlas.placement.presets.lagrange import Bound, Choice, ascend, bound_of, decide
from atlas.placement.presets.near import Bools, Floats, Near
from atlas.placement.presets.watch import Watch

_STEPS, _TRY_EVERY = 500, 15
_ROUNDS = 200
_NOTABLE, _LARGE = 0.02, 8_000
"""Cuts of three areas are looked for where lists have so many entries, as long as a round of
them closes this share of the gap; smaller problems are searched sooner than sharpened."""
_WORTH, _RESTART = 0.1, 0.3
"""Shares of undecided places that, once settled, are worth a smaller problem."""


@dataclass(frozen=True)
class Found:
    """A choice and what is proven of it.

    Parameters
    ----------
    chosen
        Shape (J,).
    value, bound
        What it is worth or costs, and how good any choice can be at best.
    """

    chosen: Bools
    value: float
    bound: float


@dataclass(frozen=True)
class Lists:
    """Where the lists come from.

    Parameters
    ----------
    make
        Answers the lists, so many times as long as at first.
    true_cost
        See `Incumbent`.
    worth, too_much
        See `Incumbent`.
    """

    make: Callable[[int], Near]
    true_cost: TrueCost | None = None
    worth: float | None = None
    too_much: float = float("inf")


def cheapest(lists: Lists, choice: Choice, watch: Watch, begin: Bools | None = None) -> Found:
    """Choose the places that cost least.

    Parameters
    ----------
    begin
        Shape (J,): at most p places that serve everyone, where not any p places do.
    """
    times = 1
    near = lists.make(times)
    best = Incumbent(near, lists.true_cost, lists.worth, lists.too_much)
    _first_choices(near, choice, best, watch, begin)
    low = best.proven(float(near.cost_at(near.start[:-1], near.rest).sum()))
    if low >= best.goal(watch) or watch.over():
        return Found(best.chosen, best.value, low)
    bound = _priced(near, choice, best, watch)
    low = max(low, best.proven(bound.value))
    while low < best.goal(watch) and not watch.over():
        proof = _prove(near, choice, best, bound, watch)
        low = max(low, best.proven(proof.bound))
        if not (proof.unclear and near.short.any()):
            break
        times *= 2
        near = lists.make(times)
    return Found(best.chosen, best.value, low)


def _first_choices(
    near: Near, choice: Choice, best: Incumbent, watch: Watch, begin: Bools | None
) -> None:
    """Greedy adding, then exchange."""
    paid = payable(near)
    chosen = choice.opened if begin is None else begin
    chosen = add_greedily(paid, chosen, choice.closed, choice.sites, watch.over)
    best.offer(chosen)
    watch.tell("Suche eine gute Auswahl", 0.0)
    better, _ = exchange(paid, chosen, choice.opened, choice.closed, watch.over)
    best.offer(better)


def _priced(near: Near, choice: Choice, best: Incumbent, watch: Watch) -> Bound:
    """Raise the bound by prices; now and then its places are tried as a choice."""
    paid = payable(near)
    first, second = paid.first_two(best.chosen)
    price = (paid.cost_at(first, paid.rest) + paid.cost_at(second, paid.rest)) / 2
    highest = -np.inf

    def known(bound: Bound, steps: int) -> float | None:
        nonlocal highest
        watch.spend()
        highest = max(highest, bound.value)
        if steps % _TRY_EVERY == 0:
            better, _ = exchange(paid, bound.picked, choice.opened, choice.closed, watch.over)
            best.offer(better)
            watch.tell_gap("Suche und schätze ab", best.known(highest))
        if watch.over() or best.proven(highest) >= best.goal(watch):
            return None
        return best.value

    return ascend(near, choice, price, known, _STEPS)


def _prove(near: Near, choice: Choice, best: Incumbent, bound: Bound, watch: Watch) -> Proof:
    """Cuts at the root, what they settle taken out again and again, then the tree."""
    base, sharper = 0.0, len(near.place) >= _LARGE and covers_or_not(near)
    while True:
        choice = decide(bound, choice, best.goal(watch) - base)
        near, left, settled = near.restrict(choice.opened, choice.closed)
        base += settled
        if choice.left <= 0 or choice.undecided <= choice.left or not len(left):
            if 0 <= choice.left <= choice.undecided:
                best.offer(only_one(choice))
            return Proof(best.goal(watch), unclear=False)
        bound = bound_of(near, choice, bound.price[left])
        master = _master(near, choice, bound.price, watch)
        bound = _root(master, choice, best, base, watch, sharper=sharper)
        if watch.over() or bound.value + base >= best.goal(watch):
            return Proof(bound.value + base, unclear=False)
        again = decide(bound, choice, best.goal(watch) - base)
        if choice.undecided - again.undecided <= _WORTH * choice.undecided:
            return Tree(master, best, base, watch).search(again, bound.value)


def _master(near: Near, choice: Choice, price: Floats, watch: Watch) -> Master:
    """The master problem with the cuts around the prices, at a basis where one is cheap."""
    scale = _usual_cost(near)
    master = Master(near, choice, scale, watch)
    master.add_around(price)
    if covers_or_not(near):
        master.resume(cover_basis(near, choice, scale, watch))
    return master


def _root(
    master: Master, choice: Choice, best: Incumbent, base: float, watch: Watch, *, sharper: bool
) -> Bound:
    """Add cuts until none is violated, or until they settle many places.

    Parameters
    ----------
    sharper
        Cuts of three areas too.
    """
    paid = payable(master.near)
    highest: Bound | None = None
    before = -np.inf
    for _ in range(_ROUNDS):
        relaxed = master.relax(choice, best.goal(watch) - base, rounds=1)
        if highest is None or relaxed.bound.value > highest.value:
            highest = relaxed.bound
        rounded = round_up(relaxed.share, choice)
        better, value = exchange(paid, rounded, choice.opened, choice.closed, watch.over)
        if value + base < best.value:
            best.offer(better)
        watch.tell_gap("Verschärfe die Schranke", best.known(highest.value + base))
        goal = best.goal(watch) - base
        if watch.over() or highest.value >= goal:
            break
        if relaxed.settled:
            risen, before = highest.value - before, highest.value
            notable = risen >= _NOTABLE * (goal - before)
            if not (sharper and notable and master.sharpen(relaxed.share)):
                break
        settled = choice.undecided - decide(highest, choice, goal).undecided
        if settled > _RESTART * choice.undecided:
            break
    return highest or relaxed.bound


def _usual_cost(near: Near) -> float:
    """By what costs are divided, so that the solver sees numbers around 1."""
    return float(np.where(np.isfinite(near.rest), near.rest, 0.0).mean()) or 1.0
