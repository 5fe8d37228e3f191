"""Send one `Call`: retries where a repeat is harmless, pacing, typed answers, clear errors."""

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

from parallel_nb.api.errors import (
    ApiError,
    InputError,
    ParallelError,
    ServiceError,
    StreamError,
    api_error,
)
from parallel_nb.api.routes import KEY_HEADER, Call
from parallel_nb.client.backoff import Backoff
from parallel_nb.client.decode import decode, loads
from parallel_nb.client.faults import EndlessAnswerError, may_retry, transport_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator

    from parallel_nb.client.pacing import Pace, Pacer

    #: Closes connections, on the loop that they belong to.
    Close = Callable[[], Coroutine[Any, Any, None]]

T = TypeVar("T")

#: First and longest pause between attempts, in seconds.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 20.0
#: An answer may take so many times as long as a pause within it may.
_READS_IN_ALL: Final = 5

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

    def __init__(self, http: httpx2.AsyncClient, pacer: Pacer, *, max_retries: int) -> None:
        """`max_retries` counts the attempts after the first."""
        self._http = http
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
        self._http.auth = KeyAuth(key) if key else httpx2.Auth()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def when_dropped(self, do: Callable[[Close], object]) -> None:
        """See `AsyncClient.when_dropped`."""
        weakref.finalize(self, do, self._http.aclose).atexit = False

    async def reach(self, seconds: float) -> None:
        """See `AsyncClient.reach`."""
        call = Call("GET", "/", "connect")
        try:
            await self._http.get("/", auth=None, timeout=seconds)
        except httpx2.RequestError as error:
            raise transport_error(error, call, self.host) from error

    async def send(
        self,
        call: Call,
        answer: type[T],
        *,
        pace: Pace = None,
        read_timeout: float | None = None,
    ) -> T:
        """Send a request and read its answer.

        Args:
            call: What to send.
            answer: The type to read the answer as.
            pace: Which quota the request counts against.
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
            await self._pacer.wait(pace)
            async with self._time_limit(call, read_timeout):
                response = await self._exchange(call, content, read_timeout=read_timeout)
                return self._read(response, call, answer)

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
            return await self._http.send(request, stream=stream)
        except httpx2.RequestError as error:
            if isinstance(error, httpx2.ConnectError) and self.when_refused is not None:
                await self.when_refused()
            raise transport_error(error, call, self.host) from error

    def _read(self, response: httpx2.Response, call: Call, answer: type[T]) -> T:
        if not response.is_success:
            raise _answer_error(response, call)
        try:
            return decode(response.content, answer)
        except msgspec.DecodeError as error:
            raise ServiceError(
                f"{call.what}: {self.host} answered with something that is not the API's "
                f"({error}).",
                "Check base_url, and whether a proxy or a login page answers in its place.",
                status=response.status_code,
            ) from error

    async def _check_stream(self, response: httpx2.Response, call: Call) -> None:
        """Raise unless `response` is an event stream; closes it then."""
        kind = response.headers.get("content-type", "")
        if response.is_success and kind.startswith("text/event-stream"):
            return
        try:
            await response.aread()
        except httpx2.RequestError as error:
            raise transport_error(error, call, self.host) from error
        finally:
            await response.aclose()
        if not response.is_success:
            raise _answer_error(response, call)
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
            raise transport_error(error, call, self.host) from error


class StreamSilentError(StreamError):
    """A stream sent nothing for longer than its heartbeat."""


def _encode(call: Call) -> bytes | None:
    if call.body is None:
        return None
    try:
        return msgspec.json.encode(call.body)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(
            f"{call.what}: the request cannot be written as JSON ({error}).",
            "Use text, numbers, true/false, None, lists and dicts with text keys.",
        ) from error


def _answer_error(response: httpx2.Response, call: Call) -> ApiError:
    try:
        body = loads(response.content)
    except msgspec.DecodeError:
        kind = response.headers.get("content-type", "")
        # A proxy's HTML page would fill the screen and say nothing.
        body = "" if "html" in kind else response.content.decode("utf-8", "replace")
    after = retry_after(response.headers.get("retry-after"))
    return api_error(response.status_code, body, retry_after=after, what=call.what)


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
