"""Protects one table with pytauargus and says how long it took; runs in the peer's own Python.

Called with a folder that holds ``job.json``, ``table.tab``, ``table.rda`` and the code lists.
Leaves ``result.json`` and ``out.tab`` there. Needs nothing but pytauargus.
"""

import json
import sys
import time
from pathlib import Path

from pytauargus.batch import Suppress
from pytauargus.engine import run_batch


def main() -> None:
    """Read, protect, audit, write."""
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text())
    started = time.perf_counter()
    engine = run_batch(_batch(folder))
    read = time.perf_counter() - started
    minutes = job["minutes"]
    wish = Suppress(kind=job["method"], tab_no=1, mod_max_time=minutes, opt_max_time=minutes)
    started = time.perf_counter()
    engine.suppress(wish)
    protect = time.perf_counter() - started
    engine.write_intermediate_table(0, str(folder / "out.tab"), simple=True)
    started = time.perf_counter()
    found = engine.audit(0)
    audit = time.perf_counter() - started
    result = {
        "read": read,
        "protect": protect,
        "audit": audit,
        "unsafe": sum(bool(row["unsafe"]) for row in found),
    }
    (folder / "result.json").write_text(json.dumps(result))


def _batch(folder: Path) -> Path:
    """The commands up to the point where the table is in memory."""
    path = folder / "table.arb"
    lines = [
        f'<OPENTABLEDATA> "{folder / "table.tab"}"',
        f'<OPENMETADATA> "{folder / "table.rda"}"',
        '<SPECIFYTABLE> "region""group"|"count"||"cost"',
        "<SAFETYRULE> ",
        "<READTABLE> 0",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


if __name__ == "__main__":
    main()
