"""The examples in the docstrings of corpus, index and reader do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from parallel_nb.engine import corpus, index, reader

MODULES = [
    module.name
    for room in (corpus, index, reader)
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_an_example_gives_what_it_shows(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
