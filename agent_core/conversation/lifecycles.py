"""The lives of effects, calls, proposals, asks and replies as tables (R-A1, R-A7, R-C6).

A row whose next state is `=` says that the event is recorded and changes nothing there: outcomes carry no expectation, so
they may come late (DESIGN §1.4). What has no row is refused: `refusal` says so before an append, `evolve` folds it never.
"""

from typing import Final, get_args

from agent_core.contract.outcomes import EffectOutcome, ProposalOutcome, ToolOutcome
from agent_core.conversation.machine import Machine, machine

_EFFECT_ENDS: Final = " ".join(outcome for outcome in get_args(EffectOutcome) if outcome != "unknown")
_TOOL_ENDS: Final = " ".join(get_args(ToolOutcome))
_PROPOSAL_ENDS: Final = " ".join(get_args(ProposalOutcome))


def _ended(outcomes: str, word: str) -> str:
    return " ".join(f"{word}:{outcome}" for outcome in outcomes.split())


EFFECT: Final[Machine] = machine(
    "effect",
    "An effect: recorded before and after",
    f"none open unknown {_EFFECT_ENDS}",
    ("none", "effect_started", "open"),
    ("none", f"effect_finished:unknown settled_by_person settled_by_look_up {_ended(_EFFECT_ENDS, 'effect_finished')}", "="),
    *(("open", f"effect_finished:{outcome}", outcome) for outcome in _EFFECT_ENDS.split()),
    ("open", "effect_finished:unknown", "unknown"),
    ("open", "settled_by_person settled_by_look_up", "="),
    ("unknown", "settled_by_person settled_by_look_up", "succeeded failed"),
    (
        f"unknown {_EFFECT_ENDS}",
        f"effect_finished:unknown {_ended(_EFFECT_ENDS, 'effect_finished')}",
        "=",
    ),
    (_EFFECT_ENDS, "settled_by_person settled_by_look_up", "="),
    ("accepted unknown", "asked_about", "unknown ="),
    ("accepted unknown", "answer_arrived", "succeeded refused failed ="),
    (" ".join(end for end in _EFFECT_ENDS.split() if end != "accepted"), "asked_about answer_arrived", "="),
    ends=f"unknown {_EFFECT_ENDS}",
)
"""Only its first outcome counts; what nobody knows, a person or a look-up may find out once. `accepted`: the other side has
taken it and answers later; `asked_about`: it never did, and people find out."""

CALL: Final[Machine] = machine(
    "call",
    "A tool call of a model: judged, performed, answered exactly once",
    f"none named granted performing resting proposed forbidden {_TOOL_ENDS}",
    ("none", "model_spoke", "named"),
    ("named granted", "call_judged:execute", "granted"),
    ("named granted", "call_judged:propose", "proposed"),
    ("named granted", "call_judged:forbid", "forbidden"),
    ("granted resting", "effect_started", "performing"),
    ("performing", "effect_finished", "resting"),
    *(("named granted resting", f"call_answered:{outcome}", outcome) for outcome in _TOOL_ENDS.split()),
    ("proposed", "call_answered:pending", "pending"),
    ("forbidden", "call_answered:refused", "refused"),
    ("forbidden", "call_answered:failed", "failed"),
    (_TOOL_ENDS, _ended(_TOOL_ENDS, "call_answered"), "="),
    (_TOOL_ENDS, "next_message left_behind", "="),
    ends=_TOOL_ENDS,
)
"""`next_message`: the model speaks again, `left_behind`: its run goes on as another one; only when nothing it asked is
without an answer."""

_WAITING: Final = "waiting signed approved declined"
"""People may still decide; nothing of it is being done."""

PROPOSAL: Final[Machine] = machine(
    "proposal",
    "A proposal: nothing happens without its signatures, and it ends once",
    f"none {_WAITING} executing asking {_PROPOSAL_ENDS}",
    ("none", "proposed", "waiting"),
    ("waiting", "countersigned:approve", "signed approved ="),
    ("signed", "countersigned:approve", "approved ="),
    ("approved declined executing asking", "countersigned:approve", "="),
    ("waiting signed approved", "countersigned:deny", "declined ="),
    ("declined executing asking", "countersigned:deny", "="),
    ("approved", "recalled", "signed waiting ="),
    ("signed", "recalled", "waiting ="),
    ("waiting declined executing asking", "recalled", "="),
    ("waiting signed approved", "look_again", "waiting"),
    ("declined executing asking", "look_again", "="),
    ("approved", "effect_started", "executing"),
    ("executing", "effect_finished", f"{_WAITING} ="),
    ("executing", "asked_about", "asking"),
    ("asking", "effect_finished asked_about", "="),
    (_WAITING, "asked_about", "asking"),
    (f"{_WAITING} executing asking {_PROPOSAL_ENDS}", "read_again", "="),
    *((f"{_WAITING} executing asking", f"proposal_settled:{outcome}", outcome) for outcome in _PROPOSAL_ENDS.split()),
    (
        _PROPOSAL_ENDS,
        "countersigned:approve countersigned:deny recalled look_again effect_finished asked_about "
        + _ended(_PROPOSAL_ENDS, "proposal_settled"),
        "=",
    ),
    ends=_PROPOSAL_ENDS,
)
"""`asked_about`: nobody knows what became of it, and a person is asked."""

ASK: Final[Machine] = machine(
    "ask",
    "An ask: what a person must do",
    "none open claimed resolved",
    ("none", "ask_raised", "open"),
    ("open claimed", "ask_raised", "="),
    ("resolved", "ask_raised", "open"),
    ("open claimed", "ask_claimed", "claimed"),
    ("claimed", "ask_released", "open ="),
    ("open", "ask_released", "="),
    ("open claimed", "ask_put_off ask_escalated", "open"),
    ("open claimed", "asked_back ask_answered", "="),
    ("open claimed", "ask_resolved", "resolved"),
    ("resolved", "ask_claimed ask_released ask_resolved ask_put_off ask_escalated asked_back ask_answered", "="),
    ("open claimed resolved", "ask_breached", "="),
    ("open claimed resolved", "ask_assigned", "="),
)
"""Raised again while it is open it is the same ask; after its end it is open again."""

_REPLY_BACK: Final = "effect_finished:failed effect_finished:refused effect_finished:interrupted effect_finished:superseded"
_REPLY_LOST: Final = "effect_finished:unknown effect_finished:timed_out"

REPLY: Final[Machine] = machine(
    "reply",
    "A reply: drafted, sent once, or set aside",
    "none drafted sending unknown sent dropped set_aside",
    ("none", "reply_drafted", "drafted set_aside"),
    ("drafted", "reply_drafted", "drafted set_aside"),
    ("drafted", "effect_started", "sending"),
    ("drafted", "newer", "set_aside ="),
    ("sending unknown", "newer", "="),
    ("sending", "effect_finished:succeeded", "="),
    ("sending", _REPLY_BACK, "drafted set_aside"),
    ("sending", _REPLY_LOST, "unknown"),
    ("unknown", "effect_started", "sending"),
    ("unknown", f"effect_finished:succeeded {_REPLY_BACK} {_REPLY_LOST}", "="),
    ("drafted", f"effect_finished:succeeded {_REPLY_BACK} {_REPLY_LOST}", "="),
    ("drafted sending unknown set_aside", "reply_sent", "sent"),
    ("drafted sending unknown", "reply_dropped", "dropped"),
    ("set_aside sent dropped", f"newer reply_dropped effect_finished:succeeded {_REPLY_BACK} {_REPLY_LOST}", "="),
    ("sent dropped", "reply_sent", "="),
    ends="sent dropped set_aside",
)
"""`newer`: the customer wrote, control changed, or a run has newer words; an agent's draft is then set aside unsent."""

LIFECYCLES: Final[tuple[Machine, ...]] = (EFFECT, CALL, PROPOSAL, ASK, REPLY)
