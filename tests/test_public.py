"""The public names: the list is what it should be, and asking for one is what loads it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import parallel_nb

PUBLIC = {
    "connect",
    "CitedPage",
    "disconnect",
    "search",
    "extract",
    "Extracts",
    "ExtractedPage",
    "ExtractInterrupted",
    "task",
    "tasks",
    "plan",
    "find",
    "find_plan",
    "entities",
    "Entities",
    "Find",
    "FindPlan",
    "attach",
    "jobs",
    "documents",
    "lessons",
    "sample_room",
    "settings",
    "AsyncClient",
    "Quota",
    "Connection",
    "Job",
    "Plan",
    "SearchResults",
    "TaskResult",
    "OutputField",
    "parse_fields",
    "PROCESSORS",
    "ApiError",
    "AuthenticationError",
    "ConnectionProblem",
    "InputError",
    "InvalidRequestError",
    "JobIncompleteError",
    "JobInterrupted",
    "NotFoundError",
    "ParallelError",
    "PaymentRequiredError",
    "ProcessorForbiddenError",
    "RateLimitError",
    "ResultPendingError",
    "RetryableError",
    "RunFailedError",
    "ServiceError",
    "StreamError",
    "TransportError",
    "__version__",
}


def test_the_list_of_public_names_is_what_we_promise() -> None:
    assert set(parallel_nb.__all__) == PUBLIC
    assert len(parallel_nb.__all__) == len(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_can_be_had_and_says_what_it_is(name: str) -> None:
    value = getattr(parallel_nb, name)
    assert name in dir(parallel_nb)
    if callable(value):
        assert value.__doc__


def test_type_checkers_see_the_same_names() -> None:
    # What stands under TYPE_CHECKING is what a type checker sees of a lazy package.
    tree = ast.parse(Path(parallel_nb.__file__).read_text("utf-8"))
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    public = {
        alias.asname
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert public == PUBLIC - {"__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"parallel_nb.*serch"):
        parallel_nb.serch  # noqa: B018 - the access is the test


def test_jobs_is_the_function_also_after_its_folder_was_imported() -> None:
    code = (
        "import parallel_nb.job, parallel_nb as pnb, types\n"
        "from parallel_nb.job import Job\n"
        "assert isinstance(pnb.jobs, types.FunctionType), pnb.jobs\n"
        "assert pnb.Job is Job\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, json, parallel_nb as pnb\n"
        "pnb.settings.current(); pnb.InputError; pnb.parse_fields; pnb.PROCESSORS\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    heavy = {"pandas", "narwhals", "numpy", "IPython", "anywidget", "httpx2", "tantivy"}
    assert not loaded & heavy
