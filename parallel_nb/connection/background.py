"""The one background loop, and the bridges to it.

A daemon thread owns an asyncio loop and, on it, the HTTP client: so a cell, a script and a
widget use the same connections, whatever loop the notebook itself runs, and also when a
person has applied nest_asyncio. `run` waits from synchronous code, `wait` from a coroutine
of another loop; both can be interrupted. A forked child gets a loop of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import logging
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from parallel_nb.connection import pages

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from parallel_nb.client.transport import Close

T = TypeVar("T")
_log = logging.getLogger(__name__)

#: Seconds that an interrupted coroutine gets to clean up; all of them together, at exit.
_GRACE: Final = 2.0
#: Seconds between looks at whether a wait has been interrupted: asyncio's own bridge would
#: notice only when the future is done.
_POLL_INTERVAL: Final = 0.1


class LoopResource(Protocol):
    """Something that is used from the loop's thread and from others."""

    def after_fork(self) -> None:
        """Called in a forked child: renew the locks that a thread of the parent may hold."""


class Background:
    """One asyncio loop in one daemon thread."""

    def __init__(self) -> None:
        """Start it."""
        self.loop = asyncio.new_event_loop()
        #: What closes the connections that are open here. Held by the loop, since a client that
        #: nobody uses any more may live on, in the frames of an exception.
        self._open: set[Close] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self.thread = threading.Thread(target=self._main, name="parallel_nb", daemon=True)
        self.thread.start()

    def _main(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def close_at_end(self, close: Close) -> None:
        """Have connections closed before the loop ends; from any thread."""
        self._open.add(close)

    def close_soon(self, close: Close) -> None:
        """Start closing connections; on the loop. The loop's end waits for it."""
        self._open.discard(close)
        task = self.loop.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.info("closing a client: %s", error)  # a dead socket is as good as a closed one

    def stop(self) -> None:
        """Cancel what still runs, close the clients, end the thread."""
        if not self.thread.is_alive():
            return
        ending = asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        with contextlib.suppress(Exception):  # at the end nobody is left to see it
            ending.result(2 * _GRACE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(_GRACE)

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks - self._closing:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for close in list(self._open):
            self.close_soon(close)
        if self._closing:
            await asyncio.wait(self._closing, timeout=_GRACE)
        await self.loop.shutdown_asyncgens()


_lock = threading.RLock()
_background: Background | None = None
#: What renews its locks in a forked child.
loop_resources: weakref.WeakSet[LoopResource] = weakref.WeakSet()
#: Loops inherited by a fork. Never touched and never collected: closing one here would
#: take the parent's sockets out of the selector that both share.
_inherited: list[Background] = []


def background_loop() -> Background:
    """The loop and its thread; started at first use, and again after a fork or an end."""
    global _background  # noqa: PLW0603 - the one owner of the loop
    with _lock:
        if _background is None or not _background.thread.is_alive():
            _background = Background()
        return _background


def _after_fork() -> None:
    """In a forked child: the threads are gone, with the locks that they held; start again."""
    global _lock, _background  # noqa: PLW0603 - as above
    _lock = threading.RLock()
    if _background is not None:
        _inherited.append(_background)
        _background = None
    for resource in list(loop_resources):
        resource.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def shutdown() -> None:
    """Stop the loop and close all connections. Runs at exit; an engine goes on.

    Whatever is used afterwards starts a new loop.
    """
    global _background
    with _lock:
        ending, _background = _background, None
    if ending is not None:
        ending.stop()


atexit.register(shutdown)


def submit(coro: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    """Start a coroutine on the loop; from any thread. Its context is that of the caller.

        future = background.submit(connection.client.search("tidal turbines"))
        answer = future.result()

    Returns:
        The future of its result. Whoever starts it looks at it: its exception is nowhere else.
    """
    return asyncio.run_coroutine_threadsafe(coro, background_loop().loop)


def run(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the loop and wait for its result; from any thread but the loop's.

        answer = background.run(connection.client.search("tidal turbines"))

    Raises:
        KeyboardInterrupt: An interrupt came; the coroutine was cancelled and had two seconds to
            clean up.
        RuntimeError: Called on the loop's own thread.
        Exception: Whatever the coroutine raises.
    """
    host = background_loop()
    if threading.current_thread() is host.thread:
        coro.close()
        raise RuntimeError("run would wait for its own thread: await the coroutine there")
    started, stopped, ended = threading.Event(), threading.Event(), threading.Event()
    tasks: list[asyncio.Task[Any]] = []

    async def watched() -> T:
        tasks.extend(filter(None, [asyncio.current_task()]))
        started.set()
        try:
            if stopped.is_set():
                coro.close()
                raise asyncio.CancelledError
            return await coro
        finally:
            ended.set()

    def cancel() -> None:
        for task in tasks:
            task.cancel()

    try:
        return _result(asyncio.run_coroutine_threadsafe(watched(), host.loop))
    except BaseException:
        # An interrupt may come at any instruction, also after the coroutine was handed over
        # and before we hold its future: so not the future is cancelled, but the task itself.
        if not ended.is_set():
            stopped.set()
            host.loop.call_soon_threadsafe(cancel)
            if started.wait(_POLL_INTERVAL):
                ended.wait(_GRACE)
        raise


def _result(future: concurrent.futures.Future[T]) -> T:
    """Wait in short steps, because one long wait can miss an interrupt.

    On Windows it is deaf to all; elsewhere to one that comes in the moment in which the
    thread falls asleep (met once in 150 interrupts of a test that aims at that moment).
    """
    while True:
        with contextlib.suppress(concurrent.futures.TimeoutError):
            return future.result(_POLL_INTERVAL)
        if future.done():
            return future.result()
        pages.handle_messages()


async def wait(future: concurrent.futures.Future[T]) -> T:
    """Await, on any loop, what `submit` gave. Cancelling this cancels the work at once."""
    wrapped = asyncio.wrap_future(future)
    try:
        while not wrapped.done():
            await asyncio.wait({wrapped}, timeout=_POLL_INTERVAL)
    except asyncio.CancelledError:
        future.cancel()
        raise
    return wrapped.result()
