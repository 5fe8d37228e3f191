"""FindAll and Entity Search: a sentence becomes a table of entities, each checked or not.

The shapes, the rules that a request is checked by, and the requests themselves, all under
`/v1beta/findall`. Source: the vendor's API reference, October 2026.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import msgspec

from parallel_nb.api.arguments import check_count
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import find_processor
from parallel_nb.api.routes import CONTENT_BYTES, Call, params
from parallel_nb.api.schema.fields import from_json_schema
from parallel_nb.api.schema.lint import Finding, lint_json_schema, lint_metadata
from parallel_nb.api.types import (
    ErrorEvent,
    FieldBasis,
    JsonObject,
    McpServer,
    Metadata,
    Request,
    Response,
    UnknownEvent,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from parallel_nb.api.schema.fields import OutputField

GeneratorName = Literal["preview", "base", "core", "pro"]
EntityKind = Literal["people", "companies"]
#: The kinds of entities that Entity Search knows; a FindAll run takes any.
ENTITY_KINDS: Final[tuple[EntityKind, ...]] = get_args(EntityKind)
#: Begins the id of a run.
FINDALL_ID: Final = "findall_"
#: The fewest and the most matches that a run or an Entity Search may be asked for.
MIN_MATCHES: Final = 5
MAX_MATCHES: Final = 1000
#: The most candidates that the `preview` generator evaluates.
MAX_PREVIEW: Final = 10
#: Entities that a run may be told to leave out.
MAX_EXCLUDED: Final = 10_000
#: Entities that one Entity Search gives unless another number is asked for.
DEFAULT_ENTITIES: Final = 100
_SCOPE_KEY: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
#: When the prices below were published.
FINDALL_PRICES_AS_OF: Final = "October 2026"


@dataclass(frozen=True, slots=True)
class Generator:
    """How widely a FindAll run looks for candidates, and what it costs.

    Attributes:
        name: The service's word for it.
        usd_per_run: USD for each run.
        usd_per_match: USD for each match on top.
    """

    name: GeneratorName
    usd_per_run: float
    usd_per_match: float

    def cost(self, matches: int) -> float:
        """USD for a run that finds so many matches; enrichments are priced as task runs."""
        return self.usd_per_run + self.usd_per_match * matches


#: The generators by name, the cheapest first.
GENERATORS: Final[dict[str, Generator]] = {
    generator.name: generator
    for generator in (
        Generator("preview", 0.10, 0.0),
        Generator("base", 0.25, 0.03),
        Generator("core", 2.0, 0.15),
        Generator("pro", 10.0, 1.0),
    )
}


# --- what is asked ----------------------------------------------------------------------


class MatchCondition(Request):
    """A condition that every match satisfies."""

    name: str
    #: What is to be checked, as exactly as can be.
    description: str


class ExcludedEntity(Request):
    """An entity that a run leaves out."""

    name: str
    url: str


class FindAllRunInput(Request):
    """What a FindAll run is to find. Enrichments are added to the run afterwards."""

    objective: str
    #: The kind of entity: companies, people, papers.
    entity_type: str
    match_conditions: list[MatchCondition]
    generator: str
    #: Matches at most, from 5 to 1,000; of `preview` the candidates that are evaluated, 5 to 10.
    match_limit: int
    exclude_list: list[ExcludedEntity] | None = None
    metadata: Metadata | None = None
    webhook: Webhook | None = None
    memory_scope_key: str | None = None


class Enrichment(Request):
    """Fields that are researched for every match, as by a task run."""

    #: `{"type": "json", "json_schema": {...}}`.
    output_schema: JsonObject
    #: A processor of task runs; the service takes `core` unless one is given.
    processor: str = "core"
    mcp_servers: list[McpServer] | None = None


class EntitySearchInput(Request):
    """What an Entity Search is to find."""

    entity_type: str
    objective: str
    match_limit: int


def enrichment_cost(enrichments: Iterable[Enrichment]) -> float:
    """USD for the enrichment of one match: a task run of its processor each.

    NaN where the price of one is not published.
    """
    processors = [find_processor(one.processor) for one in enrichments]
    return sum(math.nan if one is None else one.cost(1) for one in processors)


def fields_of(enrichment: Enrichment) -> list[OutputField]:
    """The output fields that an enrichment fills."""
    return from_json_schema(enrichment.output_schema.get("json_schema"))


def researched(
    enrichments: Iterable[Enrichment], outputs: Collection[Collection[str]]
) -> list[int]:
    """For each enrichment the number of matches that have its fields, by the names they have."""
    names = [{field.name for field in fields_of(one)} for one in enrichments]
    return [sum(not each.isdisjoint(output) for output in outputs) for each in names]


def researched_cost(enrichments: Iterable[Enrichment], numbers: Iterable[int]) -> float:
    """USD for enrichments of so many matches; none has a price where there are no matches."""
    pairs = zip(enrichments, numbers, strict=True)
    return sum((number * enrichment_cost([one]) for one, number in pairs if number), 0.0)


# --- what is answered -------------------------------------------------------------------


class FindAllSchema(Response):
    """What a run looks for: as `ingest` proposes it, or as it stands after changes."""

    objective: str
    entity_type: str
    match_conditions: list[MatchCondition]
    enrichments: list[Enrichment] | None = None
    generator: str = "core"
    match_limit: int | None = None


class FindAllMetrics(Response):
    """How many candidates a run has generated, and how many of them match."""

    generated_candidates_count: int = 0
    matched_candidates_count: int = 0


class FindAllStatus(Response):
    """How a run stands; its statuses are those of task runs."""

    status: str
    is_active: bool
    metrics: FindAllMetrics = msgspec.field(default_factory=FindAllMetrics)
    #: Of an ended run: `match_limit_met`, `candidates_exhausted`, `low_match_rate`,
    #: `user_cancelled`, `error_occurred`, `timeout` or `insufficient_funds`.
    termination_reason: str | None = None


class FindAllRun(Response):
    """The state of one FindAll run."""

    findall_id: str
    status: FindAllStatus
    generator: str
    metadata: Metadata | None = None
    created_at: str | None = None
    modified_at: str | None = None


class Candidate(Response):
    """An entity that a run considers; a match satisfies all of its conditions."""

    candidate_id: str
    name: str = ""
    #: May lack its scheme: `example.com`.
    url: str = ""
    description: str | None = None
    #: `generated`, `matched`, `unmatched` or `discarded`.
    match_status: str = "generated"
    #: By condition and by enriched field; read it with `candidate_values`.
    output: JsonObject | None = None
    basis: list[FieldBasis] | None = None


class FindAllResult(Response):
    """A run and all of its candidates as they are now."""

    run: FindAllRun
    candidates: list[Candidate] = msgspec.field(default_factory=list)
    #: Continues the run's events behind this snapshot.
    last_event_id: str | None = None


class Entity(Response):
    """An entity that Entity Search gives: ranked, not verified."""

    name: str
    url: str = ""
    description: str = ""


class EntitySearchResult(Response):
    """The entities of one Entity Search, best first."""

    entity_set_id: str
    entities: list[Entity] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CandidateValue:
    """One member of a candidate's output.

    Attributes:
        value: What was found.
        is_enrichment: True for an enriched field, False for a condition, None where the
            service does not say.
        is_matched: Whether the condition is satisfied; None where nothing says so.
    """

    value: Any
    is_enrichment: bool | None = None
    is_matched: bool | None = None


def candidate_values(output: JsonObject | None) -> dict[str, CandidateValue]:
    """Read a candidate's output, of which there are two forms.

        >>> candidate_values({"in_europe": {"value": "Oslo", "is_matched": True}, "old": "yes"})
        {'in_europe': CandidateValue(value='Oslo', is_enrichment=None, is_matched=True), 'old': CandidateValue(value='yes', is_enrichment=None, is_matched=True)}

    Args:
        output: `{name: {value, type, is_matched}}`, or bare values in their place.

    Returns:
        The values in the same order.
    """  # noqa: E501 - the answer of the example
    return {name: _value(member) for name, member in (output or {}).items()}


_YES_OR_NO: Final = {"yes": True, "true": True, "no": False, "false": False}
_ENRICHMENT: Final = {"enrichment": True, "match_condition": False}


def _value(member: Any) -> CandidateValue:
    if isinstance(member, dict) and "value" in member:
        matched, kind = member.get("is_matched"), member.get("type")
        return CandidateValue(
            member["value"],
            _ENRICHMENT.get(kind) if isinstance(kind, str) else None,
            matched if isinstance(matched, bool) else None,
        )
    if isinstance(member, bool):
        return CandidateValue(member, is_matched=member)
    says = _YES_OR_NO.get(member.strip().lower()) if isinstance(member, str) else None
    return CandidateValue(member, is_matched=says)


# --- events -----------------------------------------------------------------------------


class FindAllStatusEvent(Response, tag_field="type", tag="findall.status"):
    """How the run stands; comes every few seconds even where nothing has changed."""

    data: FindAllRun
    event_id: str | None = None
    timestamp: str | None = None


class FindAllSchemaEvent(Response, tag_field="type", tag="findall.schema.updated"):
    """The run was extended or enriched: what it looks for now."""

    data: FindAllSchema
    event_id: str | None = None
    timestamp: str | None = None


class CandidateEvent(Response):
    """A candidate was generated, judged or enriched: `type` is `findall.candidate.` and which.

    That of an enriched one carries the enriched fields alone: merge them into what is known.
    """

    type: str
    data: Candidate
    event_id: str | None = None
    timestamp: str | None = None


FindAllEvent = FindAllStatusEvent | FindAllSchemaEvent | CandidateEvent | ErrorEvent | UnknownEvent
CANDIDATE_EVENT: Final = "findall.candidate."
_EVENT_TYPES: Final[dict[str, type[Any]]] = {
    "findall.status": FindAllStatusEvent,
    "findall.schema.updated": FindAllSchemaEvent,
    "error": ErrorEvent,
}


def findall_event_type(name: str) -> type[Any] | None:
    """The struct of the events that carry this `type`; None for one that we do not know."""
    return CandidateEvent if name.startswith(CANDIDATE_EVENT) else _EVENT_TYPES.get(name)


# --- the rules --------------------------------------------------------------------------


def lint_findall(run: FindAllRunInput) -> list[Finding]:
    """Check a run by the service's rules.

    Returns:
        What would be refused; the path of each is the member that breaks a rule.
    """
    return [*_lint_texts(run), *_lint_limits(run), *lint_metadata(run.metadata)]


def _lint_texts(run: FindAllRunInput) -> Iterator[Finding]:
    for name in ("objective", "entity_type"):
        if not getattr(run, name).strip():
            yield Finding("error", name, "it is empty")
    if not run.match_conditions:
        yield Finding("error", "match_conditions", "there is none")
    names: set[str] = set()
    for number, condition in enumerate(run.match_conditions):
        path = f"match_conditions.{number}"
        if not condition.name.strip() or not condition.description.strip():
            yield Finding("error", path, "its name or its description is empty")
        if condition.name in names:
            yield Finding("error", path, f"the name {condition.name!r} is taken by another one")
        names.add(condition.name)


def _lint_limits(run: FindAllRunInput) -> Iterator[Finding]:
    if run.generator not in GENERATORS:
        yield Finding("error", "generator", f"it is none of {', '.join(GENERATORS)}")
    most = MAX_PREVIEW if run.generator == "preview" else MAX_MATCHES
    if not MIN_MATCHES <= run.match_limit <= most:
        of = " with the generator preview" if run.generator == "preview" else ""
        message = f"{run.match_limit:,} is not between {MIN_MATCHES} and {most:,}{of}"
        yield Finding("error", "match_limit", message)
    if run.memory_scope_key is not None and not _SCOPE_KEY.fullmatch(run.memory_scope_key):
        message = "it is not 1 to 128 letters, digits, hyphens and underscores"
        yield Finding("error", "memory_scope_key", message)
    if len(run.exclude_list or ()) > MAX_EXCLUDED:
        message = f"{len(run.exclude_list or ()):,} entities, over {MAX_EXCLUDED:,}"
        yield Finding("error", "exclude_list", message)


def lint_enrichment(enrichment: Enrichment) -> list[Finding]:
    """Check an enrichment's output schema; findings as those of a task spec."""
    schema = enrichment.output_schema
    if schema.get("type", "json") != "json":
        return [Finding("error", "output_schema", "its type is not json")]
    return lint_json_schema(schema.get("json_schema"))


def check_limit(name: str, limit: object, most: int, what: str) -> int:
    """Check how many matches, candidates or entities are wanted.

        >>> check_limit("limit", 50, MAX_MATCHES, "base")
        50

    Args:
        name: What the argument is called.
        limit: The number.
        most: The most that it may be.
        what: What takes it: a generator, or an entity search.

    Raises:
        InputError: It is no whole number, or out of bounds.
    """
    remedy = f"{what} takes {MIN_MATCHES} to {most:,}."
    number = check_count(name, limit, remedy)
    if not MIN_MATCHES <= number <= most:
        raise InputError(f"{name} = {number:,} is not between {MIN_MATCHES} and {most:,}.", remedy)
    return number


# --- the requests -----------------------------------------------------------------------

_PATH: Final = "/v1beta/findall"


def _run(findall_id: str, *rest: str) -> str:
    return "/".join((_PATH, "runs", findall_id, *rest))


def ingest_call(objective: str) -> Call:
    """Have conditions proposed for an objective. Nothing is created."""
    return Call("POST", f"{_PATH}/ingest", "propose conditions", body={"objective": objective})


def create_call(body: FindAllRunInput) -> Call:
    """Create a run. Not repeatable: the service bills each run that it creates."""
    return Call("POST", f"{_PATH}/runs", "create a FindAll run", body=body, repeatable=False)


def get_call(findall_id: str) -> Call:
    """Ask for a run's state."""
    return Call("GET", _run(findall_id), f"FindAll run {findall_id}")


def result_call(findall_id: str) -> Call:
    """Ask for a run's candidates as they are now; does not wait."""
    return Call(
        "GET", _run(findall_id, "result"), f"result of {findall_id}", max_bytes=CONTENT_BYTES
    )


def schema_call(findall_id: str) -> Call:
    """Ask for what a run looks for."""
    return Call("GET", _run(findall_id, "schema"), f"schema of {findall_id}")


def events_call(findall_id: str, *, last_event_id: str | None = None) -> Call:
    """Follow a run for as long as it is active."""
    return Call(
        "GET",
        _run(findall_id, "events"),
        f"events of {findall_id}",
        params=params(last_event_id=last_event_id),
    )


def extend_call(findall_id: str, additional: int) -> Call:
    """Ask for so many more matches. Not repeatable: each request adds to the limit."""
    return Call(
        "POST",
        _run(findall_id, "extend"),
        f"extend {findall_id}",
        body={"additional_match_limit": additional},
        repeatable=False,
    )


def enrich_call(findall_id: str, body: Enrichment) -> Call:
    """Have fields researched for every match. Not repeatable: it is billed by the match."""
    return Call(
        "POST", _run(findall_id, "enrich"), f"enrich {findall_id}", body=body, repeatable=False
    )


def cancel_call(findall_id: str) -> Call:
    """Cancel a run; what it has found stays."""
    return Call("POST", _run(findall_id, "cancel"), f"cancel {findall_id}")


def entity_search_call(body: EntitySearchInput) -> Call:
    """Search for entities. As any search, it may be asked again."""
    return Call(
        "POST", f"{_PATH}/entity-search", "entity search", body=body, max_bytes=CONTENT_BYTES
    )
