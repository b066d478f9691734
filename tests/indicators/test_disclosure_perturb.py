"""Noise by cell key: always the same for the same people, right on average, no zero touched."""

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from geodata.errors import DisclosureError, FileMissingError, UserError
from indicators.disclosure.keys import cell_texts, draw, read_key
from indicators.disclosure.perturb import (
    KEYS,
    Noise,
    content_keys,
    make_ptable,
    most_even,
    perturb,
    record_keys,
    sum_keys,
)
from indicators.disclosure.protected import Options, protect_by
from indicators.disclosure.rule import Rule
from tests.indicators.disclosure_cubes import cube, tables_between

SECRET = b"0123456789abcdef"
RULE = Rule(threshold=3)
LAW = settings(max_examples=12, deadline=None, derandomize=True)
NOISES = st.integers(1, 5).flatmap(
    lambda d: st.builds(
        Noise, st.just(d), st.floats(0.1, float(d * d)), st.integers(0, min(2, d - 1))
    )
)
ALL_KEYS = np.arange(KEYS)


@LAW
@given(noise=NOISES)
def test_every_number_keeps_its_mean_and_goes_only_where_it_may(noise):
    table = make_ptable(noise)
    for number in range(2 * noise.deviation + 4):
        printed = perturb(np.full(KEYS, number), ALL_KEYS, table)
        assert printed.mean() == number
        assert printed.min() >= 0
        assert np.abs(printed - number).max() <= noise.deviation
        assert not ((printed > 0) & (printed <= noise.forbidden)).any()
        if number == 0:
            assert (printed == 0).all()


@LAW
@given(noise=NOISES)
def test_what_a_printed_number_says_is_what_trying_every_number_and_key_says(noise):
    table = make_ptable(noise)
    sources = {}
    for number in range(60):
        for printed in perturb(np.full(KEYS, number), ALL_KEYS, table).tolist():
            sources.setdefault(printed, set()).add(number)
    printed = np.array([p for p in sources if p < 45])
    limits = table.limits(printed)
    for i, p in enumerate(printed.tolist()):
        assert (limits.lower[i], limits.upper[i]) == (min(sources[p]), max(sources[p]))


@pytest.mark.parametrize(
    ("steps", "variance"),
    [([-1, 0, 1, 2, 3], 1.0), ([-3, -2, -1, 0, 1, 2, 3], 2.5), ([-1, 2, 3, 4], 2.6)],
)
def test_the_odds_are_the_most_even_that_another_solver_finds(steps, variance):
    steps = np.array(steps)

    def disorder(odds):
        return float(np.sum(odds * np.log(np.maximum(odds, 1e-300))))

    other = optimize.minimize(
        disorder,
        np.full(len(steps), 1 / len(steps)),
        method="SLSQP",
        bounds=[(0, 1)] * len(steps),
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1},
            {"type": "eq", "fun": lambda p: p @ steps},
            {"type": "ineq", "fun": lambda p: variance - p @ steps**2},
        ],
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert most_even(steps, variance) == pytest.approx(other.x, abs=1e-3)


def test_the_variance_is_what_was_wished_where_zero_is_far():
    table = make_ptable(Noise(deviation=5, variance=3.0))
    noise = perturb(np.full(KEYS, 100), ALL_KEYS, table) - 100
    assert noise.var() == pytest.approx(3.0, abs=0.1)


def test_a_variance_below_what_is_possible_becomes_the_least_possible():
    # 1 must not stay 1 nor become 2: down to 0 or up to 3 and more.
    table = make_ptable(Noise(deviation=3, variance=0.1, forbidden=2))
    printed = perturb(np.full(KEYS, 1), ALL_KEYS, table)
    assert set(np.unique(printed)) <= {0, 3, 4}
    assert (printed == 0).mean() == pytest.approx(2 / 3, abs=0.01)


def test_impossible_noise_is_refused_with_everything_that_is_wrong():
    with pytest.raises(UserError) as error:
        Noise(deviation=3, variance=10.0, forbidden=3)
    assert [p.where for p in error.value.problems] == ["Varianz", "verbotene kleine Zahlen"]
    with pytest.raises(UserError, match="1 bis 15"):
        Noise(deviation=0)


def test_record_keys_add_up_to_cell_keys_whatever_their_order():
    names = [f"case {i}" for i in range(40)]
    keys = record_keys(SECRET, names)
    cell = np.array([i % 3 for i in range(40)])
    whole = sum_keys(keys, np.zeros(40, dtype=int), 1)
    parts = sum_keys(keys, cell, 4)
    assert parts[3] == 0
    assert parts.sum() % KEYS == whole[0]
    backwards = sum_keys(record_keys(SECRET, names[::-1]), cell[::-1], 4)
    assert (backwards == parts).all()
    assert (record_keys(b"another secret key", names) != keys).any()


def test_a_draw_is_an_hmac_that_anybody_with_the_key_can_check():
    mac = hmac.new(SECRET, b"cell\0some text", hashlib.sha256).digest()
    assert draw(SECRET, "cell", ["some text"]).tolist() == [int.from_bytes(mac[:8], "big") >> 11]


def test_the_text_of_a_cell_cannot_be_taken_for_another():
    cells = cube([[1, 2], [3, 4]]).system.cells
    assert len(set(cell_texts(cells))) == len(cells)
    mixed = cells.assign(d0=["1", "11", *cells["d0"][2:]], d1=["12", "2", *cells["d1"][2:]])
    assert cell_texts(mixed)[0] != cell_texts(mixed)[1]


def test_the_same_people_get_the_same_noise_in_every_cell_that_counts_them():
    # All people of row 1 are in column 2, and nobody is in row 2.
    table = cube([[0, 7, 0], [0, 0, 0]])
    keys = table.numbers(content_keys(SECRET, table.system, table.value))
    assert keys["12"] == keys["1+"] == keys["+2"] == keys["++"]
    table = cube([[0, 7, 0], [0, 0, 5]])
    keys = table.numbers(content_keys(SECRET, table.system, table.value))
    assert keys["12"] == keys["1+"] == keys["+2"]
    assert keys["23"] == keys["2+"] == keys["+3"]
    assert keys["++"] != keys["12"]


def test_the_noise_of_a_cell_does_not_hang_on_the_other_cells():
    small, large = cube([[4, 7], [9, 6]]), cube([[4, 7, 1], [9, 6, 2]])
    of_small = small.numbers(content_keys(SECRET, small.system, small.value))
    of_large = large.numbers(content_keys(SECRET, large.system, large.value))
    assert all(of_small[k] == of_large[k] for k in ("11", "12", "21", "22", "+1"))


def test_over_many_secrets_the_mean_is_true():
    table = cube([[1, 4, 70], [2, 0, 9]])
    ptable = make_ptable(Noise())
    drawn = [
        perturb(table.value, content_keys(b"secret %d" % i, table.system, table.value), ptable)
        for i in range(300)
    ]
    # A standard deviation of at most 1.8 leaves the mean of 300 one of at most 0.11.
    assert np.abs(np.mean(drawn, axis=0) - table.value).max() < 0.4


def test_a_perturbed_table_says_so_and_keeps_zeros():
    table = cube([[1, 4, 70], [2, 0, 9]])
    exact = table.at("++")
    options = Options(key=SECRET, noise=Noise(5, 3.0, 2))
    done = protect_by("perturb", table.system, table.value, RULE, options, exact=exact)
    printed = table.numbers(done.number)
    assert printed["22"] == 0
    assert printed["++"] == 86
    assert not set(done.number.tolist()) & {1, 2}
    assert set(done.status[~exact]) == {"perturbed"}
    assert done.status[exact].tolist() == ["published"]
    assert "höchstens 5 verändert" in done.how[0]
    small = table.at("11", "21")
    assert (done.low[small] < done.high[small]).all()
    again = protect_by("perturb", table.system, table.value, RULE, options, exact=exact)
    assert (again.number == done.number).all()


def test_noise_that_the_sums_undo_is_refused_by_name():
    # With noise of at most 1: printed 0 + 0 = 3 can only be 1 + 1 = 2.
    table = cube([1, 1])
    noise = Noise(deviation=1, variance=0.7)
    ptable = make_ptable(noise)
    refused = []
    for number in range(40):
        key = b"a longer secret %d" % number
        printed = perturb(table.value, content_keys(key, table.system, table.value), ptable)
        lower = np.where(printed > 0, np.maximum(printed - 1, 1), 0)
        fitting = tables_between(table.system, lower, printed + 1)
        undone = len(fitting) == 1
        options = Options(key=key, noise=noise)
        if undone:
            with pytest.raises(DisclosureError) as error:
                protect_by("perturb", table.system, table.value, RULE, options)
            assert [p.where for p in error.value.problems] == ["1", "2", "+"]
            refused.append(printed.tolist())
        elif (fitting.min(axis=0) < fitting.max(axis=0)).all():
            protect_by("perturb", table.system, table.value, RULE, options)
    assert [0, 0, 3] in refused
    assert len(refused) < 20


def test_without_a_secret_key_there_is_no_noise(tmp_path):
    table = cube([1, 4])
    with pytest.raises(UserError, match="fehlt der geheime Schlüssel"):
        protect_by("perturb", table.system, table.value, RULE)
    with pytest.raises(FileMissingError, match="nicht lesbar"):
        read_key(tmp_path / "nowhere.txt")
    (tmp_path / "short.txt").write_text("geheim\n", encoding="utf-8")
    with pytest.raises(DisclosureError, match="6 Zeichen"):
        read_key(tmp_path / "short.txt")
    (tmp_path / "long.txt").write_text("0123456789abcdef\n", encoding="utf-8")
    assert read_key(tmp_path / "long.txt") == SECRET
