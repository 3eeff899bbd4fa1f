"""Keys become operators': the first by itself, later ones signed by an admin or a lead (R-C7).

The first may only be enrolled from the console that started this core (DESIGN §4 *Where trust starts*). The anchor is
written outside the database before the log names it. It must never enrol a second anchor.
"""

from agent_core.authority.anchor import enrolled_event, open_first_enrolment
from agent_core.authority.errors import CheckFailed
from agent_core.authority.keys import KeyRing
from agent_core.authority.verify import verify_envelope
from agent_core.boundary.sources import read
from agent_core.contract.actors import Actor, Person, System
from agent_core.contract.bodies import Body, body_id
from agent_core.contract.commands import CommandDone, Enrol
from agent_core.contract.errors import Conflict, Forbidden, Invalid
from agent_core.contract.events import AnchorSet
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.statements import EnrolmentStatement
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import Order, done
from agent_core.store import GLOBAL_SCOPE, Append, Draft


async def enrol(order: Order, command: Enrol) -> CommandDone:
    """Enrols a key.

    Raises:
        Forbidden: `read_only_session`, `not_first`, `simulated_not_here`.
        CheckFailed: The statement does not hold.
        Conflict: `enrolment_refused`, `first_is_admin`.
    """
    ring = await order.means.people.keyring()
    if read("name", command.name).text != command.name:
        raise Invalid("bad_name", "A name is one line of plain text.")
    name = Body(id=body_id(), kind="context", salt=bytes.fromhex(command.name_salt), text=command.name)
    if order.seat.operator is None:
        return await _first(order, command, name, ring)
    return await _later(order, command, name, ring)


async def _first(order: Order, command: Enrol, name: Body, ring: KeyRing) -> CommandDone:
    means = order.means
    if ring.keys:
        raise Forbidden("not_first", "Somebody is enrolled here already. Ask an admin to enrol this key.")
    bare = KeyRing(anchor=None, core=means.core)
    opened = open_first_enrolment(command.envelope, ring=bare, now=means.clock(), audience=means.core)
    statement = opened.statement
    assert isinstance(statement, EnrolmentStatement)
    if statement.role != "admin" or statement.brands != ("*",) or statement.simulated:
        raise Conflict("first_is_admin", "The first key is an admin's, for every brand: somebody must enrol the others.")
    kept = envelope_body(command.envelope)
    event = enrolled_event(opened, name=name.ref, envelope=kept.ref)
    _check(KeyRing(anchor=event.key, core=means.core).enrolment_fault(event, at=means.clock(), envelope=kept.text))
    pinned = means.anchors.pinned(means.core)
    if pinned.moved is not None and pinned.anchor != event.key:
        raise Conflict("not_the_anchor", "Trust was moved to another key. Enrol exactly that one first.")
    order.take_nonce(statement.nonce)
    means.anchors.write(means.core, event.key)
    actor: Actor = System(part="embedded_console")
    appended = await means.store.append(
        Append(
            CORE_STREAM,
            [Draft(AnchorSet(key=event.key), actor), Draft(event, Person(operator=event.operator))],
            bodies=[name, kept],
            keys=(*order.keys, "anchor" if pinned.moved is None else f"anchor:{event.key}", f"statement:{opened.digest}"),
        )
    )
    return done(appended.records)


async def _later(order: Order, command: Enrol, name: Body, ring: KeyRing) -> CommandDone:
    means = order.means
    verified = verify_envelope(command.envelope, keys=ring, now=means.clock(), audience=means.core)
    statement = verified.statement
    if not isinstance(statement, EnrolmentStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    if verified.operator.id != order.operator:
        raise CheckFailed("foreign_operator", detail=verified.digest)
    if statement.simulated and not means.sandbox:
        raise Forbidden("simulated_not_here", "Simulated people exist only in the sandbox.")
    kept = envelope_body(command.envelope)
    event = enrolled_event(verified, name=name.ref, envelope=kept.ref)
    _check(ring.enrolment_fault(event, at=means.clock(), envelope=kept.text))
    order.take_nonce(statement.nonce)
    appended = await means.store.append(
        Append(
            CORE_STREAM,
            [Draft(event, order.actor)],
            bodies=[name, kept],
            keys=(*order.keys, f"statement:{verified.digest}"),
            moves_scope=(GLOBAL_SCOPE,),
        )
    )
    return done(appended.records)


_WHY = {
    "enrols_themself": "Nobody enrols another key for themselves: a colleague must sign it.",
    "may_not_enrol": "Only an admin or a lead enrols keys.",
    "gives_more_than_it_has": "Nobody gives more than they have: role, brands and limit must be within your own.",
    "operator_differs": "This key belongs to somebody else already.",
    "was_revoked": "This key was revoked and never counts again.",
    "replaces_another": "This must name the enrolment of the same key that it takes the place of.",
    "second_person_needed": "Nobody enrols somebody new alone: invite them, and let somebody else countersign.",
    "not_newer": "This was signed before the key was stopped. Sign it again.",
    "never_valid": "This key would have expired before it counts.",
    "row_differs": "The name or another field is not the one that was signed.",
}


def _check(fault: str | None) -> None:
    if fault is not None:
        words = _WHY.get(fault, "This enrolment would not be proven by its signature.")
        raise Conflict("enrolment_refused", words, detail=fault)
