"""Changing what was proposed before it is approved: what a form needs, what a change would be, and what is signed (R-C3).

Nothing has happened after a preview. What is signed afterwards is exactly what the preview showed, under its `draft`.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from agent_core.contract.base import Code, Value
from agent_core.contract.ids import AskId, BrandId, ConversationId, ProposalId
from agent_core.contract.money import Money
from agent_core.contract.overriding import Obstacle
from agent_core.contract.proposals import RuleCited
from agent_core.contract.views import Binding, EvidenceShown, LabelledText


class EditAsked(Value):
    """The whole arguments as they would be after the change; none asks for what there is."""

    arguments: Annotated[dict[str, JsonValue], Field(max_length=40)] | None = None


class EditableField(Value):
    """One argument of the proposed call.

    Attributes:
        form: Its JSON schema.
        value: As proposed now; absent ones are none.
        narrowing: How it may change without becoming another action: a smaller number, or other words.
    """

    name: str
    label: str
    form: dict[str, Any]
    value: JsonValue
    required: bool
    narrowing: Literal["smaller", "any_text"] | None


class FieldFault(Value):
    """Why a change is not possible. `field`: the argument, or empty where it is about all of it."""

    field: str
    code: Code
    sentence: str


class EditPreview(Value):
    """What a change would come to, for the person who asked.

    Attributes:
        faults: It is not possible because of these; there is no `draft` then.
        narrows: It only makes smaller what was proposed. Else it is this person's own proposal, and another must approve.
        may_approve: This person's signature under it counts as an approval.
        obstacles: Why it does not, where it would only narrow: e.g. it is above their limit.
        required_people: How many people must approve it in all.
        people_besides: How many others must still approve after this person has signed.
        limit: What this person may approve at most.
        draft: Names what is shown here, for `Edit`; good for fifteen minutes, for this person.
        new_ask, binding: What the signature is about.
    """

    ask: AskId
    proposal: ProposalId
    conversation: ConversationId
    brand: BrandId
    fields: tuple[EditableField, ...]
    faults: tuple[FieldFault, ...] = ()
    changes: tuple[LabelledText, ...] = ()
    narrows: bool = False
    may_approve: bool = False
    obstacles: tuple[Obstacle, ...] = ()
    required_people: int = 0
    people_besides: int = 0
    limit: Money | None = None
    draft: str | None = None
    title: str = ""
    rows: tuple[LabelledText, ...] = ()
    evidence: tuple[EvidenceShown, ...] = ()
    rules: tuple[RuleCited, ...] = ()
    new_ask: AskId | None = None
    binding: Binding | None = None
