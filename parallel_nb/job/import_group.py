"""Takes a group into the journal that was not asked here under this key.

Two cases. The journal has never seen the group: it is of another machine, or another tool made it
(`import_group`, `update_group`). Or the group was asked here with another key of the same account
(`rekey_job`).
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import (
    RETENTION,
    AuthenticationError,
    InputError,
    NotFoundError,
    ProcessorForbiddenError,
    RetryableError,
    StreamError,
    TransportError,
)
from parallel_nb.api.types import SourcePolicy, TaskSpec
from parallel_nb.connection import is_billed, service_of
from parallel_nb.formats import count, shorten
from parallel_nb.job.extras import OWN_PREFIX, KeptOptions, RunExtras, keep_options, settings_of
from parallel_nb.job.journal import JobRecord, Journal, decode_kept
from parallel_nb.job.questions import Asked, fingerprint_of, keys_of
from parallel_nb.job.run_metadata import NO_ROW_KEY, read_group, read_row_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import RunStateEvent, SourcePolicy
    from parallel_nb.connection import Connection

_LABEL_CHARS: Final = 60
#: Begins the key of a run that is not ours, before its id.
_IMPORTED_KEY: Final = "run:"


def is_imported(record: JobRecord) -> bool:
    """True for a job that was made of a group, and not by asking here."""
    return record.fingerprint == _fingerprint(str(record.group_id))


def _fingerprint(group_id: str) -> str:
    return f"group:{group_id}"


async def import_group(connection: Connection, journal: Journal, group_id: str) -> JobRecord:
    """Read a group's runs with their inputs into the journal, as a job.

    A run of ours keeps its row key, so that its answer is reused as if it had been asked
    here; any other gets a key of its own. Of several attempts at a row the latest counts.

    Raises:
        NotFoundError: The service knows no such group, or knows its runs no longer.
        InputError: The group is empty.
    """
    try:
        group = await connection.client.groups.get(group_id)
    except NotFoundError as error:
        error.remedy = f"{error.remedy} {RETENTION}."
        raise
    latest = await _read_latest(connection, group_id)
    events = [event for _, event in latest.values()]
    if not events and (runs := group.status.num_task_runs):
        raise NotFoundError(
            f"The service no longer has the {count(runs, 'run')} of {group_id}.",
            f"{RETENTION}. The journal of the machine that asked has the answers: "
            "parallel-nb jobs lists them there.",
            status=404,
        )
    if not events:
        raise InputError(
            f"The group {group_id} has no runs, so there is nothing to come back to.",
            "Run the cell that asks: nothing was sent.",
        )
    now = journal.clock()
    record = JobRecord(
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=_fingerprint(group.taskgroup_id),
        title=f"Group {group_id}",
        connection=connection.label,
        identity=connection.identity,
        # Where there are several, the price is not known and no row is asked again.
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
        options=_common([_options(event) for event in events]),
    )
    journal.create_job(record, [])
    _add(journal, record, latest)
    return record


async def update_group(connection: Connection, journal: Journal, record: JobRecord) -> JobRecord:
    """Read the runs that a group has got since it was imported: another tool may have gone on.

    The job stays as it is where the group is gone, or cannot be reached now.
    """
    group_id = str(record.group_id)
    try:
        runs = (await connection.client.groups.get(group_id)).status.num_task_runs
        if runs == len(journal.runs_of_job(record.id)):
            return record
        latest = await _read_latest(connection, group_id)
    except (NotFoundError, TransportError, RetryableError, StreamError):
        return record
    _add(journal, record, latest)
    return journal.job(record.id) or record


#: The latest attempt at each key, and the run.
_Latest = dict[str, tuple[int, "RunStateEvent"]]


async def _read_latest(connection: Connection, group_id: str) -> _Latest:
    latest: _Latest = {}
    async for event in connection.client.groups.runs(group_id, include_input=True):
        metadata = event.run.metadata or (event.input.metadata if event.input else None)
        key, attempt = read_row_key(metadata)
        if (key, attempt) == NO_ROW_KEY:
            key, attempt = f"{_IMPORTED_KEY}{event.run.run_id}", 1
        if key not in latest or latest[key][0] < attempt:
            latest[key] = attempt, event
    return latest


def _add(journal: Journal, record: JobRecord, latest: _Latest) -> None:
    """Write the runs, and a question of the job for each that it does not have yet."""
    now = journal.clock()
    attempts = journal.import_runs(
        record.id,
        str(record.group_id),
        [
            (key, attempt, event.run.run_id, "sent", _created(event, now))
            for key, (attempt, event) in latest.items()
        ],
    )
    positions = {key: position for position, key, _ in journal.questions(record.id)}
    journal.link(
        record.id,
        [(position, attempts[key]) for key, position in positions.items() if key in attempts],
    )
    new = [(key, event) for key, (_, event) in latest.items() if key not in positions]
    journal.add_questions(
        record.id,
        [
            (len(positions) + number, key, attempts[key], _label(event), _input(event))
            for number, (key, event) in enumerate(new)
        ],
        {
            len(positions) + number: extras
            for number, (_, event) in enumerate(new)
            if (extras := _extras(event)) is not None
        },
    )


def _options(event: RunStateEvent) -> KeptOptions | None:
    """What the run may use, without secrets; None where it is nothing beside the web."""
    kept = keep_options(event.input) if event.input is not None else None
    return None if kept is None else msgspec.json.decode(kept, type=KeptOptions)


def _extras(event: RunStateEvent) -> bytes | None:
    """What the run carries beside its input, so that it can be asked again with it."""
    sent = event.input
    if sent is None:
        return None
    own = {
        key: value for key, value in (sent.metadata or {}).items() if not key.startswith(OWN_PREFIX)
    }
    extras = RunExtras(None, sent.previous_interaction_id, own or None)
    return None if extras == RunExtras() else msgspec.json.encode(extras)


def _common(values: Sequence[TaskSpec | SourcePolicy | KeptOptions | None]) -> bytes | None:
    """The value that all runs share, as JSON; None where they differ or have none."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    encoded = {encode(value) for value in values}
    return encoded.pop() if len(encoded) == 1 and encoded != {b"null"} else None


def _input(event: RunStateEvent) -> bytes:
    value: Any = event.input.input if event.input is not None else ""
    return msgspec.json.encode(value)


def _label(event: RunStateEvent) -> str:
    value: Any = event.input.input if event.input is not None else event.run.run_id
    if isinstance(value, dict):
        value = next((v for v in value.values() if v not in (None, "")), "")
    return shorten(value if isinstance(value, str) else json.dumps(value), _LABEL_CHARS)


def _created(event: RunStateEvent, now: float) -> float:
    try:
        created = datetime.fromisoformat(event.run.created_at or "")
    except ValueError:
        return now
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


async def rekey_job(
    connection: Connection, journal: Journal, record: JobRecord
) -> JobRecord | None:
    """Make a job, asked with another key of the same account, one of this connection.

    The key is part of what a question is known by, because another key may be another person's.
    That the service shows the group to this key proves that the account is the same one.

    Returns:
        The job of this connection, to which the answers now belong as well; None where the job
        was asked of another account or another service.
    """
    is_hosted = connection.is_billed and is_billed(record.identity)
    is_same_service = service_of(record.identity) == service_of(connection.identity)
    if not (is_hosted and is_same_service) or record.group_id is None:
        return None
    try:
        events = await read_group(connection.client, record.group_id)
    except (NotFoundError, AuthenticationError, ProcessorForbiddenError):
        return None
    # A run that was sent with others has no id in the journal before the service tells it.
    journal.mark(
        "sent", [(*read_row_key(event.run.metadata), event.run.run_id) for event in events]
    )
    questions = journal.questions(record.id)
    spec = decode_kept(record.spec, TaskSpec) if record.spec else None
    if spec is None or any(key.startswith(_IMPORTED_KEY) for _, key, _ in questions):
        return record  # another tool made it: its rows are known by their runs alone
    asked = Asked(connection.identity, record.processor, settings_of(record))
    inputs = list(journal.all_inputs(record.id))
    values: list[Any] = [decode_kept(data, object) for data in inputs]
    extras = journal.extras(record.id)
    previous = [
        decode_kept(extras[at], RunExtras).previous_run_id if at in extras else None
        for at in range(len(values))
    ]
    keys = keys_of(asked, spec, values, previous)
    layout = decode_kept(record.layout, list[int]) if record.layout else range(len(keys))
    now = journal.clock()
    rekeyed = dataclasses.replace(
        record,
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=fingerprint_of(array("l", layout), keys, fresh=record.fresh),
        identity=connection.identity,
        connection=connection.label,
        created=now,
        changed=now,
    )
    earlier = journal.job_of_fingerprint(rekeyed.fingerprint)
    if earlier is not None and earlier.identity == rekeyed.identity:
        return earlier
    journal.copy_runs(
        record.id,
        [(position, key) for (position, _, _), key in zip(questions, keys, strict=True)],
        now,
    )
    labels = [label for _, _, label in questions]
    first_attempts = [1] * len(keys)
    rows = zip(range(len(keys)), keys, first_attempts, labels, inputs, strict=True)
    journal.create_job(rekeyed, rows, extras)
    return rekeyed
