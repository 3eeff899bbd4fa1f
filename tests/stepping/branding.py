"""The brands a core serves in these tests, as shipped or with one thing changed, and a data folder for each. Made once.

Making a folder (keys, enrolments, a full shop) and parsing a policy are the slow parts of building a core.
"""

import asyncio
import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.sign import key_fingerprint
from agent_core.contract.ids import BrandId
from agent_core.engine.declared import judged_tools
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.brands import activate
from agent_core.workflows.release import Release
from tests.engine.harness import CORE, Harness, northwind
from tests.engine.later import answering_later
from tests.workflows.releases import release as shipped


@dataclass(frozen=True)
class Branding:
    """One brand: its release and its policy."""

    release: Release
    gate: Gate

    @property
    def name(self) -> BrandId:
        """What it is called."""
        return BrandId(self.release.brand.name)


def gate_for(policy: str) -> Gate:
    """A gate from the text of a policy."""
    return Gate(AuthorityPolicy.load(policy, source="authority.cedar", tools=judged_tools()))


def _of(release: Release) -> Branding:
    return Branding(release, gate_for(release.policy_text))


MADE: Final[dict[str, Callable[[], Branding]]] = {
    "quick": lambda: _of(northwind()),
    "northwind": lambda: _of(shipped("northwind")),
    "lumen": lambda: _of(shipped("lumen")),
    "later": lambda: _of(answering_later(shipped("northwind"), "refund_payment")),
}
"""`quick` waits for no second message and has no undo window; `later` is as shipped, but refunds are answered later."""


@functools.cache
def branding(name: str) -> Branding:
    """A brand by its name here."""
    return MADE[name]()


@functools.cache
def template(brand: str, at: datetime, customers: int = 40) -> Path:
    """A folder in which a core was set up: two supervisors enrolled, the brand active, the shop full. Copy it."""
    folder = Path(tempfile.mkdtemp(prefix="countersign-template-"))

    async def make() -> None:
        harness = await Harness.open(folder, clock=lambda: at - timedelta(hours=1), customers=customers)
        try:
            await harness.enrol_leo()
            made = branding(brand)
            await activate(harness.store, made.release, made.gate)
            AnchorFile(folder / "config", data=folder / "data").write(CORE, key_fingerprint(harness.keys["sue"]))
        finally:
            await harness.close()

    asyncio.run(make())
    return folder
