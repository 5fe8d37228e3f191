"""A claim that another kernel has taken over is never sent, whenever that happened."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING

import pytest

from parallel_nb.job.journal import Journal
from parallel_nb.job.journal.sqlite_file import SqliteFile
from parallel_nb.job.leases import Leases
from parallel_nb.job.model import Question
from tests.job.test_journal import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MINE, OTHERS = "host/1/mine", "host/2/theirs"
_LEASE = 0.15


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    kept = Journal(SqliteFile(tmp_path / "j.sqlite3"))
    kept.create_job(record("job"), [(n, f"k{n}", None, "label", b"1") for n in range(3)])
    yield kept
    kept.close()


def claimed(journal: Journal, position: int) -> Question:
    question = Question(position, f"k{position}", 1, state="sending", attempt=1)
    journal.claim("job", "tgrp", MINE, {question.key: position})
    return question


def take_over(journal: Journal, question: Question) -> None:
    journal.abandon([(question.key, question.attempt, journal.clock())])
    journal.claim("job", "tgrp", OTHERS, {question.key: question.position})


async def renew_for(leases: Leases, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await leases.keep_renewing()


def test_a_fresh_claim_is_not_looked_up(journal: Journal) -> None:
    leases = Leases(journal, MINE, lease=150)
    question = claimed(journal, 0)
    leases.add([question], journal.clock())
    take_over(journal, question)  # as nobody does whose lease is live
    assert asyncio.run(leases.lost([question])) == set()


def test_a_claim_that_was_lost_before_a_renewal_is_known_to_be(journal: Journal) -> None:
    leases = Leases(journal, MINE, _LEASE)
    kept, lost = claimed(journal, 0), claimed(journal, 1)
    leases.add([kept, lost], journal.clock())
    take_over(journal, lost)

    async def renew_and_look() -> set[Question]:
        await renew_for(leases, 3 * _LEASE)
        return await leases.lost([kept, lost])

    assert asyncio.run(renew_and_look()) == {lost}


def test_a_claim_that_was_added_while_others_were_renewed_keeps_its_own_time(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = Leases(journal, MINE, lease=150)
    first, second = claimed(journal, 0), claimed(journal, 1)
    leases.add([first], journal.clock())
    renew = journal.renew

    def renew_slowly(owner: str, claims: Sequence[tuple[str, int]]) -> set[str]:
        # It was about to be written when the machine fell asleep, for two minutes.
        leases.add([second], journal.clock() - 120)
        take_over(journal, second)
        monkeypatch.undo()
        return renew(owner, claims)

    async def renew_once() -> None:
        began = journal.clock()
        renewing = asyncio.ensure_future(leases.keep_renewing())
        while not began <= leases._renewed < math.inf:  # noqa: ASYNC110 - as often as it takes
            await asyncio.sleep(0.01)
        renewing.cancel()

    monkeypatch.setattr(journal, "renew", renew_slowly)
    monkeypatch.setattr(leases, "_interval", 0.01)
    asyncio.run(renew_once())
    assert asyncio.run(leases.lost([second])) == {second}
