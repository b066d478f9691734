"""Reading the Markdown of the handbook: pages, sections, tables, blocks of code."""

import dataclasses
import re
import typing
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "handbuch"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: str, language: str) -> list[str]:
    """The contents of all blocks of code in a language."""
    return [text for name, text in _BLOCK.findall(page) if name == language]


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("", page)


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any depth."""
    parts = re.split(r"^#{1,6} +(.+)$", prose(page), flags=re.M)
    found = [text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title == heading]
    assert len(found) == 1, f"{len(found)} sections are called {heading!r}"
    return found[0]


def rows(page: str, heading: str) -> list[tuple[str, ...]]:
    """The rows of all tables of a section, without their heads."""
    lines = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    heads = [i for i, line in enumerate(lines) if set(line) <= set("|- ")]
    skip = {*heads, *(i - 1 for i in heads)}
    return [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for i, line in enumerate(lines)
        if i not in skip
    ]


def entries(page: str, heading: str) -> dict[str, str]:
    """Entry of a file to what holds without it, from the table of a section."""
    found = [(row[0].strip("`"), row[1].strip("`")) for row in rows(page, heading)]
    assert len(dict(found)) == len(found), f"an entry stands twice under {heading!r}"
    return dict(found)


def described(field: "dataclasses.Field[object]") -> str | None:
    """How the handbook writes a field's default; None where it is a section of its own."""
    if field.default is not dataclasses.MISSING:
        return _toml(field.default)
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
        own = dataclasses.is_dataclass(value) or (isinstance(value, tuple) and value)
        return None if own else _toml(value)
    return "**nötig**"


def _toml(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{k} = {_toml(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return repr(value)


def described_types(top: type) -> set[type]:
    """A dataclass and all dataclasses that its fields hold."""
    found: set[type] = set()
    waiting = [top]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            hints = typing.get_type_hints(kind)
            waiting += [t for f in dataclasses.fields(kind) for t in _inside(hints[f.name])]
    return found


def _inside(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
    for part in typing.get_args(hint):
        yield from _inside(part)
