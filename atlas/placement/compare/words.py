"""A comparison in sentences, and as tables; the words are in the locale's ``vergleich``."""

from collections.abc import Sequence

import pandas as pd

from atlas.placement.compare.model import Comparison, GroupDifference, PlanSide, SessionMatch, When
from atlas.wording import (
    listing,
    number,
    percent,
    plain,
    signed,
    status_word,
    text,
    time_text,
    weekday,
)

_UNNAMED = ("key", "title", "format")
"""Two names for the same wishes are no difference a reader asks about."""
_GINI = 0.005
_SESSION_COLUMNS = ("state", "room", "kind", "when_a", "who_a", "new_a", "when_b", "who_b", "new_b")
_REACH_COLUMNS = (
    *("group", "counted", "minutes", "need", "before_a", "before_b", "reached_a", "reached_b"),
    *("difference", "least", "most", "points", "result", "figures"),
)


def sentences(c: Comparison, language: str = "de") -> tuple[str, ...]:
    """What is compared, then the findings."""
    fields = {"a": c.a.name, "a_title": c.a.title, "b": c.b.name, "b_title": c.b.title}
    what = text("vergleich.what", language, **fields, edition=c.edition)
    return (what, *findings(c, language))


def findings(c: Comparison, language: str = "de") -> tuple[str, ...]:
    """The comparison in sentences, the most important first."""
    return (
        _goal(c, language),
        *(_group(d, language) for d in _widest(c.groups)),
        _sessions(c, language),
        _hours(c, language),
        *_guarantee(c, language),
        *_fair(c, language),
        _changed(c, language),
        *(
            text(f"vergleich.unlike_{note.why}", language, name=note.name)
            if note.name
            else text(f"vergleich.unlike_{note.why}", language)
            for note in c.incomparable
        ),
    )


def _changed(c: Comparison, language: str) -> str:
    real = [text(f"vergleich.wish_{k}", language) for k in c.changed if k not in _UNNAMED]
    if not real:
        return text("vergleich.wishes_same", language)
    return text("vergleich.wishes_differ", language, wishes=listing(real, language))


def _goal(c: Comparison, language: str) -> str:
    goal = c.goal
    if goal is None:
        return text("vergleich.goal_none", language)
    share = percent(100 * abs(goal.share), 2, language)
    if goal.verdict == "same" and goal.why == "gap":
        left_open = percent(100 * goal.left_open, 2, language)
        return text("vergleich.goal_gap", language, share=share, left_open=left_open)
    if goal.verdict == "same":
        return text("vergleich.goal_same", language, why=_why(goal.why, language))
    winner, loser = ("B", "A") if goal.verdict == "b" else ("A", "B")
    return text("vergleich.goal_won", language, winner=winner, loser=loser, share=share)


def _why(why: str, language: str) -> str:
    return text(f"vergleich.why_{why}", language)


def _sessions(c: Comparison, language: str) -> str:
    found = {k: number(c.count(k), 0, language) for k in ("both", "moved", "only_a", "only_b")}
    return text("vergleich.sessions", language, **found)


def _hours(c: Comparison, language: str) -> str:
    found = {
        f"{what}_{key}": plain(hours, language)
        for key, side in (("a", c.a), ("b", c.b))
        for what, hours in (("used", side.hours_used), ("given", side.hours_per_week))
    }
    return text("vergleich.hours", language, **found)


def _widest(groups: Sequence[GroupDifference]) -> list[GroupDifference]:
    """The last step of each group."""
    return list({d.group: d for d in groups}.values())


def _group(d: GroupDifference, language: str) -> str:
    figures = {k: number(x, 0, language) for k, x in (("a", d.a), ("b", d.b), ("need", d.need))}
    title = text("vergleich.group", language, name=d.name, minutes=plain(d.minutes, language))
    if d.verdict == "same":
        why = _why(d.why, language)
        return text("vergleich.group_same", language, title=title, why=why, **figures)
    about = text("vergleich.about", language) if d.status == "estimated" else ""
    share = ""
    if d.points is not None:
        share = text("vergleich.points_text", language, points=signed(d.points, 1, language))
    return text(
        "vergleich.group_more",
        language,
        title=title,
        winner=d.verdict.upper(),
        about=about,
        difference=number(abs(d.difference), 0, language),
        share=share,
        **figures,
    )


def _guarantee(c: Comparison, language: str) -> list[str]:
    g = c.guarantee
    if g is None:
        return []
    parts = [
        text("vergleich.missed_in", language, side=side, names=", ".join(names))
        for side, names in (("A", g.only_a), ("B", g.only_b))
        if names
    ]
    both = {"n": number(len(g.both), 0, language), "all": number(g.regions, 0, language)}
    parts.append(text("vergleich.missed_both", language, **both))
    minutes = plain(g.minutes, language)
    return [
        text(
            "vergleich.guarantee",
            language,
            level=g.level_name,
            minutes=minutes,
            found="; ".join(parts),
        )
    ]


def _fair(c: Comparison, language: str) -> list[str]:
    lines = []
    if c.a.gini is not None and c.b.gini is not None:
        both = {"a": number(c.a.gini, 2, language), "b": number(c.b.gini, 2, language)}
        if abs(c.a.gini - c.b.gini) < _GINI:
            lines.append(text("vergleich.even_same", language, **both))
        else:
            even = "A" if c.a.gini < c.b.gini else "B"
            lines.append(text("vergleich.even_more", language, side=even, **both))
    if c.a.worst_name and c.b.worst_name:
        worst = {key: _worst(side, language) for key, side in (("a", c.a), ("b", c.b))}
        lines.append(text("vergleich.worst", language, **worst))
    return lines


def _worst(side: PlanSide, language: str) -> str:
    name, minutes = side.worst_name, side.worst_minutes
    if minutes is not None:
        way = number(minutes, 0, language)
        return text("vergleich.worst_way", language, name=name, minutes=way)
    if side.worst_beyond is not None:
        way = plain(side.worst_beyond, language)
        return text("vergleich.worst_beyond", language, name=name, minutes=way)
    return text("vergleich.worst_none", language, name=name)


def session_columns(language: str = "de") -> dict[str, str]:
    """Titles of the columns of `session_table` by their key."""
    return {k: text(f"vergleich.column_{k}", language) for k in _SESSION_COLUMNS}


def session_table(c: Comparison, language: str = "de") -> pd.DataFrame:
    """One row per session: state, room, kind, when and who in each plan."""
    rows = [_session(m, language) for m in c.sessions]
    frame = pd.DataFrame(rows, columns=list(_SESSION_COLUMNS))
    return frame.rename(columns=session_columns(language))


def _session(m: SessionMatch, language: str) -> dict[str, str]:
    row = {
        "state": text(f"vergleich.state_{m.state}", language),
        "room": m.place_name,
        "kind": m.kind_name,
    }
    for side, when in (("a", m.a), ("b", m.b)):
        row |= {f"{k}_{side}": cell for k, cell in _when(when, language).items()}
    return row


def _when(when: When | None, language: str) -> dict[str, str]:
    if when is None:
        return {"when": "", "who": "", "new": ""}
    day = weekday(when.weekday, language)
    return {
        "when": f"{day} {time_text(when.start, when.end, language)}",
        "who": when.holders,
        "new": text(f"sprechstunden.{'kept' if when.existing else 'new'}", language),
    }


def reach_columns(language: str = "de") -> dict[str, str]:
    """Titles of the columns of `reach_table` by their key."""
    return {k: text(f"vergleich.column_{k}", language) for k in _REACH_COLUMNS}


def reach_table(c: Comparison, language: str = "de") -> pd.DataFrame:
    """One row per group and minutes: reached before and with each plan, and the difference."""
    rows = [
        {
            "group": d.name,
            "counted": d.counted,
            "minutes": d.minutes,
            "need": d.need,
            "before_a": d.before_a,
            "before_b": d.before_b,
            "reached_a": d.a,
            "reached_b": d.b,
            "difference": d.difference,
            "least": d.low,
            "most": d.high,
            "points": d.points,
            "result": _result(d, language),
            "figures": status_word(d.status, language),
        }
        for d in c.groups
    ]
    frame = pd.DataFrame(rows, columns=list(_REACH_COLUMNS))
    return frame.rename(columns=reach_columns(language))


def _result(d: GroupDifference, language: str) -> str:
    if d.verdict == "same":
        return _why(d.why, language)
    return text("vergleich.reaches_more", language, side=d.verdict.upper())
