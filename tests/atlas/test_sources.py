"""Each row cites the files its date came from, and nobody's name is lost when they are grouped."""

from dataclasses import replace

import pytest

from atlas.edition import Edition, SourceCard
from atlas.sources import attribution_at, grouped
from tests.small_city import small_edition


def card(name: str, attribution: str, period: str, licence: str = "CC BY 4.0") -> SourceCard:
    return SourceCard(name, f"Titel {name}", f"Amt {name}", licence, attribution, period, "0" * 64)


CARDS = (
    card("a.csv", "Amt A", "2023-12-31"),
    card("b.csv", "Amt A", "2024-06-30"),
    card("c.xlsx", "Amt C", "2023-06-30 bis 2024-06-30"),
    card("d.gpkg", "Geoportal", ""),
    card("e.csv", "Amt A", "2022-12-31", licence="dl-de/by-2-0"),
)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    small = small_edition(tmp_path_factory.mktemp("edition"))
    return Edition(small.path, replace(small.manifest, sources=CARDS))


@pytest.mark.parametrize(
    ("period", "cited"),
    [
        ("2023-12-31", "Amt A; Amt C"),
        ("2023-06-30", "Amt C"),
        ("2022-12-31", "Amt A"),
        ("", "Geoportal"),
        ("1999-12-31", "Amt A; Amt C; Geoportal"),
    ],
)
def test_a_row_cites_the_sources_of_its_date(edition: Edition, period: str, cited: str) -> None:
    assert attribution_at(edition, period) == cited


def test_dates_that_the_build_read_go_before_those_of_the_card(edition: Edition) -> None:
    read = Edition(edition.path, edition.manifest)
    read.__dict__["checks"] = {"sources": [{"file": "d.gpkg", "periods": ["1999-12-31"]}]}
    assert attribution_at(read, "1999-12-31") == "Geoportal"


def test_groups_keep_every_publisher_title_and_licence_apart() -> None:
    first, second, third, fourth = grouped(CARDS)
    assert (first.attribution, first.period) == ("Amt A", "31.12.2023 bis 30.06.2024")
    assert first.publishers == ("Amt a.csv", "Amt b.csv")
    assert first.titles == ("Titel a.csv", "Titel b.csv")
    assert second.period == "30.06.2023 bis 30.06.2024"
    assert third.period == ""
    assert (fourth.licence, fourth.period) == ("dl-de/by-2-0", "31.12.2022")
