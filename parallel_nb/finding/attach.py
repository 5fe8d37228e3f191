"""Comes back to a find by its id, also to one that this journal has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import FINDALL_ID, fields_of
from parallel_nb.connection import background
from parallel_nb.finding.request import FindRequest
from parallel_nb.finding.start import MAX_WAIT, TITLE_CHARS, make_find, record_of, request_of
from parallel_nb.formats import shorten
from parallel_nb.job.model import NullView
from parallel_nb.job.options import open_connection, read_wait
from parallel_nb.job.questions import JOB_KEY
from parallel_nb.job.start import journal_of_home

if TYPE_CHECKING:
    from parallel_nb.api.findall import FindAllRun
    from parallel_nb.connection import Connection
    from parallel_nb.finding.handle import Find
    from parallel_nb.finding.model import FindView
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.job.tuning import Tuning

#: Of a run that another tool made and that says nothing of its limit.
_UNKNOWN_LIMIT: Final = 10


def attach_find(  # noqa: PLR0913 - the options of attaching
    find_id: str,
    *,
    connection: Connection | None = None,
    view: FindView | None = None,
    wait: bool = True,
    max_wait: float | None = None,
    tuning: Tuning | None = None,
) -> Find:
    """Come back to a find by its id, also one that this journal has never seen. Sends nothing.

    Raises:
        NotFoundError: The connection knows no such run.
        InputError: It was begun on another connection.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: it ended early.
        JobInterrupted: With `wait`: an interrupt; the find was detached.
    """
    connection = open_connection(connection)
    journal = journal_of_home()
    record = journal.job(find_id) or journal.job_of_group(find_id)
    if record is None:
        record = background.run(_import(connection, journal, find_id))
    if record.identity != connection.identity:
        raise InputError(
            f"{find_id} was begun on another connection ({record.connection}), and the current "
            f"one is {connection.label}.",
            "Connect there first: %parallel_connect, or pnb.connect(...).",
        )
    request = request_of(record)
    seconds = read_wait(max_wait, MAX_WAIT)
    find = make_find(connection, journal, record, request, tuning, seconds, submit=False)
    find.begin(view or NullView())
    return find.wait() if wait else find


def is_find(name: str) -> bool:
    """True for the id of a find: the service's, or our own of one in the journal."""
    if name.startswith(FINDALL_ID):
        return True
    journal = journal_of_home()
    record = journal.job(name) or journal.job_of_group(name)
    return record is not None and record.find is not None


async def _import(connection: Connection, journal: Journal, find_id: str) -> JobRecord:
    """Take a run into the journal that was not begun here, or of which it was not known."""
    client = connection.client
    run = await client.findall.get(find_id)
    if (doubtful := _doubtful(journal, run)) is not None:
        journal.end_sending(doubtful.id, doubtful.sender, group_id=run.findall_id)
        return journal.job(doubtful.id) or doubtful
    schema = await client.findall.schema(find_id)
    request = FindRequest.of_schema(schema, _UNKNOWN_LIMIT)
    made = [field.name for one in request.enrichments for field in fields_of(one)]
    request = msgspec.structs.replace(request, made_limit=request.limit, made_fields=made)
    record = record_of(
        connection,
        journal,
        request,
        f"find {run.findall_id}",
        shorten(request.objective, TITLE_CHARS) or run.findall_id,
        findall_id=run.findall_id,
    )
    return journal.begin_find(record, None)


def _doubtful(journal: Journal, run: FindAllRun) -> JobRecord | None:
    """The find of ours of which it was not known whether it has begun: as `run`, it says itself."""
    record = journal.job(str((run.metadata or {}).get(JOB_KEY, "")))
    if record is None or record.find is None or record.group_id is not None:
        return None
    return record
