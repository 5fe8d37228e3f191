"""Task groups: many runs as one thing that can be added to, counted and followed."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from parallel_nb.api import routes
from parallel_nb.api.errors import InputError
from parallel_nb.api.types import (
    MAX_RUNS_PER_REQUEST,
    STATUSES,
    AddRunsRequest,
    AddRunsResponse,
    Event,
    Metadata,
    RunStateEvent,
    TaskGroup,
    TaskRun,
    TaskRunInput,
    TaskSpec,
)
from parallel_nb.client import events as streams
from parallel_nb.client.bulk import RunLine, read_line, read_run_state, snapshot
from parallel_nb.client.runs import check_answered, check_id, check_made, check_metadata

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from parallel_nb.client.transport import Transport


class Groups:
    """`client.groups`: operations on groups of runs."""

    def __init__(self, transport: Transport, api: routes.Generation) -> None:
        """Made by `AsyncClient`."""
        self._transport = transport
        self._api = api

    async def create(self, metadata: Metadata | None = None) -> TaskGroup:
        """Create an empty group, which costs nothing.

        Args:
            metadata: Keys and values of your own.

        Returns:
            The group, with its id.

        Raises:
            InputError: The metadata breaks a limit.
            TransportError: The network failed.
            ApiError: The service refused or failed; as for all operations here.
            ServiceError: The service gave the group an id with which it cannot be asked for.
        """
        check_metadata(metadata)
        call = routes.create_group(self._api, metadata)
        group = await self._transport.send(call, TaskGroup)
        check_made(group.taskgroup_id, call, "group")
        return group

    async def get(self, group_id: str) -> TaskGroup:
        """Ask for a group's counts.

        Args:
            group_id: The group.

        Returns:
            The group: how many of its runs stand in which state.

        Raises:
            InputError: The id cannot be one.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        call = routes.get_group(self._api, check_id(group_id, "group"))
        group = await self._transport.send(call, TaskGroup)
        check_answered(group.taskgroup_id, group_id, "group")
        return group

    async def add_runs(
        self,
        group_id: str,
        inputs: Sequence[TaskRunInput],
        *,
        default_task_spec: TaskSpec | None = None,
        refresh_status: bool = False,
        tool_servers: bool = False,
    ) -> AddRunsResponse:
        """Add up to 1,000 runs. Never sent twice: the service bills each run that it makes.

        Not after a refusal either (429, 503): a service that counts quotas by run may have kept
        a part. Read the group before sending again.

        Args:
            group_id: The group.
            inputs: The runs; metadata says which row each is for.
            default_task_spec: For the runs that have no spec of their own.
            refresh_status: Have the service count the group first, which takes longer.
            tool_servers: Say that the runs may call tool servers; said anyway where a run that
                is not written as bytes has some.

        Returns:
            The ids of the runs, in any order: the metadata of a run says which row it is for.

        Raises:
            InputError: There are no runs, too many for one request, or metadata breaks a limit.
            TransportError: Where `maybe_sent` is True, the answer was lost and the runs may
                exist: read the group before sending again.
            ServiceError: The same holds.
        """
        check_id(group_id, "group")
        if not inputs:
            raise InputError("There are no runs to add.", "Give at least one.")
        if len(inputs) > MAX_RUNS_PER_REQUEST:
            raise InputError(
                f"{len(inputs):,} runs are too many for one request.",
                f"Send at most {MAX_RUNS_PER_REQUEST:,} at once.",
            )
        # A job writes its runs itself, as bytes, and keeps to the limits.
        runs = [run for run in inputs if isinstance(run, TaskRunInput)]
        check_metadata(*(run.metadata for run in runs))
        tool_servers |= any(run.mcp_servers for run in runs)
        body = AddRunsRequest(inputs=list(inputs), default_task_spec=default_task_spec)
        call = routes.add_runs(
            self._api,
            group_id,
            body,
            refresh_status=refresh_status,
            tool_servers=tool_servers,
        )
        return await self._transport.send(call, AddRunsResponse, pace="task", amount=len(inputs))

    async def run(self, group_id: str, run_id: str) -> TaskRun:
        """Ask for the state of one run of a group.

        Args:
            group_id: The group.
            run_id: The run.

        Returns:
            The run, without its answer.

        Raises:
            InputError: An id cannot be one.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        call = routes.group_run(self._api, check_id(group_id, "group"), check_id(run_id, "run"))
        run = await self._transport.send(call, TaskRun)
        check_answered(run.run_id, run_id, "run")
        return run

    async def runs(  # noqa: PLR0913 - the query parameters of the route
        self,
        group_id: str,
        *,
        status: str | None = None,
        include_input: bool = False,
        include_output: bool = False,
        last_event_id: str | None = None,
        heartbeat: float = streams.HEARTBEAT,
    ) -> AsyncGenerator[RunStateEvent]:
        """Read the runs of a group as they stand now; does not wait for active ones.

        Args:
            group_id: The group.
            status: Only runs of this status.
            include_input: With the input of each run.
            include_output: With the answers of completed runs.
            last_event_id: Begin after the event of this id.
            heartbeat: Seconds of silence after which the stream is taken up again.

        Yields:
            Each run once. A cut stream is taken up after its last event.

        Raises:
            InputError: There is no such status.
            TransportError: The network failed, more often than is retried.
            StreamError: The stream is broken, more often than is retried.
            ApiError: The service refused or failed.
        """
        check_id(group_id, "group")
        if status is not None and status not in STATUSES:
            raise InputError(
                f"There is no status {status!r}.", f"Use one of: {', '.join(STATUSES)}."
            )
        reader = snapshot(
            self._transport,
            partial(
                routes.group_runs,
                self._api,
                group_id,
                status=status,
                include_input=include_input,
                include_output=include_output,
            ),
            read=read_run_state,
            last_event_id=last_event_id,
            silence=heartbeat,
        )
        async with aclosing(reader) as batches:
            async for events in batches:
                for event in events:
                    yield event

    def run_lines(
        self,
        group_id: str,
        *,
        include_input: bool = False,
        include_output: bool = False,
        last_event_id: str | None = None,
        heartbeat: float = streams.HEARTBEAT,
    ) -> AsyncGenerator[list[RunLine]]:
        """Read the runs of a group as `runs` does, many at a time and with raw answers.

        Args:
            group_id: The group.
            include_input: With the metadata of each input.
            include_output: With the answers of completed runs, as JSON.
            last_event_id: Begin after the event of this id.
            heartbeat: Seconds of silence after which the stream is taken up again.

        Yields:
            The runs as they arrive, each once.

        Raises:
            InputError: The id cannot be one.
            ParallelError: As of `runs`.
        """
        return snapshot(
            self._transport,
            partial(
                routes.group_runs,
                self._api,
                check_id(group_id, "group"),
                include_input=include_input,
                include_output=include_output,
            ),
            read=read_line,
            last_event_id=last_event_id,
            silence=heartbeat,
        )

    def events(
        self,
        group_id: str,
        *,
        last_event_id: str | None = None,
        heartbeat: float = streams.HEARTBEAT,
    ) -> AsyncGenerator[Event]:
        """Follow a group until none of its runs is active.

        Args:
            group_id: The group.
            last_event_id: Begin after the event of this id.
            heartbeat: Seconds of silence after which the stream is cut and taken up again.

        Yields:
            Each event once, through cuts, silences and the service's own end of a stream
            after an hour. An event says that a run has ended; answers come from `runs` or
            `client.runs.result`.

        Raises:
            TransportError: The network failed, more often than is retried.
            StreamError: The stream is broken, more often than is retried.
            ApiError: The service refused or failed.
        """
        check_id(group_id, "group")

        async def is_active() -> bool:
            return (await self.get(group_id)).status.is_active

        return streams.follow(
            self._transport,
            partial(routes.group_events, self._api, group_id),
            streams.GROUP_EVENTS,
            is_active=is_active,
            last_event_id=last_event_id,
            silence=heartbeat,
        )
