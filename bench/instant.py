"""A service that answers at once and costs next to nothing, for benchmarks of its clients.

    python bench/instant.py        prints its address, then serves until its input is closed

Speaks the routes of task groups that a job needs. Each run is completed as soon as it is
made, and what is sent of it is put together from bytes made beforehand, so that what is
measured is the client. `GET /figures` gives what was asked of it.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

#: What comes before and after the question in the answer to it.
_OUTPUT: Final = (
    b'{"type":"json","content":{"leader":',
    b',"founded":1987},"basis":['
    + b",".join(
        b'{"field":"%s","reasoning":"it stands there","citations":[{"url":"https://example.org/a",'
        b'"title":"A","excerpts":["one","two"]}],"confidence":"high"}' % name
        for name in (b"leader", b"founded")
    )
    + b"]}",
)
_MOMENTS: Final = b'"created_at":"2026-11-23T10:00:00Z","modified_at":"2026-11-23T10:00:00Z"'


class _Input(msgspec.Struct):
    input: msgspec.Raw
    processor: str
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class _Added(msgspec.Struct):
    inputs: list[_Input]


@dataclass
class _Group:
    """Runs as they are sent: (head, input, output) as JSON, ready to be joined."""

    group_id: str
    runs: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)

    def status(self) -> bytes:
        count = len(self.runs)
        return (
            b'{"num_task_runs":%d,"task_run_status_counts":{"completed":%d},"is_active":false,'
            b'"status_message":null,"modified_at":null}' % (count, count)
        )

    def to_json(self) -> bytes:
        return b'{"taskgroup_id":"%s","task_group_id":"%s","metadata":null,"status":%s,%s}' % (
            self.group_id.encode(),
            self.group_id.encode(),
            self.status(),
            _MOMENTS,
        )


class Instant(asyncio.Protocol):
    """One connection; everything else is shared by all of them."""

    groups: ClassVar[dict[str, _Group]] = {}
    ids: ClassVar[itertools.count[int]] = itertools.count(1)
    figures: ClassVar[dict[str, int]] = {"requests": 0, "bytes": 0, "runs": 0}
    _decode = msgspec.json.Decoder(_Added).decode

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).split(b"\r\n")
            length = 0
            for line in head[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            method, target, _ = head[0].decode().split(" ")
            self.answer(method, target, body)

    def answer(self, method: str, target: str, body: bytes) -> None:
        url = urlsplit(target)
        if url.path == "/figures":
            self.reply(msgspec.json.encode(self.figures), counted=False)
            return
        self.figures["requests"] += 1
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        kind = b"application/json"
        match method, url.path.strip("/").split("/")[2:]:
            case "POST", ["groups"]:
                group = _Group(f"tgrp_{next(self.ids):06d}")
                self.groups[group.group_id] = group
                response = group.to_json()
            case "GET", ["groups", group_id]:
                response = self.groups[group_id].to_json()
            case "POST", ["groups", group_id, "runs"]:
                response = self.add(self.groups[group_id], body)
            case "GET", ["groups", group_id, "runs"]:
                response, kind = self.runs(self.groups[group_id], query), b"text/event-stream"
            case "GET", ["groups", group_id, "events"]:
                group = self.groups[group_id]
                response = b'data: {"type":"task_group_status","event_id":"e1","status":%s}\n\n' % (
                    group.status()
                )
                kind = b"text/event-stream"
            case _:  # a client that looks whether somebody is there
                response = b"{}"
        self.reply(response, kind)

    def add(self, group: _Group, body: bytes) -> bytes:
        added = self._decode(body).inputs
        before = len(group.runs)
        names = []
        for run in added:
            name = b"trun_%08d" % next(self.ids)
            names.append(name)
            raw, metadata = bytes(run.input), bytes(run.metadata)
            group.runs.append(
                (
                    b'{"run_id":"%s","interaction_id":"%s","status":"completed","is_active":false,'
                    b'"processor":"base","taskgroup_id":"%s","metadata":%s,"error":null,%s}'
                    % (name, name, group.group_id.encode(), metadata, _MOMENTS),
                    b'{"processor":"base","input":%s,"metadata":%s}' % (raw, metadata),
                    raw.join(_OUTPUT),
                )
            )
        self.figures["runs"] += len(added)
        names.reverse()  # nothing promises the order of the inputs
        return b'{"run_ids":["%s"],"status":%s,"run_cursor":%s,"event_cursor":null}' % (
            b'","'.join(names),
            group.status(),
            b'"r%d"' % before if before else b"null",
        )

    @staticmethod
    def runs(group: _Group, query: dict[str, str]) -> bytes:
        after = int(query.get("last_event_id", "r0")[1:])
        with_input = query.get("include_input") == "true"
        with_output = query.get("include_output") == "true"
        return b"".join(
            b'data: {"type":"task_run.state","event_id":"r%d","run":%s,"input":%s,"output":%s}\n\n'
            % (
                number,
                head,
                run_input if with_input else b"null",
                output if with_output else b"null",
            )
            for number, (head, run_input, output) in enumerate(group.runs[after:], after + 1)
        )

    def reply(
        self, body: bytes, kind: bytes = b"application/json", *, counted: bool = True
    ) -> None:
        if counted:
            self.figures["bytes"] += len(body)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
        )
        self.transport.write(body)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Instant, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
