"""How many methods agree on an area, and whether its class depends on who is a neighbour."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geodata.errors import KeyJoinError, TableError
from indicators import funnel_words, hotspot_words, scan_words
from indicators.agreement import (
    AGREEMENT_COLUMNS,
    DIRECTIONS,
    SENSITIVITY_COLUMNS,
    agreement,
    neighbourhood_sensitivity,
)
from indicators.agreement_words import stability_reason
from indicators.hotspots import HotspotSettings
from indicators.neighbours import NeighbourRule

MAP = {"level": "plr", "vintage": "2021", "period": "2025-12-31"}
RULES = (NeighbourRule(), NeighbourRule("knn"), NeighbourRule("distance", metres=1480.0))


def said(classes: dict[str, str], method: str | None = None) -> pd.DataFrame:
    """A class for each area."""
    table = pd.DataFrame({"area": list(classes), "class": list(classes.values())})
    table = table.assign(**MAP, indicator="sgb2_quote", group="total")
    return table if method is None else table.assign(method=method)


def agreed(gi: str, moran: str, scan: str, funnel: str) -> pd.Series:
    local = pd.concat([said({"01": gi}, "gi_star"), said({"01": moran}, "local_moran")])
    return agreement(local, said({"01": scan}, "scan"), said({"01": funnel})).iloc[0]


GI, MORAN = "Häufung mit den Nachbarn (Gi*)", "Vergleich mit den Nachbarn (lokales Moran-I)"
SCAN = "Suche nach auffälligen Kreisen (Kreis-Scan)"
FUNNEL = "Vergleich mit der ganzen Stadt (Trichter)"
KIN = (
    "Gi* und lokales Moran-I betrachten beide die Nachbarn und zählen zusammen kaum mehr als "
    "ein Verfahren."
)


def test_three_of_four_methods() -> None:
    row = agreed(
        "Häufung hoher Werte",
        "hoch unter hohen",
        "Teil einer Häufung hoher Werte",
        "im Rahmen der üblichen Unterschiede",
    )
    assert row[["gi_star", "local_moran", "scan", "funnel"]].tolist() == ["high"] * 3 + ["none"]
    assert row[["high", "low", "methods", "direction"]].tolist() == [3, 0, 4, "high"]
    assert row["reason"] == (
        f"3 von 4 Verfahren sprechen für auffällig hohe Werte: {GI}, {MORAN} und {SCAN}. {KIN}"
    )


def test_one_method_without_a_statement_is_named() -> None:
    row = agreed(
        "kein auffälliges Muster",
        "kein auffälliges Muster",
        "ohne Aussage",
        "niedriger als zufällig zu erwarten",
    )
    assert row[["high", "low", "methods", "direction"]].tolist() == [0, 1, 3, "low"]
    assert row["reason"] == (
        f"1 von 3 Verfahren spricht für auffällig niedrige Werte: {FUNNEL}. Ohne Aussage: {SCAN}."
    )


def test_a_high_value_among_low_ones_counts_as_neither() -> None:
    row = agreed(
        "kein auffälliges Muster", "hoch unter niedrigen", "unauffällig", "im Rahmen des Zufalls"
    )
    assert row[["local_moran", "direction"]].tolist() == ["high_alone", "none"]
    assert row["reason"] == (
        "Keines der 4 Verfahren spricht für auffällig hohe oder auffällig niedrige Werte. "
        "Der Wert hier ist hoch, die Werte der Nachbarn sind niedrig."
    )


def test_methods_that_contradict_each_other_are_not_averaged() -> None:
    row = agreed(
        "Häufung niedriger Werte",
        "niedrig unter niedrigen",
        "unauffällig",
        "höher als zufällig zu erwarten",
    )
    assert row[["high", "low", "direction"]].tolist() == [1, 2, "mixed"]
    assert row["reason"].startswith(
        f"Die 4 Verfahren sind sich nicht einig: 1 für auffällig hohe Werte ({FUNNEL}), "
        f"2 für auffällig niedrige Werte ({GI} und {MORAN})."
    )


def test_nobody_can_say_anything() -> None:
    row = agreed(*["ohne Aussage"] * 4)
    assert row[["methods", "direction"]].tolist() == [0, ""]
    assert row["reason"] == "Ohne Aussage: Keines der Verfahren kann zu diesem Gebiet etwas sagen."


def test_an_indicator_that_a_method_does_not_know_is_no_statement_of_it() -> None:
    local = said({"01": "Häufung hoher Werte"}, "gi_star")
    table = agreement(local, said({}, "scan"), said({"02": "im Rahmen des Zufalls"}))
    assert list(table) == AGREEMENT_COLUMNS
    assert table["area"].tolist() == ["01", "02"]
    assert table["methods"].tolist() == [1, 1]
    assert table["reason"][1].startswith("Das eine Verfahren, das etwas sagen kann, spricht nicht")


def test_every_class_of_every_method_has_a_meaning() -> None:
    every = {w for words in hotspot_words.CLASSES.values() for w in words}
    assert every | set(scan_words.CLASSES) | set(funnel_words.CLASSES) == set(DIRECTIONS)


def test_strange_classes_and_double_rows_are_named() -> None:
    fine = said({"01": "Häufung hoher Werte"}, "gi_star")
    empty = said({}, "scan")
    with pytest.raises(TableError, match="Unsinn"):
        agreement(said({"01": "Unsinn"}, "gi_star"), empty, said({}))
    with pytest.raises(KeyJoinError, match="Gebiet 01: sgb2_quote, gi_star"):
        agreement(pd.concat([fine, fine]), empty, said({}))


@pytest.mark.parametrize(
    ("words", "close", "sentence"),
    [
        (
            ["Häufung hoher Werte"] * 3,
            [False] * 3,
            "Gleich, wie man die Nachbarn auch bestimmt: Häufung hoher Werte.",
        ),
        (
            ["Häufung hoher Werte", "kein auffälliges Muster", "Häufung hoher Werte"],
            [False, True, False],
            "Im Wesentlichen gleich, wie man die Nachbarn auch bestimmt: Häufung hoher Werte, "
            "bei den 6 nächsten Gebieten nur knapp nicht.",
        ),
        (
            ["kein auffälliges Muster", "Häufung hoher Werte", "kein auffälliges Muster"],
            [False] * 3,
            "Hängt davon ab, wer als Nachbar zählt: Häufung hoher Werte bei den 6 nächsten "
            "Gebieten; kein auffälliges Muster bei gemeinsamer Grenze und einem Umkreis von "
            "1,48 km.",
        ),
        (
            ["ohne Aussage", "hoch unter hohen", "ohne Aussage"],
            [False] * 3,
            "Nur bei den 6 nächsten Gebieten ist eine Aussage möglich: hoch unter hohen.",
        ),
        (["ohne Aussage"] * 3, [False] * 3, "Ohne Aussage, wie man die Nachbarn auch bestimmt."),
    ],
)
def test_the_sentence_on_neighbours(words: list[str], close: list[bool], sentence: str) -> None:
    assert stability_reason(words, close, RULES, "ohne Aussage") == sentence


def city(side: int = 10) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Squares with a block of high values, one secret value and one area far away."""
    cells = [(x, y) for y in range(side) for x in range(side)] + [(60, 60)]
    keys = [f"{i:03d}" for i in range(len(cells))]
    areas = gpd.GeoDataFrame(
        {"area": keys, "level": "plr", "vintage": "2021"},
        geometry=[box(100 * x, 100 * y, 100 * x + 100, 100 * y + 100) for x, y in cells],
        crs="EPSG:25833",
    )
    value = np.random.default_rng(4).uniform(4, 6, len(cells))
    value[[y * side + x for y in range(3) for x in range(3)]] += 20
    values = pd.DataFrame({"area": keys, "value": value}).assign(
        **MAP, indicator="sgb2_quote", group="total", status="published"
    )
    values[["numerator", "denominator"]] = np.nan
    values.loc[55, ["value", "status"]] = [np.nan, "suppressed"]
    return values, areas


def test_a_planted_block_does_not_depend_on_who_is_a_neighbour() -> None:
    values, areas = city()
    settings = HotspotSettings(permutations=1999, seed=7)
    place = ("plr", "2025-12-31", "2021")
    table = neighbourhood_sensitivity(values, areas, ["sgb2_quote"], *place, settings)
    assert list(table) == SENSITIVITY_COLUMNS
    assert len(table) == 2 * len(areas)
    rows = table.set_index(["method", "area"])
    middle = rows.loc[("gi_star", "011")]
    assert middle[["queen", "knn", "distance"]].tolist() == ["Häufung hoher Werte"] * 3
    assert bool(middle["stable"])
    secret = rows.loc[("gi_star", "055")]
    assert secret["queen"] == "ohne Aussage"
    assert pd.isna(secret["stable"])
    far = rows.loc[("gi_star", "100")]
    assert far[["queen", "distance"]].tolist() == ["ohne Aussage"] * 2
    assert far["knn"] == "kein auffälliges Muster"
    assert pd.isna(far["stable"])
    assert "Nur bei den 6 nächsten Gebieten" in far["reason"]
    differing = table.loc[table["stable"].eq(False).fillna(False)]
    for row in differing.itertuples():
        assert len({row.queen, row.knn, row.distance} - {"ohne Aussage"}) > 1
        assert row.reason.startswith("Hängt davon ab")


def test_nothing_remarkable_does_not_mean_like_the_city() -> None:
    row = agreed(
        "kein auffälliges Muster", "kein auffälliges Muster", "unauffällig", "im Rahmen des Zufalls"
    )
    assert row["direction"] == "none"
    assert row["reason"] == (
        "Keines der 4 Verfahren spricht für auffällig hohe oder auffällig niedrige Werte. Gemessen "
        "wird an den Unterschieden, die zwischen den Gebieten dieser Stadt üblich sind; der Wert "
        "kann trotzdem weit von dem der Stadt entfernt sein."
    )
