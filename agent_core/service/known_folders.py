"""A folder that reads as it did when it went live is not parsed and checked again: ten thousand workflows start in seconds.

What a folder came to stands in the brand's log, beside a digest of its bytes and of the code that read them (R-B4, R-H4).
Both must be the same; whatever differs is read as if it were new. It must never make anything live that was not live last.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import structlog

from agent_core.contract.base import Digest
from agent_core.contract.errors import Invalid, NotFound
from agent_core.contract.events import ReleaseActivated
from agent_core.contract.ids import BrandId, ReleaseDigest
from agent_core.service.brand_log import brand_records
from agent_core.service.settings import ROOT, VERSION
from agent_core.store import Store
from agent_core.workflows.loader import read_files
from agent_core.workflows.release import Release

log = structlog.get_logger(__name__)

_READERS: Final = ("agent_core/workflows", "agent_core/authority", "agent_core/contract", "resources/policies")
"""What reads, checks and completes a folder; another version of it may find something else."""


def folder_digest(folder: Path) -> Digest | None:
    """A digest of everything a release is made of; none for a folder that has a fault already as files."""
    files = read_files(folder)
    if files is None:
        return None
    found = hashlib.sha256(f"{_readers()}\0{folder.name}".encode())
    for name, data in files.items():
        found.update(f"\0{name}\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


async def known_release(store: Store, brand: BrandId, digest: Digest) -> Release | None:
    """The release that is live, if it was made of a folder with this digest."""
    events = [record.event for record in await brand_records(store, brand, ReleaseActivated)]
    activated = [event for event in events if isinstance(event, ReleaseActivated)]
    if not activated or activated[-1].folder != digest or activated[-1].content is None:
        return None
    try:
        text = (await store.body(activated[-1].content)).text
        return Release.from_json(text, digest=ReleaseDigest(activated[-1].release))
    except (Invalid, NotFound) as error:
        log.info("known_release_unreadable", brand=brand, code=error.code)
        return None


@cache
def _readers() -> str:
    """A digest of our own reading code; its version alone where there are no sources beside it."""
    found = hashlib.sha256(VERSION.encode())
    for place in _READERS:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in {".py", ".cedar", ".cedarschema", ".json", ".yaml"} and path.is_file():
                found.update(path.read_bytes())
    return found.hexdigest()
