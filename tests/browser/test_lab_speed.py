"""What the extension costs a person who types, and at the start of JupyterLab: next to nothing.

`bench.lab` measures, and says why in one page. What is asserted is the processor time of the page's
main thread, which a busy machine does not lengthen.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest

from bench.lab import both_labs, measure_keys, measure_start
from tests.browser.jupyter import LAPTOP, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

#: What JupyterLab loads of us at its start, in bytes.
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Lab]]:
    with both_labs(tmp_path_factory.mktemp("labs")) as running:
        yield running


@pytest.mark.slow
def test_typing_among_two_hundred_cells_is_as_quick_as_without(
    labs: tuple[Lab, Lab], browser: Browser
) -> None:
    for name, times in measure_keys(labs[0], browser).items():
        print(f"{name}: {times}")  # noqa: T201 - measured
        assert times.difference < 0.05 * statistics.median(times.bare), name


@pytest.mark.slow
def test_jupyterlab_starts_as_quickly_as_without(labs: tuple[Lab, Lab], browser: Browser) -> None:
    measured = measure_start(labs, browser)
    print(*(f"{name}: {times}" for name, times in measured.items()), sep="\n")  # noqa: T201 - measured
    assert measured["the start, processor"].difference < 100


def test_what_is_loaded_at_the_start_is_small(lab: Lab, browser: Browser) -> None:
    page = browser.new_page(viewport=LAPTOP)
    sizes: dict[str, int] = {}
    page.on(
        "response",
        lambda answer: (
            sizes.update({answer.url: len(answer.body())})
            if "/labextensions/parallel-nb/" in answer.url
            or "/extensions/parallel-nb/" in answer.url
            else None
        ),
    )
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    page.wait_for_timeout(500)
    assert any("remoteEntry" in url for url in sizes)
    page.close()
    assert sum(sizes.values()) < MOST_BYTES, sizes
