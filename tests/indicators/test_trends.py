"""Changes of rates: what is compared, how sure it is, and where a series breaks."""

import numpy as np
import pandas as pd
import pytest

from atlas.edition import TABLES
from indicators.catalogue import load_catalogue
from indicators.rates import rate_interval
from indicators.trends import comparisons, compute_trends, latest_stretches, square_and_add

NEW_AREAS = "Die Gebiete wurden neu zugeschnitten"


def series(
    rates: dict[str, tuple[int, int] | None],
    indicator: str = "sgb2_quote",
    vintage: str = "2021",
    level: str = "planungsraum",
) -> pd.DataFrame:
    """One area: persons and residents by reporting date; None is a secret value."""
    rows = []
    for period, pair in rates.items():
        inside, all_ = pair or (np.nan, np.nan)
        low, high = (100 * float(limit[0]) for limit in rate_interval([inside], [all_]))
        status = "published" if pair else "suppressed"
        rows.append((period, 100 * inside / all_, low, high, inside, all_, status))
    columns = ["period", "value", "low", "high", "numerator", "denominator", "status"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(area="01", level=level, vintage=vintage, indicator=indicator, group="total")


def trends(*tables: pd.DataFrame, stable: tuple[str, ...] = ()) -> pd.DataFrame:
    return compute_trends(pd.concat(tables), load_catalogue(), stable)


def between(table: pd.DataFrame, start: str, to: str) -> pd.Series:
    rows = table.loc[(table["period_from"] == start) & (table["period_to"] == to)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_interval_of_the_literature() -> None:
    """Newcombe 1998, table II: 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339."""
    limits = rate_interval([56, 48], [70, 80])
    pair = pd.DataFrame(
        {
            **{"value": [56 / 70], "low": limits[0][:1], "high": limits[1][:1]},
            **{"value_0": [48 / 80], "low_0": limits[0][1:], "high_0": limits[1][1:]},
        }
    )
    change, low, high = (float(s.iloc[0]) for s in square_and_add(pair))
    assert (round(change, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)


@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        (200, 300, "steigt"),
        (300, 200, "sinkt"),
        (200, 201, "unverändert im Rahmen der Unsicherheit"),
        (200, 200, "unverändert im Rahmen der Unsicherheit"),
    ],
)
def test_three_words_for_what_happened(before, now, word) -> None:
    table = trends(series({"2024-12-31": (before, 2000), "2025-12-31": (now, 2000)}))
    row = between(table, "2024-12-31", "2025-12-31")
    assert row["class"] == word
    assert row["change"] == pytest.approx((now - before) / 20)
    assert row["low"] < row["change"] < row["high"]
    assert (row["break"], row["status"]) == ("", "published")
    assert list(table) == list(TABLES["trends"])


def test_compared_with_the_one_before_a_year_before_and_the_first() -> None:
    dates = ["2023-06-30", "2023-12-31", "2024-06-30", "2024-12-31", "2025-06-30"]
    table = trends(series(dict.fromkeys(dates, (200, 2000))))
    last = table.loc[table["period_to"] == "2025-06-30", "period_from"].tolist()
    assert last == ["2023-06-30", "2024-06-30", "2024-12-31"]
    assert table.loc[table["period_to"] == "2023-12-31", "period_from"].tolist() == dates[:1]
    assert comparisons("2025-06-30", [], []) == []


def test_a_secret_value_on_either_side_hides_the_change() -> None:
    table = trends(series({"2023-12-31": (200, 2000), "2024-12-31": None, "2025-12-31": (9, 2000)}))
    for start, to in (("2023-12-31", "2024-12-31"), ("2024-12-31", "2025-12-31")):
        row = between(table, start, to)
        assert (row["status"], row["class"]) == ("suppressed", "ohne Aussage")
        assert row[["change", "low", "high"]].isna().all()
    assert between(table, "2023-12-31", "2025-12-31")["class"] == "sinkt"


def test_new_areas_break_the_series_and_the_row_says_so() -> None:
    old = series({"2019-12-31": (200, 2000), "2020-12-31": (210, 2000)}, vintage="2019")
    new = series({"2021-12-31": (300, 2000), "2022-12-31": (310, 2000)}, vintage="2021")
    table = trends(old, new)
    first = between(table, "2020-12-31", "2021-12-31")
    assert first["break"].startswith(f"{NEW_AREAS} (Stand 2019, dann 2021)")
    assert (first["status"], first["class"]) == ("not_applicable", "ohne Aussage")
    assert np.isnan(first["change"])
    # Inside the new areas there is nothing to explain, and nothing reaches back.
    later = table.loc[table["period_to"] == "2022-12-31"]
    assert later["period_from"].tolist() == ["2021-12-31"]
    assert later["break"].tolist() == [""]


def test_the_whole_city_is_the_same_in_every_vintage() -> None:
    old = series({"2020-12-31": (200, 2000)}, vintage="2019", level="stadt")
    new = series({"2021-12-31": (300, 2000)}, vintage="2021", level="stadt")
    row = between(trends(old, new, stable=("stadt",)), "2020-12-31", "2021-12-31")
    assert (row["change"], row["class"], row["break"]) == (5.0, "steigt", "")


def test_a_new_definition_is_not_crossed() -> None:
    """MSS S1 counts unemployed of SGB II and III until edition 2017, then SGB II only."""
    table = trends(
        series({"2016-12-31": (200, 2000), "2018-12-31": (100, 2000), "2020-12-31": (101, 2000)},
               indicator="mss_s1")
    )  # fmt: skip
    row = between(table, "2016-12-31", "2018-12-31")
    assert "SGB III" in row["break"]
    assert (row["status"], row["class"]) == ("not_applicable", "ohne Aussage")
    rest = table.loc[table["period_to"] == "2020-12-31", "period_from"]
    assert rest.tolist() == ["2018-12-31"]


def test_a_new_law_is_crossed_and_named() -> None:
    table = trends(series({"2022-12-31": (200, 2000), "2023-06-30": (300, 2000)}))
    row = between(table, "2022-12-31", "2023-06-30")
    assert row["class"] == "steigt"
    assert "Bürgergeld" in row["break"]


def test_without_a_range_of_chance_nothing_is_claimed() -> None:
    table = series({"2018-12-31": (200, 2000), "2020-12-31": (900, 2000)}, indicator="mss_s3")
    row = between(trends(table.assign(low=np.nan, high=np.nan)), "2018-12-31", "2020-12-31")
    assert row["change"] == pytest.approx(35.0)
    assert row["class"] == "ohne Aussage"
    assert row["status"] == "published"


def test_an_area_that_was_not_there_before_is_missing() -> None:
    new = series({"2024-12-31": (200, 2000), "2025-12-31": (200, 2000)})
    later = series({"2025-12-31": (300, 2000)}).assign(area="02")
    table = trends(new, later).set_index("area")
    assert table.loc["02", "status"] == "missing"
    assert np.isnan(table.loc["02", "change"])


def test_counts_and_shares_that_are_changes_have_no_trend() -> None:
    dates = {"2024-12-31": (200, 2000), "2025-12-31": (300, 2000)}
    table = trends(series(dates, "n_residents"), series(dates, "mss_d1"))
    assert table.empty
    assert list(table) == list(TABLES["trends"])


def test_the_order_of_the_rows_does_not_matter() -> None:
    dates = [f"{y}-12-31" for y in range(2019, 2026)]
    rows = pd.concat(
        [
            series({d: (200 + 9 * i, 2000) for i, d in enumerate(dates[:3])}, vintage="2019"),
            series({d: (200 + 9 * i, 2000) for i, d in enumerate(dates[2:])}, vintage="2021"),
        ]
    )
    mixed = rows.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(trends(rows), trends(mixed))


def test_a_series_reaches_back_to_the_last_change_of_areas_or_definition() -> None:
    unbroken = load_catalogue().indicators["sgb2_quote"]
    pairs = [("a", "2019-12-31"), ("b", "2020-12-31"), ("b", "2021-12-31"), ("b", "2023-12-31")]
    (found,) = latest_stretches(pairs, unbroken)
    assert found.periods == ("2020-12-31", "2021-12-31", "2023-12-31")
    assert found.started.startswith(NEW_AREAS)
    assert "Bürgergeld" in found.crossed
    (whole,) = latest_stretches(pairs, unbroken, stable=True)
    assert (len(whole.periods), whole.started) == (4, "")
    (mss,) = latest_stretches(
        [("a", "2016-12-31"), ("a", "2018-12-31")], load_catalogue().indicators["mss_s1"]
    )
    assert (mss.periods, "SGB III" in mss.breaks) == (("2018-12-31",), True)


def test_a_date_delivered_for_two_vintages_does_not_break_a_series() -> None:
    indicator = load_catalogue().indicators["sgb2_quote"]
    pairs = [(v, d) for d in ("2019-12-31", "2020-12-31") for v in ("old", "new")]
    found = latest_stretches(pairs, indicator)
    assert [s.vintage for s in found] == ["new", "old"]
    assert all(len(s.periods) == 2 and not s.breaks for s in found)
    assert latest_stretches([], indicator) == ()
