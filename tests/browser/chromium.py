"""Find a Chromium or Chrome for the browser tests, or install one; print its path.

Order: the environment variable PARALLEL_NB_CHROMIUM, an installed browser on PATH, the
Debian package (as root, where apt-get is there), Playwright's own download. What is done
is said on standard error; standard output holds the path alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def say(text: str) -> None:
    sys.stderr.write(f"browser: {text}\n")


def installed() -> str | None:
    """The path of a browser that is on this machine already."""
    named = os.environ.get("PARALLEL_NB_CHROMIUM")
    if named and Path(named).exists():
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(MAC) if MAC.exists() else None)


def from_debian() -> str | None:
    """Install Debian's package, where that is possible."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    say("none found; installing Debian's package chromium")
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, stdout=sys.stderr, env=environment, check=False)
        if done.returncode:
            say(f"{' '.join(command)} failed with code {done.returncode}")
            return None
    return installed()


def from_playwright() -> str | None:
    """Let Playwright download its own browser."""
    say("none found; asking Playwright to download its Chromium")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only needed here

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def main() -> int:
    path = installed() or from_debian() or from_playwright()
    if path is None:
        say("no browser could be found or installed; set PARALLEL_NB_CHROMIUM to the path of one")
        return 1
    say(f"using {path}")
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
