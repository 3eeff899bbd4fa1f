"""The keys that may move the anchor, named once by an admin's signature and pinned outside the database (R-C7).

Moving the anchor itself is no command: it is done at the core's own machine while the core is stopped
(`service.anchor_recovery`). It must never replace recovery keys that are pinned already.
"""

from agent_core.authority.errors import CheckFailed
from agent_core.authority.recovery import recovery_set_of
from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, Forbidden
from agent_core.contract.events import RecoveryKeysSet
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.operator_commands import AnchorShown, ProtectAnchor
from agent_core.contract.operator_statements import RecoveryKeysStatement
from agent_core.contract.statements import fingerprint, strict_base64
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import Means, Order, done
from agent_core.service.commands.operator_keys import signed_by_seat
from agent_core.store import Append, Draft


async def protect(order: Order, command: ProtectAnchor) -> CommandDone:
    """Pins the recovery keys.

    Raises:
        CheckFailed: The statement does not hold.
        Forbidden: `not_for_this_role`.
        Conflict: `protected_already`, `recovery_refused`.
        Invalid: `bad_recovery_keys`.
    """
    means, person = order.means, order.seat.person()
    ring = await means.people.keyring()
    verified = await signed_by_seat(order, ring, command.envelope)
    statement = verified.statement
    if not isinstance(statement, RecoveryKeysStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    if person.role != "admin" or person.brands != ("*",) or person.simulated:
        raise Forbidden("not_for_this_role", "Only an admin of every brand names recovery keys.")
    wanted = recovery_set_of(statement)
    pinned = means.anchors.pinned(means.core)
    if pinned.recovery.need and pinned.recovery != wanted:
        raise Conflict("protected_already", "Recovery keys are named already. Only they can name others, with a recovery.")
    if statement.anchor != pinned.anchor:
        raise Conflict("recovery_refused", "This was signed for another anchor than the one that counts now.")
    if any(ring.get(fingerprint(strict_base64(key))) is not None for key in wanted.keys):
        raise Conflict("recovery_refused", "A recovery key is nobody's key for anything else. Make new ones.")
    order.take_nonce(statement.nonce)
    means.anchors.protect(means.core, wanted)
    kept = envelope_body(command.envelope)
    event = RecoveryKeysSet(
        operator=person.id,
        anchor=statement.anchor,
        need=wanted.need,
        keys=wanted.keys,
        statement=verified.digest,
        envelope=kept.ref,
    )
    keys = (*order.keys, f"statement:{verified.digest}")
    appended = await means.store.append(Append(CORE_STREAM, [Draft(event, order.actor)], bodies=[kept], keys=keys))
    return done(appended.records)


def shown(means: Means) -> AnchorShown:
    """Where trust starts, for a console to pin."""
    pinned = means.anchors.pinned(means.core)
    return AnchorShown(
        core=means.core,
        anchor=pinned.anchor,
        need=pinned.recovery.need,
        recovery_keys=pinned.recovery.keys,
        moves=pinned.moves,
    )
