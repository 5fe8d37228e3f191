"""Reading queued runs: a pool of worker processes, the worker, and what the two exchange."""
