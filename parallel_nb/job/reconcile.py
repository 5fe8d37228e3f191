"""Finds out what a POST without an answer has made, by reading the group."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import (
    ParallelError,
    ResultPendingError,
    ServiceError,
    TransportError,
)
from parallel_nb.job.run_metadata import read_group, read_row_key

if TYPE_CHECKING:
    from parallel_nb.api.types import RunStateEvent
    from parallel_nb.job.backoff import Patience
    from parallel_nb.job.model import Question
    from parallel_nb.job.service import Service
    from parallel_nb.job.tuning import Tuning

#: Statuses by which a gateway says that the service did not answer it in time; 408 is another,
#: with an exception of its own.
_GATEWAY: Final = frozenset({502, 504})


def quiet_time(error: ParallelError | None, tuning: Tuning) -> float:
    """How long a group must stay as it is before what is missing counts as not made."""
    late = isinstance(error, TransportError) and error.timed_out
    late = late or isinstance(error, ResultPendingError)
    late = late or (isinstance(error, ServiceError) and error.status in _GATEWAY)
    return tuning.settle_late if late else tuning.settle


async def settle(
    client: Service,
    group_id: str,
    questions: list[Question],
    patience: Patience,
    *,
    quiet: float,
) -> dict[Question, str | None]:
    """Which of these claimed questions have a run in the group: its id, or None.

    A request may act a little after its answer was lost. So runs that are missing count
    as not made only when the group has not grown for `quiet` seconds. Meanwhile its count is
    asked for, and only what is new is read; all of it is read once more before the end.
    """
    found: dict[Question, str | None] = dict.fromkeys(questions)
    wanted = {(question.key, question.attempt): question for question in questions}
    pause = min(0.1, quiet / 4)
    cursor: str | None = None
    size = -1
    unchanged = time.monotonic()
    while True:
        is_over = time.monotonic() - unchanged >= quiet
        events: list[RunStateEvent] = []
        try:
            count = (await client.groups.get(group_id)).status.num_task_runs
            if is_over or count != size:
                events = await read_group(client, group_id, cursor=None if is_over else cursor)
        except ParallelError as error:
            await patience.bear(error)
            unchanged = time.monotonic()
            continue
        patience.success()
        is_new = count != size
        size = count
        for event in events:
            cursor = event.event_id or cursor
            question = wanted.get(read_row_key(event.run.metadata))
            if question is not None and found[question] is None:
                found[question] = event.run.run_id
                is_new = True
        if None not in found.values():
            return found
        if is_new:
            unchanged = time.monotonic()
        elif is_over:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 2, quiet / 2)
