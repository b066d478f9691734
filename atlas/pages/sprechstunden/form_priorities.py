"""The form's part on priorities: where a person counts more; a new one; without one."""

from dataclasses import replace
from functools import partial

import streamlit as st

from atlas.edition import Edition
from atlas.pages.sprechstunden.desk import Desk
from atlas.pages.sprechstunden.form_groups import say_slip, taken
from atlas.placement.adding import with_priority, without_priority
from atlas.placement.offers import Offers, offers_of
from atlas.placement.scenario import Priority, Scenario
from atlas.placement.scenario.words import MOST
from atlas.wording import class_word, listing, plain, text
from geodata.errors import UserError

_INDEX, _RATE, _NEGATIVE = "index", "rate", "negative"
_NEW = "new_priority"
_USUAL_WEIGHT = 1.5


def priorities(edition: Edition, desk: Desk, draft: Scenario, language: str) -> Scenario:
    """A row for each priority, and below them a new one."""
    offers = offers_of(edition, language)
    st.caption(text("planen.priorities_help", language))
    found = [_row(desk, draft, p, n, offers, language) for n, p in enumerate(draft.priorities)]
    _keep(desk, draft, found)
    _add(edition, desk, offers, language)
    return taken(desk, draft, [g.key for g in draft.groups])


def _keep(desk: Desk, draft: Scenario, found: list[Priority]) -> None:
    """Write what was changed into what is on offer, whichever groups are switched off."""
    changed = {_place(desk, draft, n): p for n, p in enumerate(found)}
    kept = tuple(
        p if n not in changed else _merged(draft, p, changed[n])
        for n, p in enumerate(desk.offered.priorities)
    )
    desk.offered = replace(desk.offered, priorities=kept)


def _place(desk: Desk, draft: Scenario, n: int) -> int:
    """Where the draft's priority stands among those on offer: some are for lost groups."""
    on = {g.key for g in draft.groups}
    shown = [i for i, p in enumerate(desk.offered.priorities) if not p.groups or on & set(p.groups)]
    return shown[n]


def _merged(draft: Scenario, before: Priority, now: Priority) -> Priority:
    """The groups that are switched off stay in the list, if it is one."""
    on = {g.key for g in draft.groups}
    off = tuple(g for g in before.groups if g not in on)
    if set(now.groups) == set(before.groups) & on:
        return replace(before, weight=now.weight)
    return replace(before, weight=now.weight, groups=(*now.groups, *off) if now.groups else ())


def _row(
    desk: Desk, draft: Scenario, priority: Priority, n: int, offers: Offers, language: str
) -> Priority:
    place = _place(desk, draft, n)
    left, middle, right = st.columns([5, 3, 2], vertical_alignment="center")
    left.markdown(f"{priority.name}")
    left.caption(criterion(priority, offers, language))
    weight = middle.number_input(
        text("planen.priority_weight", language),
        min_value=0.001,
        max_value=MOST,
        step=0.25,
        format="%g",
        key=desk.key(f"priority_weight_{place}"),
        value=desk.start(f"priority_weight_{place}", float(priority.weight)),
    )
    names = {g.key: g.name for g in draft.groups}
    with right.popover(text("planen.more", language), key=desk.key(f"more_priority_{place}")):
        st.markdown(f"**{priority.name}**")
        chosen = st.multiselect(
            text("planen.priority_groups", language),
            list(names),
            key=desk.key(f"priority_groups_{place}"),
            default=desk.starts_of(f"priority_groups_{place}", list(names), priority.groups),
            format_func=lambda k: names.get(k, k),
            placeholder=text("planen.all_groups", language),
        )
        st.button(
            text("planen.remove_priority", language),
            key=desk.key(f"remove_priority_{place}"),
            icon=":material/delete:",
            on_click=partial(_remove, desk, place),
        )
    return replace(priority, weight=weight, groups=tuple(k for k in names if k in chosen))


def criterion(priority: Priority, offers: Offers, language: str = "de") -> str:
    """What a priority asks of an area, in words."""
    if priority.negative:
        return text("planen.criterion_negative", language)
    if priority.index is not None:
        name = offers.indices.get(priority.index, (priority.index, ()))[0]
        return f"{name}: {listing([class_word(c, language) for c in priority.classes], language)}"
    name, unit = offers.rates.get(priority.indicator or "", (priority.indicator or "", ""))
    bounds = {"from": priority.at_least, "up_to": priority.at_most}
    words = [
        text(f"planen.{key}", language, bound=plain(bound, language, unit))
        for key, bound in bounds.items()
        if bound is not None
    ]
    return f"{name}: {' '.join(words)}"


def _remove(desk: Desk, place: int) -> None:
    desk.offered = without_priority(desk.offered, place)
    desk.draft = taken(desk, desk.draft, [g.key for g in desk.draft.groups])
    # The next ones move up, and their fields with them.
    for field in ("priority_weight_", "priority_groups_"):
        desk.forget(field)


def _add(edition: Edition, desk: Desk, offers: Offers, language: str) -> None:
    """A new priority by one of the criteria that the edition can answer."""
    there = {_INDEX: offers.indices, _RATE: offers.rates, _NEGATIVE: offers.developments}
    kinds = [k for k, found in there.items() if found]
    if not kinds:
        st.caption(text("planen.priority_nothing", language))
        return
    new = f"{_NEW}_{len(desk.offered.priorities)}"
    label = text("planen.add_priority", language)
    with st.popover(label, icon=":material/add:", key=desk.key(f"{new}_box")):
        kind = st.radio(
            text("planen.priority_by", language),
            kinds,
            key=desk.key(f"{new}_kind"),
            format_func=lambda k: text(f"planen.priority_by_{k}", language),
        )
        if kind == _INDEX:
            _new_index(desk, new, offers, language)
        elif kind == _RATE:
            _new_rate(desk, new, offers, language)
        st.number_input(
            text("planen.priority_weight", language),
            min_value=0.001,
            max_value=MOST,
            step=0.25,
            format="%g",
            key=desk.key(f"{new}_weight"),
            value=desk.start(f"{new}_weight", _USUAL_WEIGHT),
            help=text("planen.priority_weight_help", language),
        )
        st.text_input(
            text("planen.priority_name", language),
            key=desk.key(f"{new}_name"),
            help=text("planen.priority_name_help", language),
        )
        say_slip(desk, "priorities")
        st.button(
            text("planen.add", language),
            key=desk.key(f"{new}_add"),
            on_click=partial(_added, edition, desk, new, language),
        )


def _new_index(desk: Desk, new: str, offers: Offers, language: str) -> None:
    index = st.selectbox(
        text("planen.priority_index", language),
        list(offers.indices),
        key=desk.key(f"{new}_index"),
        format_func=lambda k: offers.indices[k][0],
    )
    st.multiselect(
        text("planen.priority_classes", language),
        offers.indices[index][1],
        key=desk.key(f"{new}_classes_{index}"),
        format_func=lambda c: class_word(c, language),
        placeholder=text("planen.choose", language),
    )


def _new_rate(desk: Desk, new: str, offers: Offers, language: str) -> None:
    st.selectbox(
        text("planen.priority_rate", language),
        list(offers.rates),
        key=desk.key(f"{new}_rate"),
        format_func=lambda k: offers.rates[k][0],
    )
    for column, bound in zip(st.columns(2), ("least", "most"), strict=True):
        column.number_input(
            text(f"planen.priority_{bound}", language),
            format="%g",
            key=desk.key(f"{new}_{bound}"),
            value=desk.start(f"{new}_{bound}", None),
            placeholder=text("planen.unused", language),
        )


def _added(edition: Edition, desk: Desk, new: str, language: str) -> None:
    priority = _typed(desk, new)
    # The name stands in the plan's files, which are German.
    name = desk.typed(f"{new}_name").strip() or criterion(priority, offers_of(edition))
    try:
        desk.offered = with_priority(desk.offered, replace(priority, name=name), language)
    except UserError as error:
        desk.slips["priorities"] = str(error)
        return
    desk.draft = taken(desk, desk.draft, [g.key for g in desk.draft.groups])


def _typed(desk: Desk, new: str) -> Priority:
    """The new priority as its fields say, still without a name."""
    kind = desk.typed(f"{new}_kind")
    weight = desk.typed_number(f"{new}_weight") or _USUAL_WEIGHT
    if kind == _INDEX:
        index = desk.typed(f"{new}_index")
        classes = desk.picked(f"{new}_classes_{index}")
        return Priority("", weight, index=index, classes=classes)
    if kind == _RATE:
        low, high = desk.typed_number(f"{new}_least"), desk.typed_number(f"{new}_most")
        rate = desk.typed(f"{new}_rate")
        return Priority("", weight, indicator=rate, at_least=low, at_most=high)
    return Priority("", weight, negative=True)
