"""The SDK way, as its documentation shows it: create, add_runs, poll, get_runs, json_normalize.

Run by `jobs.py` with a Python that has `parallel-web` and pandas: URL ROWS.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import pandas as pd
from parallel import Parallel  # type: ignore[import-not-found]  # an environment of its own has it

url, rows = sys.argv[1], int(sys.argv[2])
client = Parallel(api_key="key", base_url=url)
groups = client.task_group if hasattr(client, "task_group") else client.beta.task_group
frame = pd.DataFrame({"name": [f"company {number}" for number in range(rows)]})
schema = {
    "type": "object",
    "properties": {"leader": {"type": "string"}, "founded": {"type": ["integer", "null"]}},
    "required": ["leader", "founded"],
    "additionalProperties": False,
}
spec = {"output_schema": {"type": "json", "json_schema": schema}}
used = resource.getrusage(resource.RUSAGE_SELF)
before, imports_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
start_time = time.perf_counter()
group = groups.create()
for first in range(0, rows, 1000):
    inputs = [
        {"input": f"Who leads {name}?", "processor": "base"}
        for name in frame["name"][first : first + 1000]
    ]
    groups.add_runs(group.task_group_id, inputs=inputs, default_task_spec=spec)
while groups.retrieve(group.task_group_id).status.is_active:
    time.sleep(1)
answers = [
    {
        "input": event.input.input if event.input else None,
        "run_id": event.run.run_id,
        "status": event.run.status,
        **event.output.model_dump(),
    }
    for event in groups.get_runs(group.task_group_id, include_input=True, include_output=True)
]
answered = pd.json_normalize(answers)
seconds = time.perf_counter() - start_time
assert len(answered) == rows
used = resource.getrusage(resource.RUSAGE_SELF)
peak, cpu = used.ru_maxrss / 1024, used.ru_utime + used.ru_stime - before
figures = {"seconds": seconds, "peak_mb": peak, "job_mb": peak - imports_mb, "cpu": cpu}
print(json.dumps(figures))
