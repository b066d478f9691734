"""Rooms that another room makes superfluous, left out before the search."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, csr_array

from atlas.placement.arrays import Bools, CoverProblem


def without_dominated(problem: CoverProblem) -> CoverProblem:
    """Forbid rooms that reach nothing another one does not reach, whenever they are open.

    A session there could be held in the other room at the same time, or would reach nobody
    new. That is so only where the other room has space for a session of every type, where
    there is one kind of session, and where neither the number of sessions nor a room by
    itself is asked for; else the problem is returned as it is.
    """
    if not _may(problem):
        return problem
    dominated = dominated_rooms(problem)
    if not dominated.any():
        return problem
    return replace(problem, allowed=problem.allowed & ~dominated[:, None])


def _may(problem: CoverProblem) -> bool:
    plain = problem.flows is None and problem.bonus is None and problem.ways is None
    unasked = not (problem.musts or problem.cuts or problem.min_sessions or problem.one_per_day)
    one_kind = len(np.unique(problem.options.kind)) == 1 and not problem.options.several
    return bool(plain and unasked and one_kind and not (problem.day_low > 0).any())


def dominated_rooms(problem: CoverProblem) -> Bools:
    """(R,): another room is open whenever this one is, and reaches all that it reaches.

    Of rooms that are equal the first stays.
    """
    rooms, classes = len(problem.allowed), len(problem.suits)
    cover = csc_array(problem.cover).tocoo()
    room, column = np.divmod(cover.coords[1], classes)
    what = cover.coords[0].astype(np.int64) * classes + column
    shape = (rooms, problem.cover.shape[0] * classes)
    reach = csr_array((np.ones(len(room)), (room, what)), shape=shape)
    open_then = csr_array(problem.allowed.astype(float))
    types = int(problem.types.max(initial=0)) + 1
    large = np.broadcast_to(problem.room_limit >= types, (rooms, rooms))
    parts = [_subset(reach), _subset(open_then), _easier(problem), large]
    inside: Bools = np.logical_and.reduce(parts)
    np.fill_diagonal(inside, False)
    equal = inside & inside.T
    first = np.arange(rooms)[:, None] > np.arange(rooms)[None, :]
    return np.asarray((inside & (~equal | first)).any(axis=1), dtype=bool)


def _subset(table: csr_array) -> Bools:
    """(R, R): all of the first row's entries are in the second row."""
    common = (table @ table.T).toarray()
    size = np.asarray(table.sum(axis=1)).ravel()
    result: Bools = common >= size[:, None]
    return result


def _easier(problem: CoverProblem) -> Bools:
    """(R, R): wherever the first room is free of teams on their way, the second is too."""
    free = (problem.allowed & ~problem.hindered).astype(float)
    met = problem.hindered.astype(float)
    result: Bools = (free @ met.T) < 1
    return result
