"""How the cells and sums of a plain table are named in German."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

_LISTED = 4
"""Parts of a sum that are named one by one."""


@dataclass(frozen=True)
class PlainWords:
    """Names cells by their dimensions: ``region=0101, group=age_u15``."""

    dimensions: tuple[str, ...]

    def cell(self, cell: pd.Series, names: Mapping[str, str]) -> str:
        """Name a cell; `names` may hold a word for ``dimension/code``."""
        return ", ".join(f"{d}={_code(cell, d, names)}" for d in self.dimensions)

    def row(
        self, total: pd.Series, parts: pd.DataFrame, equal: bool, names: Mapping[str, str]
    ) -> str:
        """Say which sum a row is: ``Summe region 01 aus 4 Teilen (group age_u15)``."""
        along = next((d for d in self.dimensions if (parts[d] != total[d]).any()), None)
        if along is None:
            return f"{self.cell(total, names)} ist sich selbst gleich"
        rest = ", ".join(f"{d} {_code(total, d, names)}" for d in self.dimensions if d != along)
        beside = f" ({rest})" if rest else ""
        whole = f"{along} {_code(total, along, names)}"
        listed = _listed([names.get(f"{along}/{c}", str(c)) for c in parts[along]])
        if len(parts) == 1:
            return f"{whole} hat nur den Teil {listed}{beside}"
        verb = "Summe" if equal else "Obergrenze"
        return f"{verb} {whole} aus {len(parts)} Teilen: {listed}{beside}"


def _code(cell: pd.Series, dimension: str, names: Mapping[str, str]) -> str:
    code = str(cell[dimension])
    return names.get(f"{dimension}/{code}", code)


def _listed(words: Sequence[str]) -> str:
    if len(words) <= _LISTED:
        return ", ".join(words)
    return f"{', '.join(words[: _LISTED - 1])} … {words[-1]}"
