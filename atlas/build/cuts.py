"""The common pieces of old and new areas, where both have numbers that are not public."""

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.project import Project
from geodata.pieces import COLUMNS, common_pieces
from indicators.disclosure.earlier import Earlier
from indicators.disclosure.pieces import build_pieces, is_on_two_vintages, pieces_fit


def find_pieces(
    project: Project, inputs: Inputs, counts: pd.DataFrame, earlier: Earlier | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Cut the finest areas of two vintages with each other where readers can compare them.

    Slivers are left out unless the numbers contradict that. Where they contradict every cut,
    the two vintages do not count the same people, and nothing ties them.

    Parameters
    ----------
    counts
        True numbers in the columns of an edition's ``counts``.
    earlier
        What readers know from earlier editions.

    Returns
    -------
    pieces, notes
        The edition's table ``vintages``, and German sentences for the check report.
    """
    level, public = project.levels[0].key, inputs.public_measures
    past = counts.iloc[:0] if earlier is None else earlier.counts[~earlier.loose]
    table = pd.concat([counts, past], ignore_index=True)
    known = table["count"].astype("Int64")
    found, notes = [], []
    for old, new in combinations([v.key for v in project.vintages], 2):
        if not is_on_two_vintages(table, level, old, new, public):
            continue
        cut = common_pieces(inputs.areas, level, old, new)
        every = pd.concat([cut.pieces, cut.slivers], ignore_index=True)
        tried = [
            *_by_key_tables(inputs, cut.pieces, old, new),
            (cut.pieces, f"{len(cut.slivers)} Splitter an ungenauen Grenzen zählen nicht"),
            (every, "auch Splitter an ungenauen Grenzen zählen, sonst passten die Zahlen nicht"),
        ]
        for pieces, how in tried:
            if pieces_fit(build_pieces(table, pieces, public, len(table)), known):
                found.append(pieces)
                notes.append(
                    f"Gebietsstände {old} und {new}: {len(pieces)} gemeinsame Flächen gehören zu "
                    f"den Gleichungen; {how}."
                )
                break
        else:
            notes.append(
                f"Gebietsstände {old} und {new}: Die Zahlen desselben Stichtags passen nicht "
                "zusammen. Bitte beim Herausgeber nachfragen; die Stände bleiben unverbunden."
            )
    empty = pd.DataFrame({c: pd.Series(dtype="str") for c in COLUMNS})
    return pd.concat([empty, *found], ignore_index=True) if found else empty, tuple(notes)


def _by_key_tables(
    inputs: Inputs, pieces: pd.DataFrame, old: str, new: str
) -> Iterator[tuple[pd.DataFrame, str]]:
    """Pieces of the outlines that a key table knows as well: a reader who has it knows more.

    An area that the table calls merely renamed has one number, whatever a redrawn border cuts
    off it; from the outlines alone the audit would take it for two.
    """
    for spec, walk in inputs.crosswalks:
        back = (spec.from_vintage, spec.to_vintage) == (new, old)
        if walk.method != "keys" or {spec.from_vintage, spec.to_vintage} != {old, new}:
            continue
        sides = ["target", "source"] if back else ["source", "target"]
        known = pd.MultiIndex.from_frame(walk.weights[sides])
        both = pd.MultiIndex.from_frame(pieces[["from_area", "to_area"]]).isin(known)
        if not both.all():
            yield pieces[both].reset_index(drop=True), "nur was auch die Schlüsseltabelle nennt"
