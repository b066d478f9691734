"""An estimated figure keeps its word everywhere, and says which areas are missing in it."""

import pytest

from atlas.briefing import brief
from atlas.edition import Edition
from atlas.findings import estimate_finding, value_finding
from atlas.profile import figures, profile
from atlas.profile.estimates import estimates
from atlas.profile.rows import count_table, residents_text
from atlas.profile.sheets import area_ref
from tests.atlas.briefing.test_page import words
from tests.small_city import PERIODS, VINTAGE


@pytest.fixture
def gappy(edition):
    """The small city whose last count of residents lacks one area."""
    made = Edition(edition.path, edition.manifest)
    values = edition.table("values").copy()
    here = (values["indicator"] == "n_residents") & (values["period"] == PERIODS[-1])
    values.loc[here & (values["area"] == "0444"), ["status", "value"]] = ["missing", float("nan")]
    values.loc[here & values["area"].isin(["04", "00"]), "status"] = "estimated"
    made._tables["values"] = values
    return made


def test_the_areas_without_a_value_are_named(gappy):
    city = area_ref(gappy, VINTAGE, "stadt", "00")
    (found,) = estimates(gappy, city, figures(gappy, city))
    assert [a.name for a in found.missing] == ["Feld 5-5"]
    assert estimate_finding(found) == (
        "Einwohnerinnen und Einwohner (Kleinstadt) ist geschätzt: Für 1 von 36 Gebieten "
        "(Planungsräume) gibt es am 30.06.2024 keine Angabe. Gezählt sind die übrigen."
    )


def test_a_part_that_is_complete_speaks_of_the_city_it_is_held_against(gappy):
    ref = area_ref(gappy, VINTAGE, "bezirksregion", "01")
    (found,) = estimates(gappy, ref, figures(gappy, ref))
    assert found.ref.name == "Kleinstadt"


def test_the_word_stands_beside_the_number_on_the_page(gappy):
    found = profile(gappy, "04", "bezirksregion", VINTAGE)
    (figure,) = (f for f in found.figures if f.sheet.key == "n_residents")
    assert "(geschätzt)" in residents_text(found.residents, found.residents_period)
    assert "(geschätzt)" in count_table((figure,)).iloc[0]["Anzahl"]
    assert value_finding(figure).endswith("Die Zahl ist geschätzt.")


def test_the_word_and_the_reason_stand_on_the_sheet(gappy, tmp_path):
    page = words(brief(gappy, "Kleinstadt", out=tmp_path / "a.pdf"))
    assert page.count("(geschätzt)") >= 2
    assert "Für 1 von 36 Gebieten (Planungsräume) gibt es am 30.06.2024 keine Angabe" in page


def test_where_all_is_counted_nothing_is_said(edition):
    city = area_ref(edition, VINTAGE, "stadt", "00")
    assert estimates(edition, city, figures(edition, city)) == ()
