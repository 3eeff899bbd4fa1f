"""Run a command with an unlocked keyring: `dbus-run-session -- python keyring_session.py COMMAND…`.

Why: the product keeps keys in the OS keyring only, so tests need a real one, on machines that have none. It must run
inside a D-Bus session of its own and with a home directory of its own: it must never open, unlock or write the keyring
of the person who runs the tests.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

THROW_AWAY_PASSPHRASE = b"for-this-session-only"


def run(command: Sequence[str]) -> int:
    """Start the keyring daemon, run the command, end the daemon, and answer the command's exit code.

    Args:
        command: Program and arguments.
    """
    if os.environ.get("COUNTERSIGN_KEYRING_SESSION") != "1":
        print("Start this by `make test-keyring`: it gives the session a home of its own.", file=sys.stderr)
        return 2
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert daemon.stdin is not None
    assert daemon.stdout is not None
    try:
        daemon.stdin.write(THROW_AWAY_PASSPHRASE)
        daemon.stdin.close()
        daemon.stdout.read()  # closed by the daemon once it serves
        if daemon.poll() is not None:
            print(f"gnome-keyring-daemon ended at once with {daemon.returncode}.", file=sys.stderr)
            return 2
        return subprocess.run(list(command), check=False).returncode
    finally:
        daemon.terminate()
        daemon.wait(10)
        daemon.stdout.close()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
