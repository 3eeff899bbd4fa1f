"""Who somebody is, from the data folder of a core that does not run: role, brands and limits as their signed enrolment says.

Why it exists: a question about a person's authority is about what was signed, not about what somebody remembers. It must
never name a person whose enrolment proves nothing, or whose keys are all out of use.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.contract.clock import system_clock
from agent_core.contract.errors import NotFound

if TYPE_CHECKING:
    from agent_core.authority.facts import OperatorFacts
    from agent_core.service.operators import People


def enrolled_person(data: Path, config: Path | None, name: str) -> "OperatorFacts":
    """The operator of an id, or of a name that only one has.

    Args:
        data: The data folder.
        config: The folder of the anchor; none: the user's own.
        name: How they are called.

    Raises:
        NotFound: `no_data` or `no_operator`.
        Unusable: What is wrong with the folder, or that a core runs on it.
    """
    import platformdirs  # this and the rest: a help text needs none of it

    if not data.is_dir():
        raise NotFound("no_data", f"There is no data folder {data}.")
    anchor = config or Path(platformdirs.user_config_dir("countersign", appauthor=False)) / "anchor"
    people = asyncio.run(_people(data, anchor))
    now = system_clock()
    counting = (
        key for key in people.ring.active if key.stopped_at is None and (key.not_after is None or now < key.not_after)
    )
    working = {key.operator.id: key.operator for key in counting}
    found = [one for one in working.values() if name in (one.id, people.name(one.id))]
    if len(found) != 1:
        known = ", ".join(f"{people.name(one.id)} ({one.id})" for one in working.values()) or "nobody"
        raise NotFound(
            "no_operator", f"Nobody, or more than one, is called so here. Enrolled are: {known}.", detail=name[:80]
        )
    return found[0]


async def _people(data: Path, anchor: Path) -> "People":
    from agent_core.service.anchor_file import AnchorFile
    from agent_core.service.operators import OperatorBook
    from agent_core.store import Store

    async with await Store.open(data) as store:
        return await OperatorBook(store, AnchorFile(anchor, data=data), f"core_{store.generation}").people()
