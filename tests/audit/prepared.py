"""A database as a core leaves it behind: people, keys, a refund approved, a stop, conversations. Made once a run."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from agent_core.contract.commands import Decide, HandBack, Pause, TakeOver
from agent_core.store.folder import DATABASE_NAME
from console.headless.witness import Witness, WitnessMemory
from tests.service.scene import BOTH, NORTHWIND, approval, closed, scene, settled


async def _lived(folder: Path) -> None:
    """Part of a day at a core, in two sittings."""
    async with scene(folder) as it:
        ada, signer = await it.admin()
        await it.colleague((ada, signer), "Bo Becker")
        first = await it.write(BOTH)
        card = await approval(ada)
        await it.core.audit.sign()
        witness = Witness(WitnessMemory())
        await witness.look(it.core.instance.core, ada)
        core = it.core.instance.core
        await ada.command(Decide(envelope=signer.decision(core, card, "approve", checkpoint=witness.verified(core))))
        await closed(ada, card)
        second = await it.write("Please refund NW-10023", thread="t2")
        await settled(ada, second, 2)
        await ada.command(TakeOver(conversation=first))
        await ada.command(HandBack(conversation=first, note="Go on."))
        await it.core.audit.sign()
    async with scene(folder) as it:
        ada = await it.console()
        await ada.sign_in(signer)
        third = await it.write("Where is NW-10024?", thread="t3")
        await settled(ada, third, 2)
        await ada.command(Pause(brand=NORTHWIND))
        await ada.resume(NORTHWIND)


def lived(folder: Path) -> Path:
    """The database of such a core, at rest; its data and configuration folder lie in `folder`."""
    asyncio.run(_lived(folder))
    return folder / "data" / DATABASE_NAME


def copied(database: Path, target: Path) -> Path:
    """A copy of a database at rest, without what else lies beside it."""
    with closing(sqlite3.connect(database)) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Path(shutil.copy(database, target))
