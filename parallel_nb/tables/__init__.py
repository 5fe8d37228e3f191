"""Frames in and out; nothing here sends anything or knows a job.

`source` reads the table that a person passes in, of any library, by narwhals; `values` turns
its cells into what can be sent; `parse` turns an answer into a value of its field's type;
`frames` puts answers beside the rows they belong to; `basis` lists where each value came from;
`accessor` is `df.parallel`.

narwhals, and the library of a frame, are imported when a frame is met, not before.
"""

from parallel_nb.tables.basis import BASIS_COLUMNS, basis_frame
from parallel_nb.tables.frames import RowAnswer, build_frame
from parallel_nb.tables.source import STATUS_COLUMNS, Source, read_source

__all__ = [
    "BASIS_COLUMNS",
    "STATUS_COLUMNS",
    "RowAnswer",
    "Source",
    "basis_frame",
    "build_frame",
    "read_source",
]
