"""The button that begins a search."""

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import Desk
from atlas.placement.jobs import Job
from atlas.placement.wishes import checked
from atlas.wording import text
from geodata.errors import UserError

DRAFT = "entwurf"
"""Name of a plan that has none yet."""


def start_button(edition: Edition, desk: Desk, label: str, key: str, language: str) -> None:
    """Begin a search with the wishes as they are; one at a time."""
    pressed = st.button(
        label,
        key=key,
        type="primary",
        icon=":material/play_arrow:",
        disabled=desk.job is not None or bool(desk.flaws),
        width="stretch",
        help=text("planen.compute_help", language),
    )
    if not pressed:
        return
    if desk.job is not None:  # pressed again before the page could show that it runs
        st.rerun()
    desk.error, desk.replacing = None, ""
    try:
        desk.job = Job(edition, checked(desk.draft), DRAFT)
    except UserError as error:
        desk.error = error
    st.rerun()
