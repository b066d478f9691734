"""Sessions to hold on to and rooms to leave out, for the next search."""

from functools import partial

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import Desk
from atlas.pages.sprechstunden.start import start_button
from atlas.placement.result import Plan, PlannedSession
from atlas.placement.scenario import half_days_of
from atlas.placement.wishes import is_fixed, with_fixed, with_forbidden
from atlas.profile.figures import words
from atlas.profile.plan_tables import slot_text
from atlas.wording import text, weekday

_HIGH, _MANY = 520, 12


def choose(edition: Edition, desk: Desk, plan: Plan, language: str) -> None:
    """Two boxes beside every session of a plan: keep it, leave its room out."""
    with st.expander(text("planen.pins", language), expanded=True):
        st.caption(text("planen.pins_help", language))
        sessions = sorted(plan.new_sessions, key=lambda s: (s.weekday, s.start, s.place_name))
        with st.container(height=_HIGH if len(sessions) > _MANY else "content", border=False):
            for session in sessions:
                _row(desk, session, language)
        label = text("planen.compute_again", language)
        start_button(edition, desk, label, "planen_neu_rechnen", language)


def _row(desk: Desk, session: PlannedSession, language: str) -> None:
    place, half_day = session.place, session.half_day
    about, boxes = st.columns([3, 2], vertical_alignment="center")
    about.markdown(slot_text(session, language))
    held, out = f"festhalten_{place}_{half_day}", f"ausschliessen_{place}_{half_day}"
    st.session_state[held] = is_fixed(desk.draft, place, half_day)
    st.session_state[out] = place in desk.draft.rooms.forbidden
    both = boxes.container(horizontal=True, gap="medium")
    both.checkbox(
        text("planen.keep", language),
        key=held,
        disabled=st.session_state[out],
        help=text("planen.keep_help", language, session=slot_text(session, language)),
        on_change=partial(_hold, desk, place, half_day, held),
    )
    both.checkbox(
        text("planen.leave", language),
        key=out,
        help=text("planen.leave_help", language, room=session.place_name),
        on_change=partial(_forbid, desk, place, out),
    )


def _hold(desk: Desk, place: str, half_day: str, key: str) -> None:
    desk.draft = with_fixed(desk.draft, place, half_day, on=bool(st.session_state[key]))


def _forbid(desk: Desk, place: str, key: str) -> None:
    others = [p for p in desk.draft.rooms.forbidden if p != place]
    on = bool(st.session_state[key])
    desk.draft = with_forbidden(desk.draft, [*others, place] if on else others)


def kept(edition: Edition, desk: Desk, language: str) -> None:
    """What is held on to and left out, as two lists to be shortened or made longer."""
    rooms = _rooms(edition)
    with st.expander(text("planen.section_pins", language)):
        _kept_sessions(desk, rooms, language)
        key = "planen_ausgeschlossen"
        out = [p for p in desk.draft.rooms.forbidden if p in rooms]
        st.session_state[key] = out

        def changed() -> None:
            desk.draft = with_forbidden(desk.draft, st.session_state[key])

        st.multiselect(
            text("planen.forbidden", language),
            sorted(rooms, key=lambda p: rooms[p]),
            key=key,
            format_func=lambda p: rooms[p],
            on_change=changed,
            placeholder=text("planen.none_chosen", language),
        )


def _kept_sessions(desk: Desk, rooms: dict[str, str], language: str) -> None:
    key, names = "planen_festgehalten", _half_days(desk, language)
    held = [f"{f.place} {f.half_day}" for f in desk.draft.fixed]
    st.session_state[key] = held

    def changed() -> None:
        for f in desk.draft.fixed:
            if f"{f.place} {f.half_day}" not in st.session_state[key]:
                desk.draft = with_fixed(desk.draft, f.place, f.half_day, on=False)

    def name(entry: str) -> str:
        place, _, half_day = entry.rpartition(" ")
        return f"{names.get(half_day, half_day)}, {rooms.get(place, place)}"

    st.multiselect(
        text("planen.fixed", language),
        held,
        key=key,
        format_func=name,
        on_change=changed,
        disabled=not held,
        placeholder=text("planen.fixed_none", language),
    )


def _half_days(desk: Desk, language: str) -> dict[str, str]:
    return {
        h.key: f"{weekday(h.weekday, language)} {h.part_name}" for h in half_days_of(desk.draft)
    }


def _rooms(edition: Edition) -> dict[str, str]:
    """Names of all places by their key."""
    places = edition.table("places")
    return {words(r["place"]): words(r["name"]) for r in places.to_dict("records")}
