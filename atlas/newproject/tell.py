"""What `sozialatlas new` says on the terminal: what was found, by dataset, and what is open."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from atlas.newproject.draft import Dataset, Draft
from atlas.newproject.scan import Found
from atlas.newproject.text import listed, plural_of

_DATASET = re.compile(r"\[\[datasets\]\]")
_SECTION = re.compile(r"(?:# )*\[\[\w+\]\]|# -{9}")
_KEY = re.compile(r"key = \"([^\"]*)\"")
_PROPOSAL = re.compile(r"Noch nicht gelesen: |^Ist .*(?:Räumen|Gliederung|Fallliste)")
"""Questions about what is only a comment: it is listed by itself."""
_MOST = 25
Asked = tuple[str, str]
"""Key of the dataset, empty where it is about the whole file, and a question."""


def next_steps(written: Sequence[Path], folder: Path, questions: int) -> list[str]:
    """What can be done now, with the commands as they have to be typed."""
    target = written[0]
    beside = target.parent.resolve() == folder.resolve()
    data = "" if beside else f" --data {_typed(folder)}"
    edition = _typed(target.with_name(f"{target.stem}_entwurf"))
    more = f" Dazu gehört {listed([str(p) for p in written[1:]])}." if written[1:] else ""
    return [
        f"Geschrieben: {target}.{more}",
        "Als Nächstes:",
        f"  1. {target.name} im Texteditor öffnen, die {questions} Stellen mit FRAGE entscheiden.",
        f"  2. sozialatlas check {_typed(target)}{data}",
        f"  3. sozialatlas build {_typed(target)}{data} --out {edition} --draft",
    ]


def _typed(path: Path) -> str:
    """A path as it is typed in a command."""
    return f'"{path}"' if re.search(r"[\s()&;]", str(path)) else str(path)


def questions_of(text: str) -> list[Asked]:
    """The questions of a project file; those within a commented proposal wait for its own."""
    found: list[Asked] = []
    at = ""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _SECTION.match(line):
            key = _KEY.match(lines[number + 1]) if _DATASET.match(line) else None
            at = key[1] if key else ""
        words = line.strip()
        if words.startswith("# FRAGE: "):
            found.append((at, words.removeprefix("# FRAGE: ")))
    return found


def summary(draft: Draft, found: Found, asked: Sequence[Asked]) -> list[str]:
    """Lines for the terminal: what is there, what is read, what a person has to say."""
    return [*_found(draft, found), *_datasets(draft, asked), *_proposed(draft), *_general(asked)]


def _found(draft: Draft, found: Found) -> Iterator[str]:
    maps = _n(len(found.layers), "Ebene mit Karten", "Ebenen mit Karten")
    yield f"{draft.city}: {maps}, {_n(len(found.tables), 'Tabelle', 'Tabellen')}"
    names = dict(draft.levels)
    for state in draft.states:
        steps = [
            _n(len(area.rows), names.get(key, key), plural_of(names.get(key, key)))
            for area, key in zip(state.chain, state.levels, strict=True)
        ]
        yield f"  Gebietsstand {state.key}: {', darüber '.join(steps)}"


def _n(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _datasets(draft: Draft, asked: Sequence[Asked]) -> Iterator[str]:
    """Each dataset that is read, with the questions that are its alone."""
    often = {q for q, n in Counter(q for at, q in asked if at).items() if n > 1}
    used = [d for d in draft.datasets if not d.off]
    yield "Wird gelesen:" if used else "Noch keine Tabelle wird gelesen."
    for dataset in used:
        yield _dataset(dataset)
        for at, question in asked:
            if at == dataset.key and question not in often and not _PROPOSAL.search(question):
                yield f"      ? {question}"


def _dataset(dataset: Dataset) -> str:
    first = dataset.reads[0]
    days = sorted({p for r in dataset.reads for p in r.periods})
    when = " bis ".join(_german(d) for d in dict.fromkeys((days[0], days[-1])))
    files = dataset.files
    what = files[0] if len(files) == 1 else f"{dataset.key} ({len(files)} Dateien)"
    mapped = len(first.counts) or sum(1 for t, _ in first.label_targets.values() if t)
    left = len(first.unmapped) + len(first.rates)
    left = left or sum(1 for t, _ in first.label_targets.values() if not t)
    noun = ("Beschriftung", "Beschriftungen") if first.layout == "long" else ("Spalte", "Spalten")
    return (
        f"  {what}: {when}; {first.join.noun} in {first.join.column}, {first.join.matched} von "
        f"{first.join.words} passen; {_n(mapped, *noun)} zugeordnet, {left} offen"
    )


def _proposed(draft: Draft) -> Iterator[str]:
    lines = [f"{listed(d.files, 3)}: {d.off}" for d in draft.datasets if d.off]
    lines += [f"{c.table.title}: Fallliste?" for c in draft.cases]
    lines += [f"{t.title}: Liste von Räumen?" for t, _ in draft.places]
    lines += [f"{m.title}: Karte von Räumen?" for m in draft.maps]
    lines += [f"{g.table.title}: weitere Gliederung {g.parent}?" for g in draft.groupings]
    if lines:
        yield "Steht als Vorschlag in der Datei, wird noch nicht gelesen:"
        yield from (f"  {line}" for line in lines[:_MOST])
    unused = [*draft.unused, *(f"{r.table.title}: Adressverzeichnis" for r in draft.registers)]
    if unused:
        yield "Bleibt draußen:"
        yield from (f"  {line}" for line in unused[:_MOST])


def _general(asked: Sequence[Asked]) -> Iterator[str]:
    """Questions about the whole file, and those that more than one dataset asks, each once."""
    times = Counter(q for _, q in asked)
    common = [
        q for q in times
        if not _PROPOSAL.search(q) and (times[q] > 1 or all(at == "" for at, p in asked if p == q))
    ]  # fmt: skip
    yield "Zu entscheiden, außer den Fragen oben:"
    for question in common[:_MOST]:
        yield f"  ? {question}{f' ({times[question]}-mal)' if times[question] > 1 else ''}"
    if len(common) > _MOST:
        yield f"  ? und {len(common) - _MOST} weitere"


def _german(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}"
