"""With what else a turn could be run again: the brand's workflows, models in use, policies of releases (R-M4). Only reads.

It must never offer what belongs to another brand.
"""

from typing import Final

from agent_core.contract.errors import NotFound, Unavailable
from agent_core.contract.events import Recorded, ReleaseActivated
from agent_core.contract.forking import ForkChoices, PolicyOffered
from agent_core.contract.ids import BrandId, ReleaseDigest, brand_stream
from agent_core.contract.overriding import WorkflowOffered
from agent_core.conversation.state import State
from agent_core.service.commands.common import Means
from agent_core.store.picking import of_stream
from agent_core.workflows.release import Release

MOST_POLICIES: Final = 12


async def choices(means: Means, state: State) -> ForkChoices:
    """What can be chosen in a conversation; nothing where its brand is not live."""
    try:
        brand = means.shelf.active(state.brand)
    except (NotFound, Unavailable):
        return ForkChoices()
    flows = brand.release.workflows.values()
    return ForkChoices(
        workflows=tuple(WorkflowOffered(workflow=one.name, title=one.title, authority=one.authority) for one in flows),
        models=tuple(dict.fromkeys((brand.names.standard, brand.names.small))),
        policies=await _policies(means, state, brand.release),
    )


async def _policies(means: Means, state: State, active: Release) -> tuple[PolicyOffered, ...]:
    """Texts that differ from the active one and from each other, the newest first."""
    stream = brand_stream(state.brand)
    records = await means.store.read(lambda tx: of_stream(tx.connection, stream, "release_activated"))
    since: dict[ReleaseDigest, Recorded] = {
        record.event.release: record for record in records if isinstance(record.event, ReleaseActivated)
    }
    begun = {run.release for run in state.runs.values()}
    seen, found = {active.policy_text}, list[PolicyOffered]()
    for digest, record in sorted(since.items(), key=lambda one: -one[1].seq):
        text = policy_of(means, state.brand, digest)
        if text is None or text in seen:
            continue
        seen.add(text)
        found.append(PolicyOffered(release=digest, since=record.at, here=digest in begun))
    return tuple(found[:MOST_POLICIES])


def policy_of(means: Means, brand: BrandId, digest: ReleaseDigest) -> str | None:
    """The policy text of a release of this brand; none where there is no such release of it."""
    try:
        release = means.shelf.release(digest)
    except NotFound:
        return None
    return release.policy_text if release.brand.name == brand else None
