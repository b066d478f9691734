"""Making a plan: wishes, the search in the background, its result, saving, once more."""

from dataclasses import replace

import streamlit as st

from atlas import widgets
from atlas.edition import Edition
from atlas.pages.sprechstunden import form, pins, show
from atlas.pages.sprechstunden.desk import LOOK, Desk, desk_of, leave_message, open_part
from atlas.pages.sprechstunden.start import start_button
from atlas.placement.jobs import JobState
from atlas.placement.naming import plan_name
from atlas.placement.result import Plan, default_plan
from atlas.placement.saving import PlanExistsError, can_save, free_name, named, save_plan
from atlas.placement.scenario import scenario_data
from atlas.placement.scenario.text import scenario_toml
from atlas.placement.starting import starting_scenario
from atlas.placement.wishes import FILE
from atlas.state import View
from atlas.wording import counted, number, percent, plain, text
from geodata.errors import UserError

_OFTEN = 1.0
"""Seconds between two looks at a running search."""
_NAME, _TITLE = "name", "title"


def render(edition: Edition, view: View, plans: dict[str, Plan]) -> None:
    """Draw this part of the page."""
    chosen = plans.get(view.plan or "") or default_plan(edition, tuple(plans.values()))
    try:
        desk = desk_of(edition, chosen)
    except UserError as error:
        widgets.problem(error)
        return
    desk.take()
    st.markdown(text("planen.intro", view.language))
    _origin(edition, desk, plans, view.language)
    st.header(text("planen.wishes", view.language), anchor=False)
    # Places of their own keep what follows where it is when something comes or goes above it.
    wishes, search = st.container(), st.container()
    # The search is drawn first: what is typed meanwhile may break this run off, and then
    # something must already look whether the search has ended.
    with search:
        _search(desk, view.language)
    with wishes:
        _form(edition, desk, view.language)
    if desk.plan is not None:
        _result(edition, view, desk, desk.plan)


def _search(desk: Desk, language: str) -> None:
    """The search that runs, or why the last one found nothing."""
    if desk.job is not None:
        st.header(text("planen.search", language), anchor=False)
        _watch(desk, language)
    elif desk.error is not None:
        st.header(text("planen.search", language), anchor=False)
        widgets.problem(desk.error)
        st.markdown(text("planen.not_computed", language))


def _origin(edition: Edition, desk: Desk, plans: dict[str, Plan], language: str) -> None:
    """Which wishes the form begins with."""
    options = ["", *plans]
    key = desk.key("origin")

    def changed() -> None:
        origin = st.session_state[key]
        desk.begin(origin, starting_scenario(edition, plans.get(origin)))

    st.selectbox(
        text("planen.origin", language),
        options,
        key=key,
        index=desk.start_of("origin", options, desk.origin),
        format_func=lambda k: (
            f"{plans[k].title} ({k})" if k else text("planen.origin_own", language)
        ),
        on_change=changed,
        help=text("planen.origin_help", language),
    )


@st.fragment
def _form(edition: Edition, desk: Desk, language: str) -> None:
    """A fragment: while somebody types, nothing else is drawn again."""
    form.wishes(edition, desk, language)
    with st.container():
        pins.kept(edition, desk, language)
    st.markdown(_in_short(desk, language))
    with st.container():
        if desk.plan is not None and desk.plan.wishes != scenario_data(desk.draft):
            st.caption(text("planen.outdated", language))
    left, right = st.columns(2)
    with left:
        start_button(edition, desk, text("planen.compute", language), "planen_rechnen", language)
    right.download_button(
        text("planen.download_wishes", language),
        scenario_toml(desk.draft),
        file_name=FILE,
        mime="application/toml",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        help=text("planen.download_wishes_help", language),
    )


def _in_short(desk: Desk, language: str) -> str:
    """The wishes in one line, to be sure before a search begins."""
    draft = desk.draft
    hours = draft.staff.hours_per_week
    return text(
        "planen.in_short",
        language,
        hours=plain(hours, language),
        teams=counted("planen.n_teams", draft.team_count, language),
        groups=counted("planen.n_groups", len(draft.groups), language),
        fixed=counted("planen.n_fixed", len(draft.fixed), language),
        forbidden=counted("planen.n_forbidden", len(draft.rooms.forbidden), language),
    )


@st.fragment(run_every=_OFTEN)
def _watch(desk: Desk, language: str) -> None:
    """How far the search is, looked at every second."""
    if desk.job is None:
        return
    state = desk.job.state
    if state.done:
        st.rerun()
    st.progress(state.share, text=_told(state, language))
    st.button(
        text("planen.stop", language),
        key="planen_anhalten",
        icon=":material/stop_circle:",
        disabled=state.stopping,
        on_click=desk.job.stop,
    )
    st.caption(text("planen.stay", language))


def _told(state: JobState, language: str) -> str:
    if state.waiting:
        return text("planen.waiting", language)
    told = text(
        "planen.progress",
        language,
        step=state.step or text("planen.begin", language),
        share=percent(100 * state.share, 0, language),
        seconds=number(state.seconds, 0, language),
    )
    return f"{text('planen.stopping', language)} {told}" if state.stopping else told


def _result(edition: Edition, view: View, desk: Desk, plan: Plan) -> None:
    language = view.language
    st.divider()
    which = "unsaved" if desk.error is None else "unsaved_earlier"
    st.info(text(f"planen.{which}", language), icon=":material/draft:")
    show.head(plan, desk.files, language)
    if can_save(edition):
        _save(edition, view, desk, plan)
    else:
        st.warning(text("planen.cannot_save", language), icon=":material/lock:")
    pins.choose(edition, desk, plan, language)
    show.body(edition, view, plan)


def _save(edition: Edition, view: View, desk: Desk, plan: Plan) -> None:
    """Under which name, and what happens to a plan of that name."""
    language = view.language
    with st.container(border=True):
        st.subheader(text("planen.save", language), anchor=False)
        left, right = st.columns(2)
        left.text_input(
            text("planen.name", language),
            value=desk.start(_NAME, free_name(edition, desk.origin or plan.scenario)),
            key=desk.key(_NAME),
            help=text("planen.name_help", language),
        )
        right.text_input(
            text("planen.title", language),
            value=desk.start(_TITLE, plan.title),
            key=desk.key(_TITLE),
        )
        if desk.replacing:
            question = text("planen.replace_question", language, name=desk.replacing)
            st.warning(question, icon=":material/help:")
            yes, no = st.columns(2)
            if yes.button(text("planen.replace", language), key="planen_ersetzen", width="stretch"):
                _keep(edition, view, desk, plan, may_replace=True)
            if no.button(text("planen.other_name", language), key="planen_nein", width="stretch"):
                desk.replacing = ""
                st.rerun()
        elif st.button(text("planen.save", language), key="planen_sichern", icon=":material/save:"):
            _keep(edition, view, desk, plan, may_replace=False)


def _keep(edition: Edition, view: View, desk: Desk, plan: Plan, *, may_replace: bool) -> None:
    """Save the plan and open it under its name, which the address then has."""
    title = desk.typed(_TITLE).strip() or plan.title
    try:
        # The name that was asked about is the one that may be replaced.
        name = desk.replacing if may_replace else plan_name(desk.typed(_NAME))
        save_plan(edition, named(plan, name, title), may_replace=may_replace)
    except PlanExistsError:
        desk.replacing = name
        st.rerun()
    except UserError as error:
        desk.replacing = ""
        widgets.problem(error)
    else:
        desk.origin, desk.plan, desk.replacing = name, None, ""
        leave_message(text("planen.saved", view.language, name=name))
        open_part(LOOK)
        widgets.change(replace(view, plan=name))
        st.rerun()
