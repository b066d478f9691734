"""Number formats of spreadsheets: percents, and numbers that a reader of the sheet does not see.

The codes are those of ECMA-376, part 1, 18.8.31, which XLS shares.
"""

import re

PERCENT_IDS = frozenset({9, 10})
"""Numbers of the formats that every spreadsheet has for percents."""

_PASSED_OVER = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKET = re.compile(r"\[[^\]]*\]")
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]+)?)\]")
_SHOWS = re.compile(r"[0#?@ymdhs]|general|standard", re.IGNORECASE)
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
_TESTS = {
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "<>": lambda a, b: a != b,
}  # fmt: skip


def is_percent(number: int, code: str) -> bool:
    """Whether a format shows percents.

    >>> is_percent(10, ""), is_percent(170, '0.0"%"'), is_percent(170, "0.0%")
    (True, False, True)
    """
    return number in PERCENT_IDS or "%" in _BRACKET.sub("", _PASSED_OVER.sub("", code))


def unseen(code: str, value: float) -> str:
    """How a format shows another number than the cell holds; empty where it does not.

    A number that is replaced by a sign was hidden on purpose; one that is shown in thousands is
    taken for thousands by whoever reads the heading. Zeros may be shown as anything.

    >>> unseen('[<3]"*";0', 2), unseen('[<3]"*";0', 12), unseen(";;;", 5)
    ('verdeckt', '', 'verdeckt')
    >>> unseen('#,##0;-#,##0;"-"', 0), unseen('0.0,"Tsd."', 12345), unseen("#,##0.00", 5)
    ('', 'in Tausend angezeigt', '')
    """
    section = _section(_PASSED_OVER.sub("", code).split(";"), value)
    bare = _BRACKET.sub("", section)
    if value == 0 or not code:
        return ""
    if not _SHOWS.search(bare):
        return "verdeckt"
    return "in Tausend angezeigt" if _SCALED.search(bare) else ""


def _section(sections: list[str], value: float) -> str:
    """The part of a format that holds for a number."""
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _TESTS[condition[1]](value, float(condition[2])):
                return section
        return sections[-1]
    if len(sections) == 1 or value > 0:
        return sections[0]
    return sections[2] if value == 0 and len(sections) > 2 else sections[value < 0]
