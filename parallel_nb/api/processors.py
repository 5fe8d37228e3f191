"""The processors: what each costs, how long it usually takes, how much it can fill.

Prices and latencies are those that the vendor published in 2026. A price is per RUN,
whatever the number of fields; wherever one is shown, `PRICES_AS_OF` is shown with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from parallel_nb.api.arguments import check_text
from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

#: The year in which the prices below were published.
PRICES_AS_OF: Final = "2026"
#: USD for 1,000 search requests of at most 10 results each.
SEARCH_USD_PER_1000: Final = 5.0
#: USD for 1,000 results beyond the first 10 of a request.
SEARCH_EXTRA_RESULT_USD_PER_1000: Final = 1.0
#: USD for an entity search of at most 100 entities, and for each one more.
ENTITY_SEARCH_USD: Final = 0.005
ENTITY_SEARCH_EXTRA_USD: Final = 0.00005
_ENTITIES_A_SEARCH: Final = 100


@dataclass(frozen=True, slots=True)
class Processor:
    """One grade of work that a task run can be given."""

    name: str
    #: USD for 1,000 runs.
    usd_per_1000: float
    #: Usual shortest and longest duration of a run, in seconds.
    latency: tuple[float, float]
    #: About how many fields it can fill well.
    fields: int

    @property
    def is_priced(self) -> bool:
        """False where the price is not known; no processor is free."""
        return self.usd_per_1000 > 0

    def cost(self, runs: int) -> float:
        """USD for `runs` runs."""
        return self.usd_per_1000 * runs / 1000


_MINUTE = 60.0
_BASE: Final = (
    Processor("lite", 5, (10, 60), 2),
    Processor("base", 10, (15, 100), 5),
    Processor("core", 25, (_MINUTE, 5 * _MINUTE), 10),
    Processor("core2x", 50, (_MINUTE, 10 * _MINUTE), 10),
    Processor("pro", 100, (2 * _MINUTE, 10 * _MINUTE), 20),
    Processor("ultra", 300, (5 * _MINUTE, 25 * _MINUTE), 20),
    Processor("ultra2x", 600, (5 * _MINUTE, 50 * _MINUTE), 25),
    Processor("ultra4x", 1200, (5 * _MINUTE, 90 * _MINUTE), 25),
    Processor("ultra8x", 2400, (5 * _MINUTE, 120 * _MINUTE), 25),
)
#: The `-fast` twins cost the same and take a half to a fifth of the time.
_FAST: Final = tuple(
    Processor(f"{p.name}-fast", p.usd_per_1000, (p.latency[0] / 5, p.latency[1] / 2), p.fields)
    for p in _BASE
)
#: Every processor by name.
PROCESSORS: Final[dict[str, Processor]] = {p.name: p for p in (*_BASE, *_FAST)}


def get_processor(name: str) -> Processor:
    """Look a processor up.

        >>> get_processor("core").cost(1000)
        25.0

    Raises:
        InputError: There is none of that name; names the nearest and all others.
    """
    if found := PROCESSORS.get(check_text("processor", name, "'base'")):
        return found
    raise InputError(
        f"There is no processor named {name!r}.",
        f"{did_you_mean(name, PROCESSORS)}"
        f"Known: {', '.join(p.name for p in _BASE)}, each also with -fast.",
    )


def search_cost(requests: int, max_results: int = 10) -> float:
    """USD for search requests of `max_results` results each.

    >>> search_cost(1000), search_cost(1000, max_results=30)
    (5.0, 25.0)
    """
    extra = max(0, max_results - 10) * SEARCH_EXTRA_RESULT_USD_PER_1000
    return requests * (SEARCH_USD_PER_1000 + extra) / 1000


def entity_search_cost(limit: int) -> float:
    """USD for one entity search of at most so many entities.

    >>> entity_search_cost(100), round(entity_search_cost(1000), 6)
    (0.005, 0.05)
    """
    return ENTITY_SEARCH_USD + max(0, limit - _ENTITIES_A_SEARCH) * ENTITY_SEARCH_EXTRA_USD
