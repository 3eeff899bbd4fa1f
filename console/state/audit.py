"""Audit's part of the state: where one looks, the search, the past, reviews, proof, oversight, an erasure (R-M5).

A slice like every other: what the core said, and apart from it what a person chose. It must never hold the words a person
typed to find a customer longer than the form that asked for them.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.oversight import OversightAnswer
from agent_core.contract.reviewing import ReviewQueue
from agent_core.contract.verification import VerificationShown
from console.state import past as pasts
from console.state import searching
from console.state.audit_happened import AuditHappened
from console.state.past import Past, PastHappening
from console.state.searching import Search, SearchHappening

AuditPart = Literal["find", "proof", "oversight"]
AUDIT_PARTS: tuple[AuditPart, ...] = ("find", "proof", "oversight")
Period = Literal["7", "30", "90"]
PERIODS: tuple[Period, ...] = ("7", "30", "90")
"""Days that oversight is measured over."""

ACKNOWLEDGING = "audit:acknowledge"
EXPORTING = "audit:export"
ERASING = "audit:erase"
REVIEWING = "audit:review"
VERIFYING = "audit:verify"


@dataclass(frozen=True, slots=True)
class AuditPartChosen(AuditHappened):
    """Another part of Audit is wanted."""

    part: AuditPart


@dataclass(frozen=True, slots=True)
class ErasureAsked(AuditHappened):
    """What an erasure would take was asked for; None closes the question and forgets what was typed."""

    wanted: ErasureWanted | None


@dataclass(frozen=True, slots=True)
class ErasureShown(AuditHappened):
    """The core said what an erasure would take, or why it does not say."""

    wanted: ErasureWanted
    preview: ErasurePreview | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QueueArrived(AuditHappened):
    """What is worth a look came."""

    queue: ReviewQueue


@dataclass(frozen=True, slots=True)
class VerificationArrived(AuditHappened):
    """How the newest verification stands, or why nobody knows."""

    shown: VerificationShown | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PeriodChosen(AuditHappened):
    """Oversight is wanted over another period."""

    period: Period


@dataclass(frozen=True, slots=True)
class OversightArrived(AuditHappened):
    """How people decided in a period came, or why it did not."""

    period: Period
    answer: OversightAnswer | None
    problem: str = ""


OwnHappening = (
    AuditPartChosen | ErasureAsked | ErasureShown | QueueArrived | VerificationArrived | PeriodChosen | OversightArrived
)
AuditHappening = OwnHappening | SearchHappening | PastHappening


@dataclass(frozen=True, slots=True)
class Audit:
    """What Audit shows.

    Attributes:
        part: Where one looks.
        queue: What is worth a look; read when somebody asks for the next one.
        verification: How the newest verification stands; None before it was asked for.
        period: What oversight is measured over, in days.
        oversight: How people decided in that period.
        erasing: What is to be erased, as somebody asked for it; None while nobody does.
        erasure: What that would take; None until the core has said it.
        erasure_problem: Why the core does not say it.
    """

    part: AuditPart = "find"
    search: Search = field(default_factory=Search)
    past: Past = field(default_factory=Past)
    queue: ReviewQueue | None = None
    verification: VerificationShown | None = None
    verification_problem: str = ""
    period: Period = "30"
    oversight: OversightAnswer | None = None
    oversight_problem: str = ""
    erasing: ErasureWanted | None = None
    erasure: ErasurePreview | None = None
    erasure_problem: str = ""


def reduced(audit: Audit, happening: AuditHappened) -> Audit:
    """The slice after something happened."""
    if isinstance(happening, SearchHappening):
        return replace(audit, search=searching.reduced(audit.search, happening))
    if isinstance(happening, PastHappening):
        return replace(audit, past=pasts.reduced(audit.past, happening))
    return _own(audit, happening) if isinstance(happening, OwnHappening) else audit


def _own(audit: Audit, happening: OwnHappening) -> Audit:
    match happening:
        case AuditPartChosen(part):
            return replace(audit, part=part)
        case ErasureAsked(wanted):
            return replace(audit, erasing=wanted, erasure=None, erasure_problem="")
        case ErasureShown(wanted, preview, problem):
            if wanted != audit.erasing:
                return audit
            return replace(audit, erasure=preview, erasure_problem=problem)
        case QueueArrived(queue):
            return replace(audit, queue=queue)
        case VerificationArrived(shown, problem):
            return replace(audit, verification=shown or audit.verification, verification_problem=problem)
        case PeriodChosen(period):
            return replace(audit, period=period, oversight=None, oversight_problem="")
        case OversightArrived(period, answer, problem):
            if period != audit.period:
                return audit
            return replace(audit, oversight=answer or audit.oversight, oversight_problem=problem)
        case _:
            assert_never(happening)
