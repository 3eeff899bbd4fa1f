"""The log, and everything that must be true in the same instant as an event (DESIGN §1, §6). SQLite today.

    async with await Store.open(folder, clock=system_clock, observer=None) as store:
        await store.append(Append(stream, drafts=[Draft(event, actor)], ...)) -> Appended(records)
        await store.append_all([finish, start])       one transaction; fences compare with the state before it
        await store.records(stream, after=0)          (Recorded, ...) in order of seq
        await store.head(stream), .run_heads(stream)  what a `Fence` is made of, with `.scopes([...])`
        await store.feed(after_position, limit, brands=None)
        await store.body(ref), .bodies(refs), .scrub(), .verify(stream)
        await store.streams(kind, brand), .scopes(names), .intents(brand, resource)
        await store.read(lambda tx: ...)              several questions of one instant (`ReadTx`)
        await store.write(lambda connection: ...)     projections only, never the log
        store.subscribe(listener)                     `Committed` after each commit, in the caller's loop

`Append(stream, drafts, bodies, fence, create, wake, also_wake, wake_scopes, timers, keys, moves_scope, scope_paused,
intents, intent_ends, repeats, tallies, ends, checks)`; every `EffectStarted` needs a `Fence` that names its run. A check is
`Callable[[ReadTx], None]`, runs in the same transaction before anything is written, and raises to abort.

Raised: `Stale(reason)`, `Taken(key, stream, seq)`, `DuplicateIntent(holder, conversation, state)`, `EventTooLarge`,
`StreamExists`, `NoSuchStream`, `BodyErased`, `Corrupt`, and `Unavailable` / `Unusable` of the contract.

Must never interpret an event beyond what it indexes (proposals, runs, the fence), and never fold one.
"""

from agent_core.store.beside import Beside
from agent_core.store.chain import Link, verify_chain, verify_links
from agent_core.store.errors import (
    BodyErased,
    Corrupt,
    DuplicateIntent,
    EventTooLarge,
    NoSuchStream,
    Stale,
    StreamExists,
    Taken,
)
from agent_core.store.reading import IntentRow, KeyUse, ReadTx, ScopeRow, Stops, StreamHead, Unreadable
from agent_core.store.requests import (
    Append,
    Appended,
    Committed,
    Draft,
    Erasure,
    Fence,
    IntentClaim,
    IntentEnd,
    LookEnd,
    NewStream,
    Observer,
    Priority,
    WakeRequest,
)
from agent_core.store.scopes import GLOBAL_SCOPE, brand_scope, workflow_in, workflow_scope
from agent_core.store.store import Store

__all__ = [
    "GLOBAL_SCOPE",
    "Append",
    "Appended",
    "Beside",
    "BodyErased",
    "Committed",
    "Corrupt",
    "Draft",
    "DuplicateIntent",
    "Erasure",
    "EventTooLarge",
    "Fence",
    "IntentClaim",
    "IntentEnd",
    "IntentRow",
    "KeyUse",
    "Link",
    "LookEnd",
    "NewStream",
    "NoSuchStream",
    "Observer",
    "Priority",
    "ReadTx",
    "ScopeRow",
    "Stale",
    "Stops",
    "Store",
    "StreamExists",
    "StreamHead",
    "Taken",
    "Unreadable",
    "WakeRequest",
    "brand_scope",
    "verify_chain",
    "verify_links",
    "workflow_in",
    "workflow_scope",
]  # fmt: skip
