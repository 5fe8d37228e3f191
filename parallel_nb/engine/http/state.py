"""What the requests of one engine share: documents, store, workers, and news of changes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from concurrent.futures import Future

    from starlette.requests import Request

    from parallel_nb.engine.http.classroom import Classroom
    from parallel_nb.engine.index.fulltext import Index, Rescore
    from parallel_nb.engine.index.keeper import RoomKeeper
    from parallel_nb.engine.index.semantic import SemanticRanking
    from parallel_nb.engine.index.shared_room import SharedRoom
    from parallel_nb.engine.pages.pages import Pages
    from parallel_nb.engine.store.finds import FindRow
    from parallel_nb.engine.store.tables import AddedRuns, NewRun
    from parallel_nb.engine.store.write import Changes, Store
    from parallel_nb.engine.workers.claims import Claims
    from parallel_nb.engine.workers.finds import FindRuns
    from parallel_nb.engine.workers.pool import WorkerPool
    from parallel_nb.model_address import ModelAddress

P = ParamSpec("P")
T = TypeVar("T")
#: What a request can wait for: a run, a group or a FindAll run, by its row id; or the engine's
#: own end.
Topic = tuple[Literal["run", "group", "find", "engine"], int]
_READING_THREADS: Final = 4


class Subscription:
    """Waits for changes of one topic. Lives on the event loop."""

    def __init__(self, notifier: ChangeNotifier) -> None:
        """Nothing has changed yet."""
        self._notifier = notifier
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Wake the waiter."""
        self._changed.set()

    async def rounds(self, seconds: float, quiet: float = float("inf")) -> AsyncIterator[bool]:
        """When to look: at once, after each change, and after each quiet while.

        A change that comes while the caller looks is never missed: it gives another round.

        Args:
            seconds: after so long there is no more round.
            quiet: a round comes after so many seconds even if nothing has changed.

        Yields:
            False where nothing has changed since the last round. The rounds also end when
            the engine does.
        """
        deadline = time.monotonic() + seconds
        changed = True
        while True:
            self._changed.clear()
            yield changed
            left = deadline - time.monotonic()
            if left <= 0 or self._notifier.is_closed:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, quiet)):
                    await self._changed.wait()
            changed = self._changed.is_set()


class ChangeNotifier:
    """Tells waiting requests that a run or a group has changed. Lives on the event loop.

    Examples:
        >>> with notifier.subscribe(("run", 7)) as subscription:
        ...     async for _ in subscription.rounds(seconds=60):
        ...         if store.run(name).status == "completed":
        ...             break
    """

    def __init__(self) -> None:
        """No one waits yet."""
        self._subscriptions: dict[Topic, set[Subscription]] = {}
        #: True once the engine stops: every stream ends then, to be resumed at the next one.
        self.is_closed = False

    @contextlib.contextmanager
    def subscribe(self, topic: Topic) -> Iterator[Subscription]:
        """Be told of changes of `topic` while the block lasts."""
        subscription = Subscription(self)
        self._subscriptions.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            others = self._subscriptions[topic]
            others.discard(subscription)
            if not others:
                del self._subscriptions[topic]

    def notify(self, topic: Topic) -> None:
        """Wake those who wait for `topic`."""
        for subscription in self._subscriptions.get(topic, ()):
            subscription.notify()

    def notify_all(self) -> None:
        """Wake everyone."""
        for topic in self._subscriptions:
            self.notify(topic)

    def close(self) -> None:
        """Wake everyone, for the last time."""
        self.is_closed = True
        self.notify_all()


@dataclass
class EngineState:
    """Everything that a request may need."""

    key: str = field(repr=False)
    room: RoomKeeper | SharedRoom
    store: Store
    workers: WorkerPool
    finds: FindRuns
    pages: Pages
    version: str
    #: The language model that reads beside the rules, if any.
    model: ModelAddress | None = None
    #: Ranks what searches find by meaning too, if it is installed and wanted.
    semantic: SemanticRanking | None = None
    #: Takes runs from the store, where many engines work on it.
    claims: Claims | None = None
    #: The class that asks beside the owner of the key, if any.
    classroom: Classroom | None = None
    #: Seconds between the comments that keep a quiet stream open.
    keep_alive: float = 10.0
    #: Ends the process; set by whoever runs the server.
    stop: Callable[[], None] = lambda: None
    changes: ChangeNotifier = field(default_factory=ChangeNotifier)
    open_requests: int = 0
    #: How many requests were answered with which status.
    answered: Counter[int] = field(default_factory=Counter)
    #: When a request was last open, on the monotonic clock.
    last_request: float = field(default_factory=time.monotonic)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="reads")
    )

    @property
    def index(self) -> Index:
        """The documents as they are now; to be kept for as long as one request is answered."""
        return self.room.index

    @property
    def rescore(self) -> Rescore | None:
        """What ranks the passages that searches find anew, if anything."""
        return self.semantic.rescore if self.semantic else None

    async def read(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store or the index on a thread, so that the event loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: question(*args, **kwargs))

    def add_runs(
        self, group_id: int | None, runs: Sequence[NewRun], student: str | None
    ) -> Future[AddedRuns]:
        """Store runs, and queue them as soon as they are stored, whoever still waits for it."""
        adding = self.store.add_runs(group_id, runs, student)

        def enqueue(added: Future[AddedRuns]) -> None:
            if added.exception() is None:
                self.workers.enqueue(group_id, added.result().ids, student)

        if not self.store.is_shared:  # else whoever has room claims them
            adding.add_done_callback(enqueue)
        return adding

    def take_up_find(self, find: FindRow) -> None:
        """Have a queued FindAll run worked on."""
        if not self.store.is_shared:  # the same
            self.finds.take_up(find.id, find.student)

    def notify_on(self, loop: asyncio.AbstractEventLoop) -> Callable[[Changes], None]:
        """What the store calls after a transaction: it wakes the requests on their loop."""

        def notify(changes: Changes) -> None:
            if changes.is_all:
                self.changes.notify_all()
            for run_id in changes.runs:
                self.changes.notify(("run", run_id))
            for group_id in changes.groups:
                self.changes.notify(("group", group_id))
            for find_id in changes.finds:
                self.changes.notify(("find", find_id))

        def on_change(changes: Changes) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(notify, changes)

        return on_change

    @property
    def active_runs(self) -> int:
        """How many runs of any kind are not finished."""
        return self.workers.active + self.finds.active

    def idle_for(self) -> float:
        """Seconds since a request was open, a run unfinished or a file to be read."""
        if self.open_requests or self.active_runs or self.room.progress is not None:
            self.last_request = time.monotonic()
        return time.monotonic() - self.last_request


def state_of(request: Request) -> EngineState:
    """The state of the engine that a request has come to."""
    state: EngineState = request.app.state.engine
    return state
