"""Which row a run belongs to: the row key and the attempt in the run's metadata.

Never the order of `run_ids`, which nothing promises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.client.events import HEARTBEAT
from parallel_nb.job.questions import ROW_KEY, TRY_KEY

if TYPE_CHECKING:
    from collections.abc import Container

    from parallel_nb.api.types import Metadata, RunStateEvent
    from parallel_nb.client import AsyncClient

RowKey = tuple[str, int]
#: Of a run that is not ours.
NO_ROW_KEY: Final[RowKey] = ("", 0)
#: The number of an attempt; another tool may have written anything.
_ATTEMPT: Final = re.compile("[0-9]{1,9}")


def read_row_key(metadata: Metadata | None) -> RowKey:
    """Row key and attempt out of a run's metadata; `NO_ROW_KEY` for a run that is not ours."""
    key = metadata.get(ROW_KEY) if metadata else None
    if metadata is None or key is None:
        return NO_ROW_KEY
    attempt = metadata.get(TRY_KEY, "1")
    if attempt == "1":  # of nearly all runs
        return str(key), 1
    return str(key), int(str(attempt)) if _ATTEMPT.fullmatch(str(attempt)) else 1


async def read_group(
    client: AsyncClient,
    group_id: str,
    *,
    silence: float = HEARTBEAT,
    cursor: str | None = None,
    known: Container[str] = (),
) -> list[RunStateEvent]:
    """Read the states of a group's runs, each with its metadata.

    A service may leave the metadata out of a run's state; then the inputs are asked for,
    which carry it too.

    Args:
        client: Where the group lives.
        group_id: The group.
        silence: Seconds without a new run after which the stream counts as cut.
        cursor: Begin after the event of this id.
        known: Ids of runs whose rows are known anyway.
    """
    events = [
        event
        async for event in client.groups.runs(group_id, last_event_id=cursor, heartbeat=silence)
    ]
    if all(event.run.metadata or event.run.run_id in known for event in events):
        return events
    events = [
        event
        async for event in client.groups.runs(
            group_id, include_input=True, last_event_id=cursor, heartbeat=silence
        )
    ]
    for event in events:
        if not event.run.metadata and event.input is not None:
            event.run.metadata = event.input.metadata
        event.input = None
    return events
