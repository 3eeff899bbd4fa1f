"""The brands this core serves: folders read as a whole, made releases, kept by digest for the runs that began with them.

A folder with one error starts nothing: the sentence names file, line and reason (R-F1). Activating writes the whole release
into the brand's log, so an old run finds its text also when the folder has changed. It must never change a release in place.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.review import check_policy as check_authority
from agent_core.contract.actors import System
from agent_core.contract.base import Digest
from agent_core.contract.bodies import new_body
from agent_core.contract.errors import NotFound, Unavailable, Unusable
from agent_core.contract.events import ReleaseActivated, ReplyChecksSwitched
from agent_core.contract.ids import BrandId, ReleaseDigest, brand_stream
from agent_core.engine.declared import judged_tools
from agent_core.engine.runtime import BrandAtWork
from agent_core.guardrails.reply import checks_off
from agent_core.service.brand_log import brand_records
from agent_core.store import Append, Draft, NewStream, Store, brand_scope
from agent_core.workflows.commerce_tools import commerce_catalog
from agent_core.workflows.findings import BrandInvalid, Finding
from agent_core.workflows.loader import load_brand
from agent_core.workflows.release import Release
from agent_core.workflows.tools import WITHDRAW_PROPOSAL, ToolDeclaration

ACTIVATED_BY = System(part="service")


class BrandShelf:
    """Brands as they are active now, and every release that is still needed."""

    def __init__(
        self,
        active: Mapping[BrandId, BrandAtWork],
        old: Mapping[ReleaseDigest, Release],
        refused: Mapping[BrandId, str] | None = None,
    ) -> None:
        self._active = dict(active)
        self._refused = dict(refused or {})
        self._releases = {**old, **{brand.release.digest: brand.release for brand in active.values()}}

    def active(self, brand: BrandId) -> BrandAtWork:
        """The brand as it is now.

        Raises:
            NotFound: `no_brand`.
            Unavailable: `brand_not_live`: its folder has a fault, so its messages stay with people (R-N6).
        """
        found = self._active.get(brand)
        if found is None and brand in self._refused:
            raise Unavailable(
                "brand_not_live", "This brand is not live here, so people answer it.", detail=self._refused[brand]
            )
        if found is None:
            raise NotFound("no_brand", "There is no such brand here.", detail=brand[:80])
        return found

    async def renew(self, store: Store, brand: BrandAtWork, *, folder: Digest | None = None) -> None:
        """Makes a release of a brand the active one, in the log and here; the one of before, if there is one, is kept."""
        await activate(store, brand.release, brand.gate, folder=folder)
        self._releases[brand.release.digest] = brand.release
        self._active[brand.release.brand.name] = brand
        self._refused.pop(brand.release.brand.name, None)

    def refuse(self, brand: BrandId, sentence: str) -> None:
        """Why a brand that never was live is not, as of now."""
        if brand not in self._active:
            self._refused[brand] = sentence

    def release(self, digest: ReleaseDigest) -> Release:
        """A release by digest, active or not.

        Raises:
            NotFound: `no_release`.
        """
        found = self._releases.get(digest)
        if found is None:
            raise NotFound("no_release", "The release that this run began with is not here.", detail=digest[:80])
        return found

    def names(self) -> tuple[BrandId, ...]:
        """Every brand, in the order of their folders."""
        return tuple(self._active)


def check_folder(folder: Path) -> Release:
    """The release of a folder, which is checked as a whole.

    Raises:
        BrandInvalid: With every finding there is.
    """
    return load_brand(folder, tools=commerce_catalog(), check_policy=policy_findings)


def read_brand_folder(folder: Path) -> Release:
    """The release of a folder.

    Raises:
        Unusable: `brand_invalid`; the sentence begins with `file:line: reason`.
    """
    try:
        return check_folder(folder)
    except BrandInvalid as invalid:
        first = invalid.findings[0]
        more = f" ({len(invalid.findings) - 1} more)" if len(invalid.findings) > 1 else ""
        raise Unusable(
            "brand_invalid",
            f"The brand folder {folder.name} cannot be used: {first.text()}{more}. Correct it and start again.",
            detail=invalid.detail,
        ) from invalid


def gate_of(release: Release) -> Gate:
    """The gate of a release that was read by `read_brand_folder`."""
    tools = judged_tools(release.content.tools)
    return Gate(AuthorityPolicy.load(release.policy_text, source="authority.cedar", tools=tools))


async def known_releases(store: Store, brands: Sequence[BrandId]) -> dict[ReleaseDigest, Release]:
    """Every release that was ever active here, by digest."""
    found: dict[ReleaseDigest, Release] = {}
    for brand in brands:
        events = [record.event for record in await brand_records(store, brand, ReleaseActivated)]
        activated = [event for event in events if isinstance(event, ReleaseActivated) and event.content is not None]
        bodies = await store.bodies(event.content for event in activated if event.content is not None)
        for event in activated:
            if event.content is not None and event.content.id in bodies:
                found[event.release] = Release.from_json(bodies[event.content.id].text, digest=event.release)
    return found


async def activate(store: Store, release: Release, gate: Gate, *, folder: Digest | None = None) -> None:
    """Makes a release the brand's active one, unless it is already. Everything decided before it is decided again.

    Args:
        store: The log.
        release: What is to be live.
        gate: Its policy.
        folder: `known_folders.folder_digest` of what it was read from.
    """
    brand = release.brand.name
    stream = brand_stream(brand)
    head = await store.head(stream)
    events = [record.event for record in await brand_records(store, brand, ReleaseActivated)]
    last = next((event for event in reversed(events) if isinstance(event, ReleaseActivated)), None)
    if last is not None and (last.release, last.policy_digest) == (release.digest, gate.policy_digest):
        return
    content = new_body("context", release.to_json())
    off = checks_off(release.behaviour)
    event = ReleaseActivated(
        brand=brand,
        release=release.digest,
        policy_digest=gate.policy_digest,
        content=content.ref,
        checks_off=off,
        folder=folder,
    )
    drafts = [Draft(event, ACTIVATED_BY)]
    before = set(last.checks_off) if last is not None else set[str]()
    if before != set(off):
        switched = ReplyChecksSwitched(
            brand=brand,
            release=release.digest,
            off=off,
            switched_off=tuple(name for name in off if name not in before),
            switched_on=tuple(sorted(before - set(off))),
        )
        drafts.append(Draft(switched, ACTIVATED_BY))
    await store.append(
        Append(
            stream,
            drafts,
            bodies=[content],
            create=NewStream("brand", brand) if head is None else None,
            moves_scope=(brand_scope(brand),),
            wake_scopes=(brand_scope(brand),),
        )
    )


def policy_findings(text: str, source: str, tools: Iterable[ToolDeclaration]) -> list[Finding]:
    """Authority's findings about a policy text, as findings of the folder. Cedar knows lines, not columns."""
    known = tuple(tools)
    used = {*(tool.name for tool in known), WITHDRAW_PROPOSAL}
    errors = check_authority(text, source=source, tools=judged_tools(known), used=used)
    return [Finding(file=source, line=e.line, column=0, code=e.code, message=e.message) for e in errors]
