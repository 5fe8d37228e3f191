"""Index: the passages of a corpus, found by the words of queries.

- `fulltext`: search, and the excerpts of a document
- `keeper`: keeps the documents of a folder and their index up to date, on disk; `live`: the index
  as it is now; `passage_index`: the tantivy index itself
- `queries`: how much each word of a query counts; `excerpts`: which parts of a text to show
- `semantic`: ranks by meaning too, where that is installed; `embedder`: the model, which reads
  `wordpieces`; `vectors`: what it makes of passages, in the process `embedding_worker`
- `policy`: which documents a request allows
"""
