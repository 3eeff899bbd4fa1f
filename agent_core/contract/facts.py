"""Facts and beliefs. A fact is made by code from a tool result or an authentication step; a belief is a model's statement.

Policy reads facts only (R-C2). Values live in bodies; the log holds keys and where the value stands.
"""

from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import FactId

FactKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_:-]+)*$", max_length=160)]
"""Dotted, e.g. `order.NW-10023.status`, `payment.pay_81.refundable`, `customer.authenticated`."""

Percent = Annotated[int, Field(ge=0, le=100)]


class FactRef(Value):
    """A fact as the log names it: its value is entry `id` of the `facts` body of the same event."""

    id: FactId
    key: FactKey


class Fact(Value):
    """A fact with its value, as code and the console read it. `source` is the tool or the step that yielded it."""

    id: FactId
    key: FactKey
    value: JsonValue
    source: str
    source_seq: int
    read_at: Instant


class Belief(Value):
    """A model's statement, the facts it cites, and how sure it says it is."""

    statement: str = Field(max_length=400)
    fact_ids: tuple[FactId, ...] = ()
    confidence_percent: Percent
