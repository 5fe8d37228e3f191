"""Going on from earlier answers: which run each row follows, and the interaction that it left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.arguments import shown
from parallel_nb.api.errors import InputError, NotFoundError
from parallel_nb.api.findall import FINDALL_ID
from parallel_nb.client.runs import is_id
from parallel_nb.connection import background, service_of
from parallel_nb.formats import count
from parallel_nb.tables.accessor import names_run_ids
from parallel_nb.tables.source import Source, is_frame, read_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_nb.client import AsyncClient
    from parallel_nb.connection import Connection
    from parallel_nb.job.journal import Journal, RunOrigin

#: So few interactions are asked for one by one; more by a snapshot of their group.
_SINGLES: Final = 12
#: Requests for single runs at once.
_AT_ONCE: Final = 8
_REMEDY: Final = "Pass a result, a job, or the DataFrame of its answers."


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The rows that were asked before, and the run that answered each."""

    source: Source
    run_ids: Sequence[str | None]


def previous_runs(source: Source, after: Any) -> list[str | None] | None:
    """The run that each row goes on from.

    Args:
        source: The rows that are asked about now.
        after: A result, or its run id, that all rows go on from; a job, or a frame with its
            run ids, in which each row has its own: found by the run ids of these rows, by the
            labels of a pandas index, or by their order.

    Returns:
        For each row a run id, None where its earlier row has none; None without `after`.

    Raises:
        InputError: `after` is none of these, or its rows cannot be told.
    """
    if after is None:
        return None
    if isinstance(after, str):
        return [_check_id(after)] * source.rows
    if hasattr(after, "answers"):
        answers = list(after.answers())
        runs = [answer.run_id if answer.output is not None else None for answer in answers]
        return _pair(source, _Earlier(after.source, runs))
    if is_frame(after):
        earlier = read_frame(after)
        return _pair(source, _Earlier(earlier, _last_run_ids(earlier)))
    if isinstance(run_id := getattr(after, "run_id", None), str):
        return [_check_id(run_id)] * source.rows
    raise InputError(f"after = {shown(after)} is no answer.", _REMEDY)


def _check_id(run_id: str) -> str:
    if not is_id(run_id):
        raise InputError(f"after = {run_id!r} is no id of a run.", _REMEDY)
    return run_id


def _last_run_ids(source: Source) -> list[str | None]:
    """The run ids of a frame: of several columns the last, which has the newest answers."""
    names = [name for name in source.names if names_run_ids(name)]
    if not names:
        raise InputError(
            "after: the frame has no run_id column, so its answers cannot be told.",
            "Keep the run_id column of the answered frame, or pass the job.",
        )
    return [None if is_missing(cell) else str(cell) for cell in source.values(names[-1])]


def _pair(source: Source, earlier: _Earlier) -> list[str | None]:
    """The earlier run of each row."""
    known = {run_id for run_id in earlier.run_ids if run_id is not None}
    for name in source.names:
        if names_run_ids(name):
            cells = [None if is_missing(cell) else str(cell) for cell in source.values(name)]
            if known and known.issuperset(cell for cell in cells if cell is not None):
                return [cell if cell in known else None for cell in cells]
    at = _positions(source, earlier.source)
    _check_pairs(source, earlier.source, at)
    return [earlier.run_ids[position] for position in at]


def _positions(source: Source, earlier: Source) -> list[int]:
    """Where each row stands in the earlier table."""
    labels = earlier.index
    places = {str(label): position for position, label in enumerate(labels)}
    wanted = [str(label) for label in source.index]
    has_labels = source.library == earlier.library == "pandas" and len(places) == len(labels)
    if has_labels and places.keys() >= set(wanted):
        return [places[label] for label in wanted]
    if source.rows == earlier.rows:
        return list(range(source.rows))
    raise InputError(
        f"after: it cannot be told which of its {count(earlier.rows, 'row')} each of the "
        f"{count(source.rows, 'row')} goes on from.",
        "Ask of the frame of its answers, which has their run ids: with a suffix for the new "
        "columns, such as suffix='_2'.",
    )


def _check_pairs(source: Source, earlier: Source, at: Sequence[int]) -> None:
    """Check that rows which are paired have something in common, where they share columns."""
    shared = [name for name in source.names if name in earlier.names]
    if not shared:
        return
    columns = [(source.values(name), earlier.values(name)) for name in shared]
    for row, position in enumerate(at):
        if not any(_is_same(now[row], before[position]) for now, before in columns):
            raise InputError(
                f"after: row {source.index[row]} has nothing of the row that it would go on from "
                f"({shared[0]}: {shown(columns[0][0][row])} now, "
                f"{shown(columns[0][1][position])} then).",
                "Ask of the rows as they were, with their index and order.",
            )


def _is_same(now: Any, before: Any) -> bool:
    if is_missing(now) or is_missing(before):
        return is_missing(now) and is_missing(before)
    return str(now) == str(before)


def check_origins(
    previous: Sequence[str | None], origins: Mapping[str, RunOrigin], connection: Connection
) -> list[str | None]:
    """The same runs, None in place of one that has no answer.

    Args:
        previous: The run that each row goes on from.
        origins: What the journal knows of them.
        connection: Where the rows are asked.

    Raises:
        InputError: One was asked on another service: its interaction is not known here; or it is
            a candidate of a find, which leaves none.
    """
    if any(origin.group_id.startswith(FINDALL_ID) for origin in origins.values()):
        raise InputError(
            "after: what a find has found are no answers to go on from.",
            "Ask about its table, pnb.tasks(find.df, ...), and go on from that job.",
        )
    service = service_of(connection.identity)
    for origin in origins.values():
        if origin.identity is not None and service_of(origin.identity) != service:
            raise InputError(
                f"after: it was asked on another connection ({origin.connection}), and the "
                f"current one is {connection.label}.",
                "Connect there first: %parallel_connect, or pnb.connect(...).",
            )
    unanswered = {run_id for run_id, origin in origins.items() if origin.state != "completed"}
    return [None if run_id in unanswered else run_id for run_id in previous]


def find_interactions(
    connection: Connection, journal: Journal, run_ids: Iterable[str]
) -> dict[str, str]:
    """The interaction that each run has left, as the service gives it; costs nothing.

    Raises:
        InputError: The service knows one of the runs no more, or it has left none.
        ApiError: The service refused or failed.
        TransportError: It cannot be reached.
    """
    wanted = list(dict.fromkeys(run_ids))
    if not wanted:
        return {}
    groups: dict[str, list[str]] = {}
    for run_id, origin in journal.run_origins(wanted).items():
        groups.setdefault(origin.group_id, []).append(run_id)
    found = background.run(_find(connection.client, wanted, groups))
    if missing := [run_id for run_id in wanted if not found.get(run_id)]:
        raise InputError(
            f"{count(len(missing), 'run')} to go on from cannot be had from the service any more, "
            f"such as {missing[0]}.",
            "Ask what it answered again, with fresh=True, or ask without after.",
        )
    return {run_id: interaction for run_id, interaction in found.items() if interaction}


async def _find(
    client: AsyncClient, wanted: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for group_id, members in groups.items():
        if len(members) > _SINGLES:
            ids = set(members)
            try:
                async for event in client.groups.runs(group_id):
                    if event.run.run_id in ids:
                        found[event.run.run_id] = event.run.interaction_id
            except NotFoundError:
                continue  # its runs may be known all the same
    limit = asyncio.Semaphore(_AT_ONCE)

    async def ask(run_id: str) -> None:
        async with limit:
            try:
                found[run_id] = (await client.runs.get(run_id)).interaction_id
            except NotFoundError:
                found[run_id] = None

    async with asyncio.TaskGroup() as asking:
        for run_id in wanted:
            if run_id not in found:
                asking.create_task(ask(run_id))
    return found
