"""Small things that several tests of finds use."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from parallel_nb.finding.start import start_find
from tests.job.jobs_helpers import QUICK, connect_to
from tests.service.groups import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.finding import Find
    from tests.service.findall import FindAllService

OBJECTIVE = "European makers of heat pumps"
CONDITIONS = {"in_europe": "Headquarters are in Europe", "makes_pumps": "Makes heat pumps"}
ENRICH = "founded: int? - Year of founding"

_READS: list[FaultKind] = ["reset", "cut", "cut", "500", "503", "429", "429 after", "stall"]
_STREAMS: list[FaultKind] = [*_READS, "repeat", "repeat", "repeat"]
_POSTS: list[FaultKind] = [*_READS, "lost", "late", "500 acted", "408 acted", "504 late"]
_CREATE = "findall/runs"


def start(service: FindAllService, **options: Any) -> Find:
    """Begin the find of these tests, in a hurry."""
    if "connection" not in options:
        options["connection"] = connect_to(service)
    options.setdefault("tuning", QUICK)
    return start_find(OBJECTIVE, options.pop("conditions", CONDITIONS), **options)


def schedule(
    seed: int, *, share: float = 0.35, most: int = 25, spare_create: bool = False
) -> Callable[[str, str], Fault | None]:
    """A random fault schedule: each request fails with probability `share`, `most` in all."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    left = most

    def fault(method: str, route: str) -> Fault | None:
        nonlocal left
        is_spared = route == "" or (spare_create and route == _CREATE)
        if left == 0 or is_spared or chance.random() > share:
            return None
        left -= 1
        kinds = _POSTS if method == "POST" else _STREAMS if route.endswith("events") else _READS
        return Fault(chance.choice(kinds), at=chance.random(), seconds=0.15)

    return fault


def assert_right(find: Find, matches: int) -> None:
    """Every match is there once, with its own values and evidence."""
    frame = find.df
    assert len(frame) == matches
    assert frame["name"].is_unique
    for name, europe in zip(frame["name"], frame["in_europe"], strict=True):
        assert europe == f"in_europe of {name}"
    reasons = find.basis.loc[lambda lines: lines["field"] == "in_europe", "reasoning"]
    assert list(reasons) == [f"in_europe of {name} stands there" for name in frame["name"]]


def sent(service: FindAllService) -> Counter[str]:
    """What the service has made: what would be billed."""
    runs = list(service.finds.values())
    made = Counter({"created": len(runs)})
    for run in runs:
        made["extended by"] += sum(run.extensions)
        for enrichment in run.enrichments:
            made.update(list(enrichment["output_schema"]["json_schema"]["properties"]))
    return made
