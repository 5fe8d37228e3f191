"""The HTTP protocol of one connection: uvicorn's, with limits on what comes before the key.

Who may call is known from the headers, so nothing can be asked of a client before its head is
whole. Until then it may send so many bytes, in so much time, and no more.
"""

from __future__ import annotations

import http
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parallel_nb.engine.http.responses import error_response

if TYPE_CHECKING:
    import asyncio

#: Bytes of a request's line and headers at most.
MAX_HEAD: Final = 64 * 1024
#: Seconds in which they must have come.
HEAD_WITHIN: Final = 20.0


class LimitedProtocol(HttpToolsProtocol):
    """Refuses a head that is too long (431), or that does not come in time (408)."""

    head_within: float = HEAD_WITHIN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As uvicorn makes it."""
        super().__init__(*args, **kwargs)
        self._in_head = True
        #: Bytes since the last piece of a body or the last whole head: such as those of a head,
        #: or of trailers behind a body.
        self._unused_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client that connects has to send something."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes in, and stop reading where it is too much."""
        if self._is_refused:
            return
        self._unused_bytes += len(data)
        super().data_received(data)
        if self._unused_bytes > MAX_HEAD:
            self._refuse(431, f"The headers have over {MAX_HEAD:,} bytes.")
        elif self._in_head and self._unused_bytes:
            self._set_deadline()

    def on_message_begin(self) -> None:
        """The rest of this head has to come."""
        super().on_message_begin()
        self._set_deadline()

    def on_headers_complete(self) -> None:
        """The head is whole; a long one may have come in one piece."""
        self._clear_deadline()
        self._in_head = False
        self._unused_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MAX_HEAD:
            self._refuse(431, f"The headers have {size:,} bytes, over {MAX_HEAD:,}.")
        if not self._is_refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body, whose length the application limits."""
        self._unused_bytes = 0
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head may come."""
        self._in_head = True
        self._unused_bytes = 0
        if not self._is_refused:
            super().on_message_complete()

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_within, self._end_late)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_late(self) -> None:
        self._deadline = None
        self._refuse(408, f"The headers did not come within {self.head_within:g} s.")

    def _refuse(self, status: int, message: str) -> None:
        """Answer, and read no more."""
        if self._is_refused:
            return
        self._is_refused = True
        if self.transport.is_closing():
            return
        # an answer that is under way must not be mixed up with another
        if self.cycle is None or self.cycle.response_complete:
            response = error_response(status, message)
            lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode("ascii")]
            lines += [name + b": " + value for name, value in response.raw_headers]
            lines += [b"connection: close", b"", bytes(response.body)]
            self.transport.write(b"\r\n".join(lines))
        self.transport.close()
