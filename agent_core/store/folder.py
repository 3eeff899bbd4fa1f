"""The data folder: one core at a time, by a lock the operating system releases even when the core is killed.

Must never delete the lock file: two cores could then each hold "the" lock.
"""

import errno
import os
import sys
from pathlib import Path

from agent_core.contract.errors import Unavailable, Unusable
from agent_core.store.sqlite import data_read_only

LOCK_NAME = "core.lock"
DATABASE_NAME = "countersign.sqlite3"


class FolderLock:
    """Holds the data folder for this process until `release`, or until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Creates the folder where needed and takes the lock.

        Raises:
            Unusable: `data_read_only` or `data_in_use`.
            Unavailable: `disk_full`.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise _folder_error(error) from error
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise Unusable(
                "data_in_use",
                "Another Countersign core is using this data folder: close it, or choose another folder with --data.",
                detail=str(error),
            ) from error

    def release(self) -> None:
        """Gives the folder back. Harmless when done twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _folder_error(error: OSError) -> Unusable | Unavailable:
    if error.errno in {errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC}:
        return Unavailable("disk_full", "The disk with the data folder is full: free some space.", detail=str(error))
    return data_read_only(str(error))


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
