"""How far workflows may go by themselves, as people see and change it (R-C8): the command, what it would do, what holds."""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.bodies import SaltText
from agent_core.contract.ids import BrandId, ConversationId, OperatorId, ProposalId, ReleaseDigest, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.proposals import RuleCited
from agent_core.contract.statements import Envelope


class ChangeLevel(Value):
    """Let a workflow do more or less by itself, exactly as a `LevelPreview` showed it.

    `envelope`: a `LevelStatement`. Downwards one signature is enough; upwards the first one waits for another person's.
    """

    type: Literal["change_level"] = "change_level"
    brand: BrandId
    workflow: WorkflowName
    level: AuthorityLevel
    envelope: Envelope
    comment: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    comment_salt: SaltText | None = None


class RecallLevel(Value):
    """Take back the first of two signatures under a level that goes up, before the second. It only takes away."""

    type: Literal["recall_level"] = "recall_level"
    brand: BrandId
    workflow: WorkflowName
    statement: Digest


class LevelWaiting(Value):
    """The first of two people has signed; another one must, before `until`."""

    level: AuthorityLevel
    operator: OperatorId
    name: str
    statement: Digest
    until: Instant


class LevelShown(Value):
    """Where a workflow stands.

    Attributes:
        declared: What its file declares: the most there can be without another release.
        level: What holds now.
        since: When it was last changed by a signature, and `by` whom; none where the file's own level holds.
        statement: The signed statement that holds, which the next one follows.
        unproven: A row in the log wants a higher level and proves nothing: it does not count.
    """

    workflow: WorkflowName
    title: str
    declared: AuthorityLevel
    level: AuthorityLevel
    since: Instant | None = None
    by: tuple[OperatorId, ...] = ()
    statement: Digest | None = None
    waiting: LevelWaiting | None = None
    unproven: bool = False


class BrandLevels(Value):
    """The levels of a brand's workflows."""

    brand: BrandId
    release: ReleaseDigest
    workflows: tuple[LevelShown, ...]


class LevelsAnswer(Value):
    """The levels of every brand of the session."""

    brands: tuple[BrandLevels, ...]


class LevelObstacle(Value):
    """Why a change is not possible, or not for this person."""

    code: Code
    sentence: str


class DecisionDiffers(Value):
    """One real decision that another policy or level would have made otherwise.

    Attributes:
        was: What was decided; `would`: what would be. `execute`: alone. `propose`: asks people. `forbid`: neither.
            `approved`: executed on people's yes.
        people_was: How many people had to approve, and `people_would`: would have to; none where nobody is asked.
        rules: That would decide.
    """

    conversation: ConversationId
    seq: int
    at: Instant
    workflow: str
    tool: str
    proposal: ProposalId | None = None
    was: Literal["execute", "propose", "forbid", "approved"]
    would: Literal["execute", "propose", "forbid", "approved"]
    people_was: int | None = None
    people_would: int | None = None
    code: Code
    rules: tuple[RuleCited, ...] = ()


class PolicyReplay(Value):
    """What another policy would have decided about what really was decided.

    Attributes:
        policy_was: The policies that are active, and `policy_would`: the candidate.
        decisions: How many were asked about again.
        unreadable: How many could not be, because what they rested on was erased or is damaged.
        counts: How many there are of each difference, as `was>would`.
        differs: The newest of them.
        complete: Every decision of the period was looked at, and every difference is listed.
    """

    brand: BrandId
    since: Instant
    until: Instant
    policy_was: Digest | None
    policy_would: Digest
    decisions: int
    unreadable: int
    counts: tuple[tuple[str, int], ...]
    differs: tuple[DecisionDiffers, ...]
    complete: bool


class ReplayWanted(Value):
    """A candidate for a brand's `authority.cedar`, to be held against what was decided in the last days."""

    brand: BrandId
    policy: Annotated[str, Field(min_length=1, max_length=100_000)]
    days: Annotated[int, Field(ge=1, le=90)] = 14


class LevelPreview(Value):
    """What a change of a level would come to, for the person who asked. Nothing is done.

    Attributes:
        follows, was, declared, release, required_people: What the statement must say.
        first: The first person's statement, where another person has signed this already: the next is the second.
        obstacles: Why it cannot be signed by this person now.
        lapses: Proposals that wait and would lapse at once.
        replay: What would have been decided otherwise in the last days, at that level.
    """

    brand: BrandId
    workflow: WorkflowName
    was: AuthorityLevel
    level: AuthorityLevel
    declared: AuthorityLevel
    release: ReleaseDigest
    follows: Digest | None
    required_people: int
    first: Digest | None
    obstacles: tuple[LevelObstacle, ...]
    lapses: tuple[ProposalId, ...]
    replay: PolicyReplay
