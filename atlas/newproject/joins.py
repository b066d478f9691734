"""Which column of a table names areas, of which level and state; what speaks against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from atlas.meant import near
from atlas.newproject.levels import Area
from atlas.newproject.scan import FoundTable, columns
from geodata.files import tidy
from indicators.restored_keys import lost_digits, restored_keys

_TOTAL = re.compile(
    r"\b(?:insgesamt|gesamt|gesamtstadt|stadt gesamt|summe|zusammen|total|gesamtergebnis|"
    r"gesamtsumme|alle)\b|^(?:kreisfreie )?stadt\b",
    re.I,
)
_ENOUGH = 0.6
_MOST_WORDS = 20_000


@dataclass(frozen=True)
class Join:
    """The column of a table that names areas, and how many of its words are known.

    ``unknown`` are words of no area, ``totals`` rows that sum all areas, ``subtotals`` those
    that name an area of a coarser level, by the number of that level in the chain. ``also``
    are chain and level whose areas it names as well; ``doubts`` are questions; ``broken`` says that
    the project cannot be built with it.
    """

    column: str
    chain: int
    level: int
    match: str
    matched: int
    words: int
    areas: int
    unknown: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    subtotals: tuple[tuple[str, int], ...] = ()
    also: tuple[tuple[int, int], ...] = ()
    restored: int = 0
    doubts: tuple[str, ...] = ()
    broken: bool = False

    @property
    def noun(self) -> str:
        """What the column has."""
        return "Schlüssel" if self.match == "key" else "Namen"


@dataclass(frozen=True, eq=False)
class _Target:
    """Words of one level: keys or names → the area's number in its layer."""

    chain: int
    level: int
    match: str
    words: dict[str, int]
    size: int
    column: str


def join_of(table: FoundTable, chains: Sequence[Sequence[Area]]) -> Join | None:
    """The column and level that fit best; None where no column names areas."""
    targets = _targets(chains)
    found: list[tuple[tuple[float, ...], Join]] = []
    for column in columns(table):
        words = set(table.frame[column].map(tidy)) - {""}
        if 1 < len(words) <= _MOST_WORDS or (words and len(table.frame) == 1):
            found += [hit for t in targets if (hit := _fit(column, words, t))]
    if not found:
        return None
    score, best = max(found, key=lambda hit: hit[0])
    rivals = [j for s, j in found if s == score and j.chain != best.chain]
    best = replace(best, also=tuple(dict.fromkeys((j.chain, j.level) for j in rivals)))
    best = _one_level(best, [j for _, j in found], chains)
    best = _agreed(table, best, [j for _, j in found], targets)
    return _coarser(best, chains)


def _one_level(best: Join, every: list[Join], chains: Sequence[Sequence[Area]]) -> Join:
    """Ask where all words of the column are areas of another level as well."""
    for other in every:
        if (other.column, other.chain) == (best.column, best.chain) and (
            other.level != best.level and other.matched >= best.matched
        ):
            titles = [chains[best.chain][j.level].title for j in (best, other)]
            doubt = (
                f"Die {best.noun} gibt es auf zwei Ebenen ({titles[0]} und {titles[1]}). Welche "
                f"ist gemeint? Angenommen: {titles[0]}."
            )
            return replace(best, doubts=(*best.doubts, doubt))
    return best


def _targets(chains: Sequence[Sequence[Area]]) -> list[_Target]:
    found = []
    for c, chain in enumerate(chains):
        for i, area in enumerate(chain):
            for match, words, column in (
                ("key", area.keys, area.key), ("name", area.names, area.name)
            ):  # fmt: skip
                if words.is_unique:
                    numbered = {str(w): n for n, w in enumerate(words)}
                    found.append(_Target(c, i, match, numbered, len(words), column))
    return found


def _fit(column: str, words: set[str], target: _Target) -> tuple[tuple[float, ...], Join] | None:
    there = set(target.words)
    totals = {w for w in words - there if _TOTAL.search(w)}
    here = words - totals
    hit, restored = here & there, 0
    doubts: tuple[str, ...] = ()
    broken = False
    if target.match == "key" and len(hit) < len(here):
        back = _restored(here, there)
        restored = len(set(back) - hit)
        hit = hit | set(back)
    if target.match == "key" and len(hit) < _ENOUGH * len(here):
        hit, doubts, broken = _beyond_repair(here, there, hit)
    if len(hit) < max(min(2, target.size), _ENOUGH * len(here), 0.3 * target.size):
        return None
    own = column.casefold() == target.column.casefold()
    share = len(hit) / len(here)
    score = (
        share, not broken, len(hit), -abs(target.size - len(hit)), target.match == "key", own,
        not restored,
    )  # fmt: skip
    return score, Join(
        column, target.chain, target.level, target.match, len(hit), len(here), target.size,
        tuple(sorted(here - hit)), tuple(sorted(totals)), restored=restored, doubts=doubts,
        broken=broken,
    )  # fmt: skip


def _beyond_repair(
    here: set[str], there: set[str], hit: set[str]
) -> tuple[set[str], tuple[str, ...], bool]:
    """Keys whose digits were lost, here or in the outlines: nothing may restore them."""
    if sum(map(lost_digits, here)) > len(here) / 2:
        why = (
            "Die Tabellenkalkulation hat die Schlüssel gekürzt (1,1E+06): Spalte als Text "
            "formatieren und neu exportieren."
        )
        return {w for w in here if lost_digits(w)} if len(here) == len(there) else hit, (why,), True
    if len(restored_keys(sorted(there), sorted(here))) >= _ENOUGH * len(here):
        why = (
            "Den Schlüsseln der Umrisse fehlen führende Nullen, die diese Tabelle hat: Umrisse mit "
            "dem Schlüssel als Text neu exportieren."
        )
        return set(restored_keys(sorted(there), sorted(here)).values()) | hit, (why,), True
    return hit, (), False


def _restored(here: set[str], there: set[str]) -> dict[str, str]:
    """Words that lost zeros → keys; not those with zeros that the keys have lost."""
    back = restored_keys(sorted(here), sorted(there))
    return {w: k for w, k in back.items() if not (w.startswith("0") and len(w) > len(k))}


def _agreed(table: FoundTable, best: Join, every: list[Join], targets: list[_Target]) -> Join:
    """Ask where another column names other areas: then one of both is a mere number."""
    known = {(t.chain, t.level, t.match): t.words for t in targets}
    mine = _areas(table, best, known)
    for other in every:
        if (other.chain, other.level) != (best.chain, best.level) or other.column == best.column:
            continue
        theirs = _areas(table, other, known)
        apart = mine.notna() & theirs.notna() & (mine != theirs)
        if not apart.any():
            continue
        row = apart.idxmax()
        pair = (
            f"„{tidy(str(table.frame.at[row, best.column]))}“, "
            f"„{tidy(str(table.frame.at[row, other.column]))}“"
        )
        doubt = (
            f"Die Spalten {best.column} und {other.column} nennen in {int(apart.sum())} Zeilen "
            f"verschiedene Gebiete ({pair}). Welche gilt?"
        )
        # A name says which area is meant; a number may only count the rows.
        chosen = other if other.match == "name" and best.match == "key" else best
        return replace(chosen, also=best.also, doubts=(*chosen.doubts, doubt), broken=True)
    return best


def _areas(
    table: FoundTable, join: Join, known: dict[tuple[int, int, str], dict[str, int]]
) -> pd.Series:
    words = table.frame[join.column].map(tidy)
    there = known[join.chain, join.level, join.match]
    back = restored_keys(words, there) if join.match == "key" else {}
    numbers = [there.get(back.get(str(w), str(w))) for w in words]
    return pd.Series(numbers, index=words.index, dtype="Int64")


def _coarser(join: Join, chains: Sequence[Sequence[Area]]) -> Join:
    """Words that name an area of a coarser level are subtotals, compared by the check."""
    subtotals: list[tuple[str, int]] = []
    left = list(join.unknown)
    for level in range(join.level + 1, len(chains[join.chain])):
        area = chains[join.chain][level]
        known = {*area.keys, *area.names}
        hits = [w for w in left if w in known]
        subtotals += [(w, level) for w in hits]
        left = [w for w in left if w not in hits]
    total = [w for w in left if _TOTAL.search(w)]
    return replace(
        join, subtotals=tuple(subtotals), unknown=tuple(w for w in left if w not in total),
        totals=(*join.totals, *total), words=join.words - len(subtotals) - len(total),
    )  # fmt: skip


def likely(words: Sequence[str], area: Area) -> list[str]:
    """Unknown words of a table, with the name that is written nearly so."""
    names = dict.fromkeys(area.names, "")
    found = []
    for word in words:
        meant = near(word, names)[:1]
        found.append(f"{word} (vielleicht {meant[0]}?)" if meant else word)
    return found
