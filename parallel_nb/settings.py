"""Settings: the value of each, and where it came from.

Highest first: arguments of a call, `%config ParallelNB` (see `override`), the environment
(`PARALLEL_NB_*`), `[tool.parallel_nb]` of the folder's `pyproject.toml`, defaults. The API
key is not a setting: it is found by `parallel_nb.client.credentials` and never stored.
"""

from __future__ import annotations

import dataclasses
import os
import threading
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.routes import check_generation
from parallel_nb.formats import did_you_mean
from parallel_nb.model_address import read_model, read_model_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parallel_nb.model_address import ModelAddress

ENV_PREFIX: Final = "PARALLEL_NB_"
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
#: No count of days, or of requests a minute, is higher.
_MOST: Final = 1_000_000_000
_MOST_READERS: Final = 32
_MOST_SECONDS: Final = 3_600
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})
#: Settings that may hold a password.
_SECRET: Final = frozenset({"journal", "model"})


def _default_home() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 - kept off the path of %load_ext

    return user_data_path("parallel_nb", appauthor=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that apply now. Times are in seconds, money in USD.

    >>> pnb.settings.current().max_cost
    5.0
    """

    home: Path = field(
        default_factory=_default_home,
        metadata={"help": "folder of the journal, indexes, engine data and logs"},
    )
    journal: str | None = field(
        default=None,
        metadata={"help": "postgresql://... of a journal that a team shares; unset: in `home`"},
    )
    connection: str | None = field(
        default=None, metadata={"help": "hosted or embedded; unset: hosted if a key is found"}
    )
    base_url: str | None = field(default=None, metadata={"help": "address of the service"})
    api: str = field(default="v1", metadata={"help": "API generation: v1, v1beta or alpha"})
    documents: Path | None = field(
        default=None, metadata={"help": "folder of documents for the embedded engine"}
    )
    max_cost: float | None = field(
        default=None, metadata={"help": "refuse a job that would cost more than so many USD"}
    )
    task_runs_per_minute: int = field(
        default=2000, metadata={"help": "quota of task runs: each row that is sent counts"}
    )
    search_requests_per_minute: int = field(default=600, metadata={"help": "quota of searches"})
    static: bool = field(
        default=False, metadata={"help": "write one finished output, no live widgets"}
    )
    retention_days: int = field(
        default=365, metadata={"help": "days that the journal keeps a job's answers, and a month"}
    )
    engine_idle_seconds: float = field(
        default=60.0,
        metadata={"help": "the embedded engine ends so long after its last kernel and last run"},
    )
    engine_retention_days: int = field(
        default=90, metadata={"help": "days that the engine keeps ended runs, and a month"}
    )
    semantic: bool = field(
        default=True,
        metadata={
            "help": "the embedded engine's searches rank by meaning too, if parallel-nb[semantic] "
            "is installed"
        },
    )
    model: str | None = field(
        default=None,
        metadata={"help": "language model that reads for the embedded engine, as URL#NAME"},
    )
    model_key_from: str | None = field(
        default=None, metadata={"help": "environment variable that holds the model's key"}
    )
    model_readers: int | None = field(
        default=None,
        metadata={"help": "rows that ask the model at once; unset: 1 on this machine, else 4"},
    )
    model_requests_per_minute: int = field(
        default=600, metadata={"help": "requests to the model a minute at most"}
    )
    model_timeout: float = field(
        default=120.0, metadata={"help": "seconds in which the model must have answered a field"}
    )
    model_writes_text: bool = field(
        default=False,
        metadata={
            "help": "have the model write answers in free text as well, each sentence checked"
        },
    )
    model_price: str | None = field(
        default=None,
        metadata={"help": "USD per million tokens that the model reads and writes, as 0.15/0.60"},
    )

    def chosen_model(self, model: str | None, key_from: str | None) -> ModelAddress | None:
        """The language model that reads: the one that is given, else the one of the settings.

        A key of the settings goes to the model of the settings alone.

        Args:
            model: `URL#NAME`.
            key_from: the environment variable with its key.

        Raises:
            InputError: The text is no such address, or there is a key and no model.
        """
        if model is None and self.model is not None:
            return read_model(self.model, key_from or self.model_key_from)
        return read_model(model, key_from)

    def readers_of(self, model: ModelAddress) -> int:
        """How many rows ask a model at once.

        A model on this machine has one slot as a rule: two rows would throw each other's prompt
        out of its cache, which was measured to take ten times as long.
        """
        return self.model_readers or (1 if model.is_local else 4)

    def model_cost(self, prompt_tokens: float, completion_tokens: float) -> float | None:
        """What so many tokens cost in USD; None where no prices are given."""
        if self.model_price is None:
            return None
        read, _, write = self.model_price.partition("/")
        return (prompt_tokens * float(read) + completion_tokens * float(write)) / 1e6


@dataclass(frozen=True, slots=True)
class SettingSource:
    """One setting with the place that it came from."""

    name: str
    value: Any
    source: str
    help: str

    @property
    def shown(self) -> str:
        """The value as it may be shown: an address without its password."""
        return without_password(self.value) if self.name == "journal" else str(self.value)


_lock = threading.Lock()
_overrides: dict[str, Any] = {}


def override(name: str, value: Any) -> None:
    """Set one setting for this process, as `%config ParallelNB.name = value` does.

        >>> pnb.settings.override("max_cost", 5)

    Args:
        name: Name of the setting.
        value: Its value; None takes the override back.

    Raises:
        InputError: There is no such setting, or the value is of the wrong type.
    """
    converted = _convert(name, value, "%config ParallelNB")
    with _lock:
        if converted is None:
            _overrides.pop(name, None)
        else:
            _overrides[name] = converted


def current() -> Settings:
    """Read all settings.

    Raises:
        InputError: A value cannot be used; names its source.
    """
    values = {item.name: item.value for item in explain() if item.source != "default"}
    return Settings(**values)


def explain() -> list[SettingSource]:
    """Say where each setting came from, in the order of `Settings`.

    Raises:
        InputError: A value cannot be used; names its source.
    """
    sources: list[tuple[str, Mapping[str, Any]]] = [
        ("%config", _overrides),
        ("environment", _from_environment()),
        *_from_pyproject(),
    ]
    explained = []
    for item in dataclasses.fields(Settings):
        highest = next(
            ((values[item.name], source) for source, values in sources if item.name in values), None
        )
        value, source = highest or (_default(item), "default")
        explained.append(SettingSource(item.name, value, source, item.metadata["help"]))
    return explained


def _default(item: dataclasses.Field[Any]) -> Any:
    if item.default is not dataclasses.MISSING:
        return item.default
    assert item.default_factory is not dataclasses.MISSING  # noqa: S101 - one of the two is set
    return item.default_factory()


def _from_environment() -> dict[str, Any]:
    return {
        item.name: _convert(item.name, os.environ[variable], f"environment variable {variable}")
        for item in dataclasses.fields(Settings)
        if os.environ.get(variable := f"{ENV_PREFIX}{item.name.upper()}")
    }


def _from_pyproject() -> list[tuple[str, dict[str, Any]]]:
    path = Path("pyproject.toml")  # not below `Path.cwd()`, which fails in a folder that is gone
    source = f"{path.name} [tool.parallel_nb]"
    try:
        data = path.read_bytes()
    except OSError:
        return []
    table = _read_table(path, data)
    return [(source, {name: _convert(name, value, source) for name, value in table.items()})]


@lru_cache(maxsize=1)
def _read_table(path: Path, data: bytes) -> dict[str, Any]:
    """Our table of a pyproject.toml; kept, since a job reads its settings several times.

    Raises:
        InputError: The file cannot be read and speaks of us, or our table is none.
    """
    try:
        tool = tomllib.loads(data.decode("utf-8")).get("tool")
    except (ValueError, RecursionError) as error:  # TOML, UTF-8, a number of 5,000 digits
        if b"parallel_nb" not in data:
            return {}  # a broken pyproject.toml is for its own tools to report
        # What it limits, such as max_cost, must not go unheeded.
        raise InputError(
            f"{path} cannot be read, and it has settings of parallel_nb: {error}.",
            "Correct the file, or take [tool.parallel_nb] out of it.",
        ) from error
    table = tool.get("parallel_nb", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise InputError(
            f"{path}: tool.parallel_nb is {table!r}, and no table.",
            "Write [tool.parallel_nb] with a setting a line.",
        )
    return table


def _as_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in _TRUE:
        return True
    if str(value).strip().lower() in _FALSE:
        return False
    raise ValueError("it is neither true nor false")


def _as_count(value: Any) -> int:
    count = int(value)
    if count < 1:
        raise ValueError("it is not at least 1")
    if count > _MOST:
        raise ValueError(f"it is over {_MOST:,}")
    return count


def _as_amount(value: Any) -> float:
    amount = float(value)
    if not amount >= 0:
        raise ValueError("it is negative or not a number")
    return amount


def _as_path(value: Any) -> Path:
    if "\0" in str(value):
        raise ValueError("it holds a NUL character")
    return Path(value).expanduser()


def _as_address(value: Any) -> str:
    address = str(value).strip()
    if not address.startswith(("postgresql://", "postgres://")):
        raise ValueError("it is no address such as postgresql://host/database")
    if "\0" in address:
        raise ValueError("it holds a NUL character")
    return address


def is_postgres(place: str) -> bool:
    """Whether a place is the address of a PostgreSQL server.

    >>> is_postgres("postgresql://db.example/team"), is_postgres("journal.sqlite3")
    (True, False)
    """
    return place.startswith(("postgresql://", "postgres://"))


def without_password(address: str) -> str:
    """An address of a database as it may be shown.

    >>> without_password("postgresql://ada:secret@db.example/team?password=secret")
    'postgresql://ada@db.example/team'
    """
    scheme, _, rest = address.partition("://")
    path, options, at = (rest.find(mark) for mark in "/?@")
    if not 0 <= path < options < at:  # a password may hold a question mark, and an option an @
        options = rest.find("?", max(at, 0))
    where = rest if options < 0 else rest[:options]
    users, at_sign, place = where.rpartition("@")
    return f"{scheme}://{users.partition(':')[0]}{at_sign}{place}"


def _as_model(value: Any) -> str:
    return str(read_model_address(str(value)))


def _as_readers(value: Any) -> int:
    readers = _as_count(value)
    if readers > _MOST_READERS:
        raise ValueError(f"it is over {_MOST_READERS}")
    return readers


def _as_seconds(value: Any) -> float:
    seconds = float(value)
    if not 1 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"it is not between 1 and {_MOST_SECONDS:,} seconds")
    return seconds


def _as_price(value: Any) -> str:
    read, slash, write = str(value).partition("/")
    if not slash:
        raise ValueError("it is not two prices, as 0.15/0.60")
    return f"{_as_amount(read):g}/{_as_amount(write):g}"


def _as_connection(value: Any) -> str:
    if value not in {"hosted", "embedded"}:
        raise ValueError("it is neither hosted nor embedded")
    return str(value)


_CONVERTERS: Final[dict[str, Callable[[Any], Any]]] = {
    "home": _as_path,
    "journal": _as_address,
    "connection": _as_connection,
    "base_url": str,
    "api": lambda value: check_generation(str(value)),
    "documents": _as_path,
    "max_cost": _as_amount,
    "task_runs_per_minute": _as_count,
    "search_requests_per_minute": _as_count,
    "static": _as_bool,
    "semantic": _as_bool,
    "retention_days": _as_count,
    "engine_idle_seconds": _as_amount,
    "engine_retention_days": _as_count,
    "model": _as_model,
    "model_key_from": str,
    "model_readers": _as_readers,
    "model_requests_per_minute": _as_count,
    "model_timeout": _as_seconds,
    "model_writes_text": _as_bool,
    "model_price": _as_price,
}


def _convert(name: str, value: Any, source: str) -> Any:
    converter = _CONVERTERS.get(name)
    if converter is None:
        raise InputError(
            f"There is no setting {name!r} ({source}).",
            f"{did_you_mean(name, _CONVERTERS)}`parallel-nb config` lists them all.",
        )
    if value is None:
        return None
    try:
        return converter(value)
    except (ValueError, TypeError, OverflowError, RuntimeError, InputError) as error:
        shown = "" if name in _SECRET else f" = {value!r}"
        raise InputError(
            f"{source}: {name}{shown} cannot be used: {error}.",
            "`parallel-nb config` lists each setting with its meaning.",
        ) from error
