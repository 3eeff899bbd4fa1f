"""Events of a brand's and of the core's own log: stops, releases, operators, refused input."""

from typing import ClassVar, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Event, Instant, Sentence
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import BrandId, KeyFingerprint, OperatorId, ReleaseDigest, WorkflowName
from agent_core.contract.money import Money
from agent_core.contract.outcomes import IntegrationState
from agent_core.contract.statements import Role


class AgentPaused(Event):
    """The agent starts nothing new in this scope: any signed-in operator, at once (DESIGN §1.8).

    `operator` is none when nobody's key said it but the console that started this core, on the same machine (R-M3).
    `workflow`: only this one of the brand is stopped.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["agent_paused"] = "agent_paused"
    operator: OperatorId | None
    code: Code
    workflow: WorkflowName | None = None


class AgentResumed(Event):
    """The agent, or one workflow of it, works again: needs a signature."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["agent_resumed"] = "agent_resumed"
    operator: OperatorId
    statement: Digest
    envelope: BodyRef
    workflow: WorkflowName | None = None


class ReleaseActivated(Event):
    """A validated brand folder is live from here on."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["release_activated"] = "release_activated"
    brand: BrandId
    release: ReleaseDigest
    policy_digest: Digest
    content: BodyRef | None = None
    checks_off: tuple[Code, ...] = Field(max_length=40, default=())
    """Reply checks that the release switches off (R-F2)."""
    folder: Digest | None = None
    """Of the folder's bytes and of the code that read them: the same again need not be read again (R-B4)."""


class ReleaseChecked(Event):
    """A release was walked through in a sandbox before it might go live (R-A9). `report`: what every workflow came to."""

    type: Literal["release_checked"] = "release_checked"
    brand: BrandId
    release: ReleaseDigest
    policy_digest: Digest
    passed: bool
    sentence: Sentence
    report: BodyRef


class InboundRefused(Event):
    """Something at an entrance was refused (R-A10): nothing was stored of it but this."""

    type: Literal["inbound_refused"] = "inbound_refused"
    entrance: str = Field(max_length=80)
    code: Code
    sentence: Sentence
    size: int = Field(ge=0)


class IntegrationStateChanged(Event):
    """How one system fares for a brand, by kind of operation (R-A7). `open`: nothing is sent to it before `next_probe`.

    Attributes:
        system: `shop`, `channel`, `model` or a system of the brand's own.
        operation: Reads and writes fare differently; a model is `ask`ed.
        requests: Requests of the window that was looked at, and `failures` those of them that failed.
        code: The last failure's code.
    """

    type: Literal["integration_state_changed"] = "integration_state_changed"
    system: str = Field(max_length=40)
    operation: Literal["read", "write", "ask"]
    to: IntegrationState
    requests: int = Field(ge=0, default=0)
    failures: int = Field(ge=0, default=0)
    code: Code | None = None
    next_probe: Instant | None = None


class AnchorSet(Event):
    """Where trust starts: the fingerprint kept outside the database. Happens once."""

    type: Literal["anchor_set"] = "anchor_set"
    key: KeyFingerprint


class OperatorEnrolled(Event):
    """A key became an operator's, by a signed statement chained to the anchor (R-C7)."""

    type: Literal["operator_enrolled"] = "operator_enrolled"
    operator: OperatorId
    name: BodyRef
    role: Role
    brands: tuple[str, ...]
    limit: Money | None
    day_limit: Money | None = None
    day_count: int | None = None
    key: KeyFingerprint
    public_key: str
    simulated: bool
    statement: Digest
    envelope: BodyRef
    signed_by: KeyFingerprint
    valid_from: Instant
    not_after: Instant | None = None
    replaces: Digest | None = None


class KeyRevoked(Event):
    """A key counts no more, also for what it approved and nobody has executed yet."""

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["key_revoked"] = "key_revoked"
    key: KeyFingerprint
    operator: OperatorId
    statement: Digest
    envelope: BodyRef
