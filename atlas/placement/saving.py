"""Plans that were made in the atlas, under a name: kept beside the edition, or taken along."""

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from atlas.edition import Edition
from atlas.placement.naming import plan_name
from atlas.placement.plan import write_plan
from atlas.placement.result import FILE, Plan
from atlas.placement.scenario import scenario_data, scenario_hash
from atlas.placement.starting import wishes_of
from geodata.errors import OutputError

_saving = threading.Lock()
"""Of all readers of one server: what is there is looked at and exchanged in one go."""


class PlanExistsError(OutputError):
    """A plan of that name is there, and nobody said that it may be replaced."""


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
        write_plan(plan, out, edition)
    return out


def plan_files(edition: Edition, plan: Plan) -> dict[str, bytes]:
    """The files of a plan that lies nowhere yet, by their path as in `files_in`."""
    with TemporaryDirectory(prefix="plan-") as folder:
        out = Path(folder) / "plan"
        write_plan(plan, out, edition)
        return {name: file.read_bytes() for name, file in files_in(out).items()}


def files_in(folder: Path) -> dict[str, Path]:
    """All files of a plan's folder by their path below it: ``plan.xlsx``, ``teams/Nord.ics``."""
    found = sorted(f for f in folder.rglob("*") if f.is_file())
    return {f.relative_to(folder).as_posix(): f for f in found}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as one ZIP file; the same files give the same bytes."""
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in sorted(files.items()):
            # Without a date of its own: that of the day would make every file another one.
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return target.getvalue()
