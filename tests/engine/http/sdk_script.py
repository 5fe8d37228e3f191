"""What the vendor's own SDK does with an engine; run by test_sdk.py in the SDK's environment.

Prints what came back as one line of JSON. The 0.2 line keeps search and groups under
`beta`, the current one at the top.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import parallel  # type: ignore[import-not-found]  # in the SDK's own environment
from pydantic import BaseModel, Field


class Language(BaseModel):
    year: int | None = Field(description="Year in which the language first appeared")


SPEC: dict[str, Any] = {
    "output_schema": {
        "type": "json",
        "json_schema": {
            "type": "object",
            "properties": {"year": {"type": "integer", "description": "Year it first appeared"}},
            "required": ["year"],
            "additionalProperties": False,
        },
    }
}


def search(client: Any) -> Any:
    if hasattr(client, "search"):
        return client.search(search_queries=["Rust programming language"])
    return client.beta.search(objective="Rust programming language", processor="base")


def extract(client: Any) -> list[Any]:
    """An extract by the current line; what the 0.2 line has was another operation."""
    if not hasattr(client, "extract"):
        return []
    urls = [search(client).results[0].url, "https://example.org/elsewhere"]
    read = client.extract(urls=urls, objective="When did Rust first appear?")
    return [[page.url for page in read.results], [fault.url for fault in read.errors], urls]


def go_on(client: Any) -> list[Any]:
    """A run that goes on from another, by the current line."""
    if not hasattr(client, "extract"):
        return []
    first = client.task_run.execute(input="Who leads Boeing?", processor="base")
    further = client.task_run.create(
        input="And in which year was it founded?",
        processor="core",
        previous_interaction_id=first.run.interaction_id,
        task_spec={"output_schema": "The year of founding"},
    )
    answer = client.task_run.result(further.run_id)
    try:
        client.task_run.create(input="And?", processor="base", previous_interaction_id="trun_no")
        refused = ""
    except parallel.UnprocessableEntityError as error:
        refused = error.body["error"]["message"]
    return [answer.output.content, refused]


def main(url: str, key: str) -> dict[str, Any]:
    client = parallel.Parallel(base_url=url, api_key=key)
    groups = getattr(client, "task_group", None) or client.beta.task_group
    found = search(client)
    text = client.task_run.execute(input="When did Rust first appear?", processor="base")
    parsed = client.task_run.execute(input="Rust", processor="base", output=Language)

    group = groups.create(metadata={"who": "sdk"})
    names = ["Rust", "Python", "Ruby"]
    added = groups.add_runs(
        group.task_group_id,
        inputs=[{"input": name, "processor": "base", "metadata": {"row": name}} for name in names],
        default_task_spec=SPEC,
    )
    events = [event.type for event in groups.events(group.task_group_id)]
    rows = list(groups.get_runs(group.task_group_id, include_input=True, include_output=True))
    try:
        client.task_run.result("trun_unknown")
        missing = ""
    except parallel.NotFoundError as error:
        missing = error.body["error"]["ref_id"]
    return {
        "version": parallel.__version__,
        "found": [result.url for result in found.results],
        "text": [text.run.status, text.output.type, len(text.output.basis)],
        "parsed": [parsed.output.type, type(parsed.output.parsed).__name__],
        "run_ids": added.run_ids,
        "events": events,
        "rows": [[r.run.metadata["row"], r.input.input, r.output.content] for r in rows],
        "active": groups.retrieve(group.task_group_id).status.is_active,
        "missing": missing,
        "extract": extract(client),
        "further": go_on(client),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
