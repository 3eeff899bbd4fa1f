"""`countersign`: the console, with its own core and the sandbox brand; the key stands in the operating system's keyring.

It must never read a secret from its arguments, its environment or a file.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from console.app import VERSION, Launch, start
from console.keyring_store import KeyringStore

CUSTOMERS_A_MINUTE = 6.0


def settings_folder() -> Path:
    """Where the console's own settings lie."""
    return Path(platformdirs.user_config_dir("countersign", appauthor=False))


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the console.

    Args:
        arguments: Without the program's name; the process's own by default.

    Returns:
        The process's exit code.
    """
    parser = argparse.ArgumentParser(prog="countersign", description="Supervise customer-support agents.")
    parser.add_argument("--data", type=Path, help="data folder of the core (default: the user's)")
    parser.add_argument("--config", type=Path, help="folder of the settings and of the core's anchor (default: the user's)")
    parser.add_argument("--customers", type=float, default=CUSTOMERS_A_MINUTE, help="sandbox: new conversations a minute")
    parser.add_argument("--version", action="version", version=VERSION)
    options = parser.parse_args(arguments)
    folder = options.config or settings_folder()
    launch = Launch(
        settings_file=folder / "console.ini",
        keys=KeyringStore(),
        data=options.data,
        anchor=folder / "anchor",
        customers=max(0.0, options.customers),
    )
    return start(launch)


if __name__ == "__main__":
    sys.exit(main())
