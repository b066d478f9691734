"""How far a spatial cluster can be trusted: other methods, other neighbours, other dates."""

import pandas as pd

from atlas.edition import Edition
from atlas.profile.sheets import AreaRef, listed
from indicators.hotspot_history import EMERGING, FADING, PERSISTING, SPORADIC
from indicators.hotspot_words import GI_STAR

_TOLD = (EMERGING, PERSISTING, SPORADIC, FADING)
"""Histories worth a sentence."""


def cluster_notes(edition: Edition, ref: AreaRef, indicator: str) -> tuple[str, ...]:
    """Sentences on the latest class of an area: agreement of methods, neighbours, history."""
    agreed = _own(edition.table("agreement"), ref, indicator)
    stable = _own(edition.table("stability"), ref, indicator)
    unstable = stable[(stable["method"] == GI_STAR) & ~stable["stable"].fillna(True).astype(bool)]
    past = _own(edition.table("history"), ref, indicator)
    told = past[(past["method"] == GI_STAR) & past["class"].isin(_TOLD)]
    sentences = [*listed(agreed["reason"]), *listed(unstable["reason"]), *listed(told["reason"])]
    return tuple(s for s in sentences if s)


def _own(table: pd.DataFrame, ref: AreaRef, indicator: str) -> pd.DataFrame:
    mask = (table["area"] == ref.area) & (table["level"] == ref.level)
    return table[mask & (table["vintage"] == ref.vintage) & (table["indicator"] == indicator)]
