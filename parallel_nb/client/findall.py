"""FindAll runs and Entity Search: from a sentence to entities, checked or merely ranked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from parallel_nb.api import findall
from parallel_nb.api.arguments import check_count, check_text
from parallel_nb.api.errors import ApiError, InputError
from parallel_nb.api.findall import (
    DEFAULT_ENTITIES,
    ENTITY_KINDS,
    MAX_MATCHES,
    CandidateEvent,
    Enrichment,
    EntitySearchInput,
    EntitySearchResult,
    FindAllEvent,
    FindAllResult,
    FindAllRun,
    FindAllRunInput,
    FindAllSchema,
    FindAllStatusEvent,
    check_limit,
    findall_event_type,
    lint_enrichment,
    lint_findall,
)
from parallel_nb.client import events as streams
from parallel_nb.client.decode import read_event_as
from parallel_nb.client.runs import check_answered, check_id, check_made
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable, Sequence

    from parallel_nb.api.schema.lint import Finding
    from parallel_nb.client.transport import Transport

_CONFLICT: Final = 409


class FindAll:
    """`client.findall`: operations on FindAll runs, and Entity Search."""

    def __init__(self, transport: Transport) -> None:
        """Made by `AsyncClient`."""
        self._transport = transport

    async def ingest(self, objective: str) -> FindAllSchema:
        """Have the kind of entity and the conditions proposed that an objective asks for.

            schema = await client.findall.ingest("Norwegian makers of heat pumps")

        Args:
            objective: What is looked for, in a sentence.

        Returns:
            The proposal: `entity_type` and `match_conditions`.

        Raises:
            InputError: The objective is no text, or empty.
            TransportError: The network failed.
            ApiError: The service refused or failed; as for all operations here.
        """
        return await self._transport.send(
            findall.ingest_call(_check_objective(objective)), FindAllSchema
        )

    async def create(self, run: FindAllRunInput) -> FindAllRun:
        """Create a run; it is queued when this returns. Never sent twice: the service bills it.

        Args:
            run: What is to be found.

        Returns:
            The run, with its id and state.

        Raises:
            InputError: It breaks a rule of the service; nothing was sent.
            TransportError: Where `maybe_sent` is True, the answer was lost and the run may
                exist. The service has no list of runs to look it up in.
            ServiceError: The same holds.
        """
        _refuse_errors("The FindAll run", lint_findall(run))
        call = findall.create_call(run)
        created = await self._transport.send(call, FindAllRun, pace="find")
        check_made(created.findall_id, call, "run")
        return created

    async def get(self, findall_id: str) -> FindAllRun:
        """Ask for a run's state.

        Args:
            findall_id: The run.

        Returns:
            The run, without its candidates.

        Raises:
            InputError: The id cannot be one.
        """
        run = await self._transport.send(findall.get_call(_check_id(findall_id)), FindAllRun)
        check_answered(run.findall_id, findall_id, "FindAll run")
        return run

    async def result(self, findall_id: str) -> FindAllResult:
        """Ask for a run's candidates as they are now; does not wait for it to end.

            result = await client.findall.result("findall_1")
            [found.name for found in result.candidates if found.match_status == "matched"]

        Args:
            findall_id: The run.

        Returns:
            All candidates in one answer, those among them that are not judged yet.

        Raises:
            InputError: The id cannot be one.
        """
        call = findall.result_call(_check_id(findall_id))
        result = await self._transport.send(call, FindAllResult)
        check_answered(result.run.findall_id, findall_id, "FindAll run")
        return result

    async def schema(self, findall_id: str) -> FindAllSchema:
        """Ask for what a run looks for.

        Args:
            findall_id: The run.

        Returns:
            Its conditions, limit and enrichments, with what was added to them.

        Raises:
            InputError: The id cannot be one.
        """
        call = findall.schema_call(_check_id(findall_id))
        return await self._transport.send(call, FindAllSchema)

    async def extend(self, findall_id: str, additional: int) -> FindAllSchema:
        """Ask for more matches; a run that met its limit goes on. Never sent twice.

        Args:
            findall_id: The run, which is active or has met its limit.
            additional: How many more; 1,000 in all at most.

        Returns:
            What the run looks for now.

        Raises:
            InputError: The number is below 1; nothing was sent.
            InvalidRequestError: The run cannot be extended.
            TransportError: Where `maybe_sent` is True, the answer was lost: `schema` says
                whether the limit has changed.
        """
        check_count("additional", additional, "Give 1 or more.")
        call = findall.extend_call(_check_id(findall_id), additional)
        return await self._transport.send(call, FindAllSchema)

    async def enrich(self, findall_id: str, enrichment: Enrichment) -> FindAllSchema:
        """Have fields researched for every match, also those yet to come. Never sent twice.

        Args:
            findall_id: The run; one that has ended goes on.
            enrichment: The fields and the processor.

        Returns:
            What the run looks for now.

        Raises:
            InputError: The output schema breaks a rule of the service; nothing was sent.
            TransportError: Where `maybe_sent` is True, the answer was lost: `schema` says
                whether the enrichment is there.
        """
        _refuse_errors("The enrichment", lint_enrichment(enrichment))
        call = findall.enrich_call(_check_id(findall_id), enrichment)
        return await self._transport.send(call, FindAllSchema)

    async def cancel(self, findall_id: str) -> None:
        """Cancel a run. What it has found stays and is billed.

        Args:
            findall_id: The run.

        Raises:
            ApiError: 409: the run has ended already.
        """
        call = findall.cancel_call(_check_id(findall_id))
        try:
            await self._transport.send(call, object)
        except ApiError as error:
            # a repeat after a lost answer meets the run that the first request has cancelled
            if error.status != _CONFLICT or not await self._is_cancelled(findall_id):
                raise

    async def _is_cancelled(self, findall_id: str) -> bool:
        return (await self.get(findall_id)).status.status in {"cancelling", "cancelled"}

    def events(
        self,
        findall_id: str,
        *,
        last_event_id: str | None = None,
        heartbeat: float = streams.HEARTBEAT,
    ) -> AsyncGenerator[FindAllEvent]:
        """Follow a run until it is not active.

        Args:
            findall_id: The run.
            last_event_id: Begin after the event of this id, such as that of a result.
            heartbeat: Seconds of silence after which the stream is cut and taken up again.

        Yields:
            Each event once, through cuts and silences. An enriched candidate comes with its
            enriched fields alone.

        Raises:
            TransportError: The network failed, more often than is retried.
            StreamError: The stream is broken, more often than is retried.
            ApiError: The service refused or failed.
        """
        _check_id(findall_id)

        async def is_active() -> bool:
            return (await self.get(findall_id)).status.is_active

        return streams.follow(
            self._transport,
            partial(findall.events_call, findall_id),
            _EVENTS,
            is_active=is_active,
            last_event_id=last_event_id,
            silence=heartbeat,
        )

    async def entity_search(
        self,
        objective: str,
        entity_type: str = "companies",
        match_limit: int = DEFAULT_ENTITIES,
    ) -> EntitySearchResult:
        """Search for entities in seconds. They are ranked, not verified, and have no citations.

            found = await client.findall.entity_search("Makers of heat pumps", "companies")

        Args:
            objective: Who or what is looked for.
            entity_type: "companies" or "people".
            match_limit: Entities at most, from 5 to 1,000.

        Returns:
            The entities, best first: name, address and description.

        Raises:
            InputError: There is no such kind, or the number is out of bounds; nothing was sent.
        """
        _check_objective(objective)
        if entity_type not in ENTITY_KINDS:
            raise InputError(
                f"Entity Search knows no {entity_type!r}.",
                f"{did_you_mean(str(entity_type), ENTITY_KINDS)}"
                f"Use one of: {', '.join(ENTITY_KINDS)}; a FindAll run finds entities of any kind.",
            )
        check_limit("match_limit", match_limit, MAX_MATCHES, "An entity search")
        body = EntitySearchInput(
            entity_type=entity_type, objective=objective, match_limit=match_limit
        )
        call = findall.entity_search_call(body)
        return await self._transport.send(call, EntitySearchResult, pace="search")


def _check_id(findall_id: str) -> str:
    return check_id(findall_id, "FindAll run")


def _check_objective(objective: str) -> str:
    if not check_text("objective", objective, "'Norwegian makers of heat pumps'").strip():
        raise InputError("The objective is empty.", "Say in a sentence what is to be found.")
    return objective


def _refuse_errors(what: str, findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.level == "error":
            where = f" ({finding.path})" if finding.path else ""
            raise InputError(
                f"{what} cannot be sent{where}: {finding.message}.",
                "Change that, then send it again; nothing was sent or billed.",
            )


def _read(data: bytes) -> FindAllEvent:
    event: FindAllEvent = read_event_as(data, findall_event_type)
    return event


def _activity(event: FindAllEvent) -> bool | None:
    return event.data.status.is_active if isinstance(event, FindAllStatusEvent) else None


def _identity(event: FindAllEvent) -> Hashable:
    if isinstance(event, CandidateEvent):
        return (event.type, event.data.candidate_id)
    return type(event)


_EVENTS: Final = streams.EventFamily[FindAllEvent](_read, _activity, _identity)
