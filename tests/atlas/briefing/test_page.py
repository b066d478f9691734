"""The page that a councillor takes into a meeting: one sheet, readable by ear, nothing hidden."""

import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from atlas.briefing import brief
from atlas.edition import Edition
from atlas.placement.result import AreaReach
from geodata.errors import KeyJoinError, OutputError
from tests.atlas.test_week import PLAN, session
from tests.small_city import small_edition

HIDDEN, WITH_ROOMS = "0102", "0122"

FAR = replace(
    PLAN,
    areas=(
        AreaReach(
            area="0455",
            group="alle",
            need=50.0,
            low=50.0,
            high=50.0,
            status="published",
            minutes_before=None,
            minutes_after=None,
            level_before=None,
            level_after=None,
            next_place="b1",
            next_minutes=40.0,
        ),
    ),
)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return small_edition(tmp_path_factory.mktemp("edition"))


def words(file: Path) -> str:
    """The text of a page on one line, as a reader copies it."""
    text = pypdf.PdfReader(file).pages[0].extract_text()
    return " ".join(text.replace("\u202f", " ").split())


def tags(node: object) -> list[tuple[str, str]]:
    """All structure elements in reading order, with their text alternative."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [t for child in node for t in tags(child)]
    if not isinstance(node, dict):
        return []
    own = [(str(node["/S"]), str(node.get("/Alt", "")))] if "/S" in node else []
    return own + (tags(node["/K"]) if "/K" in node else [])


@pytest.fixture(scope="module")
def file(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return brief(edition, WITH_ROOMS, out=tmp_path_factory.mktemp("brief") / "feld.pdf")


def test_one_a4_page_tagged_in_german(file: Path) -> None:
    reader = pypdf.PdfReader(file)
    root = reader.trailer["/Root"]
    assert len(reader.pages) == 1
    assert [round(float(x)) for x in reader.pages[0].mediabox[2:]] == [595, 842]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("de")
    assert reader.metadata is not None
    assert reader.metadata.title == "Feld 3-3: Gebietsprofil, Kleinstadt, 30.06.2024"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_the_structure_can_be_read_aloud(file: Path) -> None:
    found = tags(pypdf.PdfReader(file).trailer["/Root"]["/StructTreeRoot"]["/K"])
    kinds = [kind for kind, _ in found]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 4
    assert {"/Table", "/TH", "/TD", "/L"} <= set(kinds)
    figures = [alt for kind, alt in found if kind == "/Figure"]
    assert len(figures) == 2
    assert "Umrandet ist Feld 3-3" in figures[0]
    assert "zu klein: 1 Gebiet" in figures[0]
    assert "31.12.2023" in figures[1] and "30.06.2024" in figures[1]


def test_value_city_difference_and_source_are_on_the_page(edition: Edition, file: Path) -> None:
    # need is (5 + 4 * row + period) per cent of 1220 people in row 2: 14 per cent, rounded down
    text = words(file)
    value, city = 100 * (1220 * 14 // 100) / 1220, _city_rate(edition)
    assert f"{value:.1f} %".replace(".", ",") in text
    assert f"{city:.1f} %".replace(".", ",") in text
    # the difference is that of the printed figures, so that a reader can check it
    assert f"{round(value, 1) - round(city, 1):+.1f}".replace(".", ",").replace("-", "−") in text
    for expected in (
        "Kleinstadt, erfundene Daten",
        "Region 01",
        "1.220 Einwohnerinnen und Einwohner am 30.06.2024",
        "CC0-1.0",
        "Musteramt (erfunden)",
        edition.manifest.id,
        edition.manifest.content[:12],
        "Schwankungsbereich",
    ):
        assert expected in text, expected


def _city_rate(edition: Edition) -> float:
    counts = edition.table("counts").query(
        "level == 'stadt' and period == '2024-06-30' and group == 'total'"
    )
    people, need = (
        counts.loc[counts["measure"] == m, "count"].iloc[0] for m in ("residents", "sgb2_persons")
    )
    return float(100 * need / people)


def test_a_hidden_value_is_named_in_words(edition: Edition, tmp_path: Path) -> None:
    text = words(brief(edition, HIDDEN, out=tmp_path / "a.pdf"))
    assert re.search(r"Kinder unter 15 Jahren[^.]* geheim", text)
    assert "Nicht gezeigt: geheim: Kinder unter 15 Jahren" in text
    row = edition.table("values").query(
        "area == @HIDDEN and period == '2024-06-30' and indicator == 'sgb2_kinder'"
    )
    assert row["value"].isna().all()


def test_the_whole_city_is_not_held_against_itself(edition: Edition, tmp_path: Path) -> None:
    text = words(brief(edition, "Kleinstadt", out=tmp_path / "a.pdf"))
    assert "Unterschied zur Stadt" not in text
    assert "in der ganzen Stadt" not in text


def test_a_region_speaks_of_its_parts(edition: Edition, tmp_path: Path) -> None:
    text = words(brief(edition, "Region 02", out=tmp_path / "a.pdf"))
    assert re.search(r"In den 9 Gebieten hier, .*reichen die Werte von [\d,]+ bis [\d,]+ %", text)


def test_uninhabited_areas_have_a_page_without_figures(edition: Edition, tmp_path: Path) -> None:
    text = words(brief(edition, "0100", out=tmp_path / "a.pdf"))
    assert "wohnt niemand" in text


def test_existing_hours_near_by_are_listed(edition: Edition, tmp_path: Path) -> None:
    text = words(brief(edition, "Region 01", out=tmp_path / "a.pdf"))
    assert "Mo 9.00–12.00 Uhr · Jobcenter Kleinstadt" in text
    assert "Zu dieser Ausgabe liegt kein Plan vor." in text


def test_the_sheet_speaks_the_language_of_the_page(edition: Edition, tmp_path: Path) -> None:
    file = brief(edition, "Region 01", out=tmp_path / "a.pdf", language="en")
    assert pypdf.PdfReader(file).trailer["/Root"]["/Lang"].startswith("en")
    text = words(file)
    assert "Mon 9.00–12.00 · Jobcenter Kleinstadt" in text
    assert "inhabitants" in text or "residents" in text
    assert "Schwankungsbereich" not in text


def test_planned_hours_near_by_are_listed_in_the_order_of_the_week(
    edition: Edition, tmp_path: Path
) -> None:
    hours = (
        session("b1", "Bibliothek Mitte", 4, "09:00", "12:00"),
        session("j1", "Jobcenter Kleinstadt", 3, "14:00", "17:00", known=False),
        session("c1", "Café am Markt", 0, "14:00", "17:00"),
    )
    plan = replace(PLAN, title="Vier Stunden mehr", sessions=hours)
    text = words(brief(edition, "Region 01", out=tmp_path / "a.pdf", plans=[plan]))
    assert "Vorgeschlagen im Plan „Vier Stunden mehr“" in text
    assert "Café am Markt" not in text
    first, second = text.index("Do 14.00–17.00 Uhr"), text.index("Fr 9.00–12.00 Uhr")
    assert first < second
    assert "Öffnungszeiten unbekannt" in text[first:second]


def test_where_no_room_is_near_the_next_hour_of_the_plan_is_named(
    edition: Edition, tmp_path: Path
) -> None:
    text = words(brief(edition, "0455", "planungsraum", out=tmp_path / "a.pdf", plans=[FAR]))
    assert "Nächste geplante Sprechstunde: Bibliothek Mitte, Montag" in text
    assert "40 Minuten zu Fuß. Das ist weiter als die 25 Minuten" in text
    assert "Kein Plan" not in text


def test_the_same_edition_gives_the_same_bytes(
    edition: Edition, file: Path, tmp_path: Path
) -> None:
    assert brief(edition, WITH_ROOMS, out=tmp_path / "b.pdf").read_bytes() == file.read_bytes()


def test_a_name_works_like_a_key_in_any_case(edition: Edition, file: Path, tmp_path: Path) -> None:
    again = brief(edition, "feld 3-3", "planungsraum", out=tmp_path / "b.pdf")
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("wanted", "level", "named"),
    [
        ("Feld 3-9", None, "Feld 3-3"),
        ("Regoin 02", None, "Region 02"),
        ("0199", None, "Planungsraum, 01"),
        ("Feld 3-3", "kiez", "planungsraum, bezirksregion, stadt"),
        ("Feld 3-3", "bezirksregion", ""),
    ],
)
def test_an_unknown_area_names_what_is_meant(
    edition: Edition, tmp_path: Path, wanted: str, level: str | None, named: str
) -> None:
    with pytest.raises(KeyJoinError) as error:
        brief(edition, wanted, level, out=tmp_path / "a.pdf")
    assert named in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_on_two_levels_asks_for_the_level(edition: Edition, tmp_path: Path) -> None:
    areas = edition.areas.copy()
    areas.loc[areas["area"] == "01", "name"] = "Feld 3-3"
    twin = Edition(edition.path, edition.manifest)
    twin.__dict__["areas"] = areas
    with pytest.raises(KeyJoinError, match="nicht eindeutig") as error:
        brief(twin, "Feld 3-3", out=tmp_path / "a.pdf")
    assert "Bezirksregion, 01" in str(error.value)


def test_a_folder_is_not_overwritten_but_a_file_is(edition: Edition, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Ordner"):
        brief(edition, WITH_ROOMS, out=tmp_path)
    old = tmp_path / "alt.pdf"
    old.write_text("alt")
    assert brief(edition, WITH_ROOMS, out=old).read_bytes().startswith(b"%PDF")
    assert [f.name for f in tmp_path.iterdir()] == ["alt.pdf"]


def test_an_unwritable_place_is_one_clear_message(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("x")
    with pytest.raises(OutputError, match="kann nicht geschrieben werden"):
        brief(edition, WITH_ROOMS, out=tmp_path / "datei" / "a.pdf")
