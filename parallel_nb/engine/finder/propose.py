"""Conditions from an objective: what a run would look for, to be read and edited by a person."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.api.findall import FindAllSchema, MatchCondition
from parallel_nb.engine.corpus.words import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The generator that is proposed, as at the service.
_GENERATOR: Final = "core"
_ORDER = re.compile(
    r"^(?:please\s)?(?:(?:find|list|show|get|give|identify|discover|name|search for|look for|which|what|who)\s)?"
    r"(?:me\s|us\s)?(?:all|every|each|any|the|a list of)?\s*(?:of\s)?(?:the\s)?",
    re.IGNORECASE,
)
#: Where what says which ones begins.
_CLAUSE = re.compile(
    r"\s(?=(?:that|which|who|whose|where|with|without|in|of|from|by|at|on|for|are|is|have|has|were|was)\s)"
    r"|\s(?=\w{2,}(?:ed|ing|en|wn|lt|ld|de|nt)\s(?:in|by|at|on|after|before|for|with|under|to|as|since)\s)"
)
_NEW_CLAUSE = re.compile(r"(?:with|without|whose|that|which|who)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"^(?:that|which|who)\s+", re.IGNORECASE)
#: Where a clause ends and another one begins.
_AND = re.compile(
    r",?\s(?:and|but)\s(?=(?:that|which|who|whose|with|without|are|is|was|were|have|has|had|in|from"
    r"|\w{2,}(?:ed|ing|wn|lt|ld|es|s))\s)"
    r"|,\s(?=(?:that|which|who|whose|with|without|\w{2,}(?:ed|ing))\s)"
)
_ADJECTIVE = re.compile(r".*(?:ed|ic|al|ous|ive|able|ible|ary|ern|ish|less|ful|ean|ian|ese|-\w+)$")
_WORD = re.compile(r"[^\W_]+")
_MAX_NAME_WORDS: Final = 5


def propose(objective: str) -> FindAllSchema:
    """The kind of entity and the conditions that an objective asks for.

    Examples:
        >>> schema = propose("Find all databases written in C++ that are open source")
        >>> schema.entity_type, [condition.name for condition in schema.match_conditions]
        ('databases', ['written_in_c_check', 'open_source_check'])
    """
    text = " ".join(objective.split()).rstrip(".?! ")
    wanted = _ORDER.sub("", text, count=1) or text
    subject, *rest = _CLAUSE.split(wanted, maxsplit=1)
    kind, adjectives = _kind(subject)
    clauses = [*adjectives, *(_clauses(rest[0]) if rest else ())]
    conditions: dict[str, str] = {}
    for clause in clauses:
        name = _name(clause)
        if name and name not in conditions:
            conditions[name] = _sentence(kind, clause)
    if not conditions:
        conditions["objective_check"] = text
    return FindAllSchema(
        objective=objective,
        entity_type=kind or "entities",
        match_conditions=[
            MatchCondition(name=name, description=description)
            for name, description in conditions.items()
        ],
        generator=_GENERATOR,
    )


def _kind(subject: str) -> tuple[str, list[str]]:
    """The kind, and the adjectives before it that say which ones."""
    words = subject.split()
    adjectives: list[str] = []
    while len(words) > 1 and (words[0][:1].isupper() or _ADJECTIVE.match(words[0])):
        adjectives.append(words.pop(0).strip(","))
    kind = " ".join(words)
    return kind[:1].lower() + kind[1:] if kind[1:2].islower() else kind, adjectives


def _clauses(text: str) -> Iterator[str]:
    for clause in _AND.split(text):
        parts = _CLAUSE.split(clause) if _RELATIVE.match(clause) is None else [clause]
        # `in Norway` after `based` belongs to it; `in Norway with 200 staff` are two
        joined: list[str] = []
        for part in parts:
            if joined and not _NEW_CLAUSE.match(part):
                joined[-1] += f" {part}"
            else:
                joined.append(part)
        yield from joined


def _name(clause: str) -> str:
    words = [word.lower() for word in _WORD.findall(clause)]
    kept = [word for word in words if word not in STOPWORDS or word == "not"] or words
    if "in" in words and len(kept) > 1:
        kept = [word for word in words if word not in STOPWORDS or word in {"in", "not"}]
    return f"{'_'.join(kept[:_MAX_NAME_WORDS])}_check" if kept else ""


def _sentence(kind: str, clause: str) -> str:
    bare = _RELATIVE.sub("", clause).strip(" ,")
    return f"{kind[:1].upper()}{kind[1:]} {bare}" if " " in bare else f"It is {bare}"
