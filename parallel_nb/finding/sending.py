"""Sends what a find costs: creating the run, extending it, enriching it. Each at most once.

One kernel at a time sends, by a lease in the journal. What was sent and not answered is settled by
reading: the run's schema says how many matches it looks for and which fields it enriches. The
creation cannot be settled so, since the service has no list of runs: it stays in doubt, and is
never repeated where it costs money.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import (
    ApiError,
    InputError,
    NotFoundError,
    ParallelError,
    TransportError,
)
from parallel_nb.api.findall import fields_of
from parallel_nb.finding.messages import (
    CANCELLED,
    INSTEAD_OF_ENRICHING,
    gone,
    in_doubt,
    paced_message,
)
from parallel_nb.finding.model import FindState, most_cost
from parallel_nb.finding.request import FindRequest, missing_enrichments
from parallel_nb.formats import count
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.leases import is_lease_live
from parallel_nb.job.questions import JOB_KEY
from parallel_nb.job.reconcile import unchanged_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from parallel_nb.api.findall import FindAllRun, FindAllSchema
    from parallel_nb.client import AsyncClient
    from parallel_nb.connection import Connection
    from parallel_nb.job.backoff import JobBackoff
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.job.tuning import Tuning

#: The service has refused the request, and made nothing.
_REFUSED: Final = frozenset({400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 429})
_CONFLICT: Final = 409
#: What the kind of entity is called where the service proposes none.
_ANY_ENTITY: Final = "entities"
#: Requests for the same change that may be lost, one after the other.
_MOST_ATTEMPTS: Final = 4
#: Seconds between two looks at a lease of another kernel.
_LEASE_PAUSE: Final = 0.3
#: Seconds between two looks at the quota.
_QUOTA_PAUSE: Final = 1.0


@dataclass(slots=True)
class FindSetup:
    """What a find is made of."""

    id: str
    connection: Connection
    journal: Journal
    state: FindState
    tuning: Tuning
    #: Seconds for which it waits while the service tells nothing new.
    max_wait: float
    #: False to follow the run and send nothing.
    submit: bool = True
    #: How it ended, where the journal has all that is wanted: then the service is not asked. None
    #: where it is.
    settled: str | None = None

    @property
    def client(self) -> AsyncClient:
        """The client as it is now: an engine that was started again has another address."""
        return self.connection.client


class Sender:
    """Brings the run at the service to what is wanted."""

    def __init__(self, setup: FindSetup, owner: str, backoff: JobBackoff) -> None:
        """Send nothing yet. `owner` is the name for the lease, `backoff` bears passing faults."""
        self._setup = setup
        self._state = setup.state
        self._owner = owner
        self._backoff = backoff
        #: What a person is told when all is done.
        self.note = ""
        #: True while a request that costs money is under way, or its fate is not known.
        self.is_sending = False

    async def run(self) -> None:
        """Create the run where there is none, then extend and enrich it as is wanted.

        Raises:
            ParallelError: The service refuses, or it is not known whether the run exists.
        """
        async with self._lease():
            if self._state.findall_id is None:
                await self._create()
            else:
                await self._extend()
            await self._enrich()

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[None]:
        """Send alone. A creation of unknown fate keeps its lease, which then tells of it."""
        await self._take()
        try:
            yield
        finally:
            if not (self.is_sending and self._state.findall_id is None):
                await self._give_back()

    async def _take(self) -> None:
        journal, job_id = self._setup.journal, self._setup.id
        while True:
            record = await asyncio.to_thread(journal.job, job_id)
            if record is None:
                raise ParallelError("The journal has lost this find.", "Run the cell again.")
            self._state.findall_id = record.group_id or self._state.findall_id
            self._learn(record)
            sender = record.sender
            is_live = bool(sender) and is_lease_live(
                sender, record.changed, self._setup.tuning.lease, journal.clock()
            )
            if not is_live:
                if sender and record.group_id is None and self._state.billed:
                    raise in_doubt(self._state, self._cost())
                if await asyncio.to_thread(
                    journal.take_sending, job_id, self._owner, instead_of=sender
                ):
                    if sender:  # what a dead kernel has sent may still come into effect
                        await asyncio.sleep(self._setup.tuning.reconcile_after)
                    return
            await asyncio.sleep(_LEASE_PAUSE)

    async def _give_back(self) -> None:
        """Give the lease back, and write which run there is."""
        end, state = self._setup.journal.end_sending, self._state
        await asyncio.to_thread(end, self._setup.id, self._owner, group_id=state.findall_id)

    async def _renew(self) -> bool:
        """Renew the lease before a request that costs money.

        Returns:
            False where another kernel had it meanwhile, and may have sent the same: look again.
        """
        journal, job_id = self._setup.journal, self._setup.id
        if await asyncio.to_thread(
            journal.take_sending, job_id, self._owner, instead_of=self._owner
        ):
            return True
        await self._take()
        return False

    def check_fate(self) -> None:
        """Raise where a creation was left alone before its answer came.

        Raises:
            ParallelError: The run may exist.
        """
        if self.is_sending and self._state.findall_id is None and self._state.billed:
            raise in_doubt(self._state, self._cost())

    def _learn(self, record: JobRecord) -> None:
        """Take up what another kernel was told by the service meanwhile."""
        if record.find is not None:
            known = decode_kept(record.find, FindRequest)
            self._state.request = msgspec.structs.replace(
                self._state.request, made_limit=known.made_limit, made_fields=known.made_fields
            )

    def _cost(self) -> float:
        return most_cost(self._state.request, self._state.generator)

    # --- creating -----------------------------------------------------------------------

    async def _create(self) -> None:
        metadata = {JOB_KEY: self._setup.id}
        entity_type = self._state.request.entity_type or await self._propose_entity_type()
        body = self._state.request.run_input(entity_type, metadata)
        while self._state.findall_id is None:
            if not await self._renew() or await self._waits_for_quota():
                continue
            self.is_sending = True
            try:
                made = await self._setup.client.findall.create(body)
            except ParallelError as error:
                if may_have_acted(error) and self._state.billed:
                    raise in_doubt(self._state, self._cost()) from error
                self.is_sending = False
                await self._backoff.bear(error)
                continue
            self._state.findall_id = made.findall_id
            self.is_sending = False
            self._state.changed = True
        await self._give_back()
        await self._keep(made_limit=body.match_limit)
        await self._take()

    async def _waits_for_quota(self) -> bool:
        """Wait a little for the quota of runs an hour; False where one may go out now.

        So that the lease is renewed meanwhile, and a stop leaves nothing in doubt.
        """
        quota = self._setup.client.find_quota
        seconds = quota.seconds_until(1)
        self._state.message = paced_message(quota.most, seconds) if seconds else ""
        self._state.changed = True
        await asyncio.sleep(min(seconds, self._setup.tuning.lease / 3, _QUOTA_PAUSE))
        return seconds > 0

    async def _propose_entity_type(self) -> str:
        """What the service calls the kind of entity that the objective asks for."""
        while True:
            try:
                schema = await self._setup.client.findall.ingest(self._state.request.objective)
            except ParallelError as error:
                await self._backoff.bear(error)
            else:
                return schema.entity_type or _ANY_ENTITY

    # --- extending and enriching --------------------------------------------------------

    async def _extend(self) -> None:
        """Raise the limit of the run to what is wanted."""
        for _ in range(_MOST_ATTEMPTS):
            schema = await self._schema()
            await self._adopt(schema)
            wanted = self._state.request.limit
            present = schema.match_limit or self._state.request.made_limit
            if not present or present >= wanted:
                if present > self._state.request.made_limit:
                    await self._keep(made_limit=present, limit=max(wanted, present))
                return
            run = await self._run()
            reason = run.status.termination_reason
            if not run.status.is_active and reason != "match_limit_met":
                self.note = (
                    f"It was not extended to {count(wanted, 'match', 'matches')}: it has ended "
                    "before it had as many as were wanted. find.again() searches for others."
                )
                await self._keep(limit=present)
                return
            extend = self._setup.client.findall.extend(self._findall_id, wanted - present)
            try:
                is_made = await self._send(extend)
            except ApiError:  # what was refused is not sent again unasked
                await self._keep(limit=present)
                raise
            if is_made:
                await self._keep(made_limit=wanted)
                return
        raise self._unsettled("extended")

    async def _enrich(self) -> None:
        """Have the fields researched that the run does not have yet."""
        if not self._state.request.enrichments:
            return
        for _ in range(_MOST_ATTEMPTS):
            schema = await self._schema()
            made = [field.name for one in schema.enrichments or () for field in fields_of(one)]
            made += self._state.request.made_fields
            missing = missing_enrichments(self._state.request.enrichments, made)
            if missing and (await self._run()).status.status == "cancelled":
                self.note = f"{CANCELLED} {INSTEAD_OF_ENRICHING}"
                await self._withdraw({field.name for one in missing for field in fields_of(one)})
                return
            for enrichment in missing:
                names = {field.name for field in fields_of(enrichment)}
                try:
                    is_made = await self._send(
                        self._setup.client.findall.enrich(self._findall_id, enrichment)
                    )
                except ApiError:  # the same
                    await self._withdraw(names)
                    raise
                if not is_made:
                    break
                made += names
            else:
                if set(made) != set(self._state.request.made_fields):
                    await self._keep(made_fields=sorted(set(made)))
                return
        raise self._unsettled("enriched")

    async def _adopt(self, schema: FindAllSchema) -> None:
        """Take up fields that the run enriches unknown to us: the answer that said so was lost."""
        request = self._state.request
        names = [field.name for field in request.enriched_fields]
        if added := missing_enrichments(schema.enrichments or (), names):
            made = [field.name for one in added for field in fields_of(one)]
            await self._keep(
                enrichments=[*request.enrichments, *added],
                made_fields=sorted({*request.made_fields, *made}),
            )

    async def _withdraw(self, names: set[str]) -> None:
        """Want the enrichments no longer that have one of these fields."""
        enrichments = [
            one
            for one in self._state.request.enrichments
            if names.isdisjoint(field.name for field in fields_of(one))
        ]
        await self._keep(enrichments=enrichments)

    async def _send(self, request: Coroutine[Any, Any, object]) -> bool:
        """Await a request that costs money. After a lost answer, wait until it has acted.

        Returns:
            True when the service has confirmed it; False when its schema is to be asked.
        """
        if not await self._renew():
            request.close()
            return False
        self.is_sending = True
        try:
            await request
        except ParallelError as error:
            if not may_have_acted(error):
                await self._backoff.bear(error)
                return False
            self._state.status = ""  # it may be at work again
            await asyncio.sleep(unchanged_time(error, self._setup.tuning))
            return False
        finally:
            self.is_sending = False
        self._state.status = ""
        return True

    async def _keep(self, **made: Any) -> None:
        """Write what the service has confirmed."""
        request = msgspec.structs.replace(self._state.request, **made)
        self._state.request = request
        await asyncio.to_thread(
            self._setup.journal.set_find,
            self._setup.id,
            msgspec.json.encode(request),
            request.encode_spec(),
        )

    def _unsettled(self, what: str) -> ParallelError:
        return ParallelError(
            f"The find was not {what}: the service has answered none of {_MOST_ATTEMPTS} requests",
            "Run the cell again later; what was found is kept.",
        )

    @property
    def _findall_id(self) -> str:
        return self._state.findall_id or ""

    async def _schema(self) -> FindAllSchema:
        while True:
            try:
                schema = await self._setup.client.findall.schema(self._findall_id)
            except NotFoundError as error:
                raise gone(self._state) from error
            except ParallelError as error:
                await self._backoff.bear(error)
            else:
                self._backoff.success()
                return schema

    async def _run(self) -> FindAllRun:
        while True:
            try:
                return await self._setup.client.findall.get(self._findall_id)
            except ParallelError as error:
                await self._backoff.bear(error)

    # --- cancelling ---------------------------------------------------------------------

    async def cancel(self) -> None:
        """Cancel the run; one that has ended already stays as it is.

        Raises:
            ParallelError: The service refuses, or cannot be reached for too long.
        """
        while True:
            try:
                await self._setup.client.findall.cancel(self._findall_id)
            except ApiError as error:
                if error.status == _CONFLICT:  # it has ended by itself
                    return
                await self._backoff.bear(error)
            except ParallelError as error:
                await self._backoff.bear(error)
            else:
                return


def may_have_acted(error: ParallelError) -> bool:
    """True when the service may have made something although it did not say so."""
    if isinstance(error, InputError):
        return False
    if isinstance(error, TransportError):
        return error.maybe_sent
    if isinstance(error, ApiError):
        return error.status not in _REFUSED
    return True
