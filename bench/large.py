"""What a row costs, and the most memory that is used, as a table grows: into a Parquet dataset.

    python -m bench.large [--rows 100000 1000000] [--batch 10000]

The table is a Parquet file that is written first; the service is the instant one of `bench.jobs`.
"""

from __future__ import annotations

import argparse
import sys

from bench.jobs import measure

_OURS = """
import json, resource, sys, tempfile, time
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
import parallel_nb as pnb
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.connection import connect
from parallel_nb.dataset import start_dataset
batch, url, rows = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
connection = connect("hosted", api_key="key", base_url=url)
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    schema = pa.schema({"name": pa.string()})
    with pq.ParquetWriter(folder / "firms.parquet", schema) as writer:
        for start in range(0, rows, 100_000):
            names = [f"company {n}" for n in range(start, min(rows, start + 100_000))]
            writer.write_table(pa.table({"name": names}, schema=schema))
    fields = parse_fields("leader: str\\nfounded: int?")
    began = time.perf_counter()
    job = start_dataset(
        folder / "firms.parquet", "Who leads {{name}}?", folder / "out", batch_rows=batch,
        output=fields, connection=connection,
    ).wait()
    seconds = time.perf_counter() - began
    written = sum(pq.read_metadata(path).num_rows for path in (folder / "out").glob("*.parquet"))
    assert written == rows, written
used = resource.getrusage(resource.RUSAGE_SELF)
figures = {"seconds": seconds, "peak_mb": used.ru_maxrss / 1024, "job_mb": 0.0}
print(json.dumps(figures | {"cpu": used.ru_utime + used.ru_stime}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--batch", type=int, default=10_000)
    arguments = parser.parse_args()
    print(f"{'rows':>10}{'s':>9}{'ms/1,000':>10}{'peak MB':>9}")
    for rows in arguments.rows:
        figures = measure([sys.executable, "-c", _OURS, str(arguments.batch)], rows)
        seconds = figures["seconds"]
        print(f"{rows:>10,}{seconds:>9.1f}{1e6 * seconds / rows:>10.1f}{figures['peak_mb']:>9.0f}")


if __name__ == "__main__":
    main()
