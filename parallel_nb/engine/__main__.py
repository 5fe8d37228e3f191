"""`python -m parallel_nb.engine`: an engine in this process; what `launch` starts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parallel_nb.api.errors import ParallelError


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end; gives the exit code, 2 for a mistake that can be mended."""
    parser = argparse.ArgumentParser(prog="python -m parallel_nb.engine", description=__doc__)
    add = parser.add_argument
    add("--documents", type=Path, help="folder of documents (default: the sample documents)")
    add("--host", default="127.0.0.1", help="address to listen at")
    add("--port", type=int, default=0, help="port to listen at; 0 takes a free one")
    add("--prefer-port", type=int, help="the same, but any free one when it is in use")
    add("--api-key", help="key that requests must carry (default: a random one, kept)")
    add("--data-dir", type=Path, help="folder of runs and index")
    add("--idle-seconds", type=float, help="end when unused for so long")
    add("--keep-alive-seconds", type=float, default=10.0, help="between comments in streams")
    add("--workers", type=int, help="processes that read (default: one a core)")
    add("--retention-days", type=float, help="forget runs that ended longer ago (the setting)")
    add("--discovery", action="store_true", help="tell in the data folder where it listens")
    given = parser.parse_args(arguments)

    try:
        from parallel_nb.engine.serve import Options, serve  # noqa: PLC0415 - parse first

        serve(
            given.documents,
            port=given.prefer_port or given.port,
            host=given.host,
            api_key=given.api_key,
            data_dir=given.data_dir,
            idle_seconds=given.idle_seconds,
            options=Options(
                discovery=given.discovery,
                any_port=given.prefer_port is not None,
                keep_alive=given.keep_alive_seconds,
                workers=given.workers,
                retention_days=given.retention_days,
            ),
        )
    except ParallelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
