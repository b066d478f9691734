"""A week of opening windows: what holds every week, what is unsure, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

DAY = 24 * 60
"""Minutes of a day."""

DAY_NAMES = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


class HoursError(ValueError):
    """A text that cannot be read as opening hours.

    Parameters
    ----------
    why
        What is wrong, in German.
    allowed
        What may stand there instead.
    understood
        The text was read to its end and says something impossible; no other syntax helps.
    """

    def __init__(self, why: str, allowed: str, *, understood: bool = False) -> None:
        super().__init__(why)
        self.why, self.allowed, self.understood = why, allowed, understood


class Window(NamedTuple):
    """A span of one weekday (0 is Monday), ``start`` and ``end`` in minutes since midnight."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class Week:
    """What a text on opening hours says of a week.

    Parameters
    ----------
    windows
        Open every week; sorted, neither overlapping nor touching.
    unsure
        Open in some weeks only, or on conditions; never inside `windows`.
    reasons
        German sentences without full stop: what the text says that no weekly pattern holds.
    """

    windows: tuple[Window, ...] = ()
    unsure: tuple[Window, ...] = ()
    reasons: tuple[str, ...] = ()


def week_of(
    windows: Iterable[Window], unsure: Iterable[Window] = (), reasons: Iterable[str] = ()
) -> Week:
    """Return a week in order: windows joined, unsure ones outside them, each reason once."""
    sure = joined(windows)
    return Week(sure, without(joined(unsure), sure), tuple(dict.fromkeys(reasons)))


def joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or touch.

    Examples
    --------
    >>> joined([Window(0, 600, 720), Window(0, 540, 600), Window(1, 540, 600)])
    (Window(weekday=0, start=540, end=720), Window(weekday=1, start=540, end=600))
    """
    found: list[Window] = []
    for window in sorted(windows):
        last = found[-1] if found else None
        if last and last.weekday == window.weekday and window.start <= last.end:
            found[-1] = last._replace(end=max(last.end, window.end))
        else:
            found.append(window)
    return tuple(found)


def without(windows: Iterable[Window], taken: Iterable[Window]) -> tuple[Window, ...]:
    """Cut windows out of others.

    Examples
    --------
    >>> without([Window(0, 540, 720)], [Window(0, 600, 660)])
    (Window(weekday=0, start=540, end=600), Window(weekday=0, start=660, end=720))
    """
    left = list(windows)
    for cut in taken:
        left = [part for window in left for part in _cut(window, cut)]
    return tuple(sorted(left))


def _cut(window: Window, cut: Window) -> list[Window]:
    if window.weekday != cut.weekday or cut.end <= window.start or cut.start >= window.end:
        return [window]
    before, after = window._replace(end=cut.start), window._replace(start=cut.end)
    return [part for part in (before, after) if part.start < part.end]


def over_midnight(weekday: int, start: int, end: int) -> tuple[Window, ...]:
    """Split a span at midnight; an `end` up to `start` belongs to the next day.

    Examples
    --------
    >>> over_midnight(6, 1320, 120)
    (Window(weekday=6, start=1320, end=1440), Window(weekday=0, start=0, end=120))
    """
    if start < end:
        return (Window(weekday, start, end),)
    tomorrow = (Window((weekday + 1) % 7, 0, end),) if end else ()
    return (Window(weekday, start, DAY), *tomorrow)


def clock(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``; the day ends at ``24:00``.

    Examples
    --------
    >>> clock(510), clock(1440)
    ('08:30', '24:00')
    """
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def in_words(windows: Iterable[Window]) -> str:
    """Windows as one German line.

    Examples
    --------
    >>> in_words([Window(0, 540, 720), Window(3, 840, 1020)])
    'Mo 09:00-12:00, Do 14:00-17:00'
    """
    spans = [f"{DAY_NAMES[w.weekday]} {clock(w.start)}-{clock(w.end)}" for w in windows]
    return ", ".join(spans) or "geschlossen"
