"""Names and phrases as candidates of a text field."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.passages import sentences
from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, proximity
from parallel_nb.engine.reader.language.names import (
    HONORIFIC,
    HONORIFIC_ALONE,
    LETTERS_BEHIND,
    MONEY,
    NO_NAME,
    AnswerKind,
    Span,
    answer_kind,
    clean_value,
    find_names,
    is_country,
    is_institution,
    joined_names,
    joined_people,
    looks_like_person,
    titles_with_joints,
    without_determiner,
    without_origin,
)
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.series import find_series
from parallel_nb.engine.reader.language.vocabulary import roots_of, text_key
from parallel_nb.engine.reader.values.name_scores import (
    IDENTICAL,
    is_past_holder,
    keyword_bond,
    name_fit,
    role_fit,
)
from parallel_nb.engine.reader.values.phrases import (
    before_copula,
    behind_copula,
    by_role,
    plain_clauses,
    plain_phrases,
)
from parallel_nb.engine.reader.whole import names_within, plain_words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token
    from parallel_nb.engine.reader.request import RequestedField

#: What is counted of a name, behind it: `Albrecht Group, 47 per cent of sales`.
_FIGURES_BEHIND = re.compile(r",\s\d[^,]{0,60}$")
_BY_NAME = re.compile(r"\bby (?=[A-Z])")
_NO_ANSWER = re.compile(r"(?:yes|no|none|(?:grand |sub-?)?totals?)", re.IGNORECASE)
_DIGITS_ONLY = re.compile(r"[\d.,\s%]+")
_CODE = re.compile(r"(?<![\w.])(?:\+\d{1,4}|\.?[A-Z][A-Za-z0-9]{0,5}|\.[a-z][a-z0-9]{0,6})(?![\w])")
#: Words that may stand around the date in a value that is nothing but a date.
_AROUND_DATE = re.compile(
    r"(?:about|around|circa|c\.|ca\.|on|in|early|late|since)?[.,]?", re.IGNORECASE
)
_MEASURE_ASKED = re.compile(
    r"\b(?:how|size|length|height|depth|distance|period|time|age|area|mass|weight|speed|price|cost|revenue|duration"
    r"|temperature|range|limit|share|value|diameter|radius|width|gravity|density|term|salary|capacity)\b",
    re.IGNORECASE,
)
_DATE_ASKED = re.compile(r"\b(?:when|dates?|years?|days?|time|period|since|until)\b", re.IGNORECASE)
#: Questions whose answer is a text, although it is written in digits.
_NUMBER_ASKED = re.compile(
    r"\b(?:versions?|releases?|editions?|numbers?|codes?|standards?|amount|how (?:many|much|long|far))\b",
    re.IGNORECASE,
)
_OF_OWNER = re.compile(r"\bof (?:the )?(?P<name>[A-Z]\w+)")

#: The kinds of value that the first words of a text field's description ask for.
_ASKED_VALUES: Final[
    tuple[tuple[Literal["year", "date", "count", "identifier"], re.Pattern[str]], ...]
] = (
    (
        "year",
        re.compile(
            r"^(?:the )?(?:\w{1,30} )?year\b(?! of age)|^in (?:which|what) year\b", re.IGNORECASE
        ),
    ),
    ("date", re.compile(r"^(?:the )?(?:\w{1,30} )?date\b|when\b|day (?:on|of) ", re.IGNORECASE)),
    (
        "identifier",
        re.compile(
            r"(?:the )?(?:\w{1,30} ){0,2}(?:number|reference)\b(?! of \w+s\b)", re.IGNORECASE
        ),
    ),
    ("count", re.compile(r"how (?:many|much|long|far|old|tall|large|big)\b", re.IGNORECASE)),
)
#: A longer value of a fact is a sentence or two, in words.
_LONG_VALUE: Final = 12
_PHRASE_WORDS: Final = 4
_FINITE_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|shall|may|can|must)\b")
#: Questions that a sentence answers.
_ASKS_SENTENCE = re.compile(
    r"(?:\S{1,40} )?(?:how|what|describe|description|summary|explain|whether|under which|which conditions|terms|conditions)\b",
    re.IGNORECASE,
)
_CAUSE_ASKED = re.compile(
    r"\b(?:why|caused?|causes|reasons?|what (?:made|led|let)|how .{1,40} (?:got|came))\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because of|because|due to|owing to|caused by|as a result of|cause\w* (?:of [^.;]{1,60} )?(?:is|was|were)"
    r"|(?:comes?|came|stems|stemmed|arises?|arose|result(?:s|ed)|leak(?:s|ed)) from|(?:put down|traced|attributed|owed) to|for (?:lack|want) of)\s+"
    r"(?P<cause>[^.;]{3,200}?)(?=[.;]|$|, (?:which|whose|and|but)\b)",
    re.IGNORECASE,
)
#: `England and Wales` at the end of a sentence is one answer: bonus over its first part.
_JOINED: Final = 0.02
#: A number or reference of a thing: `TR-2020-11`, `UN 1791`.
_IDENTIFIER = re.compile(
    r"(?<![\w/.-])(?:[A-Z]{2,6} \d{2,8}\b(?![\w/-]|[.,]\d)|(?=[A-Za-z/.-]{0,20}\d)[A-Z0-9][\w/.-]{1,30}(?<![.-]))"
)
#: The number by which a thing is called: `room 564`, `Version 6.1`.
_NUMBER_BEHIND = re.compile(
    r"(?: (?:no|number|nr)\b\.?)?:? (?P<number>\d[\w/.-]{0,15}(?<![.-]))(?![\w%])", re.IGNORECASE
)
#: Where of `Esbjerg, Denmark` a part is asked for, and how well the whole fits then.
_TOWN_ASKED = re.compile(r"\b(?:town|city|village)\b", re.IGNORECASE)
_WHOLE_PLACE: Final = 0.75
#: How well that part fits, and the first where any place is asked for.
_PART_OF_PLACE, _SOME_PART = 0.98, 0.7
#: How well a code fits where any text is asked for, and from how many digits on a number is one.
_CODE_FIT, _LONG_NUMBER = 0.5, 5
#: How well the number fits by which a thing is called.
_NUMBER_FIT: Final = 0.6
#: How many codes of a text are looked at.
_MOST_CODES: Final = 50
#: A list of names is no answer where one is asked for.
_SEVERAL_ASKED = re.compile(
    r"\b[a-z]{2,}(?:ers|ors|ists|ies|tners|ants|people|panies|firms|names|members)\b", re.IGNORECASE
)
_SEVERAL: Final = 3
_OF_SEVERAL: Final = 0.25
#: The fit of a person whose post or place a list gives behind the name.
_HOLDER: Final = 0.95
#: The kinds of answer that are names, and the least fit of one that its label lifts.
_NAMED_KINDS: Final = frozenset({"person", "agent", "org"})
_PASSED_OVER: Final = 0.25
#: Before the first word of a sentence: `(1) Structural`.
_BEGINS = re.compile(r"^$|[.!?] $|\(\w{1,4}\) $|^[\d.]{1,6} $")
_HOW_ASKED = re.compile(r"(?:how|why|in what way)\b", re.IGNORECASE)
_JOINS = re.compile(r"(?:^| )(?:and|&) ")
_REFERENCE = re.compile(r"[A-Z]{1,5}[-/]?\d{1,6}[A-Z]?")
#: Factors for a part of a fact's value, and for each name that stands before it there.
_NOT_WHOLE, _NOT_FIRST = 0.85, 0.8


def asked_value(
    field: RequestedField,
) -> Literal["year", "date", "count", "identifier", "text"]:
    """What kind of value a text field asks for by its description, or else by its name."""
    text = field.plain_description or field.name_in_words
    return next((kind for kind, words in _ASKED_VALUES if words.match(text)), "text")


def str_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The value of a fact whose label answers, else the names and phrases of a text."""
    is_value = matched.statement.is_fact and matched.by_label
    if holder := _holder_in_label(matched):
        yield Candidate(holder, text_key(holder), _HOLDER, 0, 0)
    if is_value and matched.answer_kind in _NAMED_KINDS and _is_running_text(matched.text):
        yield from _in_running_text(matched)
        return
    if is_value:
        yield _fact_candidate(matched)
        yield from _places_in(matched)
    if not is_value and _CAUSE_ASKED.search(matched.question):
        for cause in _CAUSE.finditer(matched.text):
            value = cause["cause"].strip(" ,")
            start = cause.start("cause")
            yield Candidate(value, text_key(value), 0.95, start, start + len(value))
        yield from plain_clauses(matched)
        yield from plain_phrases(matched, keyword_tokens(matched))
    elif not is_value:
        yield from sentence_candidates(matched)
    elif len(matched.text.split()) > _LONG_VALUE:
        # within the value of a label, what stands first is meant
        for order, candidate in enumerate(sentence_candidates(matched)):
            yield replace(candidate, fit=candidate.fit * _NOT_WHOLE * _NOT_FIRST**order)


def _places_in(matched: MatchedStatement) -> Iterator[Candidate]:
    """The places of `Esbjerg, Denmark` and `23 June 1889, Saint-Aubert`, each by itself."""
    kind = matched.answer_kind
    if kind not in {"place", "country"} or "," not in matched.text:
        return
    is_part = kind == "country" or bool(_TOWN_ASKED.search(matched.question))
    start, is_first = 0, True
    for part in matched.text.split(","):
        name = part.strip(" .")
        at = start + part.find(name)
        start += len(part) + 1
        is_name = name[:1].isupper() and not any(map(str.isdigit, name))
        if not is_name or len(name.split()) > _PHRASE_WORDS:
            continue
        is_asked = is_country(name) if kind == "country" else is_first
        fit = _PART_OF_PLACE if is_part else _SOME_PART
        yield Candidate(name, text_key(name), fit if is_asked else 0.3, at, at + len(name))
        is_first = False


def _is_running_text(text: str) -> bool:
    """True for sentences behind a label, of which none as a whole is a name."""
    return len(list(sentences(text, 0, len(text)))) > 1 or (
        len(text.split()) > _PHRASE_WORDS and bool(_FINITE_VERB.search(text))
    )


def _in_running_text(matched: MatchedStatement) -> Iterator[Candidate]:
    """The names of sentences behind a label that answers: the first stands next to the label."""
    for order, candidate in enumerate(sentence_candidates(matched)):
        first = _NOT_WHOLE * _NOT_FIRST**order * (candidate.fit > _PASSED_OVER)
        is_kind = matched.answer_kind != "person" or looks_like_person(candidate.value)
        yield replace(candidate, fit=max(candidate.fit, first) if is_kind else candidate.fit)


def identifier_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The numbers and references of a statement, and the short value of a label that answers."""
    keywords = keyword_tokens(matched)
    dates = find_dates(matched.text)
    if (
        matched.statement.is_fact
        and matched.by_label
        and len(matched.text.split()) <= _PHRASE_WORDS
    ):
        fact = _fact_candidate(matched)
        has_digit = any(c.isdigit() for c in fact.value)
        yield replace(fact, fit=max(fact.fit, 0.9) if has_digit else fact.fit * 0.2)
        return
    for found in _IDENTIFIER.finditer(matched.text):
        is_date = any(date.start <= found.start() < date.end for date in dates)
        if not is_date and not MONEY.fullmatch(found[0]):
            yield _identifier(found, matched, keywords)
    yield from _numbers_behind(matched, keywords)


def _fact_candidate(matched: MatchedStatement) -> Candidate:
    text, kind, question = matched.text, matched.answer_kind, matched.question
    value = clean_value(agent_of(text) if kind in {"person", "agent"} else text)
    if kind in _NAMED_KINDS:
        value = _name_first(_FIGURES_BEHIND.sub("", value), kind)
    fit = _label_fit(matched.statement.label, kind, value) * _kind_fit(matched, value)
    words = len(value.split())
    if kind != "any" and words > _LONG_VALUE:
        fit *= 0.35  # a sentence is neither a person nor a place nor a code
    elif (
        words > _PHRASE_WORDS
        and (_FINITE_VERB.search(value) or text.endswith("."))
        and not _ASKS_SENTENCE.match(question)
    ):
        fit *= 0.6
    if _is_of_another(matched):
        fit *= 0.75
    if _DIGITS_ONLY.fullmatch(value) and not _NUMBER_ASKED.search(question):
        fit *= 0.5
    if kind in {"place", "country"} and find_dates(value):
        fit *= 0.3
    if "," in value and (kind == "country" or (kind == "place" and _TOWN_ASKED.search(question))):
        fit *= _WHOLE_PLACE
    if kind != "code" and is_date(text) and not asks_for_date(question):
        fit *= 0.4
    if kind != "code" and _is_measure(value) and not _MEASURE_ASKED.search(question):
        fit *= 0.4
    start = max(0, text.find(value))
    return Candidate(without_determiner(value), text_key(value), fit, start, start + len(value))


def _name_first(value: str, kind: AnswerKind) -> str:
    """The name that a value begins with, without what explains it: `Ann Lee MRICS, Elm & Co`."""
    name, comma, behind = value.partition(", ")
    if kind == "person":
        bare = LETTERS_BEHIND.sub("", name)
        name = bare if looks_like_person(bare) else name
    is_name = any(span.start == 0 and span.end == len(name) for span in find_names(name))
    is_one = looks_like_person(name) if kind != "org" else False
    if kind != "person":
        # `Elm Holdings Ltd, 2 High Street, Leeds`
        is_one |= is_institution(name) and not is_institution(behind)
    is_one = is_one and not _JOINS.search(behind)
    return name if is_name and (is_one or not comma) else value


def _kind_fit(matched: MatchedStatement, value: str) -> float:
    """A factor for a value that cannot be what is asked for: yes, digits for a person, a list."""
    kind = matched.answer_kind
    if _NO_ANSWER.fullmatch(value) or (kind == "person" and not any(c.isalpha() for c in value)):
        return 0.2
    is_person = looks_like_person(value) and _words_in_names(value) == len(value.split())
    if is_person and _HOW_ASKED.match(matched.field.plain_description):
        return 0.3  # a name is no manner
    if not _SEVERAL_ASKED.search(matched.question) and _lists_names(matched.text):
        return _OF_SEVERAL
    if kind not in {"person", "agent", "org"}:
        return 1.0
    is_counted = value[:1].isdigit() or (len(value.split()) > 3 and any(map(str.isdigit, value)))
    is_role = answer_kind(value) in _NAMED_KINDS and not value.istitle()
    is_name = is_role or 2 * _words_in_names(value) > len(value.split())
    return 1.0 if is_name and not is_counted and not _names_somebody(matched) else 0.4


def _words_in_names(value: str) -> int:
    """How many words of a value belong to a name; a code as `SB1` is none."""
    names = (span.text for span in find_names(value) if not _REFERENCE.fullmatch(span.text))
    return sum(len(name.split()) for name in names)


def _names_somebody(matched: MatchedStatement) -> bool:
    """True for `Ann Lee, Technical Manager` as a label: what follows is told of her."""
    names = find_names(matched.statement.label)[:1]
    is_person = bool(names) and names[0].start == 0 and looks_like_person(names[0].text)
    return is_person and matched.statement.label[names[0].end :].startswith(", ")


def _holder_in_label(matched: MatchedStatement) -> str:
    """The person of `Ann Lee: caretaker, Mill House`, where one is asked for; empty elsewhere."""
    label = matched.statement.label
    if matched.answer_kind not in {"person", "agent"} or matched.statement.subject:
        return ""
    names = find_names(label)
    is_person = len(names) == 1 and names[0].text == label and looks_like_person(label)
    is_person = is_person and roots_of(label).isdisjoint(matched.subject)
    return label if is_person and not looks_like_person(matched.text) else ""


def _lists_names(text: str) -> bool:
    """True for a value that lists three names or more."""
    series = find_series(text, find_names(text))
    return bool(series) and len(series[0].members) >= _SEVERAL


def agent_of(text: str) -> str:
    """Who did it, of a fact that also says when: `January 1610 by Galileo Galilei`."""
    by = _BY_NAME.search(text)
    return text[by.end() :] if by and find_dates(text[: by.start()]) else text


def is_date(value: str) -> bool:
    """True for a value that is a date and nothing else."""
    dates = find_dates(value)
    if len(dates) != 1:
        return False
    around = value[: dates[0].start].strip() + value[dates[0].end :].strip()
    return bool(_AROUND_DATE.fullmatch(around))


def asks_for_date(question: str) -> bool:
    """True when a question asks for a time."""
    return bool(_DATE_ASKED.search(question))


def _is_measure(value: str) -> bool:
    """True for a value that is a number with a unit: `227.9 million km`."""
    found = find_numbers(value[:40])
    return bool(found) and found[0].start == 0 and bool(found[0].dimension)


def _is_of_another(matched: MatchedStatement) -> bool:
    """True for a label such as `Legal seat of Omega Group` on a page about something else."""
    owner = _OF_OWNER.search(matched.statement.label)
    if owner is None:
        return False
    owner_roots = roots_of(owner["name"])
    return not owner_roots & (matched.subject | roots_of(matched.question))


def _label_fit(label: str, kind: AnswerKind, value: str) -> float:
    """Less than 1 where a label asks for another kind of answer: `Author` for a company."""
    label_kind = answer_kind(label)
    if kind == "country" and not is_country(value.rsplit(",", maxsplit=1)[-1]):
        return 0.6
    first = value.split(",", maxsplit=1)[0]
    if kind == "person" and label_kind != "person" and not looks_like_person(first):
        return 0.4
    kinds = {kind, label_kind}
    if len(kinds) > 1 and "person" in kinds and kinds & {"place", "country", "org", "code"}:
        return 0.35
    return 1.0


def sentence_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The names of a sentence, and where no person is asked for its phrases beside a copula."""
    kind = matched.answer_kind
    keywords = keyword_tokens(matched)
    in_question = roots_of(matched.question)
    for span in _spans(matched.text, kind):
        name = HONORIFIC_ALONE.sub("", span.text)
        if " " not in name:
            # `Zuckerberg` is told from the page, and who the `Landlord` is
            known = {
                **(matched.people if kind in {"person", "agent", "any"} else {}),
                **(matched.parties if kind in {"person", "agent", "org"} else {}),
            }
            name = known.get(name) or span.text
        named = Span(span.start, span.end, name)
        words = roots_of(HONORIFIC.sub("", name))
        is_office = " " not in name and answer_kind(name) in _NAMED_KINDS
        is_office = is_office or (
            kind in _NAMED_KINDS and name.lower() in plain_words_of(matched.document)
        )
        if (
            not words
            or is_office
            or words <= in_question
            or words <= matched.subject
            or words <= matched.keywords
        ):
            continue
        fit = name_fit(matched, named, kind, keywords)
        fit += _JOINED if " and " in name and kind not in {"person", "agent"} else 0.0
        if words & matched.subject and not keyword_bond(matched, named, keywords):
            fit *= 0.6
        fit *= role_fit(matched, span)
        of_subject = not is_past_holder(matched, named, kind)
        begins = bool(_BEGINS.search(matched.text, max(0, span.start - 8), span.start))
        bare = name.rstrip(" 0123456789.")
        is_first = begins and " " not in bare and bare not in matched.document.title
        # `Vienna, the capital`: what has an apposition is a name wherever it stands
        is_first = is_first and keyword_bond(matched, named, keywords) < IDENTICAL
        if is_first and bare not in names_within(matched.document):
            fit, of_subject = fit * 0.4, False  # capitalised because a sentence begins with it
        yield Candidate(name, text_key(name), fit, named.start, named.end, of_subject)
    yield from _beside_names(matched, kind, keywords)


def _beside_names(
    matched: MatchedStatement, kind: AnswerKind, keywords: list[Token]
) -> Iterator[Candidate]:
    """The codes, roles and phrases of a sentence."""
    if kind in {"any", "code"}:
        yield from _codes_in(matched, keywords)
        yield from _numbers_behind(matched, keywords)
    if kind in {"person", "agent"}:
        yield from by_role(matched, keywords)
    if kind in {"any", "place", "org", "country"}:
        yield from behind_copula(matched, keywords, kind)
    if kind == "any":
        yield from before_copula(matched, keywords)
        yield from plain_clauses(matched)
    if kind not in {"person", "code"}:
        yield from plain_phrases(matched, keywords)


def _codes_in(matched: MatchedStatement, keywords: list[Token]) -> Iterator[Candidate]:
    """The codes and long numbers of a sentence, but for dates and measures: `691-4069-B`."""
    text = matched.text
    taken = [(date.start, date.end) for date in find_dates(text)]
    taken += [(number.start, number.end) for number in find_numbers(text) if number.dimension]
    for found in islice(_IDENTIFIER.finditer(text), _MOST_CODES):
        code = found[0]
        is_long = sum(map(str.isdigit, code)) >= _LONG_NUMBER or any(map(str.isalpha, code))
        if not is_long or any(start <= found.start() < end for start, end in taken):
            continue
        candidate = _identifier(found, matched, keywords)
        yield replace(candidate, fit=_CODE_FIT * candidate.fit)


def _numbers_behind(matched: MatchedStatement, keywords: list[Token]) -> Iterator[Candidate]:
    """The numbers by which a statement calls what is asked for: 564 of `I was in room 564`."""
    for keyword in keywords:
        if found := _NUMBER_BEHIND.match(matched.text, keyword.end):
            number, (start, end) = found["number"], found.span("number")
            yield Candidate(number, text_key(number), _NUMBER_FIT, start, end)


def _identifier(
    found: re.Match[str], matched: MatchedStatement, keywords: list[Token]
) -> Candidate:
    """A number or reference, which fits the better the nearer it stands to the question's words."""
    fit = 0.25 + 0.75 * proximity(matched.text, found.start(), found.end(), keywords)
    return Candidate(found[0], text_key(found[0]), fit, found.start(), found.end())


def _spans(text: str, kind: AnswerKind) -> list[Span]:
    """The names of a sentence that can be of a kind; people who are named together also as one."""
    if kind == "code":
        codes = _CODE.finditer(text)
        return [Span(m.start(), m.end(), m[0]) for m in codes if m[0] not in NO_NAME]
    spans = find_names(text)
    if kind in {"any", "place", "country"}:
        spans += joined_names(text, spans)
    if kind == "any":
        spans += titles_with_joints(text, spans)
    if kind in {"person", "agent"}:
        spans = without_origin(spans)
        spans += joined_people(text, [span for span in spans if looks_like_person(span.text)])
    return spans
