"""The handoff packet of a conversation, read from its log at the moment somebody asks (R-E2). Only reads.

Every value comes from an event, a fact or a cleaned body; no model is asked.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from agent_core.contract.errors import NotFound, Unavailable
from agent_core.contract.events import EffectFinished, EffectStarted, RunEscalated, RunFailed
from agent_core.contract.handing import HandoffPacket, MomentSaid
from agent_core.contract.ids import BrandId, ConversationId, EffectId
from agent_core.contract.money import Money
from agent_core.escalation.packet import Action, PacketFacts, packet, words_in
from agent_core.escalation.words import WORDS
from agent_core.service.commands.common import Means
from agent_core.service.in_view import in_view
from agent_core.service.projection.story import ERASED, Story, bounded, read_story
from agent_core.service.sessions import Seat

Titles = Mapping[str, str]

_MOST_QUOTED = 600
_NEWEST = 2
"""Messages that are quoted."""


async def packet_of(means: Means, seat: Seat, conversation: ConversationId, language: str = "en") -> HandoffPacket:
    """What a person must know before they write to the customer, in a language that they read.

    Raises:
        NotFound: `not_found`: no such conversation for this session.
    """
    await in_view(means.store, seat, conversation)
    story = await read_story(means.store, conversation)
    if story.state.conversation is None or not seat.sees(story.state.brand):
        raise NotFound("not_found", "There is no such thing here.", detail=conversation)
    bullets = packet(facts_of(story, titles_of(means, story.state.brand)), language)
    return HandoffPacket(
        conversation=conversation,
        brand=story.state.brand,
        seq=story.state.seq,
        reasons=reasons_of(story),
        bullets=bullets,
        words=words_in(bullets),
        language=language if language in WORDS else "en",
    )


def reasons_of(story: Story) -> tuple[str, ...]:
    """Codes for which people are wanted and nobody has answered yet, oldest first."""
    return tuple(dict.fromkeys(known.ask.code for known in story.state.asks.values() if not known.resolved))[:40]


def titles_of(means: Means, brand: BrandId) -> Titles:
    """How a brand's release of now calls its tools and workflows; nothing of a brand that is not live."""
    try:
        active = means.shelf.active(brand)
    except (NotFound, Unavailable):
        return {}
    named = {str(name): flow.title for name, flow in active.release.workflows.items()}
    return named | {str(name): tool.title for name, tool in active.gate.policy.tools.items()}


def facts_of(story: Story, titles: Titles) -> PacketFacts:
    """What the log says, as the packet may say it.

    Args:
        story: The conversation.
        titles: How tools and workflows are called by people; a name that is not here is said as words.
    """
    state = story.state
    triaged = state.turn.triaged
    written = [m for m in state.messages if m.author == "customer" and not m.gone]
    looked_up, failed, done = _actions(story, titles)
    tier, name = story.fact("customer.tier"), story.fact("customer.name")
    heard = () if triaged is None else (("danger", triaged.safety), ("law", triaged.legal))
    return PacketFacts(
        name=bounded(str(name or ""), 80),
        tier=bounded(str(tier or ""), 40),
        channel=state.channel,
        proven=story.fact("customer.authenticated") is True or bool(story.fact("customer.proven")),
        messages=len(written),
        since=None if state.opened_at is None else _said(state.opened_at),
        language=state.turn.language,
        issue=_issue(story),
        reasons=tuple(
            (known.ask.code, known.ask.sentence)
            for known in state.asks.values()
            if not known.resolved and known.ask.kind != "approval"
        ),
        looked_up=looked_up,
        failed=failed,
        done=done,
        pending=tuple(
            Action(_named(titles, known.proposal.tool, known.proposal.resource), _amount(known.proposal.money))
            for known in state.open_proposals()
            if known.effect is None
        ),
        unknown=tuple(_of_effect(story, titles, effect) for effect in state.doubts),
        unanswered=bool(state.waiting) or not state.turn.replied,
        moods=state.moods,
        urgency=None if triaged is None else triaged.urgency,
        sensitive=tuple(word for word, said in heard if said),
        last_said=_last_said(story),
    )


def _issue(story: Story) -> tuple[str, ...]:
    """What the customer began with and their newest messages, cleaned and masked: "Any news?" alone says nothing."""
    written = [m for m in story.state.messages if m.author == "customer" and not m.gone]
    told = written[-_NEWEST:] if len(written) <= _NEWEST else [written[0], *written[-_NEWEST:]]
    return tuple(text for m in told if (text := story.text(m.text, _MOST_QUOTED)) and text != ERASED)


def _actions(story: Story, titles: Titles) -> tuple[tuple[Action, ...], tuple[Action, ...], tuple[Action, ...]]:
    """What was read, what did not work, what was done: from effects and from parts that ended without an answer."""
    started: dict[EffectId, EffectStarted] = {}
    read: list[Action] = []
    failed: list[Action] = []
    done: list[Action] = []
    for record in story.records:
        event = record.event
        if isinstance(event, EffectStarted):
            started[event.effect] = event
        elif isinstance(event, EffectFinished) and (start := started.get(event.effect)) is not None:
            if start.purpose not in ("tool", "approved_tool"):
                continue
            if event.outcome == "succeeded":
                (done if start.kind == "write" else read).append(_started(story, titles, start))
            elif event.outcome in ("failed", "refused", "timed_out"):
                failed.append(_started(story, titles, start, why=event.sentence or event.code or event.outcome))
        elif isinstance(event, RunEscalated | RunFailed):
            run = story.state.runs.get(event.run)
            workflow = event.run if run is None else _called(titles, run.workflow)
            failed.append(Action(workflow, why=event.sentence))
    return tuple(dict.fromkeys(read)), tuple(dict.fromkeys(failed)), tuple(done)


def _started(story: Story, titles: Titles, start: EffectStarted, *, why: str = "") -> Action:
    known = None if start.proposal is None else story.state.proposals.get(start.proposal)
    money = start.money if known is None else known.proposal.money
    about = ", ".join(_plain(story.json(start.arguments))) if known is None else known.proposal.resource
    return Action(_named(titles, start.tool or "action", about), _amount(money), bounded(why, 160).rstrip("."))


def _of_effect(story: Story, titles: Titles, effect: EffectId) -> Action:
    for record in story.records:
        if isinstance(record.event, EffectStarted) and record.event.effect == effect:
            return _started(story, titles, record.event)
    return Action("an action")


def _plain(arguments: Any) -> Iterator[str]:
    """Ids among the arguments of a call: short, without spaces."""
    if isinstance(arguments, dict):
        for key, value in cast("dict[str, Any]", arguments).items():
            if isinstance(value, str) and key.endswith("_id") and len(value) <= 40:
                yield value


def _said(moment: datetime) -> MomentSaid:
    return MomentSaid(said=f"{moment.day} {moment:%b %Y, %H:%M} UTC", at=moment)


def _called(titles: Titles, name: str) -> str:
    return titles.get(name) or name.replace("_", " ")


def _named(titles: Titles, tool: str, about: str) -> str:
    """What was done and with what; of a resource its id, without the word for its kind."""
    kind, parted, name = about.partition(":")
    plain = name if parted and kind.isidentifier() else about
    return f"{_called(titles, tool)}: {plain}" if plain else _called(titles, tool)


def _amount(money: Money | None) -> str:
    return "" if money is None else money.text()


def _last_said(story: Story) -> str:
    for record in reversed(story.records):
        if record.event.type == "reply_sent":
            said = story.text(record.event.text, _MOST_QUOTED)
            return "" if said == ERASED else said
    return ""
