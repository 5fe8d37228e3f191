"""The process that makes the vectors of a room's passages, while nothing else wants the processor.

It is given the folder of the room, and ends when all passages have a vector, or when the engine
that has started it ends: its standard input does then. What it has done is kept.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from parallel_nb.engine.corpus.library import LIBRARY, Library, is_damage
from parallel_nb.engine.index.embedder import MODEL, PASSAGE_PIECES, Embedder
from parallel_nb.engine.index.passage_index import key_of_passage
from parallel_nb.engine.index.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Passage

#: Passages that have a vector at most: 200 MB, and two hours of work.
_MOST: Final = 250_000
#: Vectors that are kept at once.
_AT_ONCE: Final = 50
_LOWEST: Final = 19
#: Its exit code where the vectors have to be made anew.
FOUND_DAMAGE: Final = 3
#: Characters of the reason why it ends before its time, which it writes to its standard output.
_MOST_SAID: Final = 500


def open_vectors(room: Path) -> Vectors:
    """The vectors of the room that is kept in a folder; begun anew where they are damaged."""
    path = room / f"vectors-{MODEL}.sqlite3"
    for other in room.glob("vectors-*"):
        if not other.name.startswith(path.name):
            other.unlink(missing_ok=True)
    try:
        return Vectors(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        remove_vectors(room)
        return Vectors(path)


def remove_vectors(room: Path) -> None:
    """Have all vectors of a room made anew."""
    for part in room.glob("vectors-*"):
        part.unlink(missing_ok=True)


def embed_room(library: Library, vectors: Vectors, embed: Callable[[str], bytes]) -> None:
    """Make the vectors of all passages that have none, and remove those of documents that left.

    Args:
        library: the documents.
        vectors: where vectors are kept.
        embed: makes the vector of a text.
    """
    present, whole = library.numbers(), vectors.whole()
    count = sum(whole[number] for number in present & whole.keys())
    for number in sorted(present - whole.keys()):
        if count >= _MOST:
            break
        try:
            document = library[number]
        except KeyError:  # it has left meanwhile
            continue
        passages = library.passages_of(number)
        for first in range(0, len(passages), _AT_ONCE):
            entries = []
            for passage in passages[first : first + _AT_ONCE]:
                text = text_of(document, passage)
                digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
                vector = vectors.of_text(digest) or embed(text)
                entries.append((key_of_passage(number, passage.number), digest, vector))
            vectors.add(entries)
        vectors.mark_whole(number, len(passages))
        count += len(passages)
    # last, so that what a changed document had before is taken over
    vectors.keep_only(present)


def text_of(document: Document, passage: Passage) -> str:
    """What of a passage the model reads: `It was founded in 1906` needs what stands above it."""
    body = document.text[passage.start : passage.end]
    return ". ".join(filter(None, (document.title, passage.heading, body)))


def main() -> None:
    """Work until all is done."""
    psutil.Process().nice(psutil.IDLE_PRIORITY_CLASS if sys.platform == "win32" else _LOWEST)
    threading.Thread(target=_end_with_engine, daemon=True).start()
    embedder: list[Embedder] = []  # loaded when there is something to do

    def embed(text: str) -> bytes:
        if not embedder:
            embedder.append(Embedder())
        vector: Any = embedder[0].embed(text, PASSAGE_PIECES)
        half: bytes = vector.astype("<f2").tobytes()
        return half

    room = Path(sys.argv[1])
    try:
        with closing(Library(room / LIBRARY)) as library, closing(open_vectors(room)) as vectors:
            embed_room(library, vectors, embed)
    except Exception as error:  # noqa: BLE001 - whatever it is, the engine is told
        sys.stdout.write(f"{error or type(error).__name__}"[:_MOST_SAID])
        sys.exit(FOUND_DAMAGE if is_damage(error) else 1)


def _end_with_engine() -> None:
    os.read(0, 1)  # not by `sys.stdin`, whose lock would be held when this process ends
    os._exit(1)


if __name__ == "__main__":
    main()
