"""Layout tables: labels as a publisher prints them, and what they mean here."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.errors import ProblemCollector, TableError
from geodata.files import ROW, TableFormat, read_table, require_columns, tidy


def read_layout(path: Path, labels: Sequence[str]) -> pd.DataFrame:
    """Read a layout table: labels as printed → target, action and reason.

    Raises
    ------
    TableError
        A label stands twice, an action is unknown, or a used label has no target.
    """
    table = read_table(path, TableFormat())
    require_columns(path, table, [*labels, "target", "action", "reason"])
    table = table.assign(**{c: table[c].map(tidy) for c in [*labels, "target", "action", "reason"]})
    found = ProblemCollector()
    for row in table[~table["action"].isin(["use", "set_aside"])].itertuples():
        where = f"{path.name}, Zeile {table.at[row.Index, ROW]!s}, action"
        found.add(where, f"gefunden {row.action!r}", "use, set_aside")
    for index in table.index[(table["action"] == "use") & (table["target"] == "")]:
        found.add(f"{path.name}, Zeile {table.at[index, ROW]!s}, target", "leer", "measure/group")
    for index in table.index[table.duplicated(list(labels))]:
        found.add(f"{path.name}, Zeile {table.at[index, ROW]!s}", "steht mehrfach", "einmal")
    found.raise_if_any(TableError, f"Die Zuordnung {path.name} ist fehlerhaft.")
    return table[[*labels, "target", "action", "reason"]]
