"""Words as the index sees them: split, lower-cased, without accents, stemmed.

The index and the reader use the same analyzer, so that what was found can be explained
by the words that were found.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import tantivy

from parallel_nb.engine.corpus.places import composed

#: The pattern of a word: letters and digits; `C++`, `C#` and `F#` keep their signs.
_WORD: Final = r"[\p{L}\p{N}]+(?:\+\+|#)?"
_LONGEST_WORD: Final = 64


def word_set(text: str) -> frozenset[str]:
    """The words of a text, so that a long list of words can be written as one text."""
    return frozenset(text.split())


#: Words that carry no content of their own.
STOPWORDS: Final = word_set(
    """
    a an and are as at be been being but by can could did do does for from had has have
    he her hers him his how i if in into is it its itself me my no nor not of on or our
    out over per she should so some such than that the their them then there these
    they this those through to too under up us was we were what when where whether which while
    who whom whose why will with would you your s t also about any each both between
    during after before more most other only same very
    """
)


def make_analyzer() -> tantivy.TextAnalyzer:
    """The analyzer of the index, and of `stems`."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORD))
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


_ANALYZER: Final = make_analyzer()


def stems(text: str) -> list[str]:
    """The stemmed words of `text` in their order, stop words included.

    Examples:
        >>> stems("The flying rockets")
        ['the', 'fli', 'rocket']
    """
    text, _ = composed(text)
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
_NOT_DERIVED: Final = {
    "former": "former",
    "formerli": "former",
    "counti": "county",
    "station": "station",
    "parti": "party",
    "factori": "factory",
    "factor": "factor",
    "mission": "mission",
    # too short to lose an ending
    "owner": "own",
    "ownership": "own",
}
#: The forms of irregular verbs, and the nouns of verbs whose stem differs, each line one verb.
_ONE_VERB: Final = """
    appl applic applicant
    bid bidder
    break broke broken
    build built
    buy bought buyer
    choos chose chosen choic
    claim claimant
    close closur
    decid decis
    grow grew grown growth
    haul haulag haulier
    hold held
    lose lost loss
    pay paid payment payabl payer
    respond respons
    resum resumpt
    succeed successor success
    tenant tenanc
    win won winner
"""
_OF_VERB: Final = {
    form: verb
    for verb, *forms in (line.split() for line in _ONE_VERB.strip().splitlines())
    for form in forms
}


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """A stem without its derivational ending: `discoveri`, `discover`, `discov` are one."""
    if known := _NOT_DERIVED.get(word) or _OF_VERB.get(word):
        return known
    for ending in _DERIVED:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            return word[: -len(ending)]
    return word


STOP_STEMS: Final = frozenset(word for text in STOPWORDS for word in stems(text))
