"""What of a conversation's bodies can still be read: an erased one, or one that is not what was stored, stops nobody.

For healing and repair alone. Everywhere else a body that cannot be read is an error, and it must never be passed over.
"""

import json
from collections.abc import Iterable
from typing import Any

from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import NotFound, Unusable
from agent_core.contract.facts import Fact, FactKey
from agent_core.contract.ids import BodyId
from agent_core.conversation.state import Entry, Run
from agent_core.conversation.transcript import beside
from agent_core.engine.session import Session

_GONE = (KeyError, NotFound, Unusable, ValueError)


async def readable(session: Session, refs: Iterable[BodyRef]) -> dict[BodyId, str]:
    """The texts of those bodies that can be read."""
    wanted = tuple(refs)
    try:
        return await session.texts(wanted)
    except _GONE:
        found: dict[BodyId, str] = {}
        for ref in wanted:
            try:
                found |= await session.texts((ref,))
            except _GONE:
                continue
        return found


async def readable_facts(session: Session) -> dict[FactKey, Fact]:
    """The newest values of the facts that can be read."""
    try:
        return await session.facts()
    except _GONE:
        found: dict[FactKey, Fact] = {}
        for key in session.state.facts:
            try:
                found |= await session.facts((key,))
            except _GONE:
                continue
        return found


async def unreadable(session: Session, run: Run) -> tuple[Entry, ...]:
    """Entries of a run's transcript that cannot be read, or whose message named something that cannot."""
    needs: dict[BodyId, list[BodyRef]] = {}
    for entry in (*run.transcript, *run.later):
        needs.setdefault(entry.body.id, []).append(entry.body)
    for message in session.state.messages:
        if message.text.id in needs:
            needs[message.text.id].extend(beside((message,)))
    texts = await readable(session, (ref for refs in needs.values() for ref in refs))
    return tuple(
        entry
        for entry in (*run.transcript, *run.later)
        if any(ref.id not in texts for ref in needs[entry.body.id]) or not _parses(entry, texts[entry.body.id])
    )


def _parses(entry: Entry, text: str) -> bool:
    """Whether an entry that is JSON is JSON."""
    if entry.kind not in ("assistant", "context"):
        return True
    try:
        value: Any = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, list if entry.kind == "assistant" else dict)
