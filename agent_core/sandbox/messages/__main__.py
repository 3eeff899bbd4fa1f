"""Starts the stand-in alone: ``python -m agent_core.sandbox.messages --port 8801 [--script FILE] [--seed N]``.

Ends with status 1 when a script was not played as written, 2 when it could not start.
"""

import argparse
import sys
from pathlib import Path
from typing import TextIO

from agent_core.sandbox.errors import SandboxError
from agent_core.sandbox.messages.script import Script
from agent_core.sandbox.messages.standalone import main_messages


def main(arguments: list[str] | None = None) -> int:
    """Parses the command line, runs the stand-in and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m agent_core.sandbox.messages", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chunk-seconds", type=float, default=0.0)
    options = parser.parse_args(arguments)
    try:
        return main_messages(
            host=options.host,
            port=options.port,
            script=Script.load(options.script) if options.script else None,
            seed=options.seed,
            chunk_seconds=options.chunk_seconds,
            on_ready=lambda served: _say(sys.stdout, f"messages stand-in on {served.base_url}"),
            on_end=lambda sentence: _say(sys.stderr, sentence),
        )
    except SandboxError as error:
        _say(sys.stderr, error.message)
        return 2


def _say(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
