"""Index: the passages of a corpus, found by the words of queries.

- `fulltext`: search, and the excerpts of a document
- `passage_index`: the tantivy index, in memory or on disk
- `queries`: how much each word of a query counts; `excerpts`: which parts of a text to show
- `policy`: which documents a request allows
"""
