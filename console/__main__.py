"""`countersign`: the console, with its own core and the sandbox brand; the key stands in the operating system's keyring.

The core is started first of all: it loads while Qt and the console load. So what is imported up here is little. It must
never read a secret from its arguments, its environment or a file.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from console import VERSION
from console.headless.core_child import CoreChild, ServeOptions
from console.loading import quickly

if TYPE_CHECKING:
    from console.app import Companion

CUSTOMERS_A_MINUTE = 6.0


def settings_folder() -> Path:
    """Where the console's own settings lie."""
    return Path(platformdirs.user_config_dir("countersign", appauthor=False))


def main(arguments: Sequence[str] | None = None, companion: "Companion | None" = None) -> int:
    """Open the console.

    Args:
        arguments: Without the program's name; the process's own by default.
        companion: Started with the console and ended with it.

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
    data, anchor, customers = options.data, folder / "anchor", max(0.0, options.customers)
    first = CoreChild(ServeOptions(data=data, config=anchor, sandbox=True, customers=customers))
    quickly()
    from console.app import Launch, start
    from console.keyring_store import KeyringStore

    launch = Launch(
        settings_file=folder / "console.ini", keys=KeyringStore(),
        data=data, anchor=anchor, sandbox=True, customers=customers, first=first,
    )  # fmt: skip
    return start(launch, companion)


if __name__ == "__main__":
    sys.exit(main())
