"""Tables larger than memory: batches of rows in, a Parquet dataset of answers out.

`batches` reads any source batch by batch, `parts` is the folder of the answers, and `job` asks.
"""

from parallel_nb.dataset.job import DatasetJob, start_dataset

__all__ = ["DatasetJob", "start_dataset"]
