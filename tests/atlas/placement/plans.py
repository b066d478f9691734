"""A plan with every part filled, for tests of what is written from one."""

from dataclasses import replace

from atlas.placement.result import (
    FORMAT,
    Alternative,
    AreaReach,
    Fairness,
    FrontPoint,
    GroupReach,
    GuaranteeReport,
    MissedRegion,
    Plan,
    PlannedSession,
    Quality,
    ReachStep,
    Stop,
    TeamDay,
    WeekColumn,
    WhatIf,
)

PLACES = {"b1": "Bibliothek Mitte", "f1": "Familienzentrum Nord", "s1": "Stadtteilzentrum Ost"}


def session(place="b1", weekday=0, part="am", **parts) -> PlannedSession:
    """A new session of Team 1 in a place of the small city."""
    start, end, name = {
        "am": ("09:00", "12:00", "Vormittag"),
        "pm": ("14:00", "17:00", "Nachmittag"),
    }[part]
    given = PlannedSession(
        place=place,
        place_name=PLACES.get(place, place),
        place_kind="library",
        owner="public",
        barrier_free="yes",
        address="Hauptstraße 1",
        area="0122",
        weekday=weekday,
        half_day=f"{('mo', 'di', 'mi', 'do', 'fr')[weekday]}_{part}",
        half_day_name=name,
        start=start,
        end=end,
        hours=3.0,
        team="Team 1",
        kind="open",
        provider="Jobcenter Kleinstadt",
        groups=("alle",),
        existing=False,
        ours=True,
        hours_known=True,
        reason=f"{PLACES.get(place, place)}: erreicht viele.",
        area_name="Feld 3-3",
        kind_name="Offene Sprechstunde",
        teams=("Team 1",),
        lost=0.12,
    )
    return replace(given, **parts)


def plan(*sessions: PlannedSession, **parts) -> Plan:
    """A plan with one group and two areas."""
    other = Alternative("s1", PLACES["s1"], 1, "di_am", "09:00", "12:00", 0.031)
    given = sessions or (
        session("b1", next_room=other, next_time=replace(other, place="b1", worse=0.0)),
        session("f1", 1, "pm", team="Team 1, Team 2", teams=("Team 1", "Team 2"), persons=24.0),
        session("s1", 0, "pm", existing=True, team="Team 2", teams=("Team 2",)),
    )
    base = Plan(
        format=FORMAT,
        name="probe",
        title="Probe",
        scenario="probe",
        scenario_sha256="0" * 64,
        city="Kleinstadt",
        notice="Kleinstadt, erfundene Daten",
        edition="kleinstadt-2024-06-30-0123456789ab",
        content="c" * 64,
        reporting_date="2024-06-30",
        starts="2024-09-02",
        ends=None,
        hours_per_week=9.0,
        hours_used=9.0,
        week=tuple(
            WeekColumn(f"{d}_{p}", i, p, n, 2)
            for i, d in enumerate(("mo", "di", "mi", "do", "fr"))
            for p, n in (("am", "Vormittag"), ("pm", "Nachmittag"))
        ),
        sessions=given,
        groups=(
            GroupReach(
                *("alle", "Leistungsberechtigte", "Quelle", 1000.0, 990.0, 1010.0, "published"),
                unknown_areas=(),
                steps=(ReachStep(10.0, 100.0, 400.0), ReachStep(20.0, 200.0, 700.0)),
                need_name="Menschen mit Bürgergeld",
            ),
        ),
        areas=(
            AreaReach("0122", "alle", 600.0, 600.0, 600.0, "published", None, 8.0, None, 10.0,
                      "Feld 3-3", "b1", 8.2, 2.0, "erreicht von Bibliothek Mitte."),
            AreaReach("0110", "alle", 400.0, 390.0, 410.0, "estimated", 31.0, 31.0, None, None,
                      "Feld 2-1", "b1", 31.0, 1.0, "kein Raum in 20 Minuten."),
        ),
        guarantee=GuaranteeReport(
            "bezirksregion", "Bezirksregionen", 20.0, 4, (MissedRegion("04", "Region 04", False),)
        ),
        quality=Quality(500.0, 505.0, 0.0099, "gap", 1.5),
        notes=("Ein Hinweis.",),
        fairness=Fairness(0.61, 0.34, "0110", "Feld 2-1", 31.0, 400.0),
        front=(
            FrontPoint(6.0, 2, 400.0, 404.0, 0.01, "gap", {"alle": 600.0}),
            FrontPoint(9.0, 3, 500.0, 505.0, 0.0099, "gap", {"alle": 700.0}),
        ),
        days=(
            TeamDay("Team 1", 0, (Stop(PLACES["b1"], "09:00", "12:00", None),)),
            TeamDay("Team 1", 1, (Stop(PLACES["f1"], "14:00", "17:00", None),)),
            TeamDay("Team 2", 0, (Stop(PLACES["s1"], "14:00", "17:00", None),)),
        ),
        what_if=(WhatIf("need_up", 2, 2, 0.0, "Wäre der Bedarf 20 % höher, bliebe alles."),),
        land="BE",
        closed=(("2024-12-23", "2025-01-03", "Betriebsferien"),),
    )  # fmt: skip
    return replace(base, **parts)
