"""Plain tables: what adds up to what, and the audit against every table that could be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.audit import audit_cells
from indicators.disclosure.equations import split
from indicators.disclosure.plain import (
    Plain,
    Wishes,
    knowledge_of,
    level_words,
    plain_rule,
    primary_of,
    task_of_plain,
)
from indicators.disclosure.plain_codes import Hierarchy, Link, make_dimension
from indicators.disclosure.plain_why import Obstacles, Proofs
from indicators.disclosure.suppress import suppress


def hierarchy(name, text):
    """A hierarchy from ``child<parent`` words."""
    pairs = [word.partition("<") for word in text.split()]
    links = [Link(c, p, f"{name}, Zeile {i}") for i, (c, _, p) in enumerate(pairs, start=2)]
    return Hierarchy(name, tuple(links))


def dimension(name, *texts, codes=()):
    made, problems = make_dimension(name, [hierarchy(f"{t[:1]}.csv", t) for t in texts], codes)
    assert problems == []
    return made


def faults(*texts, total="Total"):
    trees = [hierarchy(f"datei{i}.csv", text) for i, text in enumerate(texts)]
    made, problems = make_dimension("region", trees, [], total)
    assert made is None
    return "\n".join(map(str, problems))


def equations(dim):
    """Each sum as ``code = parts``."""
    rows = []
    for row in dim.sums.toarray():
        (whole,) = np.flatnonzero(row < 0)
        rows.append(
            f"{dim.codes[whole]} = {' + '.join(dim.codes[i] for i in np.flatnonzero(row > 0))}"
        )
    return rows


def leaves(dim):
    return {dim.codes[i] for i in dim.leaves}


# What adds up to what


def test_a_flat_dimension_adds_up_to_its_total_in_an_order_that_tells_nothing():
    dim = dimension("group", codes=["m", "f", "x"])
    assert dim.codes == ("Total", "f", "m", "x")
    assert equations(dim) == ["Total = f + m + x"]


def test_the_roots_of_a_hierarchy_add_up_to_the_total():
    dim = dimension("region", "01<A 02<A 03<B")
    assert equations(dim) == ["A = 01 + 02", "B = 03", "Total = A + B"]
    assert leaves(dim) == {"01", "02", "03"}


def test_two_groupings_that_are_not_nested_share_their_codes():
    dim = dimension("region", "01<A 02<A 03<B", "01<X 02<Y 03<Y")
    assert equations(dim) == [
        "A = 01 + 02", "B = 03", "X = 01", "Y = 02 + 03", "Total = A + B", "Total = X + Y",
    ]  # fmt: skip
    assert len(dim.codes) == 8


def test_a_grouping_of_some_codes_only_has_no_row_to_the_total():
    dim = dimension("region", "01<A 02<A 03<B", "02<Kiez 03<Kiez")
    assert "Total = A + B" in equations(dim)
    assert "Kiez = 02 + 03" in equations(dim)
    assert not any("Total" in e and "Kiez" in e for e in equations(dim))


def test_where_no_grouping_covers_everything_the_innermost_codes_do():
    dim = dimension("age", "a<ab b<ab", "b<bc c<bc")
    assert equations(dim) == ["ab = a + b", "bc = b + c", "Total = a + b + c"]


def test_levels_may_come_in_files_of_their_own():
    dim = dimension("region", "0101<01 0102<01 0201<02", "01<Nord 02<Nord")
    assert equations(dim) == [
        "01 = 0101 + 0102", "02 = 0201", "Nord = 01 + 02", "Total = 01 + 02", "Total = Nord",
    ]  # fmt: skip
    assert leaves(dim) == {"0101", "0102", "0201"}


def test_a_root_that_is_named_total_is_the_total():
    assert equations(dimension("region", "01<Total 02<Total")) == ["Total = 01 + 02"]


def test_a_code_without_a_parent_stands_beside_the_roots():
    assert equations(dimension("region", "01<A 02<A 03<")) == ["A = 01 + 02", "Total = A + 03"]


def test_levels_are_named_from_the_innermost_up():
    dim = dimension("region", "01<A 02<A 03<B A<N B<N")
    words = dict(zip(dim.codes, level_words(dim), strict=True))
    assert words == {
        "Total": "Gesamtsumme", "N": "Zwischensummen, Stufe 2", "A": "Zwischensummen, Stufe 1",
        "B": "Zwischensummen, Stufe 1", "01": "innerste Schlüssel", "02": "innerste Schlüssel",
        "03": "innerste Schlüssel",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["01<A 01<B"], "datei0.csv, Zeile 3: '01' hat schon einen Oberbegriff: 'A' (datei0.csv"),
        (["01<A A<B B<A"], "ein Kreis"),
        (["01<A A<B", "B<A"], "ein Kreis"),
        (["01<01"], "'01' ist Teil von sich selbst"),
        (["<A 01<A"], "datei0.csv, Zeile 2: kein Schlüssel in der Spalte child"),
        (["01<A 02<A", "01<A 03<A"], "'A' hat in datei0.csv und datei1.csv verschiedene Teile"),
        (["01<A 02<A", "01<X A<X"], "Teile von 'X' überschneiden sich"),
        (["01<Total 02<A"], "neben 'Total' stehen ohne Oberbegriff: A"),
        (["01<Total", "01<A 02<A"], "unter 'Total' fehlt 02".replace("fehlt", "fehlen")),
        (["01<A Total<A"], "'Total' hat einen Oberbegriff: 'A'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_hierarchy_is_said(texts, said):
    assert said in faults(*texts)


# The whole table


def three():
    region = dimension("region", "01<A 02<A 03<B", "01<X 02<Y 03<Y")
    return Plain((region, dimension("sex", codes="fm"), dimension("age", "u<j v<j w<")))


def test_every_cell_is_the_sum_of_the_innermost_cells_below_it():
    plain = three()
    inner = plain.innermost()
    value = np.zeros(plain.size, dtype=np.int64)
    value[inner] = np.random.default_rng(3).integers(0, 50, int(inner.sum()))
    added = plain.add_up(value)
    below = {
        d.name: dict(zip(d.codes, d.spread.toarray() > 0, strict=True)) for d in plain.dimensions
    }
    places = [[d.codes[i] for i in d.leaves] for d in plain.dimensions]
    cells = plain.cells
    single = {tuple(row): value[i] for i, row in enumerate(cells.to_numpy()) if inner[i]}
    for i, codes in enumerate(cells.to_numpy()):
        chosen = [
            [p for p, held in zip(places[k], below[name][codes[k]], strict=True) if held]
            for k, name in enumerate(plain.names)
        ]
        assert added[i] == sum(single[c] for c in product(*chosen))
    assert not (plain.system.matrix @ added).any()


def test_the_equations_leave_nothing_but_the_innermost_cells_free():
    plain = three()
    rank = np.linalg.matrix_rank(plain.system.matrix.toarray())
    assert plain.size - rank == plain.innermost().sum()
    assert len(split(plain.system, np.ones(plain.size, dtype=bool))) == 1


def test_cells_and_sums_are_named_in_german():
    plain = three()
    assert plain.find(plain.cells.iloc[[7]]).tolist() == [7]
    assert plain.system.name(7) == "region=Total, sex=f, age=u"
    reasons = {plain.system.reason(r) for r in range(plain.system.matrix.shape[0])}
    assert "Summe region A aus 2 Teilen: 01, 02 (sex f, age w)" in reasons
    assert "region B hat nur den Teil 03 (sex Total, age Total)" in reasons


def test_cells_are_chosen_by_the_codes_that_are_given():
    plain = three()
    chosen = plain.cells[plain.choose({"region": "Total", "sex": "f"})]
    assert set(chosen["region"]) == {"Total"}
    assert set(chosen["age"]) == {"Total", "u", "v", "w", "j"}
    assert len(chosen) == 5


# The task


def small_table(*inner, codes="ab", rows="12"):
    plain = Plain((dimension("r", codes=rows), dimension("c", codes=codes)))
    value = np.zeros(plain.size, dtype=np.int64)
    value[plain.innermost()] = inner
    return plain, plain.add_up(value)


@pytest.mark.parametrize(
    ("zeros", "room"), [("published", {1: (0, 2), 2: (1, 1)}), ("hidden", {1: (1, 1), 2: (1, 1)})]
)
def test_the_room_that_a_small_number_needs_depends_on_what_zeros_say(zeros, room):
    plain, value = small_table(1, 2, 9, 0)
    task = task_of_plain(plain, value, plain_rule(3, zeros, insiders=True), Wishes())
    found = {int(value[c]): (int(task.fall[c]), int(task.rise[c])) for c in range(plain.size)}
    assert {n: r for n, r in found.items() if n in room} == room
    assert task.fixed[value == 0].all()
    assert task.primary.sum() == 2 + (value == 2).sum() - 1


def test_costs_are_counts_or_cells_or_weights():
    plain, value = small_table(1, 2, 9, 0)
    rule = plain_rule(3, "published", insiders=True)
    weight = np.arange(plain.size) + 1.0

    def of(cost):
        return task_of_plain(plain, value, rule, Wishes(cost=cost, weight=weight)).weight.tolist()

    assert of("count") == np.maximum(value, 1).tolist()
    assert set(of("cell")) == {1.0}
    assert of("weights") == weight.tolist()


def test_what_a_person_declares_secret_must_be_able_to_move_by_one():
    plain, value = small_table(1, 20, 30, 40)
    secret = value == 40
    task = task_of_plain(
        plain, value, plain_rule(3, "published", insiders=True), Wishes(secret=secret)
    )
    assert task.primary[secret].all()
    assert task.fall[secret].tolist() == task.rise[secret].tolist() == [1]


def test_the_kept_cells_in_the_way_are_found():
    plain, value = small_table(1, 5, 9, 6)
    keep = plain.choose({"r": "Total"}) | plain.choose({"c": "a"}) & (value == 9)
    rule = plain_rule(3, "published", insiders=True)
    task = task_of_plain(plain, value, rule, Wishes(keep=keep))
    (one,) = np.flatnonzero(value == 1)
    assert {plain.system.name(int(c)) for c in Obstacles(task).of(int(one))} <= {
        "r=2, c=a", "r=Total, c=a",
    }  # fmt: skip
    assert len(Obstacles(task).of(int(one))) == 1


# An oracle that lists every whole-number table


def every_table(plain, total):
    """All tables whose innermost cells add up to `total`: shape (tables, cells)."""
    width = int(plain.innermost().sum())
    tables = np.zeros((1, 0), dtype=np.int64)
    for _ in range(width):
        rest = total - tables.sum(axis=1)
        tables = np.concatenate(
            [
                np.column_stack([tables[rest >= n], np.full(int((rest >= n).sum()), n)])
                for n in range(total + 1)
            ]
        )
    tables = tables[tables.sum(axis=1) == total]
    spread = np.zeros((width, plain.size), dtype=np.int64)
    unit = np.zeros(plain.size, dtype=np.int64)
    for i, cell in enumerate(np.flatnonzero(plain.innermost())):
        unit[:] = 0
        unit[cell] = 1
        spread[i] = plain.add_up(unit)
    return tables @ spread


def matching(tables, value, hidden, lowest):
    fits = (tables[:, ~hidden] == value[~hidden]).all(axis=1)
    return tables[fits & (tables[:, hidden] >= lowest).all(axis=1)]


FLAT = Plain((dimension("r", "1<A 2<A 3<B"), dimension("c", codes="ab")))
CROSSED = Plain((dimension("r", "1<A 2<A 3<B", "1<X 2<Y 3<Y"), dimension("c", codes="ab")))
CUBE = Plain(tuple(dimension(n, codes="ab") for n in "rcs"))
SHAPES = {"flat": FLAT, "crossed": CROSSED, "cube": CUBE}
LISTED = {}


def tables_of(shape, total):
    if (shape, total) not in LISTED:
        LISTED[shape, total] = every_table(SHAPES[shape], total)
    return LISTED[shape, total]


@st.composite
def published(draw):
    """A shape, its true numbers, which cells are hidden, and what zeros say."""
    shape = draw(st.sampled_from(sorted(SHAPES)))
    plain = SHAPES[shape]
    width = int(plain.innermost().sum())
    persons = draw(st.lists(st.integers(0, width - 1), min_size=1, max_size=9))
    inner = np.bincount(persons, minlength=width)
    value = np.zeros(plain.size, dtype=np.int64)
    value[plain.innermost()] = inner
    value = plain.add_up(value)
    hidden = np.array(draw(st.lists(st.booleans(), min_size=plain.size, max_size=plain.size)))
    hidden &= value > 0
    hidden[plain.cells.eq("Total").all(axis=1).to_numpy()] = False
    return shape, value, hidden, draw(st.sampled_from(["published", "hidden"]))


def check_intervals(case):
    shape, value, hidden, zeros = case
    plain, rule = SHAPES[shape], plain_rule(3, zeros, insiders=False)
    report = audit_cells(plain.system, knowledge_of(value, hidden, rule), rule, value)
    possible = matching(tables_of(shape, int(value.max())), value, hidden, rule.lowest)[:, hidden]
    low = report.intervals["bound_low"].to_numpy(dtype=np.int64)
    high = report.intervals["bound_high"].to_numpy(dtype=np.int64)
    assert (low <= possible.min(axis=0)).all()
    assert (high >= possible.max(axis=0)).all()
    if shape == "flat":
        assert low.tolist() == possible.min(axis=0).tolist()
        assert high.tolist() == possible.max(axis=0).tolist()
    exact = possible.min(axis=0) == possible.max(axis=0)
    small = possible.max(axis=0) < 3
    assert (low == high)[exact & small].all()


def check_protection(case):
    shape, value, _, zeros = case
    plain, rule = SHAPES[shape], plain_rule(3, zeros, insiders=False)
    task = task_of_plain(plain, value, rule, Wishes())
    pattern = suppress(task)
    known = knowledge_of(value, pattern.hidden, rule)
    report = audit_cells(plain.system, known, rule, value)
    assume(not len(pattern.failed) and not report.failures)
    total = plain.cells.eq("Total").all(axis=1).to_numpy()
    assume(not pattern.hidden[total].any())
    possible = matching(tables_of(shape, int(value.max())), value, pattern.hidden, rule.lowest)
    for cell in np.flatnonzero(primary_of(value, rule)):
        assert possible[:, cell].max() >= value[cell] + 1
        if not report.bounded_by_zeros:
            assert possible[:, cell].min() <= value[cell] - task.fall[cell]


def quick(examples):
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip


@quick(25)
@given(published())
def test_intervals_are_those_of_all_tables_that_fit(case):
    check_intervals(case)


@quick(15)
@given(published())
def test_what_protects_leaves_the_room_in_whole_numbers(case):
    check_protection(case)


@pytest.mark.long
@quick(600)
@given(published())
def test_intervals_are_those_of_all_tables_that_fit_long(case):
    check_intervals(case)


@pytest.mark.long
@quick(400)
@given(published())
def test_what_protects_leaves_the_room_in_whole_numbers_long(case):
    check_protection(case)


def test_the_equations_that_give_a_cell_away_are_found():
    plain, value = small_table(1, 5, 9, 6)
    hidden = value == 1
    rule = plain_rule(3, "published", insiders=False)
    known = knowledge_of(value, hidden, rule)
    (cell,) = np.flatnonzero(hidden)
    rows = Proofs(plain.system, known).rows(int(cell))
    said = [plain.system.reason(int(r)) for r in rows]
    assert said
    assert set(said) <= {
        "Summe r Total aus 2 Teilen: 1, 2 (c a)", "Summe c Total aus 2 Teilen: a, b (r 1)",
    }  # fmt: skip


def test_numbers_that_do_not_add_up_are_refused():
    plain, value = small_table(1, 5, 9, 6)
    value[0] += 1
    task = task_of_plain(plain, value, plain_rule(3, "published", insiders=False), Wishes())
    with pytest.raises(DisclosureError, match="stimmen nicht"):
        suppress(task)
