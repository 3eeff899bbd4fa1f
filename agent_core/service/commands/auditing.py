"""An admin signs that they know that the log is not the one the core had signed for, and sensitive actions go on (R-M9).

What was lost or changed does not come back by it: the alarm, what was expected and who took it on stand in the log for ever,
and the next checkpoint follows the lost one. It must never be possible without a key of an admin for every brand.
"""

from agent_core.contract.commands import AcknowledgeAudit, CommandDone
from agent_core.contract.errors import Conflict, Forbidden
from agent_core.contract.events import AuditAcknowledged
from agent_core.contract.ids import CORE_STREAM
from agent_core.service.commands.asks import check_brand_named, envelope_body, widening
from agent_core.service.commands.common import Order, comment_body, done
from agent_core.store import Append, Draft


async def acknowledge(order: Order, command: AcknowledgeAudit) -> CommandDone:
    """Ends an alarm about the log. The statement's subject is the core, its value the alarm's digest.

    Raises:
        Forbidden: `admin_only`.
        Conflict: `no_such_alarm`.
        CheckFailed: The statement does not hold.
        Invalid: `unclean_comment`.
    """
    means = order.means
    person = order.seat.person()
    if person.role != "admin" or person.brands != ("*",):
        raise Forbidden("admin_only", "Only an admin for every brand can acknowledge this.")
    standing = means.audit.alarm
    if standing is None or standing.digest != command.alarm:
        raise Conflict("no_such_alarm", "There is no such alarm: it is over, or there is a newer one.")
    said = comment_body(command.comment, command.comment_salt)
    verified = await widening(
        order,
        command.envelope,
        change="acknowledge_audit",
        subject=means.core,
        value=command.alarm,
        comment=None if said is None else said.ref.digest,
    )
    check_brand_named(verified, None)
    kept = envelope_body(command.envelope)
    event = AuditAcknowledged(
        alarm=command.alarm,
        operator=order.operator,
        statement=verified.digest,
        envelope=kept.ref,
        comment=None if said is None else said.ref,
    )
    async with means.audit.acknowledging:
        appended = await means.store.append(
            Append(
                CORE_STREAM,
                [Draft(event, order.actor)],
                bodies=[kept, *([said] if said else [])],
                keys=(*order.keys, f"statement:{verified.digest}"),
            )
        )
        await means.audit.acknowledge(command.alarm)
    return done(appended.records)
