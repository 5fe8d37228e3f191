"""`AsyncClient`: the one way in to every operation of the API."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn, Self, TypedDict, TypeVar, Unpack

import httpx2

from parallel_nb import settings
from parallel_nb.api import routes
from parallel_nb.api.errors import ConnectionProblem, InputError, check_option_names
from parallel_nb.api.routes import CONTENT_BYTES, Call
from parallel_nb.api.search import extract_call, search_call
from parallel_nb.api.types import ExtractResponse, SearchResponse
from parallel_nb.client.credentials import key_for
from parallel_nb.client.findall import FindAll
from parallel_nb.client.groups import Groups
from parallel_nb.client.network import check_proxies, check_proxy, port_fault, ssl_context
from parallel_nb.client.pacing import Pacer, Quota
from parallel_nb.client.runs import Runs
from parallel_nb.client.transport import Transport
from parallel_nb.version import __version__

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Awaitable, Callable, Sequence

    from parallel_nb.api.search import ExtractOptions, SearchOptions
    from parallel_nb.client.transport import Close

T = TypeVar("T")

#: Seconds. A search may take long to answer; waiting for a free connection of our own pool
#: is no fault, so it has no limit.
DEFAULT_TIMEOUT: Final = httpx2.Timeout(60.0, connect=10.0, pool=None)
DEFAULT_LIMITS: Final = httpx2.Limits(
    max_connections=100, max_keepalive_connections=40, keepalive_expiry=30.0
)


#: Attempts after the first, where a repeat is harmless.
DEFAULT_MAX_RETRIES: Final = 4


class ClientOptions(TypedDict, total=False):
    """The rarer options of a client: httpx2's own, and ours.

    Attributes:
        timeout: Seconds for connecting, reading and writing each, or httpx2's own `Timeout`;
            60, and 10 for connecting, unless given.
        max_retries: Attempts after the first, where a repeat is harmless; 4 unless given.
        quota: Runs and requests a minute; the settings unless given.
        limits: Connections; 100 at once, 40 kept alive, unless given.
        proxy: Address of a proxy. With `trust_env` the usual variables count too.
        verify: An `ssl.SSLContext`, the path of a CA file or folder, or False.
        trust_env: Use HTTPS_PROXY, ALL_PROXY and NO_PROXY, and the certificates that
            SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE name; True unless
            given.
        transport: An httpx2 transport to send through, for tests.
    """

    timeout: float | httpx2.Timeout | None
    max_retries: int
    quota: Quota | None
    limits: httpx2.Limits | None
    proxy: str | httpx2.URL | httpx2.Proxy | None
    verify: ssl.SSLContext | str | os.PathLike[str] | bool
    trust_env: bool
    transport: httpx2.AsyncBaseTransport | None


class AsyncClient:
    """A client of the Parallel API, hosted or embedded.

    Use it as an async context manager, or call `aclose` at the end. It belongs to the
    event loop on which it is first used.

        async with AsyncClient() as client:
            answer = await client.search("Which filings mention going-concern doubt?")
            run = await client.runs.create(TaskRunInput(processor="base", input="Who ...?"))
            result = await client.runs.result(run.run_id)

    Attributes:
        runs: Operations on single task runs.
        groups: Operations on groups of them.
        findall: Operations on FindAll runs, and Entity Search.
        api: Generation of the API.
        base_url: Address of the service.
        task_quota: How many runs may go out now, by the quota.
        find_quota: How many FindAll runs may be created now.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        api: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            api_key: The key; looked for as `find_key` does if None. "" sends none.
            base_url: Address of the service; the setting, else the hosted service, if None.
            api: Generation of the API: v1, v1beta or alpha; the setting if None.
            **options: See `ClientOptions`.

        Raises:
            ConnectionProblem: There is no key for the hosted service, the address is none, or
                a proxy or file of certificates, of the options or of the environment, cannot be
                used.
            InputError: There is no such generation or option, or `max_retries` is below 0.
        """
        check_option_names(options, ClientOptions.__optional_keys__, "AsyncClient")
        defaults = settings.current()
        self.api = routes.check_generation(defaults.api if api is None else api)
        usual = defaults.base_url or routes.HOSTED_URL
        self.base_url = check_base_url(usual if base_url is None else base_url)
        credential = key_for(self.base_url, api_key)
        max_retries = options.get("max_retries", DEFAULT_MAX_RETRIES)
        if max_retries < 0:
            raise InputError(f"max_retries = {max_retries} is below 0.", "Give 0 or more.")
        timeout = options.get("timeout")
        trust_env = options.get("trust_env", True)
        proxy = options.get("proxy")
        if proxy is not None:
            check_proxy(proxy, "proxy=", "leave it out")
        elif trust_env and options.get("transport") is None:
            check_proxies()
        http = httpx2.AsyncClient(
            base_url=self.base_url,
            headers={"user-agent": _user_agent(), "accept": "application/json"},
            timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
            limits=options.get("limits") or DEFAULT_LIMITS,
            proxy=proxy,
            verify=ssl_context(options.get("verify", True), trust_env=trust_env),
            trust_env=trust_env,
            transport=options.get("transport"),
        )
        quota = options.get("quota") or Quota(
            defaults.task_runs_per_minute, defaults.search_requests_per_minute
        )
        key = credential.key if credential else None
        pacer = Pacer(quota)
        self.task_quota = pacer.quotas["task"]
        self.find_quota = pacer.quotas["find"]
        self._transport = Transport(http, key, pacer, max_retries=max_retries)
        self.runs = Runs(self._transport, self.api)
        self.groups = Groups(self._transport, self.api)
        self.findall = FindAll(self._transport)

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: it holds a key and open connections.

        Raises:
            InputError: Always; says what to do instead.
        """
        raise InputError(
            "A client cannot be copied, pickled or stored: it holds a key.",
            "Make another one where it is needed: AsyncClient().",
        )

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
        """Send all further requests elsewhere, where the service was started again.

        Args:
            base_url: Its address.
            api_key: Its key; None sends none.

        Raises:
            ConnectionProblem: It is no address.
        """
        self.base_url = check_base_url(base_url)
        self._transport.move(self.base_url, api_key)

    def when_refused(self, revive: Callable[[], Awaitable[object]]) -> None:
        """Have something done when a connection is refused, before the next attempt.

        Args:
            revive: Is awaited. It may start the service again and `move` the client; what it
                raises is raised.
        """
        self._transport.when_refused = revive

    def when_dropped(self, do: Callable[[Close], object]) -> Close:
        """Call `do` when this client is collected: nobody uses it, nor waits for an answer.

        Args:
            do: Is given the coroutine function that closes the connections, to be awaited on
                the loop that they belong to. Called on whatever thread the client is collected.

        Returns:
            The same coroutine function, which closes them also before that.
        """
        return self._transport.when_dropped(do)

    async def ask_engine(
        self, path: str, answer: type[T], params: dict[str, str | list[str]] | None = None
    ) -> T:
        """Ask what an engine of ours answers beside the API, such as what it is.

        Args:
            path: Such as `/engine`.
            answer: The type of what it answers.
            params: What stands behind the path.

        Returns:
            The answer, decoded.

        Raises:
            ApiError: It answered with an error.
            TransportError: The network failed.
        """
        call = Call("GET", path, "the engine", params=params or {}, max_bytes=CONTENT_BYTES)
        return await self._transport.send(call, answer)

    async def reach(self, seconds: float = 5.0) -> bool:
        """Return when the service answers at all, be it with an error. Sends no key.

        Args:
            seconds: How long it may take.

        Returns:
            Whether it says that it is an engine of ours.

        Raises:
            TransportError: It does not answer within `seconds`.
        """
        return await self._transport.reach(seconds)

    async def search(
        self,
        objective: str | None = None,
        queries: Sequence[str] | None = None,
        **options: Unpack[SearchOptions],
    ) -> SearchResponse:
        """Search for pages.

            answer = await client.search("Who makes tidal turbines?", max_results=5)
            [result.url for result in answer.results]

        Args:
            objective: What is looked for, as a sentence.
            queries: Search words, 2 or 3 queries of 3 to 6 words are best. At least one of
                `objective` and `queries` is needed.
            **options: See `SearchOptions`; at most 10 pages unless `max_results` is given.

        Returns:
            The pages, best first, in `results`.

        Raises:
            InputError: There is nothing to search for, or an option is unknown or of no use;
                nothing was sent.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        options.setdefault("max_results", 10)
        call = search_call(self.api, objective, queries, **options)
        return await self._transport.send(call, SearchResponse, pace="search")

    async def extract(
        self, urls: Sequence[str], **options: Unpack[ExtractOptions]
    ) -> ExtractResponse:
        """Read pages by address.

            answer = await client.extract(["https://example.org"], full_content=2000)

        Args:
            urls: The addresses.
            **options: See `ExtractOptions`.

        Returns:
            What was read; a page that cannot be read is among its `errors`.

        Raises:
            InputError: There is no address, or an option is unknown or of no use; nothing was
                sent.
            TransportError: The network failed.
            ApiError: The service refused or failed.
        """
        call = extract_call(self.api, urls, **options)
        return await self._transport.send(call, ExtractResponse, pace="extract")


def check_base_url(url: str) -> str:
    """Return `url` without a closing slash, if it is an address to send requests to.

    Raises:
        ConnectionProblem: It is none.
    """
    remedy = "Give an address such as https://api.example.com or http://127.0.0.1:8000."
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as error:
        raise ConnectionProblem(f"base_url cannot be read: {error}.", remedy) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConnectionProblem(f"base_url {_public(url)!r} is no http address.", remedy)
    if (fault := port_fault(parsed)) is not None:
        raise ConnectionProblem(f"base_url {_public(url)!r} cannot be used: {fault}.", remedy)
    return str(parsed).rstrip("/")


def _public(url: str) -> str:
    """`url` without a user name and password."""
    head, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{head}{mark}{place.rpartition('@')[2]}{slash}{path}"


def _user_agent() -> str:
    return f"parallel-nb/{__version__} python/{sys.version_info.major}.{sys.version_info.minor}"
