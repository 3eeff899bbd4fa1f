"""Make this checkout runnable: `python3 packaging/bootstrap.py [--dev] [--display] [--keyring]`.

Why: a fresh machine has Python and nothing else, so everything before the first import is done here with the standard
library alone. This file must stay readable by old interpreters (no new syntax at the top level), because its first duty
is to say in one sentence that the interpreter is too old. It must never write index settings, install outside the
checkout's own environments, or install a system package without being root.
"""

import sys

OLDEST = (3, 11)
"""The oldest Python the product runs on; the same number stands in pyproject.toml."""


def require_python() -> None:
    """Leave with one sentence when this interpreter is too old for everything that follows."""
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            "Countersign needs Python %d.%d or newer, and this is Python %d.%d: install one and run the command "  # noqa: UP031 - old interpreters have no f-strings
            "again with it, for example `make PYTHON=python3.11 demo`." % (OLDEST + sys.version_info[:2])
        )


def main() -> int:
    """Run the set-up and answer the exit code: 0 done, 1 cannot go on (one sentence says what to do)."""
    require_python()
    from setup_command import run  # newer syntax: only after the version is known

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
