"""The tantivy index of passages: its schema, what is added and removed, and where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import tantivy

from parallel_nb.engine.corpus.words import make_analyzer, stems

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_nb.engine.corpus.passages import Passage

#: Part of an index's name on disk: raise it when schema, analyzer or passages change.
FORMAT: Final = 4
_ANALYZER: Final = "stemmed"
#: Memory for writing, in bytes.
_HEAP_SIZE: Final = 30_000_000
#: One integer is the key of a passage: the document's number, then its own in these bits.
_NUMBER_BITS: Final = 24


class PassageWriter:
    """Adds and removes the passages of documents; what it does is found after `close`.

    Examples:
        >>> from parallel_nb.engine.corpus.passages import passages
        >>> index = index_in_memory()
        >>> writer = PassageWriter(index)
        >>> writer.add(0, "Anvils", "They fall.", passages("They fall."))
        >>> writer.close()
        >>> index.searcher().num_docs
        1
    """

    def __init__(self, index: tantivy.Index) -> None:
        """Take the one writer that an index has.

        Raises:
            ValueError: another one writes.
        """
        self._index = index
        self._writer = index.writer(heap_size=_HEAP_SIZE, num_threads=1)

    def add(self, number: int, title: str, text: str, passages: Iterable[Passage]) -> None:
        """Add the passages of a document."""
        title_stems = len(set(stems(title)))
        for passage in passages:
            entry = tantivy.Document()
            entry.add_text("title", title)
            entry.add_text("heading", passage.heading)
            entry.add_text("body", text[passage.start : passage.end])
            entry.add_integer("document", number)
            entry.add_integer("key", key_of_passage(number, passage.number))
            entry.add_integer("title_stems", title_stems)
            self._writer.add_document(entry)

    def remove(self, number: int) -> None:
        """Remove all passages of a document that were added before."""
        self._writer.delete_documents_by_term("document", number)

    def close(self) -> None:
        """Write to disk what was done, and let another write."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._index.reload()


def index_in_memory() -> tantivy.Index:
    """An empty index."""
    return _analyzing(tantivy.Index(_schema()))


def make_index(folder: Path) -> tantivy.Index:
    """A new, empty index in a folder that is made for it.

    Raises:
        OSError: the folder cannot be made.
    """
    folder.mkdir(parents=True)
    return _analyzing(tantivy.Index(_schema(), path=str(folder)))


def reopen_index(folder: Path) -> tantivy.Index:
    """The index in a folder.

    Raises:
        ValueError: there is none, or it is damaged.
    """
    index = _analyzing(tantivy.Index.open(str(folder)))
    index.config_reader("Manual")
    return index


def key_of_passage(document: int, number: int) -> int:
    """The key of a document's passage."""
    return document << _NUMBER_BITS | number


def passage_of_key(key: int) -> tuple[int, int]:
    """The document's number and the passage's that a key stands for."""
    return key >> _NUMBER_BITS, key & ((1 << _NUMBER_BITS) - 1)


def _analyzing(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer(_ANALYZER, make_analyzer())
    return index


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("title", "heading", "body"):
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    # signed integers: tantivy-py reads a plain 0 as signed and refuses it in unsigned fields
    builder.add_integer_field("document", indexed=True, fast=True)
    builder.add_integer_field("key", indexed=True, fast=True)
    builder.add_integer_field("title_stems", fast=True)
    return builder.build()
