"""What customers and colleagues wrote in the channel, as items: where it belongs, and what was taken back (R-A6, R-M1)."""

from typing import Any, Final

from agent_core.contract.events import InboundContradicted, MessageDeleted, MessageEdited, MessageReceived, Recorded
from agent_core.contract.views import MessageItem
from agent_core.service.projection import besides
from agent_core.service.projection.telling import Telling, mark, put

_MOST_SUBJECT: Final = 400
DELETED: Final = "(deleted by its author)"


def received(telling: Telling, event: MessageReceived, record: Recorded) -> None:
    """A message, where its author's own clock puts it."""
    if event.name_in_channel is not None and event.name_in_channel in telling.messages:
        return  # a newer version, or its deletion, came first
    item = _item(telling, event, record)
    newest = telling.newest.get(item.by)
    later = _behind(telling, item) if newest is not None and newest > event.occurred_at else []
    if later:
        item = item.model_copy(update={"seq": min(later), "flags": (*item.flags, "arrived_late")})
    if event.name_in_channel is not None:
        telling.messages[event.name_in_channel] = item.id
    put(telling, item)


def _behind(telling: Telling, item: MessageItem) -> list[int]:
    """Where messages of the same author stand that were written after this one. Rare: most arrive in their order."""
    assert item.occurred_at is not None
    return [
        other.seq
        for other in telling.items.values()
        if isinstance(other, MessageItem)
        and other.by == item.by
        and other.occurred_at is not None
        and other.occurred_at > item.occurred_at
    ]


def edited(telling: Telling, event: MessageEdited, record: Recorded) -> None:
    """The newer words stand in the place of the old ones."""
    name = telling.messages.get(event.name_in_channel)
    known = None if name is None else telling.items.get(name)
    item = _item(telling, event, record)
    if isinstance(known, MessageItem):
        item = item.model_copy(update={"id": known.id, "seq": known.seq, "at": known.at, "occurred_at": known.occurred_at})
    telling.messages[event.name_in_channel] = item.id
    put(telling, item.model_copy(update={"flags": (*item.flags, "edited")}))
    if not event.unchanged and known is not None:
        mark(telling, record, "notice", "plain", "A message above was edited; it counts as newer words.")


def deleted(telling: Telling, event: MessageDeleted, record: Recorded) -> None:
    """The words are no longer shown; that there were some is."""
    name = telling.messages.get(event.name_in_channel)
    known = None if name is None else telling.items.get(name)
    if not isinstance(known, MessageItem):
        telling.messages[event.name_in_channel] = ""
        return
    gone = {"text": DELETED, "subject": None, "flags": (*known.flags, "deleted"), "version": record.seq}
    put(telling, known.model_copy(update=gone))
    mark(telling, record, "notice", "plain", "A message above was deleted; nobody answers it any more.")


def contradicted(telling: Telling, event: InboundContradicted, record: Recorded) -> None:
    """The first telling counts; that there is another is said."""
    known = telling.items.get(event.message)
    if isinstance(known, MessageItem) and "contradicted" not in known.flags:
        put(telling, known.model_copy(update={"flags": (*known.flags, "contradicted"), "version": record.seq}))
    words = {"content": "other words", "author": "another author"}[event.what]
    mark(telling, record, "notice", "warn", f"The channel told a message again with {words}. The first telling counts.")


def _item(telling: Telling, event: MessageReceived | MessageEdited, record: Recorded) -> MessageItem:
    person = event.author == "person"
    return MessageItem(
        id=event.message,
        seq=record.seq,
        version=record.seq,
        at=record.at,
        by="person" if person else "customer",
        name=telling.people.name(None) if person else telling.customer,
        text=telling.story.text(event.text),
        subject=None if event.subject is None else telling.story.text(event.subject, _MOST_SUBJECT),
        stripped=tuple((each.what, each.count) for each in event.stripped),
        flags=event.flags if isinstance(event, MessageReceived) else (),
        truncated=event.truncated,
        occurred_at=event.occurred_at,
        **_beside(telling, event),
    )


def _beside(telling: Telling, event: MessageReceived | MessageEdited) -> dict[str, Any]:
    """What came with a mail: an edit has nothing beside it."""
    if not isinstance(event, MessageReceived):
        return {}
    return {
        "files": besides.files(telling.story, event.attachments),
        "quoted": besides.quoted(telling.story, event.quoted),
        "quoted_lines": event.quoted_lines,
        "hidden": besides.hidden(telling.story, event.hidden),
        "automatic": event.automatic,
    }
