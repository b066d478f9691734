"""How concentrated recipients live, in sentences: case by case."""

import re

import numpy as np
import pandas as pd
import pytest

from atlas import concentration_words as words
from indicators.catalogue import load_catalogue
from indicators.concentration import compute_concentration, concentration_changes

BLAME = re.compile(
    r"Brennpunkt|Problem|schlecht|abgehängt|gefährlich|versagt|Schuld|besser|Ghetto|deprived|worse"
    r"|bad|ghetto",
    re.IGNORECASE,
)
languages = pytest.mark.parametrize("language", ["de", "en"])


def plain(sentences):
    return [s.replace("\u202f", " ") for s in sentences]


def rows(measure, counts, period="2022-12-31", group="total"):
    """Counts of one cell; None is hidden between 1 and 5, a word is a status."""
    table = []
    for i, count in enumerate(counts):
        status = count if isinstance(count, str) else "suppressed" if count is None else "published"
        shown = np.nan if count is None or isinstance(count, str) else float(count)
        low, high = (1, 5) if count is None else (shown, shown)
        place = [f"{i:02d}", "ortsteil", "2021", period, measure, group]
        table.append([*place, shown, low, high, status])
    columns = ["area", "level", "vintage", "period", "measure", "group"]
    return pd.DataFrame(table, columns=[*columns, "count", "bound_low", "bound_high", "status"])


def city(recipients, residents, period="2022-12-31", measure="sgb2_persons"):
    return pd.concat([rows(measure, recipients, period), rows("residents", residents, period)])


def found(counts, language="de"):
    table = compute_concentration(counts, load_catalogue())
    return plain(words.concentration_findings(table, "Ortsteile", language))


# Ten areas of 1,000 people: eight with 100 recipients, two with 300; 1,400 of 10,000.
TEN = city([100] * 8 + [300] * 2, [1000] * 10)


def test_a_city_in_sentences():
    # Top area: 300 of 1,400 = 21.4 %, 10 % of the people; two: 42.9 % and 20 %.
    # D: 600/1400 - 1400/8600 = 0.4286 - 0.1628 = 0.2658. Isolation:
    # (800 * 0.1 + 600 * 0.3) / 1400 = 0.1857. Two rates only: Gini equals D. At random an
    # area's count has variance 1000 * 0.14 * 0.86 * 0.9 = 108.4, so its mean distance is
    # near 0.798 * 10.4 = 8.31; 10 * 8.31 / 2 * 10000 / (1400 * 8600) = 0.0345, nearly.
    assert found(TEN) == [
        "In 1 von 10 Ortsteilen (höchster Anteil) leben 21,4 % aller Menschen in "
        "Bedarfsgemeinschaften (SGB II) und 10,0 % der Einwohnerinnen und Einwohner.",
        "In den 2 von 10 Ortsteilen mit dem höchsten Anteil leben 42,9 % aller Menschen in "
        "Bedarfsgemeinschaften (SGB II), aber nur 20,0 % der Einwohnerinnen und Einwohner.",
        "Damit alle Gebiete den gleichen Anteil hätten, müssten rechnerisch 26,6 % der Menschen in "
        "Bedarfsgemeinschaften (SGB II) in ein anderes Gebiet ziehen (Dissimilaritätsindex). Das "
        "ist ein Maß für die ungleiche Verteilung und kein Ziel.",
        "Bei rein zufälliger Verteilung wären es 3,4 %; die Verteilung ist also ungleicher, als "
        "der Zufall erwarten ließe.",
        "Wer zu dieser Gruppe gehört, lebt im Mittel in einem Gebiet, in dem der Anteil "
        "18,6 % beträgt; insgesamt sind es 14,0 %.",
        "Der Gini-Koeffizient der Verteilung beträgt 0,27 (0: überall der gleiche Anteil, 1: "
        "vollständig getrennt).",
        "Verglichen wird mit allen übrigen Menschen: Bezug sind die Einwohnerinnen und Einwohner "
        "am 31.12.2022.",
        "Die Zahlen für Menschen unter 65 Jahren liegen nicht vor; der Vergleich schließt deshalb "
        "auch Ältere ein.",
        "Der Wert hängt auch von der Größe der Gebiete ab und ist nur mit derselben "
        "Gebietseinteilung vergleichbar.",
    ]


def test_the_same_city_in_english():
    sentences = found(TEN, "en")
    assert sentences[1] == (
        "The 2 of 10 Ortsteile with the highest share are home to 42.9% of all people in SGB II "
        "households, but only 20.0% of the residents."
    )
    assert "26.6%" in sentences[2]
    assert len(sentences) == len(found(TEN))


def test_few_people_in_many_areas_are_not_called_unevenly_spread():
    # 40 people in 20 areas of 100. A count of mean 2 is off by 4 * 4 * exp(-2) / 2 = 1.08 on
    # average if Poisson, a little less if drawn from 2,000 people: near 0.27.
    counts = city([0, 4, 1, 3, 2] * 4, [100] * 20)
    (sentence,) = [s for s in found(counts) if "zufälliger" in s]
    assert sentence.startswith("Schon bei rein zufälliger Verteilung wären es 26,6 %")
    assert sentence.endswith("lässt sich hier nicht vom Zufall unterscheiden.")


def test_equal_shares_are_not_made_to_look_like_a_difference():
    counts = city([100] * 10, [1000] * 10)
    assert found(counts)[1] == (
        "In den 2 von 10 Ortsteilen mit dem höchsten Anteil leben 20,0 % aller Menschen in "
        "Bedarfsgemeinschaften (SGB II) und 20,0 % der Einwohnerinnen und Einwohner."
    )


def test_a_hidden_count_gives_a_range_that_holds_the_truth_and_is_explained():
    counts = city([100] * 7 + [None] + [300] * 2, [1000] * 10)
    sentences = found(counts)
    # 600 of 1301 to 1305: 46.12 to 45.98 %, printed outwards.
    assert sentences[1].startswith(
        "In den 2 von 10 Ortsteilen mit dem höchsten Anteil leben zwischen 45,9 % und 46,2 % aller"
    )
    assert any(s.startswith("Einzelne Zahlen sind geheim.") for s in sentences)


def test_missing_areas_are_stated():
    counts = city([100, 100, "missing", 300, 100], [1000] * 5)
    assert "Für 1 Gebiet fehlen Angaben; die Aussagen gelten für die übrigen 4." in found(counts)
    counts = city([100, "missing", "missing", 300, 100], [1000] * 5)
    assert "Für 2 Gebiete fehlen Angaben; die Aussagen gelten für die übrigen 3." in found(counts)


def test_without_recipients_one_sentence_says_so():
    (sentence,) = found(city([0] * 5, [1000] * 5))
    assert sentence.startswith("Eine Aussage zur Verteilung ist hier nicht möglich")


def test_people_under_65_are_named_as_the_base():
    parts = [rows("residents", [500] * 10, group=g) for g in ("age_u15", "age_15_64")]
    sentences = found(pd.concat([TEN, *parts]))
    assert "der Menschen unter 65 Jahren." in sentences[1]
    assert not any("schließt" in s for s in sentences)


@languages
@pytest.mark.parametrize(
    "measure", ["sgb2_persons", "sgb2_elb", "unemployed", "grusi_alter", "eingliederungshilfe"]
)
def test_no_sentence_blames_and_every_hole_is_filled(measure, language):
    counts = city([100] * 8 + [None, 300], [1000] * 10, measure=measure)
    counts = pd.concat([counts, rows("residents", [400] * 10, group="age_65plus")])
    for sentence in found(counts, language):
        assert not BLAME.search(sentence)
        assert not re.search(r"[{}]|nan|None", sentence)


def test_a_group_without_a_noun_of_its_own_is_named_by_the_catalogue():
    name = words.people_name("sgb2_elb", "age_25_54", "2022-12-31")
    assert name == "Gezählten (Erwerbsfähige Leistungsberechtigte (SGB II), 25 bis unter 55 Jahre)"
    assert words.base_name("residents/age_15_24") == (
        "Einwohnerinnen und Einwohner (15 bis unter 25 Jahre)"
    )


def test_rows_of_two_dates_are_refused():
    counts = pd.concat([TEN, city([1] * 5, [9] * 5, "2021-12-31")])
    with pytest.raises(ValueError, match="exactly one"):
        words.concentration_findings(compute_concentration(counts, load_catalogue()), "Ortsteile")


@pytest.mark.parametrize(
    ("plural", "dative"),
    [
        ("Ortsteile", "Ortsteilen"),
        ("Planungsräume", "Planungsräumen"),
        ("Bezirksregionen", "Bezirksregionen"),
        ("Bezirke", "Bezirken"),
    ],
)
def test_level_names_after_in_den(plural, dative):
    assert words.dative_plural(plural) == dative


def change(then, now, language="de", residents=(10000, 10000, 10000)):
    counts = pd.concat([city(then, residents, "2021-12-31"), city(now, residents, "2022-12-31")])
    (row,) = concentration_changes(counts, load_catalogue()).to_dict("records")
    return words.change_sentence(row, language).replace("\u202f", " ")


def test_a_rise_a_fall_and_no_change():
    # D = 5/24 = 20.8 %; then 400 of 6,000 less 9,600 of 24,000 is -1/3, 0, 1/3: D = 33.3 %.
    assert change([1000, 2000, 3000], [400, 2000, 3600]).startswith(
        "Seit dem 31.12.2021 hat die ungleiche Verteilung der Menschen in Bedarfsgemeinschaften "
        "(SGB II) auf die Gebiete zugenommen (damals 20,8 %, am 31.12.2022 33,3 %). Das ist mehr "
        "als die zufällige Schwankung (Schwankungsbereich 10,"
    )
    assert "abgenommen (damals 33,3 %, am 31.12.2022 20,8 %)" in change(
        [400, 2000, 3600], [1000, 2000, 3000]
    )
    same = change([1000, 2000, 3000], [1010, 2000, 3000])
    assert "nicht wesentlich verändert" in same
    assert "im Rahmen der zufälligen Schwankung (Schwankungsbereich −" in same


def test_a_change_in_english():
    assert change([1000, 2000, 3000], [400, 2000, 3600], "en").startswith(
        "Since 31 December 2021 the people in SGB II households have become more unevenly spread "
        "across the areas (20.8% then, 33.3% on 31 December 2022)."
    )


def test_other_areas_give_no_comparison():
    assert change([1000, 2000, 3000], [1000, 2000, "missing"]) == (
        "Ein Vergleich mit dem 31.12.2021 ist nicht möglich, weil dafür nicht dieselben Gebiete "
        "oder dieselben Festlegungen gelten."
    )


def test_a_change_of_the_law_in_between_is_named():
    counts = pd.concat(
        [
            city([1000, 2000, 3000], [10000] * 3, "2022-12-31"),
            city([1000, 2000, 3000], [10000] * 3, "2023-12-31"),
        ]
    )
    (row,) = concentration_changes(counts, load_catalogue()).to_dict("records")
    assert "Zu beachten: Seit dem 01.01.2023 gilt das Bürgergeld-Gesetz" in (
        words.change_sentence(row)
    )
