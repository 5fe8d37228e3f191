"""What each answer of the API must look like: our own checked facts, as JSON schemas.

Stricter than a client may be: a member that is not listed here must not appear, so that
nothing of the engine's own leaks into the wire.
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]


def shape(needed: Schema, maybe: Schema | None = None) -> Schema:
    """An object with these members, those in `maybe` optional, and no others."""
    return {
        "type": "object",
        "properties": needed | (maybe or {}),
        "required": list(needed),
        "additionalProperties": False,
    }


def list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Final[Schema] = {"type": "string"}
SOME_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
ANY_OBJECT: Final[Schema] = {"type": "object"}
MOMENT: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"}
DAY: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
CURSOR: Final[Schema] = {"type": "string", "pattern": r"^\d+$"}
METADATA: Final[Schema] = or_null(
    {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
)
STATUS: Final[Schema] = {
    "enum": [
        *("queued", "action_required", "running", "completed"),
        *("failed", "cancelling", "cancelled"),
    ]
}


def constant(value: str) -> Schema:
    return {"const": value}


def named(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$"}


ERROR_BODY: Final = shape(
    {"ref_id": SOME_TEXT, "message": SOME_TEXT}, {"detail": or_null(ANY_OBJECT)}
)
ERROR: Final = shape({"type": constant("error"), "error": ERROR_BODY})
WARNING: Final = shape(
    {
        "type": {"enum": ["spec_validation_warning", "input_validation_warning", "warning"]},
        "message": SOME_TEXT,
    },
    {"detail": or_null(ANY_OBJECT)},
)
WARNINGS: Final = or_null(list_of(WARNING) | {"minItems": 1})
USAGE: Final = or_null(list_of(shape({"name": SOME_TEXT, "count": COUNT})))

# --- search and extract -----------------------------------------------------------------

_PAGE: Final = {"url": SOME_TEXT, "title": or_null(TEXT)}
_EXCERPTS: Final = {"excerpts": list_of(SOME_TEXT)}
_DATED: Final = {"publish_date": or_null(DAY)}
_EXTRAS: Final = {"warnings": WARNINGS, "usage": USAGE}
ALPHA_SEARCH: Final = shape(
    {"search_id": named("search"), "results": list_of(shape(_PAGE | _EXCERPTS))}
)
BETA_SEARCH: Final = shape(
    {"search_id": named("search"), "results": list_of(shape(_PAGE | _EXCERPTS, _DATED))}, _EXTRAS
)
V1_SEARCH: Final = shape(
    {
        "search_id": named("search"),
        "results": list_of(shape(_PAGE | _EXCERPTS, _DATED)),
        "session_id": SOME_TEXT,
    },
    _EXTRAS,
)
_EXTRACTED: Final = {
    "extract_id": named("extract"),
    "results": list_of(shape(_PAGE | _EXCERPTS, _DATED | {"full_content": or_null(TEXT)})),
    "errors": list_of(
        shape(
            {
                "url": SOME_TEXT,
                "error_type": SOME_TEXT,
                "http_status_code": or_null({"type": "integer"}),
                "content": or_null(TEXT),
            }
        )
    ),
}
BETA_EXTRACT: Final = shape(_EXTRACTED, _EXTRAS)
V1_EXTRACT: Final = shape(_EXTRACTED | {"session_id": SOME_TEXT}, _EXTRAS)

# --- runs -------------------------------------------------------------------------------

RUN: Final = shape(
    {
        "run_id": named("trun"),
        "interaction_id": SOME_TEXT,
        "status": STATUS,
        "is_active": FLAG,
        "processor": SOME_TEXT,
        "created_at": or_null(MOMENT),
        "modified_at": or_null(MOMENT),
    },
    {
        "metadata": METADATA,
        "taskgroup_id": or_null(named("tgrp")),
        "warnings": WARNINGS,
        "error": or_null(ERROR_BODY),
    },
)
BASIS: Final = shape(
    {"field": SOME_TEXT, "reasoning": SOME_TEXT},
    {
        "citations": list_of(
            shape({"url": SOME_TEXT}, {"title": or_null(TEXT), "excerpts": or_null(list_of(TEXT))})
        ),
        "confidence": or_null({"enum": ["high", "medium", "low"]}),
    },
)
_ANSWER: Final = {"basis": list_of(BASIS) | {"minItems": 1}}
_TOOLS: Final = {"mcp_tool_calls": {"type": "null"}, "beta_fields": or_null(ANY_OBJECT)}
JSON_OUTPUT: Final = shape(
    _ANSWER | {"type": constant("json"), "content": ANY_OBJECT},
    _TOOLS | {"output_schema": or_null(ANY_OBJECT)},
)
TEXT_OUTPUT: Final = shape(_ANSWER | {"type": constant("text"), "content": SOME_TEXT}, _TOOLS)
OUTPUT: Final[Schema] = {"oneOf": [JSON_OUTPUT, TEXT_OUTPUT]}
RESULT: Final = shape({"run": RUN, "output": OUTPUT})
INPUT: Final = shape(
    {"processor": SOME_TEXT, "input": {"type": ["string", "object"]}},
    {
        "metadata": METADATA,
        "task_spec": shape(
            {"output_schema": {"type": ["string", "object"]}},
            {"input_schema": {"type": ["string", "object"]}},
        ),
        "source_policy": ANY_OBJECT,
        "previous_interaction_id": TEXT,
        "enable_events": FLAG,
        "mcp_servers": list_of(ANY_OBJECT),
        "webhook": ANY_OBJECT,
        "advanced_settings": ANY_OBJECT,
    },
)

# --- groups -----------------------------------------------------------------------------

GROUP_STATUS: Final = shape(
    {
        "num_task_runs": COUNT,
        "task_run_status_counts": {
            "type": "object",
            "propertyNames": STATUS,
            "additionalProperties": COUNT,
        },
        "is_active": FLAG,
        "status_message": or_null(TEXT),
        "modified_at": or_null(MOMENT),
    }
)
GROUP: Final = shape(
    {"taskgroup_id": named("tgrp"), "status": GROUP_STATUS, "created_at": or_null(MOMENT)},
    {"metadata": METADATA},
)
ADDED: Final = shape(
    {
        "run_ids": list_of(named("trun")),
        "status": GROUP_STATUS,
        "run_cursor": or_null(CURSOR),
        "event_cursor": or_null(CURSOR),
    }
)

# --- events -----------------------------------------------------------------------------

STATE_EVENT: Final = shape(
    {"type": constant("task_run.state"), "event_id": or_null(CURSOR), "run": RUN},
    {"input": or_null(INPUT), "output": or_null(OUTPUT)},
)
STATUS_EVENT: Final = shape(
    {"type": constant("task_group_status"), "event_id": CURSOR, "status": GROUP_STATUS}
)
STATS_EVENT: Final = shape(
    {
        "type": constant("task_run.progress_stats"),
        "source_stats": shape(
            {
                "num_sources_considered": or_null(COUNT),
                "num_sources_read": or_null(COUNT),
                "sources_read_sample": or_null(list_of(TEXT)),
            }
        ),
        "progress_meter": {"type": "number", "minimum": 0, "maximum": 100},
    }
)
MESSAGE_EVENT: Final = shape(
    {
        "type": {
            "enum": [
                f"task_run.progress_msg.{kind}"
                for kind in ("plan", "search", "result", "tool_call", "exec_status")
            ]
        },
        "message": SOME_TEXT,
        "timestamp": or_null(MOMENT),
    }
)
RUNS_STREAM: Final[Schema] = STATE_EVENT
GROUP_STREAM: Final[Schema] = {"oneOf": [STATE_EVENT, STATUS_EVENT]}
RUN_STREAM: Final[Schema] = {"oneOf": [STATE_EVENT, STATS_EVENT, MESSAGE_EVENT]}


# --- FindAll ----------------------------------------------------------------------------

FIND_RUN: Final = shape(
    {
        "findall_id": named("findall"),
        "status": shape(
            {
                "status": STATUS,
                "is_active": FLAG,
                "metrics": shape(
                    {"generated_candidates_count": COUNT, "matched_candidates_count": COUNT}
                ),
                "termination_reason": {
                    "enum": [
                        *("low_match_rate", "match_limit_met", "candidates_exhausted"),
                        *("user_cancelled", "error_occurred", "timeout"),
                        *("insufficient_funds", None),
                    ]
                },
            }
        ),
        "generator": {"enum": ["base", "core", "pro", "preview"]},
        "metadata": METADATA,
        "created_at": MOMENT,
        "modified_at": MOMENT,
    }
)
FIND_SCHEMA: Final = shape(
    {
        "objective": SOME_TEXT,
        "entity_type": SOME_TEXT,
        "match_conditions": list_of(shape({"name": SOME_TEXT, "description": SOME_TEXT}))
        | {"minItems": 1},
        "enrichments": or_null(
            list_of(
                shape(
                    {"processor": SOME_TEXT, "output_schema": ANY_OBJECT},
                    {"mcp_servers": list_of(ANY_OBJECT)},
                )
            )
        ),
        "generator": {"enum": ["base", "core", "pro", "preview"]},
        "match_limit": or_null(COUNT),
    }
)
CONDITION_VALUE: Final = shape(
    {"value": {}, "type": constant("match_condition"), "is_matched": FLAG}
)
ENRICHED_VALUE: Final = shape({"value": {}, "type": constant("enrichment")})
CANDIDATE: Final = shape(
    {
        "candidate_id": {"type": "string", "pattern": "^candidate_[0-9a-f-]{36}$"},
        "name": SOME_TEXT,
        "url": SOME_TEXT,
        "description": or_null(TEXT),
        "match_status": {"enum": ["generated", "matched", "unmatched", "discarded"]},
        "output": or_null(
            {
                "type": "object",
                "additionalProperties": {"oneOf": [CONDITION_VALUE, ENRICHED_VALUE]},
            }
        ),
        "basis": or_null(list_of(BASIS)),
    }
)
FIND_RESULT: Final = shape(
    {"run": FIND_RUN, "candidates": list_of(CANDIDATE), "last_event_id": CURSOR}
)
ENTITIES: Final = shape(
    {
        "entity_set_id": named("entity_set"),
        "entities": list_of(shape({"name": SOME_TEXT, "url": SOME_TEXT, "description": TEXT})),
    }
)


def _find_event(kind: str, data: Schema) -> Schema:
    return shape({"type": constant(kind), "timestamp": MOMENT, "event_id": CURSOR, "data": data})


FIND_STREAM: Final[Schema] = {
    "oneOf": [
        _find_event("findall.status", FIND_RUN),
        _find_event("findall.schema.updated", FIND_SCHEMA),
        *(
            _find_event(f"findall.candidate.{kind}", CANDIDATE)
            for kind in ("generated", "matched", "unmatched", "discarded", "enriched")
        ),
    ]
}
