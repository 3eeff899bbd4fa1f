"""Runs the core's command line: ``python -m agent_core`` and ``countersign-core``."""

import sys

from agent_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
