"""`review.yaml`: by what a brand's conversations are judged, and how many of them are drawn at random (R-M5).

A brand need not have one; then the default that is shipped counts. Nothing of it is ever shown to a model or a customer.
"""

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from agent_core.contract.base import Value
from agent_core.contract.facts import Percent
from agent_core.contract.reviewing import Rubric
from agent_core.workflows.findings import BrandInvalid, Finding
from agent_core.workflows.parsing import validated
from agent_core.workflows.yaml_text import Located, YamlRefused, read_yaml

FILE: Final = "review.yaml"
DEFAULT: Final = Path(__file__).resolve().parents[2] / "resources" / "reviews" / "default.yaml"


class Reviewing(Value):
    """What `review.yaml` says.

    Attributes:
        share_percent: Of each workflow's conversations so many are drawn at random for review.
        rubric: By what they are judged.
    """

    format: Literal[1]
    share_percent: Percent = Field(default=5)
    rubric: Rubric


def parse_review(located: Located, findings: list[Finding]) -> Reviewing | None:
    """`review.yaml`, or None and findings."""
    return validated(Reviewing, located, findings)


@cache
def default_reviewing() -> Reviewing:
    """What counts for a brand that says nothing.

    Raises:
        BrandInvalid: The shipped file is not what it must be.
    """
    findings: list[Finding] = []
    try:
        found = parse_review(read_yaml(DEFAULT.read_bytes(), DEFAULT.name), findings)
    except YamlRefused as refused:
        raise BrandInvalid([refused.finding]) from refused
    if found is None:
        raise BrandInvalid(findings)
    return found
