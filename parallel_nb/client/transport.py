"""Send one `Call`: retries where a repeat is harmless, pacing, typed answers, clear errors.

All that comes from outside comes in here: bodies are bounded while they are unpacked, and the key
is taken out of them, and out of what the HTTP library says, before anything else reads them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
import weakref
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx2
import msgspec

from parallel_nb.api.arguments import encode_json
from parallel_nb.api.errors import (
    AnswerTooLargeError,
    ApiError,
    ParallelError,
    ServiceError,
    StreamError,
    api_error,
)
from parallel_nb.api.routes import ENGINE_HEADER, KEY_HEADER, Call
from parallel_nb.client.backoff import Backoff
from parallel_nb.client.decode import decode, loads
from parallel_nb.client.faults import EndlessAnswerError, may_retry, transport_error
from parallel_nb.client.network import proxy_variables
from parallel_nb.client.redaction import Redactor
from parallel_nb.formats import shorten, size

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator

    from parallel_nb.api.errors import TransportError
    from parallel_nb.client.pacing import Pace, Pacer

    #: Closes connections, on the loop that they belong to.
    Close = Callable[[], Coroutine[Any, Any, None]]

T = TypeVar("T")

#: First and longest pause between attempts, in seconds.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 20.0
#: An answer may take so many times as long as a pause within it may.
_READS_IN_ALL: Final = 5
#: An error of 10 MB was seen: it is read whole, so that its message can be told from the rest.
_ERROR_BYTES: Final = 16 * 1024 * 1024
#: The status of an answer that has no body.
_NO_CONTENT: Final = 204

_log = logging.getLogger(__name__)


class KeyAuth(httpx2.Auth):
    """Adds the key when a request leaves; no header collection or repr of ours holds it."""

    def __init__(self, key: str) -> None:
        """Keep the key."""
        self._key = key

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Sign one request."""
        request.headers[KEY_HEADER] = self._key
        yield request


class Transport:
    """Sends calls over one httpx2 client."""

    def __init__(
        self, http: httpx2.AsyncClient, key: str | None, pacer: Pacer, *, max_retries: int
    ) -> None:
        """`key` is sent with each request; `max_retries` counts the attempts after the first."""
        self._http = http
        self._use(key)
        self._pacer = pacer
        self.max_retries = max_retries
        #: Awaited when a connection is refused, before the next attempt.
        self.when_refused: Callable[[], Awaitable[object]] | None = None

    @property
    def host(self) -> str:
        """Host and port, for messages; never the user information of an address."""
        return self._http.base_url.netloc.decode("ascii", "replace").rpartition("@")[2]

    def move(self, base_url: str, key: str | None) -> None:
        """Send what comes next to another address."""
        self._http.base_url = httpx2.URL(base_url)
        self._use(key)

    def _use(self, key: str | None) -> None:
        self._http.auth = KeyAuth(key) if key else None  # type: ignore[assignment]  # None: none
        #: Takes the key out of bytes that come from outside.
        self.redact = Redactor(key)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def when_dropped(self, do: Callable[[Close], object]) -> Close:
        """See `AsyncClient.when_dropped`."""
        close = self._http.aclose
        weakref.finalize(self, do, close).atexit = False
        return close

    async def reach(self, seconds: float) -> bool:
        """See `AsyncClient.reach`."""
        call = Call("GET", "/", "connect")
        try:
            # The page itself is of no interest, and not read.
            async with self._http.stream("GET", "/", auth=None, timeout=seconds) as response:
                return ENGINE_HEADER in response.headers
        except httpx2.RequestError as error:
            raise self._fault(error, call) from error

    def _fault(self, error: httpx2.RequestError, call: Call) -> TransportError:
        """Turn a fault of the network into ours; its words may quote what the service sent."""
        self.redact.scrub(error)
        proxies = [name for name, _ in proxy_variables()] if self._http.trust_env else []
        return transport_error(error, call, self.host, proxies)

    async def send(
        self,
        call: Call,
        answer: type[T],
        *,
        pace: Pace = None,
        amount: int = 1,
        read_timeout: float | None = None,
    ) -> T:
        """Send a request and read its answer.

        Args:
            call: What to send.
            answer: The type to read the answer as.
            pace: Which quota the request counts against.
            amount: How much of that quota it takes.
            read_timeout: Seconds, in place of the client's own, for answers that are known to
                take long.

        Raises:
            InputError: The body cannot be written as JSON.
            TransportError: The network failed.
            ApiError: The service answered with an error, or with something that is not the
                API's (`ServiceError`).
        """
        content = _encode(call)

        async def attempt() -> T:
            async with self._pacer.take(pace, amount), self._time_limit(call, read_timeout):
                response = await self._exchange(call, content, read_timeout=read_timeout)
                return await self._read(response, call, answer)

        return await self._retry(call, attempt)

    @asynccontextmanager
    async def stream(
        self, call: Call, *, silence: float | None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open an event stream; gives the chunks of its body. Opening is retried as in `send`.

        Raises:
            StreamSilentError: From the iterator, after `silence` seconds without a byte.
            TransportError: The network failed; in mid-stream, from the iterator.
            ApiError: The service answered with an error.
            StreamError: The answer is no event stream.
        """

        async def attempt() -> httpx2.Response:
            response = await self._exchange(call, None, read_timeout=silence, stream=True)
            async with self._time_limit(call, silence):
                await self._check_stream(response, call)
            return response

        response = await self._retry(call, attempt)
        try:
            yield self._chunks(response, call)
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _time_limit(self, call: Call, read_timeout: float | None) -> AsyncIterator[None]:
        """Bound an answer as a whole: a body that comes byte by byte meets no other limit."""
        each = self._http.timeout.read if read_timeout is None else read_timeout
        limit = None if each is None else each * _READS_IN_ALL
        try:
            async with asyncio.timeout(limit):
                yield
        except TimeoutError as error:
            raise EndlessAnswerError(
                f"{call.what}: the answer of {self.host} did not end within {limit:.0f} s.",
                maybe_sent=True,
                timed_out=True,
            ) from error

    async def _retry(self, call: Call, attempt: Callable[[], Awaitable[T]]) -> T:
        """Attempt until it works, or until a repeat is of no use or may be paid twice."""
        backoff = Backoff(first=_FIRST_PAUSE, longest=_LONGEST_PAUSE, attempts=self.max_retries)
        while True:
            try:
                return await attempt()
            except ParallelError as error:
                if not may_retry(error, call):
                    raise
                _log.info("%s; it is tried again", error.message)
                await backoff.pause_after(error)

    async def _exchange(
        self,
        call: Call,
        content: bytes | None,
        *,
        read_timeout: float | None,
        stream: bool = False,
    ) -> httpx2.Response:
        headers = dict(call.headers)
        if content is not None:
            headers["content-type"] = "application/json"
        if stream:
            # A compressing proxy would hold events back until its buffer is full.
            headers |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        timeout = self._http.timeout
        if stream or read_timeout is not None:
            timeout = httpx2.Timeout(
                connect=timeout.connect, read=read_timeout, write=timeout.write, pool=timeout.pool
            )
        request = self._http.build_request(
            call.method,
            call.path,
            params=call.params,
            headers=headers,
            content=content,
            timeout=timeout,
        )
        try:
            return await self._http.send(request, stream=True)
        except httpx2.RequestError as error:
            if isinstance(error, httpx2.ConnectError) and self.when_refused is not None:
                await self.when_refused()
            raise self._fault(error, call) from error

    async def _body(
        self, response: httpx2.Response, call: Call, max_bytes: int
    ) -> tuple[bytes, bool]:
        """Read a body and close the answer.

        httpx2 unpacks it in pieces of 1 MB, so that no more than the bound and one of them is
        ever in memory, however small it came.

        Returns:
            The body without the key, and whether it was read to its end.
        """
        parts = []
        left = max_bytes
        try:
            async for part in response.aiter_bytes():
                parts.append(part[:left])
                left -= len(part)
                if left < 0:
                    break
        except httpx2.RequestError as error:
            raise self._fault(error, call) from error
        finally:
            await response.aclose()
        return self.redact(b"".join(parts)), left >= 0

    async def _read(self, response: httpx2.Response, call: Call, answer: type[T]) -> T:
        if not response.is_success:
            raise await self._answer_error(response, call)
        content, is_whole = await self._body(response, call, call.max_bytes)
        if not is_whole:
            raise AnswerTooLargeError(
                f"{call.what}: {self.host} answered with more than {size(call.max_bytes)}.",
                status=response.status_code,
            )
        if response.status_code == _NO_CONTENT:
            content = b"null"
        try:
            return decode(content, answer)
        except msgspec.DecodeError as error:
            raise ServiceError(
                f"{call.what}: {self.host} answered with something that is not the API's "
                f"({shorten(str(error), 200)}).",
                "Check base_url, and whether a proxy or a login page answers in its place.",
                status=response.status_code,
            ) from error

    async def _check_stream(self, response: httpx2.Response, call: Call) -> None:
        """Raise unless `response` is an event stream; closes it then."""
        kind = self._content_type(response)
        if response.is_success and kind.startswith("text/event-stream"):
            return
        if not response.is_success:
            raise await self._answer_error(response, call)
        await response.aclose()
        raise StreamError(
            f"{call.what}: {self.host} answered with {kind or 'no content type'} instead of "
            "an event stream.",
            "Check base_url, and whether a proxy answers in its place.",
        )

    async def _chunks(self, response: httpx2.Response, call: Call) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except httpx2.ReadTimeout as error:
            raise StreamSilentError(f"{call.what}: the stream fell silent.") from error
        except httpx2.RequestError as error:
            raise self._fault(error, call) from error

    async def _answer_error(self, response: httpx2.Response, call: Call) -> ApiError:
        content, _ = await self._body(response, call, _ERROR_BYTES)
        try:
            body = loads(content)
        except msgspec.DecodeError:
            # A proxy's HTML page would fill the screen and say nothing.
            is_page = "html" in self._content_type(response)
            body = "" if is_page else content.decode("utf-8", "replace")
        after = retry_after(response.headers.get("retry-after"))
        return api_error(response.status_code, body, retry_after=after, what=call.what)

    def _content_type(self, response: httpx2.Response) -> str:
        return shorten(self.redact.text(response.headers.get("content-type", "")), 80)


class StreamSilentError(StreamError):
    """A stream sent nothing for longer than its heartbeat."""


def _encode(call: Call) -> bytes | None:
    if call.body is None:
        return None
    return encode_json(f"{call.what}: the request", call.body)


def retry_after(value: str | None) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3): seconds, or an HTTP date.

    Returns seconds from now, never below 0; None when there is none or it is unreadable.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])  # nine digits are thirty years: no overflow to infinity
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        try:  # not allowed, but sent by some: "1.5"
            seconds = float(text)
        except ValueError:
            return None
        return seconds if 0 <= seconds < float("inf") else None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, when.timestamp() - time.time())
