"""`python -m console.demo`: the whole product on a sandbox brand, with customers who write (R-N1, R-I5).

With a display a person acts; a second person is simulated and marked as such. Without one an automatic supervisor acts
through the same widgets for less than a minute, leaves pictures of every workspace in both themes and says what happened.
The signing key lives in memory only, and the window says so. It must never touch a person's own data or keys: everything
lies in a folder that ends with it. Only the model's key is read, from the operating system's keyring. As with the console
itself, the core is started first of all, and what is imported up here is little.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from console.headless.core_child import CoreChild, ServeOptions
from console.loading import quickly

PICTURES = Path(__file__).resolve().parents[1] / "build" / "demo"
CUSTOMERS_A_MINUTE = 24.0


def has_display() -> bool:
    """Whether a window could be seen here."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo.

    Returns:
        0 when it went well.
    """
    parser = argparse.ArgumentParser(prog="python -m console.demo", description="Countersign on a sandbox brand.")
    parser.add_argument("--customers", type=float, default=CUSTOMERS_A_MINUTE, help="new conversations a minute")
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="where pictures go without a display")
    parser.add_argument("--by-itself", action="store_true", help="act alone even where there is a display")
    options = parser.parse_args(arguments)
    alone = options.by_itself or not has_display() or os.environ.get("QT_QPA_PLATFORM") == "offscreen"
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        # The offscreen platform complains once per window about hints it does not pass on.
        os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    folder = Path(tempfile.mkdtemp(prefix="countersign-demo-"))
    try:
        data, anchor, customers = folder / "data", folder / "anchor", max(1.0, options.customers)
        more = ("--crowd-speed", "6") if alone else ("--crowd-speed", "2")
        first = CoreChild(ServeOptions(data=data, config=anchor, sandbox=True, customers=customers, more=more))
        quickly()
        from console.app import Launch, start
        from console.demo_acts import by_itself
        from console.demo_person import by_hand
        from console.headless.keys import MemoryKeyStore
        from console.keyring_store import KeyringStore
        from console.model_key import model_key

        launch = Launch(
            settings_file=folder / "console.ini", keys=MemoryKeyStore(), anthropic_key=model_key(KeyringStore()),
            data=data, anchor=anchor, sandbox=True, customers=customers, more=more, first=first,
        )  # fmt: skip
        return start(launch, by_itself(options.pictures) if alone else by_hand)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
