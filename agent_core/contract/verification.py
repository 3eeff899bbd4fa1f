"""Whether the whole log is still the one that was written, as a console asks and shows it (R-M9, R-M5).

One verification at a time; it runs beside the core, in a process of its own, and can be stopped. `holds` is said only by a
verification that went through to its end.

    GET /v1/audit/verification      the newest one -> VerificationShown
    POST /v1/audit/verification     `VerificationWanted`: begins one, or answers the one under way, or stops it (leads)
"""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Code, Digest, Instant, Value
from agent_core.contract.ids import OperatorId

VerificationState = Literal["never", "running", "done", "cancelled", "failed"]


class VerificationWanted(Value):
    """What to do: begin one, or `stop` the one under way."""

    stop: bool = False


class FindingShown(Value):
    """Something that is not as it must be: what, where, in a sentence. `subject` is a stream or a part of the database."""

    code: Code
    sentence: str
    subject: str
    seq: int | None = None


class FindingCount(Value):
    """How often one kind of finding occurred; the list of findings is bounded, counts are not."""

    code: Code
    count: int


class VerificationShown(Value):
    """The newest verification.

    Attributes:
        verdict: `holds` or `broken` once it is done; else none.
        sentence: The verdict, or where it stands, for people.
        done: Events that were read, of `total`, which the log had when it began.
        findings: Those this session may see, bounded; `hidden` more are in conversations of other brands.
        signed: The log is signed for up to this many events; `notes`: what cannot be known from here.
        remembered_size: Of the newest checkpoint kept outside the database, which the log was compared with; none: no such.
    """

    ok: Literal[True] = True
    state: VerificationState
    verdict: Literal["holds", "broken"] | None = None
    sentence: str
    by: OperatorId | None = None
    by_name: str = ""
    started_at: Instant | None = None
    finished_at: Instant | None = None
    done: int = Field(ge=0, default=0)
    total: int = Field(ge=0, default=0)
    findings: tuple[FindingShown, ...] = ()
    counts: tuple[FindingCount, ...] = ()
    hidden: int = 0
    events: int = 0
    streams: int = 0
    bodies: int = 0
    statements: int = 0
    checkpoints: int = 0
    erased: int = 0
    signed: int = 0
    remembered_size: int | None = None
    root: Digest | None = None
    notes: tuple[str, ...] = ()
