"""The same service with FindAll: runs whose candidates are made and judged at a pace to order.

It has all faults of `GroupsService`, and counts the runs, extensions and enrichments that it has
made, which is what "nothing is paid twice" is checked by.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.service.bodies import MOMENT, Json
from tests.service.groups import GroupsService, _joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.service.groups import _Reply, _Silent

#: Candidates that there are in the world.
WORLD: Final = 400


def matches_every_other(number: int) -> bool:
    return number % 2 == 0


@dataclass
class FindRun:
    findall_id: str
    body: Json
    limit: int
    status: str = "running"
    reason: str | None = None
    enrichments: list[Json] = field(default_factory=list)
    extensions: list[int] = field(default_factory=list)
    candidates: list[Json] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0

    @property
    def is_active(self) -> bool:
        return self.status in ("queued", "running", "cancelling")

    @property
    def matched(self) -> int:
        return sum(one["match_status"] == "matched" for one in self.candidates)


class FindAllService(GroupsService):
    """The service; `url` is its address while it runs."""

    def __init__(
        self,
        *,
        pace: float = 0.0,
        matches: Callable[[int], bool] = matches_every_other,
        world: int = WORLD,
        ends_as: tuple[str, str] | None = None,
        fails_to_enrich: Callable[[int], bool] = lambda _: False,
        first: int = 1,
        **options: Any,
    ) -> None:
        """`pace` is seconds a candidate, `ends_as` a status and reason that end a run early.

        The ids of its runs begin with number `first`: no two services name a run alike.
        """
        super().__init__(**options)
        self.pace = pace
        self.matches = matches
        self.world = world
        self.ends_as = ends_as
        self.fails_to_enrich = fails_to_enrich
        self.finds: dict[str, FindRun] = {}
        self.cancelled: list[str] = []
        self.entity_searches: list[Json] = []
        self._find_ids = itertools.count(first)

    @staticmethod
    def _route(parts: list[str]) -> str:
        if parts[1:2] != ["findall"]:
            return GroupsService._route(parts)
        return "/".join("{id}" if part.startswith("findall_") else part for part in parts[1:])

    async def _act(
        self, method: str, parts: list[str], query: Json, body: bytes, reply: _Reply | _Silent
    ) -> None:
        if parts[1:2] != ["findall"]:
            await super()._act(method, parts, query, body, reply)
            return
        value = json.loads(body or b"{}")
        match method, parts[2:]:
            case "POST", ["ingest"]:
                await reply.json(self._proposal(value["objective"]))
            case "POST", ["entity-search"]:
                self.entity_searches.append(value)
                await reply.json(self._entities(value))
            case "POST", ["runs"]:
                await self._create(value, reply)
            case _, ["runs", find_id, *rest] if find_id in self.finds:
                run = self.finds[find_id]
                await self._act_on(run, " ".join([method, *rest]), query, value, reply)
            case _:
                await reply.error(404, "no such find, or no such route")

    async def _act_on(
        self, run: FindRun, what: str, query: Json, value: Json, reply: _Reply | _Silent
    ) -> None:
        match what:
            case "GET":
                await reply.json(self._find_json(run))
            case "GET schema":
                await reply.json(self._schema(run))
            case "GET result":
                await reply.json(self._find_result(run))
            case "GET events":
                await self._find_events(run, query, reply)
            case "POST extend":
                await self._extend(run, value, reply)
            case "POST enrich":
                await self._enrich(run, value, reply)
            case "POST cancel":
                await self._cancel(run, reply)
            case _:
                await reply.error(404, "no such route")

    # --- what is asked ------------------------------------------------------------------

    @staticmethod
    def _proposal(objective: str) -> Json:
        return {
            "objective": objective,
            "entity_type": "companies",
            "match_conditions": [
                {"name": "in_europe", "description": "Headquarters are in Europe"},
                {"name": "makes_pumps", "description": "Makes heat pumps"},
            ],
            "generator": "core",
            "match_limit": None,
        }

    @staticmethod
    def _entities(value: Json) -> Json:
        number = min(value["match_limit"], 7)
        entities = [
            {"name": f"{value['entity_type']} {n}", "url": f"e{n}.example", "description": "?"}
            for n in range(number)
        ]
        return {"entity_set_id": "entity_set_1", "entities": entities}

    async def _create(self, body: Json, reply: _Reply | _Silent) -> None:
        run = FindRun(f"findall_{next(self._find_ids):06d}", body, body["match_limit"])
        self.finds[run.findall_id] = run
        self._work_on(run)
        await reply.json(self._find_json(run))

    async def _extend(self, run: FindRun, value: Json, reply: _Reply | _Silent) -> None:
        if not run.is_active and run.reason != "match_limit_met":
            await reply.error(422, "it has ended")
            return
        run.extensions.append(value["additional_match_limit"])
        run.limit += value["additional_match_limit"]
        self._log_find(run, "findall.schema.updated", self._schema(run))
        self._work_on(run)
        await reply.json(self._schema(run))

    async def _enrich(self, run: FindRun, value: Json, reply: _Reply | _Silent) -> None:
        run.enrichments.append(value)
        self._log_find(run, "findall.schema.updated", self._schema(run))
        self._work_on(run)
        await reply.json(self._schema(run))

    async def _cancel(self, run: FindRun, reply: _Reply | _Silent) -> None:
        if not run.is_active:
            await reply.error(409, "it has ended")
            return
        self.cancelled.append(run.findall_id)
        self._end_find(run, "cancelled", "user_cancelled")
        await reply.json({})

    # --- the work -----------------------------------------------------------------------

    def _work_on(self, run: FindRun) -> None:
        if run.status == "running" and run.made:
            return  # its task sees what is wanted now
        run.status, run.reason = "running", None
        task = asyncio.create_task(self._find(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find(self, run: FindRun) -> None:
        run.made = run.made or 1
        while True:
            await asyncio.sleep(self.pace)
            if not run.is_active:
                return
            await self._enrich_all(run)
            if self.ends_as is not None and run.made > 4:
                self._end_find(run, *self.ends_as)
            elif run.matched >= run.limit:
                self._end_find(run, "completed", "match_limit_met")
            elif run.made > self.world:
                self._end_find(run, "completed", "candidates_exhausted")
            else:
                await self._judge_next(run)

    async def _judge_next(self, run: FindRun) -> None:
        number = run.made
        run.made += 1
        name = f"company {number}"
        excluded = {one["name"] for one in run.body.get("exclude_list") or ()}
        if name in excluded:
            return
        candidate: Json = {
            "candidate_id": f"{run.findall_id}_c{number}",
            "name": name,
            "url": f"company{number}.example",
            "description": f"The {number}th company",
            "match_status": "generated",
            "output": None,
            "basis": None,
        }
        run.candidates.append(candidate)
        self._log_find(run, "findall.candidate.generated", candidate)
        if self.pace:
            await asyncio.sleep(self.pace)
        is_match = self.matches(number)
        names = [one["name"] for one in run.body["match_conditions"]]
        candidate["match_status"] = "matched" if is_match else "unmatched"
        candidate["output"] = {
            condition: {
                "value": f"{condition} of {name}",
                "type": "match_condition",
                "is_matched": is_match or at > 0,
            }
            for at, condition in enumerate(names)
        }
        candidate["basis"] = [self._basis(condition, name) for condition in names]
        self._log_find(run, f"findall.candidate.{candidate['match_status']}", candidate)

    async def _enrich_all(self, run: FindRun) -> None:
        for candidate in run.candidates:
            if candidate["match_status"] != "matched":
                continue
            fields = {
                name: schema
                for enrichment in run.enrichments
                for name, schema in enrichment["output_schema"]["json_schema"]["properties"].items()
                if name not in candidate["output"]
            }
            number = int(candidate["candidate_id"].rpartition("_c")[2])
            if not fields or self.fails_to_enrich(number):
                continue
            output = {
                name: {"value": _value(schema, name, number), "type": "enrichment"}
                for name, schema in fields.items()
            }
            basis = [self._basis(name, candidate["name"]) for name in fields]
            candidate["output"] = candidate["output"] | output
            candidate["basis"] = [*candidate["basis"], *basis]
            part = candidate | {"output": output, "basis": basis}
            self._log_find(run, "findall.candidate.enriched", part)

    @staticmethod
    def _basis(name: str, of: str) -> Json:
        citation = {"url": "https://example.org/a", "title": "A", "excerpts": [f"{of} and {name}"]}
        return {
            "field": name,
            "reasoning": f"{name} of {of} stands there",
            "citations": [citation],
            "confidence": "high",
        }

    def _end_find(self, run: FindRun, status: str, reason: str | None) -> None:
        run.status, run.reason = status, reason
        self._log_find(run, "findall.status", self._find_json(run))

    # --- what is answered ---------------------------------------------------------------

    @staticmethod
    def _find_json(run: FindRun) -> Json:
        return {
            "findall_id": run.findall_id,
            "status": {
                "status": run.status,
                "is_active": run.is_active,
                "metrics": {
                    "generated_candidates_count": len(run.candidates),
                    "matched_candidates_count": run.matched,
                },
                "termination_reason": run.reason,
            },
            "generator": run.body["generator"],
            "metadata": run.body.get("metadata"),
            "created_at": MOMENT,
        }

    @staticmethod
    def _schema(run: FindRun) -> Json:
        return {
            "objective": run.body["objective"],
            "entity_type": run.body["entity_type"],
            "match_conditions": run.body["match_conditions"],
            "enrichments": run.enrichments or None,
            "generator": run.body["generator"],
            "match_limit": run.limit,
        }

    def _find_result(self, run: FindRun) -> Json:
        return {
            "run": self._find_json(run),
            "candidates": run.candidates,
            "last_event_id": f"f{len(run.log)}" if run.log else None,
        }

    def _log_find(self, run: FindRun, kind: str, data: Json) -> None:
        event = {
            "type": kind,
            "timestamp": MOMENT,
            "event_id": f"f{len(run.log) + 1}",
            "data": data,
        }
        run.log.append(b"data: " + json.dumps(event).encode() + b"\n\n")
        run.changed.set()
        run.changed = asyncio.Event()

    async def _find_events(self, run: FindRun, query: Json, reply: _Reply | _Silent) -> None:
        at = int(query.get("last_event_id", "f0")[1:])

        async def chunks() -> Any:
            nonlocal at
            while True:
                changed = run.changed
                if at < len(run.log):
                    new, at = run.log[at:], len(run.log)
                    for chunk in _joined(new):
                        yield chunk
                elif not run.is_active:
                    return
                else:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), 10)

        await reply.stream(chunks())


def _value(schema: Json, name: str, number: int) -> Any:
    kind = schema["type"]
    kinds = kind if isinstance(kind, list) else [kind]
    return 1900 + number if "integer" in kinds else f"{name} {number}"
