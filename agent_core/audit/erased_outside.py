"""Which conversations were erased, kept outside the database: a backup that is put back brings no text back (R-N5).

One file per core beside the anchor: ids of conversations, which name nobody. It is written right after the order stands in
the log, and compared with the log when the core starts: what the log does not know of any more is erased anew. It must never
hold a name, a text or a digest of one, and never be written into the data folder.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent_core.contract.errors import Unusable
from agent_core.contract.ids import StreamId
from agent_core.store.private_file import write_private

FOLDER: Final = "audit"


class ErasedOutside:
    """The list of one core."""

    def __init__(self, folder: Path, *, core: str) -> None:
        self._path = folder / FOLDER / f"{core}.erased.json"

    def read(self) -> frozenset[StreamId]:
        """Every conversation that was ever erased here; nothing where nothing ever was.

        Raises:
            Unusable: `erasure_list_unreadable`.
        """
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
            return frozenset(StreamId(str(name)) for name in value["erased"])
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unusable(
                "erasure_list_unreadable",
                "The list of erased conversations beside the anchor cannot be read. Restore the configuration folder from a "
                "backup: without the list, a restored database may bring erased words back.",
                detail=type(error).__name__,
            ) from error

    def add(self, streams: Iterable[StreamId]) -> None:
        """Keeps more of them, durably.

        Raises:
            Unusable: `erasure_list_not_writable`.
        """
        known = self.read()
        names = known | set(streams)
        if names == known:
            return
        try:
            write_private(self._path, json.dumps({"version": 1, "erased": sorted(names)}, indent=0))
        except OSError as error:
            raise Unusable(
                "erasure_list_not_writable",
                "The list of erased conversations cannot be kept: make the configuration folder writable.",
                detail=str(error),
            ) from error
