"""Whether the forms of one book say the same: sentences of one that are found in the others.

    python -m bench.books policy.txt policy.pdf policy.html/

The first is the form from which 600 sentences are drawn (seeded); each other is a file or a folder.
A sentence is found where its letters and digits stand in their order within one text. Debian's
package debian-policy has a book in these three forms.
"""

from __future__ import annotations

import random
import re
import sys
import time
import unicodedata
from pathlib import Path

from parallel_nb.engine.corpus.formats import extract_file
from parallel_nb.engine.corpus.passages import passages, sentences

_SAMPLE = 600
_SHORTEST = 60
_LETTERS = re.compile(r"[\W_]+")


def letters(text: str) -> str:
    return _LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())


def read(source: Path) -> list[str]:
    paths = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    began = time.perf_counter()
    found = [extract_file(path, path.parent) for path in paths]
    texts = [text.parsed.text for each in found for text in each.texts]
    characters = sum(map(len, texts))
    seconds = time.perf_counter() - began
    print(f"{source.name}: {characters:,} characters, {characters / seconds / 1e6:.2f} million/s")
    return texts


def prose(text: str) -> list[str]:
    """Its sentences of running text."""
    return [
        text[start:end]
        for passage in passages(text)
        if passage.kind == "prose"
        for start, end in sentences(text, passage.start, passage.end)
        if end - start >= _SHORTEST
    ]


def main(sources: list[Path]) -> None:
    first, *others = sources
    drawn = [sentence for text in read(first) for sentence in prose(text)]
    random.Random(7).shuffle(drawn)  # noqa: S311 - it makes the measure repeatable
    drawn = drawn[:_SAMPLE]
    for other in others:
        texts = list(map(letters, read(other)))
        missing = [s for s in drawn if not any(letters(s) in text for text in texts)]
        print(
            f"  {len(drawn) - len(missing)} of {len(drawn)} sentences of {first.name} stand in it"
        )
        for sentence in missing[:5]:
            print("    not found:", " ".join(sentence.split())[:150])


if __name__ == "__main__":
    main(list(map(Path, sys.argv[1:])))
