"""From a command to its result, once per idempotency key (R-M9).

Both keys of a command are taken in the transaction that carries it out: one by its name, one by name and content, so that
the same key with other content is refused instead of answered wrongly. The content is keyed with the store's secret: it may
be words that are erased later.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent_core.contract.canonical import keyed_digest
from agent_core.contract.commands import (
    AcknowledgeAudit,
    AskBack,
    AssignAsk,
    Claim,
    Command,
    CommandDone,
    CorrectBelief,
    Decide,
    Edit,
    EndCorrection,
    EndSteering,
    Enrol,
    Erase,
    Escalate,
    FlagAssessment,
    HandBack,
    HandToTeam,
    OverrideRouting,
    Pause,
    PersonReply,
    Recall,
    ReleaseClaim,
    Repair,
    ResolveAsk,
    Resume,
    SettleUnknown,
    Steer,
    StillUnknown,
    TakeOver,
)  # fmt: skip
from agent_core.contract.errors import Conflict, CountersignError, Invalid, Unavailable
from agent_core.contract.events import Countersigned
from agent_core.contract.levels import ChangeLevel, RecallLevel
from agent_core.contract.operator_commands import (
    CountersignOperator,
    Invite,
    ProtectAnchor,
    RevokeKey,
    RotateKey,
    StopKey,
    WithdrawInvitation,
)
from agent_core.contract.proposing import ProposeAction
from agent_core.contract.reviewing import FinishReview, NoteReview, ScoreReview
from agent_core.service.commands import (
    anchoring,
    approvals,
    asking,
    asks,
    assessing,
    assigning,
    auditing,
    control,
    correcting,
    editing,
    enrolling,
    erasing,
    inviting,
    levelling,
    operator_keys,
    overriding,
    proposing,
    repairing,
    reviewing,
    steering,
    stopping,
)
from agent_core.service.commands.common import Means, Order
from agent_core.service.sessions import Seat
from agent_core.store import Taken

TABLE: Mapping[type[Any], Callable[[Order, Any], Awaitable[CommandDone]]] = {
    Decide: approvals.decide,
    Edit: editing.edit,
    ProposeAction: proposing.propose_action,
    Recall: approvals.recall,
    Claim: asks.claim,
    ReleaseClaim: asks.release,
    AssignAsk: assigning.assign,
    AskBack: asking.ask_back,
    Escalate: asking.escalate,
    ResolveAsk: asks.resolve,
    SettleUnknown: asks.settle_unknown,
    StillUnknown: asks.still_unknown,
    TakeOver: control.take_over,
    HandToTeam: control.hand_to_team,
    HandBack: control.hand_back,
    PersonReply: control.reply,
    Steer: steering.steer,
    EndSteering: steering.end,
    CorrectBelief: correcting.correct,
    EndCorrection: correcting.end,
    FlagAssessment: assessing.flag_assessment,
    OverrideRouting: overriding.override_routing,
    Repair: repairing.repair,
    Pause: stopping.pause,
    Resume: stopping.resume,
    Enrol: enrolling.enrol,
    StopKey: operator_keys.stop_key,
    RevokeKey: operator_keys.revoke_key,
    RotateKey: operator_keys.rotate_key,
    AcknowledgeAudit: auditing.acknowledge,
    Erase: erasing.erase,
    Invite: inviting.invite,
    WithdrawInvitation: inviting.withdraw,
    CountersignOperator: inviting.countersign,
    ProtectAnchor: anchoring.protect,
    NoteReview: reviewing.note,
    ScoreReview: reviewing.score,
    FinishReview: reviewing.finish,
    ChangeLevel: levelling.change_level,
    RecallLevel: levelling.recall_level,
}

STOPPED: frozenset[type[Any]] = frozenset({Enrol, Invite, CountersignOperator, RotateKey, ProtectAnchor})
"""What gives somebody more: refused while the log is not the one that was signed for (R-M9)."""

_KEY = re.compile(r"[!-~]{1,100}")


async def carry_out(means: Means, seat: Seat, command: Command, idempotency_key: str) -> CommandDone:
    """Carries out a command, or answers what it came to before.

    Raises:
        Invalid: `bad_idempotency_key`.
        Conflict: `idempotency_mismatch`, or the world moved on; the sentence says who was faster.
        CountersignError: The command's own refusals.
    """
    if not _KEY.fullmatch(idempotency_key):
        raise Invalid("bad_idempotency_key", "An Idempotency-Key is 1 to 100 visible ASCII characters.")
    who = seat.session if seat.operator is None else seat.operator.id
    name = f"command:{who}:{idempotency_key}"
    exact = f"{name}:{keyed_digest(means.store.secret, command.model_dump(mode='json'))}"
    earlier = await _earlier(means, name, exact)
    if earlier is not None:
        return earlier
    order = Order(means, seat, (name, exact))
    if type(command) in STOPPED and means.audit.stopped():
        raise Conflict(
            "actions_stopped", "The log of this core was changed or put back. An admin must acknowledge that first."
        )
    try:
        return await TABLE[type(command)](order, command)
    except Unavailable:
        # Whoever was told to try again signs nothing anew: what was written all the same is found by its keys.
        means.desk.give_back(order.used)
        raise
    except CountersignError as refused:
        # The same command, sent twice at once: the faster of the two was carried out, so this one was too.
        earlier = await _earlier(means, name, exact)
        if earlier is not None:
            return earlier
        if isinstance(refused, Taken):
            raise Conflict("already_done", "This was already done once.", detail=refused.detail) from refused
        raise


async def _earlier(means: Means, name: str, exact: str) -> CommandDone | None:
    """The result of the same command, if it was carried out before."""
    used, same = await means.store.read(lambda tx: (tx.unique_key(name), tx.unique_key(exact)))
    if used is None:
        return None
    if same is None:
        raise Conflict("idempotency_mismatch", "This Idempotency-Key was used for another command.")
    records = await means.store.records(used.stream, after=used.seq - 1, limit=1)
    event = records[0].event if records else None
    if isinstance(event, Countersigned):
        held = event.not_before if event.decision == "approve" else None
        return CommandDone(seq=used.seq, statement=event.statement, not_before=held)
    return CommandDone(seq=used.seq, statement=getattr(event, "statement", None))
