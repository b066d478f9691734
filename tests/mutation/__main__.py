"""What becomes of damaged files, counted: ``python -m tests.mutation [files each] [reader]``."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.readers import READERS
from tests.mutation.test_mutation import run

OUTCOMES = ("refused", "same", "another", "changed", "hang", "traceback")
"""One clear error; the same numbers; numbers that the damaged file really says; and faults."""


def main(files: int, wanted: str) -> int:
    """Print a line for each reader and return how much is wrong."""
    total: Counter[str] = Counter()
    faults = []
    print(f"{'reader':42}" + "".join(f"{outcome:>10}" for outcome in OUTCOMES))
    for reader in READERS:
        if wanted not in reader.name:
            continue
        with TemporaryDirectory() as folder:
            outcomes, wrong = run(reader, Path(folder), range(files))
        total += outcomes
        faults += wrong
        print(f"{reader.name:42}" + "".join(f"{outcomes[o]:>10}" for o in OUTCOMES), flush=True)
    print(f"{'all ' + str(total.total()):42}" + "".join(f"{total[o]:>10}" for o in OUTCOMES))
    print("\n".join(faults))
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(int((sys.argv[1:] or ["50"])[0]), "".join(sys.argv[2:3]))))
