"""The names of documents and of subjects: what a title names, and what an input names.

An input names its subject in a cell of its row, or somewhere in its text; the names in the
titles of the documents tell which of its words are a name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import MONTHS
from parallel_nb.engine.corpus.words import STOPWORDS, stems, word_set
from parallel_nb.engine.reader.language.names import without_possessive
from parallel_nb.engine.reader.language.vocabulary import roots, roots_of
from parallel_nb.engine.reader.whole import plain_words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.index.fulltext import Index

#: A web address, with or without its scheme.
URL: Final = re.compile(
    r"https?://[^\s<>()\[\]\"']+|\b(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}(?:/[^\s<>()\"']*)?"
)
#: Parentheses with the space around them.
PARENTHESES: Final = re.compile(r"(?:(?<!\s)\s+)?+\([^()]*\)\s*")
_PARENTHESIZED = re.compile(r"\(([^()]+)\)")
#: A word with its possessive ending; `C++` and `C#` keep their signs.
WORD: Final = re.compile(r"[^\W_]+(?:\+\+|#)?(?:['\u2019]s\b)?")
_SEPARATOR = re.compile(r"(?<!\s)\s+[-\u2013\u2014|]\s+|:\s+|,\s+")
#: The legal form behind a company's name.
LEGAL_FORM: Final = re.compile(
    r"(?<![\s,])[\s,]+(?:Inc|Corp|Corporation|Co|Company|Ltd|Limited|LLC|PLC|plc|AG|SE|SA|S\.A|NV|N\.V|ASA|A/S"
    r"|GmbH|AB|KG|Group|Holding|Holdings|Platforms|Motors?)\.?$"
)
#: The same, of those that are no part of how people call it.
_ONLY_LEGAL = re.compile(
    r"(?<![\s,&])(?:[\s,&]+(?:Inc|Corp|Co|Ltd|Limited|LL[CP]|PLC|plc|CIC|Pty|AG|SE|SA|S\.A|SpA|S\.p\.A|NV|N\.V|BV|B\.V"
    r"|ASA|A/S|ApS|OY|Oy|GmbH|AB|KG|SARL|Srl|S\.r\.l|sp\. z o\.o|e\.V|eG)\b\.?){1,3}$"
)
#: What people are called with before their names.
TITLES: Final = ("Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Sir", "Dame")
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
    may must shall will would should could
    """
)
#: Words that are capitalised only because a prompt or title begins with them.
_COMMON_WORDS: Final = _PROMPT_WORDS | STOPWORDS | {title.lower() for title in TITLES}
#: `Research rhodium.`: what nobody wrote about is still what the run is about.
_PLAIN_PROMPT = re.compile(
    r"(?:research|(?:tell me|find out|what (?:is|do we) known?|facts|information) (?:about|on)"
    r"|describe|profile(?: of)?)"
    r"\s+(?:the\s+)?(?:(?:company|country|language|element|metal|planet|moon|database)\s+)?"
    r"(?P<name>[a-z][\w-]{2,}(?: [\w-]+)?)[.?!]?",
    re.IGNORECASE,
)
#: Columns that hold a name, and those that hold a thing of some class.
_NAME_COLUMNS = re.compile(
    r"^(?:name|title|entity|subject|topic|item|label)$|_name$|^name_", re.IGNORECASE
)
_CLASS_COLUMNS = re.compile(
    r"compan|countr|nation|languag|element|planet|moon|body|databas|product|organi[sz]ation|org\b|firm"
    r"|person|city|system|object|metal|vendor|brand|place",
    re.IGNORECASE,
)
_LONGEST_NAME: Final = 7
#: Words of an input that are looked through for a name.
_MAX_TOKENS: Final = 3_000
#: Passages that may hold a name.
_NAMING: Final = 40
#: A capitalised word right behind another.
_CAPITAL_BEHIND = re.compile(r" [^\W\d_a-z]\w")
#: Words, and characters, of an input that are looked through for a name that stands in documents.
_PHRASED: Final = 40
_PHRASED_CHARS: Final = 300
#: What it counts that a name stands first in an input, and alone in a heading or cell; beside it
#: counts how rare its words are.
_FIRST, _OWN_PLACE = 3.0, 3.0
#: A longer cell is no name, in characters.
_LONGEST_CELL: Final = 200


class TitleNames:
    """The names in the titles of a room, each with the documents, whose numbers are in order."""

    def __init__(self) -> None:
        """It knows no room yet."""
        #: Names that whole titles stand for, as stems.
        self.exact: dict[tuple[str, ...], list[int]] = {}
        #: Names with which a longer title begins, as stems: `MySQL` of `MySQL in short`.
        self.leading: dict[tuple[str, ...], list[int]] = {}
        #: Names of one word as they are written: a page on `Lead` is not meant by `who leads`.
        self.written: dict[str, list[int]] = {}
        self._by_root: dict[str, list[int]] = {}
        self._titles: dict[int, str] = {}
        self._newest = -1
        self._index: Index | None = None

    def follow(self, index: Index) -> None:
        """Know the titles of this index; of those before it only what differs is read."""
        if self._index is index:
            return
        for number in self._titles.keys() - index.corpus.numbers():
            for table, key in self._entries(self._titles.pop(number)):
                table[key].remove(number)
                if not table[key]:
                    del table[key]
        for head in index.corpus.heads(self._newest):
            self._titles[head.id] = head.title
            self._newest = head.id
            for table, key in self._entries(head.title):
                table.setdefault(key, []).append(head.id)
        self._index = index

    def _entries(self, title: str) -> Iterator[tuple[dict[Any, list[int]], Any]]:
        """The tables and keys under which a title stands."""
        names = names_in_title(title)
        written = {_folded(name) for name in names if len(stems(name)) == 1}
        for key in {tuple(stems(name)) for name in names} - {()}:
            yield self.exact, key
        if (match := _leading_name(title)) is not None:
            yield self.leading, tuple(stems(match[0]))
            written.add(_folded(match[0]))
        for name in written:
            yield self.written, name
        for root in set(roots(title)):
            yield self._by_root, root

    def documents_with(self, words: frozenset[str]) -> list[int]:
        """The documents whose titles hold all of these roots."""
        lists = sorted((self._by_root.get(word, []) for word in words), key=len)
        return sorted(set(lists[0]).intersection(*lists[1:])) if lists else []

    def is_whole_title(self, key: tuple[str, ...]) -> bool:
        """Whether a title is these stems alone, but for parentheses."""
        titles = (PARENTHESES.sub(" ", self._titles[n]) for n in self.exact.get(key, ()))
        return any(tuple(stems(title)) == key for title in titles)

    def longest_at(self, words: list[str], start: int) -> int:
        """How many of the stems from `start` on are a name; 0 where none begins there."""
        for size in range(min(_LONGEST_NAME, len(words) - start), 0, -1):
            key = tuple(words[start : start + size])
            if key in self.exact or key in self.leading:
                return size
        return 0


def title_names(index: Index) -> TitleNames:
    """The names in the titles of an index's documents; made once a room, and kept up to date."""
    names: TitleNames = index.kept.setdefault("title names", TitleNames())
    names.follow(index)
    return names


#: What a thing is, before its name: `club Aster`.
_KIND_BEFORE_NAME: Final = re.compile(
    r"(?:(?!(?:in|on|of|at|for|and|the|a|an|to|by|with|from|as|or|its|is|was)\b)[a-z]+ ){1,3}"
    r"(?P<name>[A-Z].*)"
)


def _leading_name(title: str) -> re.Match[str] | None:
    """The name with which a title begins: `MySQL` of `MySQL in short`."""
    match = _CAPITALS.match(title)
    if match is None or is_common(match[0].split()[0]):
        return None
    return None if _KIND_BEFORE_NAME.match(title[match.end() :].lstrip()) else match


def names_in_title(title: str) -> list[str]:
    """The names that a title may stand for: itself, and without additions.

    A capitalised addition in parentheses is a name as well.

    Examples:
        >>> names_in_title("Apple Inc."), names_in_title("Mercury (planet)")
        (['Apple Inc', 'Apple'], ['Mercury (planet)', 'Mercury'])
    """
    without_parentheses = PARENTHESES.sub(" ", title).strip()
    names = [title, without_parentheses, _SEPARATOR.split(without_parentheses)[0]]
    bare = without_parentheses.removeprefix("The ").removeprefix("Planet ")
    if match := _CAPITALS.match(bare):
        rest = without_parentheses.split(match[0], maxsplit=1)[1].lstrip(" ,")
        # `MySQL` of `MySQL in short`, `C` of `The C language`; `Aster` of `Rowing club Aster`
        if named := _KIND_BEFORE_NAME.match(rest):
            names.append(named["name"])
        elif not rest or (rest[:1].islower() and not is_common(match[0].split()[0])):
            names.append(match[0])
    names += [LEGAL_FORM.sub("", name) for name in names]
    names += [name.removeprefix("The ") for name in names]
    names += [without_possessive(name) for name in names]
    names += [name for name in _PARENTHESIZED.findall(title) if name[:1].isupper()]
    return list(dict.fromkeys(name.strip(" .") for name in names if name.strip(" .")))


def name_in_row(row: Iterable[tuple[str, str]], names: TitleNames) -> str:
    """The cell of a row that names its subject: by its column, else the first that may."""
    ranked = []
    for order, (column, value) in enumerate(row):
        has_letter = any(c.isalpha() for c in value)
        if URL.fullmatch(value) or not has_letter or len(value) > _LONGEST_CELL:
            continue
        rank = (
            0.0 if _NAME_COLUMNS.search(column) else 1.0 if _CLASS_COLUMNS.search(column) else 3.0
        )
        if tuple(stems(value)) in names.exact:
            rank -= 1.5 if rank > 1 else 0.5
        ranked.append((rank + order / 1000, order, value))
    return min(ranked)[2] if ranked else ""


def name_in_text(text: str, names: TitleNames, index: Index) -> str:
    """The part of a text that names its subject: a known name, else a capitalised one.

    Names are those in the titles of documents, and those that documents have in one piece as the
    text writes them: `A Winter at Sorrel`. Of several, the one counts most that is rare, that
    stands first, and that is a title, a heading or a row of a table.

    Returns:
        The name as the text writes it; empty where it names nothing.
    """
    without_urls = URL.sub(" ", text)
    known = _known_name(without_urls, names, index)
    spans = [match[1] for match in _QUOTED.finditer(without_urls)] + _capitalised(without_urls)
    key = tuple(stems(known))
    if spans and not known[:1].isupper() and not names.is_whole_title(key):
        known = ""  # `the lease in Tilburg` does not name the page `Lease of the hall`
    is_title = bool(known) and key in names.exact
    if is_title and not any(known in span and len(span) > len(known) for span in spans):
        return known
    if spans:
        phrases, plain = _phrases(without_urls, index)
        longer = [phrase for phrase in phrases if known and known in phrase]
        if is_title:
            return max(longer, key=len, default=known)
        if known and not longer:
            phrases[known] = _OWN_PLACE
        if phrases:
            first = min(without_urls.find(phrase) for phrase in phrases)

            def weight(phrase: str) -> tuple[float, int]:
                rarest = max((index.idf(stem) for stem in stems(phrase)), default=0.0)
                is_first = without_urls.find(phrase) == first
                # one word alone may be capitalised because a sentence begins with it
                is_doubtful = is_first and " " not in phrase and not phrases[phrase]
                leads = -_FIRST if is_doubtful else _FIRST * is_first
                return rarest + leads + phrases[phrase], len(phrase)

            return max(phrases, key=weight)
        # a text may begin with any word
        first_word = spans[0] if without_urls.startswith(spans[0]) else ""
        spans = [span for span in spans if span != first_word or span.lower() not in plain]
    return known or _likeliest(without_urls, spans, names, index)


def _likeliest(text: str, spans: list[str], names: TitleNames, index: Index) -> str:
    """The capitalised span of a text that names its subject, where documents have none of them."""

    def rank(item: tuple[int, str]) -> tuple[float, int]:
        order, span = item
        is_in_title = names.documents_with(roots_of(span))
        weight = _rarity(span, index) + (5.0 if is_in_title else 0.0)
        if len(spans) > 1 and " " not in span and text.lstrip().startswith(span):
            weight -= 6.0  # capitalised because a sentence begins with it
        return -weight, order

    if spans:
        return min(enumerate(spans), key=rank)[1]
    plain = _PLAIN_PROMPT.fullmatch(text.strip())
    return plain["name"] if plain else ""


def _phrases(text: str, index: Index) -> tuple[dict[str, float], frozenset[str]]:
    """The longest pieces of a text that the documents have as they are, with a capital in them.

    Returns:
        Each with the bonus for where it stands, alone in a heading or in a cell of a table; and
        the words that these documents have in lower case.
    """
    words = list(WORD.finditer(text))[:_PHRASED]
    texts, places, plain = _passages(text, index)
    found: dict[str, float] = {}
    taken = 0
    for first in range(len(words)):
        if first < taken:
            continue
        for last in range(min(len(words), first + _LONGEST_NAME), first, -1):
            phrase = _phrase(text, words[first:last])
            if first == 0 and phrase.lower() in plain:
                continue  # it has a capital because the text begins with it
            if not _may_name(phrase) or not any(_stands_in(_spaced(phrase), t) for t in texts):
                continue
            parts = (
                _phrase(text, words[start:end])
                for start in range(first, last)
                for end in range(last, start, -1)
            )
            named = (p for p in parts if " " in p or last - first == 1)
            own = next((p for p in named if _may_name(p) and _spaced(p) in places), "")
            before = words[first - 1][0] if first else ""
            is_cut = before[:1].isupper() and not is_common(before)
            is_cut = is_cut or bool(_CAPITAL_BEHIND.match(text, words[last - 1].end()))
            if is_cut and " " not in own:
                continue  # of `Oslo Corp`, a page that has Oslo does not have the name
            found[own or phrase] = _OWN_PLACE if own else 0.0
            taken = last
            break
    return found, plain


def _passages(text: str, index: Index) -> tuple[list[str], frozenset[str], frozenset[str]]:
    """The passages that match a text best, and what stands there alone in a heading or cell.

    The third are the words that their documents have in lower case.
    """
    corpus = index.corpus
    texts: list[str] = []
    places: set[str] = set()
    plain: set[str] = set()
    for number, passage, *_ in index.find_passages(text[:_PHRASED_CHARS], limit=_NAMING):
        found = corpus.passages_of(number)[passage]
        slice_ = corpus.documents[number].text[found.start : found.end]
        texts.append(_spaced(f"{corpus.documents[number].title} \n {found.heading} \n {slice_}"))
        plain.update(plain_words_of(corpus.documents[number]))
        places.add(found.heading.rsplit(" > ", 1)[-1])
        if found.kind == "table":
            places.update(slice_.replace("\n", "|").split("|"))
    bare = (_spaced(place).removeprefix("the ").removeprefix("a ") for place in places)
    return texts, frozenset(bare), frozenset(plain)


def _phrase(text: str, words: list[re.Match[str]]) -> str:
    return without_possessive(text[words[0].start() : words[-1].end()])


def _is_month(word: str) -> bool:
    """True for `March` and `Mar`, and `Sept`."""
    return len(word) > 2 and any(month.startswith(word) for month in MONTHS)


def _may_name(phrase: str) -> bool:
    """True for words that begin and end as a name does, without its article."""
    first, *_, last = phrase.split() * 2
    if first.isdigit() and first != last:
        first = phrase.split()[1]  # `27 Elm Road`
    is_last = last[:1].isupper() or last[:1].isdigit()
    return is_last and first[:1].isupper() and not is_common(first) and not _is_month(first)


def _stands_in(phrase: str, text: str) -> bool:
    """True where a text has a phrase in whole words."""
    position = text.find(phrase)
    while position >= 0:
        after = text[position + len(phrase) : position + len(phrase) + 1]
        if not text[max(0, position - 1) : position].isalnum() and not after.isalnum():
            return True
        position = text.find(phrase, position + 1)
    return False


def _spaced(text: str) -> str:
    """In lower case, with one blank between words."""
    return " ".join(text.lower().split())


def _known_name(text: str, names: TitleNames, index: Index) -> str:
    """The rarest name of a title in a text; the first one counts more."""
    tokens = list(WORD.finditer(text))[:_MAX_TOKENS]
    words = [(stems(without_possessive(token[0])) or [""])[0] for token in tokens]
    found: list[tuple[float, str]] = []
    position = 0
    while position < len(tokens):
        size = names.longest_at(words, position)
        start, position = position, position + max(1, size)
        if not size or not _looks_like_name(tokens, start, size):
            position = start + 1
            continue
        written = text[tokens[start].start() : tokens[start + size - 1].end()]
        name = without_possessive(written)
        if size == 1 and _folded(name) not in names.written:
            continue
        is_capitalised = position < len(tokens) and tokens[position][0][:1].isupper()
        if not name[:1].isupper() and is_capitalised and names.longest_at(words, position):
            continue  # of `the moon Phobos`, the moon is the class
        # of `Oracle's MySQL` the thing is meant, not its owner
        is_first = not found and name == written
        found.append((_rarity(name, index) + (3.0 if is_first else 0.0), name))
    return max(found, key=lambda item: item[0])[1] if found else ""


def _looks_like_name(tokens: list[re.Match[str]], start: int, size: int) -> bool:
    first = tokens[start][0]
    if size == 1 and first.lower() in STOPWORDS and not (len(first) > 1 and first.isupper()):
        # `A`, `It`, and `Go` within `go to`, are words before they are names
        return False
    return first[:1].isupper() or not first[:1].isalpha() or size > 1 or len(first) > 2


def _capitalised(text: str) -> list[str]:
    """The capitalised spans of a text, without the words of a prompt at their ends."""
    spans = []
    for match in _CAPITALS.finditer(text):
        words = match[0].strip(".,'/-").split()
        while words and is_common(words[0].strip(".,'\u2019")):
            words.pop(0)
        while words and words[-1].lower() in STOPWORDS:
            words.pop()
        if not all(_is_month(word) or word.isdigit() for word in words):
            spans.append(without_possessive(" ".join(words)))
    return spans


def without_legal_form(name: str) -> str:
    """`Acme Works Ltd` as `Acme Works`."""
    return _ONLY_LEGAL.sub("", name) or name


def is_common(word: str) -> bool:
    """True for a word that is capitalised only because a prompt or title begins with it."""
    return word.lower() in _COMMON_WORDS


def _rarity(name: str, index: Index) -> float:
    return sum(index.idf(stem) for stem in sorted(set(stems(name))))


def _folded(name: str) -> str:
    """A name without case, accents and signs around it."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in bare if not unicodedata.combining(c)).strip(" .,'\"")
