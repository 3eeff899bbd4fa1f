"""A message that the boundary has read becomes its event, with a body for everything long, personal or hostile (R-N5).

It must never put a word of anybody's into the event itself.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from agent_core.boundary.inbound import InboundMessage
from agent_core.boundary.inbound_words import Beside
from agent_core.boundary.sources import read
from agent_core.contract.beside import FileCame, HiddenPiece, Quoted, files_body, hidden_body, quoted_body
from agent_core.contract.bodies import Body, BodyRef, new_body
from agent_core.contract.events import MessageReceived, Stripped
from agent_core.contract.ids import MessageId

_LONGEST_TYPE = 200


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a message as they may be shown and sent, and how to make others so."""

    text: str
    subject: str | None
    masked: Callable[[str], str]


def received(
    name: MessageId, own: MessageId, message: InboundMessage, said: Said, *, by_person: bool
) -> tuple[MessageReceived, list[Body]]:
    """The event of a message, and its bodies.

    Args:
        name: The message's id.
        own: Its own id in the channel, keyed.
        message: As the boundary read it.
        said: Its words, masked; what stands beside them is masked alike.
        by_person: A colleague wrote it in the channel itself.
    """
    ids = f'"event":{json.dumps(message.event_id)},"message":{json.dumps(message.message_id)}'
    raw = new_body("message_raw", f'{{{ids},"record":{message.raw}}}')
    text = new_body("message", said.text)
    subject = None if said.subject is None else new_body("subject", said.subject)
    beside = message.beside
    quoted, hidden, files = _quoted(beside, said), _hidden(beside, said), _files(beside, said)
    parts = [message.text, *([] if message.subject is None else [message.subject])]
    removed = Counter[str]()
    for part in parts:
        removed.update(dict(part.removed))
    event = MessageReceived(
        message=name,
        author="person" if by_person else "customer",
        raw=raw.ref,
        text=text.ref,
        subject=_ref(subject),
        occurred_at=message.occurred_at,
        stripped=tuple(Stripped(what=what, count=count) for what, count in sorted(removed.items())),
        flags=tuple(sorted({*beside.flags, *(flag for part in parts for flag in part.flags)})),
        truncated=beside.truncated or any(part.truncated for part in parts),
        quoted=_ref(quoted),
        quoted_lines=beside.quoted_lines,
        hidden=_ref(hidden),
        attachments=_ref(files),
        automatic=beside.automatic and not by_person,
        name_in_channel=own,
    )
    return event, [body for body in (raw, text, subject, quoted, hidden, files) if body is not None]


def _ref(body: Body | None) -> BodyRef | None:
    return None if body is None else body.ref


def _quoted(beside: Beside, said: Said) -> Body | None:
    quoted = Quoted(
        history=said.masked(beside.quoted), signature=said.masked(beside.signature), other=said.masked(beside.other)
    )
    return quoted_body(quoted) if quoted != Quoted() else None


def _hidden(beside: Beside, said: Said) -> Body | None:
    """Evidence is cleaned like everything that is shown; the bytes themselves stand in the raw record."""
    pieces = [
        HiddenPiece(reason=each.reason, text=said.masked(read("mail_history", each.text).text))
        for each in beside.hidden
        if each.reason
    ]
    for link in beside.links:
        if link.deceptive:
            words, url = read("line", link.words).text, read("line", link.url).text
            pieces.append(HiddenPiece(reason="deceptive_link", text=said.masked(f"{words} → {url}")))
    return hidden_body(tuple(pieces)) if pieces else None


def _files(beside: Beside, said: Said) -> Body | None:
    files = tuple(
        FileCame(
            name=said.masked(file.name),
            type=read("line", file.type).text[:_LONGEST_TYPE],
            size=file.size,
            digest=file.digest,
            inline=file.inline,
        )
        for file in beside.attachments
    )
    return files_body(files) if files else None
