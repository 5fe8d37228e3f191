"""`python -m parallel_nb.engine`: an engine in this process; what the launcher starts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parallel_nb.api.errors import ParallelError


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end.

    Args:
        arguments: of the command line; None for those of the process.

    Returns:
        The exit code: 2 for a mistake that can be mended, which is explained on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m parallel_nb.engine", description=__doc__)
    add = parser.add_argument
    add("--documents", help="folder of documents (default: the sample documents)")
    add("--host", default="127.0.0.1", help="address to listen at")
    add("--port", type=int, default=0, help="port to listen at; 0 takes a free one")
    add("--prefer-port", type=int, help="the same, but any free one when it is in use")
    add("--key-file", type=Path, help="file with the key of requests (default: a random one, kept)")
    add("--data-dir", type=Path, help="folder of runs and index")
    add("--idle-seconds", type=float, help="end when unused for so long")
    add("--keep-alive-seconds", type=float, default=10.0, help="between comments in streams")
    add("--workers", type=int, help="worker processes (default: one a core)")
    add(
        "--retention-days",
        type=float,
        help="delete runs that ended longer ago (default: the setting)",
    )
    add("--discovery", action="store_true", help="write into the data folder where it listens")
    add("--model", metavar="URL#NAME", help="language model that reads beside the rules")
    add("--model-key-from", metavar="VARIABLE", help="environment variable with its key")
    add("--store", metavar="ADDRESS", help="postgresql://... that many engines share")
    add("--index", metavar="PLACE", help="where engines on one store put the finished index")
    add("--lease", type=float, default=15.0, help="seconds until one of many is taken for dead")
    options = parser.parse_args(arguments)

    try:
        from parallel_nb.engine.keys import read_key  # noqa: PLC0415 - parse first
        from parallel_nb.engine.serve import ServeOptions, serve  # noqa: PLC0415 - the same
        from parallel_nb.model_address import read_model  # noqa: PLC0415 - the same

        serve(
            options.documents,
            port=options.prefer_port or options.port,
            host=options.host,
            api_key=read_key(options.key_file) if options.key_file else None,
            data_dir=options.data_dir,
            idle_seconds=options.idle_seconds,
            options=ServeOptions(
                discovery=options.discovery,
                any_port=options.prefer_port is not None,
                keep_alive=options.keep_alive_seconds,
                workers=options.workers,
                retention_days=options.retention_days,
                store=options.store,
                index=options.index,
                lease=options.lease,
                model=read_model(options.model, options.model_key_from),
            ),
        )
    except ParallelError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
