"""TOML files of a user into frozen dataclasses: every mistake at once, in German, with its line."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import PydanticInvalidForJsonSchema, TypeAdapter, ValidationError

from atlas.meant import question
from geodata.errors import FileMissingError, Problem, ProjectError, why
from geodata.files.nested import toml_of

T = TypeVar("T")
Loc = tuple[int | str, ...]
"""Path of keys and numbers to an entry of a TOML file."""

KEY_PATTERN, DATE_PATTERN = r"^[a-z0-9][a-z0-9_]*$", r"^\d{4}-\d{2}-\d{2}$"

_NO_ENTRY = "diesen Eintrag gibt es nicht"
_GERMAN = {
    "missing": "der Eintrag fehlt",
    "dataclass_unexpected_keyword_argument": _NO_ENTRY,
    "unexpected_keyword_argument": _NO_ENTRY,
    "extra_forbidden": _NO_ENTRY,
}

_PATTERNS = {
    KEY_PATTERN: "Kleinbuchstaben, Ziffern und Unterstrich",
    DATE_PATTERN: "ein Datum wie 2025-12-31",
    r"^([01]\d|2[0-3]):[0-5]\d$": "eine Uhrzeit wie 08:30",
    r"^[a-z0-9_]+(/[a-z0-9_]+)?$": "Messgröße oder Messgröße/Gruppe in Kleinbuchstaben",
    r"[^=*\s]": "ein Text mit mindestens einem Zeichen außer = und *",
}
_WHOLE, _NUMBER = "eine ganze Zahl", "eine Zahl, Nachkommastellen mit Punkt: 1.5"
_TEXT, _LIST, _MAP = "ein Text in Anführungszeichen", "eine Liste [ … ]", "eine Zuordnung { … }"
_PLAIN = {
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "eine ganze Zahl mit weniger Stellen",
    "int_from_float": "eine ganze Zahl ohne Nachkommastellen",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "eine endliche Zahl, nicht inf oder nan",
    "bool_type": "true oder false",
    "bool_parsing": "true oder false",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAP,
    "dataclass_type": "ein Abschnitt mit Einträgen",
    "dataclass_exact_type": "ein Abschnitt mit Einträgen",
    "date_type": "ein Datum wie 2025-12-31",
}
_BOUNDS = {
    "greater_than": ("gt", "mehr als {}"),
    "greater_than_equal": ("ge", "mindestens {}"),
    "less_than": ("lt", "weniger als {}"),
    "less_than_equal": ("le", "höchstens {}"),
    "too_short": ("min_length", "mindestens {} Einträge"),
    "too_long": ("max_length", "höchstens {} Einträge"),
    "string_too_short": ("min_length", "ein Text mit mindestens {} Zeichen"),
    "string_too_long": ("max_length", "ein Text mit höchstens {} Zeichen"),
}
_SYNTAX = {
    "Expected newline or end of document after a statement": "nach dem Wert steht noch etwas",
    "Invalid value": "der Wert fehlt oder ist keiner",
    "Cannot overwrite a value": "der Eintrag steht mehrfach",
    "Cannot declare": "der Abschnitt steht mehrfach",
    "Unterminated string": "ein Anführungszeichen fehlt",
    "Unclosed array": "eine Klammer ] fehlt",
    "Unclosed inline table": "eine Klammer } fehlt",
    "Expected '=' after a key": "nach dem Namen eines Eintrags fehlt =",
    "Illegal character '\\n'": "ein Anführungszeichen fehlt",
    "Illegal character": "ein Zeichen, das hier nicht stehen darf",
    "Invalid statement": "so beginnt kein Eintrag",
    "Invalid initial character": "so beginnt kein Eintrag",
}
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_NEAR = 3
_DECIMAL = re.compile(r"(?<![\w.,-])([-+]?\d+),(\d+)(?![\w.,])")


def load_toml(path: Path, adapter: TypeAdapter[T], summary: str) -> tuple[T, str]:
    """Read a TOML file into a dataclass.

    Parameters
    ----------
    path
        The file.
    adapter
        Of the dataclass.
    summary
        The message's first sentence if entries are wrong.

    Returns
    -------
    value, text
        What the file says, and its text, for messages that name a line.

    Raises
    ------
    FileMissingError
        The file is not there.
    ProjectError
        It is not TOML, or entries are wrong; every mistake is listed with its line.
    """
    text = read_text(path)
    try:
        return adapter.validate_python(parse_toml(text, path)), text
    except ValidationError as error:
        problems = validation_problems(error, text, path, adapter)
        raise ProjectError(summary, problems) from None


def read_text(path: Path) -> str:
    """Read a UTF-8 text file the user named."""
    if not path.is_file():
        raise FileMissingError(f"Die Datei {path} gibt es nicht.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"Die Datei {path.name} ist nicht in UTF-8 geschrieben.",
            [Problem(f"{path.name}, Byte {error.start}", "ungültiges Zeichen", "UTF-8")],
        ) from None
    except OSError as error:
        raise FileMissingError(f"Die Datei {path} ist nicht lesbar: {why(error)}.") from None


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Parse TOML, turning a syntax error into a message with its line."""
    try:
        return toml_of(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(
            f"Die Datei {path.name} ist kein gültiges TOML.",
            [_syntax_problem(str(error), text, path)],
        ) from None


def _syntax_problem(message: str, text: str, path: Path) -> Problem:
    """A syntax error in German: line, column, and the decimal comma where it is one."""
    lines, place = text.splitlines(), _PLACE.search(message)
    line, column = map(int, place.groups()) if place else (len(lines), 0)
    where = f"{path.name}, Zeile {line}" + (f", Spalte {column}" if place else " (Ende der Datei)")
    found = next((de for en, de in _SYNTAX.items() if message.startswith(en)), message)
    before = lines[line - 1] if 0 < line <= len(lines) else ""
    for decimal in _DECIMAL.finditer(before) if place else ():
        # The parser stops at the comma, or at the next sign it cannot make sense of.
        if decimal.start() < column <= decimal.end() + _NEAR:
            right = f"{decimal[1]}.{decimal[2]}"
            return Problem(where, f"gefunden {decimal[0]!r}", f"Dezimalzahlen mit Punkt: {right}")
    return Problem(where, found)


def validation_problems(
    error: ValidationError, text: str, path: Path, adapter: TypeAdapter[T] | None = None
) -> list[Problem]:
    """Every mistake pydantic found, in German, with the line of its key.

    With `adapter`, an entry that does not exist is told which one was perhaps meant.
    """
    problems: dict[str, Problem] = {}
    for item in error.errors():
        where = place_of(tuple(item["loc"]), text, path)
        kind = item["type"]
        found = _GERMAN.get(kind, f"gefunden {_as_written(item['input'])}")
        allowed = (
            "" if kind in _GERMAN else _allowed(kind, dict(item.get("ctx") or {}), item["msg"])
        )
        if adapter is not None and found == _NO_ENTRY and item["loc"]:
            known = _entries_of(adapter, tuple(item["loc"][:-1]))
            found += question(str(item["loc"][-1]), dict.fromkeys(known, ""))
        problems.setdefault(where, Problem(where, found, allowed))
    return list(problems.values())


def _entries_of(adapter: TypeAdapter[T], loc: Loc) -> list[str]:
    """Names of the entries that the section at `loc` may have; empty where that is not known."""
    try:
        schema = adapter.json_schema()
    except PydanticInvalidForJsonSchema:
        return []
    at = schema
    for part in loc:
        at = _resolved(schema, at)
        inner = at.get("items") if isinstance(part, int) else at.get("properties", {}).get(part)
        at = inner or at.get("additionalProperties") or {}
        if not isinstance(at, dict):
            return []
    return list(_resolved(schema, at).get("properties", {}))


def _resolved(schema: dict[str, Any], at: dict[str, Any]) -> dict[str, Any]:
    """A part of a schema that is written out elsewhere, or may be empty as well."""
    for one in at.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(schema, one)
    name = str(at.get("$ref", "")).rpartition("/")[2]
    return _resolved(schema, schema["$defs"][name]) if name else at


def _as_written(value: object) -> str:
    """A value as TOML writes it, as far as its reader must know."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "eine Zuordnung { … }"
    if isinstance(value, list | tuple):
        return "eine Liste [ … ]"
    return repr(value)


def _allowed(kind: str, context: dict[str, Any], message: str) -> str:
    """What may stand there; pydantic's own words only where none of ours fit."""
    if kind == "literal_error":
        return str(context["expected"]).replace(" or ", " oder ")
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"ein Text nach dem Muster {context['pattern']}")
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return words.format(_number(context[name]))
    return message


def _number(x: float) -> str:
    """A bound as a file may hold it: 100000, 0.5."""
    return str(int(x)) if x == int(x) else repr(x)


def place_of(loc: Loc, text: str, path: Path) -> str:
    """Name a place in a TOML file: line as far as it can be found, and the path of keys."""
    dotted = ".".join(str(p + 1) if isinstance(p, int) else p for p in loc)
    line = _line_of(loc, text)
    return f"{path.name}, Zeile {line}, {dotted}" if line else f"{path.name}, {dotted}"


def _line_of(loc: Loc, text: str) -> int | None:
    """Line of the deepest part of `loc` that the text names."""
    names = [p for p in loc if isinstance(p, str)]
    numbers = [p for p in loc if isinstance(p, int)]
    start, lines = 0, text.splitlines()
    if names and numbers:
        header = re.compile(rf"^\s*\[\[\s*{re.escape(names[0])}\s*\]\]")
        hits = [i for i, line in enumerate(lines) if header.match(line)]
        if numbers[0] < len(hits):
            start = hits[numbers[0]]
    for name in reversed(names):
        pattern = re.compile(
            rf"^\s*(\[+\s*)?([\w.]+\.)?\"?{re.escape(name)}\"?\s*(=|\])|[{{,]\s*\"?{re.escape(name)}\"?\s*="
        )
        for number in range(start, len(lines)):
            if pattern.search(lines[number]):
                return number + 1
    return None
