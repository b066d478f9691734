"""An edition checked from itself alone: hashes, joins, and the attacker's intervals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from atlas.edition import TABLES, Edition, open_edition
from geodata.errors import EditionError, ProblemCollector
from geodata.progress import Progress, silent
from indicators.disclosure.audit import audit, refuse_if_unsafe, with_bounds
from indicators.disclosure.equations import Rule, build_system
from indicators.status import Status

_JOINED = ("counts", "values", "index", "index_parts", "hotspots", "trends", "travel")


def verify(path: Path, progress: Progress = silent) -> list[str]:
    """Recompute hashes, joins and the audit of an edition.

    Returns
    -------
    list of str
        What was checked, in German sentences.

    Raises
    ------
    EditionError
        A file is changed, a key has no area, or the stored bounds are not the attacker's.
    DisclosureError
        A suppressed cell can be computed from what is published.
    """
    progress("Prüfsummen", 0.0)
    edition = open_edition(path)
    progress("Verknüpfungen", 0.1)
    _check_joins(edition)
    progress("Geheimhaltung", 0.2)
    audited = _check_bounds(edition, lambda i, n: progress("Geheimhaltung", 0.2 + 0.8 * i / n))
    progress("fertig", 1.0)
    files = len(edition.manifest.files)
    rows = sum(info.rows for info in edition.manifest.tables.values())
    return [
        f"{files} Dateien haben ihre Prüfsumme.",
        f"{rows} Zeilen in {len(TABLES)} Tabellen; alle Schlüssel gehören zu einem Raum.",
        f"{audited} geheime Zellen nachgerechnet; ihre Grenzen sind die, die jede Leserin und "
        "jeder Leser selbst ausrechnen kann.",
        f"Die Ausgabe {edition.manifest.id} ist unverändert und geprüft.",
    ]


def _check_joins(edition: Edition) -> None:
    """Every key in every table belongs to an area, every status is one we know."""
    found = ProblemCollector()
    keys = ["vintage", "level", "area"]
    known = pd.MultiIndex.from_frame(edition.table("areas")[keys])
    statuses = {s.value for s in Status}
    for name in _JOINED:
        table = edition.table(name)
        if table.empty:
            continue
        lost = table[~pd.MultiIndex.from_frame(table[keys]).isin(known)]
        for row in lost[keys].drop_duplicates().itertuples(index=False):
            found.add(f"{name}.parquet", f"{row.level} {row.area}, Stand {row.vintage}", "ein Raum")
        if "status" in table:
            for status in sorted(set(table["status"]) - statuses):
                found.add(f"{name}.parquet, status", f"gefunden {status!r}", ", ".join(statuses))
    counts = edition.table("counts")
    shown = counts["status"].isin([Status.SUPPRESSED, Status.MISSING, Status.NOT_APPLICABLE])
    for row in counts[shown & counts["count"].notna()].itertuples():
        found.add(f"counts.parquet, {row.area}", f"Status {row.status}, aber eine Zahl")
    found.raise_if_any(EditionError, "Die Tabellen der Ausgabe passen nicht zusammen.")


def _check_bounds(edition: Edition, progress: Callable[[int, int], None]) -> int:
    manifest, counts = edition.manifest, edition.table("counts")
    system = build_system(counts, edition.table("hierarchies"), manifest.equations)
    rule = Rule(manifest.disclosure.threshold)
    report = audit(
        counts, system, rule,
        public_measures=frozenset(manifest.disclosure.public_measures), progress=progress,
    )  # fmt: skip
    refuse_if_unsafe(report)
    fresh = with_bounds(counts, report)
    found = ProblemCollector()
    for column in ("bound_low", "bound_high"):
        have = counts[column].to_numpy(dtype="float64", na_value=np.nan)
        want = fresh[column].to_numpy(dtype="float64", na_value=np.nan)
        differs = ~((have == want) | (np.isnan(have) & np.isnan(want)))
        for row in counts[differs].itertuples():
            found.add(
                f"counts.parquet, {row.level} {row.area}, {row.measure}/{row.group}, {row.period}",
                f"{column} ist nicht die Grenze, die sich aus der Ausgabe ergibt",
            )
    found.raise_if_any(EditionError, "Gespeicherte Grenzen stimmen nicht.")
    return report.audited
