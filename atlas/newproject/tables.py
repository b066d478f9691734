"""What a table of numbers is: which dates, wide or long, which columns count what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from atlas.newproject import dates
from atlas.newproject.joins import Join
from atlas.newproject.meaning import (
    is_number,
    is_rate,
    measure_of,
    neutral,
    rate_of,
    symbols_of,
    target_of,
)
from atlas.newproject.scan import FoundTable, columns
from atlas.newproject.wide import Columns, map_columns
from geodata.files import tidy
from indicators.catalogue import Catalogue

_WHEN = re.compile(
    r"jahr|year|zeit|stichtag|datum|^stand$|period|quartal|monat|halbjahr|berichts", re.I
)

_VALUE = re.compile(r"^(?:wert|anzahl|value|zahl|betrag|absolut)\b", re.I)
_SEVERAL = "FRAGE: steht je Raum und Zeit mehrfach"
_POINTS = re.compile(r"[-.,]")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")


@dataclass(frozen=True, eq=False)
class Read:
    """A table as the project file will say it.

    ``names`` maps our names of columns to the table's where these have the date in them;
    ``where`` keeps rows; ``doubts`` are questions, ``off`` is why it is only a comment.
    """

    table: FoundTable
    join: Join
    layout: str = "wide"
    period_column: str | None = None
    period: str | None = None
    period_map: dict[str, str] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    counts: dict[str, list[str]] = field(default_factory=dict)
    rates: dict[str, str | None] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    value: str | None = None
    label_targets: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    symbols: str = "plain"
    signs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    off: str = ""

    @property
    def periods(self) -> list[str]:
        """All reporting dates, sorted."""
        return sorted({p for p in (self.period, *self.period_map.values()) if p})

    @property
    def targets(self) -> set[str]:
        """Every ``measure/group`` that it fills."""
        wide = {t for ts in self.counts.values() for t in ts}
        return wide | {t for t, _ in self.label_targets.values() if t}

    @property
    def says(self) -> bool:
        """Whether the project reads anything from it."""
        return bool(self.targets and self.periods and not self.off and not self.join.broken)

    @property
    def signature(self) -> tuple[object, ...]:
        """What tables of one dataset have in common."""
        shape = replace(self.table.format, sheet=None)
        return (
            self.join.column, self.join.match, self.join.level, self.layout, self.period_column,
            tuple((c, tuple(t)) for c, t in self.counts.items()), tuple(self.rates),
            self.labels, self.value, shape,
            self.join.totals, self.join.subtotals, self.symbols, self.off, self.join.broken,
            tuple(self.label_targets.items()), not self.periods,
            () if self.targets else (self.unmapped, tuple(_kind(d) for d in self.doubts)),
        )  # fmt: skip


def _kind(doubt: str) -> str:
    """A question without its example."""
    return re.sub(r"[\d.,]+", "#", doubt)


def numeric_columns(table: FoundTable, but: Sequence[str]) -> list[str]:
    """Columns that are mostly numbers."""
    found = []
    for column in columns(table):
        filled = table.frame[column].map(tidy)
        filled = filled[filled != ""]
        if column not in but and len(filled) and is_number(filled).mean() > 0.6:
            found.append(column)
    return found


def read(
    table: FoundTable, join: Join, catalogue: Catalogue, names: Sequence[str]
) -> list[Read] | None:
    """Say what the table is; None where an area has several rows that nothing tells apart.

    A table whose columns have dates in their names is read once for each date. ``names`` are
    the names of all files, which tell half-years from months.
    """
    when, sure = _when(table, join)
    keys = [join.column, when] if when else [join.column]
    one = Read(table, join, period_column=when)
    if when:
        words = set(table.frame[when].map(tidy))
        one = replace(one, period_map=dates.period_map(words))
        if not sure:
            why = f"ob die Spalte {when} den Stichtag nennt, ist unklar"
            one = replace(one, off=why)
    else:
        one = replace(one, period=_period_of(table, names))
    numeric = numeric_columns(table, keys)
    one = _with_thousands(one, numeric)
    table = one.table
    if not table.frame.duplicated(keys).any():
        return _wide(one, numeric, catalogue)
    for column in columns(table):
        words = {w for w in table.frame[column].map(tidy) if neutral(w)}
        for word in sorted(words) if column not in (*keys, *numeric) else []:
            rows = table.frame[table.frame[column].map(tidy) == word]
            if len(rows) > 1 and not rows.duplicated(keys).any() and len(numeric) > 1:
                part = replace(table, frame=rows)
                doubt = f"Nur Zeilen mit {column} = {word}; die anderen bleiben beiseite. Richtig?"
                there = replace(one, table=part, where={column: word}, doubts=(doubt,))
                return _wide(there, numeric, catalogue)
    return _long(one, keys, numeric, catalogue)


def _with_thousands(one: Read, numeric: Sequence[str]) -> Read:
    """Take points in counts for thousands where every number fits, and ask.

    Only points: where a spreadsheet shows 1,234 the number is one with decimals.
    """
    fmt = one.table.format
    if fmt.thousands or fmt.decimal == ".":
        return one
    counted = [c for c in numeric if not is_rate(c)]
    cells = pd.concat([one.table.frame[c].map(tidy) for c in counted]) if counted else pd.Series()
    marked = [c for c in cells if "." in c and _POINTS.sub("", c).isdigit()]
    grouped = [c for c in marked if _GROUPED.fullmatch(c)]
    if not grouped or len(grouped) < len(marked):
        return one
    whole = grouped[0].replace(".", "")
    doubt = f"Heißt {grouped[0]} hier {whole}? Angenommen: ja, der Punkt trennt Tausender."
    table = replace(one.table, format=replace(fmt, thousands="."))
    return replace(one, table=table, doubts=(*one.doubts, doubt))


def _when(table: FoundTable, join: Join) -> tuple[str | None, bool]:
    """The column of dates, and whether its name says that it is one."""
    found = []
    for column in columns(table):
        words = set(table.frame[column].map(tidy))
        if column != join.column and words and dates.are_dates(words):
            if _WHEN.search(column):
                return column, True
            found.append(column)
    several = table.frame.duplicated([join.column]).any()
    for column in found if several else []:
        if not table.frame.duplicated([join.column, column]).any():
            return column, False
    return None, True


def _period_of(table: FoundTable, names: Sequence[str]) -> str | None:
    """The date of the whole table: by its sheet, its heading or its file, if these agree."""
    halves = dates.half_years(names)
    sheet, file = str(table.format.sheet or ""), table.file.rsplit(".", 1)[0].rsplit("/", 1)[-1]
    found = [dates.iso_of(sheet), dates.iso_of(table.heading), dates.iso_of(file, halves)]
    isos = [iso for iso in found if iso]
    exact = [i for i in isos if not i.endswith("-12-31")] or isos
    return exact[0] if len(set(exact)) == 1 else (found[0] or None)


def _wide(one: Read, numeric: list[str], catalogue: Catalogue) -> list[Read]:
    if one.period_column is None and (dated := _dated(numeric)):
        return [r for iso in dated for r in _of_date(one, iso, dated[iso], catalogue)]
    return [_with(one, map_columns(one.table, one.join, numeric, catalogue), catalogue)]


def _dated(numeric: Sequence[str]) -> dict[str, dict[str, str]]:
    """Date → name without it → column, where columns have their date in their names."""
    found: dict[str, dict[str, str]] = {}
    for column in numeric:
        iso = dates.iso_of(column)
        if iso:
            stem = dates.without_dates(column).strip(" /-–,()") or "Wert"
            found.setdefault(iso, {}).setdefault(stem, column)
    return dict(sorted(found.items()))


def _of_date(one: Read, iso: str, names: dict[str, str], catalogue: Catalogue) -> list[Read]:
    taken = set(columns(one.table)) - set(names.values())
    ours = {f"{n} (je Stichtag)" if n in taken else n: c for n, c in names.items()}
    frame = one.table.frame.rename(columns={c: n for n, c in ours.items()})
    table = replace(one.table, frame=frame)
    mapped = map_columns(table, one.join, list(ours), catalogue)
    names = {n: c for n, c in ours.items() if n != c}
    here = replace(one, period=iso, names=names)
    return [_with(here, mapped, catalogue)]


def _with(one: Read, mapped: Columns, catalogue: Catalogue) -> Read:
    used = [one.table.frame[one.names.get(c, c)] if one.names.get(c, c) in one.table.frame
            else one.table.frame[c] for c in mapped.counts]  # fmt: skip
    cells = pd.concat([c.map(tidy) for c in used]) if used else pd.Series([], dtype="str")
    profile, signs, rivals = symbols_of(cells)
    rates = {
        c: rate_of(c, catalogue) for c in mapped.unmapped if is_rate(c) or rate_of(c, catalogue)
    }
    return replace(
        one,
        counts=mapped.counts, ages=tuple(mapped.ages), rates=rates,
        symbols=profile, signs=tuple(signs),
        unmapped=tuple(c for c in mapped.unmapped if c not in rates),
        join=replace(one.join, totals=(*one.join.totals, *mapped.totals),
                     unknown=tuple(w for w in one.join.unknown if w not in mapped.totals)),
        doubts=(*one.doubts, *mapped.doubts, *_sign_doubt(profile, rivals)),
    )  # fmt: skip


def _sign_doubt(profile: str, rivals: Sequence[str]) -> tuple[str, ...]:
    if not rivals:
        return ()
    others = ", ".join(rivals)
    return (f"Wessen Zeichen sind es? Angenommen: {profile}. Anders lesen sie: {others}.",)


def _long(
    one: Read, keys: list[str], numeric: list[str], catalogue: Catalogue
) -> list[Read] | None:
    frame = one.table.frame
    named = [c for c in numeric if _VALUE.match(c)]
    value = next(iter(named if len(named) == 1 else numeric), "")
    labels = _labels(frame, [c for c in columns(one.table) if c not in (*keys, *numeric)], keys)
    if not labels or not value or (len(numeric) > 1 and len(named) != 1):
        return None
    tidied = frame.assign(**{c: frame[c].map(tidy) for c in labels})
    targets: dict[tuple[str, ...], tuple[str, str]] = {}
    used: set[str] = set()
    for names, part in tidied.groupby(labels, sort=True):
        label = tuple(map(str, names))
        target = "" if is_rate(value) else target_of(label, catalogue)
        filled = part[value].map(tidy)
        if part.duplicated(keys).any():
            targets[label] = ("", _SEVERAL)
        elif not target or target in used:
            targets[label] = ("", "FRAGE: noch keiner Messgröße zugeordnet")
        elif filled[is_number(filled)].str.contains(r"[.,%]").any():
            targets[label] = ("", "FRAGE: Zahlen mit Komma, Punkt oder %: keine Anzahl?")
        else:
            used.add(target)
            targets[label] = (target, "")
    # Most labels several times an area: these are cases, and what stands in them is nobody's label.
    if 2 * sum(reason == _SEVERAL for _, reason in targets.values()) > len(targets):
        return None
    mine = tidied[labels].apply(tuple, axis=1).isin({k for k, (t, _) in targets.items() if t})
    profile, signs, rivals = symbols_of(tidied.loc[mine, value].map(tidy))
    return [replace(
        one, layout="long", labels=tuple(labels), value=value, label_targets=targets,
        symbols=profile, signs=tuple(signs), doubts=(*one.doubts, *_sign_doubt(profile, rivals)),
    )]  # fmt: skip


def _labels(frame: pd.DataFrame, options: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Columns that say what a number is: not what follows from area or date, no mere codes."""
    found: list[str] = []
    for column in options:
        said = frame[column].map(tidy)
        if not 1 < said.nunique() <= min(300, len(frame) / 2) or (said == "").any():
            continue
        if any((said.groupby(frame[k]).nunique() <= 1).all() for k in keys):
            continue
        found.append(column)
    codes = [c for c in found if frame[c].map(tidy).str.fullmatch(r"[A-Z]{0,3}[\d.]+").all()]
    twins = [
        c for c in codes
        if any(o not in codes and (frame[o].groupby(frame[c]).nunique() == 1).all()
               and (frame[c].groupby(frame[o]).nunique() == 1).all() for o in found)
    ]  # fmt: skip
    return [c for c in found if c not in twins]


def measure_in_name(table: FoundTable, catalogue: Catalogue) -> str | None:
    """The measure that a file's or sheet's name is, for a table whose columns are mere dates."""
    return measure_of(dates.without_dates(table.words), catalogue)
