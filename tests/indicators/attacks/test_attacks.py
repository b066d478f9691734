"""Every attack succeeds against a careless publication, and fails against the program's."""

from dataclasses import replace

import pandas as pd
import pytest

from indicators.disclosure.fractions import Scale, fitting_numerators, safe_rate
from tests.benchmarks import attack_table
from tests.handbook import PAGES
from tests.indicators.attacks.attack import RULE, Outcome, TableAttack
from tests.indicators.attacks.cases import ATTACKS
from tests.indicators.attacks.tables import RING_OF_FOUR, TWO_SINGLETONS

TABLES = [a for a in ATTACKS if isinstance(a, TableAttack)]
EVERY = [pytest.param(a, id=a.title) for a in ATTACKS]


_PLAYED: dict[str, Outcome] = {}


def _outcome(attack):
    """What an attack brings, played once."""
    if attack.title not in _PLAYED:
        _PLAYED[attack.title] = attack.play()
    return _PLAYED[attack.title]


@pytest.mark.parametrize("attack", EVERY)
def test_an_attack_succeeds_against_the_careless_and_fails_against_the_program(attack):
    outcome = _outcome(attack)
    assert attack.true in outcome.before, "the attacker's sums must hold"
    assert not outcome.wanted <= outcome.before, "the careless publication tells too much"
    assert outcome.found, "and the audit says so"
    assert outcome.wanted <= outcome.after
    assert outcome.left == ()


@pytest.mark.parametrize("attack", TABLES, ids=lambda a: a.title)
def test_the_bounds_that_stand_in_the_edition_are_what_trying_every_table_gives(attack):
    outside = replace(attack, insider=None)
    published = attack.protected()
    hidden = (published["status"] == "suppressed").to_numpy()
    assert hidden.any()
    for name, low, high in zip(
        attack.cells.rows["name"][hidden], published["bound_low"][hidden],
        published["bound_high"][hidden], strict=True,
    ):  # fmt: skip
        can_be = outside.can_be(published, name)
        assert low == min(can_be)
        # A cell without an upper end is tried up to a limit.
        assert pd.isna(high) or high == max(can_be)


@pytest.mark.parametrize("attack", [TWO_SINGLETONS, RING_OF_FOUR], ids=lambda a: a.title)
def test_for_all_but_the_insider_the_careless_publication_was_safe(attack):
    careless = attack.cells.without(attack.hidden)
    outside = replace(attack, insider=None)
    assert outside.wanted <= outside.can_be(careless)
    rule = replace(attack.rule, insiders=False)
    assert replace(outside, rule=rule).play().found == ()


@pytest.mark.reference
def test_the_rates_of_a_real_monitoring_have_one_possible_numerator_each(reference):
    """Monitoring Soziale Stadtentwicklung Berlin 2021 (dl-de/zero-2.0): share S3 of residents.

    Public as it is. Were it not, nobody would find a small numerator in what is printed.
    """
    table = pd.read_csv(reference / "berlin" / "mss_2021_index_indicators_plr.csv")
    valid = table[table["KOM"] == "gültig"]
    assert len(valid) == 536
    scales = [Scale(int(residents), 100, 5) for residents in valid["EW"]]
    fitting = [fitting_numerators(v, s) for v, s in zip(valid["S3"], scales, strict=True)]
    assert {len(f) for f in fitting} == {1}
    for scale in scales:
        rates = [scale.printed(n) / scale.unit for n in range(1, RULE.threshold + 1)]
        shown = {safe_rate(rate, scale, RULE.threshold, share=True) for rate in rates}
        assert len(shown) == 1, "1, 2 and 3 look alike"


def test_the_handbook_shows_every_attack_with_its_numbers():
    page = (PAGES / "geheimhaltung.md").read_text(encoding="utf-8")
    section = page.partition("## Angriffe, die geprüft werden")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert lines[2:] == [attack_table.row(a, _outcome(a), attack_table.SHORT) for a in ATTACKS]
