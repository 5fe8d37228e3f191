"""What a find looks for, as a person writes it: conditions, fields to enrich, what to leave out.

Everything is checked here, before anything is sent: conditions are lines `name: description`, or a
dict of the same; fields are those of a question, `name: type - description`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.arguments import check_text, encode_json, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import (
    GENERATORS,
    MAX_EXCLUDED,
    MAX_MATCHES,
    MAX_PREVIEW,
    Enrichment,
    ExcludedEntity,
    FindAllRunInput,
    FindAllSchema,
    Generator,
    MatchCondition,
    fields_of,
    lint_enrichment,
)
from parallel_nb.api.processors import get_processor
from parallel_nb.api.schema.fields import FieldType, OutputField, parse_fields, to_json_schema
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.api.types import TaskSpec
from parallel_nb.formats import count, did_you_mean, shorten
from parallel_nb.tables.source import is_frame, read_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The columns of a found table that are no condition and no enriched field.
ENTITY_COLUMNS: Final = ("name", "url", "description")
ID_COLUMN: Final = "candidate_id"
#: Those of the table of all candidates.
JUDGED_COLUMNS: Final = ("match_status", "why")
#: Behind the name of a condition, in that table: whether it is met.
MATCHED_SUFFIX: Final = "_matched"
#: `run_id` is that of a question which is asked of the found table.
_RESERVED: Final = frozenset({*ENTITY_COLUMNS, ID_COLUMN, *JUDGED_COLUMNS, "run_id"})
_SHOWN: Final = 120
_LONGEST_NAME: Final = 120
_CONDITION_REMEDY: Final = (
    "Write each condition as `name: description`, for example "
    "`in_europe: Headquarters are in Europe`."
)
_CONDITION_TYPE: Final = FieldType("str", nullable=True)


class FindRequest(msgspec.Struct, frozen=True):
    """What a find looks for; the journal keeps it as JSON."""

    objective: str
    conditions: list[MatchCondition]
    generator: str = "base"
    #: Matches that are wanted in all, those of later extensions included.
    limit: int = 10
    #: The kind of entity; "" where the service is to say.
    entity_type: str = ""
    exclude: list[ExcludedEntity] = []
    enrichments: list[Enrichment] = []
    #: What the service has confirmed: the limit of the run, and the fields that it enriches.
    made_limit: int = 0
    made_fields: list[str] = []
    #: The service has said that it works on the run no more.
    is_over: bool = False

    @property
    def condition_names(self) -> list[str]:
        """The names of the conditions."""
        return [condition.name for condition in self.conditions]

    @property
    def enriched_fields(self) -> tuple[OutputField, ...]:
        """The fields that are researched for each match."""
        return tuple(field for one in self.enrichments for field in fields_of(one))

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The columns behind name, address and description: conditions, then enriched fields."""
        conditions = (
            OutputField(condition.name, _CONDITION_TYPE, condition.description)
            for condition in self.conditions
        )
        return (*conditions, *self.enriched_fields)

    @property
    def is_made(self) -> bool:
        """True when the service has confirmed all that is wanted."""
        names = {field.name for field in self.enriched_fields}
        return 0 < self.limit <= self.made_limit and names <= set(self.made_fields)

    def as_made(self) -> FindRequest:
        """The find as the service has confirmed it, of a run that has begun."""
        present = [
            one
            for one in self.enrichments
            if {field.name for field in fields_of(one)} <= set(self.made_fields)
        ]
        limit = self.made_limit or self.limit
        return msgspec.structs.replace(self, limit=limit, enrichments=present)

    def encode_spec(self) -> bytes:
        """The fields as the journal keeps those of any job: as a task spec."""
        schema = {"type": "json", "json_schema": to_json_schema(self.fields)}
        return msgspec.json.encode(TaskSpec(output_schema=schema))

    def fingerprint(self, identity: str, *, fresh: bool) -> str:
        """A digest that is the same for the same search, whatever its limit and its enrichment.

        So the same cell with a higher limit extends the find, and one with more fields enriches it.
        """
        searched = [
            identity,
            "fresh" if fresh else "",
            self.objective,
            self.entity_type,
            self.generator,
            self.conditions,
            self.exclude,
        ]
        return "find " + hashlib.blake2b(msgspec.json.encode(searched), digest_size=16).hexdigest()

    def run_input(self, entity_type: str, metadata: dict[str, Any]) -> FindAllRunInput:
        """The request that creates the run; enrichments are added to it afterwards."""
        return FindAllRunInput(
            objective=self.objective,
            entity_type=entity_type,
            match_conditions=self.conditions,
            generator=self.generator,
            match_limit=self.limit,
            exclude_list=self.exclude or None,
            metadata=metadata,
        )

    @classmethod
    def of_schema(cls, schema: FindAllSchema, limit: int) -> FindRequest:
        """What a run looks for that another tool made, or that the service proposes."""
        return cls(
            objective=schema.objective,
            conditions=schema.match_conditions,
            generator=schema.generator,
            limit=schema.match_limit or limit,
            entity_type=schema.entity_type,
            enrichments=schema.enrichments or [],
        )


def column_of(name: str) -> str:
    """The column of a condition or a field: another tool may call one like a column of ours."""
    return f"{name}_found" if name in _RESERVED else name


def check_names(request: FindRequest) -> FindRequest:
    """Refuse names that two columns of the table would share.

    Raises:
        InputError: A condition or a field has the name of another column.
    """
    # In the table of all candidates, each condition has a second column.
    taken = {f"{name}{MATCHED_SUFFIX}": "column" for name in request.condition_names}
    columns = [("condition", name) for name in request.condition_names]
    columns += [("field", field.name) for field in request.enriched_fields]
    for kind, name in columns:
        if name in request.made_fields or (kind == "condition" and request.made_limit):
            taken[name] = kind  # of a run of another tool, whose names are as they are
            continue
        if name in _RESERVED:
            raise InputError(
                f"The {kind} {name!r} has the name of a column that every found table has.",
                "Give it another name.",
            )
        if name in taken:
            raise InputError(
                f"The {kind} {name!r} has the name of another {taken[name]}.",
                "Give each condition and each field a name of its own.",
            )
        taken[name] = kind
    return request


# --- conditions -------------------------------------------------------------------------


def read_conditions(conditions: Any) -> list[MatchCondition]:
    """Read conditions in any form that a person may pass.

        >>> read_conditions("in_europe: Headquarters are in Europe")[0].name
        'in_europe'

    Args:
        conditions: Lines `name: description`, a dict, pairs, or conditions that the service
            has proposed; None or nothing for none.

    Raises:
        InputError: A condition has no name or no description, or a name comes twice.
    """
    if isinstance(conditions, str):
        return parse_conditions(conditions)
    if conditions is None:
        return []
    pairs = list(conditions.items()) if isinstance(conditions, Mapping) else conditions
    if not isinstance(pairs, Sequence) or isinstance(pairs, bytes):
        raise InputError(f"conditions = {shown(conditions)} is no list.", _CONDITION_REMEDY)
    return _distinct([_condition(pair) for pair in pairs])


def _condition(pair: Any) -> MatchCondition:
    if isinstance(pair, MatchCondition):
        pair = (pair.name, pair.description)
    elif isinstance(pair, Mapping):
        pair = (pair.get("name"), pair.get("description"))
    elif isinstance(pair, str):
        return _parse_condition(pair)
    if not isinstance(pair, Sequence) or len(pair) != 2:
        raise InputError(f"The condition {shown(pair)} is none.", _CONDITION_REMEDY)
    name, description = (check_text("A condition", part).strip() for part in pair)
    return _checked(name, description, repr(name))


def parse_conditions(text: str, *, first_line: int = 1) -> list[MatchCondition]:
    """Read conditions, one a line; blank lines and lines that start with # are skipped.

    `first_line` is the number of the first line within the cell, for messages.

    Raises:
        InputError: A line cannot be read; names it.
    """
    encode_json("The conditions", text)
    return _distinct(
        [
            _parse_condition(line, f"Line {number}, {shorten(line, _SHOWN)!r}")
            for number, line in enumerate(text.splitlines(), first_line)
            if line.strip() and not line.lstrip().startswith("#")
        ]
    )


def _parse_condition(line: str, what: str = "") -> MatchCondition:
    name, colon, description = line.partition(":")
    what = what or f"The condition {shorten(line, _SHOWN)!r}"
    if not colon:
        raise InputError(f"{what}: there is no colon behind a name.", _CONDITION_REMEDY)
    return _checked(name.strip(), description.strip(), what)


def _checked(name: str, description: str, what: str) -> MatchCondition:
    if not name or not description:
        missing = "name" if not name else "description"
        raise InputError(f"{what}: the condition has no {missing}.", _CONDITION_REMEDY)
    if len(name) > _LONGEST_NAME or "\n" in name:
        raise InputError(f"{what}: the name of the condition is too long.", _CONDITION_REMEDY)
    return MatchCondition(name=name, description=description)


def _distinct(conditions: list[MatchCondition]) -> list[MatchCondition]:
    names = [condition.name for condition in conditions]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"There are two conditions {name!r}.", "Give each its own name.")
    return conditions


# --- enrichment, generator, limit -------------------------------------------------------


def read_enrichment(enrich: Any, processor: str = "core") -> list[Enrichment]:
    """Read the fields that are to be researched for each match.

    Args:
        enrich: Fields in any form that a question takes as its output: lines
            `name: type - description` (each may begin with +), fields, a class, a JSON schema;
            None for none.
        processor: The processor of the task run that each match costs.

    Raises:
        InputError: There are no fields in it, they break a rule of the service, or there is no
            such processor.
    """
    name = get_processor(processor).name
    if enrich is None or enrich == "":
        return []
    if isinstance(enrich, str):
        lines = (line.lstrip().removeprefix("+") for line in enrich.splitlines())
        enrich = parse_fields("\n".join(lines))
    spec = output_spec(enrich)
    if not spec.fields:
        raise InputError(
            f"enrich = {shown(enrich)} names no fields.",
            "Write each as `name: type - description`, for example "
            "`founded: int? - Year of founding`.",
        )
    enrichment = Enrichment(output_schema=spec.schema, processor=name)
    for finding in lint_enrichment(enrichment):
        if finding.level == "error":
            raise InputError(
                f"The fields to enrich break the service's rules: {finding}", "Mend the fields."
            )
    return [enrichment]


def new_enrichments(
    wanted: Sequence[Enrichment], known: FindRequest, processor: str | None
) -> list[Enrichment]:
    """What of the wanted fields a find does not have yet.

    `processor` is the one that was named for them, None where none was.

    Raises:
        InputError: It has a field of the same name that asks for something else, or that another
            processor researches: its values would stand there as if they answered this one.
    """
    present = {field.name: field for field in known.enriched_fields}
    researched_by = {
        field.name: one.processor for one in known.enrichments for field in fields_of(one)
    }
    for field in (field for one in wanted for field in fields_of(one)):
        if processor not in (None, by := researched_by.get(field.name, processor)):
            raise InputError(
                f"The find has the field {field.name!r} already, researched by {by}, and a find "
                "researches a field once.",
                f"Leave the processor out to keep what {by} has found, or leave the field out. To "
                f"have it of {processor}: ask it of the found table (%%parallel_task --over), give "
                "it another name, or search, and pay, anew with --fresh (fresh=True).",
            )
        if present.get(field.name, field) != field:
            raise InputError(
                f"The find has a field {field.name!r} already, of another type or description.",
                "Give the new one another name, or search, and pay, anew with --fresh "
                "(fresh=True).",
            )
    return missing_enrichments(wanted, present)


def missing_enrichments(wanted: Iterable[Enrichment], present: Iterable[str]) -> list[Enrichment]:
    """What of the wanted fields is not among the names of those that are present."""
    names = set(present)
    missing = []
    for enrichment in wanted:
        fields = [field for field in fields_of(enrichment) if field.name not in names]
        if len(fields) == len(fields_of(enrichment)):
            missing.append(enrichment)
        elif fields:
            schema = {"type": "json", "json_schema": to_json_schema(fields)}
            missing.append(Enrichment(output_schema=schema, processor=enrichment.processor))
    return missing


def get_generator(name: Any) -> Generator:
    """Look a generator up.

    Raises:
        InputError: There is none of that name; names the nearest and all others.
    """
    if found := GENERATORS.get(check_text("generator", name, "'base'")):
        return found
    raise InputError(
        f"There is no generator named {name!r}.",
        f"{did_you_mean(name, GENERATORS)}Known: {', '.join(GENERATORS)}.",
    )


def unknown_generator(name: str) -> Generator:
    """One that is newer than the price table."""
    return Generator(name, math.nan, math.nan)  # type: ignore[arg-type] # its name is the service's


def most_matches(generator: Generator) -> int:
    """How many matches a run may be asked for in all; of `preview` candidates."""
    return MAX_PREVIEW if generator.name == "preview" else MAX_MATCHES


def read_exclude(exclude: Any) -> list[ExcludedEntity]:
    """Read the entities to leave out.

    Args:
        exclude: A table with a column `name` or `url`, or a list of names, addresses, pairs or
            dicts; None for none.

    Raises:
        InputError: It is none of these, or there are more than the service takes.
    """
    if exclude is None:
        return []
    if isinstance(exclude, str | bytes | Mapping):
        raise InputError(
            f"exclude = {shown(exclude)} is no list.", "Pass a list of names or addresses."
        )
    known = [entity for entity in _excluded(exclude) if entity.name or entity.url]
    if len(known) > MAX_EXCLUDED:
        raise InputError(
            f"exclude has {count(len(known), 'entity', 'entities')}; the service takes "
            f"{MAX_EXCLUDED:,}.",
            "Leave out those that matter least.",
        )
    return list({(entity.name, entity.url): entity for entity in known}.values())


def _excluded(exclude: Any) -> list[ExcludedEntity]:
    if not is_frame(exclude):
        if not hasattr(exclude, "__iter__"):
            raise InputError(
                f"exclude = {shown(exclude)} is no list.", "Pass a list of names or addresses."
            )
        return [_excluded_entity(one) for one in exclude]
    table = read_frame(exclude)
    columns = [table.values(name) if name in table.names else None for name in ("name", "url")]
    if columns == [None, None]:
        raise InputError(
            f"The table of exclude has no column name and none url ({', '.join(table.names)}).",
            "Rename its column, or pass a list.",
        )
    names, urls = (column or [None] * table.rows for column in columns)
    return [
        ExcludedEntity(name=_text(name), url=_text(url))
        for name, url in zip(names, urls, strict=True)
    ]


def _excluded_entity(one: Any) -> ExcludedEntity:
    if isinstance(one, ExcludedEntity):
        return one
    if isinstance(one, Mapping):
        if not {"name", "url"} & set(one):
            raise InputError(
                f"exclude: {shown(one)} has no key name and none url.", "Rename its key."
            )
        return ExcludedEntity(name=_text(one.get("name")), url=_text(one.get("url")))
    if isinstance(one, Sequence) and not isinstance(one, str) and len(one) == 2:
        return ExcludedEntity(name=_text(one[0]), url=_text(one[1]))
    text = check_text("An element of exclude", one, "'Example Ltd'").strip()
    is_address = "://" in text or (" " not in text and "." in text)
    return ExcludedEntity(name="" if is_address else text, url=text if is_address else "")


def _text(value: Any) -> str:
    if is_missing(value):
        return ""
    text = str(value).strip()
    encode_json("An element of exclude", text)
    return text
