"""The catalogue: complete, readable, dated, and strict about mistakes."""

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atlas.edition import TABLES
from geodata.errors import ProjectError
from indicators.catalogue import load_catalogue, read_catalogue, with_indices
from indicators.rates import compute_values

SHARED = {
    "measures": "residents sgb2_bg sgb2_persons sgb2_elb unemployed grusi_alter "
    "eingliederungshilfe wn_erstkontakte wn_raeumungsklagen wn_zwangsraeumungen",
    "groups": "total age_u15 age_15_64 age_65plus age_00_05 age_06_14 age_15_24 age_25_54 "
    "age_55_64 age_15_17 age_18_24 age_65_79 age_80plus hh_single hh_single_parent hh_couple "
    "hh_couple_children hh_other outcome_kept outcome_lost outcome_open legal_sgb2 legal_sgb3",
    "indicators": "sgb2_quote sgb2_kinder sgb2_kinderanteil alleinerziehende_quote elb_quote "
    "arbeitslose_quote arbeitslose_15_64 grusi_alter_quote eingliederungshilfe_1000 "
    "raeumungsklagen_1000 zwangsraeumungen_1000 erstkontakte_1000 jugendliche_elb mss_s1 mss_s2 "
    "mss_s3 mss_s4 mss_d1 mss_d2 mss_d3 mss_d4 n_residents n_sgb2_persons",
    "indices": "mss_status mss_dynamik mss_gesamt",
}


@pytest.mark.parametrize("kind", SHARED)
def test_the_keys_that_projects_use_are_there(kind) -> None:
    assert set(SHARED[kind].split()) <= set(getattr(load_catalogue(), kind))


def test_every_sentence_is_a_sentence_and_says_its_base() -> None:
    for indicator in load_catalogue().indicators.values():
        assert indicator.sentence_de.endswith("."), indicator.key
        assert indicator.sentence_en.endswith("."), indicator.key
        base = {"percent": "100 ", "per_1000": "1.000 "}.get(indicator.unit, "")
        assert base in indicator.sentence_de, indicator.key


@pytest.mark.parametrize(
    ("period", "word"), [("2022-12-31", "Arbeitslosengeld II"), ("2023-01-01", "Bürgergeld")]
)
def test_the_benefit_is_called_what_the_law_called_it(period, word) -> None:
    catalogue = load_catalogue()
    for key in ("sgb2_quote", "sgb2_kinder", "n_sgb2_persons"):
        assert word in catalogue.indicators[key].label(period)
    assert "Bürgergeld" in catalogue.indicators["sgb2_quote"].label("2025-12-31", "en")
    assert catalogue.indicators["elb_quote"].label(period) == "ELB-Quote"


def test_groups_are_one_tree_per_dimension() -> None:
    table = load_catalogue().groups_table()
    assert list(table) == list(TABLES["groups"])
    parents = table.set_index("group")["parent"].to_dict()
    dimension = table.set_index("group")["dimension"].to_dict()
    for group, parent in parents.items():
        if parent not in ("", "total"):
            assert dimension[group] == dimension[parent]
    assert [g for g, parent in parents.items() if parent == ""] == ["total"]


def test_subsets_between_the_cells_that_are_there() -> None:
    cells = [
        *("residents", "residents/age_u15", "residents/age_65plus", "grusi_alter"),
        *("sgb2_persons", "sgb2_persons/age_u15", "sgb2_bg", "sgb2_elb"),
        *("sgb2_bg/hh_single_parent", "wn_erstkontakte"),
    ]
    assert load_catalogue().part_of_pairs(cells) == (
        ("grusi_alter/total", "residents/age_65plus"),
        ("residents/age_65plus", "residents/total"),
        ("residents/age_u15", "residents/total"),
        ("sgb2_bg/hh_single_parent", "sgb2_bg/total"),
        ("sgb2_bg/total", "sgb2_elb/total"),
        ("sgb2_elb/total", "sgb2_persons/total"),
        ("sgb2_persons/age_u15", "residents/age_u15"),
        ("sgb2_persons/age_u15", "sgb2_persons/total"),
        ("sgb2_persons/total", "residents/total"),
    )


def test_subsets_reach_over_cells_that_are_not_there() -> None:
    pairs = load_catalogue().part_of_pairs(["sgb2_elb/age_15_17", "residents", "sgb2_bg"])
    assert pairs == (
        ("sgb2_bg/total", "residents/total"),
        ("sgb2_elb/age_15_17", "residents/total"),
    )


def test_class_words_in_order() -> None:
    catalogue = load_catalogue()
    assert catalogue.index_classes("mss_status") == ("hoch", "mittel", "niedrig", "sehr niedrig")
    assert catalogue.index_classes("mss_dynamik") == ("positiv", "stabil", "negativ")
    assert catalogue.index_classes("mss_gesamt")[:4] == ("1+", "1+/-", "1-", "2+")
    assert len(catalogue.index_classes("mss_gesamt")) == 12


def test_a_sheet_holds_everything_a_figure_is_made_of() -> None:
    sheet = load_catalogue().sheet(["sgb2_kinder", "mss_status"])
    assert json.loads(json.dumps(sheet))["indicators"]["sgb2_kinder"]["decimals"] == 1
    assert set(sheet["measures"]) == {"residents", "sgb2_persons"}
    assert set(sheet["groups"]) == {"age_u15"}
    assert set(sheet["indicators"]) == {"sgb2_kinder", "mss_s1", "mss_s2", "mss_s3", "mss_s4"}
    assert [n["valid_from"] for n in sheet["indicators"]["sgb2_kinder"]["names"]] == [
        *("0001-01-01", "2023-01-01")
    ]
    with pytest.raises(ProjectError, match="Katalog"):
        load_catalogue().sheet(["gibt_es_nicht"])


WRONG = """
[[group]]
key = "total"
dimension = "total"
member = "alle"
name_de = "insgesamt"
name_en = "total"

[[indicator]]
key = "quote"
name_de = "Quote"
name_en = "Rate"
sentence_de = "Ein Satz."
sentence_en = "A sentence."
numerator = "personen"
delivered = {delivered}
unit = "{unit}"
direction = "neutral"
publisher = "Amt"
periodicity = "{periodicity}"
"""


def read(folder: Path, **words: str) -> str:
    good = {"delivered": "false", "unit": "percent", "periodicity": "jährlich"}
    (folder / "a.toml").write_text(WRONG.format(**good | words), encoding="utf-8")
    with pytest.raises(ProjectError) as error:
        read_catalogue(folder)
    return str(error.value)


def test_all_mistakes_of_form_are_listed_at_once(tmp_path: Path) -> None:
    message = read(tmp_path, unit="prozent", periodicity="")
    assert "a.toml, indicator quote, unit: gefunden 'prozent'. Erlaubt: 'percent', " in message
    assert "a.toml, indicator quote, periodicity: gefunden ''. Erlaubt: ein Text" in message


def test_a_missing_and_an_unknown_entry_are_named(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[[group]]\nkey = "x"\nfarbe = "rot"\n', encoding="utf-8")
    message = read(tmp_path)
    assert "c.toml, group x, farbe: diesen Eintrag gibt es nicht" in message
    assert "c.toml, group x, dimension: der Eintrag fehlt" in message


def test_all_references_that_lead_nowhere_are_listed_at_once(tmp_path: Path) -> None:
    assert "gefunden 'personen'" in read(tmp_path, delivered="true")


def test_a_figure_is_delivered_or_computed(tmp_path: Path) -> None:
    assert "weder geliefert" not in read(tmp_path)
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(text.replace('numerator = "personen"\n', ""), "utf-8")
    with pytest.raises(ProjectError, match="weder geliefert noch berechnet"):
        read_catalogue(tmp_path)


def test_broken_toml_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("[[group]\n", encoding="utf-8")
    assert "b.toml" in read(tmp_path)


def test_limits_name_what_cells_cannot_exceed_together():
    catalogue = load_catalogue()
    cells = ["sgb2_persons", "sgb2_persons/age_u15", "sgb2_elb", "sgb2_bg/hh_single_parent"]
    assert catalogue.limits(cells) == (
        ("sgb2_persons/total", ("sgb2_elb/total", "sgb2_persons/age_u15")),
        ("sgb2_persons/total", ("sgb2_bg/hh_single_parent",)),
    )
    assert catalogue.limits(["sgb2_bg", "sgb2_elb"]) == ()


# Complete

ASKED_FOR = {
    "SGB II": "sgb2_quote sgb2_hilfequote elb_quote sgb2_kinder sgb2_kinder_u18 "
    "alleinerziehende_quote lzb_quote lzb_anteil",
    "unemployment": "arbeitslose_quote arbeitslose_sgb2_15_64 arbeitslose_15_24 "
    "langzeitarbeitslose_15_64 langzeitarbeitslose_anteil",
    "social assistance": "grusi_alter_quote hilfe_zur_pflege_1000 eingliederungshilfe_1000",
    "residents": "n_residents anteil_u15 anteil_u18 anteil_65plus anteil_80plus",
    "housing": "n_wn_raeumungsklagen n_wn_zwangsraeumungen n_wn_mietschulden_antraege "
    "n_wn_mietschulden_uebernahmen mietschulden_bewilligt n_wn_untergebracht wohnung_erhalten "
    "wohnung_verloren",
    "context": " ".join(f"mss_k{n:02d}" for n in (*range(1, 14), 16, 17)),
}
MIGRATION = {"mss_k04", "mss_k05", "mss_k06", "mss_k07", "mss_k16", "mss_k17"}


@pytest.mark.parametrize("family", ASKED_FOR)
def test_the_figures_that_planners_ask_for_are_there(family) -> None:
    assert set(ASKED_FOR[family].split()) <= set(load_catalogue().indicators)


@pytest.mark.parametrize("key", load_catalogue().indicators)
def test_every_figure_says_what_it_is_and_where_it_comes_from(key) -> None:
    item = load_catalogue().indicators[key]
    for name in ("publisher", "periodicity", "legal_basis", "reference", "caveats_de"):
        assert getattr(item, name).strip(), name
    assert item.caveats_de.endswith(".")
    assert item.valid_from <= item.valid_to
    assert item.delivered == (item.numerator is None)
    if item.unit in ("percent", "per_1000") and not item.delivered:
        assert item.denominator is not None


@pytest.mark.parametrize("kind", ["measures", "indicators"])
def test_names_of_their_time_follow_each_other_without_gap(kind) -> None:
    for entry in getattr(load_catalogue(), kind).values():
        for before, after in pairwise(sorted(entry.names, key=lambda n: n.valid_from)):
            end, begin = pd.Timestamp(before.valid_to), pd.Timestamp(after.valid_from)
            assert begin - end == pd.Timedelta(days=1), entry.key


def test_who_is_young_or_long_on_benefits_is_called_as_the_law_called_it() -> None:
    indicators = load_catalogue().indicators
    for key in ("sgb2_kinder_u18", "sgb2_hilfequote"):
        assert "Arbeitslosengeld II" in indicators[key].label("2022-12-31")
        assert "Bürgergeld" in indicators[key].label("2023-01-01")


# Migration says nothing about need


def test_what_is_about_descent_or_citizenship_is_marked_and_neutral() -> None:
    about = re.compile("Migration|Staatsangehörig|Ausländ|Herkunft")
    indicators = load_catalogue().indicators
    spoken = {k for k, i in indicators.items() if about.search(i.name_de + i.sentence_de)}
    assert spoken == MIGRATION == {k for k, i in indicators.items() if i.subject == "migration"}
    assert {indicators[k].direction for k in MIGRATION} == {"neutral"}


def test_no_index_of_the_catalogue_holds_migration() -> None:
    used = {k for i in load_catalogue().index for e in i.editions for k in e.indicators}
    assert not used & MIGRATION


def own_index(key: str, **more: str) -> dict[str, object]:
    edition = {
        "valid_from": "2020-01-01", "valid_to": "2029-12-31", "indicators": ["mss_s1", key],
        "thresholds": [{"at": 0.0, "belongs": "below"}], "classes": ["a", "b"],
        "codes": ["1", "2"],
    }  # fmt: skip
    return {
        "key": "eigener", "name_de": "Eigener", "name_en": "Own", "sentence_de": "Ein Satz.",
        "sentence_en": "A sentence.", "kind": "z_sum", "publisher": "Amt", "reference": "Bericht",
        "editions": [edition | more],
    }  # fmt: skip


@pytest.mark.parametrize("key", sorted(MIGRATION))
def test_migration_enters_a_score_of_need_only_with_a_reason(key) -> None:
    with pytest.raises(ProjectError, match="sagt von sich aus nichts über Bedarf"):
        with_indices(load_catalogue(), [own_index(key)])
    reasoned = with_indices(load_catalogue(), [own_index(key, reason_de="Weil …")])
    assert reasoned.indices["eigener"].editions[0].reason_de == "Weil …"


@pytest.mark.parametrize("direction", ["more_need", "less_need"])
def test_a_figure_on_migration_cannot_be_called_need(tmp_path: Path, direction) -> None:
    text = WRONG.format(delivered="true", unit="percent", periodicity="jährlich")
    marked = f'direction = "{direction}"\nsubject = "migration"'
    text = text.replace('direction = "neutral"', marked).replace('numerator = "personen"\n', "")
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match="Herkunft sagt nichts über Bedarf"):
        read_catalogue(tmp_path)


# Berlin as published


def berlin(file: str, key: str) -> pd.DataFrame:
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder:
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with reference data")
    path = Path(folder) / "berlin" / file
    return pd.read_csv(path, dtype={key: "str"}).set_index(key)


@pytest.mark.reference
def test_k16_is_the_share_of_foreign_residents_that_the_register_counts() -> None:
    """The table has codes only; half a year later the register tells the same share."""
    context = berlin("mss_2021_kontext_indikatoren.csv", "PLR_ID")
    file = "population/berlin-lor-population-2021-01-t2-planning-areas.csv"
    register = berlin(file, "id")["inhabitants_foreigners_percentage"]
    share = context.loc[context["KOM"] == "gültig", "KI_16"]
    apart = (share - register.reindex(share.index)).abs()
    assert len(share) == 536
    assert apart.quantile(0.9) < 1.5
    assert np.corrcoef(share, register.reindex(share.index))[0, 1] > 0.99


@pytest.mark.reference
def test_the_context_indicators_of_2021_become_values() -> None:
    context = berlin("mss_2021_kontext_indikatoren.csv", "PLR_ID").reset_index()
    keys = {f"KI_{k[-2:]}": k for k in ASKED_FOR["context"].split() if k != "mss_k08"}
    rows = context.melt(["PLR_ID", "KOM"], list(keys), "indicator", "value")
    valid = rows["KOM"] == "gültig"
    delivered = pd.DataFrame(
        {
            "area": rows["PLR_ID"], "level": "planungsraum", "vintage": "2021",
            "period": "2020-12-31", "indicator": rows["indicator"].map(keys),
            "value": rows["value"].where(valid),
            "status": np.where(valid, "published", "not_applicable"),
        }
    )  # fmt: skip
    none = pd.DataFrame(columns=list(TABLES["counts"]), dtype="str")
    values = compute_values(none, load_catalogue(), list(keys.values()), delivered)
    shown = values[values["status"] == "published"]
    assert shown.groupby("indicator").size().to_dict() == dict.fromkeys(sorted(keys.values()), 536)
    one = shown.set_index(["indicator", "area"])["value"]
    assert one["mss_k03", "01100101"] == 9.73
    assert one["mss_k13", "01100101"] == -4.83
