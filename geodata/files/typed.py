"""Parquet and JSON records: typed cells as exact text."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from geodata.errors import FileMissingError, Problem, TableError, why
from geodata.files.basics import TableFormat, tidy
from geodata.files.encodings import guess_encoding
from geodata.files.grid import cell_text, decimal_text
from geodata.files.guard import refuse_large_file, refuse_large_grid, refuse_large_parquet
from geodata.files.nested import TOO_DEEP, json_of

_LIST_CELL = "Liste in einer Zelle"
Json: TypeAlias = Any
"""Whatever a JSON file holds."""


def parquet_columns(path: Path, fmt: TableFormat) -> dict[str, list[str]]:
    """Every column of a Parquet file as text; columns that hold no text or number are refused."""
    try:
        refuse_large_parquet(path)
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
        # Texts that are none would fail later, and others than said could pass for numbers.
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(f"{path.name} ist keine lesbare Parquet-Datei: {words}.") from None
    names = [tidy(name) for name in table.column_names]
    _refuse_twice(path, names)
    return {
        name: _texts(column, fmt.decimal) for name, column in zip(names, table.columns, strict=True)
    }


def _texts(column: pa.ChunkedArray, decimal: str) -> list[str]:
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        # No number and no key: an error where the column is used, none where it is not.
        return [_LIST_CELL] * len(column)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        numbers = column.to_numpy(zero_copy_only=False)
        empty = column.is_null().to_numpy(zero_copy_only=False)
        return ["" if gap else cell_text(n, decimal) for n, gap in zip(numbers, empty, strict=True)]
    return [cell_text(value, decimal) for value in column.to_pylist()]


class _Written(str):
    """A number of a JSON file with the digits it is written with."""

    __slots__ = ()


def json_columns(path: Path, fmt: TableFormat) -> dict[str, list[str]]:
    """Records of a JSON file: a list of objects, one within an object, or one object a line."""
    refuse_large_file(path)
    records = _records(path, _parsed(path, _json_text(path, fmt)), fmt)
    flat = [_flat(path, i, record) for i, record in enumerate(records, 1)]
    names = list(dict.fromkeys(name for record in flat for name in record))
    refuse_large_grid(path, len(flat), len(names))
    return {name: [_json_cell(record.get(name), fmt.decimal) for record in flat] for name in names}


def _json_text(path: Path, fmt: TableFormat) -> str:
    """JSON is written in UTF-8; another encoding must be declared."""
    codec = "utf-8-sig" if fmt.encoding.lower() in ("utf-8", "utf8") else fmt.encoding
    try:
        content = path.read_bytes()
        return content.decode(codec)
    except UnicodeDecodeError as error:
        likely = guess_encoding(content)[0]
        raise TableError(
            f"{path.name} ist nicht in {fmt.encoding} geschrieben.",
            [Problem(path.name, f"ungültiges Zeichen an Byte {error.start}",
                     f'wahrscheinlich format = {{ encoding = "{likely}" }}')],
        ) from None  # fmt: skip
    except LookupError:
        raise TableError(f"Die Kodierung {fmt.encoding!r} von {path.name} gibt es nicht.") from None
    except OSError as error:
        raise FileMissingError(f"{path} ist nicht lesbar: {why(error)}.") from None


def _parsed(path: Path, text: str) -> Json:
    try:
        if path.suffix.lower() == ".json":
            return _loads(text)
        return [_loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        if "Extra data" in error.msg and error.pos:
            return _parsed_lines(path, text)
        place = f"Zeile {error.lineno}, Spalte {error.colno}"
        raise _no_json(path, TOO_DEEP if error.msg == TOO_DEEP else place) from None


def _parsed_lines(path: Path, text: str) -> list[Any]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found += [_loads(line)] if line.strip() else []
        except json.JSONDecodeError:
            raise _no_json(path, f"Zeile {number}") from None
    return found


def _no_json(path: Path, where: str) -> TableError:
    return TableError(f"{path.name} ist keine lesbare JSON-Datei ({where}).")


def _loads(text: str) -> Json:
    return json_of(
        text, parse_int=_Written, parse_float=_Written, parse_constant=str,
        object_pairs_hook=_pairs,
    )  # fmt: skip


class _Twice(dict[str, Any]):
    """An object that names an entry twice; `twice` has its name."""

    twice: str = ""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Twice(pairs)
    seen: set[str] = set()
    for name, _ in pairs:
        found.twice = name if name in seen else found.twice
        seen.add(name)
    return found


def _records(path: Path, parsed: Json, fmt: TableFormat) -> list[dict[str, Any]]:
    """The list of objects that is the table, by its declared place or because it is the only."""
    if fmt.sheet is not None:
        for step in str(fmt.sheet).split("."):
            parsed = parsed.get(step) if isinstance(parsed, dict) else None
    elif isinstance(parsed, dict):
        lists = {k: v for k, v in parsed.items() if _is_table(v)}
        if len(lists) != 1:
            names = ", ".join(lists) or "keine Liste von Einträgen"
            raise TableError(
                f"{path.name} enthält nicht genau eine Liste; nennen Sie sie mit sheet.",
                [Problem(path.name, names, 'format = { sheet = "NAME" }')],
            )
        parsed = next(iter(lists.values()))
    if not _is_table(parsed):
        raise TableError(
            f"{path.name} enthält dort keine Liste von Einträgen {{ Spalte: Wert }}.",
            [Problem(path.name, f"sheet = {fmt.sheet!r}" if fmt.sheet else "keine Liste")],
        )
    return list(parsed)


def _is_table(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _flat(path: Path, number: int, record: dict[str, Any], stem: str = "") -> dict[str, Any]:
    """An entry's values; those of an object within it are named like joined headers."""
    out: dict[str, Any] = {}
    twice = getattr(record, "twice", "")
    for key, value in record.items():
        name = f"{stem} / {tidy(key)}" if stem else tidy(key)
        inner = _flat(path, number, value, name) if isinstance(value, dict) else {name: value}
        twice = twice or next((n for n in inner if n in out), "")
        out.update(inner)
    if twice:
        raise TableError(
            f"{path.name} nennt in einem Eintrag dieselbe Spalte mehrfach.",
            [Problem(f"{path.name}, Eintrag {number}", repr(twice), "jede einmal")],
        )
    return out


def _json_cell(value: Json, decimal: str) -> str:
    if isinstance(value, _Written):
        return decimal_text(Decimal(str(value)), decimal)
    return _LIST_CELL if isinstance(value, list) else cell_text(value, decimal)


def _refuse_twice(path: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems = [
            Problem(path.name, f"Spalte {n!r} steht mehrfach", "jede einmal") for n in twice
        ]
        raise TableError(f"Die Spalten von {path.name} sind nicht eindeutig.", problems)
