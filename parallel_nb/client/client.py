"""`AsyncClient`: the one way in to every operation of the API."""

from __future__ import annotations

import ssl
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import httpx2
import msgspec

from parallel_nb import settings
from parallel_nb.api import routes
from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.api.types import ExtractResponse, FetchPolicy, SearchResponse, SourcePolicy
from parallel_nb.client.credentials import key_for
from parallel_nb.client.groups import Groups
from parallel_nb.client.pacing import Pacer, Quota
from parallel_nb.client.runs import Runs
from parallel_nb.client.transport import KeyAuth, Transport

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from parallel_nb.client.transport import Close

P = TypeVar("P", bound=msgspec.Struct)

#: Seconds. A search may take long to answer; waiting for a free connection of our own pool
#: is no fault, so it has no limit.
DEFAULT_TIMEOUT: Final = httpx2.Timeout(60.0, connect=10.0, pool=None)
DEFAULT_LIMITS: Final = httpx2.Limits(
    max_connections=100, max_keepalive_connections=40, keepalive_expiry=30.0
)


class AsyncClient:
    """A client of the Parallel API, hosted or embedded.

    Use it as an async context manager, or call `aclose` at the end. It belongs to the
    event loop on which it is first used.

        async with AsyncClient() as client:
            answer = await client.search("Which filings mention going-concern doubt?")
    """

    def __init__(  # noqa: PLR0913 - httpx's own options, and ours
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        api: str | None = None,
        *,
        timeout: float | httpx2.Timeout | None = None,
        max_retries: int = 4,
        quota: Quota | None = None,
        limits: httpx2.Limits | None = None,
        proxy: str | httpx2.URL | httpx2.Proxy | None = None,
        verify: ssl.SSLContext | str | os.PathLike[str] | bool = True,
        trust_env: bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            api_key: The key; looked for as `find_key` does if None. "" sends none.
            base_url: Address of the service; the setting, else the hosted service, if None.
            api: Generation of the API: v1, v1beta or alpha; the setting if None.
            timeout: Seconds for connecting, reading and writing each, or httpx2's own
                `Timeout`; 60 and 10 for connecting if None.
            max_retries: Attempts after the first, where a repeat is harmless.
            quota: Requests a minute; the settings if None.
            limits: Connections; 100 at once, 40 kept alive, if None.
            proxy: Address of a proxy. With `trust_env` the usual variables count too.
            verify: An `ssl.SSLContext`, the path of a CA file or folder, or False.
            trust_env: Heed HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and the like.
            transport: An httpx2 transport to send through, for tests.

        Raises:
            ConnectionProblem: No key for the hosted service, an address that is none, a
                certificate file that cannot be read.
        """
        held = settings.current()
        self.api = routes.check_generation(held.api if api is None else api)
        self.base_url = check_base_url(base_url or held.base_url or routes.HOSTED_URL)
        credential = None if api_key == "" else key_for(self.base_url, api_key)
        if credential is None and self.base_url == routes.HOSTED_URL:
            raise no_key()
        if max_retries < 0:
            raise InputError(f"max_retries = {max_retries} is below 0.", "Give 0 or more.")
        http = httpx2.AsyncClient(
            auth=KeyAuth(credential.key) if credential else None,
            base_url=self.base_url,
            headers={"user-agent": _user_agent(), "accept": "application/json"},
            timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
            limits=limits or DEFAULT_LIMITS,
            proxy=proxy,
            verify=_context(verify),
            trust_env=trust_env,
            transport=transport,
        )
        pacer = Pacer(
            quota or Quota(held.task_requests_per_minute, held.search_requests_per_minute)
        )
        self._transport = Transport(http, pacer, max_retries=max_retries)
        self.runs = Runs(self._transport, self.api)
        self.groups = Groups(self._transport, self.api)

    def __repr__(self) -> str:
        """Where it leads; never the key."""
        return f"AsyncClient(base_url={_public(self.base_url)!r}, api={self.api!r})"

    async def __aenter__(self) -> Self:
        """Use the client in `async with`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    def move(self, base_url: str, api_key: str | None) -> None:
        """Send what comes next to another address: a service that was started anew."""
        self.base_url = check_base_url(base_url)
        self._transport.move(self.base_url, api_key)

    def when_refused(self, revive: Callable[[], Awaitable[object]]) -> None:
        """Await `revive` when a connection is refused, before the next attempt.

        It may start the service again and `move` the client; what it raises is raised.
        """
        self._transport.when_refused = revive

    def when_dropped(self, do: Callable[[Close], object]) -> None:
        """Call `do` when nobody holds this client any more, nor waits for an answer of it.

        It is given what closes the connections, to be awaited on the loop that they belong
        to. Called on whatever thread the client is collected.
        """
        self._transport.when_dropped(do)

    async def reach(self, seconds: float = 5.0) -> None:
        """Return when the service answers at all, be it with an error.

        Raises `TransportError` when it does not within `seconds`. Sends no key.
        """
        await self._transport.reach(seconds)

    async def search(  # noqa: PLR0913 - the options of the three generations together
        self,
        objective: str | None = None,
        queries: Sequence[str] | None = None,
        *,
        processor: str = "base",
        mode: str | None = None,
        max_results: int | None = 10,
        max_chars_per_result: int | None = None,
        max_chars_total: int | None = None,
        source_policy: SourcePolicy | Mapping[str, Any] | None = None,
        fetch_policy: FetchPolicy | Mapping[str, Any] | None = None,
        location: str | None = None,
        session_id: str | None = None,
        client_model: str | None = None,
    ) -> SearchResponse:
        """Search for pages.

        Args:
            objective: What is looked for, as a sentence.
            queries: Search words, 2 or 3 queries of 3 to 6 words are best. At least one of
                `objective` and `queries` is needed.
            processor: "base" (fast) or "pro" (thorough).
            mode: The service's own name for the effort, in place of `processor`.
            max_results: At most so many pages.
            max_chars_per_result: Bounds the excerpts of one page.
            max_chars_total: Bounds the excerpts of all pages; not in alpha.
            source_policy: Which sources may be used.
            fetch_policy: How fresh pages must be; not in alpha.
            location: Country code for results near there; not in alpha.
            session_id: Ties searches of one task together; not in alpha.
            client_model: Name of the model that will read the results; not in alpha.
        """
        if processor not in routes.SEARCH_PROCESSORS:
            raise InputError(
                f"There is no search processor {processor!r}.",
                f"Use one of: {', '.join(routes.SEARCH_PROCESSORS)}.",
            )
        words = _texts(queries, "queries")
        if not (objective and objective.strip()) and not words:
            raise InputError("There is nothing to search for.", "Give an objective or queries.")
        call = routes.search(
            self.api,
            objective=objective,
            queries=words or None,
            processor=processor,
            mode=mode,
            max_results=max_results,
            max_chars_per_result=max_chars_per_result,
            max_chars_total=max_chars_total,
            source_policy=_policy(source_policy, SourcePolicy, "source_policy"),
            fetch_policy=_policy(fetch_policy, FetchPolicy, "fetch_policy"),
            location=location,
            session_id=session_id,
            client_model=client_model,
        )
        return await self._transport.send(call, SearchResponse, pace="search")

    async def extract(  # noqa: PLR0913 - the options of the two generations together
        self,
        urls: Sequence[str],
        *,
        objective: str | None = None,
        queries: Sequence[str] | None = None,
        full_content: bool | int = False,
        max_chars_per_result: int | None = None,
        max_chars_total: int | None = None,
        fetch_policy: FetchPolicy | Mapping[str, Any] | None = None,
        session_id: str | None = None,
        client_model: str | None = None,
    ) -> ExtractResponse:
        """Read pages by address.

        `objective` and `queries` choose the excerpts; `full_content` asks for whole pages,
        a number bounds them in characters. A page that cannot be read is in the answer's
        `errors`. The other options are those of `search`.
        """
        addresses = _texts(urls, "urls")
        if not addresses:
            raise InputError("There are no addresses to read.", "Give at least one URL.")
        call = routes.extract(
            self.api,
            addresses,
            objective=objective,
            queries=_texts(queries, "queries") or None,
            full_content=full_content,
            max_chars_per_result=max_chars_per_result,
            max_chars_total=max_chars_total,
            fetch_policy=_policy(fetch_policy, FetchPolicy, "fetch_policy"),
            session_id=session_id,
            client_model=client_model,
        )
        return await self._transport.send(call, ExtractResponse, pace="search")


def no_key() -> ConnectionProblem:
    """The error of who wants the hosted service and has no key."""
    return ConnectionProblem(
        "There is no API key for the hosted service.",
        "Set PARALLEL_API_KEY or pass api_key=..., or work on documents without a key: "
        'pnb.connect("embedded").',
    )


def check_base_url(url: str) -> str:
    """Return `url` without a closing slash, if it is an address to send requests to.

    Raises `ConnectionProblem` otherwise.
    """
    remedy = "Give an address such as https://api.example.com or http://127.0.0.1:8000."
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as error:
        raise ConnectionProblem(f"base_url cannot be read: {error}.", remedy) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConnectionProblem(f"base_url {_public(url)!r} is no http address.", remedy)
    return str(parsed).rstrip("/")


def _public(url: str) -> str:
    """`url` without a user name and password."""
    head, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{head}{mark}{place.rpartition('@')[2]}{slash}{path}"


def _user_agent() -> str:
    try:
        own = version("parallel-nb")
    except PackageNotFoundError:  # run from a folder that is not installed
        own = "0"
    return f"parallel-nb/{own} python/{sys.version_info.major}.{sys.version_info.minor}"


def _context(
    verify: ssl.SSLContext | str | os.PathLike[str] | bool,  # noqa: FBT001 - httpx's own form
) -> ssl.SSLContext | bool:
    if isinstance(verify, (ssl.SSLContext, bool)):
        return verify
    path = Path(verify)
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        raise ConnectionProblem(
            f"verify={str(path)!r} cannot be used: {error}.",
            "Give the path of a PEM file with certificates of authorities.",
        ) from error


def _texts(values: Sequence[str] | None, name: str) -> list[str]:
    if isinstance(values, str):
        values = [values]
    texts = list(values or ())
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise InputError(f"{name} must be texts that are not empty.", f"Mend {name}.")
    return texts


def _policy(value: P | Mapping[str, Any] | None, kind: type[P], name: str) -> P | None:
    if value is None or isinstance(value, kind):
        return value
    known = kind.__struct_fields__
    remedy = f"Its members are: {', '.join(known)}."
    if isinstance(value, dict) and (unknown := sorted(map(str, set(value) - set(known)))):
        raise InputError(f"{name} has no member {', '.join(unknown)}.", remedy)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{name} cannot be used: {error}.", remedy) from error
