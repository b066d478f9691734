"""States of the boundaries in their order, their levels, and the tables that belong to them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from atlas.newproject import dates
from atlas.newproject.datasets import chosen
from atlas.newproject.draft import State
from atlas.newproject.level_words import level_word
from atlas.newproject.levels import Area
from atlas.newproject.tables import Read
from atlas.newproject.text import slug


def settle_states(
    every: Sequence[list[Area]], reads: list[Read], questions: list[str]
) -> tuple[list[State], list[Read]]:
    """The states that tables belong to, oldest first, and the tables with their own.

    A table whose areas have the same keys or names in several states goes to the one of its
    dates, with a question.
    """
    sure = [r for r in reads if not r.join.also]
    used = sorted({r.join.chain for r in sure if r.says} or {r.join.chain for r in sure})
    tied = [r for r in reads if r.join.also]
    if tied and not used:
        used = sorted({c for r in tied for c in (r.join.chain, *(c for c, _ in r.join.also))})
        used = used[:1] if not _years(every, used) else [max(used, key=lambda c: _year(every[c]))]
    used = used or [max(range(len(every)), key=lambda c: _likely(every[c]))]
    reads = [*sure, *(_of_its_time(r, used, sure, every) for r in tied)]
    own = chosen([r for r in reads if r.join.chain in used])
    periods = {c: sorted(p for r in own if r.join.chain == c for p in r.periods) for c in used}
    order = sorted(used, key=lambda c: (periods[c][-1:] or [""], len(every[c][0].rows)))
    levels = levels_of(every[order[-1]])
    placed = {c: _placed(every[c], levels, questions) for c in order}
    keys = _keys([every[c] for c in order])
    since = _since([periods[c] for c in order], questions)
    states = []
    for i, c in enumerate(order):
        until = dates.day_before(since[i + 1] or "") if since[i + 1 :] and since[i + 1] else None
        chain = every[c][: len(placed[c])]
        states.append(State(keys[i], c, chain, placed[c], since[i], until))
    return states, _with_level(reads, {s.number: s for s in states}, questions)


def _likely(chain: list[Area]) -> tuple[int, bool]:
    """Without any table: levels above it, and a name that is one of a level."""
    return len(chain), level_word(chain[0].title.lower()) is not None


def _years(every: Sequence[list[Area]], used: Sequence[int]) -> bool:
    return any(_year(every[c]) for c in used)


def _year(chain: list[Area]) -> str:
    years = re.findall(r"(?:19|20)\d{2}", chain[0].title)
    return max(years, default="")


def _of_its_time(
    one: Read, used: list[int], sure: Sequence[Read], every: Sequence[list[Area]]
) -> Read:
    """A table that fits several states, in the one whose other tables are nearest in time."""
    options = dict([(one.join.chain, one.join.level), *one.join.also])
    there = [c for c in options if c in used] or [one.join.chain]
    day = one.periods[-1:] or [""]

    def distance(chain: int) -> tuple[int, str]:
        days = [p for r in sure if r.join.chain == chain for p in r.periods]
        later = [d for d in days if [d] >= day]
        return (0 if later else 1, min(later, default=""))

    chosen = min(there, key=distance)
    titles = " und ".join(every[c][0].title for c in sorted(options))
    doubt = (
        f"Die Gebiete heißen in mehreren Ständen gleich ({titles}). Welcher gilt? "
        f"Angenommen: {every[chosen][0].title}."
    )
    join = replace(one.join, chain=chosen, level=options[chosen])
    return replace(one, join=join, doubts=(*one.doubts, doubt))


def _with_level(reads: list[Read], states: dict[int, State], questions: list[str]) -> list[Read]:
    kept = []
    for one in reads:
        state = states.get(one.join.chain)
        if state is None:
            continue
        if one.join.level < len(state.levels):
            kept.append(one)
        else:
            questions.append(f"{one.table.title}: seine Ebene fehlt im Projekt; bleibt draußen.")
    return kept


def _placed(chain: list[Area], levels: list[tuple[str, str]], questions: list[str]) -> list[str]:
    """The level of each layer of a state; the rest of a state that does not fit is left out.

    A state with as many levels as the newest has the same ones; else names must agree.
    """
    keys = [key for key, _ in levels]
    if len(chain) == len(levels):
        return keys
    found = keys[:1]
    for (key, title), area in zip(levels_of(chain)[1:], chain[1:], strict=True):
        if key not in keys[keys.index(found[-1]) + 1 :]:
            questions.append(
                f"{area.title} ({title}) gehört zu keiner Ebene des neuesten Standes; "
                "diese und gröbere Ebenen des Standes bleiben draußen."
            )
            break
        found.append(key)
    return found


def _keys(order: list[list[Area]]) -> list[str]:
    names: list[str] = []
    for chain in order:
        found = chain[0].found
        year = re.search(r"(?:19|20)\d{2}", found.title)
        key = slug(Path(found.file).stem)
        if year and not re.search(r"pre|bis|vor|alt", found.title, re.I):
            key = year[0]
        while key in names:
            key += f"_{slug(found.layer or 'b')}"
        names.append(key)
    return names


def _since(periods: list[list[str]], questions: list[str]) -> list[str | None]:
    """From when a state is in force: the day after the last date of the state before."""
    since: list[str | None] = [None]
    for before, after in pairwise(periods):
        if before and after and after[0] <= before[-1]:
            questions.append(
                "Zwei Gebietsstände haben Zahlen aus derselben Zeit "
                f"({after[0]} bis {before[-1]}). Ab wann gilt welcher? valid_from und valid_to "
                "ergänzen."
            )
            since.append(None)
        else:
            since.append(dates.day_after(before[-1]) if before else None)
    return since


def levels_of(chain: list[Area]) -> list[tuple[str, str]]:
    """Key and title of each level of a chain, by known words in the names of its layers."""
    found: list[tuple[str, str]] = []
    for area in chain:
        words = f"{area.found.layer or ''} {Path(area.found.file).stem} {area.name}".lower()
        own = (area.found.layer or "").lower()
        title = area.level or level_word(own) or level_word(words)
        title = title or (area.found.layer or Path(area.found.file).stem).replace("_", " ").title()
        while slug(title) in [k for k, _ in found] or slug(title) == "stadt":
            title += " 2"
        found.append((slug(title), title))
    return found
