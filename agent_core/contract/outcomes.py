"""What can become of a tool call, an effect, a proposal (R-A7). Written once; every layer uses these words."""

from typing import Literal

ToolOutcome = Literal["succeeded", "refused", "failed", "timed_out", "unknown", "denied", "pending", "not_run"]
"""What a `tool_result` says. `refused`: code or policy forbade it. `denied`: a person did. `pending`: proposed, not
executed. `not_run`: superseded before it started. `unknown`: a write was sent and nobody knows what became of it."""

EffectOutcome = Literal["succeeded", "refused", "failed", "timed_out", "unknown", "interrupted", "superseded", "accepted"]
"""How an effect ended. `accepted`: the other side took it and answers later (R-A5). `refused`: the other side said no.
`interrupted`: a crash cut it, and it is known not to have happened. `superseded`: something newer made its result unwanted
before it was used."""

EffectKind = Literal["model", "read", "write", "reply"]

EffectPurpose = Literal[
    "triage", "run", "compose", "tool", "reread", "approved_tool", "reply", "look_up", "prove", "ask_back", "tally",
]  # fmt: skip
"""`reread`: what an approval rests on is read again right before it acts (R-C5). `look_up`: the other side is asked what
became of a write of unknown outcome (R-A7), or of a call that it took and did not answer in time (R-A5). `prove`: whether
two things a customer says belong to one customer (R-B6). `ask_back`: the model is asked what a person wants to know about
its proposal (R-C3). `tally`: the other side is asked what a customer was given already, before the agent gives more alone
(R-C1)."""

SettledBy = Literal["performed", "reconciled", "recovered", "person"]
"""Who knew how an effect ended: the one who performed it, a look-up at the other side, the restart, or a person."""

ProposalOutcome = Literal[
    "executed", "failed", "unknown", "denied", "expired", "lapsed", "withdrawn", "not_executed", "edited"
]
"""The end of a proposal. Only `executed` means that it happened. `edited`: a person's change of it took its place."""

DecidedBy = Literal["person", "policy", "timeout", "lapsed", "withdrawn", "code"]
"""Why a proposal ended. A time-out is a time-out, never a person's denial."""

Verdict = Literal["execute", "propose", "forbid"]

Control = Literal["agent", "awaiting_human", "human", "quarantined", "closed"]

Quiet = Literal["asked", "resolved", "declined"]
"""What the last words were when a customer fell silent (R-A4): a question of ours, an answer, or a no."""

RunPhase = Literal[
    "working", "answered", "asking", "awaiting_approval", "awaiting_external", "escalated", "failed", "withdrawn"
]

ConversationLabel = Literal[
    "listening", "triaging", "resolving", "awaiting_approval", "awaiting_external", "awaiting_human", "human_control",
    "quarantined", "closed",
]  # fmt: skip
"""The nine names of R-A1: derived from control and phases by fixed precedence, never stored."""

AskKind = Literal["approval", "escalation", "quarantine", "unknown_outcome", "breach", "review"]

Clock = Literal["first_look", "answer"]
"""What an ask's clocks wait for: that somebody looks, that somebody decides."""

AskVerb = Literal[
    "approve", "edit", "deny", "ask_back", "escalate", "take_over", "withdraw", "recall", "confirm_executed",
    "confirm_not_executed", "still_unknown", "resolve", "repair",
]  # fmt: skip

IntegrationState = Literal["closed", "open", "half_open", "auth_failed"]
"""A circuit breaker's word. `closed`: it works. `open`: it fails, nothing is sent. `half_open`: one request tries it.
`auth_failed`: it does not accept our credential, which only people can change."""
