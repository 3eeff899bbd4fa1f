"""How far workflows may go, how they fared, and what a change would come to. Pure (R-C8).

It must never show evidence of another period than the one that is chosen, nor foresee another change than the one asked.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from agent_core.contract.evidence_of_authority import AuthorityEvidenceAnswer
from agent_core.contract.ids import BrandId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import BrandLevels, LevelPreview, LevelShown
from console.state.audit import Period


@dataclass(frozen=True, slots=True)
class LevelWanted:
    """A change somebody thinks about."""

    brand: BrandId
    workflow: WorkflowName
    level: AuthorityLevel


@dataclass(frozen=True, slots=True)
class LevelsKnown:
    """The slice.

    Attributes:
        brands: What the core said when somebody looked; None before it was read.
        problem: Why it could not be read the last time, safe to show.
        period: Days of evidence.
        evidence: How actions fared in that time.
        wanted: The change that is thought about, `preview` what it would come to, `preview_problem` why that is not known.
    """

    brands: tuple[BrandLevels, ...] | None = None
    problem: str = ""
    period: Period = "30"
    evidence: AuthorityEvidenceAnswer | None = None
    evidence_problem: str = ""
    wanted: LevelWanted | None = None
    preview: LevelPreview | None = None
    preview_problem: str = ""

    def row(self, brand: str, workflow: str) -> LevelShown | None:
        """Where a workflow stands, as far as it is known."""
        found = next((one for one in self.brands or () if one.brand == brand), None)
        return None if found is None else next((row for row in found.workflows if row.workflow == workflow), None)


@dataclass(frozen=True, slots=True)
class LevelsArrived:
    """The core said what holds, or why it could not be read."""

    brands: tuple[BrandLevels, ...] | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceWanted:
    """Evidence of so many days is looked at."""

    period: Period


@dataclass(frozen=True, slots=True)
class EvidenceArrived:
    """The core counted, or why it did not."""

    period: Period
    answer: AuthorityEvidenceAnswer | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LevelThoughtOf:
    """A change is thought about; what it would come to is on its way."""

    wanted: LevelWanted


@dataclass(frozen=True, slots=True)
class LevelForeseen:
    """What a change would come to, or why that is not known."""

    wanted: LevelWanted
    preview: LevelPreview | None
    problem: str = ""


LevelsHappening = LevelsArrived | EvidenceWanted | EvidenceArrived | LevelThoughtOf | LevelForeseen


def levels_reduced(slice_: LevelsKnown, happening: LevelsHappening) -> LevelsKnown:
    """The slice after something happened."""
    match happening:
        case LevelsArrived(brands, problem):
            # What was read once stays beside the reason why it could not be read again.
            return replace(slice_, brands=slice_.brands if brands is None else brands, problem=problem)
        case EvidenceWanted(period):
            kept = slice_.evidence if period == slice_.period else None
            return replace(slice_, period=period, evidence=kept, evidence_problem="")
        case EvidenceArrived(period, answer, problem):
            if period != slice_.period:
                return slice_
            return replace(slice_, evidence=answer or slice_.evidence, evidence_problem=problem)
        case LevelThoughtOf(wanted):
            return replace(slice_, wanted=wanted, preview=None, preview_problem="")
        case LevelForeseen(wanted, preview, problem):
            if wanted != slice_.wanted:
                return slice_
            return replace(slice_, preview=preview, preview_problem=problem)
        case _:
            assert_never(happening)
