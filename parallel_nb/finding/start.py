"""Starts finds: options are checked, a plan made, the find journaled and run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import msgspec

from parallel_nb.api.arguments import check_switch, check_text
from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import GENERATORS, check_limit
from parallel_nb.connection import background
from parallel_nb.finding.answers import FindAnswers
from parallel_nb.finding.handle import Find
from parallel_nb.finding.model import FindState
from parallel_nb.finding.plan import FindPlan
from parallel_nb.finding.request import (
    FindRequest,
    check_names,
    get_generator,
    most_matches,
    new_enrichments,
    read_conditions,
    read_enrichment,
    read_exclude,
    unknown_generator,
)
from parallel_nb.finding.sending import FindSetup
from parallel_nb.formats import count, shorten
from parallel_nb.job.journal import JobRecord, decode_kept
from parallel_nb.job.leases import is_lease_live
from parallel_nb.job.model import ENDED, NullView
from parallel_nb.job.options import (
    open_connection,
    read_max_cost,
    read_wait,
    with_defaults,
)
from parallel_nb.job.start import forget_old_jobs, journal_of_home
from parallel_nb.job.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.connection import Connection
    from parallel_nb.finding.model import FindView
    from parallel_nb.job.journal import Journal

#: Characters of an objective that become the title of its find.
TITLE_CHARS: Final = 80
#: A find waits so many seconds while the service tells nothing new of it, unless told otherwise.
MAX_WAIT: Final = 3600.0


class FindOptions(TypedDict, total=False):
    """The options of a find: see `ask.find`."""

    enrich: Any
    limit: int
    generator: str
    exclude: Any
    processor: str
    entity_type: str | None
    max_cost: float | None
    max_wait: float | None
    fresh: bool
    title: str | None
    connection: Connection | None


#: What an option is when it is not passed; None where it does not stand here.
FIND_DEFAULTS: Final[Mapping[str, Any]] = {
    "limit": 10,
    "generator": "base",
    "processor": "core",
    "fresh": False,
}


def plan_find(objective: str, conditions: Any = None, **options: Unpack[FindOptions]) -> FindPlan:
    """Say what `start_find` with the same arguments would look for and cost.

    Without conditions the service proposes some, which costs nothing; nothing else is sent.

    Raises:
        InputError: The objective, a condition or an option is at fault.
        ConnectionProblem: There is nothing to connect to.
    """
    return _draft(objective, conditions, options).plan


def start_find(
    objective: str,
    conditions: Any = None,
    *,
    view: FindView | None = None,
    wait: bool = True,
    tuning: Tuning | None = None,
    **options: Unpack[FindOptions],
) -> Find:
    """Begin a find. The same call again goes on where it ended, and pays once.

    Args:
        objective: What is looked for.
        conditions: What every match satisfies.
        view: Shows the progress; nothing does if None.
        wait: Wait for the end; False returns at once.
        tuning: Sizes and time limits.
        **options: Those of `ask.find`.

    Raises:
        InputError: It is at fault, has no conditions or costs too much; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: it ended early; `attach` or the same call goes on.
        JobInterrupted: With `wait`: an interrupt; the find was detached.
    """
    forget_old_jobs()
    draft = _draft(objective, conditions, options)
    draft.plan.check()
    record = _write(draft)
    request = draft.request
    find = make_find(draft.connection, draft.journal, record, request, tuning, draft.max_wait)
    find.begin(view or NullView())
    return find.wait() if wait else find


# --- the plan ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A find before it is journaled."""

    request: FindRequest
    title: str
    connection: Connection
    journal: Journal
    fingerprint: str
    fresh: bool
    #: The newest find of the same search, and whether this one goes on with it.
    newest: JobRecord | None
    earlier: JobRecord | None
    max_wait: float
    plan: FindPlan


def _draft(objective: str, conditions: Any, passed: FindOptions) -> _Draft:
    options = with_defaults(passed, FindOptions, FIND_DEFAULTS)
    objective = check_text("objective", objective, "'European makers of heat pumps'").strip()
    if not objective:
        raise InputError("There is no objective.", "Say in a sentence what is to be found.")
    generator = get_generator(options["generator"])
    limit = check_limit("limit", options["limit"], most_matches(generator), generator.name)
    entity_type, title = options["entity_type"], options["title"]
    fresh = check_switch("fresh", options["fresh"])
    max_cost = read_max_cost(options["max_cost"])
    max_wait = read_wait(options["max_wait"], MAX_WAIT)
    request = FindRequest(
        objective=objective,
        conditions=read_conditions(conditions),
        generator=generator.name,
        limit=limit,
        entity_type=(entity_type and check_text("entity_type", entity_type, "'companies'")) or "",
        exclude=read_exclude(options["exclude"]),
        enrichments=read_enrichment(options["enrich"], options["processor"]),
    )
    title = (title and check_text("title", title, "'Startups'")) or shorten(objective, TITLE_CHARS)
    connection = open_connection(options["connection"])
    proposed = not request.conditions
    if proposed:
        request = _propose(connection, request)
    check_names(request)
    journal = journal_of_home()
    # What an engine found before its documents changed does not count today.
    identity = f"{connection.identity} {connection.edition}".rstrip()
    fingerprint = request.fingerprint(identity, fresh=fresh)
    newest = None if proposed else journal.job_of_fingerprint(fingerprint)
    earlier = newest
    if fresh and newest is not None and (newest.state in ENDED or _is_in_doubt(newest, journal)):
        earlier = None
    # One that never began, and that nobody begins, leaves nothing to go on with.
    if earlier is not None and (earlier.group_id is not None or earlier.sender):
        request = _go_on(request_of(earlier), request, passed.get("processor"))
    return _Draft(
        request=request,
        title=title,
        connection=connection,
        journal=journal,
        fingerprint=fingerprint,
        fresh=fresh,
        newest=newest,
        earlier=earlier,
        max_wait=max_wait,
        plan=FindPlan(
            title=title,
            request=request,
            generator=generator,
            connection=connection.label,
            billed=connection.is_billed,
            proposed=proposed,
            limit_to_pay=max(0, request.limit - (request.made_limit if earlier else 0)),
            is_new=earlier is None or earlier.group_id is None,
            earlier=_earlier_words(journal, earlier, request),
            in_doubt=earlier is not None
            and connection.is_billed
            and _is_in_doubt(earlier, journal),
            max_cost=max_cost,
        ),
    )


def _propose(connection: Connection, request: FindRequest) -> FindRequest:
    """Have the service propose the kind of entity and the conditions."""
    schema = background.run(connection.client.findall.ingest(request.objective))
    return msgspec.structs.replace(
        request,
        conditions=schema.match_conditions,
        entity_type=request.entity_type or schema.entity_type,
    )


def _go_on(known: FindRequest, wanted: FindRequest, processor: str | None) -> FindRequest:
    """What an earlier find is to become: what it is, and all that is wanted now.

    What was wanted of it once and never sent is not: nobody asks for it now.
    """
    known = known.as_made()
    added = new_enrichments(wanted.enrichments, known, processor)
    return msgspec.structs.replace(
        known, limit=max(known.limit, wanted.limit), enrichments=[*known.enrichments, *added]
    )


def _earlier_words(journal: Journal, earlier: JobRecord | None, request: FindRequest) -> str:
    if earlier is None or earlier.group_id is None:
        return ""
    matched = journal.counts().get(earlier.id, {}).get("completed", 0)
    words = f"{earlier.group_id}, {count(matched, 'match', 'matches')} so far; it is taken up"
    more = request.limit - request.made_limit
    return f"{words} and extended by {more:,}" if request.made_limit and more > 0 else words


def _is_in_doubt(record: JobRecord, journal: Journal) -> bool:
    return (
        record.group_id is None
        and bool(record.sender)
        and not is_lease_live(record.sender, record.changed, Tuning().lease, journal.clock())
    )


# --- the find ---------------------------------------------------------------------------


def _write(draft: _Draft) -> JobRecord:
    """Journal the find, or what an earlier one of the same search is to become."""
    request = draft.request
    if draft.earlier is not None:
        draft.journal.set_find(
            draft.earlier.id, msgspec.json.encode(request), request.encode_spec()
        )
        return draft.earlier
    record = record_of(
        draft.connection, draft.journal, request, draft.fingerprint, draft.title, fresh=draft.fresh
    )
    return draft.journal.begin_find(record, draft.newest.id if draft.newest else None)


def record_of(  # noqa: PLR0913 - what the journal keeps of a find
    connection: Connection,
    journal: Journal,
    request: FindRequest,
    fingerprint: str,
    title: str,
    *,
    fresh: bool = False,
    findall_id: str | None = None,
) -> JobRecord:
    """A find that is new to the journal; with `findall_id` one that has begun."""
    now = journal.clock()
    return JobRecord(
        id=f"find_{secrets.token_hex(8)}",
        fingerprint=fingerprint,
        title=title,
        connection=connection.label,
        identity=connection.identity,
        processor=request.generator,
        spec=request.encode_spec(),
        prompt=request.objective,
        fresh=fresh,
        group_id=findall_id,
        state="submitting" if findall_id is None else "running",
        message="",
        rows=0,
        layout=None,
        created=now,
        changed=now,
        find=msgspec.json.encode(request),
    )


def request_of(record: JobRecord) -> FindRequest:
    """What a journaled find looks for.

    Raises:
        InputError: It is a table of questions.
        ParallelError: What the journal keeps of it is damaged.
    """
    if record.find is None:
        raise InputError(
            f"{record.group_id or record.id} is a table of questions, and no find.",
            "Take it up with pnb.attach, or %parallel_attach.",
        )
    return decode_kept(record.find, FindRequest)


def make_find(  # noqa: PLR0913, PLR0917 - what a find is made of
    connection: Connection,
    journal: Journal,
    record: JobRecord,
    request: FindRequest,
    tuning: Tuning | None,
    max_wait: float,
    *,
    submit: bool = True,
) -> Find:
    """The find of a record of the journal, which has not begun to work."""
    state = FindState(
        title=record.title,
        connection=connection.label,
        billed=connection.is_billed,
        # A run of another tool may have a generator that is newer than our price table.
        generator=GENERATORS.get(request.generator, unknown_generator(request.generator)),
        request=request,
        findall_id=record.group_id,
    )
    answers = FindAnswers(journal, record.id)
    known = (one.candidate for one in answers.found(all_candidates=True))
    state.candidates = {candidate.candidate_id: candidate for candidate in known}
    setup = FindSetup(
        id=record.id,
        connection=connection,
        journal=journal,
        state=state,
        tuning=tuning or Tuning(),
        max_wait=max_wait,
        submit=submit,
        settled=record.message if submit and record.state == "done" and request.is_made else None,
    )
    return Find(setup, answers, again=start_find)
