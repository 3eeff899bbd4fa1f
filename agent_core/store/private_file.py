"""A small file of secrets or of trust, replaced whole: its owner alone reads it, and a crash leaves the old or the new."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Writes a text beside the file, makes it durable, and puts it in its place; makes the folder where there is none.

    Raises:
        OSError: It cannot be kept; what was there still is.
    """
    fresh = path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
