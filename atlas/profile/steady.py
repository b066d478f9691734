"""Rates without chance or age, as far as they can be: estimates beside the published ones."""

import pandas as pd

from atlas.edition import Edition
from atlas.profile.figures import Figure
from atlas.profile.rows import table_of
from atlas.profile.sheets import AreaRef
from atlas.wording import interval, text, value_text
from indicators.standardise import AGE_STANDARDISED
from indicators.status import VISIBLE, Status


def steady_table(
    edition: Edition, ref: AreaRef, figures: tuple[Figure, ...], language: str = "de"
) -> pd.DataFrame:
    """One row per rate of an area that has an estimate for the same date.

    Columns without content are left out.
    """
    table = edition.table("estimates")
    mask = (table["area"] == ref.area) & (table["level"] == ref.level)
    own = table[mask & (table["vintage"] == ref.vintage)]
    rows = [_row(own, figure, language) for figure in figures]
    return table_of([row for row in rows if len(row) > 2])


def _row(own: pd.DataFrame, figure: Figure, language: str) -> dict[str, str]:
    about, cell = figure.sheet, figure.cell
    row = {
        text("common.indicator", language): about.name,
        text("common.value", language): value_text(
            cell.value, about.unit, about.decimals, cell.status, language
        ),
    }
    here = own[(own["indicator"] == about.key) & (own["period"] == figure.period)]
    for found in here.to_dict("records"):
        method, status = str(found["method"]), str(found["status"])
        if Status(status) not in VISIBLE:
            continue
        shown = value_text(found["value"], about.unit, about.decimals, status, language)
        if method == AGE_STANDARDISED:
            span = interval(found["low"], found["high"], about.unit, about.decimals, language)
            shown = f"{shown} ({span})"
        row[text(f"gebiet.steady_{method}", language)] = shown
    return row
