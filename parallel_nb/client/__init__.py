"""One async HTTP client for the Parallel API: every operation, typed.

Knows neither pandas nor Jupyter. `client` is the way in; `runs`, `groups` and `findall` hold
the operations. `transport` sends one request (retries where a repeat is harmless, `Retry-After`,
pacing by quota), `backoff` pauses between attempts, `faults` says what went wrong. `sse`, `events`
and `bulk` read event streams and take them up again when they are cut; `decode` reads answers so
that an odd member never costs a paid result. `credentials` finds the key.

The names are imported at first use, so that looking for a key does not import the HTTP
library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from parallel_nb.client.client import AsyncClient
    from parallel_nb.client.credentials import Credential, find_key
    from parallel_nb.client.findall import FindAll
    from parallel_nb.client.groups import Groups
    from parallel_nb.client.pacing import Quota
    from parallel_nb.client.runs import Runs

_HOMES: Final = {
    "AsyncClient": "client",
    "Credential": "credentials",
    "FindAll": "findall",
    "Groups": "groups",
    "Quota": "pacing",
    "Runs": "runs",
    "find_key": "credentials",
}

__all__ = ["AsyncClient", "Credential", "FindAll", "Groups", "Quota", "Runs", "find_key"]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
