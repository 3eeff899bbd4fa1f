"""What a channel takes back comes to: edits, deletions, contradictions, and a conversation its people closed (R-A6, R-E3).

Pure builders: what to append on the newest log. What arrived first always counts, what arrives is always kept raw. It must
never drop anything somebody still waits for: where something waits, closing is a takeover.
"""

import json

from agent_core.boundary.inbound import InboundMessage
from agent_core.boundary.inbound_changes import InboundChange
from agent_core.contract.actors import Actor, Customer, Person, System
from agent_core.contract.bodies import Body, new_body
from agent_core.contract.errors import NotFound
from agent_core.contract.events import ControlChanged, InboundContradicted, MessageDeleted, MessageEdited, MessageReceived
from agent_core.contract.ids import ConversationId, MessageId, name_in_channel
from agent_core.conversation.machines import CONTROL
from agent_core.conversation.state import MessageSeen, State
from agent_core.service.settled_append import Read
from agent_core.store import Append, Draft, Priority, WakeRequest

_CHANNEL = System(part="channel")
NOW = WakeRequest(priority=Priority.CUSTOMER)


def version_of(state: State, name: MessageId) -> MessageSeen | None:
    """The newest version of a message that was not taken back."""
    return next((m for m in reversed(state.messages) if m.name_in_channel == name and not m.gone), None)


def edit_of(received: MessageReceived, before: MessageSeen | None, *, unchanged: bool) -> MessageEdited:
    """An edit, from the same words read as a message."""
    assert received.name_in_channel is not None
    return MessageEdited(
        message=received.message,
        replaces=None if before is None else before.message,
        name_in_channel=received.name_in_channel,
        author=received.author,
        raw=received.raw,
        text=received.text,
        subject=received.subject,
        occurred_at=received.occurred_at,
        stripped=received.stripped,
        truncated=received.truncated,
        unchanged=unchanged,
    )


def deletion(read: Read, change: InboundChange, key: str, *, secret: bytes) -> Append:
    """A message was deleted.

    Raises:
        NotFound: `unknown_conversation`: the channel may try again once the message has arrived.
    """
    _known(read)
    assert change.message_id is not None
    stream = ConversationId(read.stream)
    name = name_in_channel(stream, change.message_id, secret=secret)
    before = version_of(read.state, name)
    raw = new_body("message_raw", change.raw)
    event = MessageDeleted(
        message=None if before is None else before.message,
        name_in_channel=name,
        author=change.author,
        raw=raw.ref,
        occurred_at=change.occurred_at,
    )
    who: Actor = Person() if change.author == "person" else Customer()
    return Append(stream, [Draft(event, who)], bodies=[raw], keys=(key,), wake=NOW)


def closing(read: Read, change: InboundChange, key: str) -> Append:
    """The channel's people closed the conversation. Where something still waits for somebody, they have taken it over.

    Raises:
        NotFound: `unknown_conversation`.
    """
    _known(read)
    state, stream = read.state, ConversationId(read.stream)
    raw = new_body("message_raw", change.raw)
    who: Actor = Person() if change.author == "person" else _CHANNEL
    drafts: list[Draft] = []
    if state.control != "closed":
        if something_waits(state):
            words = "It was closed in the channel while something still waits: a colleague has the conversation now."
            code, to = "closed_in_channel_while_waiting", "human"
        else:
            words, code, to = "It was closed in the channel itself.", "closed_in_channel", "closed"
        if to in CONTROL[state.control]:
            drafts.append(Draft(ControlChanged.model_validate({"to": to, "code": code, "sentence": words}), who))
    return Append(stream, drafts, bodies=[raw], keys=(key,), wake=NOW)


def something_waits(state: State) -> bool:
    """Whether somebody would be forgotten if this ended now."""
    return bool(
        state.unknown
        or state.owed()
        or state.open_proposals()
        or state.waiting
        or any(not known.resolved for known in state.asks.values())
        or _persons_words_wait(state)
        or _writes(state)
    )


def _persons_words_wait(state: State) -> bool:
    """A person has written to the customer here, and it has not left: in a closed conversation nothing is sent."""
    return any(draft is not None and draft.made_by == "person" for draft in (state.draft, state.sending))


def _writes(state: State) -> bool:
    """The agent does something in a system, or is about to try it again: nobody would look into how that ends."""
    tried = (call for run in state.runs.values() for call in run.open_calls if call.writes and call.attempts)
    return any(effect.kind == "write" for effect in state.open.values()) or any(tried)


def contradiction(
    message: MessageId, first: MessageReceived | MessageEdited, kept: str, now: InboundMessage, *, by_person: bool
) -> tuple[InboundContradicted, Body] | None:
    """What the same event says otherwise the second time; None when it says the same.

    Args:
        message: The message it is about.
        first: How it was told the first time.
        kept: The raw record of then.
        now: How it is told now.
        by_person: Who wrote, as it is told now.
    """
    other_author = first.author != ("person" if by_person else "customer")
    if not other_author and json.loads(kept).get("record") == json.loads(now.raw):
        return None
    raw = new_body("message_raw", now.raw)
    return InboundContradicted(message=message, what="author" if other_author else "content", raw=raw.ref), raw


def _known(read: Read) -> None:
    if read.state.conversation is None:
        raise NotFound("unknown_conversation", "Nothing of this conversation has arrived here yet.", detail=read.stream)
