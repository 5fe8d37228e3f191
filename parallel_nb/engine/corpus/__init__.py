"""Corpus: a folder of files as documents, and their text as passages, words and dates.

- `documents`: the folder; which reader reads which file
- `markdown`, `html`: the readers, one module a format; `page`: what a reader gives back
- `passages`: a text cut into passages, sentences and lines
- `words`: how text becomes words, for the index and the reader alike; `dates`: dates in text
"""
