"""A plan's file: ``plan.json`` in ``EDITION.plans/NAME/``."""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from atlas.edition import Edition
from atlas.placement.result.whole import Plan
from geodata.errors import EditionError, Problem
from geodata.files.nested import json_of

FORMAT = 3
FILE = "plan.json"
_ADAPTER: TypeAdapter[Plan] = TypeAdapter(Plan)


def plan_json(plan: Plan) -> str:
    """The text of ``plan.json``."""
    return json.dumps(asdict(plan), ensure_ascii=False, indent=1) + "\n"


def read_plans(edition: Edition) -> tuple[Plan, ...]:
    """All plans beside an edition that were made from its content, ordered by name.

    Raises
    ------
    EditionError
        A plan's file is damaged.
    """
    folder = edition.plans_path
    if not folder.is_dir():
        return ()
    files = sorted(f for f in folder.glob(f"*/{FILE}") if not f.parent.name.startswith("."))
    plans = [plan for f in files if (plan := _read(f, edition.manifest.content)) is not None]
    return tuple(plans)


def _read(file: Path, content: str) -> Plan | None:
    """Read one plan; None where it belongs to another edition or format."""
    try:
        raw = json_of(file.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise EditionError("Ein Plan ist beschädigt.", [Problem(str(file), "kein JSON-Objekt")])
        if raw.get("content") != content or raw.get("format") != FORMAT:
            return None
        return _ADAPTER.validate_python(raw)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        problem = Problem(str(file), str(error), "unverändertes JSON")
        raise EditionError("Ein Plan ist beschädigt.", [problem]) from None
    except ValidationError as error:
        problems = [
            Problem(f"{file}, " + ".".join(map(str, e["loc"])), str(e["msg"]))
            for e in error.errors()
        ]
        raise EditionError("Ein Plan ist beschädigt.", problems) from None
