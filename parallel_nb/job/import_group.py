"""A group that this journal has never seen: of another machine, or made by another tool."""

from __future__ import annotations

import json
import secrets
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from parallel_nb.api.errors import (
    InputError,
    NotFoundError,
    RetryableError,
    StreamError,
    TransportError,
)
from parallel_nb.job.journal import JobRecord, Journal
from parallel_nb.job.run_metadata import NO_ROW_KEY, read_row_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import RunStateEvent, SourcePolicy, TaskSpec
    from parallel_nb.connection import Connection
    from parallel_nb.job.service import Service

_LABEL_CHARS = 60


def is_foreign(record: JobRecord) -> bool:
    """True for a job that was made of a group, and not by asking here."""
    return record.fingerprint == _fingerprint(str(record.group_id))


def _fingerprint(group_id: str) -> str:
    return f"group:{group_id}"


async def import_group(
    client: Service, journal: Journal, connection: Connection, group_id: str
) -> JobRecord:
    """Read a group's runs with their inputs into the journal, as a job.

    A run of ours keeps its row key, so that its answer is reused as if it had been asked
    here; any other gets a key of its own. Of several attempts at a row the latest counts.

    Raises `NotFoundError` when the service knows no such group, `InputError` when the
    group is empty.
    """
    group = await client.groups.get(group_id)
    latest = await _read(client, group_id)
    events = [event for _, event in latest.values()]
    if not events:
        raise InputError(
            f"The group {group_id} has no runs, so there is nothing to come back to.",
            "Run the cell that asks: nothing was sent.",
        )
    now = time.time()
    record = JobRecord(
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=_fingerprint(group.taskgroup_id),
        title=f"Group {group_id}",
        connection=connection.label,
        identity=connection.identity,
        # Of several the price is not known, and no row is asked again.
        processor=", ".join(sorted({event.run.processor for event in events})),
        # Where rows were asked for different fields, the answers tell what there is.
        spec=_common([event.input.task_spec if event.input else None for event in events]),
        prompt="",
        fresh=False,
        group_id=group.taskgroup_id,
        state="running",
        message="",
        rows=len(events),
        layout=None,
        created=now,
        changed=now,
        policy=_common([event.input.source_policy if event.input else None for event in events]),
    )
    journal.create_job(record, [])
    _add(journal, record, latest)
    return record


async def read_again(client: Service, journal: Journal, record: JobRecord) -> JobRecord:
    """Read what a group has got since it was imported: another tool may have gone on.

    What is known stays where the group is gone or cannot be reached now.
    """
    group_id = str(record.group_id)
    try:
        count = (await client.groups.get(group_id)).status.num_task_runs
        if count == len(journal.runs_of_job(record.id)):
            return record
        latest = await _read(client, group_id)
    except (NotFoundError, TransportError, RetryableError, StreamError):
        return record
    _add(journal, record, latest)
    return journal.job(record.id) or record


#: The latest attempt at each key, and the run.
_Latest = dict[str, tuple[int, "RunStateEvent"]]


async def _read(client: Service, group_id: str) -> _Latest:
    latest: _Latest = {}
    async for event in client.groups.runs(group_id, include_input=True):
        metadata = event.run.metadata or (event.input.metadata if event.input else None)
        key, attempt = read_row_key(metadata)
        if (key, attempt) == NO_ROW_KEY:
            key, attempt = f"run:{event.run.run_id}", 1
        if key not in latest or latest[key][0] < attempt:
            latest[key] = attempt, event
    return latest


def _add(journal: Journal, record: JobRecord, latest: _Latest) -> None:
    """Write the runs and, as questions of the job, those that it has not got yet."""
    now = time.time()
    attempts = journal.import_runs(
        record.id,
        str(record.group_id),
        [
            (key, attempt, event.run.run_id, "sent", _created(event, now))
            for key, (attempt, event) in latest.items()
        ],
    )
    there = {key: position for position, key, _ in journal.questions(record.id)}
    journal.link(record.id, [(at, attempts[key]) for key, at in there.items() if key in attempts])
    new = [(key, event) for key, (_, event) in latest.items() if key not in there]
    journal.add_questions(
        record.id,
        [
            (len(there) + number, key, attempts[key], _label(event), _input(event))
            for number, (key, event) in enumerate(new)
        ],
    )


def _common(values: Sequence[TaskSpec | SourcePolicy | None]) -> bytes | None:
    """The one value of all as JSON; None where there is none, or several."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    found = {encode(value) for value in values}
    return found.pop() if len(found) == 1 and found != {b"null"} else None


def _input(event: RunStateEvent) -> bytes:
    value: Any = event.input.input if event.input is not None else ""
    return msgspec.json.encode(value)


def _label(event: RunStateEvent) -> str:
    value: Any = event.input.input if event.input is not None else event.run.run_id
    if isinstance(value, dict):
        value = next((v for v in value.values() if v not in (None, "")), "")
    text = " ".join((value if isinstance(value, str) else json.dumps(value)).split())
    return text if len(text) <= _LABEL_CHARS else f"{text[: _LABEL_CHARS - 1]}…"


def _created(event: RunStateEvent, now: float) -> float:
    try:
        return datetime.fromisoformat(event.run.created_at or "").timestamp()
    except ValueError:
        return now
