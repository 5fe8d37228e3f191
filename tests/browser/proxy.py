"""A reverse proxy as JupyterHub has one: a process before the server, with other pages beside it.

    python -m tests.browser.proxy PORT SERVER_PORT /user/ada

Below the prefix all goes to the server as it came, also websockets; elsewhere is a page of the
hub's. Each connection carries one request, so that nothing needs to be known of bodies.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.browser.jupyter import ROOT, Lab, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELSEWHERE = (
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\nConnection: close\r\n\r\nNot of this hub"
)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()


async def _serve(port: int, server_port: int, prefix: str) -> None:
    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.split(b" ", 2)[1].startswith(f"{prefix}/".encode()):
                writer.write(_ELSEWHERE)
                await writer.drain()
                return
            if b"upgrade: websocket" not in head.lower():
                head = re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.IGNORECASE)
                head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            answers, asked = await asyncio.open_connection("127.0.0.1", server_port)
            with closing(asked):
                asked.write(head)
                pumps = {
                    asyncio.create_task(_pump(*pair))
                    for pair in ((reader, asked), (answers, writer))
                }
                _, left = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for task in left:
                    task.cancel()

    async with await asyncio.start_server(forward, "127.0.0.1", port) as server:
        await server.serve_forever()


@contextmanager
def behind_proxy(lab: Lab, prefix: str) -> Iterator[Lab]:
    """The same server as a browser sees it through the proxy."""
    port, server_port = free_port(), lab.url.removesuffix(prefix).rpartition(":")[2]
    command = [sys.executable, "-m", "tests.browser.proxy", str(port), server_port, prefix]
    proxy = subprocess.Popen(command, cwd=ROOT)
    seen = replace(lab, url=f"http://127.0.0.1:{port}{prefix}")

    def answers() -> bool:
        with suppress(OSError):
            return bool(seen.api(""))
        return False

    try:
        wait_for("the proxy answers", answers)
        yield seen
    finally:
        proxy.terminate()
        proxy.wait(timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
