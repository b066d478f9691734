"""The same counting on many machines, with Dask (extra ``cluster``).

Only places in files go to the workers and only counts come back; with ``distinct`` also
pseudonyms, in memory. A worker that may write its memory to disk is refused.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from geodata.errors import Problem, TableError
from indicators.records.tally import Tally

Client = Any
"""A ``distributed.Client``; the package is not always installed."""

_AT_ONCE = 4


def on_cluster(
    client: Client,
    pieces: Iterator[Any],
    count: Callable[..., Tally],
    *rest: object,
) -> Iterator[Tally]:
    """Count pieces on the workers of a cluster, in order.

    Raises
    ------
    TableError
        A worker may spill memory to disk, where cases must never be.
    """
    _refuse_spilling(client)
    shared = client.scatter(list(rest), broadcast=True)
    many = _AT_ONCE * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
    waiting = [_submit(client, count, p, shared) for p in islice(pieces, many)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [_submit(client, count, p, shared) for p in islice(pieces, 1)]


def _submit(
    client: Client, count: Callable[..., Tally], piece: object, shared: list[Any]
) -> Client:
    return client.submit(count, piece, *shared, pure=False)


def _spills() -> bool:
    """Whether this worker may write its memory to disk."""
    import dask

    return any(dask.config.get(f"distributed.worker.memory.{k}", True) for k in ("spill", "target"))


def _refuse_spilling(client: Client) -> None:
    spilling = [str(worker) for worker, spills in client.run(_spills).items() if spills]
    if spilling:
        setting = "distributed.worker.memory.spill und .target auf false"
        raise TableError(
            "Arbeiter im Verbund dürfen Fälle auf die Platte schreiben.",
            [Problem(worker, "lagert Arbeitsspeicher aus", setting) for worker in spilling],
        )
