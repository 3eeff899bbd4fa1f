"""What the other side said of a customer's day, as it is folded for one call (R-C1).

Names bodies, holds no number: what was said is read where a verdict needs it.
"""

from dataclasses import dataclass
from datetime import datetime

from agent_core.contract.bodies import BodyRef
from agent_core.contract.ids import EffectId


@dataclass(frozen=True, slots=True)
class Tallied:
    """What the other side was asked about a customer's day, before one call was judged.

    Attributes:
        effect: The newest read that asked.
        asked: What it asked, and our own counts of that moment.
        told: What they said; none when they could not.
        code: Why they could not.
        failures: How often in a row that was; one that a crash cut is none, and is counted in `cut`.
        retry_at: When they are asked again; none when they are not.
    """

    effect: EffectId
    asked: BodyRef
    told: BodyRef | None = None
    code: str = ""
    failures: int = 0
    cut: int = 0
    retry_at: datetime | None = None
