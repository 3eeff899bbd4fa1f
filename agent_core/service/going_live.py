"""Which release of each brand folder is live in this core: the folder's own after its preflight, or the last good (R-A9).

A folder with an error, or whose workflows cannot be walked, changes nothing: the release that was live stays. Why the new
one is not live stands in the process's log, and after a walk in the brand's log too, with the report. A brand that never
had a good release is not live at all; its entrance answers 503, so its tickets stay with people (R-N6). One broken brand
never stops another one from starting.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from agent_core.authority.gate import Gate
from agent_core.contract.base import Digest
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Unusable
from agent_core.contract.events import ReleaseActivated, ReleaseChecked, ReleaseRefused
from agent_core.contract.ids import BrandId, ReleaseDigest, brand_stream
from agent_core.service.brand_log import brand_records
from agent_core.service.brands import ACTIVATED_BY, activate, gate_of, read_brand_folder
from agent_core.service.known_folders import folder_digest, known_release
from agent_core.service.preflight_report import PreflightReport
from agent_core.service.settings import ROOT
from agent_core.store import Append, Draft, NewStream, Store
from agent_core.workflows.release import Release

log = structlog.get_logger(__name__)

Walk = Callable[[Path, Release], Awaitable[PreflightReport]]
"""Walks a release through: `preflight.preflight`, injected because it opens a core of its own."""

_MOST_DETAIL: Final = 60_000
_BRAND: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")

SHIPPED: Final = ROOT / "resources" / "brands" / "walked.json"
"""Releases this version of the core was walked through before it was shipped: `{brand: release digest}`."""


@dataclass(frozen=True, slots=True)
class FolderRead:
    """What a folder came to. `folder`: by which it is known again."""

    release: Release
    gate: Gate
    folder: Digest | None


@dataclass(frozen=True, slots=True)
class Live:
    """A brand that is live, and why its folder is not when an older release is."""

    release: Release
    gate: Gate
    behind: str | None = None


def fits_brand(name: str) -> bool:
    """Whether a brand may be called so at all: what its folder is called it is called everywhere."""
    return _BRAND.fullmatch(name) is not None


async def go_live(
    store: Store, folders: Sequence[Path], *, walk: Walk | None
) -> tuple[dict[BrandId, Live], dict[BrandId, str]]:
    """Chooses and activates a release for every folder.

    Args:
        store: The log; holds what was live before.
        folders: Brand folders; a folder has its brand's name.
        walk: Walks through a release that was never live here; None goes live without.

    Returns:
        The brands that are live, and for those that are not the sentence that says why.

    Raises:
        Unusable: `brand_twice`, or what is wrong with the only folder when nothing at all can be live.
    """
    names = [BrandId(folder.name) for folder in folders]
    if len(set(names)) != len(names) or not names:
        raise Unusable("brand_twice", "Every brand folder needs a name of its own, and there must be one at least.")
    live: dict[BrandId, Live] = {}
    refused: dict[BrandId, Unusable] = {}
    for folder, name in zip(folders, names, strict=True):
        try:
            live[name] = await _one(store, folder, walk=walk)
        except Unusable as error:
            refused[name] = error
    if not live:
        raise next(iter(refused.values()))
    for name, error in refused.items():
        log.warning("brand_not_live", brand=name, code=error.code, sentence=error.message)
    return live, {name: error.message for name, error in refused.items()}


async def _one(store: Store, folder: Path, *, walk: Walk | None) -> Live:
    name = BrandId(folder.name)
    try:
        read = await read_and_walk(store, folder, walk=walk)
    except Unusable as error:
        before = await last_release(store, name)
        if before is None:
            raise
        log.warning("older_release_stays", brand=name, code=error.code, sentence=error.message, release=before.digest)
        await refuse_release(store, name, error)
        gate = gate_of(before)
        await activate(store, before, gate)
        return Live(before, gate, behind=error.message)
    await activate(store, read.release, read.gate, folder=read.folder)
    return Live(read.release, read.gate)


async def read_and_walk(store: Store, folder: Path, *, walk: Walk | None) -> FolderRead:
    """The release of a folder that may go live, and its gate; a report of its walk is on record.

    Raises:
        Unusable: `brand_invalid` or `preflight_failed`.
    """
    digest = await asyncio.to_thread(folder_digest, folder)
    known = None if digest is None else await known_release(store, BrandId(folder.name), digest)
    release = known or await asyncio.to_thread(read_brand_folder, folder)
    gate = gate_of(release)
    report = None if walk is None else await _walked(store, folder, release, gate, walk)
    if report is not None:
        await _record(store, release, gate, report)
        if not report.passed:
            name = release.brand.name
            raise Unusable("preflight_failed", f"The brand {name} does not go live: {_first(report)}.")
    return FolderRead(release, gate, digest)


async def refuse_release(store: Store, brand: BrandId, error: Unusable) -> None:
    """Puts on record why a brand's folder was not made live; the same reason once in a row."""
    seen = [event for event in await _events(store, brand) if isinstance(event, ReleaseActivated | ReleaseRefused)]
    if seen and isinstance(seen[-1], ReleaseRefused) and seen[-1].sentence == error.message[:400]:
        return
    found = new_body("context", canonical({"findings": error.detail[:_MOST_DETAIL]}).decode())
    event = ReleaseRefused(brand=brand, code=error.code, sentence=error.message[:400], findings=found.ref)
    await store.append(Append(brand_stream(brand), [Draft(event, ACTIVATED_BY)], bodies=[found]))


async def _walked(store: Store, folder: Path, release: Release, gate: Gate, walk: Walk) -> PreflightReport | None:
    """The report on a release that nobody has walked through yet."""
    if _shipped().get(release.brand.name) == release.digest:
        return None
    for event in await _events(store, release.brand.name):
        if isinstance(event, ReleaseActivated) and (event.release, event.policy_digest) == (
            release.digest,
            gate.policy_digest,
        ):
            return None
    log.info("preflight", brand=release.brand.name, release=release.digest)
    return await walk(folder, release)


def _shipped() -> Mapping[str, str]:
    try:
        told: dict[str, str] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told


async def _record(store: Store, release: Release, gate: Gate, report: PreflightReport) -> None:
    stream = brand_stream(release.brand.name)
    new = None if await store.head(stream) is not None else NewStream("brand", release.brand.name)
    body: Body = new_body("context", canonical(report.model_dump(mode="json")).decode())
    event = ReleaseChecked(
        brand=release.brand.name,
        release=release.digest,
        policy_digest=gate.policy_digest,
        passed=report.passed,
        sentence="Every workflow was walked through." if report.passed else f"{_first(report)}."[:400],
        report=body.ref,
    )
    await store.append(Append(stream, [Draft(event, ACTIVATED_BY)], bodies=[body], create=new))


def _first(report: PreflightReport) -> str:
    errors = [finding for finding in report.findings if finding.severity == "error"]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].workflow}: {errors[0].message.rstrip('.')}{more}" if errors else "nothing was found"


async def last_release(store: Store, brand: BrandId) -> Release | None:
    """The release of a brand that was live last, from its log."""
    activated = [e for e in await _events(store, brand) if isinstance(e, ReleaseActivated) and e.content is not None]
    if not activated:
        return None
    content = activated[-1].content
    assert content is not None
    return Release.from_json((await store.body(content)).text, digest=ReleaseDigest(activated[-1].release))


async def _events(store: Store, brand: BrandId) -> list[object]:
    """What went live and what was refused, in order."""
    return [record.event for record in await brand_records(store, brand, ReleaseActivated, ReleaseRefused)]
