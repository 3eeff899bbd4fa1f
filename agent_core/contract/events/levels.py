"""Changes of how far workflows may go by themselves (R-C8): in the brand's own stream, each with what was signed."""

from typing import ClassVar, Literal

from agent_core.contract.base import Digest, Event, Instant
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import OperatorId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel


class LevelSigned(Event):
    """The first of two people signed that a workflow's level goes up. Nothing changes by it.

    Attributes:
        until: From this moment on it counts for nothing.
    """

    type: Literal["level_signed"] = "level_signed"
    workflow: WorkflowName
    was: AuthorityLevel
    level: AuthorityLevel
    operator: OperatorId
    statement: Digest
    envelope: BodyRef
    comment: BodyRef | None = None
    until: Instant


class LevelRecalled(Event):
    """The first of two signatures counts no more: a lead or an admin took it back before another one signed.

    Attributes:
        statement: The first person's, which waited.
    """

    type: Literal["level_recalled"] = "level_recalled"
    workflow: WorkflowName
    operator: OperatorId
    statement: Digest


class LevelChanged(Event):
    """A workflow works at another level from here on, for everything not yet started.

    Attributes:
        declared: What its file declared then.
        statement: What was signed, by the second person where two had to; `first` and `first_envelope`: by the first.
    """

    MOVES_FENCE: ClassVar[bool] = True

    type: Literal["level_changed"] = "level_changed"
    workflow: WorkflowName
    was: AuthorityLevel
    level: AuthorityLevel
    declared: AuthorityLevel
    operator: OperatorId
    statement: Digest
    envelope: BodyRef
    first: Digest | None = None
    first_envelope: BodyRef | None = None
    comment: BodyRef | None = None
