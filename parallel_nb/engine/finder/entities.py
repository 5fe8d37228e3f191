"""Mentions of one thing as one entity, and the entities of a kind, best first."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.finder.house import find_house
from parallel_nb.engine.finder.kinds import (
    EITHER,
    NAME_ROOTS,
    PERSON_ROOTS,
    are_companies,
    is_agent,
    is_paper,
    kind_of,
    names_body,
    names_kind,
)
from parallel_nb.engine.finder.mentions import (
    find_leads,
    find_mentions,
    find_mentions_in_text,
)
from parallel_nb.engine.finder.names import (
    folders,
    has_legal_form,
    is_person_like,
    is_versus,
    without_legal_form,
    without_title,
)
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.tables import is_code
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Collection

    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.listings import Mention

#: How sure it is that a thing is of the kind: what says so, and what merely hints at it.
_SAYS: Final = {"title": 1.0, "row": 1.0, "heading": 0.9, "list": 0.9, "text": 0.8}
_HINTS: Final = {"title": 0.9, "row": 0.6, "heading": 0.5, "list": 0.5, "text": 0.0}
#: A name with a legal form as a company, and a name of two or more words as a person.
_BY_FORM: Final = 0.7
#: The names of two parties as a case.
_BY_NAMES: Final = 0.85
BY_NAME: Final = 0.4
#: The same with a title, or in a column of people.
BY_TITLE: Final = 0.45
#: Less than this is of another kind.
LEAST: Final = 0.35
#: A page that calls its subject by the name of another kind of the room.
_OTHER_KIND: Final = 0.2
#: So many entities in columns of a kind are those of the room.
_FEW: Final = 3
#: Words of a title or head by which a table is named.
_NAMED: Final = 2
#: How much the nearness to the objective counts beside the kind.
_RELEVANCE: Final = 0.5
_MAX_HITS: Final = 300
_MAX_DESCRIPTION: Final = 240
#: Entities whose rows and sections are read, and characters of them.
_MAX_RECORDS: Final = 50_000
_MAX_RECORD: Final = 20_000
#: Where what is no part of a name may begin: a place, number or remark behind it.
_REST = re.compile(r",\s|\s(?=[(/\d-]|[a-z])")


@dataclass(slots=True)
class Entity:
    """A thing that the documents name."""

    name: str
    mentions: list[Mention] = field(default_factory=list)

    @property
    def page(self) -> int | None:
        """The document about it, of several that with the shortest title; None where none is."""
        titled = [each for each in self.mentions if each.place == "title"]
        return min(titled, key=lambda each: len(each.source)).document if titled else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entity of the kind that is asked for; `has_page` where a document is about it."""

    name: str
    url: str
    description: str
    score: float
    has_page: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a room names by titles, tables, lists and headings.

    Attributes:
        entities: By their keys.
        kinds: The roots of the words for kinds in it.
        records: An index of what rows, sections and items say of entities, each entity as a
            document of its own: so the reader reads a row as it does a page.
        record_of: By key, the address of an entity's document in there.
        sources: By that address, the mentions that it was made of.
        house: The roots of the name of whoever's papers these are.
    """

    entities: dict[str, Entity]
    kinds: frozenset[str]
    records: Index
    record_of: dict[str, str]
    sources: dict[str, list[Mention]]
    house: frozenset[str]


def key_of(name: str) -> str:
    """Equal for the names of one thing: without case, accents, legal form and signs.

    Examples:
        >>> key_of("The LEGO Group") == key_of("Lego")
        True
    """
    bare = without_title(without_legal_form(name.strip(" .,;:'\"")))
    bare = bare.removeprefix("The ").removeprefix("the ")
    folded = unicodedata.normalize("NFKD", bare).casefold()
    kept = (c if c.isalnum() or c in "+#" else " " for c in folded if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


@once()
def catalogue(index: Index) -> Catalogue:
    """The entities of a room; made once."""
    entities: dict[str, Entity] = {}
    kinds: set[str] = set()
    found = index.of_each("mentions", find_mentions)
    mentions = [each for mentions in found for each in mentions]
    known = {
        key_of(each.name)
        for each in mentions
        if each.place in {"title", "row", "heading"} and not each.name[:1].islower()
    }
    mentions += [
        told
        for document in index.corpus.documents
        for told in find_leads(document, lambda name: key_of(name) in known)
    ]
    mentions = _with_siblings(mentions, index)
    rows = {key_of(each.name) for each in mentions if each.place == "row"}
    titled = [each for each in mentions if each.place == "title"]
    named = {each.document for each in titled if key_of(each.name) in rows}
    for mention in mentions:
        is_in_row = key_of(_without_rest(mention.name, rows)) in rows
        # `Application 12: Harbour Trust` is about the trust, which a table names
        if mention.place == "title" and mention.document in named and not is_in_row:
            continue
        name = _without_rest(mention.name, known)
        key = key_of(name)
        if not key:
            continue
        entity = entities.setdefault(key, Entity(name))
        entity.mentions.append(mention)
        if mention.place == "title":
            entity.name = name if entity.page == mention.document else entity.name
        elif mention.place == "row":
            kinds.update(mention.says)
    for document in index.corpus.documents:
        kinds.update(roots_of(folders(document.url)))
    house = find_house(index, (each.name for each in mentions))
    return Catalogue(entities, frozenset(kinds), *_records(index, entities), house)


def _with_siblings(mentions: list[Mention], index: Index) -> list[Mention]:
    """The mentions, of which those of subjects hint at what other papers of the folder call theirs.

    Where one log has `Machine: CC-1`, another that is about `FT-8` is about a machine too.
    """
    called: defaultdict[tuple[str, bool], set[str]] = defaultdict(set)
    for each in mentions:
        if each.place == "title" and each.context.endswith(f": {each.name}"):
            called[_shelf(each, index)].update(each.says)
    found = []
    for each in mentions:
        same = frozenset(called.get(_shelf(each, index), ())) if each.place == "title" else None
        if same and is_code(each.name):
            found.append(replace(each, says=each.says | same))
        else:
            found.append(replace(each, hints=each.hints | same) if same else each)
    return found


def _shelf(mention: Mention, index: Index) -> tuple[str, bool]:
    """The folder of a mention, and whether it is a code."""
    address = index.corpus.documents[mention.document].url.rpartition("/")[0]
    return address, is_code(mention.name)


def _without_rest(name: str, known: Collection[str]) -> str:
    """A name without a place, number or remark behind it, where it is known without.

    `Open Door, Sheffield` is `Open Door`, if a document calls it that.
    """
    for rest in () if is_versus(name) else _REST.finditer(name):
        if key_of(bare := name[: rest.start()]) in known and " " in bare:
            return bare
    return name


def _records(
    index: Index, entities: dict[str, Entity]
) -> tuple[Index, dict[str, str], dict[str, list[Mention]]]:
    documents: list[Document] = []
    record_of: dict[str, str] = {}
    sources: dict[str, list[Mention]] = {}
    for key, entity in entities.items():
        told = [mention for mention in entity.mentions if mention.facts]
        if not told or len(documents) == _MAX_RECORDS:
            continue
        number = len(documents)
        url = f"https://record-{number}.invalid/"
        newest = max(index.corpus.documents[each.document].date or "" for each in told)
        text = "\n\n".join(mention.facts for mention in told)[:_MAX_RECORD]
        documents.append(Document(number, url, entity.name, newest or None, text))
        record_of[key], sources[url] = url, told
    return Index.build(Corpus("records", tuple(documents))), record_of, sources


def of_kind(entity: Entity, kind: Kind, known_kinds: Collection[str]) -> float:
    """How sure it is that an entity is of a kind, from 0 to 1."""
    best = _BY_NAMES if kind.is_case and is_versus(entity.name) else 0.0
    if kind.is_number and not is_code(entity.name):
        return 0.0
    columns = {each.is_person for each in entity.mentions} - {None}
    if _is_other(entity, kind, columns):
        return 0.0
    titled = [mention for mention in entity.mentions if mention.place == "title"]
    called = frozenset[str]().union(*(mention.says | mention.hints for mention in titled))
    # a page that says what its subject is knows better than a sentence elsewhere
    is_settled = bool(called & frozenset(known_kinds)) and not called & kind.heads
    for mention in entity.mentions:
        if is_settled and mention.place == "text":
            continue
        if mention.says & kind.heads:
            best = max(best, _SAYS[mention.place])
        elif mention.hints & kind.hinted:
            is_other = mention.place == "title" and mention.says & frozenset(known_kinds)
            best = max(best, _OTHER_KIND if is_other else _HINTS[mention.place])
    is_column = any(
        each.is_person is False and are_companies(each.says, kind) for each in entity.mentions
    )
    if kind.is_company and (is_column or has_legal_form(entity.name)):
        best = max(best, _BY_FORM)
    if (kind.is_body and names_body(entity.name)) or names_kind(entity.name, kind):
        best = max(best, _BY_FORM)
    if kind.is_person:
        is_titled = True in columns or any(
            without_title(each.name) != each.name for each in entity.mentions
        )
        # `Hotel Orlov` is nobody where there are hotels
        words = entity.name.split()
        ends = frozenset(roots_of(f"{words[0]} {words[-1]}"))
        is_thing = not ends.isdisjoint(frozenset(known_kinds) - PERSON_ROOTS)
        best = max(best, BY_TITLE if is_titled else 0.0 if is_thing else BY_NAME)
    return best


def _is_other(entity: Entity, kind: Kind, columns: Collection[bool | None]) -> bool:
    """Whether a name is none of a person where one is asked for, or one where a firm is."""
    name = entity.name
    if is_code(name) and (kind.is_person or kind.is_company or kind.is_role):
        return True
    if kind.is_person:
        says = frozenset[str]().union(*(mention.says for mention in entity.mentions))
        if says & kind.heads & EITHER and has_legal_form(name):
            return False  # an owner may be a firm
        return not is_person_like(name) or columns == {False}
    is_firm = kind.is_company and not kind.is_body  # a body may well be called Blue Door
    return is_firm and columns == {True} and is_person_like(name)


def certainties(known: Catalogue, kind: Kind) -> dict[str, float]:
    """How sure it is of each entity of a room that it is of a kind, by its key.

    Of `Red Hall Quarry` and `Red Hall`, the one that is named more often is the quarry.
    """
    kind = replace(kind, hinted=kind.hinted - known.house)
    certain = {key: of_kind(each, kind, known.kinds) for key, each in known.entities.items()}
    for key, entity in known.entities.items():
        if names_kind(entity.name, kind):
            base = key_of(entity.name.rpartition(" ")[0])
            other = known.entities.get(base)
            if base == key:
                continue
            if other and len(other.mentions) > len(entity.mentions):
                certain[base] = max(certain[base], _BY_FORM)
                certain[key] = 0.0
            elif other:
                certain[base] = 0.0
    if len(_listed(known, kind)) < _FEW or kind.is_person:
        return certain
    # where tables list what is asked for, what only might be of the kind is not
    return {key: sure if sure > _HINTS["row"] else 0.0 for key, sure in certain.items()}


def _is_surname(name: str, surnames: Collection[str]) -> bool:
    """Whether a name is a title and a surname (`Mr Berg`) of somebody who is named in full."""
    title, _, rest = name.partition(" ")
    return (
        " " not in rest
        and without_title(f"{title} {rest} {rest}") != f"{title} {rest} {rest}"
        and key_of(rest) in surnames
    )


def _is_row_for(index: Index, entity: Entity, asked: frozenset[str]) -> bool:
    """Whether an entity is what a row of a table lists that an objective names.

    By two words of its title (`in the rent schedule`), or by the head of a column (`energy band`).
    """
    for mention in entity.mentions:
        if mention.place != "row" or not mention.facts or is_code(entity.name):
            continue
        heads = [line[2:].partition(": ")[0] for line in mention.facts.splitlines()]
        named = [_words_of(index.corpus.documents[mention.document].title) & asked]
        named += [words for head in heads if (words := _words_of(head)) <= asked]
        if any(len(words) >= _NAMED for words in named):
            return True
    return False


def _words_of(text: str) -> frozenset[str]:
    return frozenset(word for word in roots_of(text) if not word.isdigit())


def _listed(known: Catalogue, kind: Kind) -> list[str]:
    """The keys of what tables list as of a kind."""
    return [
        key
        for key, entity in known.entities.items()
        if any(each.place == "row" and each.says & kind.heads for each in entity.mentions)
    ]


def rank(
    index: Index, entity_type: str, objective: str, *, excluded: Collection[tuple[str, str]] = ()
) -> list[Ranked]:
    """The entities of a kind, those nearest to an objective first.

    Args:
        index: the documents.
        entity_type: the kind.
        objective: what is looked for.
        excluded: (name, address) of entities to leave out.
    """
    known = catalogue(index)
    kind = kind_of(entity_type)
    kind = replace(kind, hinted=kind.hinted - known.house)
    without = {key_of(name) for name, _ in excluded}
    urls = {url.rstrip("/") for _, url in excluded if url}
    relevance = _relevance(index, objective)
    ranked = []
    certain = certainties(known, kind)
    listed = _listed(known, kind)
    is_thing = not (kind.is_person or kind.is_company or kind.is_body)
    is_list = is_thing and len(listed) >= _FEW
    asked = frozenset(roots_of(objective)) if is_thing and not is_list else frozenset[str]()
    asked -= known.house
    entities = _with_text(index, known.entities, relevance)
    surnames = {
        key.rsplit(" ", 1)[-1] for key, each in entities.items() if is_person_like(each.name)
    }
    for key, entity in entities.items():
        certainty = certain.get(key, 1.0) and of_kind(entity, kind, known.kinds)
        certainty = max(certainty, certain.get(key, 0.0))
        if certainty < LEAST and asked and _is_row_for(index, entity, asked):
            certainty = _HINTS["row"]
        # neither `Ships` nor `Register of ships, 2023` is one
        words = frozenset(roots_of(entity.name))
        if words & NAME_ROOTS:
            words = frozenset(word for word in words - NAME_ROOTS if not word.isdigit())
        is_kind = words <= kind.words | kind.heads or (
            entity.page is not None and is_paper(entity.name, kind)
        )
        is_short = kind.is_person and _is_surname(entity.name, surnames)
        is_house = bool(known.house) and known.house <= frozenset(roots_of(entity.name))
        if certainty < LEAST or key in without or is_kind or is_house or is_short:
            continue
        # beside a list of them, what only sounds like one or begins like one of them is none
        is_told = all(each.place == "text" for each in entity.mentions)
        is_part = is_told and any(each.startswith(f"{key} ") for each in listed)
        if is_list and is_told and (certainty <= _BY_FORM or is_part):
            continue
        found = _ranked(index, entity, certainty, relevance)
        if not (found.has_page and found.url.rstrip("/") in urls):
            ranked.append(found)
    if not ranked and is_thing and not (kind.is_role or is_agent(kind.text)):
        # where nothing is called so, whatever has a paper of its own may be one
        ranked = [
            found
            for key, entity in known.entities.items()
            if key not in without and _has_paper(entity, kind, known)
            if (found := _ranked(index, entity, LEAST, relevance)).url.rstrip("/") not in urls
        ]
    return sorted(ranked, key=lambda each: (-each.score, each.name))


def _has_paper(entity: Entity, kind: Kind, known: Catalogue) -> bool:
    """Whether a paper is about an entity that may be of a kind of which nothing is called so."""
    words = frozenset(roots_of(entity.name))
    return (
        entity.page is not None
        and not is_paper(entity.name, kind)
        and not (is_code(entity.name) or is_person_like(entity.name))
        and not words <= kind.words | kind.heads | known.house | NAME_ROOTS
    )


def _with_text(
    index: Index, entities: dict[str, Entity], relevance: Collection[int]
) -> dict[str, Entity]:
    """The entities with what the sentences of the documents near the objective name."""
    merged = dict(entities)
    for number in sorted(relevance):
        for mention in find_mentions_in_text(index.corpus.documents[number]):
            if not (key := key_of(mention.name)):
                continue
            entity = merged.get(key)
            if entity is None or entity is entities.get(key):
                # a copy: what is known of the room is not of one objective
                known = entity or Entity(mention.name)
                entity = merged[key] = Entity(known.name, list(known.mentions))
            entity.mentions.append(mention)
    return merged


def _relevance(index: Index, objective: str) -> dict[int, float]:
    """How well each document bears on an objective, from 0 to 1."""
    hits = index.search([objective], limit=_MAX_HITS)
    best = max((hit.score for hit in hits), default=1.0) or 1.0
    return {hit.document.id: hit.score / best for hit in hits}


def _ranked(index: Index, entity: Entity, certainty: float, relevance: dict[int, float]) -> Ranked:
    near = max(relevance.get(each.document, 0.0) for each in entity.mentions)
    page = entity.page
    counts: defaultdict[int, int] = defaultdict(int)
    for mention in entity.mentions:
        counts[mention.document] += 1
    where = page if page is not None else max(counts, key=lambda each: (counts[each], -each))
    context = next(each.context for each in entity.mentions if each.document == where)
    return Ranked(
        entity.name,
        index.corpus.documents[where].url,
        shorten(context, _MAX_DESCRIPTION),
        certainty + _RELEVANCE * near,
        page is not None,
    )
