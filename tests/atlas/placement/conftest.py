"""A tiny edition and a plain scenario on it."""

from dataclasses import replace

import pytest

from atlas.edition import Edition
from atlas.placement.scenario import (
    Guarantee,
    Reach,
    Rooms,
    Scenario,
    Staff,
    TargetGroup,
    Term,
)
from tests.small_city import small_edition


@pytest.fixture(scope="session")
def city(tmp_path_factory) -> Edition:
    """36 squares, six places, one existing session of the Jobcenter on Monday morning."""
    return small_edition(tmp_path_factory.mktemp("kleinstadt"))


@pytest.fixture
def scenario() -> Scenario:
    """Two groups, three rooms, two sessions, one team at a time."""
    return Scenario(
        format=1,
        key="probe",
        title="Probe",
        groups=(
            TargetGroup("alle", "Leistungsberechtigte", (Term(measure="sgb2_persons"),)),
            TargetGroup(
                *("kinder", "Kinder im Leistungsbezug"),
                (Term(measure="sgb2_persons/age_u15"),),
                weight=2.0,
                half_days=("pm",),
            ),
        ),
        reach=(Reach(20, 1.0), Reach(40, 0.4)),
        staff=Staff(teams=1, hours_per_week=7.5),
        rooms=Rooms(
            default_half_days=("am",), kinds=("library", "family_centre", "community_centre")
        ),
        guarantee=Guarantee("bezirksregion", 20),
    )


@pytest.fixture
def changed(scenario):
    """The scenario with some parts exchanged."""
    return lambda **parts: replace(scenario, **parts)
