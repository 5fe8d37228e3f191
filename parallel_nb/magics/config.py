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


class _SettingsTraits(Configurable):
    """Passes each setting to `parallel_nb.settings`, which checks it."""

    @traitlets.validate(*_HELP)
    def _override(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            settings.override(name, value)
        except InputError as error:
            # %config keeps the refused value, and would set it again each time.
            self.config.get(type(self).__name__, {}).pop(name, None)
            raise traitlets.TraitError(str(error)) from error
        return value

    def reset(self) -> None:
        """Let the environment and the defaults decide every setting again."""
        for name in _HELP:
            settings.override(name, None)


def make_config() -> _SettingsTraits:
    """Make the object that `%config ParallelNB` lists, with one trait a setting.

    `%config ParallelNB.max_cost = 5` sets one for this session; with None the environment and
    the defaults decide again.
    """
    traits = {
        name: traitlets.Any(None, allow_none=True, help=text).tag(config=True)
        for name, text in _HELP.items()
    }
    config = type("ParallelNB", (_SettingsTraits,), traits)()
    assert isinstance(config, _SettingsTraits)  # noqa: S101 - `type` of three arguments is untyped
    return config
