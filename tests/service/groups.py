"""An instant, in-memory service that speaks the groups API, with faults to order.

A raw ASGI app on a real uvicorn server in a thread of its own, so that what a client meets is
real HTTP: connections that are reset, bodies that end in the middle, answers that never come.
It keeps its own count of runs by row, which is what "nothing is paid twice" is checked by.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Self, get_args
from urllib.parse import parse_qs

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.service.bodies import (
    Json,
    added_json,
    error_json,
    group_json,
    output_json,
    run_event,
    run_json,
    status_event,
    status_json,
)
from tests.service.loopback import Loopback

Send = Callable[[Json], Awaitable[None]]
Receive = Callable[[], Awaitable[Json]]
FaultKind = Literal[
    "reset",  # the connection breaks before the service has acted
    "lost",  # it acts, then the connection breaks without an answer
    "late",  # the connection breaks, and it acts a little later
    "504 late",  # a gateway gives up waiting, and it acts later
    "cut",  # it acts; the answer breaks off in the middle
    "500",  # an error before it has acted
    "500 acted",  # an error after it has acted
    "408 acted",  # a proxy gives up waiting after the service has acted
    "503",  # busy, with Retry-After
    "429",  # quota, without Retry-After
    "429 after",  # quota, with Retry-After
    "401",
    "402",
    "403",
    "422",
    "stall",  # nothing for a while, then the connection breaks
    "repeat",  # events come twice and out of order
    "status",  # an error of `status`
    "html",  # the page of a proxy, with status 200
    "other json",  # 200, and JSON of another shape
    "list",  # 200, and a JSON list
    "empty",  # 200, and no byte
    "endless",  # 200, and bytes without end that are no line
    "comments",  # 200, and comments without end in a stream
    "error event",  # a stream that reports a fault in the middle
    "null output",  # the result of the run, without an output
    "other run",  # the result of another run
]
#: Answers that say nothing of what the service has done.
_ODD: Final = frozenset(get_args(FaultKind)[get_args(FaultKind).index("status") :])


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request."""

    kind: FaultKind
    #: For "cut" and "repeat": the byte at which the body ends; the share of events.
    at: float = 0.5
    seconds: float = 0.2
    #: For "status".
    status: int = 500
    #: True when the service acts before it answers so.
    acted: bool = False


@dataclass
class Run:
    run_id: str
    group_id: str
    index: int
    processor: str
    metadata: Json | None
    input: Any
    spec: Json | None
    status: str = "queued"
    output: bytes = b""
    error: Json | None = None
    policy: Json | None = None
    #: All that was sent of it.
    sent: Json = field(default_factory=dict)

    @property
    def interaction_id(self) -> str:
        """Another one than the run's, as nothing promises that they are the same."""
        return f"int_{self.run_id}"


@dataclass
class Group:
    group_id: str
    metadata: Json | None
    runs: list[Run] = field(default_factory=list)
    #: (number, JSON) of each event, in order.
    log: list[bytes] = field(default_factory=list)
    active: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


def default_answer(run: Run) -> Json:
    """An answer that is a function of the question, so that a wrong row shows."""
    question = run.input if isinstance(run.input, str) else json.dumps(run.input, sort_keys=True)
    spec = (run.spec or {}).get("output_schema") or {}
    if spec.get("type") != "json":
        content: Any = f"answer to: {question}"
        names = ["output"]
    else:
        number = int(hashlib.blake2b(question.encode(), digest_size=4).hexdigest(), 16)
        makers: dict[str, Any] = {
            "integer": number,
            "number": number / 7,
            "boolean": bool(number % 2),
            "array": [question],
            "string": f"answer to: {question}",
        }
        content = {}
        for name, schema in spec["json_schema"]["properties"].items():
            kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
            content[name] = makers[kind]
        names = list(content)
    return output_json(content, names)


class BreakableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets the app break a connection as a network does."""

    open: ClassVar[dict[Any, Any]] = {}

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.open[transport.get_extra_info("peername")] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.pop(self.client, None)
        super().connection_lost(exc)


class GroupsService:
    """The service; `url` is its address while it runs."""

    def __init__(
        self,
        *,
        latency: Callable[[Run], float] | None = None,
        answer: Callable[[Run], Json] = default_answer,
        fails: Callable[[Run], bool] = lambda _: False,
        faults: Callable[[str, str], Fault | None] = lambda _method, _route: None,
        echo_metadata: bool = True,
        refuses: Callable[[Any], bool] = lambda _: False,
        names_refused: bool = True,
        alter: Callable[[str, Json], Json] = lambda _kind, body: body,
        quota: tuple[int, float] | None = None,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin without a group.

        `latency` gives a run's seconds (None: ended at once); `faults` what goes wrong; `alter`
        changes what is said of a "run" or "group", or of runs that were "added"; `quota` lets so
        many runs in within so many seconds, and answers 429 to what goes beyond; no run that has
        a latency ends while it is `held`.
        """
        self.held = held
        self.alter = alter
        self.quota = quota
        #: When runs were let in, and how many: (seconds, runs).
        self.let_in: list[tuple[float, int]] = []
        self.latency = latency
        self.answer = answer
        self.fails = fails
        self.faults = faults
        self.echo_metadata = echo_metadata
        self.refuses = refuses
        self.names_refused = names_refused
        self.groups: dict[str, Group] = {}
        self.runs: dict[str, Run] = {}
        self.requests: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.url = ""
        self._ids = itertools.count(1)
        self._random = random.Random(7)  # noqa: S311 - no secret
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what tests ask -----------------------------------------------------------------

    def runs_by_input(self) -> Counter[str]:
        """How many runs were made of each distinct input: what would be billed."""
        return Counter(json.dumps(run.input, sort_keys=True) for run in self.runs.values())

    @contextlib.contextmanager
    def serve(self) -> Iterator[Self]:
        """Run on a free loopback port, in a thread, until the block ends."""
        with Loopback(self, http=BreakableProtocol) as server:
            self.url = server.url
            yield self

    # --- ASGI ---------------------------------------------------------------------------

    async def __call__(self, scope: Json, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        method, path = scope["method"], scope["path"]
        parts = path.strip("/").split("/")
        route = self._route(parts)
        query = {k: v[-1] for k, v in parse_qs(scope["query_string"].decode()).items()}
        self.requests[f"{method} {route}"] += 1
        reply = _Reply(scope, send)
        fault = self.faults(method, route)
        if fault is None:
            await self._act(method, parts, query, body, reply)
            return
        self.met[f"{method} {route} {fault.kind}"] += 1

        async def act(to: _Reply | _Silent) -> None:
            await self._act(method, parts, query, body, to)

        await self._answer_with(fault, parts, reply, act)

    async def _answer_with(
        self,
        fault: Fault,
        parts: list[str],
        reply: _Reply,
        act: Callable[[_Reply | _Silent], Awaitable[None]],
    ) -> None:
        """Answer as the fault wants it; `act` does what was asked for."""
        if await self._refused(fault, reply):
            return
        if fault.kind in _ODD:
            if fault.acted:
                await act(_Silent())
            await self._answer_oddly(fault, parts, reply)
        elif fault.kind in ("late", "504 late"):
            self._tasks.add(asyncio.create_task(self._act_late(fault, act)))
            await self._give_up(fault, reply)
        elif fault.kind in ("lost", "500 acted", "408 acted"):
            await act(_Silent())
            if fault.kind == "lost":
                reply.reset()
            else:
                await reply.error(int(fault.kind[:3]), "it broke after it had acted")
        else:
            if fault.kind == "cut":
                reply.cut_at = fault.at
            reply.repeats = fault.kind == "repeat"
            await act(reply)

    @staticmethod
    async def _act_late(fault: Fault, act: Callable[[_Reply | _Silent], Awaitable[None]]) -> None:
        await asyncio.sleep(fault.seconds)
        await act(_Silent())

    async def _answer_oddly(self, fault: Fault, parts: list[str], reply: _Reply) -> None:
        html, stream = b"text/html", b"text/event-stream"
        match fault.kind:
            case "status":
                again = 0 if fault.status in (429, 503) else None
                await reply.error(fault.status, f"status {fault.status}", retry_after=again)
            case "html":
                await reply.body(b"<html><h1>Log in</h1>", headers=[(b"content-type", html)])
            case "other json":
                await reply.json({"status": "ok", "data": {"run_ids": "many"}})
            case "list":
                await reply.json([1, None, "x"])
            case "empty":
                await reply.body(b"", headers=[(b"content-type", stream)])
            case "endless":
                await reply.dribble(b"x")
            case "comments":
                await reply.dribble(b": still here\n\n")
            case "error event":
                event = b"data: " + json.dumps(error_json("the stream has failed")).encode()
                await reply.body(event + b"\n\n", headers=[(b"content-type", stream)])
            case "null output":
                await reply.json({"run": self._run_json(self.runs[parts[3]]), "output": None})
            case _:
                others = (
                    run for run in self.runs.values() if run.run_id != parts[3] and run.output
                )
                other = next(others)
                run = json.dumps(self._run_json(other)).encode()
                await reply.body(b'{"run": ' + run + b', "output": ' + other.output + b"}")

    @staticmethod
    async def _give_up(fault: Fault, reply: _Reply) -> None:
        if fault.kind == "late":
            reply.reset()
        else:
            await reply.error(504, "no answer from behind the gateway in time")

    async def _refused(self, fault: Fault, reply: _Reply) -> bool:
        """Answer faults that keep the service from acting; True when one did."""
        if fault.kind == "reset":
            reply.reset()
        elif fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
            reply.reset()
        elif fault.kind in ("401", "402", "403", "422", "429", "500"):
            await reply.error(int(fault.kind), f"status {fault.kind}, as ordered")
        elif fault.kind in ("429 after", "503"):
            await reply.error(int(fault.kind[:3]), "later", retry_after=0)
        else:
            return False
        return True

    @staticmethod
    def _route(parts: list[str]) -> str:
        names = ["{id}" if part.startswith(("tgrp_", "trun_")) else part for part in parts]
        return "/".join(names[2:])

    async def _act(  # noqa: C901 - one case a route
        self, method: str, parts: list[str], query: Json, body: bytes, reply: _Reply | _Silent
    ) -> None:
        match method, parts[2:]:
            case "POST", ["groups"]:
                await self._create_group(json.loads(body or b"{}"), reply)
            case "GET", ["groups", group_id]:
                if (group := await self._group(group_id, reply)) is not None:
                    await reply.json(self._group_json(group))
            case "POST", ["groups", group_id, "runs"]:
                if (group := await self._group(group_id, reply)) is not None:
                    await self._add_runs(group, json.loads(body), reply)
            case "GET", ["groups", group_id, "runs"]:
                if (group := await self._group(group_id, reply)) is not None:
                    await self._snapshot(group, query, reply)
            case "GET", ["groups", group_id, "events"]:
                if (group := await self._group(group_id, reply)) is not None:
                    await self._events(group, query, reply)
            case "GET", ["runs", run_id]:
                await self._run(run_id, reply)
            case "GET", ["runs", run_id, "result"]:
                await self._result(run_id, reply)
            case _:
                await reply.error(404, "no such route")

    async def _group(self, group_id: str, reply: _Reply | _Silent) -> Group | None:
        group = self.groups.get(group_id)
        if group is None:
            await reply.error(404, f"no group {group_id}")
        return group

    async def _create_group(self, body: Json, reply: _Reply | _Silent) -> None:
        group = Group(f"tgrp_{next(self._ids):06d}", body.get("metadata"))
        self.groups[group.group_id] = group
        await reply.json(self._group_json(group))

    async def _add_runs(self, group: Group, body: Json, reply: _Reply | _Silent) -> None:
        inputs = body["inputs"]
        if len(inputs) > 1000:
            await reply.error(422, "more than 1,000 runs")
            return
        for number, run_input in enumerate(inputs):
            if self.refuses(run_input["input"]):
                where = f"inputs[{number}]" if self.names_refused else "an input"
                problem = {"loc": ["body", "inputs", number, "input"], "msg": "it is not allowed"}
                await reply.error(422, f"{where} is refused", detail={"errors": [problem]})
                return
        if not self._let_in(len(inputs)):
            self.met["429 by quota"] += 1
            await reply.error(429, "the quota of runs is used up")
            return
        before = len(group.runs)
        added = []
        for run_input in inputs:
            run = Run(
                f"trun_{next(self._ids):08d}",
                group.group_id,
                len(group.runs),
                run_input["processor"],
                run_input.get("metadata"),
                run_input["input"],
                run_input.get("task_spec") or body.get("default_task_spec"),
                policy=run_input.get("source_policy"),
                sent=run_input,
            )
            group.runs.append(run)
            self.runs[run.run_id] = run
            added.append(run)
        group.active += len(added)
        if self.latency is None:
            for run in added:
                self._end(group, run)
            self._log_status(group)
        else:
            task = asyncio.create_task(self._work(group, added, self.latency))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        ids = [run.run_id for run in added]
        self._random.shuffle(ids)  # nothing promises the order of the inputs
        answer = added_json(ids, self._status(group), before=before)
        await reply.json(self.alter("added", answer))

    def _let_in(self, runs: int) -> bool:
        now = asyncio.get_running_loop().time()
        if self.quota is not None:
            most, seconds = self.quota
            recent = sum(runs for then, runs in self.let_in if now - then < seconds)
            if recent + runs > most:
                return False
        self.let_in.append((now, runs))
        return True

    async def _work(self, group: Group, runs: list[Run], latency: Callable[[Run], float]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self.held():  # noqa: ASYNC110 - what it looks at has no event
            await asyncio.sleep(0.02)
        for due, _, run in sorted((latency(run), run.index, run) for run in runs):
            if (wait := began + due - loop.time()) > 0.002:
                await asyncio.sleep(wait)
            self._end(group, run)
        self._log_status(group)

    def _end(self, group: Group, run: Run) -> None:
        if self.fails(run):
            run.status = "failed"
            run.error = {"ref_id": "ref_1", "message": f"cannot answer {run.input!r}"}
        else:
            run.output = json.dumps(self.answer(run)).encode()
            run.status = "completed"
        group.active -= 1
        event = run_event(_next_event(group), run=self._run_json(run), input=None)
        self._log(group, event)

    def _log_status(self, group: Group) -> None:
        self._log(group, status_event(_next_event(group), status=self._status(group)))

    def _log(self, group: Group, event: Json) -> None:
        group.log.append(b"data: " + json.dumps(event).encode() + b"\n\n")
        group.changed.set()
        group.changed = asyncio.Event()

    def _run_json(self, run: Run) -> Json:
        metadata = {"metadata": run.metadata} if self.echo_metadata else {}
        body = run_json(
            run.run_id,
            run.status,
            processor=run.processor,
            interaction_id=run.interaction_id,
            taskgroup_id=run.group_id,
            error=run.error,
            **metadata,
        )
        return self.alter("run", body)

    @staticmethod
    def _status(group: Group) -> Json:
        counts = dict(Counter(run.status for run in group.runs[:50]))
        return status_json(active=group.active > 0, count=len(group.runs), counts=counts)

    def _group_json(self, group: Group) -> Json:
        body = group_json(group.group_id, metadata=group.metadata, status=self._status(group))
        return self.alter("group", body)

    async def _snapshot(self, group: Group, query: Json, reply: _Reply | _Silent) -> None:
        after = int(query.get("last_event_id", "r0")[1:])
        wanted = query.get("status")
        chunks = []
        for run in group.runs[after:]:
            if wanted and run.status != wanted:
                continue
            event = run_event(f"r{run.index + 1}", run=self._run_json(run))
            if query.get("include_input") == "true":
                event["input"] = run.sent | {"task_spec": run.spec}
            data = json.dumps(event).encode()
            if query.get("include_output") == "true" and run.output:
                data = data[:-1] + b', "output": ' + run.output + b"}"
            chunks.append(b"data: " + data + b"\n\n")
        await reply.stream(_chunked(chunks))

    async def _events(self, group: Group, query: Json, reply: _Reply | _Silent) -> None:
        at = int(query.get("last_event_id", "e0")[1:])

        async def chunks() -> Any:
            nonlocal at
            while True:
                changed = group.changed
                if at < len(group.log):
                    new = group.log[at:]
                    at = len(group.log)
                    for chunk in _joined(new):
                        yield chunk
                elif group.active == 0:
                    return
                else:
                    await changed.wait()

        await reply.stream(chunks())

    async def _run(self, run_id: str, reply: _Reply | _Silent) -> None:
        run = self.runs.get(run_id)
        if run is None:
            await reply.error(404, f"no run {run_id}")
        else:
            await reply.json(self._run_json(run))

    async def _result(self, run_id: str, reply: _Reply | _Silent) -> None:
        run = self.runs.get(run_id)
        if run is None or run.status == "failed":
            await reply.error(404, f"no result of {run_id}")
        elif run.status != "completed":
            await reply.error(408, "still active")
        else:
            head = json.dumps({"run": self._run_json(run)}).encode()
            await reply.body(head[:-1] + b', "output": ' + run.output + b"}")


def _next_event(group: Group) -> str:
    return f"e{len(group.log) + 1}"


def _joined(events: list[bytes]) -> Iterator[bytes]:
    for start in range(0, len(events), 50):
        yield b"".join(events[start : start + 50])


async def _chunked(events: list[bytes]) -> Any:
    for chunk in _joined(events):
        yield chunk


class _Silent:
    """Where an answer goes that nobody will read."""

    async def json(self, value: Any) -> None:
        """Drop it."""

    async def body(self, data: bytes) -> None:
        """Drop it."""

    async def error(self, status: int, message: str, *, detail: Json | None = None) -> None:
        """Drop it."""

    async def stream(self, chunks: Any) -> None:
        """Drop it."""


class _Reply:
    """Sends one answer, whole or as a fault wants it."""

    def __init__(self, scope: Json, send: Send) -> None:
        self._client = scope["client"]
        self._send = send
        self.cut_at: float | None = None
        self.repeats = False

    def reset(self) -> None:
        transport = BreakableProtocol.open.get(tuple(self._client))
        if transport is not None:
            transport.abort()

    async def dribble(self, data: bytes) -> None:
        """Send the same again and again, until the other side has had enough."""
        headers = [(b"content-type", b"text/event-stream")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        while tuple(self._client) in BreakableProtocol.open:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
            await asyncio.sleep(0.02)

    async def json(self, value: Any) -> None:
        await self.body(json.dumps(value).encode())

    async def error(
        self,
        status: int,
        message: str,
        *,
        retry_after: int | None = None,
        detail: Json | None = None,
    ) -> None:
        body = error_json(message, ref_id="ref_9", detail=detail)
        headers = [(b"content-type", b"application/json")]
        if retry_after is not None:
            headers.append((b"retry-after", str(retry_after).encode()))
        await self.body(json.dumps(body).encode(), status=status, headers=headers)

    async def body(
        self,
        data: bytes,
        *,
        status: int = 200,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        headers = [
            *(headers or [(b"content-type", b"application/json")]),
            (b"content-length", str(len(data)).encode()),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        if self.cut_at is not None:
            part = data[: int(len(data) * self.cut_at)]
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
            self.reset()
            return
        await self._send({"type": "http.response.body", "body": data})

    async def stream(self, chunks: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        async for chunk in chunks:
            body = _repeated(chunk) if self.repeats else chunk
            if self.cut_at is not None:
                body = body[: max(1, int(len(body) * self.cut_at))]
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            if self.cut_at is not None:
                await asyncio.sleep(0)
                self.reset()
                return
        await self._send({"type": "http.response.body", "body": b""})


def _repeated(chunk: bytes) -> bytes:
    """The events of a chunk, some of them twice and in another order."""
    events = [event + b"\n\n" for event in chunk.split(b"\n\n") if event]
    # Only within the chunk: cursors still grow from chunk to chunk.
    return b"".join([*events, *events[::2]])
