"""Corpus: a folder of files as documents, and their text as passages, words and dates.

- `documents`: the folder; `extraction`, `extraction_worker`: its files read in processes of their
  own, with limits; `library`: what was found in them, kept on disk, in a `table_file`
- `formats`: which reader reads which file; `page`: what a reader gives back; `places`: where the
  parts of a text stand in the file
- `pdf`, `word`, `sheets`, `slides`, `delimited`, `json_files`, `mail`, `html`, `markdown`,
  `archives`: the readers, one module a format; `pdf_layout`, `ocr`, `word_numbering`, `prose`,
  `drawings`, `number_formats`, `packages` and `grids` are parts of theirs
- `passages`: a text cut into passages, sentences and lines
- `words`: how text becomes words, for the index and the reader alike; `dates`: dates in text
"""
