"""What the console shows of what detectors saw: counts by day, never a word of anybody (R-D3)."""

from typing import Annotated

from pydantic import Field

from agent_core.contract.base import Code, Value
from agent_core.contract.ids import BrandId


class DetectionCount(Value):
    """How many texts of a day showed one signal of one detector; `detector` `masked`: how many stretches were masked."""

    brand: BrandId
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    entrance: Code
    detector: Code
    code: Code
    count: int = Field(ge=1)


class DetectionsAnswer(Value):
    """What detectors saw at the brands of this session, by day (UTC), oldest first. `complete`: nothing was cut off."""

    since: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    counts: tuple[DetectionCount, ...]
    complete: bool
