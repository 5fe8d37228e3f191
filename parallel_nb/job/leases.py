"""Who claimed a row, and whether they may still be at work on it.

A claim whose owner is dead can be settled at once; that of a living one is left alone for
as long as a request may take.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from typing import Final

#: Owners at work within this process.
_at_work: Final[set[str]] = set()


def new_owner() -> str:
    """A name for one run of a job in this process; call `retire` when it is over."""
    owner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    _at_work.add(owner)
    return owner


def retire(owner: str) -> None:
    """Say that an owner of this process does no more."""
    _at_work.discard(owner)


def may_be_at_work(owner: str, claimed: float, lease: float) -> bool:
    """True when the owner of a claim may still be sending it.

    `claimed` is the time of the claim (seconds since 1970), `lease` how long a living or
    unknowable owner is trusted.
    """
    host, _, rest = owner.partition("/")
    pid, _, _ = rest.partition("/")
    if not pid.isdigit():
        return False
    if host == socket.gethostname():
        if int(pid) == os.getpid():
            return owner in _at_work
        if not _lives(int(pid)):
            return False
    return time.time() - claimed < lease


def _lives(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lease decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
