"""`%load_ext parallel_nb`: the magics, their completion and their settings.

One module a magic; each reads its line (`options`), takes what it needs from the person's
variables (`namespace`) and calls one function of `ask` or `lookups`. Nothing here imports
pandas, a widget or the HTTP client: that happens when a magic is run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.magics.attach import AttachMagics
from parallel_nb.magics.completion import make_matcher
from parallel_nb.magics.config import make_config
from parallel_nb.magics.connect import ConnectMagics
from parallel_nb.magics.documents import DocumentsMagics
from parallel_nb.magics.extract import ExtractMagics
from parallel_nb.magics.find import FindMagics
from parallel_nb.magics.jobs import JobsMagics
from parallel_nb.magics.question_marks import make_transformer
from parallel_nb.magics.search import SearchMagics
from parallel_nb.magics.task import TaskMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGICS: Final = (
    ConnectMagics,
    SearchMagics,
    ExtractMagics,
    TaskMagics,
    FindMagics,
    DocumentsMagics,
    JobsMagics,
    AttachMagics,
)
#: Where a shell keeps what `unload` has to take away.
_LOADED: Final = "_parallel_nb_loaded"


def load(shell: InteractiveShell) -> None:
    """Add everything to `shell`; a second call changes nothing."""
    if hasattr(shell, _LOADED):
        return
    shell.register_magics(*_MAGICS)
    matcher = make_matcher(shell)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(matcher)
    config = make_config()
    configurables: list[Any] = shell.configurables
    configurables.append(config)
    shell.events.register("pre_run_cell", _register_accessor)
    _register_accessor()
    transformer = make_transformer(shell)
    transformers: list[Any] = shell.input_transformer_manager.token_transformers
    transformers.append(transformer)
    setattr(shell, _LOADED, (matcher, config, transformer))


def unload(shell: InteractiveShell) -> None:
    """Take everything away again."""
    if not hasattr(shell, _LOADED):
        return
    matcher, config, transformer = getattr(shell, _LOADED)
    delattr(shell, _LOADED)
    for kind in _MAGICS:
        for where, names in kind.magics.items():
            for name in names:
                shell.magics_manager.magics[where].pop(name, None)
        _remove(shell.configurables, shell.magics_manager.registry.pop(kind.__name__, None))
    _remove(shell.Completer.custom_matchers if shell.Completer is not None else [], matcher)
    _remove(shell.configurables, config)
    _remove(shell.input_transformer_manager.token_transformers, transformer)
    config.reset()
    _remove(shell.events.callbacks["pre_run_cell"], _register_accessor)


def _remove(items: list[Any], item: Any) -> None:
    if item in items:
        items.remove(item)


def _register_accessor(_info: Any = None) -> None:
    """Give DataFrames their `.parallel`, once the person has imported pandas.

    Runs before each cell and costs a look into a dict until then.
    """
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    if frame is not None and not hasattr(frame, "parallel"):
        from parallel_nb.display import registration  # noqa: PLC0415 - %load_ext stays light

        registration.register_accessor()
