"""What a run may use beside the web: data sources, tool servers, a memory; and their rules.

Each function takes what a person passed and returns what is sent. Source of the names and limits:
the vendor's API reference and its pages on data sources and tool calls, October 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from parallel_nb.api.arguments import check_text, check_texts, encode_json, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.types import McpServer, RunSettings
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_nb.api.types import JsonObject

#: Data sources by what they cost: nothing, or an amount a successful call.
FREE_SOURCES: Final = (
    "pubmed",
    "clinical_trials",
    "chembl",
    "biorxiv",
    "npi_registry",
    "cms_coverage",
)
PAID_SOURCES: Final = ("carbonarc",)
DATA_SOURCES: Final = (*FREE_SOURCES, *PAID_SOURCES)
#: Tool servers of one run at most.
MAX_MCP_SERVERS: Final = 10
_SCOPE: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_FAST: Final = "-fast"


def read_data_sources(names: Any, processor: str) -> JsonObject | None:
    """The data sources of a run, as `advanced_settings.data_sources`.

        >>> read_data_sources(["pubmed", "carbonarc"], "core")
        {'free': ['pubmed'], 'pay_per_use': ['carbonarc']}

    Args:
        names: Names of `DATA_SOURCES`, as a person passed them.
        processor: The processor's name: a fast one takes no data sources.

    Returns:
        Their names by what they cost, each once; None where there are none.

    Raises:
        InputError: One does not exist, with the nearest that does; or the processor takes none.
    """
    listed = list(dict.fromkeys(check_texts("data_sources", names, "'pubmed'")))
    if not listed:
        return None
    for name in listed:
        if name not in DATA_SOURCES:
            raise InputError(
                f"There is no data source {name!r}.",
                f"{did_you_mean(name, DATA_SOURCES)}Known: {', '.join(DATA_SOURCES)}.",
            )
    if processor.endswith(_FAST):
        raise InputError(
            f"data_sources cannot be used by {processor}: fast processors take none.",
            f"Use {processor.removesuffix(_FAST)}.",
        )
    kinds = {
        "free": [name for name in listed if name in FREE_SOURCES],
        "pay_per_use": [name for name in listed if name in PAID_SOURCES],
    }
    return {kind: members for kind, members in kinds.items() if members}


def read_mcp_servers(servers: Any, sources: Iterable[str] = ()) -> list[McpServer]:
    """The tool servers of a run.

    Args:
        servers: `McpServer`s, or dicts of its members: url, name, headers, allowed_tools.
        sources: The data sources that the run uses too: none may have the name of a server.

    Raises:
        InputError: One is no server, has no http address, or shares its name; there are too many.
    """
    if not isinstance(servers, list | tuple):
        raise InputError(
            f"mcp_servers is no list but of type {type(servers).__name__}.",
            "Pass a list: mcp_servers=[{'name': 'crm', 'url': 'https://mcp.example.com'}].",
        )
    read = [_read_server(server) for server in servers]
    if len(read) > MAX_MCP_SERVERS:
        raise InputError(f"{len(read)} mcp_servers, over {MAX_MCP_SERVERS}.", "Name fewer.")
    taken = set(sources)
    for server in read:
        if server.name in taken:
            raise InputError(
                f"mcp_servers: the name {server.name!r} is that of a data source or of another "
                "server.",
                "Give each server a name of its own.",
            )
        taken.add(server.name)
    return read


def _read_server(server: Any) -> McpServer:
    # What is wrong is said without the value: its headers may hold a key.
    remedy = "A server is {'name': ..., 'url': 'https://...'}, with headers and allowed_tools."
    if isinstance(server, dict) and (unknown := set(server) - set(McpServer.__struct_fields__)):
        raise InputError(f"An MCP server has no {shown(min(map(str, unknown)))}.", remedy)
    try:
        read = msgspec.convert(server, McpServer, from_attributes=True)
    except msgspec.ValidationError as error:
        raise InputError(f"An MCP server cannot be used: {error}.", remedy) from error
    check_text("mcp_servers", read.name)
    encode_json(f"The MCP server {shown(read.name)}", read)
    try:
        address = urlsplit(read.url)
        is_address = address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:
        is_address = False
    if not read.name.strip() or read.type != "url" or not is_address:
        raise InputError(
            f"The MCP server {shown(read.name)} has no name or no http address.", remedy
        )
    return read


def read_memory_scope(key: Any) -> str | None:
    """The key of the memory that a run uses; None for the account's usual one.

    Raises:
        InputError: It is none.
    """
    if key is None:
        return None
    if not isinstance(key, str) or not _SCOPE.fullmatch(key):
        raise InputError(
            f"memory_scope = {shown(key)} cannot be used.",
            "Write 1 to 128 letters, digits, _ and -, such as 'project-7'.",
        )
    return key


def unsupported_by_engine(settings: RunSettings) -> list[str]:
    """The options that only the hosted service has, of those that are set."""
    options = {
        "data_sources": settings.advanced_settings,
        "mcp_servers": settings.mcp_servers,
        "memory_scope": settings.memory_scope_key,
    }
    return [name for name, value in options.items() if value]


def without_secrets(settings: RunSettings) -> RunSettings:
    """The same, with no value of a header: for what is kept, and what tells questions apart.

    >>> server = McpServer(name="crm", url="https://a.org", headers={"x-api-key": "secret"})
    >>> without_secrets(RunSettings(mcp_servers=[server])).mcp_servers[0].headers
    {'x-api-key': ''}
    """
    if not settings.mcp_servers:
        return settings
    servers = [
        msgspec.structs.replace(server, headers=dict.fromkeys(server.headers, ""))
        if server.headers
        else server
        for server in settings.mcp_servers
    ]
    return msgspec.structs.replace(settings, mcp_servers=servers)


def lacks_secrets(settings: RunSettings) -> Sequence[str]:
    """The names of tool servers whose headers were not kept."""
    return [
        server.name
        for server in settings.mcp_servers or ()
        if any(value == "" for value in (server.headers or {}).values())
    ]


def read_run_settings(options: Mapping[str, Any], processor: str) -> RunSettings:
    """What all runs of a job share, but for the source policy.

    Args:
        options: `data_sources`, `mcp_servers` and `memory_scope`, as a person passed them.
        processor: The processor's name.

    Raises:
        InputError: One cannot be used, or two do not go together.
    """
    sources = read_data_sources(options["data_sources"], processor)
    names = [name for members in (sources or {}).values() for name in members]
    servers = read_mcp_servers(options["mcp_servers"], names)
    return RunSettings(
        advanced_settings={"data_sources": sources} if sources else None,
        mcp_servers=servers or None,
        memory_scope_key=read_memory_scope(options["memory_scope"]),
    )
