"""What a played conversation came to, in a form in which two plays can be compared, and what must hold of every play."""

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import EffectStarted, Recorded
from agent_core.contract.ids import BodyId, BrandId, ConversationId, conversation_id
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.health.diagnosing import errors
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.state import State
from agent_core.conversation.transcript import build_messages
from agent_core.engine.marks import BoundaryMarks
from agent_core.models.manifest import rebuild
from agent_core.sandbox.messages.rules import check_request
from agent_core.store import Store
from tests.engine.harness import SECRET, Harness
from tests.engine.world import FileChannel

CONVERSATION: ConversationId = conversation_id(BrandId("northwind"), "chat", "thread_1", secret=SECRET)

_EXTRAS = {"effect_started", "effect_finished", "facts_learned"}
"""Events of which recovery leaves more than a play without a crash."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?")


@dataclass(frozen=True)
class Final:
    """A play's end, without ids, times and salts."""

    control: str
    phases: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    proposals: tuple[tuple[str, ...], ...]
    asks: tuple[tuple[str, str, bool], ...]
    texts: tuple[tuple[str, str], ...]
    refunds: tuple[tuple[int, str], ...]
    events: tuple[tuple[str, int], ...]
    actions: tuple[str, ...]


async def look(folder: Path) -> Final:
    """Opens a folder whose process is gone, checks what must hold in every case, and says what it came to."""
    harness = await Harness.open(folder)
    try:
        requests = (await asyncio.to_thread((folder / "requests.txt").read_text, encoding="utf-8")).split()
        return await judged(harness.store, CONVERSATION, requests, harness.channel.sent(), harness.refunds())
    finally:
        await harness.close()


async def judged(
    store: Store,
    conversation: ConversationId,
    requests: Sequence[str],
    sent: Iterable[tuple[str, str]],
    refunds: Iterable[Mapping[str, Any]],
) -> Final:
    """Checks what must hold of a conversation in every case, and says what it came to.

    Args:
        store: Where its log is.
        conversation: Which.
        requests: Digest of every request that left for a model.
        sent: Text and speaker of everything that arrived at the customer.
        refunds: What the shop has paid back.
    """
    records = await store.records(conversation)
    state = fold(records)
    await store.verify(conversation)
    assert not state.open, f"left open: {dict(state.open)}"
    _folds_alike(records, state)
    await transcripts_are_valid(store, state)
    await _requests_are_rebuilt(store, records, requests)
    values = await _values(store, state)
    return Final(
        control=state.control,
        phases=tuple((run.workflow, run.phase) for run in state.runs.values()),
        facts=tuple(sorted((key, _plain(value)) for key, value in values.items())),
        proposals=tuple(
            (p.proposal.tool, str(p.outcome), str(p.by), p.code, str(p.noticed)) for p in state.proposals.values()
        ),
        asks=tuple(sorted((a.ask.kind, a.ask.code, a.resolved) for a in state.asks.values())),
        texts=tuple((_DATE.sub("DATE", text), by) for text, by in sent),
        refunds=tuple((r["amount_minor"], r["payment_id"]) for r in refunds),
        events=tuple(sorted(Counter(r.event.type for r in records if r.event.type not in _EXTRAS).items())),
        actions=tuple(sorted(state.actions)),
    )


def sent(folder: Path) -> list[tuple[str, str]]:
    """What arrived at the customer."""
    return FileChannel(folder / "channel.sqlite").sent()


def _folds_alike(records: tuple[Recorded, ...], state: State) -> None:
    """One event after the other gives what folding all of them gives."""
    one_by_one = State()
    for record in records:
        one_by_one = evolve(one_by_one, record)
    assert one_by_one == state


async def transcripts_are_valid(store: Store, state: State) -> None:
    """Every transcript of a conversation, by the strict rules."""
    for run in state.runs.values():
        assert not run.open_calls
        texts = await _texts(store, (entry.body for entry in run.transcript))
        messages = build_messages(run, state.messages, texts, BoundaryMarks(), json.loads)
        if messages[-1]["role"] == "assistant":
            messages = messages[:-1]
        assert errors({"messages": messages}, Aside(form="transcript")) == ()


async def _requests_are_rebuilt(store: Store, records: tuple[Recorded, ...], sent: Sequence[str]) -> None:
    """Every request that left can be rebuilt byte for byte, and the stand-in's strict rules take every one of them."""
    rebuilt: Counter[str] = Counter()
    for record in records:
        event = record.event
        if not isinstance(event, EffectStarted) or event.kind != "model":
            continue
        assert event.manifest is not None
        manifest = (await store.body(event.manifest)).text
        named: list[BodyRef] = []

        def name(ref: BodyRef, named: list[BodyRef] = named) -> str:
            named.append(ref)
            return "{}" if ref.kind == "model_parameters" else "null"

        rebuild(manifest, name)
        texts = await _texts(store, named)
        request = rebuild(manifest, lambda ref, texts=texts: texts[ref.id])
        check_request(json.loads(request), {"anthropic-version": "2026-10-21"})
        rebuilt[hashlib.sha256(request).hexdigest()] += 1
    assert not Counter(sent) - rebuilt, "a request left that no record tells"


async def _texts(store: Store, refs: Any) -> dict[BodyId, str]:
    return {key: body.text for key, body in (await store.bodies(refs)).items()}


async def _values(store: Store, state: State) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for key, known in state.facts.items():
        rows = json.loads((await store.body(known.body)).text)
        found[key] = next(row["value"] for row in rows if row["id"] == known.fact)
    return found


def _plain(value: Any) -> str:
    return _DATE.sub("DATE", json.dumps(value, sort_keys=True))
