"""Words as the index sees them: split, lower-cased, without accents, stemmed.

The index and the reader use the same analyzer, so that what was found can be explained
by the words that were found.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import tantivy

#: A word is letters and digits; `C++`, `C#` and `F#` keep their signs.
WORD: Final = r"[\p{L}\p{N}]+(?:\+\+|#)?"
_LONGEST_WORD: Final = 64


def word_set(text: str) -> frozenset[str]:
    """The words of a text that lists them, so that a list of words reads as one."""
    return frozenset(text.split())


#: Words that carry no content of their own.
STOPWORDS: Final = word_set(
    """
    a an and are as at be been being but by can could did do does for from had has have
    he her hers him his how i if in into is it its itself me my no nor not of on or our
    out over own per she should so some such than that the their them then there these
    they this those through to too under up us was we were what when where whether which while
    who whom whose why will with would you your s t also about any each both between
    during after before more most other only same very
    """
)


def make_analyzer() -> tantivy.TextAnalyzer:
    """The analyzer of the index."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(WORD))
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


_ANALYZER: Final = make_analyzer()


def stems(text: str) -> list[str]:
    """The stemmed words of `text` in their order, stop words included."""
    try:
        words: list[str] = _ANALYZER.analyze(text)
    except UnicodeEncodeError:  # a lone surrogate, which JSON may carry
        words = _ANALYZER.analyze(text.encode("utf-8", "replace").decode())
    return words


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one word; of several, the first; empty when there is none."""
    found = stems(word)
    return found[0] if found else ""


_DERIVED: Final = ("ator", "ment", "ion", "eri", "ori", "er", "or", "ist", "ship", "i", "at")
_SHORTEST_ROOT: Final = 4
#: Words that only look derived: what is former was not formed, a county is no count, a
#: station no state, a party no part, and a factory no fact.
_UNDERIVED: Final = {
    "former": "former",
    "formerli": "former",
    "counti": "county",
    "station": "station",
    "parti": "party",
    "factori": "factory",
    "factor": "factor",
    "mission": "mission",
}


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """A stem without its derivational ending: `discoveri`, `discover`, `discov` are one."""
    if word in _UNDERIVED:
        return _UNDERIVED[word]
    for ending in _DERIVED:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            return word[: -len(ending)]
    return word


STOP_STEMS: Final = frozenset(word for text in STOPWORDS for word in stems(text))


#: Verbs that many things do: beside a noun they tell little of what is looked for.
LIGHT_STEMS: Final = frozenset(
    word
    for text in word_set(
        """
        make build built sell sold use used need come run give get take find keep call named
        work offer provide produce belong store say said show contain include
        """
    )
    for word in stems(text)
)
_KIND = re.compile(r"\s*(?:which|what|all)\s+(?:of\s+)?(?:the\s+)?((?:\w+\s*){1,3})", re.IGNORECASE)


def _kind_of(text: str) -> str:
    """The kind of thing that a query asks for: `companies`, or `makers` of `which toy makers`."""
    found = _KIND.match(text)
    if found is None:
        return ""
    words: list[str] = found[1].split()
    for before, word in zip(["", *words], words, strict=False):
        if stem(word) in STOP_STEMS | LIGHT_STEMS:
            return before
        if word.endswith("s"):
            return word
    return words[0]


def query_weights(text: str) -> dict[str, float]:
    """How much each content word of a query counts beside its rarity, from 0 to 1.

    `Which companies build aircraft?` looks for aircraft: the kind of thing that is asked
    for, and a verb that many things do, stand on pages about anything.
    """
    asked = frozenset(stems(_kind_of(text)))
    return {
        word: 0.3 if word in asked else 0.5 if word in LIGHT_STEMS else 1.0
        for word in content_stems(text)
    }


def content_stems(text: str) -> list[str]:
    """The stems of the words with content, each once, in the order of the text."""
    return [word for word in dict.fromkeys(stems(text)) if word not in STOP_STEMS]
