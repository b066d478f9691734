"""What one reader has on the desk: wishes being changed, the search, the plan not saved yet.

It lives in the session of one browser tab; another reader has a desk of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from atlas.edition import Edition
from atlas.placement.jobs import Job
from atlas.placement.result import Plan
from atlas.placement.scenario import Scenario
from atlas.placement.starting import starting_scenario
from geodata.errors import UserError

T = TypeVar("T")

LOOK, MAKE, WEIGH = "look", "make", "weigh"
_DESK, _PART, _MESSAGE = "planen_tisch", "planen_teil", "planen_meldung"


@dataclass
class Desk:
    """The work of one reader on one edition.

    Parameters
    ----------
    content
        Of the edition that it is made on.
    origin
        Name of the plan whose wishes were taken; empty for the city's own.
    draft
        The wishes as they are now.
    offered
        The wishes with every target group switched on: what the groups, kinds of session and
        priorities say that are on offer. One that is switched on again brings what it had.
    version
        Counts how often the wishes were exchanged; part of the keys of the form's fields.
    job
        The search that runs.
    plan, error
        How the last one ended.
    flaws
        What of the form cannot be read, so that nothing is computed.
    replacing
        A name that is taken; the reader was asked whether to replace that plan.
    files
        Of the plan, by their path in its folder.
    slips
        What could not be added, by the part of the form; said once.
    starts
        What the fields of the form began with, by their key.
    """

    content: str
    origin: str
    draft: Scenario
    offered: Scenario
    version: int = 0
    job: Job | None = None
    plan: Plan | None = None
    error: UserError | None = None
    flaws: list[UserError] = field(default_factory=list)
    replacing: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    slips: dict[str, str] = field(default_factory=dict)
    starts: dict[str, Any] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """Key of a field of the form."""
        return f"planen_{self.version}_{name}"

    def start(self, name: str, value: T) -> T:
        """What a field of the form begins with: the same for as long as it is drawn.

        It goes to the browser with every drawing of the field. A value that is put into the
        session instead goes there once, and where that message is lost because the page was
        drawn anew meanwhile, the field begins empty and the wishes change unseen.
        """
        key = self.key(name)
        if key not in st.session_state:
            self.starts[key] = value
        start: T = self.starts.setdefault(key, value)
        return start

    def start_of(self, name: str, options: Sequence[T], value: T) -> int:
        """Place among the options of the one that a field begins with; else the first."""
        start = self.start(name, value)
        return options.index(start) if start in options else 0

    def starts_of(self, name: str, options: Sequence[T], values: Sequence[T]) -> list[T]:
        """The options that a field begins with which takes several."""
        return [value for value in self.start(name, tuple(values)) if value in options]

    def typed(self, name: str) -> str:
        """What stands in a field of the form; empty where nothing does."""
        return str(st.session_state.get(self.key(name)) or "")

    def typed_number(self, name: str) -> float | None:
        """The number in a field of the form, if one is in it."""
        found = st.session_state.get(self.key(name))
        return None if found is None else float(found)

    def picked(self, name: str) -> tuple[str, ...]:
        """What is chosen in a field of the form that takes several."""
        return tuple(map(str, st.session_state.get(self.key(name)) or ()))

    def forget(self, start: str) -> None:
        """Empty the fields whose names start so; what is drawn next begins anew."""
        for key in [k for k in st.session_state if str(k).startswith(self.key(start))]:
            del st.session_state[key]

    def begin(self, origin: str, wishes: Scenario) -> None:
        """Put other wishes on the desk; the form is filled anew."""
        self.origin, self.draft, self.offered = origin, wishes, wishes
        self.flaws = []
        self.version += 1

    def take(self) -> None:
        """Take what the search has brought, once it has ended."""
        if self.job is None or not self.job.state.done:
            return
        ended = self.job.state
        self.error, self.job, self.replacing = ended.error, None, ""
        if ended.plan is not None:
            self.plan, self.files = ended.plan, ended.files


def desk_of(edition: Edition, plan: Plan | None) -> Desk:
    """The reader's desk; a new one starts from the wishes of `plan`.

    Raises
    ------
    PlacementError
        There is nothing to start from.
    """
    desk: Desk | None = st.session_state.get(_DESK)
    if desk is None or desk.content != edition.manifest.content:
        start = starting_scenario(edition, plan)
        origin = plan.name if plan else ""
        desk = Desk(edition.manifest.content, origin, start, start)
        st.session_state[_DESK] = desk
    return desk


def present_desk(edition: Edition) -> Desk | None:
    """The reader's desk on this edition, if there is one."""
    desk: Desk | None = st.session_state.get(_DESK)
    return desk if desk and desk.content == edition.manifest.content else None


def part_of() -> str:
    """The part of the page that is open."""
    return str(st.session_state.get(_PART, LOOK))


def open_part(part: str) -> None:
    """Open a part of the page; for callbacks."""
    st.session_state[_PART] = part


def leave_message(words: str) -> None:
    """Say something once, when the page is drawn next."""
    st.session_state[_MESSAGE] = words


def take_message() -> str:
    """What was left to be said."""
    return str(st.session_state.pop(_MESSAGE, ""))
