"""The status that travels with every number."""

from enum import StrEnum


class Status(StrEnum):
    """What a reader may conclude from a cell.

    A published edition does not tell a primary from a secondary suppression,
    therefore there is only one `SUPPRESSED`.
    """

    PUBLISHED = "published"
    ZERO = "zero"
    ROUNDED = "rounded"
    SUPPRESSED = "suppressed"
    TOO_FEW = "too_few"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"
    ESTIMATED = "estimated"
    PERTURBED = "perturbed"


VISIBLE = frozenset(
    {Status.PUBLISHED, Status.ZERO, Status.ROUNDED, Status.ESTIMATED, Status.PERTURBED}
)
"""Statuses under which a number is shown."""
