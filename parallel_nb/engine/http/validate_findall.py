"""What may be sent to FindAll and to Entity Search: the API's shapes, limits and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import (
    DEFAULT_ENTITIES,
    MAX_MATCHES,
    MAX_PREVIEW,
    MIN_MATCHES,
    Enrichment,
    EntityKind,
    FindAllRunInput,
    lint_enrichment,
    lint_findall,
)
from parallel_nb.api.processors import get_processor
from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.engine.http.validate import decode, refuse
from parallel_nb.engine.http.validate_tasks import refuse_errors

if TYPE_CHECKING:
    from parallel_nb.engine.store.finds import FindRow

#: A run that has ended so has nothing against its being extended.
_EXTENDABLE = "match_limit_met"


class NewFind(NamedTuple):
    """A FindAll run to be stored. All bytes are encoded JSON."""

    wanted: bytes
    generator: str
    match_limit: int
    metadata: bytes | None


class EntitySearch(msgspec.Struct):
    """The body of an Entity Search."""

    entity_type: EntityKind
    objective: str
    match_limit: Annotated[int, msgspec.Meta(ge=MIN_MATCHES, le=MAX_MATCHES)] = DEFAULT_ENTITIES


class _Ingest(msgspec.Struct):
    objective: str


class _Extend(msgspec.Struct):
    additional_match_limit: int


def read_objective(body: bytes) -> str:
    """The objective of an ingest.

    Raises:
        HTTPError: 422, for a body that is no such JSON, or an empty objective.
    """
    return _not_empty(decode(body, _Ingest).objective)


def read_entity_search(body: bytes) -> EntitySearch:
    """Read an Entity Search; errors as for `read_objective`."""
    search = decode(body, EntitySearch)
    _not_empty(search.objective)
    return search


def _not_empty(objective: str) -> str:
    if not objective.strip():
        refuse("it is empty", "objective")
    return objective


def read_find(body: bytes) -> NewFind:
    """Read a new FindAll run.

    Raises:
        HTTPError: 422, for what is no such JSON or breaks a rule of the API.
    """
    wanted = decode(body, FindAllRunInput)
    refuse_errors(lint_findall(wanted), ())
    metadata = None if wanted.metadata is None else msgspec.json.encode(wanted.metadata)
    return NewFind(msgspec.json.encode(wanted), wanted.generator, wanted.match_limit, metadata)


def read_enrichment(body: bytes) -> bytes:
    """Read an enrichment.

    Returns:
        It as encoded JSON, with its processor.

    Raises:
        HTTPError: 422, for what is no such JSON or breaks a rule of the API.
    """
    enrichment = decode(body, Enrichment)
    try:
        get_processor(enrichment.processor)
    except InputError as error:
        refuse(f"{error.message} {error.remedy}", "processor")
    refuse_errors(lint_enrichment(enrichment), ("output_schema",))
    for server in enrichment.mcp_servers or ():
        server.headers = None  # they hold secrets, and no server is called
    shown = {"processor": enrichment.processor}
    return msgspec.json.encode(shown | msgspec.to_builtins(enrichment))


def read_extension(body: bytes, find: FindRow) -> int:
    """How many more matches a run is to find.

    Raises:
        HTTPError: 422, where the number is out of bounds or the run cannot be extended.
    """
    additional = decode(body, _Extend).additional_match_limit
    name = "additional_match_limit"
    if additional <= 0:
        raise HTTPError(422, "Additional match limit must be greater than 0.", {"loc": [name]})
    most = MAX_PREVIEW if find.generator == "preview" else MAX_MATCHES
    if find.match_limit + additional > most:
        refuse(f"the limit is {find.match_limit:,}, and {most:,} in all is the most", name)
    if not find.is_active and (find.status, find.reason) != ("completed", _EXTENDABLE):
        refuse(f"the run is {find.status} ({find.reason}) and cannot be extended", name)
    return additional
