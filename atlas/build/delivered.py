"""Rates that were delivered as such, made safe beside the counts that an edition prints."""

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.wording import number
from indicators.catalogue import Catalogue, normal_cell
from indicators.disclosure.fractions import SafeRate, Scale, delivered_decimals, safe_rate
from indicators.disclosure.rule import Rule
from indicators.entries import Indicator
from indicators.status import VISIBLE, Status

_AREA = ["area", "level", "vintage", "period"]
_EXACT = (Status.PUBLISHED, Status.ZERO)
"""Printed as they are."""


def safe_delivered(
    catalogue: Catalogue, inputs: Inputs, counts: pd.DataFrame, rule: Rule
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Shorten or withhold delivered rates that give a small numerator back.

    Rates whose source is public already stay as they are. A rate whose numerator is a hidden
    cell of the edition is withheld, as it is where it is computed here, and so is one whose
    numerator is printed inexactly, since the rate would give the true number back; one that
    has its exact numerator in print tells nothing new. Of all others the denominator decides,
    where the catalogue names one and the edition prints it.

    Parameters
    ----------
    counts
        The edition's protected table.

    Returns
    -------
    delivered, notes
        The table of `Inputs`, and German sentences for the check report.
    """
    found, notes = inputs.delivered.copy(), []
    found["value"] = found["value"].astype("float64")
    for key in sorted(set(found["indicator"]) - inputs.public_values):
        indicator = catalogue.indicators.get(key)
        rows = found[(found["indicator"] == key) & found["status"].isin(VISIBLE)]
        if indicator is None or indicator.denominator is None or rows.empty:
            continue
        hidden = _numerator_status(rows, indicator, counts)
        checked = rows[hidden != "shown"]
        safe = _safe(checked, rows["value"], indicator, counts, rule)
        withheld = checked.index[(hidden == "hidden")[checked.index]]
        safe.update(dict.fromkeys(withheld, SafeRate(None, 0)))
        found = _with(found, safe)
        notes += _note(indicator, safe, found, rows)
    return found, tuple(notes)


def _numerator_status(rows: pd.DataFrame, indicator: Indicator, counts: pd.DataFrame) -> pd.Series:
    """``shown``, ``hidden`` or ``absent``: what the edition says of each rate's numerator.

    A rounded, perturbed or estimated number is hidden: what is printed is not the true one.
    """
    if indicator.numerator is None:
        return pd.Series("absent", index=rows.index)
    status = _of_cell(rows, indicator.numerator, counts)["status"]
    word = status.map(lambda s: "shown" if s in _EXACT else "hidden", na_action="ignore")
    return pd.Series(word.fillna("absent"), index=rows.index)


def _of_cell(rows: pd.DataFrame, cell: str, counts: pd.DataFrame) -> pd.DataFrame:
    """Count and status of a cell ``measure/group`` beside each row; NaN where there is none."""
    measure, group = normal_cell(cell).split("/")
    own = counts[(counts["measure"] == measure) & (counts["group"] == group)]
    keyed = own.set_index(_AREA)[["count", "status"]]
    return keyed.reindex(pd.MultiIndex.from_frame(rows[_AREA])).set_index(rows.index)


def _safe(
    rows: pd.DataFrame,
    delivered: pd.Series,
    indicator: Indicator,
    counts: pd.DataFrame,
    rule: Rule,
) -> dict[object, SafeRate]:
    """What may be printed of each rate whose denominator is in print."""
    denominator = normal_cell(str(indicator.denominator))
    bottom = _of_cell(rows, denominator, counts)
    known = bottom[bottom["status"].isin(VISIBLE) & (bottom["count"] > 0)]["count"]
    decimals, factor = delivered_decimals(delivered), int(indicator.factor)
    top = normal_cell(indicator.numerator or "").split("/")[0]
    threshold = rule.thresholds.get(top, rule.threshold)
    share = indicator.unit == "percent"
    values = rows["value"].to_dict()
    return {
        row: safe_rate(
            values[row], Scale(int(count), factor, decimals), threshold,
            share=share,
        )
        for row, count in known.items()
    }  # fmt: skip


def _with(table: pd.DataFrame, safe: dict[object, SafeRate]) -> pd.DataFrame:
    """Put the safe rates in: ``rounded`` where decimals went, ``suppressed`` where all did."""
    index = pd.Index(list(safe))
    value = pd.Series([r.value for r in safe.values()], index=index, dtype="float64")
    before = table["value"].reindex(index)
    status = pd.Series(Status.SUPPRESSED.value, index=index[value.isna()], dtype="str")
    shorter = value.notna() & (value != before)
    fewer = pd.Series(Status.ROUNDED.value, index=index[shorter], dtype="str")
    found = table.copy()
    found.loc[index, "value"] = value
    for words in (status, fewer):
        found.loc[words.index, "status"] = words
    return found


def _note(
    indicator: Indicator, safe: dict[object, SafeRate], found: pd.DataFrame, rows: pd.DataFrame
) -> list[str]:
    """One sentence per indicator that lost something, and one where nothing could be judged."""
    status = found.loc[rows.index, "status"]
    shorter, gone = (int((status == s).sum()) for s in (Status.ROUNDED, Status.SUPPRESSED))
    notes = []
    if shorter or gone:
        notes.append(
            f"{indicator.name_de}: Zu Wert und Nenner passen wenige Zähler; {number(shorter)} "
            f"Werte haben Nachkommastellen verloren, {number(gone)} sind geheim."
        )
    open_rows = len(rows) - len(safe)
    if open_rows and indicator.numerator is None:
        notes.append(
            f"{indicator.name_de}: Bei {number(open_rows)} Werten steht kein Nenner in der "
            "Ausgabe; sie wurden nicht gekürzt."
        )
    return notes
