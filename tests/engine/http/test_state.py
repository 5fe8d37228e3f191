"""Waiting for changes: none is missed, quiet times are marked, and a stop ends it."""

from __future__ import annotations

import asyncio
import time

from parallel_nb.engine.http.state import ChangeNotifier


def test_a_change_that_comes_while_one_looks_gives_another_round() -> None:
    async def rounds() -> list[bool]:
        notifier, seen = ChangeNotifier(), []
        with notifier.subscribe(("run", 1)) as subscription:
            async for changed in subscription.rounds(seconds=30):
                seen.append(changed)
                if len(seen) == 3:
                    break
                notifier.notify(("run", 1))
        return seen

    assert asyncio.run(rounds()) == [True, True, True]


def test_a_quiet_while_gives_a_round_in_which_nothing_has_changed() -> None:
    async def rounds() -> list[bool]:
        notifier = ChangeNotifier()
        with notifier.subscribe(("group", 1)) as subscription:
            notifier.notify(("group", 2))
            return [changed async for changed in subscription.rounds(0.05, quiet=0.02)]

    first, *others = asyncio.run(rounds())
    assert first is True
    assert others
    assert not any(others)


def test_whoever_waits_is_let_go_when_the_engine_stops() -> None:
    async def rounds() -> int:
        notifier, seen = ChangeNotifier(), 0
        with notifier.subscribe(("run", 1)) as subscription:
            async for _ in subscription.rounds(seconds=600):
                seen += 1
                asyncio.get_running_loop().call_later(0.01, notifier.close)
        return seen

    began = time.monotonic()
    assert asyncio.run(rounds()) == 2
    assert time.monotonic() - began < 60
