"""Keys stopped, revoked and rotated (R-C7): stopping takes a session, ending for ever and succession take a signature.

Each moves the fence of everything, so that no start that was decided before is appended after; then what rests on the key is
asked for again and its sessions end. It must never take a key out of use without saying who did it.
"""

from dataclasses import replace
from typing import Final

from agent_core.authority.errors import CheckFailed
from agent_core.authority.facts import OperatorFacts, shares_brand
from agent_core.authority.keys import ENROLLERS, KeyRing
from agent_core.authority.succession import rotated_event
from agent_core.authority.verify import Key, Verified, verify_envelope
from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, Forbidden, Invalid, NotFound
from agent_core.contract.events import KeyRevoked, KeyStopped
from agent_core.contract.ids import CORE_STREAM, KeyFingerprint
from agent_core.contract.operator_commands import RevokeKey, RotateKey, StopKey
from agent_core.contract.operator_statements import RotationStatement
from agent_core.contract.statements import Envelope, RevocationStatement
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import Order, check_signer, done
from agent_core.service.key_reach import reach_at_once
from agent_core.store import GLOBAL_SCOPE, Append, Draft

_RANK: Final = {"supervisor": 1, "on_call": 1, "lead": 2, "admin": 3}


async def stop_key(order: Order, command: StopKey) -> CommandDone:
    """A key counts for nothing from now on: one's own, or of the same rank or below. By a session, at once.

    Raises:
        NotFound: `no_such_key`.
        Forbidden: `above_you`.
        Conflict: `out_of_use_already`.
    """
    person = order.seat.person()
    ring = await order.means.people.keyring()
    key = _known(ring, person, command.key)
    if key.operator.id != person.id and _RANK[key.operator.role] > _RANK[person.role]:
        raise Forbidden("above_you", "Only somebody of the same rank, or its owner, can stop this key.")
    event = KeyStopped(key=key.fingerprint, operator=person.id, reason=command.reason)
    return await _fall(order, Append(CORE_STREAM, [Draft(event, order.actor)], keys=order.keys))


async def revoke_key(order: Order, command: RevokeKey) -> CommandDone:
    """A key, and every key that followed it, counts for nothing for ever.

    Raises:
        CheckFailed: The statement does not hold.
        NotFound: `no_such_key`.
        Forbidden: `may_not_revoke`.
        Conflict: `out_of_use_already`.
    """
    ring = await order.means.people.keyring()
    verified = await signed_by_seat(order, ring, command.envelope)
    statement = verified.statement
    if not isinstance(statement, RevocationStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    person = order.seat.person()
    key = _known(ring, person, statement.key, revoked_only=True)
    above = _RANK[key.operator.role] > _RANK[person.role]
    if key.operator.id != person.id and (above or person.role not in ENROLLERS or person.simulated):
        raise Forbidden("may_not_revoke", "Only its owner, an admin or a lead of that rank revokes a key. You can stop it.")
    kept = envelope_body(command.envelope)
    event = KeyRevoked(key=key.fingerprint, operator=person.id, statement=verified.digest, envelope=kept.ref)
    order.take_nonce(statement.nonce)
    append = Append(
        CORE_STREAM,
        [Draft(event, order.actor)],
        bodies=[kept],
        keys=(*order.keys, f"statement:{verified.digest}", f"revoked:{key.fingerprint}"),
    )
    return await _fall(order, append)


async def rotate_key(order: Order, command: RotateKey) -> CommandDone:
    """The key of this session names its successor; sign in with that one from now on.

    Raises:
        CheckFailed: The statement does not hold.
        Conflict: `rotation_refused`.
    """
    means = order.means
    ring = await means.people.keyring()
    verified = await signed_by_seat(order, ring, command.envelope)
    statement = verified.statement
    if not isinstance(statement, RotationStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    kept = envelope_body(command.envelope)
    try:
        event = rotated_event(verified, statement, envelope=kept.ref)
    except Invalid as error:
        raise CheckFailed("bad_base64", detail=verified.digest) from error
    fault = ring.rotation_fault(event, at=means.clock(), envelope=kept.text)
    if fault is not None:
        words = {
            "key_known": "This key is somebody's already. Make a new one.",
            "successor_not_proven": "The new key did not prove itself. Nothing was changed.",
        }
        raise Conflict("rotation_refused", words.get(fault, "This does not prove a successor."), detail=fault)
    order.take_nonce(statement.nonce)
    append = Append(
        CORE_STREAM,
        [Draft(event, order.actor)],
        bodies=[kept],
        keys=(*order.keys, f"statement:{verified.digest}", f"key:{event.successor}", f"rotated:{event.key}"),
    )
    return await _fall(order, append)


async def signed_by_seat(order: Order, ring: KeyRing, envelope: Envelope) -> Verified:
    """Verifies an envelope that the key of this very session signed.

    Raises:
        CheckFailed: It does not hold, or another key signed it.
    """
    means = order.means
    verified = verify_envelope(envelope, keys=ring, now=means.clock(), audience=means.core)
    check_signer(order, verified)
    return verified


async def _fall(order: Order, append: Append) -> CommandDone:
    """Appends, moves the fence of everything, and undoes at once what rests on the key."""
    means = order.means
    appended = await means.store.append(replace(append, moves_scope=(GLOBAL_SCOPE,)))
    await reach_at_once(means.store, means.people, means.clock, appended.records)
    await means.desk.end_fallen()
    return done(appended.records)


def _known(ring: KeyRing, person: OperatorFacts, fingerprint: KeyFingerprint, *, revoked_only: bool = False) -> Key:
    """A key that this person may know of.

    Raises:
        NotFound: `no_such_key`.
        Conflict: `out_of_use_already`.
    """
    key = ring.get(fingerprint)
    if key is None or not shares_brand(person, key.operator):
        raise NotFound("no_such_key", "There is no such key here.", detail=fingerprint)
    if key.revoked if revoked_only else key.out_of_use is not None:
        raise Conflict("out_of_use_already", "This key counts for nothing already.", detail=fingerprint)
    return key
