"""The same counting on many machines, with Dask (extra ``cluster``).

Only places in files go to the workers and only counts come back; with ``distinct`` also
pseudonyms, in memory. So a cluster is refused whose workers may write their memory to disk,
whose lines anybody can listen to, who have another program, or who see another file.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from geodata.errors import Problem, ServiceError, UserError
from indicators.records.tally import Tally

Client = Any
"""A ``distributed.Client``; the package is not always installed."""

Worker = Any
"""A ``distributed.Worker``."""

_AT_ONCE = 4
_PATIENCE = "10s"
_SAFE = re.compile(r"tls://.*|inproc://.*|tcp://(?:127\.[\d.]+|localhost|\[::1\]):\d+")
_KEEPING = "worker.memory.spill und .target auf false (in der Einstellung von Dask)"


@contextmanager
def cluster_client(address: str | None) -> Iterator[Client]:
    """A client of the cluster at an address such as ``tls://scheduler:8786``; None without one.

    Certificates are taken from Dask's own settings.

    Raises
    ------
    ServiceError
        Dask is not installed, nobody answers, or the line is not encrypted.
    """
    if address is None:
        yield None
        return
    client = _connected(address)
    try:
        yield client
    finally:
        client.close()


def _connected(address: str) -> Client:
    _refuse_open_lines({"Verbund": address})
    try:
        distributed: Any = import_module("distributed")
        return distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except ImportError:
        summary, what = "Für einen Verbund fehlt Dask.", "das Zusatzpaket [cluster] installieren"
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        summary = f"Der Verbund {address} antwortet nicht ({type(error).__name__})."
        what = "Adresse eines laufenden Schedulers, Zertifikate in der Einstellung von Dask"
    raise ServiceError(summary, [Problem("Verbund", address, what)])


def on_cluster(
    client: Client,
    pieces: Iterator[Any],
    count: Callable[..., Tally],
    *rest: object,
) -> Iterator[Tally]:
    """Count pieces on the workers of a cluster, in order.

    Raises
    ------
    ServiceError
        A worker was lost, more than once.
    """
    # without names made of their content: what a pass before gave up may still be on its way out
    shared = client.scatter(list(rest), broadcast=True, hash=False)
    many = _AT_ONCE * max(len(_workers(client)), 1)
    waiting = [_submit(client, count, p, shared) for p in islice(pieces, many)]
    while waiting:
        yield _result(waiting.pop(0))
        waiting += [_submit(client, count, p, shared) for p in islice(pieces, 1)]


def _workers(client: Client) -> dict[str, Any]:
    return dict(client.scheduler_info(n_workers=-1)["workers"])


def _submit(
    client: Client, count: Callable[..., Tally], piece: object, shared: list[Any]
) -> Client:
    return client.submit(count, piece, *shared, pure=False)


def _result(future: Client) -> Tally:
    try:
        result: Tally = future.result()
        return result
    except UserError:
        raise
    except Exception as error:  # of Dask: our own are sealed on the worker
        kind = type(error).__name__
    raise ServiceError(f"Der Verbund hat das Zählen abgebrochen ({kind}).")


def refuse_unsafe(client: Client, paths: Sequence[Path]) -> None:
    """Refuse a cluster that could keep or change what it counts.

    Raises
    ------
    ServiceError
        Nobody works there; or workers spill memory to disk, talk in the open, have another
        program, or see another file. All of them are named.
    """
    workers = _workers(client)
    if not workers:
        raise ServiceError("Im Verbund arbeitet niemand.")
    scheduler = {"Scheduler": client.scheduler_info(n_workers=0)["address"]}
    _refuse_open_lines(scheduler | {str(w): str(w) for w in workers})
    names = [str(p) for p in paths]
    here = (_program(), _sizes(names))
    problems = []
    for worker, (program, sizes, keeps) in sorted(client.run(_state, names).items()):
        if not keeps:
            problems.append(Problem(worker, "lagert Arbeitsspeicher auf die Platte aus", _KEEPING))
        if program != here[0]:
            problems.append(Problem(worker, "hat eine andere Fassung des Programms", "dieselbe"))
        if sizes != here[1]:
            what = "denselben Ordner unter demselben Pfad"
            problems.append(Problem(worker, "sieht die Fallliste nicht oder eine andere", what))
    if problems:
        raise ServiceError("Der Verbund darf die Fälle nicht zählen.", problems)


def _refuse_open_lines(addresses: dict[str, str]) -> None:
    """Refuse lines between machines without encryption: with it, both sides show who they are."""
    problems = [
        Problem(who, address, "tls://, oder tcp:// auf dem eigenen Rechner")
        for who, address in addresses.items()
        if not _SAFE.fullmatch(address)
    ]
    if problems:
        raise ServiceError("Im Verbund gingen Pseudonyme offen durch das Netz.", problems)


def _state(names: list[str], dask_worker: Worker = None) -> tuple[str, list[int], bool]:
    """What a worker has and sees, and whether its memory stays memory.

    A worker that spills keeps its results in a mapping of Dask's own and not in a plain one.
    """
    return _program(), _sizes(names), type(dask_worker.data) is dict


def _sizes(names: list[str]) -> list[int]:
    return [Path(n).stat().st_size if Path(n).is_file() else -1 for n in names]


def _program() -> str:
    """What counting depends on: this package as it is, and the reader below it."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return f"{code.hexdigest()} {version('pyarrow')} {version('numpy')}"
