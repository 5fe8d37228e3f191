"""What may be sent as a task run: the API's limits and rules, and its warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import get_processor
from parallel_nb.api.schema.lint import (
    Finding,
    lint_input,
    lint_metadata,
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
from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.engine.http.validate import check_source_policy, decode, refuse, warning
from parallel_nb.engine.store.tables import NewRun
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    import jsonschema_rs

    from parallel_nb.api.types import JsonObject

    Path = tuple[str | int, ...]

#: Processors whose progress is recorded unless the request says otherwise.
_WITH_EVENTS: Final = ("pro", "ultra")
#: Characters of a remark on an input or its schema, which may quote long names.
_MAX_MESSAGE: Final = 300


class CreateGroup(msgspec.Struct):
    """The body of a new group."""

    metadata: Metadata | None = None


def read_group(body: bytes) -> bytes | None:
    """Read the body of a new group.

    Returns:
        Its metadata as encoded JSON; None where it has none.

    Raises:
        HTTPError: 422, for a body that is no such JSON, and for metadata over the limits.
    """
    group = decode(body, CreateGroup) if body.strip() else CreateGroup()
    check_metadata(group.metadata, "metadata")
    return _encode(group.metadata)


def read_run(body: bytes, *, element_basis: bool) -> NewRun:
    """Read one run.

    Args:
        body: what was sent.
        element_basis: whether list elements get entries of their own in its basis.

    Returns:
        The run, to be stored.

    Raises:
        HTTPError: 403 for an unknown processor, 422 for anything else that is wrong.
    """
    run = decode(body, TaskRunInput)
    return _RunReader(None, element_basis=element_basis).read(run)


def read_runs(body: bytes, *, element_basis: bool) -> list[NewRun]:
    """Read the runs for a group; arguments, result and errors as for `read_run`."""
    request = decode(body, AddRunsRequest)
    if len(request.inputs) > MAX_RUNS_PER_REQUEST:
        refuse(f"{len(request.inputs):,} runs, over {MAX_RUNS_PER_REQUEST:,} at once", "inputs")
    reader = _RunReader(request.default_task_spec, element_basis=element_basis)
    return [reader.read(run, "inputs", number) for number, run in enumerate(request.inputs)]


def _encode(value: Any) -> bytes | None:
    return None if value is None else msgspec.json.encode(value)


@dataclass(frozen=True, slots=True)
class _CheckedSpec:
    """A task spec that keeps to the rules."""

    encoded: bytes | None = None
    #: Characters, as the API counts them.
    size: int = 0
    warnings: tuple[JsonObject, ...] = ()
    input_schema: jsonschema_rs.Validator | None = None


class _RunReader:
    """Reads the runs of one request; a spec that they share is checked and encoded once."""

    def __init__(self, default: TaskSpec | None, *, element_basis: bool) -> None:
        self._default = default
        self._element_basis = element_basis
        self._checked_default: _CheckedSpec | None = None
        self._checked: dict[bytes, _CheckedSpec] = {}

    def read(self, run: TaskRunInput, *path: str | int) -> NewRun:
        try:
            get_processor(run.processor)
        except InputError as error:
            text = f"Forbidden: invalid processor in request. {error.message} {error.remedy}"
            raise HTTPError(403, text, {"loc": [*path, "processor"]}) from error
        check_metadata(run.metadata, *path, "metadata")
        check_source_policy(run.source_policy, *path, "source_policy")
        spec = self._spec_of(run, path)
        for finding in lint_input(run.input, spec.size):
            if finding.level == "error":
                refuse(finding.message, *path, finding.path)
        warnings = [
            *spec.warnings,
            *_input_warnings(run.input, spec.input_schema),
            *_unsupported_warnings(run),
        ]
        run.task_spec = None  # stored apart, once for all runs that share it
        for server in run.mcp_servers or ():
            server.headers = None  # they hold secrets, and no server is called
        with_events = run.processor.startswith(_WITH_EVENTS)
        return NewRun(
            processor=run.processor,
            input=msgspec.json.encode(run),
            spec=spec.encoded,
            metadata=_encode(run.metadata),
            warnings=_encode(warnings or None),
            enable_events=with_events if run.enable_events is None else run.enable_events,
            element_basis=self._element_basis,
        )

    def _spec_of(self, run: TaskRunInput, path: Path) -> _CheckedSpec:
        """The run's own spec or the default, checked."""
        if run.task_spec is not None:
            return self._check(run.task_spec, (*path, "task_spec"))
        if self._checked_default is None:
            self._checked_default = (
                self._check(self._default, ("default_task_spec",))
                if self._default
                else _CheckedSpec()
            )
        return self._checked_default

    def _check(self, spec: TaskSpec, path: Path) -> _CheckedSpec:
        encoded = msgspec.json.encode(spec)
        if encoded not in self._checked:
            findings = lint_spec(spec)
            refuse_errors(findings, path)
            warnings = [
                warning(_describe(finding), "spec_validation_warning", finding.path)
                for finding in findings
            ]
            validator, remarks = _input_validator(spec)
            self._checked[encoded] = _CheckedSpec(
                encoded, spec_size(spec), (*warnings, *remarks), validator
            )
        return self._checked[encoded]


def _describe(finding: Finding) -> str:
    return f"{finding.path}: {finding.message}" if finding.path else finding.message


def refuse_errors(findings: list[Finding], path: Path) -> None:
    """Refuse a spec on account of all errors among the findings, if there are any.

    Raises:
        HTTPError: 422, with each error and where it is.
    """
    errors = [finding for finding in findings if finding.level == "error"]
    if not errors:
        return
    message = "; ".join(map(_describe, errors))
    details = [
        {
            "loc": ["body", *path, *(error.path.split(".") if error.path else ())],
            "msg": error.message,
            "type": "spec_error",
        }
        for error in errors
    ]
    raise HTTPError(
        422,
        f"Request validation error: {'.'.join(map(str, path))}: {message}",
        {"errors": details},
    )


def check_metadata(metadata: Metadata | None, *path: str | int) -> None:
    """Check that metadata keeps to the API's limits.

    Raises:
        HTTPError: 422, where one does not.
    """
    for finding in lint_metadata(metadata):
        refuse(finding.message, *path, *filter(None, [finding.path]))


def _unsupported_warnings(run: TaskRunInput) -> list[JsonObject]:
    """Warn of what the embedded engine accepts and does not do."""
    messages = []
    if run.mcp_servers:
        names = ", ".join(server.name for server in run.mcp_servers)
        messages.append(f"mcp_servers ({names}): the embedded engine calls no tool servers.")
    if run.webhook:
        messages.append("webhook: the embedded engine reports no run's end; ask for it instead.")
    if run.previous_interaction_id:
        messages.append(
            "previous_interaction_id: the embedded engine answers each run from its documents "
            "alone, without the context of an earlier one."
        )
    if (run.advanced_settings or {}).get("location"):
        messages.append("advanced_settings.location is not used by the embedded engine.")
    return [warning(message) for message in messages]


# --- input schemas ----------------------------------------------------------------------


def _input_validator(
    spec: TaskSpec,
) -> tuple[jsonschema_rs.Validator | None, list[JsonObject]]:
    """The check of inputs by the spec's input schema, and what is wrong with the schema."""
    schema = spec.input_schema
    if not isinstance(schema, dict) or not isinstance(schema.get("json_schema"), dict):
        return None, []
    import jsonschema_rs  # noqa: PLC0415 - few requests need it

    try:
        # offline: a schema must not make the engine ask other servers, or read files;
        # RegexOptions: its patterns run in linear time; mask: an input may be long
        validator = jsonschema_rs.validator_for(
            schema["json_schema"],
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(),
            mask="the value",
        )
    except ValueError as error:
        message = f"input_schema cannot be used, inputs are not checked: {_message(error)}"
        return None, [warning(message, "spec_validation_warning", "input_schema")]
    return validator, []


def _input_warnings(
    value: str | JsonObject, validator: jsonschema_rs.Validator | None
) -> list[JsonObject]:
    """Warn where an input does not follow the input schema that came with it."""
    if validator is None:
        return []
    warnings = []
    for error in validator.iter_errors(value):
        path = ".".join(map(str, error.instance_path))
        message = f"{path or 'input'}: {_message(error)}"
        warnings.append(warning(message, "input_validation_warning", path))
    return warnings


def _message(error: ValueError) -> str:
    """What the library says, without its report of the schema around the fault."""
    return shorten(str(getattr(error, "message", error)), _MAX_MESSAGE)
