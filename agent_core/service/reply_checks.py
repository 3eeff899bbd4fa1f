"""Checks of replies for people: what stands against their own words, and what was found over time (R-F2).

For a person a finding is a warning: they may know more than the log does, and they decide. It never holds a text back, and
nothing is stored of a text that was only asked about.
"""

from collections.abc import Sequence
from datetime import timedelta

from agent_core.boundary.sources import read
from agent_core.contract.checked_replies import CheckedReply, ReplyChecksAnswer, ReplyCheckStanding, ReplyWarning
from agent_core.contract.clock import Clock
from agent_core.contract.errors import Invalid, NotFound
from agent_core.contract.ids import BrandId, ConversationId, StreamId
from agent_core.contract.reply_checks import REPLY_CHECKS
from agent_core.conversation.state import State
from agent_core.engine.reply_context import person_context
from agent_core.engine.session import Remembered, Session
from agent_core.guardrails.finding import Finding
from agent_core.guardrails.reply import check_reply, checks_off
from agent_core.service.brands import BrandShelf
from agent_core.service.commands.common import Means
from agent_core.service.in_view import in_view
from agent_core.service.projection import reply_tallies, tallies
from agent_core.service.sessions import Seat
from agent_core.store import Store
from agent_core.workflows.release import Release

MOST_PLACES = 20


async def check(means: Means, seat: Seat, conversation: ConversationId, text: str) -> CheckedReply:
    """What the checks say about a person's words, without doing anything.

    Raises:
        NotFound: `not_found`: no such conversation, or not for this session.
        Invalid: `empty_reply`.
    """
    await in_view(means.store, seat, conversation)
    session = Session(means.store, conversation, means.clock, Remembered())
    await session.refresh()
    if session.state.conversation is None or not seat.sees(session.state.brand):
        raise NotFound("not_found", "There is no such thing here.")
    words = read("person", text).text.strip()
    if not words:
        raise Invalid("empty_reply", "There is nothing to check.")
    release = means.shelf.active(session.state.brand).release
    context = await person_context(session, session.state, release, now=session.now)
    return CheckedReply(text=words, warnings=warnings(check_reply(words, context)))


async def findings(
    store: Store, stream: StreamId, state: State, release: Release, clock: Clock, text: str
) -> tuple[Finding, ...]:
    """The findings about a person's words in a conversation as it was folded."""
    session = Session(store, stream, clock, Remembered(state=state))
    return check_reply(text, await person_context(session, state, release, now=session.now))


def warnings(found: Sequence[Finding]) -> tuple[ReplyWarning, ...]:
    """Findings as a console shows them."""
    return tuple(
        ReplyWarning(check=each.check, code=each.code[:64], sentence=each.sentence[:400], places=each.spans[:MOST_PLACES])
        for each in found
    )


async def counted(means: Means, brands: Sequence[BrandId], days: int) -> ReplyChecksAnswer:
    """What was found in the last days, today included, and which checks work."""
    since = (means.clock() - timedelta(days=days - 1)).date()
    found = await means.store.read(lambda tx: reply_tallies.counts(tx.connection, brands, since))
    return ReplyChecksAnswer(
        since=since.isoformat(),
        counts=tuple(found),
        checks=tuple(_standing(means.shelf, brands)),
        complete=len(found) < tallies.MOST_ROWS,
    )


def _standing(shelf: BrandShelf, brands: Sequence[BrandId]) -> list[ReplyCheckStanding]:
    live = set(shelf.names())
    return [
        ReplyCheckStanding(brand=brand, check=name, enabled=name not in checks_off(shelf.active(brand).release.behaviour))
        for brand in brands
        if brand in live
        for name in REPLY_CHECKS
    ]
