"""Frames of Spark: whatever it runs again, nothing is paid twice. Needs PySpark 4 and Java."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import parallel_nb as pnb
from parallel_nb.api.errors import InputError
from tests.job.jobs_helpers import (
    FIELDS,
    PROMPT,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
    wait_until,
)
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Iterator

sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed: pip install pyspark")
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.slow,  # a session of Spark takes its time to start
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java"),
]


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers of this machine; a task that fails is run again."""
    monkeypatch.setenv("PARALLEL_API_KEY", "sk-secret")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


def ask(frame: Any, service: GroupsService, **options: Any) -> Any:
    return pnb.tasks(frame, PROMPT, output=FIELDS, connection=connect_to(service), **options)


def workers_of_python() -> list[int]:
    """The processes in which Spark runs Python for us."""
    listed = subprocess.run(
        ["/bin/ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1:]
    table = [line.split(None, 2) for line in listed]
    parents = {int(pid): int(parent) for pid, parent, _ in table}

    def is_ours(pid: int) -> bool:
        while pid in parents and pid != os.getpid():
            pid = parents[pid]
        return pid == os.getpid()

    daemons = {int(pid) for pid, _, args in table if "pyspark.daemon" in args and is_ours(int(pid))}
    return [pid for pid in daemons if parents[pid] in daemons]


def test_answers_of_a_spark_frame_are_paid_once_however_often_it_is_computed(spark: Any) -> None:
    frame = spark.createDataFrame(companies(60)).repartition(3)
    with GroupsService().serve() as service:
        answered = ask(frame, service)
        assert not service.runs  # nothing is asked before it is computed
        assert dict(answered.dtypes)["founded"] == "bigint"
        assert answered.where("founded IS NOT NULL").count() == 60
        assert_right(answered.toPandas().sort_values("name", ignore_index=True), 60)
        assert_paid_once(service, 60)
        with pytest.raises(InputError, match=r"fresh cannot be used with a Spark"):
            ask(frame, service, fresh=True)
        with pytest.raises(InputError, match=r"60 rows would cost up to \$0.60"):
            ask(frame, service, max_cost=0.5)


def test_a_killed_worker_of_spark_pays_for_nothing_twice(spark: Any) -> None:
    frame = spark.createDataFrame(companies(120)).repartition(2)
    with GroupsService(latency=lambda _: 1.0).serve() as service:

        def kill() -> None:
            wait_until(lambda: len(service.runs) >= 20, 120)
            os.kill(workers_of_python()[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        answered = ask(frame, service).toPandas()
        killer.join()
        assert len(answered) == 120
        assert_paid_once(service, 120)
