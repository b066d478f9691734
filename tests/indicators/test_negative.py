"""The list of areas with a negative development: who is on it, who is not, and why."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from indicators.catalogue import load_catalogue
from indicators.negative import COLUMNS, Computed, negative_development
from indicators.rates import rate_interval
from indicators.series import compute_series
from indicators.trends import compute_trends

NNBSP = "\N{NARROW NO-BREAK SPACE}"
INDEX_COLUMNS = ["area", "level", "vintage", "period", "index", "class", "status"]


def rates(
    inside: list[int | None],
    area: str = "01",
    people: int = 5000,
    level: str = "ortsteil",
    indicator: str = "sgb2_quote",
    last: int = 2022,
) -> pd.DataFrame:
    """One area, a year after the other; None is secret."""
    number = np.array([np.nan if n is None else n for n in inside], dtype=float)
    low, high = (100 * np.asarray(x) for x in rate_interval(number, np.full(len(number), people)))
    return pd.DataFrame(
        {
            "area": area,
            "level": level,
            "vintage": "2021",
            "period": [f"{y}-12-31" for y in range(last - len(inside) + 1, last + 1)],
            "indicator": indicator,
            "group": "total",
            "value": 100 * number / people,
            "low": low,
            "high": high,
            "numerator": number,
            "denominator": float(people),
            "status": ["suppressed" if n is None else "published" for n in inside],
        }
    )


CITY = [20_000, 19_500, 19_000, 18_500, 18_000, 17_500, 17_000, 16_500, 16_000, 15_500]


def city(counts: list[int] = CITY, **more) -> pd.DataFrame:
    return rates(counts, area="stadt", people=200_000, level="stadt", **more)


def classes(word: str, index: str = "mss_dynamik") -> pd.DataFrame:
    row = ("01", "ortsteil", "2021", "2020-12-31", index, word, "published")
    return pd.DataFrame([row], columns=INDEX_COLUMNS)


def listed(*tables: pd.DataFrame, index: pd.DataFrame | None = None, catalogue=None):
    catalogue, values = catalogue or load_catalogue(), pd.concat(tables, ignore_index=True)
    computed = Computed(
        values=values,
        trends=compute_trends(values, catalogue, ("stadt",)),
        series=compute_series(values, catalogue, ("stadt",)),
        index=classes("stabil").iloc[:0] if index is None else index,
    )
    return negative_development(computed, catalogue, "stadt")


def test_worse_in_a_year_and_over_the_years() -> None:
    found = listed(rates([400 + 15 * i + (-1) ** i for i in range(9)] + [640])).reasons
    assert found["kind"].tolist() == ["zeitverlauf"]
    reason = found["reason"].iloc[0]
    assert reason.startswith(
        "Anteil mit Arbeitslosengeld II oder Sozialgeld: Vom 31.12.2021 bis zum 31.12.2022 um 2,4 "
        "Prozentpunkte gestiegen (Schwankungsbereich 1,1 bis 3,6). Über die Jahre: Von "
        f"8,0{NNBSP}% am 31.12.2013 auf 12,8{NNBSP}% am 31.12.2022"
    )


def test_one_of_the_two_is_not_enough() -> None:
    jump = rates([400, 430, 390, 420, 395, 425, 400, 410, 405, 500], area="01")
    slow = rates([400 + 12 * i for i in range(10)], area="02")
    found = listed(jump, slow)
    assert found.reasons.empty
    assert found.unjudged.empty


def test_a_series_too_short_is_held_against_its_earliest_date() -> None:
    found = listed(rates([400, 450, 600], last=2024)).reasons
    assert found["kind"].tolist() == ["zeitverlauf"]
    assert "; seit dem 31.12.2022 um 4,0 Prozentpunkte gestiegen" in found["reason"].iloc[0]
    assert "Bürgergeld" in found["reason"].iloc[0]


@pytest.mark.parametrize(
    ("direction", "rising", "falling"),
    [("more_need", 1, 0), ("less_need", 0, 1), ("neutral", 0, 0)],
)
def test_what_is_worse_comes_from_the_catalogue(direction, rising, falling) -> None:
    known = load_catalogue()
    entries = tuple(
        replace(i, direction=direction) if i.key == "sgb2_quote" else i for i in known.indicator
    )
    catalogue = replace(known, indicator=entries)
    up = [400 + 15 * i + (-1) ** i for i in range(9)] + [640]
    assert len(listed(rates(up), catalogue=catalogue).reasons) == rising
    down = [1000 - n for n in up]
    assert len(listed(rates(down), catalogue=catalogue).reasons) == falling


def test_against_a_city_whose_rate_falls() -> None:
    level = [500, 505, 495, 500, 505, 495, 500, 505, 510, 560]
    found = listed(rates(level), city()).reasons
    assert found["kind"].tolist() == ["stadtvergleich"]
    assert (
        found["reason"]
        .iloc[0]
        .startswith(
            f"Anteil mit Arbeitslosengeld II oder Sozialgeld: Von 10,1{NNBSP}% am 31.12.2020 auf "
            f"11,2{NNBSP}% am 31.12.2022; in der ganzen Stadt ist der Wert in dieser Zeit von "
            f"8,2{NNBSP}% auf 7,8{NNBSP}% gesunken. Im gleichen Verhältnis wie in der Stadt "
            f"wären es hier 9,5{NNBSP}%; der Unterschied ist größer, als der Zufall erwarten ließe"
        )
    )


def test_a_low_rate_that_cannot_fall_as_far_is_not_blamed() -> None:
    """From 1.0 to 0.9 % while the city falls from 30 to 25 %: behind in points, not in step."""
    low = [200] * 7 + [200, 190, 180]
    falling = [60_000] * 7 + [60_000, 55_000, 50_000]
    assert listed(rates(low, people=20_000), city(falling)).reasons.empty


def test_an_area_that_gets_better_is_not_on_the_list() -> None:
    """From 40 to 36 %: better, if less so than the city with 30 to 20 %."""
    better = [8000] * 8 + [7600, 7200]
    falling = [60_000] * 8 + [50_000, 40_000]
    assert listed(rates(better, people=20_000), city(falling)).reasons.empty


def test_the_dynamics_class_with_the_greatest_burden() -> None:
    change = rates([1], indicator="mss_d1", last=2020).assign(value=0.84)
    found = listed(change, index=classes("negativ")).reasons
    assert found["kind"].tolist() == ["dynamik"]
    name = load_catalogue().indicators["mss_d1"].name_de
    assert found["reason"].iloc[0] == (
        "Dynamik-Index am 31.12.2020: Klasse „negativ“. Die Anteile, aus denen er besteht, haben "
        "sich zusammen ungünstiger entwickelt als in den meisten anderen Gebieten der Stadt. Im "
        f"Einzelnen: {name} +0,8 Prozentpunkte."
    )
    for word, index in (("stabil", "mss_dynamik"), ("sehr niedrig", "mss_status")):
        assert listed(rates([400] * 3), index=classes(word, index)).reasons.empty


def test_what_cannot_be_judged_is_named_and_not_called_fine() -> None:
    hidden = rates([None] * 10, area="02")
    found = listed(rates([400] * 10), hidden, city())
    assert found.unjudged["area"].tolist() == ["02"]
    assert found.unjudged["reason"].iloc[0].startswith("Ohne Aussage")
    assert found.areas == {}


def test_where_no_change_of_the_latest_date_is_known_nothing_is_listed() -> None:
    found = listed(rates([300, None]), city([20_000, None]))
    assert found.reasons.empty


def test_the_city_itself_is_not_listed_and_the_columns_stay() -> None:
    found = listed(city([20_000 + 900 * i for i in range(10)]))
    assert found.reasons.empty
    assert list(found.reasons) == COLUMNS


def test_an_area_may_have_several_reasons() -> None:
    worse = [400 + 15 * i + (-1) ** i for i in range(9)] + [640]
    found = listed(rates(worse), city(), index=classes("negativ"))
    assert found.reasons["kind"].tolist() == ["dynamik", "stadtvergleich", "zeitverlauf"]
    assert len(found.areas["01", "ortsteil", "2021"]) == 3


@pytest.mark.reference
def test_leipzig_has_few_and_all_of_them_rose_against_the_city(city_path) -> None:
    from atlas.edition import open_edition

    edition, catalogue = open_edition(city_path("leipzig")), load_catalogue()
    values = edition.table("values")
    series = compute_series(values, catalogue, ("stadt",))
    tables = Computed(values, edition.table("trends"), series, edition.table("index"))
    found = negative_development(tables, catalogue, "stadt")
    names = edition.table("areas").set_index("area")["name"]
    assert {names[a] for a, _, _ in found.areas} == {"Probstheida", "Zentrum-Südost"}
