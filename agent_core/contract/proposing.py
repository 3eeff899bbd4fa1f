"""A person who has a conversation proposes an action: what there is to choose from, and what it would come to (R-C3, R-E3).

Nothing is done by looking. What is signed afterwards is exactly what was shown, under its `draft`, and it is never an
approval: somebody else gives that.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from agent_core.contract.base import Value
from agent_core.contract.bodies import SaltText
from agent_core.contract.editing import FieldFault
from agent_core.contract.ids import AskId, BrandId, ConversationId, ProposalId
from agent_core.contract.money import Money
from agent_core.contract.overriding import Obstacle
from agent_core.contract.proposals import RuleCited
from agent_core.contract.statements import Envelope
from agent_core.contract.views import Binding, EvidenceShown, LabelledText

MOST_ARGUMENTS = 40
MOST_KNOWN = 20
MOST_OFFERED = 60


class ActionAsked(Value):
    """What is asked about: no tool asks which there are, a tool alone what its form needs."""

    tool: Annotated[str, Field(max_length=64)] | None = None
    arguments: Annotated[dict[str, JsonValue], Field(max_length=MOST_ARGUMENTS)] | None = None


class ActionOffered(Value):
    """An action that a person may propose here, as far as can be said before its arguments are known."""

    tool: str
    title: str
    sentence: str
    workflow: str
    reversible: bool


class ActionField(Value):
    """One argument.

    Attributes:
        form: Its JSON schema.
        known: Values that this conversation has read, newest first.
        money: It is an amount in minor units of the argument of this name.
    """

    name: str
    label: str
    form: dict[str, Any]
    required: bool
    known: Annotated[tuple[str, ...], Field(max_length=MOST_KNOWN)] = ()
    money: str | None = None


Countersigners = Literal["one", "several", "nobody"]
"""Who must approve what somebody proposes: one other person, several, or nobody is there who could."""


class ActionPreview(Value):
    """What an action would come to, for the person who asked.

    Attributes:
        obstacles: Why this person can propose nothing here right now.
        faults: What is against these arguments; there is no `draft` then.
        read: Tools that were asked just now, so that it rests on what is true.
        countersigners: Who must approve it; the proposer never counts.
        required_people: How many others; `able`: how many there are who could, by role, brand, limit and policy.
        draft: Names what is shown here, for `ProposeAction`; good for fifteen minutes, for this person.
        ask, binding: What the signature is about.
    """

    conversation: ConversationId
    brand: BrandId
    offered: Annotated[tuple[ActionOffered, ...], Field(max_length=MOST_OFFERED)] = ()
    obstacles: tuple[Obstacle, ...] = ()
    chosen: ActionOffered | None = None
    fields: tuple[ActionField, ...] = ()
    faults: tuple[FieldFault, ...] = ()
    read: tuple[str, ...] = ()
    countersigners: Countersigners | None = None
    required_people: int = 0
    able: int = 0
    money: Money | None = None
    draft: str | None = None
    title: str = ""
    rows: tuple[LabelledText, ...] = ()
    evidence: tuple[EvidenceShown, ...] = ()
    rules: tuple[RuleCited, ...] = ()
    proposal: ProposalId | None = None
    ask: AskId | None = None
    binding: Binding | None = None


class ProposeAction(Value):
    """Propose an action as an `ActionPreview` showed it under `draft`, while one has the conversation.

    `envelope`: a `ProposalStatement` about exactly that, which supersedes nothing. Others approve it, like any other.
    `comment`: what they should know.
    """

    type: Literal["propose_action"] = "propose_action"
    conversation: ConversationId
    draft: Annotated[str, Field(max_length=64)]
    envelope: Envelope
    comment: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    comment_salt: SaltText | None = None
