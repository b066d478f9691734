"""Measures all of the placement: the classical problems against spopt, the weekly plan, fronts.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/placement.py [--quick]. It
runs `placing/presets.py` and `placing/week.py` one after the other, each with its own text
on what is measured; with --quick one run and one instance of each, without the country.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "placing"
QUICK = {
    "presets.py": ["--runs", "1", "--seeds", "1", "--no-country"],
    "week.py": ["--runs", "1"],
}


def main() -> None:
    """Run both scripts and pass on what they print."""
    quick = "--quick" in sys.argv[1:]
    for script, options in QUICK.items():
        print(f"\n## {script}\n", flush=True)
        command = [sys.executable, str(HERE / script), *(options if quick else [])]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
