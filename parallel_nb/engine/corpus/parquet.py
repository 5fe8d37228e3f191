"""Parquet files, by PyArrow: tables, or documents a row. See `records`."""

from __future__ import annotations

import io
from typing import Any, Final

from parallel_nb.engine.corpus.packages import MAX_UNPACKED
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.records import read_table
from parallel_nb.formats import size

_BATCH: Final = 1_000


def read_parquet(data: bytes) -> ParsedFile:
    """Read a Parquet file.

    Raises:
        UnreadableFileError: PyArrow is not installed; or it is damaged, or unpacks to too much.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - the same
    except ImportError as error:
        raise UnreadableFileError(
            "Parquet files are read by PyArrow, which is not installed: "
            "pip install 'parallel-nb[arrow]'"
        ) from error
    rows: list[list[Any]] = []
    try:
        with parquet.ParquetFile(io.BytesIO(data)) as file:
            metadata = file.metadata
            groups = map(metadata.row_group, range(metadata.num_row_groups))
            unpacked = sum(group.total_byte_size for group in groups)
            if unpacked > MAX_UNPACKED:
                raise UnreadableFileError(f"it would unpack to {size(unpacked)}")
            rows.append([str(name) for name in file.schema_arrow.names])
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [column.to_pylist() for column in batch.columns]
                rows += map(list, zip(*columns, strict=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFileError("it is damaged") from error
    return read_table(rows, range(len(rows)), has_head=True)
