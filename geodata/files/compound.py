"""Streams of a compound file, the container of XLS ([MS-CFB]); read as it says, nothing written."""

import struct
from collections.abc import Iterator

_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST = 0xFFFFFFFA
"""Numbers from here on are no sectors: end of a chain, free, or part of the tables."""
_ENTRY, _IN_HEADER = 128, 109


class CompoundError(ValueError):
    """The file is no compound file, or its tables lead in circles."""


def stream_of(content: bytes, *names: str) -> bytes:
    """Content of the first stream with one of the names.

    Parameters
    ----------
    content
        The whole file.
    names
        Of streams, in the order in which they are looked for.

    Raises
    ------
    CompoundError
        It is no such file, is damaged, or has no such stream.
    """
    try:
        return _Compound(content).stream(names)
    except (struct.error, IndexError) as error:
        raise CompoundError(f"beschädigt ({error})") from None


class _Compound:
    """The tables of sectors of a file."""

    def __init__(self, content: bytes) -> None:
        if content[:8] != _MAGIC:
            raise CompoundError("kein Verbunddokument")
        self._content = content
        shift, small = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or small != 6:
            raise CompoundError("unbekannte Größe der Sektoren")
        self._size = 1 << shift
        self._cutoff, first_small = struct.unpack_from("<II", content, 56)
        self._next = self._numbers(self._table_sectors())
        self._next_small = self._numbers(list(self._chain(first_small, self._next)))
        first_entry = struct.unpack_from("<I", content, 48)[0]
        self._entries = self._joined(list(self._chain(first_entry, self._next)))
        self._walk_all()

    def _walk_all(self) -> None:
        """Follow every stream, also those that nobody reads: others may, and never come back."""
        for name, start, size in self._directory():
            small = name and size < self._cutoff
            for _ in self._chain(start, self._next_small if small else self._next):
                pass

    def stream(self, names: tuple[str, ...]) -> bytes:
        """Content of a stream; small ones lie within that of the root."""
        found = {name: (start, size) for name, start, size in self._directory()}
        name = next((n for n in names if n in found), None)
        if name is None:
            raise CompoundError(f"ohne {' und '.join(names)}")
        start, size = found[name]
        if size >= self._cutoff:
            return self._joined(list(self._chain(start, self._next)))[:size]
        root = self._joined(list(self._chain(found[""][0], self._next)))
        parts = [root[i << 6 : (i + 1) << 6] for i in self._chain(start, self._next_small)]
        return b"".join(parts)[:size]

    def _directory(self) -> Iterator[tuple[str, int, int]]:
        """Streams by name, and the root under the empty one."""
        for at in range(0, len(self._entries) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", self._entries, at + 64)
            start, size = struct.unpack_from("<II", self._entries, at + 116)
            name = self._entries[at : at + max(min(length, 64) - 2, 0)]
            if kind == 5:
                yield "", start, size
            elif kind == 2:
                yield name.decode("utf-16-le", "replace"), start, size

    def _table_sectors(self) -> list[int]:
        """Sectors with the table of what follows what; past 109 they are chained themselves."""
        found = list(struct.unpack_from(f"<{_IN_HEADER}I", self._content, 76))
        further = struct.unpack_from("<I", self._content, 68)[0]
        seen: set[int] = set()
        while further < _LAST:
            if further in seen:
                raise CompoundError("die Tabelle der Sektoren führt im Kreis")
            seen.add(further)
            *more, further = struct.unpack(f"<{self._size // 4}I", self._sector(further))
            found += more
        return [sector for sector in found if sector < _LAST]

    def _numbers(self, sectors: list[int]) -> list[int]:
        joined = self._joined(sectors)
        return list(struct.unpack(f"<{len(joined) // 4}I", joined))

    def _joined(self, sectors: list[int]) -> bytes:
        return b"".join(map(self._sector, sectors))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        found = self._content[start : start + self._size]
        if not found:
            raise CompoundError("ein Sektor liegt hinter dem Ende")
        return found.ljust(self._size, b"\0")

    def _chain(self, start: int, table: list[int]) -> Iterator[int]:
        left = len(table) + 1
        while start < _LAST:
            if not left:
                raise CompoundError("eine Kette von Sektoren führt im Kreis")
            left -= 1
            yield start
            start = table[start]
