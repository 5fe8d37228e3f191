"""What may be sent as a task run: the service's limits and rules, and its warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import get_processor
from parallel_nb.api.schema.lint import (
    MAX_METADATA_KEY,
    MAX_METADATA_VALUE,
    Finding,
    lint_input,
    lint_spec,
    spec_size,
)
from parallel_nb.api.types import (
    MAX_RUNS_PER_REQUEST,
    AddRunsRequest,
    Metadata,
    TaskRunInput,
    TaskSpec,
)
from parallel_nb.engine.http.responses import Problem
from parallel_nb.engine.http.validate import check_policy, decode, refuse, warning
from parallel_nb.engine.store.tables import NewRun

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject

#: Processors whose progress is recorded unless the request says otherwise.
_PREMIUM: Final = ("pro", "ultra")
_JSON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class CreateGroup(msgspec.Struct):
    """The body of a new group."""

    metadata: Metadata | None = None


def create_group(body: bytes) -> bytes | None:
    """Read the body of a new group; gives its metadata, encoded."""
    sent = decode(body, CreateGroup) if body.strip() else CreateGroup()
    check_metadata(sent.metadata, "metadata")
    return _encoded(sent.metadata)


def create_run(body: bytes, *, elements: bool) -> NewRun:
    """Read one run. `elements`: list elements get entries of their own in its basis."""
    return _Checker(elements=elements).check(decode(body, TaskRunInput), None, ())


def add_runs(body: bytes, *, elements: bool) -> list[NewRun]:
    """Read the runs for a group."""
    sent = decode(body, AddRunsRequest)
    if len(sent.inputs) > MAX_RUNS_PER_REQUEST:
        refuse(f"{len(sent.inputs):,} runs, over {MAX_RUNS_PER_REQUEST:,} at once", "inputs")
    checker = _Checker(elements=elements)
    return [
        checker.check(run, sent.default_task_spec, ("inputs", number))
        for number, run in enumerate(sent.inputs)
    ]


def _encoded(value: Any) -> bytes | None:
    return None if value is None else msgspec.json.encode(value)


class _Checker:
    """Checks the runs of one request; a spec that they share is checked once."""

    def __init__(self, *, elements: bool) -> None:
        self._elements = elements
        self._specs: dict[bytes, tuple[int, list[JsonObject]]] = {}

    def check(
        self, run: TaskRunInput, default: TaskSpec | None, where: tuple[str | int, ...]
    ) -> NewRun:
        try:
            get_processor(run.processor)
        except InputError as error:
            text = f"Forbidden: invalid processor in request. {error.message} {error.remedy}"
            raise Problem(403, text, {"loc": [*where, "processor"]}) from error
        check_metadata(run.metadata, *where, "metadata")
        check_policy(run.source_policy, *where, "source_policy")
        spec = run.task_spec or default
        encoded = _encoded(spec)
        size, warnings = self._spec(spec, encoded, (*where, "task_spec"))
        for finding in lint_input(run.input, size):
            if finding.level == "error":
                refuse(finding.message, *where, finding.path)
        warnings = [*warnings, *_input_warnings(run, spec), *_honest_warnings(run)]
        tells = run.enable_events
        run.task_spec = None  # kept apart, once for all runs that share it
        for server in run.mcp_servers or ():
            server.headers = None  # they hold secrets, and no server is called
        return NewRun(
            processor=run.processor,
            input=msgspec.json.encode(run),
            spec=encoded,
            metadata=_encoded(run.metadata),
            warnings=_encoded(warnings or None),
            tells_progress=run.processor.startswith(_PREMIUM) if tells is None else tells,
            tells_elements=self._elements,
        )

    def _spec(
        self, spec: TaskSpec | None, encoded: bytes | None, where: tuple[str | int, ...]
    ) -> tuple[int, list[JsonObject]]:
        if spec is None or encoded is None:
            return 0, []
        if encoded not in self._specs:
            findings = lint_spec(spec)
            refuse_errors(findings, where)
            remarks = [
                warning(str(f).removeprefix("warning: "), "spec_validation_warning", f.path)
                for f in findings
            ]
            self._specs[encoded] = (spec_size(spec), remarks)
        return self._specs[encoded]


def refuse_errors(findings: list[Finding], where: tuple[str | int, ...]) -> None:
    """Answer 422 with all errors among the findings, if there are any."""
    errors = [finding for finding in findings if finding.level == "error"]
    if not errors:
        return
    told = "; ".join(str(error).removeprefix("error: ") for error in errors)
    raise Problem(
        422,
        f"Request validation error: {'.'.join(map(str, where))}: {told}",
        {
            "errors": [
                {
                    "loc": ["body", *where, *(error.path.split(".") if error.path else ())],
                    "msg": error.message,
                    "type": "spec_error",
                }
                for error in errors
            ]
        },
    )


def check_metadata(metadata: Metadata | None, *where: str | int) -> None:
    """Refuse metadata with keys or values that are too long."""
    for key, value in (metadata or {}).items():
        if len(key) > MAX_METADATA_KEY:
            refuse(f"the key {key!r} is longer than {MAX_METADATA_KEY} characters", *where, key)
        if isinstance(value, str) and len(value) > MAX_METADATA_VALUE:
            text = f"the value has {len(value):,} characters, over {MAX_METADATA_VALUE}"
            refuse(text, *where, key)


def _honest_warnings(run: TaskRunInput) -> list[JsonObject]:
    """Say what the embedded engine accepts and does not do."""
    told = []
    if run.mcp_servers:
        names = ", ".join(server.name for server in run.mcp_servers)
        told.append(f"mcp_servers ({names}): the embedded engine calls no tool servers.")
    if run.webhook:
        told.append("webhook: the embedded engine reports no run's end; ask for it instead.")
    if run.previous_interaction_id:
        told.append(
            "previous_interaction_id: the embedded engine answers each run from its documents "
            "alone, without the context of an earlier one."
        )
    if (run.advanced_settings or {}).get("location"):
        told.append("advanced_settings.location is not used by the embedded engine.")
    return [warning(text) for text in told]


# --- input schemas ----------------------------------------------------------------------


def _input_warnings(run: TaskRunInput, spec: TaskSpec | None) -> list[JsonObject]:
    """Warn when an input does not follow the input schema that came with it."""
    schema = spec.input_schema if spec else None
    if not isinstance(schema, dict) or not isinstance(schema.get("json_schema"), dict):
        return []
    return [
        warning(f"{path or 'input'}: {text}", "input_validation_warning", path)
        for path, text in mismatches(run.input, schema["json_schema"])
    ]


def mismatches(value: Any, schema: JsonObject, path: str = "") -> list[tuple[str, str]]:
    """Where a value does not follow a JSON schema, by the keywords that specs use."""
    for union in ("anyOf", "oneOf"):
        options = schema.get(union)
        if isinstance(options, list) and options:
            tried = [mismatches(value, o, path) for o in options if isinstance(o, dict)]
            return [] if not tried or [] in tried else tried[0]
    kinds = schema.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    if names and not any(_is(value, str(name)) for name in names):
        return [(path, f"it is not of type {' or '.join(map(str, names))}")]
    found: list[tuple[str, str]] = []
    allowed = schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        found.append((path, "it is none of the allowed values"))
    if isinstance(value, dict):
        found += _object_mismatches(value, schema, path)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        for number, item in enumerate(value):
            found += mismatches(item, items, f"{path}[{number}]")
    return found


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _JSON_TYPES.get(name, (object,)))


def _object_mismatches(value: JsonObject, schema: JsonObject, path: str) -> list[tuple[str, str]]:
    def below(name: str) -> str:
        return f"{path}.{name}" if path else name

    properties = schema.get("properties")
    known: JsonObject = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    found = [
        (below(name), "it is missing")
        for name in (required if isinstance(required, list) else [])
        if name not in value
    ]
    for name, item in value.items():
        if isinstance(known.get(name), dict):
            found += mismatches(item, known[name], below(name))
        elif name not in known and schema.get("additionalProperties") is False:
            found.append((below(name), "it is not in the input schema"))
    return found
