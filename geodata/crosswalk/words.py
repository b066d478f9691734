"""What a crosswalk did, in German sentences for the check report."""

from geodata.crosswalk.model import METHODS, Crosswalk, percent

_MOST = 10


def notes_of(walk: Crosswalk, old: dict[str, str], new: dict[str, str]) -> tuple[str, ...]:
    """Say how the areas are divided and everything that is doubtful about it.

    Parameters
    ----------
    walk
        The crosswalk.
    old, new
        Key to key and name of the sources and of the targets.
    """
    found = walk.findings
    sources = walk.weights["source"].nunique()
    split = walk.weights.loc[walk.divided, "source"].nunique()
    targets = len(walk.estimated_targets())
    notes = [
        f"Umgerechnet {METHODS[walk.method]}: {sources - split} von {sources} Gebieten gehen ganz "
        f"in einem anderen auf, {split} werden geteilt. {targets} von "
        f"{walk.weights['target'].nunique()} Zielgebieten sind deshalb geschätzt."
    ]
    if found.slivers:
        notes.append(f"{found.slivers} Splitter an ungenauen Grenzen zählen nicht.")
    if found.rest:
        shares = [f"{old[k]} ({percent(v, 1)})" for k, v in found.rest.items()]
        notes.append(
            "Liegen zum Teil in keinem Zielgebiet; der Rest wird wie das Übrige verteilt: "
            f"{_some(shares)}."
        )
    if found.without_source:
        names = [new[k] for k in found.without_source]
        notes.append(f"Zielgebiete, in die nichts umgerechnet wird: {_some(names)}.")
    if found.by_area:
        names = [old[k] for k in found.by_area]
        notes.append(f"Nach der Fläche geteilt, weil Besseres fehlt: {_some(names)}.")
    if found.lost > 0.01:
        notes.append(
            f"{percent(found.lost, 1)} des Gewichts der kleinen Einheiten liegen außerhalb "
            "der Gebiete."
        )
    if found.rounded:
        notes.append(
            "Die Anteile sind auf ganze Prozent gerundet, weil die Datei dahinter nicht "
            "öffentlich ist."
        )
    if found.empty_units:
        notes.append(
            "Kleine Einheiten ohne Zeile in der Tabelle gelten als unbewohnt: "
            f"{_some(list(found.empty_units))}."
        )
    if found.aside:
        notes.append(
            f"{found.aside} Zeilen der Schlüsseltabelle betreffen andere Orte und zählen nicht."
        )
    if found.normed:
        notes.append(
            f"Bei {found.normed} Gebieten geben die Anteile der Schlüsseltabelle durch Rundung "
            "nicht genau 1; sie sind darauf gebracht."
        )
    if found.contradictions:
        notes.append(
            "Schlüsseltabelle und Umrisse widersprechen sich; gerechnet wird nach der Tabelle: "
            + _some(list(found.contradictions), " ")
        )
    return tuple(notes)


def _some(names: list[str], between: str = ", ") -> str:
    shown = between.join(names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} und {len(names) - _MOST} weitere"
