"""Opening hours as German offices write them: "Mo, Di, Do, Fr 8.30-12.30, Do 14-17 Uhr".

A notice is a row of groups, and a group is days followed by spans of time, or by
"geschlossen", or by "nach Vereinbarung"; groups add to each other. What is no weekly pattern
("1. Mittwoch im Monat", "in den Ferien") is no window, with its reason. What is not
understood, or may be understood in two ways, is an error: nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from geodata.files import tidy
from geodata.places.week import DAY, DAY_NAMES, HoursError, Week, Window, over_midnight, week_of

EXAMPLES = "zum Beispiel „Mo, Di, Do, Fr 8.30-12.30, Do 14-17 Uhr“ oder „Mo-Fr 9-12 und 14-16 Uhr“"
_LONGEST_NIGHT, _EARLIEST_NIGHT = 12 * 60, 16 * 60
"""A span over midnight has so many minutes at most and starts so late, or is a slip."""

_DAYS = (
    "montags?|mo",
    "dienstags?|di",
    "mittwochs?|mi",
    "donnerstags?|do",
    "freitags?|fr",
    "samstags?|sonnabends?|sa",
    "sonntags?|so",
)
_ANY_DAY = "|".join(_DAYS)
_MONTHS = (
    r"jan(?:uar)?|feb(?:ruar)?|märz|april?|mai|juni?|juli?|aug(?:ust)?|sept?(?:ember)?"
    r"|okt(?:ober)?|nov(?:ember)?|dez(?:ember)?"
)
_NTH = r"\d\.|erste[rnms]?|zweite[rnms]?|dritte[rnms]?|vierte[rnms]?|letzte[rnms]?"
_NOT_WEEKLY = re.compile(
    rf"""\b(?:(?:im|des|pro)\ monats? | monatlich | (?:un)?gerade[nr]?\ (?:wochen?|kw)\b
    | (?:14|vierzehn)-?\ ?t[äa]gig | alle\ (?:zwei|2|drei|3|vier|4)\ wochen
    | (?:zwei|2)-?\ ?w[öo]ch\w* | \w*ferien\w* | vorlesung\w* | semester\w* | sommer\w*
    | winter\w* | {_MONTHS})\b
    | \b(?:{_NTH})\s*(?:(?:und|u\.|,|/|&)\s*(?:{_NTH})\s*)*(?:{_ANY_DAY})\b
    | \b\d{{1,2}}\.(?:0?[1-9]|1[0-2])\.""",
    re.VERBOSE | re.IGNORECASE,
)
_BY_APPOINTMENT = (
    r"(?:nur\ |und\ |auch\ )*(?:(?:telefonische[rn]?\ )?(?:termine?\ )?"
    r"(?:nach|mit|auf|bei|per)\ (?:vorheriger\ |telefonischer\ |persönlicher\ )?"
    r"(?:termin)?(?:vereinbarung|absprache|voranmeldung|anmeldung|anfrage|termin)|n\.\ ?v\.?)(?!\w)"
)
_TOKEN = re.compile(
    rf"""(?P<note>\([^)]*\))
    | (?P<appointment>{_BY_APPOINTMENT})
    | (?P<closed>(?:geschlossen|geschl\.|ruhetage?|schlie(?:ß|ss)tage?
        |keine?\ (?:sprechstunden?|sprechzeit(?:en)?)|zu)(?!\w))
    | (?P<day>(?:{_ANY_DAY})\b\.?)
    | (?P<daily>(?:täglich\b|tgl\b\.?|jeden\ tag\b))
    | (?P<weekend>(?:am\ )?wochenende\b)
    | (?P<holiday>(?:an\ )?(?:gesetzlichen\ )?feiertag(?:e|en|s)?\b)
    | (?P<time>\d{{1,2}}(?:[:.]\d{{2}})?(?!\d))
    | (?P<dash>-|bis(?:\ zum?)?\b)
    | (?P<open>(?:ab|seit)\b)
    | (?P<except>(?:außer|ausser|ausgenommen)\b)
    | (?P<noise>[,;/|+&:.] | (?:u\.|(?:und|sowie|uhr|h|von|zwischen|am|an|jeweils|jeden|immer
        |offen|geöffnet|öffnungszeit(?:en)?|sprechzeit(?:en)?|(?:offene\ )?sprechstunden?
        |durchgehend|zusätzlich|auch|nur|ohne\ (?:voranmeldung|anmeldung|termin))\b))""",
    re.VERBOSE | re.IGNORECASE,
)
_APART = re.compile(r"[,;/|+&.]|und|u\.|sowie|auch", re.IGNORECASE)
_HARMLESS_NOTE = re.compile(
    r"\((?:(?:außer|ausser|ausgenommen|nicht)(?: an)?(?: gesetzlichen)? feiertag(?:e|en|s)?"
    r"|ohne (?:vor)?anmeldung|ohne termin)\)",
    re.IGNORECASE,
)


class _Token(NamedTuple):
    """A word with its meaning; ``apart`` where a comma, "und" or the like stands before it."""

    kind: str
    text: str
    apart: bool


@dataclass
class _Group:
    """Days and what holds on them; ``named`` are days named one by one, not in a range."""

    days: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    spans: list[tuple[int, int]] = field(default_factory=list)
    what: str = ""
    note: str = ""
    holiday: bool = False
    cut: bool = False

    @property
    def filled(self) -> bool:
        return bool(self.spans or self.what)

    @property
    def dated(self) -> bool:
        return bool(self.days) or self.holiday


@lru_cache(maxsize=4096)
def read_german(text: str) -> Week:
    """Read a German notice of opening hours.

    Parameters
    ----------
    text
        The notice. Days and times as offices write them; en dashes, no-break spaces and
        "bis" are dashes and spaces.

    Returns
    -------
    Week
        Empty with a reason where the notice names no weekly pattern.

    Raises
    ------
    HoursError
        Something is not understood, has two meanings, or is impossible.

    Examples
    --------
    >>> from geodata.places.week import in_words
    >>> in_words(read_german("Mo+Mi 10 bis 12 Uhr").windows)
    'Mo 10:00-12:00, Mi 10:00-12:00'
    >>> read_german("nach Vereinbarung").reasons
    ('nur nach Vereinbarung',)
    """
    lines = "; ".join(line for line in text.splitlines() if line.strip())
    plain = re.sub(r"\s*[‐‑‒–—−]\s*", "-", tidy(lines))
    irregular = _NOT_WEEKLY.search(plain)
    if irregular:
        return Week(reasons=(f"nicht jede Woche gleich („{irregular.group().strip()}“)",))
    return _Notice(list(_tokens(plain))).week()


def _tokens(plain: str) -> Iterator[_Token]:
    at, apart = 0, False
    while at < len(plain):
        if plain[at] == " ":
            at += 1
            continue
        match = _TOKEN.match(plain, at)
        if match is None or match.lastgroup is None:
            word = re.split(r"[\s,;(]", plain[at:], maxsplit=1)[0] or plain[at]
            raise HoursError(f"„{word}“ ist nicht zu verstehen", EXAMPLES)
        if match.lastgroup == "noise":
            apart = apart or _APART.fullmatch(match.group()) is not None
        else:
            yield _Token(match.lastgroup, match.group(), apart)
            apart = False
        at = match.end()


def _weekday(text: str) -> int:
    word = text.rstrip(".").lower()
    return next(i for i, names in enumerate(_DAYS) if re.fullmatch(names, word))


def _minutes(text: str) -> int:
    hour, _, minute = text.replace(":", ".").partition(".")
    value = int(hour) * 60 + int(minute or 0)
    if value > DAY or int(minute or 0) > 59:
        raise HoursError(f"„{text}“ ist keine Uhrzeit", "0 bis 24 Uhr")
    return value


class _Notice:
    """Reads the tokens from left to right, group by group."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0
        self._groups = [_Group()]

    def week(self) -> Week:
        while self._at < len(self._tokens):
            self._step(self._next())
        groups = [g for g in self._groups if g.filled or g.dated or g.note]
        for group in groups:
            if not group.filled:
                raise HoursError("nach einem Tag fehlt die Uhrzeit", EXAMPLES)
        return _week(groups)

    def _next(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _fresh(self) -> _Group:
        """The group to which days are added: a new one once times were read."""
        group = self._groups[-1]
        if group.filled and (group.dated or group.what == "appointment"):
            self._groups.append(_Group())
        return self._groups[-1]

    def _step(self, token: _Token) -> None:
        group = self._groups[-1]
        match token.kind:
            case "day" | "daily" | "weekend" | "holiday":
                self._days(self._fresh(), token)
            case "time":
                self._span(group, token)
            case "closed" | "appointment":
                self._state(group, token)
            case "note":
                if not _HARMLESS_NOTE.fullmatch(token.text):
                    group.note = token.text.strip("()")
            case "open":
                raise HoursError("nach „ab“ fehlt das Ende", "Anfang und Ende, „14-17 Uhr“")
            case "except":
                self._exception(group)
            case _:
                raise HoursError("ein „-“ oder „bis“ steht allein", EXAMPLES)

    def _days(self, group: _Group, token: _Token) -> None:
        match token.kind:
            case "daily":
                group.days |= set(range(7))
            case "weekend":
                group.days |= {5, 6}
            case "holiday":
                group.holiday = True
            case _:
                self._day_or_range(group, token)

    def _day_or_range(self, group: _Group, token: _Token) -> None:
        first = _weekday(token.text)
        if self._peek() != "dash":
            group.days.add(first)
            group.named.add(first)
            return
        self._next()
        if self._peek() != "day":
            raise HoursError(f"nach „{DAY_NAMES[first]} -“ fehlt ein Tag", EXAMPLES)
        last = _weekday(self._next().text)
        if last == first or self._peek() == "dash":
            raise HoursError("die Spanne der Tage ist nicht eindeutig", "„Mo-Fr“")
        group.days |= {(first + i) % 7 for i in range((last - first) % 7 + 1)}

    def _exception(self, group: _Group) -> None:
        """Take days out again ("täglich außer Mo"), before the times or after them."""
        taken = _Group()
        while self._peek() in ("day", "weekend", "holiday"):
            self._days(taken, self._next())
        if not taken.dated or not group.days:
            raise HoursError("„außer“ steht ohne Tage", "„täglich außer Mo 9-12 Uhr“")
        if len(group.spans) > 1:
            raise HoursError("„außer“ kann eine oder alle Zeiten meinen", EXAMPLES)
        group.days -= taken.days
        group.cut = group.filled

    def _span(self, group: _Group, token: _Token) -> None:
        if not group.dated:
            raise HoursError("vor der Uhrzeit fehlt der Wochentag", EXAMPLES)
        if group.cut:
            raise HoursError("Uhrzeit nach „außer“ und Tagen", EXAMPLES)
        if group.what:
            raise HoursError("Uhrzeit nach „geschlossen“ oder „nach Vereinbarung“", EXAMPLES)
        start = _minutes(token.text)
        if self._peek() != "dash":
            raise HoursError(f"nach „{token.text}“ fehlt das Ende", "Anfang und Ende, „14-17 Uhr“")
        self._next()
        if self._peek() != "time":
            raise HoursError(f"nach „{token.text} -“ fehlt das Ende", "„14-17 Uhr“")
        end = _minutes(self._next().text)
        if self._peek() == "dash":
            raise HoursError("drei Uhrzeiten in einer Spanne", "„9-12 und 14-16 Uhr“")
        night = _EARLIEST_NIGHT <= start < DAY and DAY - start + end <= _LONGEST_NIGHT
        if end <= start and not night:
            found = f"„{token.text}-{self._tokens[self._at - 1].text}“: Ende nicht nach dem Anfang"
            raise HoursError(found, "Zeiten mit 24 Stunden, „14-17 Uhr“", understood=True)
        group.spans.append((start, end))

    def _state(self, group: _Group, token: _Token) -> None:
        what, text = token.kind, token.text.lower()
        further = text.startswith(("und", "auch")) or (token.apart and not text.startswith("nur"))
        if what == "appointment" and group.spans and not further:
            # "Mi 15-17 Uhr nach Vereinbarung": the time itself hangs on it.
            group.note = token.text
            return
        if group.filled:
            group = _Group()
            self._groups.append(group)
        group.what = what


def _week(groups: list[_Group]) -> Week:
    closed = {day for g in groups if g.what == "closed" for day in g.days}
    _refuse_contradiction(groups, closed)
    sure: list[Window] = []
    unsure: list[Window] = []
    reasons: list[str] = []
    for group in groups:
        spans = [(d, *span) for d in sorted(group.days - closed) for span in group.spans]
        windows = [w for span in spans for w in over_midnight(*span)]
        (unsure if group.note else sure).extend(windows)
        reasons += _reasons(group, alone=len(groups) == 1)
    if not sure and not unsure and not reasons:
        reasons.append("nur Schließtage genannt" if closed else "keine Wochentage genannt")
    return week_of(sure, unsure, reasons)


def _reasons(group: _Group, *, alone: bool) -> list[str]:
    days = ", ".join(DAY_NAMES[d] for d in sorted(group.days))
    found = [f"nur unter einer Bedingung ({group.note})"] if group.note else []
    if group.what == "appointment":
        if days:
            found.append(f"{days} nach Vereinbarung")
        else:
            found.append("nur nach Vereinbarung" if alone else "außerdem nach Vereinbarung")
    if group.what == "closed" and not group.dated:
        if not alone:
            raise HoursError("„geschlossen“ steht ohne Tag", "„Mi geschlossen“")
        found.append("immer geschlossen")
    if group.holiday and group.spans and not group.days:
        found.append("eigene Zeiten an Feiertagen")
    return found


def _refuse_contradiction(groups: list[_Group], closed: set[int]) -> None:
    twice = {d for g in groups if g.spans for d in g.named} & closed
    if twice:
        days = ", ".join(DAY_NAMES[d] for d in sorted(twice))
        raise HoursError(f"{days} hat Zeiten und ist geschlossen", "nur eines von beiden")
