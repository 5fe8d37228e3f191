"""A service that answers at once and costs next to nothing, for benchmarks of its clients.

    python -m bench.instant        prints its address, then serves until its input is closed

Speaks the routes of task groups that a job needs. Each run is completed as soon as it is
made, and what is sent of it is put together from bytes made beforehand, so that what is
measured is the client. `GET /figures` gives what was asked of it.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from tests.service.bodies import (
    MOMENT,
    added_json,
    group_json,
    output_json,
    run_event,
    run_json,
    status_event,
    status_json,
)
from tests.service.loopback import Loopback

#: Marks, in a body, the JSON that `%` puts in.
_SLOT: Final = "%s"


def _template(body: Any) -> bytes:
    """The JSON of a body, with `%s` in place of every value that is `_SLOT`."""
    return msgspec.json.encode(body).replace(b'"%s"', b"%s")


#: The run id stands in it twice.
_RUN: Final = _template(run_json(_SLOT, taskgroup_id=_SLOT, metadata=_SLOT, error=None))
_INPUT: Final = _template({"processor": "base", "input": _SLOT, "metadata": _SLOT})
_OUTPUT: Final = _template(
    output_json({"leader": _SLOT, "founded": 1987}, ["leader", "founded"]),
)
_EVENT: Final = b"data: %s\n\n" % _template(
    run_event(_SLOT, run=_SLOT, input=_SLOT, output=_SLOT),
)


class _Input(msgspec.Struct):
    input: msgspec.Raw
    processor: str
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class _Added(msgspec.Struct):
    inputs: list[_Input]


_decode = msgspec.json.Decoder(_Added).decode


@dataclass
class _Group:
    """Runs as they are sent: (run, input, output) as JSON, ready to be joined."""

    group_id: str
    runs: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)

    def status(self) -> dict[str, Any]:
        count = len(self.runs)
        return status_json(active=False, count=count, counts={"completed": count})

    def to_json(self) -> bytes:
        # The second spelling of the id is for versions of the SDK that read it.
        group = group_json(
            self.group_id, task_group_id=self.group_id, status=self.status(), modified_at=MOMENT
        )
        return msgspec.json.encode(group)

    def add(self, names: list[str], inputs: list[_Input]) -> bytes:
        before = len(self.runs)
        group_id = b'"%s"' % self.group_id.encode()
        for name, added in zip(names, inputs, strict=True):
            run_id = b'"%s"' % name.encode()
            question, metadata = bytes(added.input), bytes(added.metadata)
            self.runs.append(
                (
                    _RUN % (run_id, run_id, group_id, metadata),
                    _INPUT % (question, metadata),
                    _OUTPUT % question,
                )
            )
        # Reversed: nothing promises the order of the inputs.
        return msgspec.json.encode(added_json(names[::-1], self.status(), before=before))

    def events(self, query: dict[str, str]) -> bytes:
        after = int(query.get("last_event_id", "r0")[1:])
        with_input = query.get("include_input") == "true"
        with_output = query.get("include_output") == "true"
        return b"".join(
            _EVENT
            % (
                b'"r%d"' % number,
                run,
                run_input if with_input else b"null",
                output if with_output else b"null",
            )
            for number, (run, run_input, output) in enumerate(self.runs[after:], after + 1)
        )


class InstantService:
    """The ASGI app."""

    def __init__(self) -> None:
        self.groups: dict[str, _Group] = {}
        self.ids = itertools.count(1)
        self.figures = {"requests": 0, "bytes": 0, "runs": 0}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        if scope["path"] == "/figures":
            kind, body = b"application/json", msgspec.json.encode(self.figures)
        else:
            query = parse_qs(scope["query_string"].decode())
            last = {name: values[-1] for name, values in query.items()}
            kind, body = self.answer(scope["method"], scope["path"], last, b"".join(parts))
            self.figures["requests"] += 1
            self.figures["bytes"] += len(body)
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answer(
        self, method: str, path: str, query: dict[str, str], body: bytes
    ) -> tuple[bytes, bytes]:
        """The content type and the body."""
        kind = b"application/json"
        match method, path.strip("/").split("/")[2:]:
            case "POST", ["groups"]:
                group = _Group(f"tgrp_{next(self.ids):06d}")
                self.groups[group.group_id] = group
                return kind, group.to_json()
            case "GET", ["groups", group_id]:
                return kind, self.groups[group_id].to_json()
            case "POST", ["groups", group_id, "runs"]:
                inputs = _decode(body).inputs
                self.figures["runs"] += len(inputs)
                names = [f"trun_{next(self.ids):08d}" for _ in inputs]
                return kind, self.groups[group_id].add(names, inputs)
            case "GET", ["groups", group_id, "runs"]:
                return b"text/event-stream", self.groups[group_id].events(query)
            case "GET", ["groups", group_id, "events"]:
                event = status_event("e1", status=self.groups[group_id].status())
                return b"text/event-stream", b"data: %s\n\n" % msgspec.json.encode(event)
            case _:  # a client that looks whether somebody is there
                return kind, b"{}"


if __name__ == "__main__":
    with Loopback(InstantService()) as server:
        print(server.url, flush=True)
        sys.stdin.read()
