"""People sign how far a workflow may go by itself (R-C8): one downwards, two upwards, never above its file (DESIGN §4).

What is signed follows what was signed before, so nothing old comes back. The change moves the fence of the brand: whatever
was decided at the older level is decided again. It must never let one person alone take a narrowing back.
"""

from typing import Final

from agent_core.authority.errors import CheckFailed
from agent_core.authority.levels import LEVELLERS, Levels, check_level_signer
from agent_core.authority.verify import Verified, read_envelope, verify_envelope
from agent_core.contract.commands import CommandDone
from agent_core.contract.errors import Conflict, Forbidden
from agent_core.contract.events import LevelChanged, LevelRecalled, LevelSigned
from agent_core.contract.ids import CORE_STREAM, brand_stream
from agent_core.contract.level_statements import AuthorityLevel, LevelStatement, is_above
from agent_core.contract.levels import ChangeLevel, RecallLevel
from agent_core.service.commands.asks import envelope_body
from agent_core.service.commands.common import Order, check_signer, comment_body
from agent_core.service.level_reach import reach_at_once
from agent_core.service.levels import ABOVE_THE_FILE, NOT_YOURS, SAME, flow_of, waiting
from agent_core.store import Append, Draft, ReadTx, brand_scope
from agent_core.workflows.workflow import Workflow

MOVED: Final = "Something newer happened at this brand. Look at the levels again."


async def change_level(order: Order, command: ChangeLevel) -> CommandDone:
    """Changes a level, or keeps the first of two signatures.

    Raises:
        NotFound: `not_found`, `no_such_workflow`.
        CheckFailed: The statement does not hold, or says something else.
        Conflict: `above_the_file`, `same_level`, `moved`.
        Invalid: `unclean_comment`.
    """
    means, brand = order.means, command.brand
    order.seat.person()
    order.seat.check_brand(brand)
    flow = flow_of(means, brand, command.workflow)
    stream = brand_stream(brand)
    heads = await means.store.read(lambda tx: (tx.head(stream), tx.head(CORE_STREAM)))
    levels = await means.levels.levels(brand)
    was = levels.of(flow.name, flow.authority)
    if is_above(command.level, flow.authority):
        raise Conflict("above_the_file", ABOVE_THE_FILE, detail=flow.name)
    if command.level == was:
        raise Conflict("same_level", SAME, detail=flow.name)
    said = comment_body(command.comment, command.comment_salt)
    verified = await _verified(order, command, flow, levels, was, None if said is None else said.ref.digest)
    first = await _first(order, verified, levels, flow)
    kept = envelope_body(command.envelope)
    statement = verified.statement
    assert isinstance(statement, LevelStatement)
    order.take_nonce(statement.nonce)
    comment = None if said is None else said.ref
    event: LevelSigned | LevelChanged
    if statement.required_approvals == 2 and first is None:
        event = LevelSigned(
            workflow=flow.name, was=was, level=command.level, operator=order.operator, statement=verified.digest,
            envelope=kept.ref, comment=comment, until=statement.expires_at,
        )  # fmt: skip
    else:
        event = LevelChanged(
            workflow=flow.name, was=was, level=command.level, declared=flow.authority, operator=order.operator,
            statement=verified.digest, envelope=kept.ref, first=None if first is None else first.statement,
            first_envelope=None if first is None else first.envelope, comment=comment,
        )  # fmt: skip

    def unmoved(tx: ReadTx) -> None:
        if (tx.head(stream), tx.head(CORE_STREAM)) != heads:
            raise Conflict("moved", MOVED, detail=brand)

    changes = isinstance(event, LevelChanged)
    appended = await means.store.append(
        Append(
            stream,
            [Draft(event, order.actor)],
            bodies=[kept, *([] if said is None else [said])],
            keys=(*order.keys, f"statement:{verified.digest}"),
            moves_scope=(brand_scope(brand),) if changes else (),
            wake_scopes=(brand_scope(brand),) if changes else (),
            checks=(unmoved,),
        )
    )
    await reach_at_once(means, brand, appended.records)
    return CommandDone(seq=appended.records[0].seq, statement=verified.digest)


async def recall_level(order: Order, command: RecallLevel) -> CommandDone:
    """Takes the first of two signatures back. It only takes away, so whoever may sign levels may do it, without a signature.

    Raises:
        NotFound: `not_found`, `no_such_workflow`.
        Forbidden: `read_only_session`, `role_not_allowed`.
        Conflict: `not_waiting`, `moved`.
    """
    means, brand = order.means, command.brand
    person = order.seat.person()
    order.seat.check_brand(brand)
    flow = flow_of(means, brand, command.workflow)
    if person.role not in LEVELLERS:
        raise Forbidden("role_not_allowed", NOT_YOURS)
    stream = brand_stream(brand)
    head = await means.store.read(lambda tx: tx.head(stream))
    first = waiting(await means.levels.levels(brand), flow.name, means)
    if first is None or first.statement != command.statement:
        raise Conflict("not_waiting", "That signature does not wait any more.", detail=flow.name)

    def unmoved(tx: ReadTx) -> None:
        if tx.head(stream) != head:
            raise Conflict("moved", MOVED, detail=brand)

    event = LevelRecalled(workflow=flow.name, operator=order.operator, statement=first.statement)
    appended = await means.store.append(
        Append(stream, [Draft(event, order.actor)], keys=tuple(order.keys), checks=(unmoved,))
    )
    return CommandDone(seq=appended.records[0].seq)


async def _verified(
    order: Order, command: ChangeLevel, flow: Workflow, levels: Levels, was: AuthorityLevel, comment: str | None
) -> Verified:
    """The signature of this session's person, over exactly this change of what holds now."""
    means = order.means
    verified = verify_envelope(command.envelope, keys=await means.people.keyring(), now=means.clock(), audience=means.core)
    said = verified.statement
    if not isinstance(said, LevelStatement):
        raise CheckFailed("bad_statement", detail=verified.digest)
    needed = 2 if is_above(command.level, was) else 1
    same = (
        ("other_brand", said.brand == command.brand),
        ("other_workflow", said.workflow == flow.name),
        ("other_release", said.release == means.shelf.active(command.brand).release.digest),
        ("other_arguments", (said.level, said.was, said.declared) == (command.level, was, flow.authority)),
        ("out_of_order", said.follows == levels.follows(flow.name)),
        ("other_comment", said.comment_digest == comment),
        ("other_people_count", said.required_approvals == needed and said.approval_number <= needed),
    )  # fmt: skip
    for code, holds in same:
        if not holds:
            raise CheckFailed(code, detail=verified.digest)
    check_signer(order, verified)
    check_level_signer(verified.key, command.brand, sandbox=means.sandbox)
    return verified


async def _first(order: Order, verified: Verified, levels: Levels, flow: Workflow) -> LevelSigned | None:
    """What the first of two people signed, where this is the second: verified again, now.

    Raises:
        CheckFailed: `out_of_order`, `same_person`, `same_key`, or the first one counts no more.
    """
    means, said = order.means, verified.statement
    assert isinstance(said, LevelStatement)
    if said.approval_number == 1:
        if said.previous_approvals:
            raise CheckFailed("out_of_order", detail=verified.digest)
        return None
    first = waiting(levels, flow.name, means)
    if first is None or said.previous_approvals != (first.statement,):
        raise CheckFailed("out_of_order", detail=verified.digest)
    body = await means.store.body(first.envelope)
    keys = await means.people.keyring()
    other = verify_envelope(read_envelope(body.text), keys=keys, now=means.clock(), audience=means.core)
    theirs = other.statement
    if not isinstance(theirs, LevelStatement) or other.digest != first.statement:
        raise CheckFailed("bad_statement", detail=other.digest)
    check_level_signer(other.key, said.brand, sandbox=means.sandbox)
    about = ("brand", "workflow", "was", "level", "declared", "release", "follows", "required_approvals")
    if any(getattr(theirs, name) != getattr(said, name) for name in about) or theirs.approval_number != 1:
        raise CheckFailed("out_of_order", detail=other.digest)
    if other.operator.id == verified.operator.id:
        raise CheckFailed("same_person", detail=other.digest)
    if other.key.fingerprint == verified.key.fingerprint:
        raise CheckFailed("same_key", detail=other.digest)
    return first
