from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.connection import background
from tests.service.loopback import until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def fresh_loop() -> Iterator[None]:
    yield
    background.shutdown()


async def where() -> threading.Thread:
    await asyncio.sleep(0)
    return threading.current_thread()


async def failing() -> None:
    raise LookupError("said so")


def test_coroutines_run_on_one_daemon_thread() -> None:
    first, second = background.run(where()), background.submit(where()).result(30)
    assert first is second
    assert first.daemon
    assert first is not threading.current_thread()


def test_what_a_coroutine_raises_is_raised() -> None:
    with pytest.raises(LookupError, match="said so"):
        background.run(failing())


def test_a_timeout_of_the_coroutine_is_its_own() -> None:
    async def slow() -> None:
        async with asyncio.timeout(0.05):
            await asyncio.sleep(9)

    with pytest.raises(TimeoutError):
        background.run(slow())


def test_waiting_for_the_own_thread_is_refused_instead_of_a_deadlock() -> None:
    async def inner() -> None:
        background.run(where())

    with pytest.raises(RuntimeError, match="own thread"):
        background.run(inner())


def test_run_works_inside_a_running_loop_and_from_many_threads() -> None:
    async def main() -> list[threading.Thread]:
        here = background.run(where())
        there = await asyncio.gather(
            *(asyncio.to_thread(background.run, where()) for _ in range(8))
        )
        return [here, *there]

    assert len(set(asyncio.run(main()))) == 1


def test_the_context_of_the_caller_goes_along() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

    async def read() -> str:
        return variable.get()

    token = variable.set("cell 3")
    assert background.run(read()) == "cell 3"
    future = background.submit(read())
    variable.reset(token)
    assert future.result(30) == "cell 3"


def test_an_interrupt_ends_the_coroutine_lets_it_clean_up_and_is_raised() -> None:
    cleaned: list[float] = []
    waiting = threading.Event()

    async def long() -> None:
        waiting.set()
        try:
            await asyncio.sleep(90)
        finally:
            await asyncio.sleep(0.1)
            cleaned.append(time.monotonic())

    def interrupt() -> None:
        waiting.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        background.run(long())
    assert time.monotonic() - began < 60  # not the 90 s that it would sleep
    assert cleaned
    assert background.run(where()).name == "parallel_nb"


def test_an_interrupt_does_not_wait_long_for_a_coroutine_that_will_not_end() -> None:
    waiting = threading.Event()

    async def stubborn() -> None:
        waiting.set()
        for _ in range(200):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.5)

    def interrupt() -> None:
        waiting.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        background.run(stubborn())
    assert time.monotonic() - began < 60  # not the 100 s that it would take


# --- the await bridge -------------------------------------------------------------------


def test_an_await_gives_the_result_or_raises_the_error() -> None:
    async def main() -> threading.Thread:
        with pytest.raises(LookupError):
            await background.wait(background.submit(failing()))
        return await background.wait(background.submit(where()))

    assert asyncio.run(main()).name == "parallel_nb"


def test_cancelling_an_await_cancels_the_work_at_once() -> None:
    ended = threading.Event()

    async def main() -> float:
        begun = asyncio.Event()
        here = asyncio.get_running_loop()

        async def long() -> None:
            here.call_soon_threadsafe(begun.set)
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        task = asyncio.create_task(background.wait(background.submit(long())))
        await begun.wait()
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(main()) < 30  # not the minute that the work sleeps
    assert ended.wait(30)


def test_awaiting_does_not_stop_the_loop_that_awaits() -> None:
    async def main() -> int:
        ticks = 0
        future = background.submit(asyncio.to_thread(ticked.wait, 60))
        task = asyncio.create_task(background.wait(future))
        while not task.done():
            ticks += 1
            if ticks == 10:
                ticked.set()  # the work ends only now
            await asyncio.sleep(0.01)
        assert await task
        return ticks

    ticked = threading.Event()
    assert asyncio.run(main()) >= 10


# --- the end ----------------------------------------------------------------------------


def test_shutdown_ends_what_runs_and_the_thread_and_later_use_begins_anew() -> None:
    ended = threading.Event()
    begun = threading.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    future = background.submit(long())
    begun.wait(30)
    thread = background.background_loop().thread
    background.shutdown()
    assert ended.is_set()
    assert future.cancelled()
    assert not thread.is_alive()
    background.shutdown()
    assert background.run(where()) is not thread


def script(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_program_ends_quietly_and_quickly_with_work_in_flight() -> None:
    began = time.monotonic()
    done = script(
        """
        import asyncio, threading
        from parallel_nb.connection import background
        begun = threading.Event()
        async def long():
            begun.set()
            await asyncio.sleep(100)
        background.submit(long())
        begun.wait(30)
        print("end")
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
    assert time.monotonic() - began < 60


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_has_a_loop_of_its_own_and_leaves_the_parents_alone() -> None:
    done = script(
        """
        import asyncio, os
        from parallel_nb.connection import background
        async def pid():
            await asyncio.sleep(0.05)
            return os.getpid()
        parent = background.run(pid())
        before = background.submit(asyncio.sleep(0.5, "the parent's own work goes on"))
        child = os.fork()
        if child == 0:
            assert background.run(pid()) == os.getpid() != parent
            background.shutdown()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(before.result(30))
        assert background.run(pid()) == parent
        """
    )
    assert (done.returncode, done.stdout) == (0, "the parent's own work goes on\n"), done.stderr


@pytest.mark.parametrize("module", ["nest_asyncio", "nest_asyncio2"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_works_when_nest_asyncio_was_applied(module: str, when: str) -> None:
    done = script(
        f"""
        import asyncio
        from parallel_nb.connection import background
        async def work(n):
            await asyncio.sleep(0.01)
            return n
        async def main():
            import {module}
            if {when == "after"}:
                assert background.run(work(0)) == 0
            {module}.apply()
            assert [background.run(work(n)) for n in range(20)] == list(range(20))
            futures = [background.submit(work(n)) for n in range(20)]
            assert [await background.wait(f) for f in futures] == list(range(20))
            return asyncio.get_event_loop().run_until_complete(work(7))
        print(asyncio.run(main()))
        """
    )
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr


def test_many_short_runs_cost_little() -> None:
    async def nothing() -> None:
        return None

    background.run(nothing())

    def twenty() -> float:
        began = time.perf_counter()
        for _ in range(20):
            background.run(nothing())
        return (time.perf_counter() - began) / 20

    # To look for the end now and then, as often as for an interrupt, would take 0.1 s a run.
    # The best of several: another process may have the core.
    assert any(twenty() < 0.04 for _ in range(20))


def test_the_thread_is_started_once_however_many_ask_at_the_same_time() -> None:
    threads: list[Any] = []
    starters = [
        threading.Thread(target=lambda: threads.append(background.background_loop().thread))
        for _ in range(16)
    ]
    for starter in starters:
        starter.start()
    until(lambda: len(threads) == 16)
    assert len(set(threads)) == 1
