"""The handbook's page of all figures: complete, linked, and what the catalogue says."""

import re
from importlib.resources import files
from pathlib import Path

from indicators.catalogue import load_catalogue
from indicators.catalogue_page import FAMILIES, catalogue_page, family_indicators, main
from tests.handbook import PAGES

CATALOGUE = load_catalogue()


def test_the_page_of_the_handbook_is_what_the_catalogue_says(tmp_path: Path) -> None:
    assert main([str(tmp_path / "k.md")]) == 0
    fresh = (tmp_path / "k.md").read_text(encoding="utf-8")
    assert (PAGES / "kennzahlen.md").read_text(encoding="utf-8") == fresh, "make kennzahlen"
    assert main([]) == 2


def test_the_page_has_one_sheet_per_figure_and_links_to_each() -> None:
    page = catalogue_page(CATALOGUE)
    keys = re.findall(r"^- \*\*Schlüssel:\*\* `(\w+)`$", page, re.M)
    assert sorted(keys) == sorted([*CATALOGUE.indicators, *CATALOGUE.indices])
    headings = re.findall(r"^#{2,3} (.+)$", page, re.M)
    assert len(set(headings)) == len(headings)
    linked = re.findall(r"^ *- \[(.+)\]\(#.+\)$", page, re.M)
    assert linked == [h for h in headings if h != "Inhalt"]


def test_every_file_of_the_catalogue_with_figures_is_a_section() -> None:
    folder = files("indicators") / "catalogue"
    names = {Path(f.name).stem for f in folder.iterdir() if f.name.endswith(".toml")}
    assert names - {"gruppen"} == set(FAMILIES)
    assert all(family_indicators(CATALOGUE, family) for family in FAMILIES)


def test_a_sheet_of_the_page_reads_like_this() -> None:
    page = catalogue_page(CATALOGUE)
    (sheet,) = re.findall(
        r"^### Langzeitleistungsbeziehende je 100 .*?(?=^###? )", page, re.M | re.S
    )
    assert (
        "### Langzeitleistungsbeziehende je 100 Menschen von 15 bis unter 65 Jahren\n\nAuf" in sheet
    )
    assert (
        "- **So gerechnet:** Langzeitleistungsbeziehende (SGB II) (Zähler) geteilt durch "
        "Einwohnerinnen und Einwohner, 15 bis unter 65 Jahre (Nenner), mal 100\n"
        "- **Einheit:** Prozent, mit einer Nachkommastelle\n"
        "- **Ein hoher Wert heißt:** mehr Bedarf an Unterstützung\n"
    ) in sheet
    assert "- **Minimum:** Nenner mindestens 100; Zähler null oder mindestens 3\n" in sheet
    assert "§ 48a SGB II" in sheet
    assert "mindestens 21 der vergangenen 24 Monate" in sheet
