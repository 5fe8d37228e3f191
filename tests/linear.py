"""Whether the work on a text grows with the text, told from processor time.

Seconds on the wall say more of the machine than of the code: other programs, other threads and the
garbage collector are in them. What grows far too fast for that never ends, and the timeout of its
test says so.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: How much longer the long text is than the short one.
TIMES = 8
#: How much longer it may take: twice squared would be 64, and the machine's caches are in it too.
MOST = 3 * TIMES
#: What any system's clock of processor time tells apart.
CLOCK = 0.02


def cpu_seconds(work: Callable[[], object], tries: int = 1) -> float:
    """Seconds of the processor in this thread: the least of some tries, no garbage collected."""
    best = float("inf")
    was_on = gc.isenabled()
    for _ in range(tries):
        gc.disable()  # what other tests have left lying about is not this work's doing
        try:
            began = time.thread_time()
            work()
            best = min(best, time.thread_time() - began)
        finally:
            if was_on:
                gc.enable()
    return best


def assert_linear(work: Callable[[int], object], long: int) -> None:
    """Fail where `work` of `long` takes far more than eight times as long as of an eighth of it.

    `long` has to be so much that work which grows with the square takes well over half a second.
    """
    seconds = cpu_seconds(lambda: work(long))
    if seconds < MOST * CLOCK:
        return
    short = max(cpu_seconds(lambda: work(long // TIMES), tries=3), CLOCK)
    if seconds >= MOST * short:
        seconds = min(seconds, cpu_seconds(lambda: work(long), tries=2))
    assert seconds < MOST * short, f"{short:.2f} s for {long // TIMES}, {seconds:.2f} s for {long}"
