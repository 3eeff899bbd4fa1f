"""Every target of the Makefile, for systems with and without make: `python packaging/tasks.py TARGET`.

Why: Windows has no make, so the Makefile only calls this. Like bootstrap.py it must stay readable by old interpreters
until it has said that they are too old.
"""

import sys

from bootstrap import require_python


def main() -> int:
    """Run one target and answer its exit code."""
    require_python()
    from targets import run  # newer syntax: only after the version is known

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
