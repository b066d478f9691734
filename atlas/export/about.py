"""What stands beside the figures: sources, words for the statuses, protection, terms of use."""

from atlas.edition import Manifest, SourceCard
from atlas.export.names import STATUS_WORDS
from atlas.sources import SourceGroup, grouped
from atlas.wording import day, number, text
from indicators.status import Status

Section = tuple[str, tuple[tuple[str, str], ...]]
"""A heading and its rows of two cells."""


def sections(manifest: Manifest, files: tuple[tuple[str, str], ...]) -> tuple[Section, ...]:
    """Everything a reader of the files has to know, in the order of reading.

    Parameters
    ----------
    manifest
        Of the edition.
    files
        Name and content of every file or sheet.
    """
    return (
        (manifest.title, _identity(manifest)),
        ("Was wo steht", files),
        ("Quellen und Nutzungsbedingungen", _sources(manifest.sources)),
        ("Was der Status sagt", tuple((STATUS_WORDS[s], _status_help(s)) for s in Status)),
        ("Schutz der einzelnen Menschen", _protection(manifest)),
        ("Zum Lesen", _HINTS),
    )


def as_text(parts: tuple[Section, ...]) -> str:
    """The sections as plain text."""
    lines: list[str] = []
    for heading, rows in parts:
        lines += [heading, "=" * len(heading), ""]
        lines += [f"{name}: {content}" if name else content for name, content in rows]
        lines.append("")
    return "\n".join(lines)


def _identity(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    notice = (("Hinweis", manifest.notice),) if manifest.notice else ()
    return (
        *notice,
        ("Stadt", manifest.city),
        ("Stichtag der Ausgabe", day(manifest.reporting_date)),
        ("Ausgabe", manifest.id),
        ("Prüfsumme des Inhalts (SHA-256)", manifest.content),
        ("Erzeugt mit", manifest.software),
    )


def _sources(cards: tuple[SourceCard, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((group.attribution, _source(group)) for group in grouped(cards))


def _source(group: SourceGroup) -> str:
    period = f" Zeitraum: {group.period}." if group.period else ""
    return (
        f"bei jeder Verwendung so zu nennen. Lizenz: {group.licence}. "
        f"Herausgeber: {', '.join(group.publishers)}.{period} Enthält: {'; '.join(group.titles)}."
    )


def _status_help(status: Status) -> str:
    return f"{text(f'status_help.{status.value}')} (Code {status.value})"


def _protection(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    rule = manifest.disclosure
    first = (
        f"Fallzahlen unter {rule.threshold} und alle Zahlen, aus denen sie sich errechnen ließen, "
        f"sind geheim: {number(rule.suppressed)} von {number(rule.cells)} Zellen."
    )
    second = (
        "Wo eine Zahl geheim ist, bleibt ihre Zelle leer. In den Spalten Mindestens und Höchstens "
        "steht, was jede Leserin aus den veröffentlichten Zahlen schließen kann."
    )
    public = "Bereits vom Herausgeber veröffentlichte Zahlen werden wie dort gezeigt."
    return (("", first), ("", second), *((("", public),) if rule.public_measures else ()))


_HINTS = (
    (
        "",
        "Eine leere Zelle ist keine Null: Der Status sagt, warum sie leer ist.",
    ),
    (
        "",
        "Gebietsschlüssel sind Text mit führenden Nullen. Excel schneidet sie beim Doppelklick auf "
        "eine CSV-Datei ab; in der XLSX-Datei und über Daten > Aus Text/CSV bleiben sie erhalten.",
    ),
    (
        "",
        "Texte, die mit = + - oder @ beginnen, tragen in den CSV-Dateien ein Hochkomma davor, "
        "damit kein Programm sie als Formel ausführt.",
    ),
    (
        "",
        "Der Schwankungsbereich zeigt, wie weit ein Anteil durch Zufall schwanken kann. Er ist "
        "kein Fehler der Erhebung, denn gezählt wurden alle Fälle.",
    ),
)
