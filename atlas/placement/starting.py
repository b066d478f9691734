"""The wishes a new plan starts from: those of a plan, the project's own, or a small usual one."""

import hashlib
from collections.abc import Iterator
from importlib.resources import as_file, files

from pydantic import ValidationError

from atlas.edition import Edition
from atlas.placement.result import Plan
from atlas.placement.scenario import (
    Existing,
    Guarantee,
    Reach,
    Rooms,
    Scenario,
    Staff,
    TargetGroup,
    Term,
    load_scenario,
    scenario_from_data,
)
from geodata.errors import PlacementError

_SHIPPED = ("cities", "demo")
_NEEDS = (("sgb2_persons", "sgb2_elb", "sgb2_bg"), ("grusi_alter",), ("wn_erstkontakte",))
"""What there may be, the first of each: the people of one benefit are not counted twice."""
_JOBCENTER = "jobcenter"


def starting_scenario(edition: Edition, plan: Plan | None = None) -> Scenario:
    """The wishes to start from.

    Parameters
    ----------
    edition
        The edition that is planned on.
    plan
        A plan whose wishes shall be changed.

    Returns
    -------
    Scenario
        The plan's wishes; without a plan the scenario of the edition's project, as far as it
        came with the program; else a small one made from what the edition counts.

    Raises
    ------
    PlacementError
        The edition counts nobody on its finest areas.
    """
    if plan is not None and (wishes := wishes_of(plan)) is not None:
        return wishes
    return _shipped(edition) or usual_scenario(edition)


def wishes_of(plan: Plan) -> Scenario | None:
    """The scenario of a plan; None where it was written without, or by another version."""
    try:
        return scenario_from_data(plan.wishes) if plan.wishes else None
    except ValidationError:
        return None


def _shipped(edition: Edition) -> Scenario | None:
    """The scenario beside the project file that the edition was built from, if it is ours."""
    name = edition.manifest.scenario
    for folder in _SHIPPED if name else ():
        for project in files("atlas").joinpath(folder).iterdir():
            if not project.name.endswith(".toml"):
                continue
            if hashlib.sha256(project.read_bytes()).hexdigest() == edition.manifest.project_sha256:
                with as_file(files("atlas").joinpath(folder, str(name))) as file:
                    return load_scenario(file) if file.is_file() else None
    return None


def usual_scenario(edition: Edition) -> Scenario:
    """A small scenario from an edition's own measures, in the usual ways and rooms.

    Raises
    ------
    PlacementError
        The edition counts nobody on its finest areas.
    """
    groups = tuple(_groups(edition))
    if not groups:
        raise PlacementError("Diese Ausgabe zählt niemanden, für den zu planen wäre.")
    levels = [level.key for level in edition.manifest.levels]
    guarantee = Guarantee(levels[1], 25) if len(levels) > 2 else None
    return Scenario(
        format=1,
        key="neu",
        title=f"Sprechstunden in {edition.manifest.city}",
        groups=groups,
        reach=(Reach(10, 1.0), Reach(15, 0.7), Reach(25, 0.3)),
        staff=Staff(hours_per_week=30, teams=2),
        rooms=Rooms(default_half_days=("am", "pm"), present_kinds=(_JOBCENTER,)),
        existing=Existing(our_providers=_providers(edition)),
        guarantee=guarantee,
    )


def _providers(edition: Edition) -> tuple[str, ...]:
    """Providers that are a Jobcenter: their hours are our staff's."""
    names = sorted(set(edition.table("sessions")["provider"].dropna()))
    return tuple(n for n in names if _JOBCENTER in n.casefold())


def _groups(edition: Edition) -> Iterator[TargetGroup]:
    """Up to three groups that are counted; without any, one from a share of the residents."""
    measures = edition.catalogue["measures"]
    there = _here(edition, "counts", "measure")
    named = [m for same in _NEEDS if (m := next((m for m in same if m in there), ""))]
    for measure in named or sorted(there - {"residents"})[:1]:
        name = str(measures.get(measure, {}).get("name_de", measure))
        yield TargetGroup(measure, name, (Term(measure=measure),))
    if named or there - {"residents"} or "residents" not in there:
        return
    shares = _here(edition, "values", "indicator")
    for key, entry in edition.catalogue["indicators"].items():
        kind = (entry["unit"], entry["direction"])
        if key in shares and kind == ("percent", "more_need"):
            yield TargetGroup(key, str(entry["name_de"]), (Term(share=key, of="residents"),))
            return


def _here(edition: Edition, name: str, column: str) -> set[str]:
    """Keys with a value for everybody on the finest level at the reporting date."""
    manifest, table = edition.manifest, edition.table(name)
    hit = (table["level"] == manifest.levels[0].key) & (table["group"] == "total")
    return set(table.loc[hit & (table["period"] == manifest.reporting_date), column])
