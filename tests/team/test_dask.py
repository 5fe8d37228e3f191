"""Frames on a cluster: whatever the scheduler runs again, nothing is paid twice."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import distributed
import pandas as pd
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


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[distributed.Client]:
    """Two worker processes, which find the service's key where a person's would."""
    monkeypatch.setenv("PARALLEL_API_KEY", "sk-secret")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


def ask(frame: Any, service: GroupsService, **options: Any) -> Any:
    return pnb.tasks(frame, PROMPT, output=FIELDS, connection=connect_to(service), **options)


def test_answers_stand_beside_the_rows_and_are_paid_once_however_often_they_are_computed(
    cluster: distributed.Client,
) -> None:
    frame = dd.from_pandas(companies(60), npartitions=4)
    with GroupsService().serve() as service:
        answered = ask(frame, service)
        assert not service.runs  # nothing is asked before it is computed
        assert isinstance(answered, dd.DataFrame)
        assert answered.dtypes["founded"] == pd.Int64Dtype()
        assert answered["leader"].str.len().max().compute() > 0
        whole = answered.compute()
        assert_right(whole, 60)
        assert whole.index.tolist() == list(range(60))
        assert whole.parallel.basis()["run_id"].nunique() == 60
        assert_paid_once(service, 60)
        assert "sk-secret" not in str(answered.dask)
        del cluster


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))]
)
def test_a_worker_that_is_killed_in_the_middle_pays_for_nothing_twice(
    cluster: distributed.Client, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    frame = dd.from_pandas(companies(120), npartitions=3)
    victim = chance.choice([w["pid"] for w in cluster.run(lambda: {"pid": os.getpid()}).values()])
    with GroupsService(latency=lambda _: chance.uniform(0.2, 1.0)).serve() as service:
        moment = chance.uniform(1, 100)

        def kill() -> None:
            wait_until(lambda: len(service.runs) >= moment, 60)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        assert_right(ask(frame, service).compute(), 120)
        killer.join()
        assert_paid_once(service, 120)


def test_what_does_not_fit_is_said_before_anything_is_sent() -> None:
    frame = dd.from_pandas(companies(60), npartitions=2)
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match="fresh cannot be used"):
            ask(frame, service, fresh=True)
        with pytest.raises(InputError, match=r"60 rows may cost \$0.60"):
            ask(frame, service, max_cost=0.5)
        with pytest.raises(InputError, match="an unpublished amount, over the limit"):
            ask(frame, service, processor="core-fast", max_cost=100)
        with pytest.raises(InputError, match="into cannot be used"):
            ask(frame, service, into="answers")
        with pytest.raises(InputError, match="procesor"):
            ask(frame, service, procesor="core")
        assert not service.runs
