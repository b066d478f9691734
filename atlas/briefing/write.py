"""One A4 page about one area, as a tagged PDF that can be printed, sent and read aloud."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import typst

from atlas.briefing.content import DENSITIES, page
from atlas.briefing.resolve import find_area
from atlas.briefing.sessions import plans_near
from atlas.edition import Edition
from atlas.placement.result import Plan, read_plans
from atlas.profile import Profile, profile
from atlas.profile.figures import NO_CELL
from atlas.profile.nearby import reach_of
from atlas.profile.sheets import AreaRef
from geodata.errors import OutputError, why

STANDARD: Final = "ua-1"
"""PDF/UA-1: every figure has a text alternative, everything is read in order."""


def brief(
    edition: Edition,
    area: str,
    level: str | None = None,
    *,
    out: Path,
    plans: Sequence[Plan] | None = None,
    language: str | None = None,
) -> Path:
    """Write the page about one area.

    Parameters
    ----------
    edition
        The opened edition.
    area
        Key or name of an area of the current boundaries.
    level
        Key of its level, needed only where several levels have such an area.
    out
        The PDF; an existing file is replaced whole.
    plans
        Plans whose new sessions near by are listed; None takes all beside the edition.
    language
        ``de`` or ``en``; None is the edition's own.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    KeyJoinError
        There is no such area, or more than one.
    OutputError
        `out` is a folder or cannot be written.

    Notes
    -----
    The same edition and plans give the same bytes: the fonts come with typst, and the
    document's date is the edition's reporting date.
    """
    if out.is_dir():
        raise OutputError(f"{out} ist ein Ordner; bitte eine PDF-Datei nennen.")
    _put(out, brief_bytes(edition, area, level, plans=plans, language=language))
    return out


def brief_bytes(
    edition: Edition,
    area: str,
    level: str | None = None,
    *,
    plans: Sequence[Plan] | None = None,
    language: str | None = None,
) -> bytes:
    """Make the page about one area; `brief` says what the arguments are.

    Raises
    ------
    KeyJoinError
        There is no such area, or more than one.
    """
    ref = find_area(edition, area, level)
    language = language or edition.manifest.language
    known = read_plans(edition) if plans is None else plans
    about = _profile(edition, ref, language, reach_of(known))
    planned = plans_near(edition, known, ref, about.places)
    day = datetime.fromisoformat(edition.manifest.reporting_date).replace(tzinfo=UTC)
    content = b""
    for density in DENSITIES:
        content, pages = _compile(page(edition, about, planned, density, language), day)
        if pages == 1:
            break
    return content


def _profile(edition: Edition, ref: AreaRef, language: str, reach: float) -> Profile:
    """The area's profile; the whole city is not held against itself."""
    about = profile(
        edition, ref.area, ref.level, ref.vintage, language=language, reach_minutes=reach
    )
    if about.parents:
        return about
    alone = (replace(f, city=NO_CELL, difference=None, against="none") for f in about.figures)
    return replace(about, figures=tuple(alone))


def _compile(parts: Mapping[str, bytes], day: datetime) -> tuple[bytes, int]:
    """The PDF and its number of pages."""
    with tempfile.TemporaryDirectory(prefix="sozialatlas-") as root:
        folder = Path(root)
        for name, content in {"main.typ": _template(), **parts}.items():
            (folder / name).write_bytes(content)
        compiler = typst.Compiler(folder / "main.typ", folder, ignore_system_fonts=True)
        pages = int(compiler.query("<pages>", field="value", one=True))
        pdf = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=day)
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__} instead of one document")
    return pdf, pages


def _template() -> bytes:
    return files("atlas.briefing").joinpath("profil.typ").read_bytes()


def _put(out: Path, content: bytes) -> None:
    """Write beside `out` and rename, so that nobody opens half a page."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".teil", dir=out.parent)
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            scratch.chmod(0o644)
            scratch.replace(out)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        reason = why(error)
        raise OutputError(f"{out} kann nicht geschrieben werden: {reason}.") from error
