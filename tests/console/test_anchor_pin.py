"""A console believes another anchor only when the recovery keys it had pinned have signed the move (R-C7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_core.contract.ids import KeyFingerprint, OperatorId
from agent_core.contract.operator_commands import AnchorShown
from agent_core.contract.operator_statements import ReanchorStatement
from agent_core.contract.signed import ConsoleIdentity, SignedBy
from agent_core.contract.statements import Envelope
from console.headless.anchor_pin import check_anchor
from console.headless.errors import NoKey
from console.headless.keys import MemoryKeyStore
from console.headless.signing import KeyPair

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RECOVERY, NEXT = tuple(KeyPair.new() for _ in range(3)), tuple(KeyPair.new() for _ in range(2))
OLD, NEW, NEWER = (KeyPair.new().fingerprint for _ in range(3))


def public(keys: tuple[KeyPair, ...]) -> tuple[str, ...]:
    return tuple(key.public_key for key in keys)


def moved(by: KeyPair, previous: KeyFingerprint, anchor: KeyFingerprint, keys: tuple[KeyPair, ...], **more: Any) -> Envelope:
    said: dict[str, Any] = {
        "core": "core_1", "signed_by": SignedBy(operator=OperatorId("recovery"), role="admin", key=by.fingerprint),
        "console": ConsoleIdentity(version="1", instance="paper"), "nonce": "n", "issued_at": NOW,
        "expires_at": NOW + timedelta(days=7), "previous": previous, "anchor": anchor, "need": 2, "keys": public(keys),
    }  # fmt: skip
    return by.sign(ReanchorStatement.model_validate({**said, **more}))


def shown(
    anchor: KeyFingerprint | None, *moves: Envelope, keys: tuple[KeyPair, ...] = RECOVERY, need: int = 2
) -> AnchorShown:
    return AnchorShown(core="core_1", anchor=anchor, need=need, recovery_keys=public(keys) if need else (), moves=moves)


def pinned(first: AnchorShown) -> MemoryKeyStore:
    store = MemoryKeyStore()
    check_anchor(store, first)
    return store


def refused(store: MemoryKeyStore, now: AnchorShown) -> bool:
    with pytest.raises(NoKey) as caught:
        check_anchor(store, now)
    return caught.value.code == "anchor_changed"


def test_R_C7_the_first_sight_is_pinned_and_stays() -> None:
    store = pinned(shown(OLD, need=0))
    assert check_anchor(store, shown(OLD, need=0)).anchor == OLD
    assert check_anchor(store, shown(OLD)).need == 2  # recovery keys are named later, once
    assert refused(store, shown(NEW))
    assert refused(store, shown(None))
    assert refused(store, shown(OLD, keys=NEXT))
    assert refused(store, shown(OLD, need=0))
    store.put("anchor:core_1", "torn")
    assert refused(store, shown(OLD))


def test_R_C7_a_move_counts_when_enough_pinned_keys_signed_the_same() -> None:
    one, two = (moved(key, OLD, NEW, NEXT) for key in RECOVERY[:2])
    for wrong in (
        (one,),
        (one, one),
        (one, moved(RECOVERY[1], OLD, NEWER, NEXT)),
        (one, moved(RECOVERY[1], OLD, NEW, RECOVERY)),
        (one, moved(KeyPair.new(), OLD, NEW, NEXT)),
        (one, moved(RECOVERY[1], OLD, NEW, NEXT, core="core_2")),
        (one, two.model_copy(update={"payload": one.payload})),
    ):
        assert refused(pinned(shown(OLD)), shown(NEW, *wrong, keys=NEXT))
    store = pinned(shown(OLD))
    assert check_anchor(store, shown(NEW, one, two, keys=NEXT)).anchor == NEW
    assert check_anchor(store, shown(NEW, one, two, keys=NEXT)).anchor == NEW
    assert refused(pinned(shown(OLD)), shown(NEW, one, two, keys=RECOVERY))  # other keys than were signed


def test_R_C7_a_console_that_slept_through_several_moves_follows_them_all() -> None:
    moves = (*(moved(key, OLD, NEW, NEXT) for key in RECOVERY[:2]), *(moved(key, NEW, NEWER, RECOVERY) for key in NEXT))
    assert check_anchor(pinned(shown(OLD)), shown(NEWER, *moves)).anchor == NEWER
    assert refused(pinned(shown(OLD)), shown(NEWER, *moves[2:]))
