"""Proposals, asks, and what people decided.

`run` is the run that proposed, none when a person did: naming it moves the run's head, so that no start decided before is
appended after (R-A3, R-C4).
"""

from typing import Literal

from agent_core.contract.asks import Ask
from agent_core.contract.base import Code, Digest, Event, Instant, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import AskId, EffectId, KeyFingerprint, OperatorId, ProposalId, RunId
from agent_core.contract.outcomes import AskVerb, DecidedBy, ProposalOutcome
from agent_core.contract.proposals import EvidenceChange, Proposal


class Proposed(Event):
    """The agent (or a person in control) wants an action that needs a countersignature."""

    type: Literal["proposed"] = "proposed"
    proposal: Proposal


class AskRaised(Event):
    """A person must do something."""

    type: Literal["ask_raised"] = "ask_raised"
    ask: Ask


class AskClaimed(Event):
    """An operator is on it, until the lease ends. `comment`: why it was taken from somebody else, `taken_from`."""

    type: Literal["ask_claimed"] = "ask_claimed"
    ask: AskId
    operator: OperatorId
    until: Instant
    comment: BodyRef | None = None
    taken_from: OperatorId | None = None


class AskReleased(Event):
    """The lease was given back."""

    type: Literal["ask_released"] = "ask_released"
    ask: AskId
    operator: OperatorId


class AskPutOff(Event):
    """A person looked and could not tell either: it is looked at again at `look_at`. The ask stays open, its clock runs."""

    type: Literal["ask_put_off"] = "ask_put_off"
    ask: AskId
    operator: OperatorId
    look_at: Instant
    comment: BodyRef | None = None


class AskResolved(Event):
    """Nothing is left to do about this ask.

    `statement` and `envelope`: what the person signed, where needed. Their own words are `comment`, never `sentence`.
    """

    type: Literal["ask_resolved"] = "ask_resolved"
    ask: AskId
    verb: AskVerb | None
    by: DecidedBy
    operator: OperatorId | None = None
    code: Code
    sentence: Sentence
    statement: Digest | None = None
    envelope: BodyRef | None = None
    comment: BodyRef | None = None


class Countersigned(Event):
    """A person decided about a proposal and signed exactly that (R-C4). `statement` names it for ever.

    Approvals act no earlier than `not_before`: until then their author may recall them.
    """

    type: Literal["countersigned"] = "countersigned"
    run: RunId | None = None
    ask: AskId
    proposal: ProposalId
    decision: Literal["approve", "deny"]
    operator: OperatorId
    key: KeyFingerprint
    nonce: str
    statement: Digest
    envelope: BodyRef
    seen_through: int
    expires_at: Instant
    not_before: Instant
    comment: BodyRef | None = None


class Recalled(Event):
    """The author took an approval back before it acted. Recalled is not denied."""

    type: Literal["recalled"] = "recalled"
    run: RunId | None = None
    ask: AskId
    proposal: ProposalId
    operator: OperatorId
    statement: Digest


class LookAgain(Event):
    """Approvals given so far count no more until re-confirmed, under a new nonce (R-C5).

    `code` says why: `customer_wrote`, `recalled`, `approval_expired`, or the check that failed.
    """

    type: Literal["look_again"] = "look_again"
    run: RunId | None = None
    code: Code = "customer_wrote"
    proposal: ProposalId
    seen_through: int
    nonce: str


class ProposalSettled(Event):
    """The end of a proposal, and why. Only `executed` means it happened.

    `statement` and `envelope`: what a person signed who found out what had become of it.
    """

    type: Literal["proposal_settled"] = "proposal_settled"
    run: RunId | None = None
    proposal: ProposalId
    outcome: ProposalOutcome
    by: DecidedBy
    code: Code
    sentence: Sentence
    operator: OperatorId | None = None
    effect: EffectId | None = None
    changes: tuple[EvidenceChange, ...] = ()
    superseded_by: ProposalId | None = None
    detail: BodyRef | None = None
    statement: Digest | None = None
    envelope: BodyRef | None = None
