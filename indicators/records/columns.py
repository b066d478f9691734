"""Columns of a case list are looked at before any row is counted.

All that is wanted must be there, and nothing that says who a person is. A header is shown only
where the project file itself has it or nearly has it: of a file without a header the first
line is a case.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

from geodata.errors import Problem, TableError
from indicators.records.files import Reader
from indicators.records.identifiers import by_header
from indicators.records.identifying import Sample, Use, by_content, split_days
from indicators.sources import CaseList

_ADVICE = "Merkmale, die niemanden bestimmen; nehmen Sie die Spalte aus columns"
_FREE_ADVICE = (
    "Codes, oder ein Pseudonym aus Ziffern und Buchstaben; "
    "wird die Spalte nicht gebraucht, nehmen Sie sie aus columns"
)


def check_columns(
    cases: CaseList, paths: Sequence[Path], reader: Reader, keys: Collection[str]
) -> None:
    """Refuse missing columns and those that identify people.

    Parameters
    ----------
    keys
        Keys of areas: where they stand, they are nobody's number.

    Raises
    ------
    TableError
        Columns are missing, stand there twice, or say who a person is.
    """
    for path in paths:
        _require(cases, path, reader.header(path))
    _refuse(cases, [p for c in cases.columns if (p := _header_problem(cases, c))])
    for path in dict.fromkeys((paths[0], paths[len(paths) // 2], paths[-1])):
        values, rows = reader.sample(path, cases.columns)
        samples = {c: _sample(cases, c, v, rows, keys) for c, v in values.items()}
        _refuse(cases, _content_problems(path, samples))


def _require(cases: CaseList, path: Path, header: list[str]) -> None:
    missing = [c for c in cases.columns if c not in header]
    if missing:
        where = f"{path.name}, Zeile {cases.format.skip_rows + 1}"
        problems = [Problem(where, f"Spalte {c!r} fehlt", _nearly(c, header)) for c in missing]
        raise TableError(f"In {path.name} fehlen Spalten.", problems)
    twice = sorted(c for c in cases.columns if header.count(c) > 1)
    if twice:
        problems = [Problem(path.name, f"Spalte {c!r} steht mehrfach") for c in twice]
        raise TableError(f"Die Kopfzeile von {path.name} ist nicht eindeutig.", problems)


def _nearly(column: str, header: Sequence[str]) -> str:
    """What there is instead, without a word of what may be a case."""
    by_name = {name.casefold(): name for name in header}
    near = get_close_matches(column.casefold(), list(by_name), n=3, cutoff=0.75)
    if near:
        return "ähnlich geschrieben: " + ", ".join(repr(by_name[n]) for n in near)
    return (
        f"die Zeile hat {len(header)} Felder; andere Namen werden nicht gezeigt, weil sie ein Fall "
        "sein könnten. Prüfen Sie delimiter, encoding und skip_rows"
    )


def _uses(cases: CaseList, column: str) -> tuple[Use, ...]:
    """All that a column is used for."""
    points = (cases.points.x, cases.points.y) if cases.points else ()
    addresses = cases.addresses.columns if cases.addresses else ()
    codes = [c for count in cases.counts for c in count.groups]
    codes += [count.ages.column for count in cases.counts if count.ages]
    named: dict[Use, Collection[str]] = {
        "code": codes,
        "key": cases.areas.values(),
        "day": [c for count in cases.counts for c in count.dates],
        "point": points,
        "address": addresses,
        "free": [count.distinct for count in cases.counts if count.distinct],
    }
    return tuple(use for use, columns in named.items() if column in columns) or ("free",)


def _header_problem(cases: CaseList, column: str) -> Problem | None:
    uses = _uses(cases, column)
    found = by_header(column, address="address" in uses, point="point" in uses)
    return Problem(f"{cases.file}, {column}", f"sieht aus wie {found}", _ADVICE) if found else None


def _sample(
    cases: CaseList, column: str, values: Sequence[str], rows: int, keys: Collection[str]
) -> Sample:
    """A sample without what the project knows: its codes, and the keys of areas."""
    uses = _uses(cases, column)
    known = {code for count in cases.counts for code in count.groups.get(column, ())}
    known |= set(keys) if "key" in uses else set()
    return Sample([v for v in values if v not in known], rows, uses)


def _content_problems(path: Path, samples: dict[str, Sample]) -> list[Problem]:
    problems = []
    for column, sample in samples.items():
        if found := by_content(sample):
            advice = _FREE_ADVICE if set(sample.uses) == {"free"} else _ADVICE
            problems.append(Problem(f"{path.name}, {column}", f"sieht aus wie {found}", advice))
    if parts := split_days(samples):
        where = f"{path.name}, {', '.join(parts)}"
        what = "sehen zusammen aus wie ein Geburtsdatum"
        problems.append(Problem(where, what, "das Jahr; nehmen Sie Tag und Monat aus columns"))
    return problems


def _refuse(cases: CaseList, problems: list[Problem]) -> None:
    if problems:
        raise TableError(
            f"Die Fallliste {cases.file} erlaubt Spalten, die Personen bestimmen.", problems
        )
