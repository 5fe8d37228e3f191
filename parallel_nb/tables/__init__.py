"""Answers as DataFrames.

`values` turns a cell into what can be sent; `source` reads the frame that a person passes
in, pandas or Polars; `parse` turns an answer into a value of its field's type; `frames` puts
answers beside the rows they belong to; `basis` lists where each value came from; `accessor`
is `df.parallel`. Nothing here sends anything or knows a job.

pandas and Polars are imported when a frame is met, not before.
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
