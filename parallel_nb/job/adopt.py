"""A job that was asked with another key of the same account: its answers count for the new key.

A key is part of what a question is known by, because another key may be another person's. That
the service shows the group to the new key proves that the account is the same one.
"""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
import time
from array import array
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import AuthenticationError, NotFoundError, ProcessorForbiddenError
from parallel_nb.api.types import SourcePolicy, TaskSpec
from parallel_nb.connection import is_billed
from parallel_nb.job.questions import fingerprint_of, keys_of
from parallel_nb.job.run_metadata import read_group, read_row_key

if TYPE_CHECKING:
    from parallel_nb.connection import Connection
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.job.service import Service

#: The digest of a key at the end of a hosted connection's identity.
_OF_KEY: Final = re.compile(r":[0-9a-f]{12}$")


async def adopt(
    client: Service, journal: Journal, connection: Connection, record: JobRecord
) -> JobRecord | None:
    """The job as one of this connection; None where it is another account's or place's."""
    place = _OF_KEY.sub("", connection.identity)
    is_hosted = connection.is_billed and is_billed(record.identity)
    if not is_hosted or _OF_KEY.sub("", record.identity) != place or record.group_id is None:
        return None
    try:
        events = await read_group(client, record.group_id)
    except (NotFoundError, AuthenticationError, ProcessorForbiddenError):
        return None
    # A run that was sent with others has no id in the journal before the service tells of it.
    told = [(*read_row_key(event.run.metadata), event.run.run_id) for event in events]
    journal.mark("sent", told)
    questions = journal.questions(record.id)
    spec = msgspec.json.decode(record.spec, type=TaskSpec) if record.spec else None
    if spec is None or any(key.startswith("run:") for _, key, _ in questions):
        return record  # of another tool: its rows are known by their runs alone
    policy = msgspec.json.decode(record.policy, type=SourcePolicy) if record.policy else None
    inputs = list(journal.all_inputs(record.id))
    values = [msgspec.json.decode(data) for data in inputs]
    keys = keys_of(connection.identity, record.processor, spec, policy, values)
    layout = json.loads(record.layout) if record.layout else range(len(keys))
    now = time.time()
    adopted = dataclasses.replace(
        record,
        id=f"job_{secrets.token_hex(8)}",
        fingerprint=fingerprint_of(array("l", layout), keys, fresh=record.fresh),
        identity=connection.identity,
        connection=connection.label,
        created=now,
        changed=now,
    )
    before = journal.job_of_fingerprint(adopted.fingerprint)
    if before is not None and before.identity == adopted.identity:
        return before
    journal.copy_runs(
        record.id,
        [(position, key) for (position, _, _), key in zip(questions, keys, strict=True)],
        now,
    )
    linked = [1] * len(keys)
    labels = [label for _, _, label in questions]
    rows = zip(range(len(keys)), keys, linked, labels, inputs, strict=True)
    journal.create_job(adopted, rows)
    return adopted
