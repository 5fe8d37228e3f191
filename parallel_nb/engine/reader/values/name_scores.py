"""How well a name in a sentence fits a question, by the grammar between it and its keywords."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import is_former, keyword_tokens, proximity
from parallel_nb.engine.reader.language.grammar import is_agent_noun, is_agent_of, plain_clause
from parallel_nb.engine.reader.language.names import is_country, is_institution, looks_like_person
from parallel_nb.engine.reader.language.office import asks_for_office_holder, office_fit
from parallel_nb.engine.reader.language.vocabulary import roots, roots_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token
    from parallel_nb.engine.reader.language.names import AnswerKind, Span

#: Questions for another holder of a post than the present one, and what tells of such.
_OTHER_ASKED = re.compile(
    r"\b(?:first|former|previous|predecessor|before|next|new|successor|interim|acting|deputy|assistant)\b",
    re.IGNORECASE,
)
_OTHER_SAID = re.compile(
    r"\b(?:first|former(?:ly)?|previous(?:ly)?|predecessor|before|next|new|succe\w+|replac\w+|interim|acting|until"
    r"|deputy|assistant|follow\w*|will|place of|took over|original(?:ly)?|earlier|after|then)\b",
    re.IGNORECASE,
)
#: Before the word for a post: who stands in for its holder.
_STAND_IN = re.compile(r"\b(?:assistant|deputy|vice|former|ex|acting|interim)[ -]$", re.IGNORECASE)
#: Questions for what a thing is named after.
_NAMESAKE = re.compile(
    r"\b(?:named|called) (?:after|for)\b|\bnamesake\b|\beponym|\bname (?:comes|refers|honou?rs)|\bhonou?r|\bbears\b"
    r"|\borigin of the name|\bname from\b|\bafter (?:which|whom)\b.{0,80}\b(?:named|called)\b",
    re.IGNORECASE,
)
#: A word that is no name of its own: `Greek`, `Marie's`, `country`.
_NO_NAME = (
    r"(?:(?:[a-z\u00df-\u00ff][\w-]*|[A-Z]\w*(?:an|ish|ese|eek|[nt]ch)|[A-Z]\S*['\u2019]s),?\s)"
)
#: What stands before the namesake, and before who gave the name.
_NAMED_AFTER = re.compile(
    rf"\b(?:named?|called|naming)\b(?:\s\w+){{0,3}}\s(?:after|for)\s{_NO_NAME}{{0,6}}$"
    rf"|\b(?:takes|took|has|got|owes) (?:its|the) name (?:from|to)\s{_NO_NAME}{{0,5}}$"
    rf"|\b(?:honou?rs?|in honou?r of|in memory of|recalls|bears the (?:first )?name of)\s{_NO_NAME}{{0,6}}$"
)
_NAMER = re.compile(r"\b(?:named|called|naming)\b(?:\s\w+){0,3}\s(?:after|for)\s")
#: `after Marie's country, Poland`: Poland is meant.
_POSSESSIVE = re.compile(r"['\u2019]s\s(?:[a-z]+\s){0,4}[a-z]+,\s[A-Z]")
#: People and inhabitants, which are no places.
_TITLED = re.compile(
    r"(?:King|Queen|President|Emperor|Prince|Princess|Sir|Pope|Saint|General|Professor)\s"
)
_DEMONYM = re.compile(r"[A-Z]\w*(?:ish|ese|ican|[dlstr]ian)")
#: Prepositions before a place, and the two ends of a move.
_WHERE = re.compile(r"\b(?:in|at|near|of|to|into|from|by|for)\s+(?:the\s+)?$")
_IN = re.compile(r"(?<!interest )(?<!stake )(?<!shares )(?<!invested )\b(?:in|near)\s+(?:the\s+)?$")
_FROM = re.compile(r"\bfrom\s+(?:the\s+)?(?:[a-z]+\s+of\s+)?$")
_TO = re.compile(r"\s+to\s+[A-Z]")
#: Words of sentences that say where a name comes from.
_OF_NAMES = re.compile(
    r"\b(?:names?|named|naming|honou?r\w*|memory|recall\w*|bears|eponym\w*|word|stands? for|short for|from|after|mean\w*)\b",
    re.IGNORECASE,
)
#: Between a word of the question and the name behind it.
_AFTER_KEYWORD = re.compile(
    r"\s+|,?\s*(?:is|was|are|were|became|has been|will be|is to be)\s+(?:the\s+|now\s+)?|,\s+|:\s*|\s*\("
    # `the manager of the mine, Ann Lee`, `done by a junior colleague, Ann Lee`
    r"|\s(?:of|for|to|at|by|from)\s(?:the\s|its\s|our\s|an?\s)?(?:[a-z][\w'\u2019-]*\s){0,3}[a-z][\w'\u2019-]*,\s"
    # `the caretaker of Mill House, Ann Lee`
    r"|\s(?:of|for|at)\s(?:the\s)?[A-Z][\w'\u2019-]*(?:\s[A-Z][\w'\u2019-]*){0,3},\s"
    r"|(?: of| for)?(?: the| its)?(?: [^\W_]+){1,4} (?:is|was|are|were|became)(?: the| now)? ?"
)
_SET_OFF = re.compile(r"[,.;)]|$")
#: Between a name and the word of the question behind it, where both are the same: `X is the`.
_IDENTITY = re.compile(
    r",?\s+(?:(?:is|was|became|has been|are|were)\s+)?(?:the|its|their|a|an)\s+(?:[\w-]+\s+){0,2}"
)
#: The same where the name may also only act: `X discovered`.
_BEFORE_KEYWORD = re.compile(
    r"(?:\s(?:on|near|in|at)\s(?:the\s)?[A-Z]\S*)?(?:, not [^,]{1,30})?,?\s+(?:(?:is|was|became|has been|are|were|had)\s+)?"
    r"(?:(?:the|its|a|an|now|then|first|current|new|[a-z-]+|[A-Z][a-z]+)\s+){0,3}"
)
#: `X joined on 1 June as director`
_AS_KEYWORD = re.compile(r",? [a-z][^,;.()]{1,60} as (?:(?:the|its|our|an?|new|acting) ){0,2}")
#: Prepositions between a keyword and the name behind it: `designed by X`.
_BY = re.compile(r"\s*(?:by|in|at|from|after|for|as|with|on|of|under|to|into)\s+(?:the\s+)?")
#: Bonus for a person who came into office, and for a place that something moved to. The question's
#: word often stands in another clause then, so that the distance to it says too little.
_CAME_IN: Final = 0.15
_AT = re.compile(r"\b(?:at|in|near|into)\s(?:the\s)?$")
#: `he moved it to Erlang`
_MOVED = re.compile(
    r"\b(?:moved|ported|switched|changed|converted|rewritten|rewrote)\b[^,.;:]{0,20}\s(?:to|in|into)\s$"
)
#: `Jakarta on Java`: the second name says where the first is.
_NAME_AT = re.compile(r"(?P<name>[A-Z]\S{0,40})\s(?:on|near|in|at)\s(?:the\s)?$")
#: Below this, `office_fit` says that a person no longer holds the office.
_PAST: Final = 0.5
#: Bonuses for a name that is equated with a keyword, bound to it, or loosely bound to it.
IDENTICAL, _BOUND, _LOOSELY_BOUND = 0.4, 0.3, 0.12
#: Bonus for people at the beginning of a sentence: they do what it says.
AGENT_BONUS: Final = 0.1

#: Who only says something, and whom something else came in place of.
_SAYS = re.compile(
    r",? (?:said|says|reported|asked|noted|added|told|explained|wondered|hoped|thought|asks|writes|wrote|suggested|thanked|warned|replied)\b"
)
_IN_PLACE_OF = re.compile(
    r"\b(?:in place of|instead of|in succession to|replac(?:es|ed|ing)|succeed(?:s|ed|ing)|took over from|tak(?:es|ing) over from|rather than|unlike)"
    r" (?:the )?$"
)
#: A clause on how it was before: `Until 2015 the bursar was Tom Hale`.
_UNTIL = re.compile(r"(?:until|up to|before|formerly|previously)\b(?! now)", re.IGNORECASE)
_SENTENCE_PART = re.compile(r"[;.] |, (?:and|but|while) ")
_FORMER_ASKED = re.compile(
    r"\b(?:former|previous|predecessors?|before|earlier|past|old)\b", re.IGNORECASE
)
_SPEECH_ASKED = re.compile(
    r"\b(?:said|says|reported|asked|told|wrote|suggested|warned)\b", re.IGNORECASE
)
#: Before who did what an aside tells of, and how far before, in characters.
_ASIDE_WITH = re.compile(r", (?:[a-z]+ ){0,2}[a-z]+(?:ed|en) by (?:the )?$")
_ASIDE_REACH: Final = 60
#: An adjective before a common noun: `the German provider`.
_ADJECTIVE = re.compile(r"[A-Z]\w*(?:an|ish|ese|ch|ss)")
_NOUN_BEHIND = re.compile(r" [a-z]{3,}")
#: Who buys and who sells, in a question, and what stands before their names in a sentence.
_BUYER_ASKED = re.compile(
    r"\b(?:buyers?|purchasers?|acquirers?|who (?:has |had )?(?:bought|buys|acquired|purchased|takes))\b",
    re.IGNORECASE,
)
_SELLER_ASKED = re.compile(
    r"\b(?:sellers?|vendors?|who (?:has |had )?(?:sold|sells)|(?:previous|former|earlier|past) (?:owners?|operators?|holders?|tenants?))\b",
    re.IGNORECASE,
)
_SOLD_TO = re.compile(
    r"\b(?:sold|sells?|sale|transfer(?:red)?|conveyed|disposed of|passed)\b[^.;]{0,80} to (?:(?:the|an?) )?(?:[a-z-]+ ){0,3}$"
)
_BOUGHT_FROM = re.compile(
    r"\b(?:bought|buys?|purchased?|acquired|acquisition|took over|taken over|obtained)\b[^.;]{0,80} from (?:(?:the|an?) )?(?:[a-z-]+ ){0,3}$"
)
_SALE_REACH: Final = 140
#: Between a name and the verb of which it is the object: `X, which was bought`.
_UNDERGOES = re.compile(
    r",? (?:(?:which|that) )?(?:is|was|are|were|(?:has|have|had) been|being)(?: \w+ly| first| then| later)? $"
)
_PARTICIPLE = re.compile(
    r"\w{2,}ed|bought|sold|built|made|led|run|paid|won|let|sent|found|left|held|kept|taken|given|written|drawn|chosen|brought"
)
#: Factors for such names.
_SPEAKER, _REPLACED = 0.4, 0.3


def name_fit(
    matched: MatchedStatement, span: Span, kind: AnswerKind, keywords: Collection[Token]
) -> float:
    """How well a name of a sentence fits a question.

    Args:
        matched: the sentence.
        span: the name.
        kind: the kind of answer that is asked for.
        keywords: the question's words in the sentence.

    Returns:
        From 0 to 1.
    """
    text = matched.text
    fit = 0.2 + 0.45 * proximity(text, span.start, span.end, keywords)
    fit += keyword_bond(matched, span, keywords)
    fit += _side_of_sale(matched, span)
    if _NAMESAKE.search(matched.question):
        fit = _namesake_fit(text, span, fit)
    if _POSSESSIVE.match(text, span.end):
        fit *= 0.6
    if kind in {"person", "agent"}:
        fit = _person_fit(matched, span, keywords, fit)
    elif kind in {"place", "org", "country"}:
        fit = _place_fit(matched, span, kind, fit)
    if _FROM.search(text[max(0, span.start - 60) : span.start]) and _TO.match(text[span.end :]):
        fit *= 0.5  # `from Oak Brook to Chicago`
    if _MOVED.search(text[: span.start]):
        fit += _CAME_IN
    if is_former(text, span.start, matched.question):
        fit *= 0.4
    office = _office_fit(matched, span, kind)
    fit = (fit + _CAME_IN if office > 1 else fit) * office
    return max(0.0, min(1.0, fit))


def role_fit(matched: MatchedStatement, span: Span) -> float:
    """A factor for who only speaks, who was replaced, and what only describes another name."""
    text, question = matched.text, matched.question
    if _ADJECTIVE.fullmatch(span.text) and _NOUN_BEHIND.match(text, span.end):
        return _REPLACED
    if _SAYS.match(text, span.end) and not _SPEECH_ASKED.search(question):
        return _SPEAKER
    clause = _SENTENCE_PART.split(text[: span.start])[-1]
    if _stands_aside(matched, span) or _is_undergone(matched, span):
        return _REPLACED
    is_replaced = bool(_IN_PLACE_OF.search(text, max(0, span.start - 40), span.start))
    is_replaced = is_replaced or bool(_UNTIL.match(clause))
    return _REPLACED if is_replaced and not _FORMER_ASKED.search(question) else 1.0


def _stands_aside(matched: MatchedStatement, span: Span) -> bool:
    """True for who did something else to the asked one: `Ann Lee, proposed by Ben Roe, was elected`."""
    aside = _ASIDE_WITH.search(matched.text, max(0, span.start - _ASIDE_REACH), span.start)
    if aside is None or not matched.text.startswith(",", span.end):
        return False
    return not any(aside.start() <= k.start < span.end for k in keyword_tokens(matched))


def _is_undergone(matched: MatchedStatement, span: Span) -> bool:
    """True for what was bought, where who bought is asked for."""
    text, question = matched.text, matched.question
    for word in keyword_tokens(matched):
        if word.start <= span.end or not _PARTICIPLE.fullmatch(text, word.start, word.end):
            continue
        if _UNDERGOES.fullmatch(plain_clause(text[span.end : word.start])) and any(
            is_agent_noun(asked, word.root) or f"who {asked}" in question
            for asked in question.lower().split()
            if word.root in roots(asked)
        ):
            return True
    return False


def _side_of_sale(matched: MatchedStatement, span: Span) -> float:
    """What a name's fit gains by its side in a sale; below 0 for the other side than is asked."""
    is_buyer = bool(_BUYER_ASKED.search(matched.question))
    if not is_buyer and not _SELLER_ASKED.search(matched.question):
        return 0.0
    before = matched.text[max(0, span.start - _SALE_REACH) : span.start]
    for side, is_side in ((_SOLD_TO, is_buyer), (_BOUGHT_FROM, not is_buyer)):
        if side.search(before):
            return IDENTICAL if is_side else -IDENTICAL
    return 0.0


def asks_of_person(matched: MatchedStatement) -> bool:
    """True where a person or an organisation is asked for by a post or role."""
    is_text = matched.field.type.kind == "str"
    return is_text and matched.answer_kind in {"person", "agent"}


def is_asked_holder(matched: MatchedStatement) -> bool:
    """True where a statement tells of the holder that is asked for: the first, former, next one.

    One that tells of an assistant, a deputy or a former holder counts where that is asked for.
    """
    statement, question = matched.statement, matched.question
    said = f"{statement.section} {statement.label} {matched.text}"
    if _OTHER_ASKED.search(question):
        return bool(_OTHER_SAID.search(said))
    words = [w for w in keyword_tokens(matched) if w.start]
    return not any(_STAND_IN.search(matched.text[: word.start]) for word in words)


def is_past_holder(matched: MatchedStatement, span: Span, kind: AnswerKind) -> bool:
    """True for a person who held the office that is asked for, but no longer does."""
    return _office_fit(matched, span, kind) < _PAST


def _office_fit(matched: MatchedStatement, span: Span, kind: AnswerKind) -> float:
    """A factor by whether a name holds the office that is asked for; 1 where none is."""
    if kind not in {"person", "agent", "any"} or not asks_for_office_holder(matched.question):
        return 1.0
    fit = office_fit(matched.text, span.start, span.end, matched.document.date or "")
    # `Zurich is the largest` is nobody's office
    return fit if kind == "any" or looks_like_person(span.text) else min(fit, 1.0)


def _namesake_fit(text: str, span: Span, fit: float) -> float:
    if _NAMED_AFTER.search(text[max(0, span.start - 90) : span.start]):
        return fit + 0.4
    if _NAMER.search(text, span.end):
        return fit * 0.5  # who gave the name
    # `The rovers called Lunokhod` says what they are called, not after what
    return fit if _OF_NAMES.search(text) else fit * 0.5


def _person_fit(
    matched: MatchedStatement, span: Span, keywords: Collection[Token], fit: float
) -> float:
    text = matched.text
    if is_country(span.text):
        fit *= 0.4
    if span.start == 0:
        fit += AGENT_BONUS  # who does what the sentence says
        if not asks_for_office_holder(matched.question) and any(
            is_agent_of(text, span.end, keyword.start)
            for keyword in keywords
            if keyword.start > span.end
        ):
            fit += _BOUND
    is_bound = any(_BY.fullmatch(text, word.end, span.start) for word in keywords)
    if not is_bound and _AT.search(text[max(0, span.start - 12) : span.start]):
        fit *= 0.5  # `at Potsdamer Platz`: a place, however it is called
    if matched.answer_kind == "person":
        fit *= 0.3 if is_institution(span.text) else 1.0 if looks_like_person(span.text) else 0.55
    return fit * (0.3 if any(c.isdigit() for c in span.text) else 1.0)


def _place_fit(matched: MatchedStatement, span: Span, kind: AnswerKind, fit: float) -> float:
    text = matched.text
    if _thing_placed_by(matched, span):
        fit *= 0.8
    elif kind == "org" and _IN.search(text[max(0, span.start - 20) : span.start]):
        fit *= 0.5  # `a bank in Leeds`
    elif _WHERE.search(text[max(0, span.start - 20) : span.start]):
        fit += 0.2
    if _TITLED.match(span.text) or _DEMONYM.fullmatch(span.text):
        fit *= 0.4  # `King Rama I` and `American` are no places
    if kind == "country":
        return fit * (1.1 if is_country(span.text) else 0.5)
    if looks_like_person(span.text) and not is_country(span.text):
        fit *= 0.7
        if kind == "place" and _acts(span.text, text):
            fit *= 0.5
    return fit


def _acts(name: str, text: str) -> bool:
    """True where a text says what a name said or who it is: `Rama, who ...`."""
    return any(f"{name}{link}" in text for link in (" who", ", who", " said", ", said"))


def _thing_placed_by(matched: MatchedStatement, span: Span) -> re.Match[str] | None:
    """The name that a name says the place of: `Jakarta` for `Java` in `Jakarta on Java`."""
    found = _NAME_AT.search(matched.text[max(0, span.start - 40) : span.start])
    # of `Ada Byron wrote Alpha at Beta Labs` and the subject Alpha, the labs may well be asked for
    return found if found and not roots_of(found["name"]) <= matched.subject else None


def keyword_bond(matched: MatchedStatement, span: Span, keywords: Collection[Token]) -> float:
    """How firmly grammar binds a name to a word of the question, from 0 to 0.4.

    `X, the designer` equates them; `the designer is X` and `designed by X` bind them; what
    follows `of` is bound loosely, because it may only own the thing: `the virtual machine of X`.
    """
    text = matched.text
    best = 0.0
    placed_thing = _thing_placed_by(matched, span)
    for keyword in keywords:
        if placed_thing and (
            keyword.start >= span.end or keyword.start >= span.start - len(placed_thing[0])
        ):
            continue
        if keyword.end <= span.start:
            between = plain_clause(text[keyword.end : span.start])
            if _AFTER_KEYWORD.fullmatch(between):
                # `our accountants, Elm & Co, gave`
                is_same = between == ", " and _SET_OFF.match(text, span.end)
                best = max(best, IDENTICAL if is_same else _BOUND)
            elif _BY.fullmatch(between):
                is_owner = between.split()[0] == "of" and not keyword.root.startswith("succes")
                best = max(best, _LOOSELY_BOUND if is_owner else _BOUND)
        elif keyword.start >= span.end:
            between = plain_clause(text[span.end : keyword.start])
            if _IDENTITY.fullmatch(between):
                best = max(best, IDENTICAL)
            elif _BEFORE_KEYWORD.fullmatch(between) or _AS_KEYWORD.fullmatch(between):
                best = max(best, _BOUND)
    return best
