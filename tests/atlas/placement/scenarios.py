"""Any scenario that a file could hold, for tests of what must be true of all of them."""

from hypothesis import strategies as st

from atlas.placement.scenario import (
    Between,
    Closed,
    Existing,
    Fixed,
    Guarantee,
    Limit,
    Priority,
    Reach,
    Robust,
    Rooms,
    Scenario,
    SessionKind,
    SolveRule,
    Spread,
    Staff,
    TargetGroup,
    Team,
    Term,
)

GROUPS, KINDS = ("alle", "junge", "aeltere"), ("open", "counsel")
HALF_DAYS = ("am", "pm", "mo_am", "do_pm")
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=12)
positive = st.floats(0.001, 1e6)
share = st.floats(0, 1)
some_half_days = st.lists(st.sampled_from(HALF_DAYS), max_size=3, unique=True).map(tuple)
terms = st.one_of(
    st.builds(Term, measure=st.sampled_from(["a", "sgb2_elb/age_15_24"])),
    st.builds(Term, share=st.just("quote"), of=st.just("residents/age_u15")),
)


def _group(key):
    return st.builds(
        TargetGroup,
        key=st.just(key),
        name=words,
        need=st.lists(terms, min_size=1, max_size=2).map(tuple),
        weight=positive,
        half_days=some_half_days,
        session_groups=st.lists(words, max_size=2).map(tuple),
        barrier_free=st.sampled_from(["any", "not_no", "yes"]),
        need_name=st.none() | words,
        places=st.dictionaries(words, share, max_size=2),
        visits_per_week=st.none() | share,
    )


def _kind(key):
    return st.builds(
        SessionKind,
        key=st.just(key),
        name=words,
        staff=st.integers(1, 3),
        hours=st.none() | st.floats(0.5, 3),
        max_hours=st.none() | st.floats(3, 12),
        persons_per_hour=st.none() | positive,
        groups=st.dictionaries(st.sampled_from(GROUPS[:1]), share, max_size=1),
        half_days=some_half_days,
        min_capacity=st.integers(0, 50),
    )


def _team(name):
    return st.builds(
        Team,
        name=st.just(name),
        hours_per_week=st.none() | st.floats(0.001, 1e5),
        half_days=some_half_days,
        kinds=st.just(()),
    )


@st.composite
def scenarios(draw):
    """A valid scenario with anything that one may say."""
    groups = tuple(draw(_group(k)) for k in GROUPS[: draw(st.integers(1, 3))])
    kinds = tuple(draw(_kind(k)) for k in KINDS[: draw(st.integers(0, 2))])
    teams = tuple(draw(_team(f"Team {n}")) for n in range(draw(st.integers(0, 2))))
    minutes = sorted(draw(st.sets(st.integers(1, 90), min_size=1, max_size=3)))
    return Scenario(
        format=1,
        key="probe",
        title=draw(words),
        groups=groups,
        reach=tuple(Reach(m, 1 / (n + 1)) for n, m in enumerate(minutes)),
        staff=Staff(
            draw(st.floats(0, 1e4)),
            len(teams) or draw(st.integers(0, 9)),
            session_hours=draw(st.floats(0.5, 3)),
            exceptions=draw(st.dictionaries(st.sampled_from(HALF_DAYS), st.integers(0, 3))),
        ),
        rooms=draw(
            st.builds(
                Rooms,
                owners=st.just(("public",)) | st.just(()),
                kinds=st.lists(words, max_size=2).map(tuple),
                only_named=st.booleans(),
                include_names=st.dictionaries(
                    words, st.just(("Bibliothek",)) | st.just(()), max_size=2
                ),
                forbidden=st.lists(words, max_size=2).map(tuple),
                max_sessions_per_room=st.integers(1, 20),
            )
        ),
        existing=draw(
            st.builds(
                Existing,
                mode=st.sampled_from(["keep", "free", "ignore"]),
                our_providers=st.lists(words, max_size=2).map(tuple),
            )
        ),
        guarantee=draw(
            st.none() | st.builds(Guarantee, level=st.just("bezirksregion"), minutes=positive)
        ),
        kinds=kinds,
        teams=teams,
        priorities=draw(
            st.lists(
                st.builds(
                    Priority,
                    name=words,
                    weight=positive,
                    groups=st.just(()) | st.just(GROUPS[:1]),
                    negative=st.just(True),
                ),
                max_size=2,
            ).map(tuple)
        ),
        between=draw(st.none() | st.builds(Between, speed_kmh=positive, detour=st.floats(1, 3))),
        spread=draw(st.builds(Spread, st.integers(0, 2), st.none() | st.integers(2, 9))),
        limit=draw(st.none() | st.builds(Limit, minutes=positive)),
        robust=draw(st.none() | st.builds(Robust, areas=st.integers(1, 9))),
        fixed=draw(
            st.lists(st.sampled_from(["b1", 'Raum "1"']), unique=True, max_size=2).map(
                lambda places: tuple(Fixed(p, "mo_am") for p in places)
            )
        ),
        front=draw(st.lists(st.integers(0, 200), unique=True, max_size=3).map(tuple)),
        land=draw(st.none() | st.just("BE")),
        closed=draw(
            st.none().map(lambda _: ()) | st.just((Closed("2025-12-24", "2026-01-02", "Ferien"),))
        ),
        solve=draw(st.builds(SolveRule, gap=st.floats(0, 0.5), seed=st.integers(0, 9))),
    )
