"""Whether the engine's answers about FindAll hold against the vendor's own OpenAPI data.

    python -m bench.openapi PATH [SEED]

`PATH` is the vendor's file, which is not ours to keep here. Runs of every kind are made and
followed, and bodies with odd members are sent; each answer must have a status that the file
knows and the shape that it gives it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx2
import jsonschema_rs

from tests.engine_process import EngineProcess

FIND: Final = "/v1beta/findall"
#: Values that a member may have although nobody means them.
ODD: Final[list[Any]] = [
    *(None, True, 0, -1, 5, 10**20, "", " ", "x" * 3000, [], {}, [None], {"a": []}, [{}]),
    *({"type": "json", "json_schema": {}}, "base", "preview", 1.5, ["a"], {"name": "a"}),
]
#: Bodies with odd members that are sent.
TRIES: Final = 600
#: Errors that any operation may answer with, which the file lists at some alone.
ANY_ERROR: Final = ("401", "404", "422")


class Checker:
    """Sends requests and checks the answers by the file."""

    def __init__(self, description: dict[str, Any], http: httpx2.Client) -> None:
        """`description` is the whole file."""
        self._paths = description["paths"]
        self._components = description["components"]
        self._http = http
        self.seen: Counter[str] = Counter()
        self.faults: list[str] = []

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to a path of an operation, its id filled in; gives what came back."""
        answer = self._http.request(method, FIND + path, json=body)
        name = self._operation(path)
        responses = self._paths[name][method.lower()]["responses"]
        status = str(answer.status_code)
        self.seen[f"{method} {name} {status}"] += 1
        if status not in responses and status not in ANY_ERROR:
            self.faults.append(f"{method} {name}: {status} is unknown: {answer.text[:300]}")
            return None
        content = responses.get(status, {}).get("content", {})
        if "text/event-stream" in content and status == "200":
            lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
            events = [json.loads(line.removeprefix("data: ")) for line in lines]
            for event in events:
                self._check(f"{method} {name}", content["text/event-stream"]["schema"], event)
            return events
        if not answer.content:
            return None
        value = answer.json()
        error = {"$ref": "#/components/schemas/ErrorResponse"}
        schema = content.get("application/json", {}).get("schema", error)
        self._check(f"{method} {name} {status}", schema, value)
        return value

    def _operation(self, path: str) -> str:
        parts = path.strip("/").split("/")
        if parts[0] == "runs" and len(parts) > 1:
            parts[1] = "{findall_id}"
        return "/".join((FIND, *parts)).split("?", maxsplit=1)[0]

    def _check(self, what: str, schema: Any, value: Any) -> None:
        whole = {**schema, "components": self._components}
        for error in jsonschema_rs.iter_errors(whole, value):
            self.faults.append(f"{what}: {'.'.join(map(str, error.instance_path))}: {error}"[:500])


def body(generator: str, limit: int, **changes: Any) -> dict[str, Any]:
    """A run about the sample documents."""
    return {
        "objective": "Countries with many people",
        "entity_type": "countries",
        "match_conditions": [
            {"name": "people", "description": "The population is over 5 million"},
            {"name": "euro", "description": "The currency is the euro"},
        ],
        "generator": generator,
        "match_limit": limit,
    } | changes


ENRICHMENT: Final = {
    "processor": "base",
    "output_schema": {
        "type": "json",
        "json_schema": {
            "type": "object",
            "properties": {"capital": {"type": "string", "description": "Capital city"}},
        },
    },
}


def make_runs(check: Checker) -> None:
    """Runs of every generator, followed, extended, enriched and cancelled."""
    check.ask("POST", "/ingest", {"objective": "European makers of heat pumps with 500 staff"})
    check.ask("POST", "/entity-search", {"objective": "cars", "entity_type": "companies"})
    for generator, limit in (("preview", 5), ("base", 5), ("core", 10), ("pro", 1000)):
        run = check.ask("POST", "/runs", body(generator, limit, metadata={"n": 1}))
        path = f"/runs/{run['findall_id']}"
        check.ask("POST", f"{path}/enrich", ENRICHMENT)
        for name in ("", "/result", "/schema", "/events?timeout=0.2", "/events", "/result"):
            check.ask("GET", path + name)
        check.ask("POST", f"{path}/extend", {"additional_match_limit": 3})
        check.ask("POST", f"{path}/cancel")
        check.ask("GET", f"{path}/events")
        check.ask("GET", f"{path}/result")


def send_odd(check: Checker, seed: int) -> None:
    """Bodies with members that are missing, of another kind, or out of bounds."""
    random_ = random.Random(seed)  # noqa: S311 - the same bodies each time
    known = check.ask("POST", "/runs", body("preview", 5))["findall_id"]
    bodies = {
        "/ingest": {"objective": "x"},
        "/runs": body("preview", 5, exclude_list=[{"name": "a", "url": "b"}], webhook=None),
        "/entity-search": {"objective": "x", "entity_type": "people", "match_limit": 5},
        f"/runs/{known}/extend": {"additional_match_limit": 1},
        f"/runs/{known}/enrich": ENRICHMENT,
    }
    for _ in range(TRIES):
        path = random_.choice(sorted(bodies))
        sent = json.loads(json.dumps(bodies[path]))
        place = sent
        while True:
            name = random_.choice(list(place) if isinstance(place, dict) else range(len(place)))
            inner = place[name]
            if not (isinstance(inner, dict | list) and inner) or random_.random() < 1 / 2:
                break
            place = inner
        if random_.random() < 1 / 4 and isinstance(place, dict):
            del place[name]
        else:
            place[name] = random_.choice(ODD)
        check.ask("POST", path, sent)


def main(path: str, seed: str = "1") -> int:
    """Check an engine of our own by the file at `path`."""
    description = json.loads(Path(path).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as home:
        engine = EngineProcess(Path(home) / "data").start()
        try:
            headers = {"x-api-key": engine.key}
            with httpx2.Client(base_url=engine.url, headers=headers, timeout=120) as http:
                check = Checker(description, http)
                make_runs(check)
                send_odd(check, int(seed))
        finally:
            engine.stop()
    for name, number in sorted(check.seen.items()):
        sys.stdout.write(f"{number:5} {name}\n")
    for fault in dict.fromkeys(check.faults):
        sys.stdout.write(f"FAULT {fault}\n")
    sys.stdout.write(f"{sum(check.seen.values())} answers, {len(check.faults)} faults\n")
    return min(1, len(check.faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
