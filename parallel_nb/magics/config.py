"""`%config ParallelNB`: the settings of this session."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import traitlets
from traitlets.config import Configurable

from parallel_nb import settings
from parallel_nb.api.errors import InputError

_HELP: Final[dict[str, str]] = {
    item.name: item.metadata["help"] for item in dataclasses.fields(settings.Settings)
}


class _Bridge(Configurable):
    """Hands each setting to `parallel_nb.settings`, which checks it."""

    @traitlets.validate(*_HELP)
    def _hand_on(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            settings.override(name, value)
        except InputError as error:
            # %config keeps what it was told and would say the refused value again each time.
            self.config.get(type(self).__name__, {}).pop(name, None)
            raise traitlets.TraitError(str(error)) from error
        return value

    def reset(self) -> None:
        """Give every setting back to the environment and the defaults."""
        for name in _HELP:
            settings.override(name, None)


def make_config() -> _Bridge:
    """Make the object that `%config ParallelNB` lists, with one trait a setting.

    `%config ParallelNB.max_cost = 5` sets one for this session; None gives it back to the
    environment and the defaults.
    """
    traits = {
        name: traitlets.Any(None, allow_none=True, help=text).tag(config=True)
        for name, text in _HELP.items()
    }
    made = type("ParallelNB", (_Bridge,), traits)()
    assert isinstance(made, _Bridge)  # noqa: S101 - `type` with three arguments is untyped
    return made
