"""`make bench`: speed against the peers, printed as tables of ratios, one after the other.

    python -m bench [load] [jobs] [team] [large] [questions] [search] [find] [formats] [scale]
                    [display] [lab]

The peer is the vendor's own SDK, used as its documentation says, in an environment of its
own below .make/.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SDK = ROOT / ".make" / "sdk-bench"
PARTS = {
    "load": ("what %load_ext costs", ["bench/load.py"], True),
    "jobs": ("rows a second of a whole job", ["bench/jobs.py"], True),
    "team": ("a journal on PostgreSQL beside one in a file", ["-m", "bench.team"], False),
    "engines": ("one, two and four engines on one store", ["-m", "bench.engines"], False),
    "large": ("tables larger than memory", ["-m", "bench.large"], False),
    "questions": ("right answers of the reader", ["bench/questions.py"], False),
    "search": ("right pages of the search", ["bench/search.py"], False),
    "find": ("right matches of FindAll", ["-m", "bench.find"], False),
    "formats": ("how fast documents are read and indexed", ["-m", "bench.formats"], False),
    "scale": ("the engine over 20,000 documents", ["-m", "bench.scale"], False),
    "display": ("from an event to the pixel", ["-m", "bench.display"], False),
    "lab": ("what the JupyterLab extension costs", ["-m", "bench.lab"], False),
}


def sdk_python() -> str:
    """The interpreter of an environment with the SDK and pandas; made once."""
    python = SDK / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (SDK / "installed").exists():
        print("installing the SDK that is the peer", file=sys.stderr)
        venv.create(SDK, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "parallel-web>=1", "pandas"]
        subprocess.run(install, check=True)
        (SDK / "installed").touch()
    return str(python)


def main() -> int:
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        print(f"no such part: {', '.join(unknown)}; parts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    failed = 0
    for name in chosen:
        title, command, beside_sdk = PARTS[name]
        print(f"\n{name}: {title}", flush=True)
        peer = ["--sdk-python", sdk_python()] if beside_sdk else []
        failed |= subprocess.run(
            [sys.executable, *command, *peer], cwd=ROOT, check=False
        ).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
