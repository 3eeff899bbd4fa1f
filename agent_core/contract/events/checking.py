"""What the checks of replies found, and which of them a brand has switched off (R-F2)."""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Event, Value
from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import BrandId, ReleaseDigest, RunId


class ReplyFinding(Value):
    """One thing that a check found, and in how many places."""

    check: Code
    code: Code
    places: int = Field(ge=0, default=0)


class ReplyFlagged(Event):
    """A text for the customer did not pass its checks; or a person sent one all the same.

    Attributes:
        turn: The turn it belongs to.
        by: Who wrote it: a run, the composer of several runs' points, code, triage (a question), or a person.
        run: The run that wrote it.
        became: `rewritten`: asked for once more with the reasons; `by_code`: the points themselves are said instead;
            `to_people`; `brand_text`: the brand's own text is sent instead; `sent`: the person decided to.
        evidence: The text and the findings with their places, as JSON.
    """

    type: Literal["reply_flagged"] = "reply_flagged"
    turn: int
    by: Literal["run", "composer", "code", "triage", "person"]
    run: RunId | None = None
    became: Literal["rewritten", "by_code", "to_people", "brand_text", "sent"]
    findings: tuple[ReplyFinding, ...] = Field(min_length=1, max_length=40)
    evidence: BodyRef | None = None


class ReplyChecksSwitched(Event):
    """A release that went live checks replies otherwise than the one before: what is off now, and what changed.

    Stands in the brand's log, in the transaction that activates the release.
    """

    type: Literal["reply_checks_switched"] = "reply_checks_switched"
    brand: BrandId
    release: ReleaseDigest
    off: tuple[Code, ...] = Field(max_length=40, default=())
    switched_off: tuple[Code, ...] = Field(max_length=40, default=())
    switched_on: tuple[Code, ...] = Field(max_length=40, default=())
