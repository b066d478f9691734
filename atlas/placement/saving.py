"""Plans that were made in the atlas, under a name: kept beside the edition, or taken along."""

import os
import re
import threading
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import normalize

from atlas.edition import Edition
from atlas.placement.plan import write_plan
from atlas.placement.result import FILE, Plan
from atlas.placement.scenario import scenario_data, scenario_hash
from atlas.placement.starting import wishes_of
from geodata.errors import OutputError, PlacementError, Problem

_NAME = re.compile(r"[A-Za-z0-9äöüÄÖÜß][\w-]*")
_LONGEST = 60
_saving = threading.Lock()
"""Of all readers of one server: what is there is looked at and exchanged in one go."""


class PlanExistsError(OutputError):
    """A plan of that name is there, and nobody said that it may be replaced."""


def plan_name(words: str) -> str:
    """A plan's name from what a person calls it: blanks become hyphens.

    Raises
    ------
    PlacementError
        A plan cannot be called so.

    Examples
    --------
    >>> plan_name(" Mehr für Familien ")
    'Mehr-für-Familien'
    """
    name = re.sub(r"\s+", "-", normalize("NFC", words.strip()))
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise PlacementError(
            "So kann ein Plan nicht heißen.",
            [
                Problem(
                    "Name",
                    f"gefunden „{words.strip()}“",
                    f"Buchstaben, Ziffern, _ und -, höchstens {_LONGEST} Zeichen",
                )
            ],
        )
    return name


def free_name(edition: Edition, name: str) -> str:
    """A name like `name` that no plan of the edition has yet: with a number where it is taken.

    Examples
    --------
    ``sprechstunden-3`` where ``sprechstunden`` and ``sprechstunden-2`` are there.
    """
    stem = re.sub(r"-\d+$", "", name)
    taken = {f.name for f in edition.plans_path.glob("*")}
    options = chain([stem], (f"{stem}-{n}" for n in count(2)))
    return next(n for n in options if n not in taken)


def named(plan: Plan, name: str, title: str) -> Plan:
    """A plan under another name and title, its wishes too."""
    wishes = wishes_of(plan)
    if wishes is None:
        return replace(plan, name=name, title=title)
    renamed = replace(wishes, title=title)
    return replace(
        plan,
        name=name,
        title=title,
        scenario_sha256=scenario_hash(renamed),
        wishes=scenario_data(renamed),
    )


def can_save(edition: Edition) -> bool:
    """Whether plans can be written beside the edition."""
    folder = edition.plans_path
    if folder.exists():
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return os.access(folder.parent, os.W_OK | os.X_OK)


def save_plan(edition: Edition, plan: Plan, *, may_replace: bool = False) -> Path:
    """Write a plan beside its edition; one reader at a time.

    Parameters
    ----------
    edition
        The one the plan was made from.
    plan
        Its name is that of the folder.
    may_replace
        Whether a plan of that name may be exchanged.

    Raises
    ------
    PlanExistsError
        There is one, and it may not.
    OutputError
        It cannot be written.
    """
    out = edition.plans_path / plan_name(plan.name)
    with _saving:
        if (out / FILE).is_file() and not may_replace:
            raise PlanExistsError(f"Einen Plan mit dem Namen „{plan.name}“ gibt es schon.")
        write_plan(plan, out)
    return out


def plan_files(plan: Plan) -> dict[str, bytes]:
    """The files of a plan that lies nowhere yet, by the kind of file (``xlsx``, ``ics`` …)."""
    with TemporaryDirectory(prefix="plan-") as folder:
        out = Path(folder) / "plan"
        write_plan(plan, out)
        return {f.suffix[1:]: f.read_bytes() for f in sorted(out.iterdir()) if f.is_file()}
