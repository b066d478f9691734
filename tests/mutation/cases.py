"""A list of cases, by key and by address."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from indicators.records import count_cases
from indicators.sources import AddressRegister, CaseAddresses, CaseCount, CaseList
from tests.mutation.base import AREAS, KEYS, NAMES, SOURCE, VINTAGES, Numbers, rows_of, tidied
from tests.mutation.formats import as_csv

CODES = {"E": "outcome_kept", "V": "outcome_lost"}
CASES = CaseList(
    key="faelle", source=SOURCE, file="t.csv", columns=("Klage", "Ausgang", "Raum"), level="raum",
    areas={"neu": "Raum"}, periods=("2024-06-30", "2024-12-31"),
    counts=(CaseCount("wn_raeumungsklagen", "Klage", {"Ausgang": CODES}),),
)  # fmt: skip


def case_rows() -> list[list[str]]:
    rows = [["Nr", "Klage", "Ausgang", "Raum", "Bemerkung"]]
    for n in range(40):
        rows.append(
            [
                str(n),
                f"{1 + n % 28:02d}.{1 + n % 12:02d}.2024",
                "EV"[n % 3 == 0],
                KEYS[n % 5],
                "müde",
            ]
        )
    return rows


def read_cases(folder: Path) -> Numbers:
    return _counted(CASES, folder)


def read_case_book(folder: Path) -> Numbers:
    return _counted(replace(CASES, file="t.xlsx"), folder)


def _counted(cases: CaseList, folder: Path) -> Numbers:
    counts, _ = count_cases(cases, AREAS, VINTAGES, folder)
    return {
        (area, period, group): int(count)
        for area, period, group, count in counts[["area", "period", "group", "count"]].itertuples(
            index=False
        )
    }


def plain_cases(data: bytes) -> Numbers:
    found: Numbers = {
        (k, p, g): 0
        for k in KEYS
        for p in CASES.periods
        for g in ("total", "outcome_kept", "outcome_lost")
    }
    for row in rows_of(data, "replace"):  # columns that nobody reads may be broken
        day, area = (
            pd.to_datetime(row.get("Klage", "").strip(), format="%d.%m.%Y", errors="coerce"),
            row.get("Raum", "").strip(),
        )
        code = CODES.get(row.get("Ausgang", "").strip())
        if not pd.isna(day) and day.year == 2024 and area in KEYS:
            period = CASES.periods[day.month > 6]
            for group in ("total", code):
                if group:
                    found[(area, period, group)] = int(str(found[(area, period, group)])) + 1
    return found


STREETS = tuple(f"{name}er Weg" for name in NAMES)
BY_ADDRESS = replace(
    CASES, file="faelle.csv", columns=("Klage", "Ausgang", "Weg", "Hausnr"), areas={},
    addresses=CaseAddresses(
        "Weg", AddressRegister("t.csv", "Straße", "Nr", areas={"neu": "Raum"}), number="Hausnr"
    ),
)  # fmt: skip


def register_rows() -> list[list[str]]:
    rows = [["Straße", "Nr", "Raum", "PLZ"]]
    for n, (street, key) in enumerate(zip(STREETS, KEYS, strict=True)):
        rows += [[street, str(number), key, f"0{4100 + n}"] for number in (1, 2, 30 + n)]
    return rows


def _at(n: int) -> tuple[str, str]:
    return STREETS[n % 5], str((1, 2, 30 + n % 5)[n % 3])


def _address_cases() -> list[list[str]]:
    days = [row[1:3] for row in case_rows()[1:]]
    return [["Klage", "Ausgang", "Weg", "Hausnr"], *([*d, *_at(n)] for n, d in enumerate(days))]


def read_by_address(folder: Path) -> Numbers:
    (folder / "faelle.csv").write_bytes(as_csv(_address_cases()))
    return _counted(BY_ADDRESS, folder)


def plain_register(data: bytes) -> Numbers:
    """Cases at the areas that the register names for their addresses, if it is one each."""
    areas: dict[tuple[str, str], set[str]] = {}
    for row in rows_of(data):
        at = (tidied(row.get("Straße", "")), tidied(row.get("Nr", "")))
        areas.setdefault(at, set()).add(row.get("Raum", "").strip())
    lines = [["Klage", "Ausgang", "Raum"]]
    for day, outcome, street, number in _address_cases()[1:]:
        named = areas.get((street, number), set())
        lines.append([day, outcome, next(iter(named)) if len(named) == 1 else ""])
    return plain_cases(as_csv(lines))
