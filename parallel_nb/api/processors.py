"""The processors and the modes of search: what each costs, and how long it usually takes.

Prices and times are those that the vendor published in October 2026. A price is per RUN, whatever
the number of fields, and only completed runs are billed. Wherever a price is shown,
`PRICES_AS_OF` is shown with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from parallel_nb.api.arguments import check_text
from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

#: When the prices and times below were published.
PRICES_AS_OF: Final = "October 2026"
#: Results that the price of a search includes, and USD for 1,000 more.
_INCLUDED_RESULTS: Final = 10
_EXTRA_RESULT_USD_PER_1000: Final = 1.0
#: The hosted service gives no more results than this for one search.
MAX_SEARCH_RESULTS: Final = 20
#: USD for 1,000 addresses of an extract.
EXTRACT_USD_PER_1000: Final = 1.0
#: USD for an entity search of at most 100 entities, and for each one more.
ENTITY_SEARCH_USD: Final = 0.005
ENTITY_SEARCH_EXTRA_USD: Final = 0.00005
_ENTITIES_A_SEARCH: Final = 100

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Processor:
    """One grade of work that a task run can be given."""

    name: str
    #: USD for 1,000 runs; NaN where no price is published.
    usd_per_1000: float = math.nan
    #: Shortest and longest duration of a run as published, in seconds.
    latency: tuple[float, float] = (0.0, 0.0)
    #: Durations that half of all runs, and 9 in 10, do not exceed, in seconds. The time in the
    #: service's queue comes on top.
    p50: float = 0.0
    p90: float = 0.0
    #: About how many fields it can fill.
    fields: int = 0

    @property
    def is_priced(self) -> bool:
        """False where no price is published; no processor is free."""
        return not math.isnan(self.usd_per_1000)

    def cost(self, runs: int) -> float:
        """USD for `runs` completed runs; NaN where no price is published."""
        return self.usd_per_1000 * runs / 1000 if runs else 0.0

    def expected_seconds(self, last_sent: float) -> tuple[float, float, float]:
        """Seconds until runs are answered of which the last one goes out after `last_sent`.

            >>> get_processor("lite").expected_seconds(seconds_of_quota(10_000, 2000))
            (285.0, 330.0, 360.0)

        Returns:
            When the last of them usually is answered, when 9 in 10 are at the latest, and when
            the slowest is, by the longest duration that is published.
        """
        return last_sent + self.p50, last_sent + self.p90, last_sent + self.latency[1]


#: Every processor by name.
PROCESSORS: Final[dict[str, Processor]] = {
    processor.name: processor
    for processor in (
        Processor("lite", 5, (10, 2 * _MINUTE), 45, 1.5 * _MINUTE, 2),
        Processor("base", 10, (15, 3 * _MINUTE), 50, 2 * _MINUTE, 5),
        Processor("core", 25, (_MINUTE, 5 * _MINUTE), 1.5 * _MINUTE, 3 * _MINUTE, 10),
        Processor("core2x", 50, (_MINUTE, 10 * _MINUTE), 3.5 * _MINUTE, 6.5 * _MINUTE, 10),
        Processor("pro", 100, (2 * _MINUTE, 10 * _MINUTE), 3.5 * _MINUTE, 7.5 * _MINUTE, 20),
        Processor("ultra", 300, (3 * _MINUTE, 25 * _MINUTE), 4 * _MINUTE, 10 * _MINUTE, 20),
        Processor("ultra2x", 600, (5 * _MINUTE, 50 * _MINUTE), 6 * _MINUTE, 9.5 * _MINUTE, 25),
        Processor("ultra4x", 1200, (5 * _MINUTE, 90 * _MINUTE), 8 * _MINUTE, 10.5 * _MINUTE, 25),
        Processor("ultra8x", 2400, (5 * _MINUTE, 2 * _HOUR), 6.5 * _MINUTE, 11 * _MINUTE, 25),
    )
}
#: The `-fast` twins of 2025 stand on no page of today: they are accepted, their price is not
#: published, and their times are taken to be at most those of the other.
_FAST: Final = {
    f"{name}-fast": replace(processor, name=f"{name}-fast", usd_per_1000=math.nan)
    for name, processor in PROCESSORS.items()
}


def seconds_of_quota(runs: int, runs_per_minute: float) -> float:
    """Seconds until the last of so many runs goes out: a quota in each minute, the first at once.

    >>> seconds_of_quota(2000, 2000), seconds_of_quota(2001, 2000)
    (0.0, 60.0)
    """
    return _MINUTE * max(0, math.ceil(runs / runs_per_minute) - 1)


def find_processor(name: str) -> Processor | None:
    """A processor by name, one of no published price among them; None for an unknown one."""
    return PROCESSORS.get(name) or _FAST.get(name)


def get_processor(name: str) -> Processor:
    """Look a processor up.

        >>> get_processor("core").cost(1000)
        25.0

    Raises:
        InputError: There is none of that name; names the nearest and all others.
    """
    if found := find_processor(check_text("processor", name, "'base'")):
        return found
    raise InputError(
        f"There is no processor named {name!r}.",
        f"{did_you_mean(name, PROCESSORS)}Known: {', '.join(PROCESSORS)}.",
    )


# --- search -----------------------------------------------------------------------------

#: USD for 1,000 search requests of at most 10 results each, by mode, and about how long one takes:
#: turbo 0.2 s (English and Japanese), fast 0.7 s, basic 1 s, advanced 3 s.
SEARCH_MODES: Final[dict[str, float]] = {"turbo": 1.0, "fast": 1.0, "basic": 5.0, "advanced": 5.0}


def search_cost(mode: str, max_results: int = 10) -> float:
    """USD for one search; more than 20 results are not given, and not billed.

    >>> search_cost("fast"), search_cost("advanced", 15)
    (0.001, 0.01)
    """
    extra = min(max_results, MAX_SEARCH_RESULTS) - _INCLUDED_RESULTS
    return (SEARCH_MODES[mode] + max(0, extra) * _EXTRA_RESULT_USD_PER_1000) / 1000


def extract_cost(urls: int) -> float:
    """USD for reading so many addresses.

    >>> extract_cost(500)
    0.5
    """
    return urls * EXTRACT_USD_PER_1000 / 1000


def entity_search_cost(limit: int) -> float:
    """USD for one entity search of at most so many entities.

    >>> entity_search_cost(100), round(entity_search_cost(1000), 6)
    (0.005, 0.05)
    """
    return ENTITY_SEARCH_USD + max(0, limit - _ENTITIES_A_SEARCH) * ENTITY_SEARCH_EXTRA_USD
