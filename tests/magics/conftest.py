"""A real IPython shell for each test, with our magics loaded, and a real engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

import parallel_nb as pnb
from tests.display.front_end import end_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def bare_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell without our magics, and without a history file."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    yield shell
    end_shell(shell)


@pytest.fixture
def shell(bare_shell: InteractiveShell) -> Iterator[InteractiveShell]:
    """A shell with our magics, that keeps nothing on this machine."""
    extensions: Any = bare_shell.extension_manager
    extensions.load_extension("parallel_nb")
    yield bare_shell
    extensions.unload_extension("parallel_nb")


@dataclass(frozen=True)
class Ran:
    """What a cell left behind."""

    value: Any
    error: BaseException | None
    #: What a terminal would show, without colours.
    screen: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.screen.splitlines() if line.strip()]


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[[str], Ran]:
    """Runs a cell as a person does, and tells what they see."""

    run_it: Callable[[str], Any] = shell.run_cell

    def run_cell(code: str) -> Ran:
        with capture_output() as captured:
            result = run_it(code)
        shown = captured.stdout + "".join(
            str(output.data.get("text/plain", "")) + "\n" for output in captured.outputs
        )
        error = result.error_before_exec or result.error_in_exec
        return Ran(result.result, error, _COLOURS.sub("", shown))

    return run_cell


@pytest.fixture(scope="session")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which one engine of the sample documents serves every test here."""
    from parallel_nb.connection.launcher import stop_engine  # noqa: PLC0415 - for these tests alone

    home = tmp_path_factory.mktemp("home")
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_HOME", str(home))
        stop_engine(None)


@pytest.fixture
def connected(engine_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pnb.Connection]:
    """The embedded engine as the current connection, without any key of this machine."""
    monkeypatch.setenv("PARALLEL_NB_HOME", str(engine_home))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    yield pnb.connect("embedded")
    pnb.disconnect()
