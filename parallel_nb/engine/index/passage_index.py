"""The tantivy index of a corpus: its schema, and where it is kept.

One entry is a passage. On disk, an index is found again by the fingerprint of its corpus.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tantivy

from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.words import make_analyzer

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.documents import Corpus

#: Part of an index's name on disk: raise it when schema, analyzer or passages change.
_FORMAT: Final = 3
_FOLDER_NAME = re.compile(r"\d+-[0-9a-f]{32}\Z")
_ANALYZER: Final = "stemmed"
#: Memory for writing, in bytes.
_HEAP_SIZE: Final = 50_000_000
#: One integer is the key of a passage: the document's id, then its number in these bits.
_NUMBER_BITS: Final = 24


def open_index(corpus: Corpus, directory: Path | None) -> tantivy.Index:
    """The index of a corpus, in memory or below `directory`.

    On disk, the index of this very corpus is reopened; otherwise it is made anew, and older
    ones are removed. It is made beside its folder and moved there when it is whole, so that a
    process killed in between leaves nothing that could be taken for an index.
    """
    if directory is None:
        return _fill(tantivy.Index(_schema()), corpus)
    folder = directory / f"{_FORMAT}-{corpus.fingerprint[:32]}"
    if folder.is_dir():
        try:
            return _reopen(folder)
        except ValueError:  # it is damaged
            shutil.rmtree(folder, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    for other in directory.iterdir():
        if other.is_dir() and _FOLDER_NAME.match(other.name):
            shutil.rmtree(other, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="making-", dir=directory))
    _fill(tantivy.Index(_schema(), path=str(unfinished)), corpus)
    try:
        unfinished.replace(folder)
    except OSError:  # another process was quicker: its index is as good
        shutil.rmtree(unfinished, ignore_errors=True)
    return _reopen(folder)


def passage_of_key(key: int) -> tuple[int, int]:
    """The document's id and the passage's number that a key stands for."""
    return key >> _NUMBER_BITS, key & ((1 << _NUMBER_BITS) - 1)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("title", "heading", "body"):
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    # signed integers: tantivy-py reads a plain 0 as signed and refuses it in unsigned fields
    builder.add_integer_field("document", indexed=True)
    builder.add_integer_field("key", fast=True)
    return builder.build()


def _fill(index: tantivy.Index, corpus: Corpus) -> tantivy.Index:
    index.register_tokenizer(_ANALYZER, make_analyzer())
    writer = index.writer(heap_size=_HEAP_SIZE, num_threads=1)
    for document in corpus.documents:
        for passage in passages(document.text):
            entry = tantivy.Document()
            entry.add_text("title", document.title)
            entry.add_text("heading", passage.heading)
            entry.add_text("body", document.text[passage.start : passage.end])
            entry.add_integer("document", document.id)
            entry.add_integer("key", document.id << _NUMBER_BITS | passage.number)
            writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def _reopen(folder: Path) -> tantivy.Index:
    """Open an index on disk; ValueError where it is damaged."""
    index = tantivy.Index.open(str(folder))
    index.register_tokenizer(_ANALYZER, make_analyzer())
    return index
