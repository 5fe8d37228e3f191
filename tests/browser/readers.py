"""Holds the engine behind a lab's notebooks, so that a page never comes too late to see it work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from parallel_nb.engine_home import read_discovery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.jupyter import Lab


class Readers:
    """The processes that answer what is asked of an engine."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        self._processes = processes

    def hold(self) -> None:
        """What is asked stays unanswered."""
        for process in self._processes:
            process.suspend()

    def let_one_go_on(self) -> None:
        """One reads, so that the pace does not depend on how many cores there are."""
        self._processes[0].resume()

    def let_go(self) -> None:
        for process in self._processes:
            process.resume()


@contextmanager
def readers_held(lab: Lab) -> Iterator[Readers]:
    """Hold the readers of the running engine on the sample documents, at the most until the end."""
    found = read_discovery(lab.home / "engines" / "sample")
    assert found is not None, "no engine on the sample documents runs"
    readers = Readers(psutil.Process(found.pid).children())
    readers.hold()
    try:
        yield readers
    finally:
        readers.let_go()
