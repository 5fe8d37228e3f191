"""Task runs: create one, ask for it, wait for its result, follow its events."""

from __future__ import annotations

import asyncio
import math
import re
import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api import routes
from parallel_nb.api.errors import (
    InputError,
    NotFoundError,
    ParallelError,
    ResultPendingError,
    RunFailedError,
    ServiceError,
)
from parallel_nb.api.schema.lint import lint_metadata
from parallel_nb.api.types import (
    ACTIVE_STATUSES,
    Event,
    Metadata,
    TaskRun,
    TaskRunInput,
    TaskRunResult,
)
from parallel_nb.client import events as streams
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from parallel_nb.api.routes import Call
    from parallel_nb.client.transport import Transport

#: Seconds that one request for a result is held open. Below the service's own 600, because
#: routers and proxies drop connections that are silent for about five minutes.
_MAX_WAIT: Final = 240
#: Seconds that an answer may take beyond the time that we asked the service to wait.
_GRACE: Final = 30.0
#: The same at the end of the caller's own time.
_LAST_GRACE: Final = 5.0
_MOST_ID_CHARS: Final = 200
_ID: Final = re.compile(r"[A-Za-z0-9._~-]+")


def is_id(value: str) -> bool:
    """True when `value` can be the id of a run or group, and so a part of a path."""
    return len(value) <= _MOST_ID_CHARS and bool(_ID.fullmatch(value)) and bool(value.strip("."))


def check_id(value: str, kind: str) -> str:
    """Return `value` if it can be an id, since it becomes a part of a path.

    Raises:
        InputError: It cannot.
    """
    if not isinstance(value, str) or not is_id(value):
        raise InputError(
            f"{shorten(repr(value), 80)} is not the id of a {kind}.", "Copy the id again."
        )
    return value


def check_answered(answered: str, asked: str, kind: str) -> None:
    """Raise when an answer is about another run or group than the one that was asked about.

    Raises:
        ServiceError: It is.
    """
    if answered != asked:
        raise ServiceError(
            f"{kind} {asked}: the service answered about another one, "
            f"{shorten(answered, 60) or 'without an id'}.",
            "Ask again. If it stays so, check base_url and the proxies on the way.",
            status=200,
        )


def check_made(made: str, call: Call, kind: str) -> None:
    """Raise when what the service has made cannot be asked for by the id that it was given.

    Raises:
        ServiceError: It cannot.
    """
    if not is_id(made):
        raise ServiceError(
            f"{call.what}: the service answered with {shorten(made, 60)!r}, "
            f"which is not the id of a {kind}.",
            "Check base_url, and whether a proxy answers in its place.",
            status=200,
        )


def check_metadata(*metadata: Metadata | None) -> None:
    """Check metadata by the service's limits, before anything is sent.

    Raises:
        InputError: It breaks one.
    """
    for each in metadata:
        for finding in lint_metadata(each):
            where = f" {finding.path!r}" if finding.path else ""
            raise InputError(
                f"The metadata{where} cannot be sent: {finding.message}.",
                "Keep it to a few short keys and values; the questions belong into the input.",
            )


class Runs:
    """`client.runs`: operations on single runs."""

    def __init__(self, transport: Transport, api: routes.Generation) -> None:
        """Made by `AsyncClient`."""
        self._transport = transport
        self._api = api

    async def create(self, run: TaskRunInput) -> TaskRun:
        """Create a run; it is queued when this returns. Never sent twice: the service bills it.

            run = await client.runs.create(TaskRunInput(processor="base", input="Who ...?"))

        Args:
            run: The question.

        Returns:
            The run, with its id and state.

        Raises:
            InputError: Its metadata breaks a limit.
            TransportError: Where `maybe_sent` is True, the answer was lost and the run may exist.
            ServiceError: The same holds.
        """
        check_metadata(run.metadata)
        call = routes.create_run(run)
        return await self._transport.send(call, TaskRun, pace="task")

    async def get(self, run_id: str) -> TaskRun:
        """Ask for a run's state.

        Args:
            run_id: The run.

        Returns:
            The run, without its answer.

        Raises:
            InputError: The id cannot be one.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        run = await self._transport.send(routes.get_run(check_id(run_id, "run")), TaskRun)
        check_answered(run.run_id, run_id, "run")
        return run

    async def input(self, run_id: str) -> TaskRunInput:
        """Ask for the input of a run.

        Args:
            run_id: The run.

        Returns:
            The run as it was created.

        Raises:
            InputError: The id cannot be one.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        call = routes.get_run_input(check_id(run_id, "run"))
        return await self._transport.send(call, TaskRunInput)

    async def result(
        self,
        run_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the service counts it too
    ) -> TaskRunResult:
        """Wait for a run's answer.

            result = await client.runs.result("trun_1", timeout=600)
            result.output.content

        Args:
            run_id: The run.
            timeout: How long to wait in all, in seconds; the service counts whole ones, at
                least 1. None waits for as long as the run is active.

        Returns:
            The run, and its output with the basis of each field.

        Raises:
            ResultPendingError: The run was still active after `timeout`.
            RunFailedError: The run has failed or was cancelled.
            NotFoundError: There is no such run.
            ServiceError: The run has completed and the service does not give its answer, or
                answers about another run.
        """
        check_id(run_id, "run")
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = math.inf if deadline is None else max(0.0, deadline - time.monotonic())
            wait = int(max(1, min(_MAX_WAIT, left)))
            limit = min(wait + _GRACE, left + _LAST_GRACE)
            try:
                result = await self._ask(run_id, wait, limit)
            except ResultPendingError:
                if deadline is not None and time.monotonic() + 0.5 >= deadline:
                    raise
            except NotFoundError as error:
                raise await self._explain(run_id, error) from error
            else:
                check_answered(result.run.run_id, run_id, "result of run")
                return result

    async def _ask(self, run_id: str, wait: int, limit: float) -> TaskRunResult:
        """Ask once and wait `wait` seconds; `limit` bounds the asking with its retries."""
        call = routes.get_run_result(run_id, timeout=wait)
        began = time.monotonic()
        try:
            # Bounds the retries too: a service that is down must not outlast the caller.
            async with asyncio.timeout(limit):
                return await self._transport.send(call, TaskRunResult, read_timeout=wait + _GRACE)
        except TimeoutError as error:
            raise ResultPendingError(
                f"{call.what}: no answer for {limit:.0f} s.", status=408
            ) from error
        except ResultPendingError:
            # A service that answers 408 early must not make us ask in a tight circle.
            await asyncio.sleep(max(0.0, min(1.0, wait - (time.monotonic() - began))))
            raise

    async def _explain(self, run_id: str, error: NotFoundError) -> ParallelError:
        """404 on a result stands for "failed" and for "unknown": ask which."""
        run = await self.get(run_id)
        if run.status == "completed":
            return ServiceError(
                f"Run {run_id} has completed, and the service does not give its answer "
                f"({error.reason})",
                "Ask for the result again later: asking the question again is billed again.",
                status=error.status,
                ref_id=error.ref_id,
            )
        if run.status in ACTIVE_STATUSES:
            return ResultPendingError(
                f"Run {run_id} is {run.status}, and has no result yet.", status=error.status
            )
        if run.status not in {"failed", "cancelled"}:
            return error
        reason = run.error.message if run.error and run.error.message else error.message
        what = "failed" if run.status == "failed" else "been cancelled"
        return RunFailedError(
            f"Run {run_id} has {what}: {reason}",
            "Ask again, or change the question or the processor.",
            run_id=run_id,
            ref_id=(run.error.ref_id if run.error else None) or error.ref_id,
        )

    def events(self, run_id: str, *, heartbeat: float = streams.HEARTBEAT) -> AsyncGenerator[Event]:
        """Follow a run from its start until it has ended.

        Args:
            run_id: The run.
            heartbeat: Seconds of silence after which the stream is cut and taken up again.

        Yields:
            Each event once, through cuts and silences.

        Raises:
            InputError: The id cannot be one.
            TransportError: The network failed, more often than is retried.
            StreamError: The stream is broken, more often than is retried.
            ApiError: The service refused or failed.
        """
        call = routes.run_events(self._api, check_id(run_id, "run"))
        return streams.follow_run(self._transport, call, silence=heartbeat)
