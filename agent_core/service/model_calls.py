"""What a model saw in any call, built again from the log and held against it (R-M5, R-H3). Only reads.

A request is made of the bodies its record names, each checked by the digest in the log. It must never show a part as what
was sent when it is not: a part that was changed is named, and one that was erased says so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa

from agent_core.contract.bodies import BodyRef
from agent_core.contract.errors import Invalid, NotFound
from agent_core.contract.events import EffectFinished, EffectStarted, ModelSpoke, Recorded, RunContinuedAs, RunOpened
from agent_core.contract.ids import BodyId, ConversationId, EffectId, RunId
from agent_core.contract.looking_back import (
    CallRequestShown,
    CallsAnswer,
    ModelCallShown,
    SentBlock,
    SentMessage,
    SentTool,
)
from agent_core.contract.views import LabelledText
from agent_core.models.manifest import Manifest, read_manifest, rebuild
from agent_core.service.in_view import in_view
from agent_core.service.sessions import Seat
from agent_core.store import Corrupt, ReadTx, Store, verify_links
from agent_core.store.tables import body

_KEPT_MANIFESTS: Final = sa.select(body.c.id).where(
    body.c.stream == sa.bindparam("stream"), body.c.kind == "manifest", body.c.erased_at.is_(None)
)

VERIFIED: Final = "Every part is what the log's digests say: this is what the model saw, byte for byte."
CHAIN_BROKEN: Final = "The log of this conversation does not hold together, so nothing here is proven."
RECORD_GONE: Final = "The record of this call was erased: what the model saw cannot be shown any more."


async def calls(store: Store, seat: Seat, conversation: ConversationId) -> CallsAnswer:
    """Every call of a model in a conversation.

    Raises:
        NotFound: `not_found`: no such conversation, or not for this session.
    """
    await in_view(store, seat, conversation)

    def look(tx: ReadTx) -> tuple[tuple[Recorded, ...], frozenset[str]]:
        return tx.events(conversation), _kept(tx, conversation)

    records, kept = await store.read(look)
    return CallsAnswer(
        conversation=conversation, seq=len(records), calls=tuple(called.shown(kept) for called in _called(records).values())
    )


async def request(
    store: Store, seat: Seat, conversation: ConversationId, effect: EffectId, *, raw: bool = False
) -> CallRequestShown:
    """What a model saw in one call.

    Args:
        store: Where the log is.
        seat: Who asks.
        conversation: Where it was called.
        effect: The call.
        raw: Also answer the request's own bytes, as text.

    Raises:
        NotFound: `not_found`: no such conversation or call, or not for this session.
    """
    await in_view(store, seat, conversation)

    def look(tx: ReadTx) -> CallRequestShown:
        records = tx.events(conversation)
        called = _called(records).get(effect)
        if called is None:
            raise NotFound("not_found", "There is no such call of a model here.", detail=effect[:80])
        shown = called.shown(_kept(tx, conversation))
        return _Rebuilding(tx, conversation, shown, called).shown(records[: called.started.seq], raw=raw)

    return await store.read(look)


def _kept(tx: ReadTx, conversation: ConversationId) -> frozenset[str]:
    return frozenset(str(name) for (name,) in tx.connection.execute(_KEPT_MANIFESTS, {"stream": conversation}))


@dataclass(slots=True)
class _Called:
    """A call of a model in the log."""

    started: Recorded
    event: EffectStarted
    about: str
    ended: Recorded | None = None
    spoke: ModelSpoke | None = None

    def shown(self, kept: frozenset[str]) -> ModelCallShown:
        end = self.ended.event if self.ended is not None else None
        finished = end if isinstance(end, EffectFinished) else None
        usage = None if finished is None else finished.usage
        return ModelCallShown(
            effect=self.event.effect,
            seq=self.started.seq,
            end_seq=None if self.ended is None else self.ended.seq,
            run=self.event.run,
            about=self.about,
            purpose=self.event.purpose,
            attempt=self.event.attempt,
            started_at=self.started.at,
            finished_at=None if self.ended is None else self.ended.at,
            duration_ms=None if finished is None else finished.duration_ms,
            outcome=None if finished is None else finished.outcome,
            code="" if finished is None else finished.code or "",
            sentence="" if finished is None else finished.sentence or "",
            model="" if finished is None else finished.model or "",
            input_tokens=0 if usage is None else usage.input_tokens,
            output_tokens=0 if usage is None else usage.output_tokens,
            cache_read_tokens=0 if usage is None else usage.cache_read_tokens,
            cache_write_tokens=0 if usage is None else usage.cache_write_tokens,
            tools_called=() if self.spoke is None else tuple(call.tool for call in self.spoke.calls),
            kept=self.event.manifest is not None and self.event.manifest.id in kept,
        )


def _called(records: Iterable[Recorded]) -> dict[EffectId, _Called]:
    """Every call of a model, by its effect; only the first end of one counts."""
    found: dict[EffectId, _Called] = {}
    workflows: dict[RunId, str] = {}
    for record in records:
        match record.event:
            case RunOpened() as opened:
                workflows[opened.run] = opened.workflow
            case RunContinuedAs() as went_on:
                workflows[went_on.successor] = workflows.get(went_on.run, "")
            case EffectStarted() as started if started.kind == "model":
                about = "" if started.run is None else workflows.get(started.run, "")
                found[started.effect] = _Called(record, started, about)
            case EffectFinished() as finished if finished.effect in found:
                known = found[finished.effect]
                known.ended = known.ended or record
            case ModelSpoke() as spoke if spoke.effect in found:
                found[spoke.effect].spoke = spoke
            case _:
                pass
    return found


class _Rebuilding:
    """One request on its way back."""

    def __init__(self, tx: ReadTx, conversation: ConversationId, call: ModelCallShown, called: _Called) -> None:
        self._tx = tx
        self._conversation = conversation
        self._call = call
        self._called = called
        self._texts: dict[BodyId, str] = {}
        self._gone: set[BodyId] = set()
        self._differs: list[str] = []

    def shown(self, before: tuple[Recorded, ...], *, raw: bool) -> CallRequestShown:
        holds = self._chain_holds(before)
        ref = self._called.event.manifest
        manifest = None if ref is None else self._manifest(ref)
        answer = () if self._called.spoke is None else self._blocks(self._text(self._called.spoke.content, "the answer"))
        if manifest is None:
            gone = ref is not None and ref.id in self._gone
            return CallRequestShown(
                conversation=self._conversation,
                call=self._call,
                verdict="erased" if gone and holds else "differs",
                sentence=RECORD_GONE if gone and holds else self._wrong(holds),
                erased=int(gone),
                answer=answer,
            )
        parts = {part.id: self._text(part, _name(part)) for part in manifest.refs()}
        intact = holds and not self._differs
        whole = (
            rebuild(self._texts[ref.id], lambda part: self._texts[part.id]) if ref and None not in parts.values() else None
        )
        missing = sum(part in self._gone for part in parts)
        parameters = parts[manifest.parameters.id]
        return CallRequestShown(
            conversation=self._conversation,
            call=self._call,
            verdict=("erased" if missing else "verified") if intact else "differs",
            sentence=(_erased_words(missing) if missing else VERIFIED) if intact else self._wrong(holds),
            digest=hashlib.sha256(whole).hexdigest() if whole is not None and intact else None,
            size=len(whole) if whole is not None and intact else 0,
            erased=missing,
            model=manifest.model,
            system=None if manifest.system is None else parts[manifest.system.id],
            system_erased=manifest.system is not None and manifest.system.id in self._gone,
            tools=() if manifest.tools is None else _tools(parts[manifest.tools.id]),
            tools_erased=manifest.tools is not None and manifest.tools.id in self._gone,
            parameters=() if parameters is None else _parameters(parameters),
            messages=tuple(
                SentMessage(
                    role=cast("Any", message.role),
                    blocks=self._blocks(parts[message.content.id]),
                    erased=message.content.id in self._gone,
                )
                for message in manifest.messages
            ),
            answer=answer,
            raw=whole.decode() if raw and whole is not None and intact else None,
        )

    def _chain_holds(self, before: tuple[Recorded, ...]) -> bool:
        """Whether the log holds from its first event up to the one that started the call."""
        links = [link for link in self._tx.links(self._conversation) if link.seq <= len(before)]
        try:
            return verify_links(links) == before[-1].hash
        except Corrupt:
            return False

    def _manifest(self, ref: BodyRef) -> Manifest | None:
        text = self._text(ref, "the record of the call")
        try:
            return None if text is None else read_manifest(text)
        except Invalid:
            self._differs.append("the record of the call")
            return None

    def _text(self, ref: BodyRef, name: str) -> str | None:
        """The text of a part; none where it is erased, or is not what the log says."""
        if ref.id in self._texts:
            return self._texts[ref.id]
        try:
            found = self._tx.bodies([ref])
        except Corrupt:
            self._differs.append(name)
            return None
        if ref.id not in found:
            self._gone.add(ref.id)
            return None
        self._texts[ref.id] = found[ref.id].text
        return found[ref.id].text

    def _wrong(self, holds: bool) -> str:
        if not holds:
            return CHAIN_BROKEN
        named = ", ".join(dict.fromkeys(self._differs)) or "the record of the call"
        return f"Not what the log says was sent: {named} was changed or is missing."

    def _blocks(self, text: str | None) -> tuple[SentBlock, ...]:
        return () if text is None else blocks(text)


def _name(part: BodyRef) -> str:
    return {
        "model_system": "the system text", "model_tools": "the tools", "model_parameters": "the parameters",
    }.get(part.kind, "a message")  # fmt: skip


def _erased_words(count: int) -> str:
    parts = "One part was" if count == 1 else f"{count} parts were"
    return f"{parts} erased on purpose. Everything that stands here is what the log's digests say."


def blocks(text: str) -> tuple[SentBlock, ...]:
    """The blocks of a message's content, in the spelling of the wire; what is no JSON is shown as it is."""
    try:
        content: Any = json.loads(text)
    except ValueError:
        return (SentBlock(kind="other", text=text),)
    if isinstance(content, str):
        return (SentBlock(kind="text", text=content),)
    if not isinstance(content, list):
        return (SentBlock(kind="other", text=text),)
    return tuple(_block(each) for each in cast("list[Any]", content))


def _block(value: Any) -> SentBlock:
    if not isinstance(value, dict):
        return SentBlock(kind="other", text=_plain(value))
    block = cast("dict[str, Any]", value)
    cached = "cache_control" in block
    match block.get("type"):
        case "text":
            return SentBlock(kind="text", text=str(block.get("text", "")), cached=cached)
        case "tool_use":
            return SentBlock(
                kind="tool_use",
                text=_plain(block.get("input")),
                tool=str(block.get("name", "")),
                tool_use_id=str(block.get("id", "")),
                cached=cached,
            )
        case "tool_result":
            return SentBlock(
                kind="tool_result",
                text=_result(block.get("content", "")),
                tool_use_id=str(block.get("tool_use_id", "")),
                error=block.get("is_error") is True,
                cached=cached,
            )
        case "thinking":
            return SentBlock(kind="thinking", text=str(block.get("thinking", "")), cached=cached)
        case "image":
            return SentBlock(kind="image", text=_plain({k: v for k, v in block.items() if k != "source"}), cached=cached)
        case _:
            return SentBlock(kind="other", text=_plain(block), cached=cached)


def _result(content: Any) -> str:
    """What a model read of a result: its texts, one below the other."""
    if isinstance(content, str):
        return content
    parts = cast("list[Any]", content) if isinstance(content, list) else [content]
    return "\n".join(
        str(cast("Mapping[str, Any]", each)["text"]) if isinstance(each, dict) and "text" in each else _plain(each)
        for each in parts
    )


def _tools(text: str | None) -> tuple[SentTool, ...]:
    value: Any = [] if text is None else json.loads(text)
    found = cast("list[dict[str, Any]]", [each for each in value if isinstance(each, dict)])
    return tuple(
        SentTool(
            name=str(each.get("name", "")),
            description=str(each.get("description", "")),
            schema_text=_plain(each.get("input_schema", {})),
        )
        for each in found
    )


def _parameters(text: str) -> tuple[LabelledText, ...]:
    value: Any = json.loads(text)
    named = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return tuple(
        LabelledText(label=name, value=each if isinstance(each, str) else _plain(each)) for name, each in named.items()
    )


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
