"""False alarms where nobody bends a reply: the sandbox's crowd writes, its offline brain answers over sockets (R-F2).

Each reply that the checks held back is one too many: the brain follows its workflow to the letter. What was held back is
printed, for somebody must read it.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agent_core.contract.events import Recorded, ReplyDrafted, ReplyFlagged
from agent_core.service.api import create_app
from agent_core.service.composition import Core
from agent_core.service.serving import served
from agent_core.service.settings import SandboxSettings, Settings
from tests.bench.figure import Figure
from tests.service.scene import quick_brand

CONVERSATIONS = 150
SPEED = 60.0
PER_MINUTE = 6.0
QUIET = 8
"""Looks in a row, a second apart, at which nothing new was drafted: the crowd is done."""


def run() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="countersign-crowd-") as place:
        records, evidence = asyncio.run(_played(Path(place)))
    drafts = [each.event for each in records if isinstance(each.event, ReplyDrafted)]
    made = [event.made_by for event in drafts]
    held = [each for each in records if isinstance(each.event, ReplyFlagged)]
    for text in evidence:
        print("held back:", text)
    streams = {each.stream for each in records if isinstance(each.event, ReplyDrafted)}
    by_model = sum(name in ("one_run", "composer", "question") for name in made)
    return [
        Figure("replies of the demo crowd held back", [float(len(held))], "texts", "drafted for it", [float(len(made))]),
        Figure("of these replies in a model's words", [float(by_model)], "replies", "all", [float(len(made))]),
        Figure("conversations with a reply", [float(len(streams))], "conversations", "begun", [float(CONVERSATIONS)]),
    ]


async def _played(place: Path) -> tuple[Sequence[Recorded], list[str]]:
    settings = Settings(
        data=place / "data",
        config=place / "config",
        brands=(quick_brand(place),),
        sandbox=SandboxSettings(
            people=300, customers_per_minute=PER_MINUTE, crowd_speed=SPEED, count=CONVERSATIONS
        ),
        preflight=False,
    )  # fmt: skip
    async with Core.open(settings) as core, served(create_app(core)) as at:
        assert core.sandbox is not None
        await core.sandbox.point_at(at.base_url)
        async with core.sandbox.crowd():
            quiet, before = 0, 0
            while quiet < QUIET:
                await asyncio.sleep(1)
                drafts = len([each for each in await _all(core) if isinstance(each.event, ReplyDrafted)])
                quiet, before = (quiet + 1 if drafts == before and drafts else 0), drafts
        records = await _all(core)
        flags = [each.event for each in records if isinstance(each.event, ReplyFlagged)]
        bodies = await core.store.bodies([event.evidence for event in flags if event.evidence is not None])
        return records, [body.text for body in bodies.values()]


async def _all(core: Core) -> list[Recorded]:
    found: list[Recorded] = []
    while True:
        more = await core.store.feed(found[-1].position if found else 0, 2_000)
        if not more:
            return found
        found += more
