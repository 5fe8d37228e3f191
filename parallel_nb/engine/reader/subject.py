"""Whom or what a run is about, and which documents are about it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.documents import host_of
from parallel_nb.engine.corpus.words import STOPWORDS, stems, word_set
from parallel_nb.engine.index.policy import allows
from parallel_nb.engine.reader.pages import read_page
from parallel_nb.engine.reader.vocabulary import STOP_ROOTS, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.request import Task

#: How much a document is trusted to speak of the subject.
EXACT: Final = 1.0  # its title is the subject's name
ABOUT: Final = 0.9  # its title holds the name
MENTION: Final = 0.6  # its text names it: only statements that do so count

_TOKEN = re.compile(r"[^\W_]+(?:\+\+|#)?(?:['\u2019]s\b)?")
_URL = re.compile(r"https?://[^\s<>()\[\]\"']+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>()\"']*)?")
_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*")
_SEPARATOR = re.compile(r"\s+[-\u2013\u2014|]\s+|:\s+|,\s+")
_FORM = re.compile(
    r"[\s,]+(?:Inc|Corp|Corporation|Co|Company|Ltd|Limited|LLC|PLC|plc|AG|SE|SA|S\.A|NV|N\.V|ASA|A/S"
    r"|GmbH|AB|KG|Group|Holding|Holdings|Platforms|Motors?)\.?$"
)
_QUOTED = re.compile(r"[\"\u201c\u00ab]([^\"\u201d\u00bb]{2,80})[\"\u201d\u00bb]")
_CAPITALS = re.compile(
    r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff][\w&.'\u2019+#/-]*"
    r"(?:\s+(?:(?:of|de|van|von|der|da|del|di|du|la|le|the|and|&)\s+){0,2}[^\W_a-z\u00df-\u00f6\u00f8-\u00ff][\w&.'\u2019+#/-]*)*"
)
#: Words with which a prompt begins, which are no names.
_PROMPT_WORDS: Final = word_set(
    """
    research find look tell give describe list name what who whom when where which why
    how is are was were do does did has have can prefer use answer question please about
    company country language return report get determine identify summarize summarise
    explain write for in on the a an of and from to profile provide state fill extract
    """
)
#: `Research rhodium.`: what nobody wrote about is still what the run is about.
_PLAIN_PROMPT = re.compile(
    r"(?:research|(?:tell me|find out|what (?:is|do we) known?|facts|information) (?:about|on)"
    r"|describe|profile(?: of)?)"
    r"\s+(?:the\s+)?(?:(?:company|country|language|element|metal|planet|moon|database)\s+)?"
    r"(?P<name>[a-z][\w-]{2,}(?: [\w-]+)?)[.?!]?",
    re.IGNORECASE,
)
_NAME_KEYS = re.compile(
    r"^(?:name|title|entity|subject|topic|item|label)$|_name$|^name_", re.IGNORECASE
)
_CLASS_KEYS = re.compile(
    r"compan|countr|nation|languag|element|planet|moon|body|databas|product|organi[sz]ation|org\b|firm"
    r"|person|city|system|object|metal|vendor|brand|place",
    re.IGNORECASE,
)
_ALIAS = (
    r"(?:\bor|called|known as|known under the name|formerly|originally"
    r"|nicknamed|abbreviated|short for|\()"
    r"\s+(?:the\s+)?[\"\u201c(]?"
)
_ALIAS_LABELS: Final = frozenset(
    roots(
        "name nickname alias abbreviation acronym called formerly known short symbol ticker title"
    )
)
_ALIAS_PASSAGES: Final = 20
#: An alias is given where a page begins.
_ALIAS_UNITS: Final = 4
_LONGEST_NAME: Final = 7
_MAX_TOKENS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about."""

    #: As the input writes it; empty when it names nothing.
    name: str = ""
    words: frozenset[str] = frozenset()
    #: Documents in the order in which they are read, with the trust in each.
    trust: dict[int, float] = field(default_factory=dict)
    #: Words of the input beside the name.
    context: frozenset[str] = frozenset()

    def is_named_in(self, words: frozenset[str]) -> bool:
        """True when a statement with these words names the subject."""
        return bool(self.words) and self.words <= words


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a corpus's documents."""

    exact: dict[tuple[str, ...], tuple[int, ...]]
    #: Names with which a longer title begins: `MySQL` of `MySQL in short`.
    leading: frozenset[tuple[str, ...]]
    by_title_word: dict[str, frozenset[int]]
    #: Names of one word as they are written: a page on `Lead` is not meant by `who leads`.
    written: frozenset[str]


@lru_cache(maxsize=4)
def _names_of(index: Index) -> _Names:
    exact: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    by_word: defaultdict[str, set[int]] = defaultdict(set)
    leading = set()
    written = set()
    for document in index.corpus.documents:
        for name in names_of_title(document.title):
            key = tuple(stems(name))
            if len(key) == 1:
                written.add(_folded(name))
            if key and document.id not in exact[key]:
                exact[key].append(document.id)
        if match := _CAPITALS.match(document.title):
            words = match[0].split()
            if words[0].lower() not in _PROMPT_WORDS | STOPWORDS:
                leading.add(tuple(stems(match[0])))
                written.add(_folded(match[0]))
        for word in roots(document.title):
            by_word[word].add(document.id)
    return _Names(
        {key: tuple(ids) for key, ids in exact.items()},
        frozenset(leading),
        {word: frozenset(ids) for word, ids in by_word.items()},
        frozenset(written),
    )


def _folded(name: str) -> str:
    """A name without case, accents and signs around it."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in bare if not unicodedata.combining(c)).strip(" .,'\"")


def names_of_title(title: str) -> list[str]:
    """The names that a title may stand for: itself, and without additions.

    `Apple Inc.` gives `Apple`, `Mercury (planet)` gives `Mercury`, `Meta: a profile` gives
    `Meta`, and a capitalised addition in parentheses is a name as well.
    """
    names = [title, _PARENTHESES.sub(" ", title).strip()]
    names.append(_SEPARATOR.split(names[1])[0])
    if match := _CAPITALS.match(names[1].removeprefix("The ").removeprefix("Planet ")):
        rest = names[1].split(match[0], maxsplit=1)[1].lstrip(" ,")
        if rest[:1].islower() and match[0].split()[0].lower() not in _PROMPT_WORDS | STOPWORDS:
            names.append(match[0])  # `MySQL` of `MySQL in short`, `C` of `The C language`
        elif not rest:
            names.append(match[0])
    names += [_FORM.sub("", name) for name in names]
    names += [name.removeprefix("The ") for name in names]
    names += [name.removesuffix("'s").removesuffix("\u2019s") for name in names]
    for inner in re.findall(r"\(([^()]+)\)", title):
        if inner[:1].isupper():
            names.append(inner)
    return list(dict.fromkeys(name.strip(" .") for name in names if name.strip(" .")))


def find_subject(
    index: Index, task: Task, *, pages: int, policy: SourcePolicy | None = None
) -> Subject:
    """Find the subject of a run and the documents to read for it, at most `pages`."""
    names = _names_of(index)
    name = _name_in_row(task.row, names) if task.row else _name_in_text(task.text, names, index)
    key = tuple(stems(name))
    words = frozenset(root for root in roots(name) if root not in STOP_ROOTS) or frozenset(
        roots(name)
    )
    context = (
        frozenset(
            root
            for text in (task.text, *(k.replace("_", " ") for k, _ in task.row))
            for root in roots(text)
            if root not in STOP_ROOTS
        )
        - words
    )
    documents = index.corpus.documents
    trust: dict[int, float] = {}
    for document in _linked(index, task.text):
        trust[document.id] = EXACT
    exact = _of_context(index, names.exact.get(key, ()), context)
    for number, value in exact:
        trust.setdefault(number, value)
    for number in _titles_with(names, words):
        rest = _PARENTHESES.sub(" ", documents[number].title)
        about = not exact or _is_about(rest, words)
        trust.setdefault(number, ABOUT if about else MENTION)
    if name and not trust:
        trust = _by_alias(index, name, words)
    trust = {number: value for number, value in trust.items() if allows(policy, documents[number])}
    ranked = sorted(
        trust, key=lambda number: (-trust[number], _newest_first(documents[number]), number)
    )
    chosen = {number: trust[number] for number in ranked[:pages]}
    return Subject(name, words, chosen, context)


def _newest_first(document: Document) -> int:
    return -int((document.date or "0000-00-00").replace("-", ""))


def _titles_with(names: _Names, words: frozenset[str]) -> list[int]:
    if not words:
        return []
    sets = [names.by_title_word.get(word, frozenset()) for word in words]
    return sorted(frozenset.intersection(*sets))


def _is_about(title: str, words: frozenset[str]) -> bool:
    """True when a title adds no other name: `Finland in brief`, but not `Amazon DynamoDB`."""
    others = [t[0] for t in _TOKEN.finditer(title) if not (set(roots(t[0])) <= words)]
    return not any(other[:1].isupper() for other in others)


def _of_context(
    index: Index, numbers: Sequence[int], context: frozenset[str]
) -> list[tuple[int, float]]:
    """Documents of the same name, those last that the rest of the input does not speak of.

    `the planet Mercury` trusts the page of the planet before that of the metal.
    """
    if len(numbers) < 2 or not context:
        return [(number, EXACT) for number in numbers]
    documents = index.corpus.documents
    shares = {number: _shared(index, documents[number], context) for number in numbers}
    best = max(shares.values())
    return [
        (number, EXACT if not best or share >= 0.6 * best else MENTION)
        for number, share in shares.items()
    ]


def _shared(index: Index, document: Document, context: frozenset[str]) -> float:
    """How much of the context stands in a document's title and address.

    Not in its text: of two pages on one subject, an old and a new one, the one that happens
    to use the input's words is not the better one.
    """
    words = read_page(document).title_words | frozenset(roots(document.url))
    return sum(index.idf(word) for word in context & words)


def _by_alias(index: Index, name: str, words: frozenset[str]) -> dict[int, float]:
    """Documents that say of what they are about that it is also called so.

    `Mercury, or quicksilver, is`, `formerly Statoil`, `Former name: Statoil`.
    """
    called = re.compile(_ALIAS + re.escape(name) + r"(?!\w)", re.IGNORECASE)
    found: dict[int, float] = {}
    for number, _, _ in index.find_passages(name, limit=_ALIAS_PASSAGES):
        for unit in read_page(index.corpus.documents[number]).units:
            if not words <= unit.words or unit.subject:
                continue
            label = frozenset(unit.label_words) & _ALIAS_LABELS
            if (unit.is_fact and label) or (
                unit.number < _ALIAS_UNITS and called.search(unit.value)
            ):
                found.setdefault(number, ABOUT)
    return found


def _linked(index: Index, text: str) -> list[Document]:
    """The documents whose address the input names."""
    found = []
    for match in _URL.finditer(text[:20_000]):
        url = match[0].rstrip(".,;:")
        document = index.document(url if "://" in url else f"https://{url}")
        if document is not None and host_of(document.url):
            found.append(document)
    return found


def _name_in_row(row: Iterable[tuple[str, str]], names: _Names) -> str:
    """The value of a row that names its subject."""
    best: tuple[float, str] | None = None
    for order, (key, value) in enumerate(row):
        if _URL.fullmatch(value) or not any(c.isalpha() for c in value) or len(value) > 200:
            continue
        rank = 0.0 if _NAME_KEYS.search(key) else 1.0 if _CLASS_KEYS.search(key) else 3.0
        if tuple(stems(value)) in names.exact:
            rank -= 1.5 if rank > 1 else 0.5
        rank += order / 1000
        if best is None or rank < best[0]:
            best = (rank, value)
    return best[1] if best else ""


def _name_in_text(text: str, names: _Names, index: Index) -> str:
    """The part of a text that names its subject: a known name, else a capitalised one."""
    bare = _URL.sub(" ", text)
    known = _known_names(bare, names, index)
    if known:
        return known
    spans = [match[1] for match in _QUOTED.finditer(bare)] + _capitalised(bare)

    def claim(item: tuple[int, str]) -> tuple[float, int]:
        order, span = item
        words = frozenset(roots(span))
        worth = _rarity(span, index) + (5.0 if _titles_with(names, words) else 0.0)
        if len(spans) > 1 and " " not in span and bare.lstrip().startswith(span):
            worth -= 6.0  # capitalised because a sentence begins with it
        return -worth, order

    if spans:
        return min(enumerate(spans), key=claim)[1]
    plain = _PLAIN_PROMPT.fullmatch(bare.strip())
    return plain["name"] if plain else ""


def _rarity(name: str, index: Index) -> float:
    return sum(index.idf(stem) for stem in set(stems(name)))


def _known_names(text: str, names: _Names, index: Index) -> str:
    tokens = list(_TOKEN.finditer(text))[:_MAX_TOKENS]
    words = [(stems(t[0].removesuffix("'s").removesuffix("\u2019s")) or [""])[0] for t in tokens]
    best: tuple[float, str] | None = None
    at = 0
    order = 0
    while at < len(tokens):
        size = _longest_name(words, at, names)
        if not size or not _looks_like_name(tokens, at, size):
            at += 1
            continue
        name = text[tokens[at].start() : tokens[at + size - 1].end()]
        bare = name.removesuffix("'s").removesuffix("\u2019s")
        if size == 1 and _folded(bare) not in names.written:
            at += 1
            continue
        if not name[:1].isupper() and _is_class_of_next(tokens, words, at + size, names):
            at += size  # `the moon Phobos`
            continue
        # of `Oracle's MySQL` the thing is meant, not its owner
        score = _rarity(bare, index) + (3.0 if order == 0 and bare == name else 0.0)
        name = bare
        if best is None or score > best[0]:
            best = (score, name)
        order += 1
        at += size
    return best[1] if best else ""


def _is_class_of_next(
    tokens: list[re.Match[str]], words: list[str], at: int, names: _Names
) -> bool:
    """True when a capitalised name follows what is written in lower case."""
    return at < len(tokens) and tokens[at][0][:1].isupper() and _longest_name(words, at, names) > 0


def _longest_name(words: list[str], at: int, names: _Names) -> int:
    for size in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
        key = tuple(words[at : at + size])
        if key in names.exact or key in names.leading:
            return size
    return 0


def _looks_like_name(tokens: list[re.Match[str]], at: int, size: int) -> bool:
    first = tokens[at][0]
    if size == 1 and first.lower() in STOPWORDS and not (len(first) > 1 and first.isupper()):
        # `A`, `It`, and `Go` within `go to`, are words before they are names
        return False
    return first[:1].isupper() or not first[:1].isalpha() or size > 1 or len(first) > 2


def _capitalised(text: str) -> list[str]:
    spans = []
    for match in _CAPITALS.finditer(text):
        words = match[0].strip(".,'/-").split()
        while words and words[0].lower().strip(".,'\u2019") in _PROMPT_WORDS | STOPWORDS:
            words.pop(0)
        while words and words[-1].lower() in STOPWORDS:
            words.pop()
        if words:
            spans.append(" ".join(words).removesuffix("'s").removesuffix("\u2019s"))
    return spans
