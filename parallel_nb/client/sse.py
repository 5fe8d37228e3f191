"""An incremental decoder of server-sent events, fed with bytes as they arrive.

Follows the parsing rules of the HTML standard, section 9.2.6: lines end in CR, LF or
CRLF, also when a CRLF is split over two chunks; a byte order mark at the start is skipped;
lines that begin with a colon are comments; several `data` lines are joined by a line feed;
an event that is not closed by an empty line when the stream ends is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The most that one event may hold, in bytes. The largest answers take about 1 MB.
MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One event: its data as UTF-8, its name, and the last id that the stream has set."""

    data: bytes
    event: str = "message"
    id: str = ""


class EventDecoder:
    """Turns chunks of a stream into events; keeps what is not yet complete."""

    def __init__(
        self,
        *,
        max_bytes: int = MAX_EVENT_BYTES,
        clean: Callable[[bytes], bytes] = lambda data: data,
    ) -> None:
        """Begin at the start of a stream.

        Args:
            max_bytes: Bounds what is kept while waiting for an event's end.
            clean: Takes out what must not be seen. It is given whole events, many at once and each
                on a line of its own, since a key may come in two chunks.
        """
        self._max_bytes = max_bytes
        self._clean = clean
        self._start: bytes | None = b""  # the first bytes, as long as they may be a BOM
        self._skip_lf = False  # the last chunk ended in CR: an LF now belongs to it
        self._line: list[bytes] = []  # parts of the unfinished line
        self._data: list[bytes] = []
        self._line_bytes = 0
        self._data_bytes = 0
        self._event = ""
        #: The last id that the stream has set.
        self.last_id = ""
        #: How long the server asks us to wait before a reconnection, in seconds.
        self.retry: float | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        r"""Take the next bytes.

            >>> EventDecoder().feed(b"id: 7\ndata: {}\n\n")
            [ServerSentEvent(data=b'{}', event='message', id='7')]

        Returns:
            The events that they complete.

        Raises:
            StreamError: An event grows beyond the bound.
        """
        if self._start is not None:
            chunk = self._start + chunk
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._start = chunk
                return []
            self._start = None
            chunk = chunk.removeprefix(_BOM)
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        lines = chunk.splitlines()
        self._skip_lf = chunk.endswith(b"\r")
        rest = b"" if chunk.endswith((b"\r", b"\n")) else lines.pop()
        if lines and self._line:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line.clear()
            self._line_bytes = 0
        events = self._read_lines(lines)
        if rest:
            self._line_bytes += len(rest)
            self._line.append(rest)
        self._check_bound()
        return self._cleaned(events)

    def _cleaned(self, events: list[ServerSentEvent]) -> list[ServerSentEvent]:
        """Look through all events at once; mostly there is nothing, and they stay as they are."""
        together = b"\n".join([event.data for event in events])
        if self._clean(together) is together:
            return events
        return [msgspec.structs.replace(event, data=self._clean(event.data)) for event in events]

    def _check_bound(self) -> None:
        if self._line_bytes + self._data_bytes > self._max_bytes:
            raise StreamError(
                f"One event of the stream is larger than {self._max_bytes:,} bytes.",
                "Fetch the results one run at a time instead.",
            )

    def _read_lines(self, lines: list[bytes]) -> list[ServerSentEvent]:
        """Read whole lines; gives the events that they complete, each by an empty line."""
        events = []
        data = self._data
        for line in lines:
            if line.startswith(b"data:") or line == b"data":
                self._data_bytes += len(line)
                data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line:
                self._read_field(line)
            else:
                if data:
                    whole = data[0] if len(data) == 1 else b"\n".join(data)
                    events.append(ServerSentEvent(whole, self._event or "message", self.last_id))
                    data.clear()
                self._event, self._data_bytes = "", 0
        return events

    def _read_field(self, line: bytes) -> None:
        """Read a line other than data; the name of a comment is empty."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self.last_id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value) / 1000
