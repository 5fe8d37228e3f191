"""What the vendor's own SDK does with an engine's FindAll; run by test_sdk.py."""

from __future__ import annotations

import json
import sys
from typing import Any

import parallel  # type: ignore[import-not-found]  # in the SDK's own environment

ENRICHMENT = {
    "type": "json",
    "json_schema": {
        "type": "object",
        "properties": {"license": {"type": ["string", "null"], "description": "License"}},
        "required": ["license"],
        "additionalProperties": False,
    },
}


def follow(findall: Any, findall_id: str) -> list[Any]:
    with findall.events(findall_id) as stream:
        return list(stream)


def main(url: str, key: str) -> dict[str, Any]:
    client = parallel.Parallel(base_url=url, api_key=key)
    findall = client.beta.findall
    proposed = findall.ingest(objective="Find all databases that are written in C++")
    run = findall.create(
        objective=proposed.objective,
        entity_type=proposed.entity_type,
        match_conditions=[c.model_dump() for c in proposed.match_conditions],
        generator="preview",
        match_limit=5,
        metadata={"who": "sdk"},
    )
    events = follow(findall, run.findall_id)
    full = findall.create(
        objective="Databases",
        entity_type="databases",
        match_conditions=[{"name": "port", "description": "The default port is over 1000"}],
        generator="core",
        match_limit=5,
        exclude_list=[{"name": "Redis", "url": "https://databases.sample.example/redis"}],
    )
    follow(findall, full.findall_id)
    first = findall.result(full.findall_id)
    extended = findall.extend(full.findall_id, additional_match_limit=3)
    follow(findall, full.findall_id)
    enriched = findall.enrich(full.findall_id, output_schema=ENRICHMENT, processor="base")
    later = follow(findall, full.findall_id)
    result = findall.result(full.findall_id)
    schema = findall.schema(full.findall_id)
    try:
        findall.cancel(full.findall_id)
        conflict = 0
    except parallel.ConflictError as error:
        conflict = error.status_code
    third = findall.create(
        objective="Everything",
        entity_type="countries",
        match_conditions=[{"name": "area", "description": "The area is over 1 km"}],
        generator="pro",
        match_limit=1000,
    )
    findall.cancel(third.findall_id)
    entities = findall.entity_search(entity_type="companies", objective="chips", match_limit=10)
    try:
        findall.retrieve("findall_unknown")
        missing = 0
    except parallel.NotFoundError as error:
        missing = error.status_code
    return {
        "version": parallel.__version__,
        "proposed": [proposed.entity_type, [c.name for c in proposed.match_conditions]],
        "status": run.status.status,
        "events": [event.type for event in events],
        "first": [first.run.status.status, first.run.status.termination_reason],
        "matched": [c.name for c in first.candidates if c.match_status == "matched"],
        "names": [c.name for c in result.candidates],
        "extended": extended.match_limit,
        "enriched": len(enriched.enrichments),
        "later": [event.type for event in later],
        "outputs": [sorted(c.output) for c in result.candidates if c.match_status == "matched"],
        "basis": [len(c.basis) for c in result.candidates if c.match_status == "matched"],
        "final": [result.run.status.status, result.run.status.metrics.matched_candidates_count],
        "schema": [schema.match_limit, schema.generator],
        "conflict": conflict,
        "cancelled": findall.retrieve(third.findall_id).status.status,
        "entities": len(entities.entities),
        "missing": missing,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
