"""Who spoke or acted is a type. Accounting is folded from it (R-J1), so it is exact from the first event on."""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Value
from agent_core.contract.ids import OperatorId, RunId


class Customer(Value):
    """The person the conversation is about. Who that is stands in the conversation's `thread`, where it can be erased."""

    kind: Literal["customer"] = "customer"


class Agent(Value):
    """The agent alone: a model proposed, code let it."""

    kind: Literal["agent"] = "agent"
    run: RunId | None = None


class Person(Value):
    """An operator in their own name, in the console or writing in the channel itself (`operator` unknown there)."""

    kind: Literal["person"] = "person"
    operator: OperatorId | None = None


class PersonForAgent(Value):
    """The agent spoke or acted, but a person approved, edited or repaired what it did."""

    kind: Literal["person_for_agent"] = "person_for_agent"
    operator: OperatorId


class System(Value):
    """Code alone: a fixed text, a timer, a policy. Counts as nobody."""

    kind: Literal["system"] = "system"
    part: str


Actor = Annotated[Customer | Agent | Person | PersonForAgent | System, Field(discriminator="kind")]
