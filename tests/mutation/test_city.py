"""One damaged file in the folder of a whole town: the same edition, or one error and no trace."""

import random
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from atlas.build import build
from atlas.check import check_project
from atlas.edition import Edition, open_edition
from geodata.errors import UserError
from geodata.files import sha256_of
from tests.atlas.check_city import NEW, dataset, people, write
from tests.mutation.base import Anything, Numbers, rows_of, unchanged
from tests.mutation.damage import BYTES, TABLE, Kind
from tests.mutation.formats import Wrap, as_csv, as_xlsx
from tests.mutation.readers import CELLS
from tests.mutation.test_mutation import SECONDS, at_most
from tests.mutation.whole import plain_toml

OFTEN, RARE = 8, 120
DAY = "2023-12-31"


@dataclass(frozen=True)
class Part:
    """A file of the town, how it may be damaged, and how it is saved."""

    file: str
    kinds: tuple[Kind, ...]
    wrap: Wrap = unchanged


PARTS = (
    Part("a.csv", TABLE),
    Part("b.xlsx", CELLS, as_xlsx),
    Part("neu.gpkg", BYTES),
    Part("probe.toml", BYTES),
)


def rows(column: str, numbers: list[int]) -> bytes:
    return as_csv([["KEY", column], *([k, str(n)] for k, n in zip(NEW, numbers, strict=True))])


def town(folder: Path) -> dict[str, bytes]:
    """Write the town; its files before they are damaged, tables as semicolon text."""
    tables = {"a.csv": rows("E", people()), "b.xlsx": rows("S", [i + 20 for i in range(16)])}
    (folder / "a.csv").write_bytes(tables["a.csv"])
    (folder / "b.xlsx").write_bytes(as_xlsx(tables["b.xlsx"]))
    write(
        folder,
        dataset("a", [("a.csv", "neu", DAY)], {"E": "residents"}),
        dataset("b", [("b.xlsx", "neu", DAY)], {"S": "sgb2_persons"}),
    )
    return tables | {name: (folder / name).read_bytes() for name in ("neu.gpkg", "probe.toml")}


def numbers_of(edition: Edition) -> Numbers:
    counts = edition.table("counts")[["area", "measure", "count"]]
    return {
        (str(area), str(measure)): None if pd.isna(count) else int(count)
        for area, measure, count in counts.itertuples(index=False)
    }


def said(part: Part, data: bytes) -> Numbers:
    """What the damaged file says of the parts of the town, read without our code."""
    if part.file == "probe.toml":
        return plain_toml(data)
    if part.file == "neu.gpkg":
        return Anything()
    column, measure = {"a.csv": ("E", "residents"), "b.xlsx": ("S", "sgb2_persons")}[part.file]
    found: Numbers = {}
    for row in rows_of(data):
        text = row.get(column, "").strip()
        if text.isascii() and text.isdigit():
            found[(row.get("KEY", "").strip(), measure)] = int(text)
    return found


def prints(folder: Path) -> dict[str, str]:
    """Every file below a folder by its hash."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): sha256_of(p) for p in files}


def judge(folder: Path, part: Part, seed: int, sound: dict[str, bytes], numbers: Numbers) -> str:
    """What is wrong with one damaged town; empty where nothing is."""
    kind = part.kinds[seed // len(PARTS) % len(part.kinds)]
    damaged = kind.apply(sound[part.file], random.Random(f"{part.file} {seed}"))
    at = f"{part.file}, seed {seed}, {kind.name}"
    whole = (folder / part.file).read_bytes()
    (folder / part.file).write_bytes(part.wrap(damaged))
    before = prints(folder)
    try:
        with at_most(2 * SECONDS):
            doubts = complaints(folder)
            edition = build(folder / "probe.toml", folder, folder / "out", replace=True, draft=True)
        after = numbers_of(edition)
    except UserError as error:
        if not doubts:
            return f"{at}: check has no complaint, but build refuses: {error}"
        changed = before != prints(folder)
        return f"{at}: refused, but something was written" if changed else ""
    except Exception as error:
        return f"{at}: {type(error).__name__}: {error}"
    finally:
        (folder / part.file).write_bytes(whole)
    if doubts:
        return f"{at}: built, though check complains: {doubts[0]}"
    fault = other_numbers(part, damaged, numbers, after, harmless=kind.harmless)
    return f"{at}: {fault}" if fault else ""


def other_numbers(
    part: Part, damaged: bytes, numbers: Numbers, after: Numbers, *, harmless: bool
) -> str:
    """Numbers of a built edition that are neither those of the sound town nor in the file."""
    told = said(part, damaged)
    other = {
        cell: (numbers.get(cell), after.get(cell))
        for cell in {*numbers, *after}
        if after.get(cell) != numbers.get(cell)
    }
    lies = {c: n for c, n in other.items() if not isinstance(told, Anything)
            and c[0] != "00" and n[1] != told.get(c)}  # fmt: skip
    if lies or (harmless and other):
        return str(lies or other)
    for measure in {measure for area, measure in after if area == "00"}:
        parts = [n for (area, m), n in after.items() if m == measure and area != "00"]
        if None not in parts and sum(map(int, map(str, parts))) != after[("00", measure)]:
            return f"{measure} of the town is not the sum of its parts"
    return ""


def complaints(folder: Path) -> list[str]:
    """Errors that the check finds, whether it stops at the project file or reports."""
    try:
        report = check_project(folder / "probe.toml", folder)
    except UserError as error:
        return [str(error)]
    return [str(finding) for finding in report.of("error")]


def run(folder: Path, seeds: range) -> list[str]:
    sound = town(folder)
    edition = build(folder / "probe.toml", folder, folder / "out", draft=True)
    numbers = numbers_of(edition)
    assert numbers[(NEW[0], "residents")] == 1000
    wrong = []
    for seed in seeds:
        fault = judge(folder, PARTS[seed % len(PARTS)], seed, sound, numbers)
        wrong += [fault] if fault else []
        open_edition(folder / "out")
    return wrong


def test_a_damaged_file_of_a_town_gives_the_same_edition_or_none(tmp_path):
    assert run(tmp_path, range(OFTEN)) == []


@pytest.mark.long
def test_many_damaged_towns_give_the_same_edition_or_none(tmp_path):
    assert run(tmp_path, range(OFTEN, OFTEN + RARE)) == []
