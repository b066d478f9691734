"""What a reader of an edition can calculate with, rebuilt from the edition alone."""

from dataclasses import asdict

import pandas as pd

from atlas.edition import Edition
from geodata.pieces import METHOD
from indicators.disclosure.earlier import Earlier
from indicators.disclosure.rule import Rule
from indicators.disclosure.world import Beside, World, build_world


def rule_of(edition: Edition) -> Rule:
    """The primary rule that an edition says it was protected by."""
    own = edition.manifest.disclosure
    return Rule(
        own.threshold,
        full_groups=own.full_groups,
        thresholds=own.thresholds,
        min_public=own.min_public,
    )


def world_of(edition: Edition, earlier: Earlier | None = None) -> World:
    """The world of an edition: the same cells and equations that its build had.

    Parameters
    ----------
    edition
        The published edition.
    earlier
        What readers know from the editions before it, from the ledger.
    """
    manifest = edition.manifest
    pieces = edition.table("vintages")
    outside = [asdict(number) for number in manifest.external]
    beside = Beside(
        public_measures=frozenset(manifest.disclosure.public_measures),
        externals=pd.DataFrame(outside) if outside else None,
        flows=manifest.flows,
        pieces=pieces[pieces["method"] == METHOD],
        earlier=earlier,
    )
    counts, links = edition.table("counts"), edition.table("hierarchies")
    return build_world(counts, links, manifest.equations, rule_of(edition), beside)
