"""Leases on claims: who is about to send a question, and how long others respect that.

A claim whose owner is dead can be reconciled at once. That of a living one is respected for as
long as its lease, which the owner renews: waves are claimed ahead and wait for room, which takes
as long as the runs before them, and a request may wait for a quota.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import secrets
import socket
import sys
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ParallelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.job.journal import Journal
    from parallel_nb.job.model import Question

#: Seconds: a claim of another process that lives is respected for so long after its last renewal.
LEASE_SECONDS: Final = 150.0
#: Owners within this process whose jobs are running.
_active_owners: Final[set[str]] = set()


def new_owner() -> str:
    """A name for one run of a job in this process; call `retire` when it is over."""
    owner = f"{_this_machine()}/{os.getpid()}/{secrets.token_hex(4)}"
    _active_owners.add(owner)
    return owner


def retire(owner: str) -> None:
    """End an owner of this process: its claims are free at once."""
    _active_owners.discard(owner)


def is_lease_live(owner: str, renewed: float, lease: float, now: float) -> bool:
    """True when the owner of a claim may still send it.

    Args:
        owner: The name that `new_owner` gave.
        renewed: When the claim was last written, in seconds since 1970.
        lease: Seconds for which an owner is respected that lives, or is on another machine.
        now: The time by the journal's clock.
    """
    host, _, rest = owner.partition("/")
    pid, _, _ = rest.partition("/")
    if not pid.isdigit():
        return False
    if host == _this_machine():
        if int(pid) == os.getpid():
            return owner in _active_owners
        if not _is_process_alive(int(pid)):
            return False
    return now - renewed < lease


@cache
def _this_machine() -> str:
    """What tells this machine, or container, from others, which have the same process numbers."""
    start = Path("/proc/sys/kernel/random/boot_id")
    spaces = Path("/proc/self/ns/pid")
    try:
        parts = [start.read_text("ascii").strip()[:8], str(spaces.stat().st_ino)]
    except OSError:
        parts = [f"{uuid.getnode():x}"]
    return "-".join([socket.gethostname().replace("/", ""), *parts])


def is_owner_live(owner: str) -> bool:
    """True when an owner lives, or is on another machine."""
    return is_lease_live(owner, 0.0, math.inf, 0.0)


def _is_process_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lease decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class Leases:
    """The claims of one owner that were neither sent nor given back yet."""

    def __init__(self, journal: Journal, owner: str, lease: float) -> None:
        """Begin without a claim; `lease` is how long others respect one, in seconds."""
        self._journal = journal
        self._owner = owner
        self._interval = lease / 3
        self._questions: set[Question] = set()
        #: When the oldest claim was written, of those that were renewed and of those that were
        #: added since, in seconds since 1970: that clock goes on while the machine sleeps, a
        #: monotonic one may not.
        self._renewed = self._added = math.inf

    def add(self, questions: Iterable[Question], written: float) -> None:
        """Take up claims that were written at a moment, or a little after it."""
        if not self._questions:
            self._renewed = self._added = math.inf
        self._added = min(self._added, written)
        self._questions.update(questions)

    def release(self, questions: Iterable[Question]) -> None:
        """Renew these no longer: they were sent, or given back."""
        self._questions.difference_update(questions)

    async def keep_renewing(self) -> None:
        """Renew all claims now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            with contextlib.suppress(ParallelError):  # `lost` looks again before they are sent
                self._renewed, self._added = min(self._renewed, self._added), math.inf
                now = self._journal.clock()
                if not await self._renew(list(self._questions)):
                    self._renewed = now

    async def lost(self, wave: Sequence[Question]) -> set[Question]:
        """The claims that another kernel has taken over, as after a sleep of this machine."""
        if self._journal.clock() - min(self._renewed, self._added) < 2 * self._interval:
            return set()
        return await self._renew(wave)

    async def _renew(self, questions: Sequence[Question]) -> set[Question]:
        """Renew these claims; returns those that are no longer ours."""
        if not questions:
            return set()
        claims = [(question.key, question.attempt) for question in questions]
        ours = await asyncio.to_thread(self._journal.renew, self._owner, claims)
        # A claim that was sent meanwhile is not `sending` any more, and was released above.
        return {q for q in questions if q.key not in ours and q in self._questions}
