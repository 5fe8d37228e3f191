"""The steps of a FindAll run, as the workers take them: JSON in, JSON out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.findall import (  # noqa: TC001 - msgspec reads the annotations
    Enrichment,
    FindAllRunInput,
    MatchCondition,
)
from parallel_nb.engine.finder.entities import Ranked, catalogue, key_of, rank
from parallel_nb.engine.finder.judge import enrich, judge
from parallel_nb.engine.finder.plan import plan, plan_alone
from parallel_nb.engine.finder.propose import propose

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.index.fulltext import Index

#: Candidates that each generator considers at most; `preview` as many as it is asked for.
CONSIDERED: Final = {"base": 100, "core": 400, "pro": 2000}


class _Propose(msgspec.Struct, tag_field="step", tag="propose"):
    objective: str


class _Entities(msgspec.Struct, tag_field="step", tag="entities"):
    objective: str
    entity_type: str
    limit: int


class _Candidates(msgspec.Struct, tag_field="step", tag="candidates"):
    wanted: FindAllRunInput
    limit: int


class _Judge(msgspec.Struct, tag_field="step", tag="judge"):
    entity: dict[str, Any]
    entity_type: str
    conditions: list[MatchCondition]
    generator: str


class _Enrich(msgspec.Struct, tag_field="step", tag="enrich"):
    entity: dict[str, Any]
    enrichment: Enrichment


_decode: Final = msgspec.json.Decoder(_Propose | _Entities | _Candidates | _Judge | _Enrich).decode


def take_step(index: Index, body: bytes) -> bytes:
    """Take one step.

    Args:
        index: the documents.
        body: what is to be done, as encoded JSON: `step` and what it is given.

    Returns:
        What it gives, as encoded JSON: of `propose` a schema, of `entities` a list of them, of
        `candidates` `{entities, is_cut}`, of `judge` and `enrich` what those functions say.

    Raises:
        msgspec.ValidationError: there is no such step, or it is given something else.
    """
    return msgspec.json.encode(_take(index, _decode(body)))


def _take(index: Index, step: _Propose | _Entities | _Candidates | _Judge | _Enrich) -> Any:
    match step:
        case _Propose():
            return propose(step.objective)
        case _Entities():
            found = rank(index, step.entity_type, step.objective)[: step.limit]
            return [
                {"name": each.name, "url": each.url, "description": each.description}
                for each in found
            ]
        case _Candidates():
            return find_candidates(index, step.wanted, step.limit)
        case _Judge():
            return judge(index, step.entity, step.entity_type, step.conditions)
        case _Enrich():
            return enrich(index, step.entity, step.enrichment)


def find_candidates(index: Index, wanted: FindAllRunInput, limit: int) -> JsonObject:
    """The entities that come into question for a run, best first.

    Args:
        index: the documents.
        wanted: what the run looks for; its generator says how many are considered.
        limit: how many the `preview` generator considers.

    Returns:
        `entities`, and `is_cut`: whether there were more than its generator considers.
    """
    asked = [wanted.objective, *(condition.description for condition in wanted.match_conditions)]
    excluded = [(each.name, each.url) for each in wanted.exclude_list or ()]
    found = rank(index, wanted.entity_type, " ".join(asked), excluded=excluded)
    found = _with_rows(index, wanted, found)
    most = CONSIDERED.get(wanted.generator, limit)
    return {"entities": [_entity(each) for each in found[:most]], "is_cut": len(found) > most}


def _with_rows(index: Index, wanted: FindAllRunInput, found: list[Ranked]) -> list[Ranked]:
    """The entities of the rows of a table that answers the conditions, and the others behind."""
    conditions = tuple(condition.description for condition in wanted.match_conditions)
    planned = [plan(index, wanted.entity_type, conditions)]
    if not planned[0].told and len(conditions) > 1:
        planned = [plan_alone(index, wanted.entity_type, each) for each in conditions]
    without = {key_of(each.name) for each in wanted.exclude_list or ()}
    urls = {each.url.rstrip("/") for each in wanted.exclude_list or () if each.url}
    known = catalogue(index).entities
    listed = {key_of(each.name): each for each in found}
    first = []
    rows = {
        key: (name, document, each.told[key][0])
        for each in planned
        for key, (name, document) in each.names.items()
        if len(planned) == 1 or each.told[key][0].is_so
    }
    for key, (name, document, told) in rows.items():
        entity = known.get(key)
        page = None if entity is None or entity.page is None else entity.page
        address = "" if page is None else index.corpus.documents[page].url
        if key not in without and address.rstrip("/") not in urls:
            row = Ranked(name, document.url, told.quote, 1.0, has_page=False)
            first.append(listed.pop(key, row))
    return [*first, *listed.values()]


def _entity(ranked: Ranked) -> JsonObject:
    return {
        "name": ranked.name,
        "url": ranked.url,
        "description": ranked.description,
        "has_page": ranked.has_page,
    }
