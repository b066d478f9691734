"""An edition checked from itself alone: hashes, joins, and the attacker's intervals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from atlas.carrying import Printed, carried_table
from atlas.edition import TABLES, Edition, open_edition
from atlas.knowledge import rule_of, world_of
from atlas.profile.sheets import catalogue_of, main_levels
from atlas.recollect import Recollection, recollect
from geodata.errors import EditionError, ProblemCollector
from geodata.progress import Progress, silent
from indicators.disclosure.audit import refuse_if_unsafe, with_bounds
from indicators.disclosure.world_audit import audit_world
from indicators.status import Status

_JOINED = (
    *(
        "counts",
        "values",
        "apportioned",
        "estimates",
        "index",
        "index_parts",
        "trends",
        "series",
        "negative",
    ),
    *("hotspots", "clusters", "agreement", "stability", "history", "travel"),
)


def verify(path: Path, progress: Progress = silent, *, ledger: Path | None = None) -> list[str]:
    """Recompute hashes, joins and the audit of an edition.

    Parameters
    ----------
    path
        The edition.
    progress
        Told what is being done.
    ledger
        The ledger of what was published before; None for the one beside the edition.

    Returns
    -------
    list of str
        What was checked, in German sentences.

    Raises
    ------
    EditionError
        A file is changed, a key has no area, an apportioned value does not follow from the
        counts in print, or the stored bounds are not the attacker's.
    LedgerError
        The ledger is damaged, or the edition is not in it as it is.
    DisclosureError
        A suppressed cell can be computed from what is published.
    """
    progress("Prüfsummen", 0.0)
    edition = open_edition(path)
    progress("Verknüpfungen", 0.1)
    _check_joins(edition)
    carried = _check_carried(edition)
    progress("Geheimhaltung", 0.2)
    past = recollect(edition, ledger)
    audited = _check_bounds(
        edition, past, lambda i, n: progress("Geheimhaltung", 0.2 + 0.8 * i / n)
    )
    progress("fertig", 1.0)
    files = len(edition.manifest.files)
    rows = sum(info.rows for info in edition.manifest.tables.values())
    return [
        f"{files} Dateien haben ihre Prüfsumme.",
        f"{rows} Zeilen in {len(TABLES)} Tabellen; alle Schlüssel gehören zu einem Raum.",
        f"{audited} geheime Zellen nachgerechnet; {past.words}",
        *(
            [f"{carried} umgerechnete Werte aus den gedruckten Zahlen wiederholt."]
            if carried
            else []
        ),
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


def _check_carried(edition: Edition) -> int:
    """Make the table ``apportioned`` again from the other tables: it tells nothing more.

    Whatever a reader could learn from it, she can compute from what the audit knows.
    """
    stored = edition.table("apportioned")
    fresh = carried_table(
        Printed(
            edition.table("counts"), edition.table("values"), edition.table("areas"),
            edition.table("hierarchies"), edition.table("vintages"),
            tuple(level.key for level in main_levels(edition)),
            catalogue_of(edition), tuple(edition.catalogue.get("indicators", {})),
        )
    )  # fmt: skip
    found = ProblemCollector()
    fresh = stored.iloc[:0] if fresh is None else fresh.astype(stored.dtypes)
    for row in _differing(stored, fresh).itertuples():
        found.add(
            f"apportioned.parquet, {row.level} {row.area}, {row.indicator}, {row.period}",
            "folgt nicht aus den gedruckten Zahlen und den Anteilen",
        )
    found.raise_if_any(EditionError, "Umgerechnete Werte stimmen nicht.")
    return len(stored)


def _differing(stored: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Rows of one table that the other does not have alike."""
    if stored.empty or fresh.empty:
        return fresh if stored.empty else stored
    numbers = stored.select_dtypes("float64").columns
    keys = [c for c in stored if c not in numbers]
    both = stored.merge(fresh, on=keys, how="outer", suffixes=("", "_fresh"), indicator=True)
    alike = both["_merge"] == "both"
    for column in numbers:
        alike &= np.isclose(both[column], both[f"{column}_fresh"], rtol=1e-9, equal_nan=True)
    return both[~alike]


def _check_bounds(
    edition: Edition, past: Recollection, progress: Callable[[int, int], None]
) -> int:
    counts = edition.table("counts")
    world = world_of(edition, past.earlier)
    report = audit_world(world, rule_of(edition), progress=progress)
    refuse_if_unsafe(report)
    fresh = with_bounds(counts, report)
    found = ProblemCollector()
    for column, narrower in (("bound_low", 1), ("bound_high", -1)):
        have = counts[column].to_numpy(dtype="float64", na_value=np.nan)
        want = fresh[column].to_numpy(dtype="float64", na_value=np.nan)
        fits = (have == want) | (np.isnan(have) & np.isnan(want))
        if not past.complete:
            fits |= (narrower * have >= narrower * want) | (np.isnan(want) & ~np.isnan(have))
        differs = ~fits
        for row in counts[differs].itertuples():
            found.add(
                f"counts.parquet, {row.level} {row.area}, {row.measure}/{row.group}, {row.period}",
                f"{column} ist nicht die Grenze, die sich aus der Ausgabe ergibt",
            )
    found.raise_if_any(EditionError, "Gespeicherte Grenzen stimmen nicht.")
    return report.audited
