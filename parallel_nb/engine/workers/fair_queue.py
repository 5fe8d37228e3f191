"""Whose turn it is: what waits is given out fairly between those who ask.

The store of many engines does the same in SQL: `share_of` and `claim_runs` of its first migration.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from parallel_nb.engine.store.tables import CREDIT

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

T = TypeVar("T")


class Share(NamedTuple):
    """Who is given a turn: a group (None for runs without one), and on a class's engine, whose."""

    group: Hashable
    student: str | None = None


class FairQueue(Generic[T]):
    """What waits; the student who was given least is next, with each of their groups in turn.

    Where there are no students, the groups alone take turns. A student who comes later catches up
    with the others, but only so far that they go on meanwhile.

    Examples:
        >>> queue = FairQueue()
        >>> queue.put(Share(1), [10, 11])
        >>> queue.put(Share(2), [20])
        >>> [queue.get(wait=False)[1] for _ in range(3)]
        [10, 20, 11]
    """

    def __init__(self) -> None:
        """Nothing waits."""
        self._students: OrderedDict[str | None, OrderedDict[Hashable, deque[T]]] = OrderedDict()
        #: How much each was given, as far as it still counts.
        self._given: dict[str | None, int] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._size = 0

    def __len__(self) -> int:
        """How much waits."""
        return self._size

    def recall(self, given: Mapping[str, int]) -> None:
        """Count what students were given before, by an earlier engine."""
        with self._changed:
            self._given.update(given)

    def put(self, share: Share, items: Iterable[T], *, first: bool = False) -> None:
        """Add to one group, behind what it has or before it."""
        items = list(items)
        if not items:
            return
        with self._changed:
            self._let_in(share.student)
            groups = self._students.setdefault(share.student, OrderedDict())
            waiting = groups.setdefault(share.group, deque())
            if first:
                waiting.extendleft(reversed(items))
            else:
                waiting.extend(items)
            self._size += len(items)
            self._changed.notify(len(items))

    def get(self, *, wait: bool) -> tuple[Share, T] | None:
        """Take the next item.

        Args:
            wait: wait until there is one.

        Returns:
            Whose it is and itself; None when nothing waits, or when the queue is closed.
        """
        with self._changed:
            while wait and not self._students and not self._closed:
                self._changed.wait()
            if self._closed or not self._students:
                return None
            # of several the one who has waited longest
            student = min(self._students, key=self._given.__getitem__)
            groups = self._students.pop(student)
            self._given[student] += 1
            group, waiting = groups.popitem(last=False)
            item = waiting.popleft()
            self._size -= 1
            if waiting:
                groups[group] = waiting
            if groups:
                self._students[student] = groups
            return Share(group, student), item

    def clear(self) -> list[T]:
        """Take out all that waits."""
        with self._changed:
            items = [
                item
                for groups in self._students.values()
                for waiting in groups.values()
                for item in waiting
            ]
            self._students.clear()
            self._size = 0
            return items

    def _let_in(self, student: str | None) -> None:
        """Count for one who begins to wait what was given before, near to what others have had."""
        given = self._given.get(student, 0)
        if student not in self._students and self._students:
            least = min(self._given[other] for other in self._students)
            given = min(max(given, least - CREDIT), least + CREDIT)
        self._given[student] = given

    def close(self) -> None:
        """Let every waiter go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
