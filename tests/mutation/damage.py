"""Ways to damage a file, each drawn from a seed, as they happen to files of offices."""

import random
from collections.abc import Callable
from dataclasses import dataclass

Damage = Callable[[bytes, random.Random], bytes]

_CODECS = ("utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "utf-16", "cp850", "mac-roman")
_ODD = [
    "\u00ad",
    "\u00a0",
    "\u202f",
    "\u200b",
    "\ufeff",
    "\t",
    "'",
    '"',
    "\x00",
    "\u2212",
    "ß",
    "=1+1",
]
_WORDS = (
    "*|-|–|.|…|/|x|k.A.|n/a|NaN|#NV|#REF!|1.1E+06|1e3|1.234|1,5|-9999|(5)|5 r|unbekannt|"
    " |0x1F|１２|inf|=A1*2|12 345|1 234,5|01.02.2024|ja|TRUE"
)
_SYMBOLS = [*_WORDS.split("|"), "9" * 400]


@dataclass(frozen=True)
class Kind:
    """One way to damage a file; whether what it says is still the same."""

    name: str
    apply: Damage
    harmless: bool = False


def _at(rng: random.Random, size: int) -> int:
    return rng.randrange(size) if size else 0


def flip(data: bytes, rng: random.Random) -> bytes:
    """One to eight bytes become others."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[_at(rng, len(out))] = rng.randrange(256)
    return bytes(out)


def drop(data: bytes, rng: random.Random) -> bytes:
    """A part is missing, as after a broken transfer."""
    start = _at(rng, len(data))
    return data[:start] + data[start + rng.randint(1, 40) :]


def cut(data: bytes, rng: random.Random) -> bytes:
    """The end is missing; sometimes all of it."""
    return data[: _at(rng, len(data) + 1)]


def repeat(data: bytes, rng: random.Random) -> bytes:
    """A part stands twice."""
    start = _at(rng, len(data))
    stop = start + rng.randint(1, 60)
    return data[:stop] + data[start:stop] + data[stop:]


def insert(data: bytes, rng: random.Random) -> bytes:
    """Something odd stands between: an invisible sign, a quote, a formula."""
    start = _at(rng, len(data) + 1)
    return data[:start] + rng.choice(_ODD).encode("utf-8") + data[start:]


def noise(data: bytes, rng: random.Random) -> bytes:
    """Bytes that mean nothing, before, after or instead of the file."""
    junk = rng.randbytes(rng.randint(1, 200))
    return rng.choice([junk + data, data + junk, junk])


def recode(data: bytes, rng: random.Random) -> bytes:
    """The same text in another encoding than was said."""
    text = data.decode("utf-8-sig")
    return text.encode(rng.choice(_CODECS), errors="replace")


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig").splitlines()


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")


def cell(data: bytes, rng: random.Random) -> bytes:
    """A cell holds a symbol, a formula, a date, or a number written in another way."""
    lines = _lines(data)
    row = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    cells = lines[row].split(";")
    cells[rng.randrange(len(cells))] = rng.choice(_SYMBOLS)
    lines[row] = ";".join(cells)
    return _joined(lines)


def column_gone(data: bytes, rng: random.Random) -> bytes:
    """A column is missing."""
    rows = [line.split(";") for line in _lines(data)]
    gone = rng.randrange(len(rows[0]))
    return _joined([";".join(c for i, c in enumerate(row) if i != gone) for row in rows])


def column_twice(data: bytes, rng: random.Random) -> bytes:
    """A column stands twice."""
    rows = [line.split(";") for line in _lines(data)]
    n = rng.randrange(len(rows[0]))
    return _joined([";".join([*row, row[n] if n < len(row) else ""]) for row in rows])


def shifted(data: bytes, rng: random.Random) -> bytes:
    """A row has lost or won a cell, so that all after it stand in the wrong column."""
    lines = _lines(data)
    row = rng.randrange(len(lines))
    cells = lines[row].split(";")
    at = rng.randrange(len(cells))
    lines[row] = ";".join(
        cells[:at] + cells[at + 1 :] if rng.random() < 0.5 else [*cells[:at], "", *cells[at:]]
    )
    return _joined(lines)


def row_twice(data: bytes, rng: random.Random) -> bytes:
    """A row stands twice, not always with the same content."""
    lines = _lines(data)
    row = lines[rng.randrange(len(lines))]
    lines.insert(rng.randrange(len(lines) + 1), row)
    return _joined(lines)


def header(data: bytes, rng: random.Random) -> bytes:
    """The header is changed: another word, other order of letters, a title above it."""
    lines = _lines(data)
    if rng.random() < 0.4:
        return _joined(["Auszug aus dem Register; Stand 30.06.2024", *lines])
    cells = lines[0].split(";")
    at = rng.randrange(len(cells))
    cells[at] = rng.choice(
        [cells[at].lower() + "_", cells[at][::-1], "", "Spalte1", cells[at] + " 2"]
    )
    return _joined([";".join(cells), *lines[1:]])


def delimiter(data: bytes, rng: random.Random) -> bytes:
    """Another sign between the cells than was said, or a decimal point for the comma."""
    text = data.decode("utf-8-sig")
    old, new = rng.choice([(";", ","), (";", "\t"), (",", "."), (";", "|")])
    return text.replace(old, new).encode("utf-8")


def keys(data: bytes, rng: random.Random) -> bytes:
    """Keys without their leading zeros, as a spreadsheet writes them."""
    lines = _lines(data)
    style = rng.choice(["strip", "float", "one"])
    rows = range(1, len(lines)) if style != "one" else [rng.randrange(1, max(2, len(lines)))]
    for row in (r for r in rows if r < len(lines)):
        first, _, rest = lines[row].partition(";")
        bare = first.lstrip("0") or "0"
        lines[row] = f"{bare + ',0' if style == 'float' else bare};{rest}"
    return _joined(lines)


def line_ends(data: bytes, rng: random.Random) -> bytes:
    """Line ends of another system, and a byte order mark."""
    text = "\n".join(_lines(data)) + "\n"
    mark = rng.choice([b"", b"\xef\xbb\xbf"])
    return mark + text.replace("\n", rng.choice(["\r\n", "\n", "\n\n"])).encode("utf-8")


def quoted(data: bytes, rng: random.Random) -> bytes:
    """Every cell in quotes."""
    return _joined(
        [
            ";".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in line.split(";"))
            for line in _lines(data)
        ]
    )


def shuffled(data: bytes, rng: random.Random) -> bytes:
    """The rows in another order."""
    first, *rows = _lines(data)
    rng.shuffle(rows)
    return _joined([first, *rows])


def turned(data: bytes, rng: random.Random) -> bytes:
    """The columns in another order."""
    rows = [line.split(";") for line in _lines(data)]
    order = list(range(len(rows[0])))
    rng.shuffle(order)
    return _joined([";".join(row[i] for i in order) for row in rows])


BYTES = tuple(Kind(f.__name__, f) for f in (flip, drop, cut, repeat, insert, noise))
TABLE = (
    *BYTES,
    *(
        Kind(f.__name__, f)
        for f in (
            recode,
            cell,
            cell,
            cell,
            column_gone,
            column_twice,
            shifted,
            row_twice,
            header,
            delimiter,
            keys,
        )
    ),
    *(Kind(f.__name__, f, harmless=True) for f in (line_ends, quoted, shuffled, turned)),
)
