"""The tie between a run and its row: the row key and attempt in the run's metadata.

Never the order of `run_ids`, which nothing promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.job.questions import ROW_KEY, TRY_KEY

if TYPE_CHECKING:
    from collections.abc import Container

    from parallel_nb.api.types import Metadata, RunStateEvent
    from parallel_nb.client import AsyncClient

Tie = tuple[str, int]
NO_TIE: Tie = ("", 0)


def tie(metadata: Metadata | None) -> Tie:
    """Row key and attempt out of a run's metadata; `NO_TIE` for a run that is not ours."""
    key = metadata.get(ROW_KEY) if metadata else None
    if metadata is None or key is None:
        return NO_TIE
    attempt = metadata.get(TRY_KEY, "1")
    if attempt == "1":  # of nearly all runs
        return str(key), 1
    return str(key), int(str(attempt)) if str(attempt).isdigit() else 1


async def read_group(
    client: AsyncClient,
    group_id: str,
    *,
    cursor: str | None = None,
    known: Container[str] = (),
) -> list[RunStateEvent]:
    """Read the states of a group's runs, each with its metadata.

    A service may leave the metadata out of a run's state; then the inputs are asked for,
    which carry it too. `known` are ids whose rows are known anyway.
    """
    events = [event async for event in client.groups.runs(group_id, last_event_id=cursor)]
    if all(event.run.metadata or event.run.run_id in known for event in events):
        return events
    events = [
        event
        async for event in client.groups.runs(group_id, include_input=True, last_event_id=cursor)
    ]
    for event in events:
        if not event.run.metadata and event.input is not None:
            event.run.metadata = event.input.metadata
        event.input = None
    return events
