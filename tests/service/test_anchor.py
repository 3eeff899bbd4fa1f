"""Where trust starts stands outside the database, and moves only by recovery keys (R-C7, DESIGN §4)."""

import asyncio
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent_core.authority.sign import key_fingerprint, public_key_text, sign_statement
from agent_core.contract.clock import system_clock
from agent_core.contract.errors import CountersignError, Unusable
from agent_core.contract.ids import KeyFingerprint, OperatorId
from agent_core.contract.operator_statements import ReanchorStatement
from agent_core.contract.signed import SignedBy
from agent_core.contract.statements import Envelope
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.anchor_recovery import recover
from agent_core.store import Store
from agent_core.store.folder import DATABASE_NAME
from console.headless.errors import CoreRefused
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer, new_operator
from tests.service.scene import CONSOLE, approval, scene
from tests.service.test_operator_keys import refused, reopened

KEYS = tuple(Ed25519PrivateKey.generate() for _ in range(3))
PUBLIC = tuple(public_key_text(key) for key in KEYS)


def moved(
    key: Ed25519PrivateKey, core: str, previous: KeyFingerprint, to: KeyFingerprint, now: datetime, **changes: Any
) -> Envelope:
    """A recovery key's word."""
    base: dict[str, Any] = {
        "core": core, "signed_by": SignedBy(operator=OperatorId("recovery"), role="admin", key=key_fingerprint(key)),
        "console": CONSOLE, "nonce": "n", "issued_at": now, "expires_at": now + timedelta(days=2), "previous": previous,
        "anchor": to, "need": 2, "keys": PUBLIC,
    }  # fmt: skip
    return sign_statement(ReanchorStatement.model_validate({**base, **changes}), key)


async def offline(folder: Path, envelopes: list[Envelope], core: str) -> str:
    """What recovery answers at the core's own machine: a code, or `moved`."""
    anchors = AnchorFile(folder / "config", data=folder / "data")
    async with await Store.open(folder / "data", clock=system_clock) as store:
        try:
            await recover(store, anchors, core, envelopes, system_clock)
        except CountersignError as error:
            return error.code if error.message.endswith(".") else "no sentence"
    return "moved"


def test_R_C7_the_anchor_moves_by_enough_recovery_keys_and_nobody_of_before_counts(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, undo_s=300) as it:
            ada = await it.admin()
            core, previous = it.core.instance.core, ada[1].key.fingerprint
            lee = await it.colleague(ada, "Lee Lead", role="lead")
            assert await refused(Operators(lee[0]).protect_anchor(2, PUBLIC)) == "not_for_this_role"
            assert await refused(Operators(ada[0]).protect_anchor(3, PUBLIC[:2])) == "bad_recovery_keys"
            assert await refused(Operators(ada[0]).protect_anchor(1, (ada[1].key.public_key,))) == "recovery_refused"
            await Operators(ada[0]).protect_anchor(2, PUBLIC)
            assert await refused(Operators(ada[0]).protect_anchor(1, PUBLIC[:1])) == "protected_already"
            shown = await Operators(ada[0]).anchor()
            assert (shown.anchor, shown.need, shown.recovery_keys) == (previous, 2, PUBLIC)
            await it.write("Please refund NW-10023")
            card = await approval(ada[0])
            await lee[0].approve(card)
        now, root = system_clock(), Signer(KeyPair.new(), new_operator("Rob Root"), "admin", CONSOLE)
        to = root.key.fingerprint
        one, two = (moved(key, core, previous, to, now) for key in KEYS[:2])
        stranger = Ed25519PrivateKey.generate()
        for envelopes, code in (
            ([one], "too_few_recovery_keys"),
            ([one, one], "too_few_recovery_keys"),
            ([one, moved(stranger, core, previous, to, now)], "not_a_recovery_key"),
            ([one, moved(KEYS[1], core, previous, ada[1].key.fingerprint, now)], "recovery_differs"),
            ([one, moved(KEYS[1], core, previous, lee[1].key.fingerprint, now)], "recovery_differs"),
            ([one, moved(KEYS[1], "core_x", previous, to, now)], "wrong_core"),
            ([one, moved(KEYS[1], core, to, to, now)], "recovery_differs"),
            ([one, moved(KEYS[1], core, previous, to, now - timedelta(days=3))], "statement_expired"),
            ([one, moved(KEYS[1], core, previous, to, now + timedelta(hours=1))], "issued_in_future"),
            ([one, moved(KEYS[1], core, previous, to, now, expires_at=now + timedelta(days=8))], "statement_expired"),
            ([one, two.model_copy(update={"payload": one.payload})], "bad_signature"),
        ):
            assert await offline(tmp_path, envelopes, core) == code
        assert await offline(tmp_path, [one, two], core) == "moved"
        assert await offline(tmp_path, [one, two], core) == "recovery_differs"  # once
        async with scene(tmp_path, undo_s=300) as it:
            console = await it.console()
            assert await refused(console.sign_in(ada[1])) == "unknown_key"
            reader = await it.reader()
            assert (await Operators(reader).anchor()).anchor == to
            other = Signer(KeyPair.new(), new_operator("Eve"), "admin", CONSOLE)
            eve = other.enrolment(await reader.challenge(), name="Eve")
            assert await refused(reader.enrol(eve)) == "not_the_anchor"
            await reader.enrol(root.enrolment(await reader.challenge(), name="Rob Root"))
            await reader.sign_in(root)
            assert await refused(console.sign_in(lee[1])) == "unknown_key"
            assert [key.operator for key in (await Operators(reader).all()).operators] == [root.operator]
            # What a key of before approved never happens: it was asked for again as the core started.
            assert (await reopened(reader, card)).approvals == ()
            assert it.refunds() == []

    asyncio.run(run())


def test_R_C7_a_database_with_another_operator_or_anchor_in_it_executes_nothing(tmp_path: Path) -> None:
    async def begin() -> tuple[Signer, Signer]:
        async with scene(tmp_path, undo_s=300) as it:
            ada = await it.admin()
            bo = await it.colleague(ada, "Bo Becker")
            await it.write("Please refund NW-10023")
            await bo[0].approve(await approval(ada[0]))
            return ada[1], bo[1]

    ada, bo = asyncio.run(begin())
    path = tmp_path / "data" / DATABASE_NAME

    def change(sql: str, *values: str) -> None:
        with sqlite3.connect(path) as database:
            assert database.execute(sql, values).rowcount > 0
        database.close()

    async def code_of(signer: Signer) -> str:
        async with scene(tmp_path) as it:
            client = await it.console()
            code = ""
            try:
                await client.sign_in(signer)
            except CoreRefused as refusal:
                code = refusal.code
            await it.write("And where is NW-10024?", thread="t2")
            assert it.refunds() == []
            return code

    # A row that says more than was signed proves nothing: what its key approved waits for ever.
    change("UPDATE event SET data = replace(data, '\"amount_minor\":50000', '\"amount_minor\":90000') "
           "WHERE stream = 'core' AND type = 'operator_enrolled' AND data LIKE ?", f"%{bo.operator}%")  # fmt: skip
    assert asyncio.run(code_of(bo)) == "unknown_key"
    # Every proof is torn: likewise, and the core goes on for those who read.
    change("UPDATE body SET data = '{}' WHERE stream = 'core' AND kind = 'envelope'")
    assert asyncio.run(code_of(ada)) == "unknown_key"
    # Another anchor in the log: the core does not even start.
    stranger = KeyPair.new().fingerprint
    change("UPDATE event SET data = replace(data, ?, ?) WHERE stream = 'core' AND type = 'anchor_set'",
           ada.key.fingerprint, stranger)  # fmt: skip
    with pytest.raises(Unusable) as refused_start:
        asyncio.run(code_of(ada))
    assert refused_start.value.code == "anchor_differs"
