"""What a preflight says of a release: values only, so that whoever stores or shows them needs no sandbox (R-A9)."""

from collections.abc import Mapping
from typing import Literal

from agent_core.contract.base import Value
from agent_core.contract.ids import BrandId

Severity = Literal["error", "warning"]


class PreflightFinding(Value):
    """Something about one workflow that the executed paths showed."""

    workflow: str
    severity: Severity
    code: str
    message: str


class Walked(Value):
    """What the executed paths of one workflow came to.

    Attributes:
        conversations: How many customers wrote about it.
        runs: Runs of this workflow that were opened.
        languages: Languages in which a run of it settled.
        steps: Ids of the steps that were executed, in the order of the file.
        missed: Ids of those that were not.
        outcomes: How its runs ended, by phase, and how many.
    """

    workflow: str
    conversations: int
    runs: int
    languages: tuple[str, ...]
    steps: tuple[str, ...]
    missed: tuple[str, ...]
    outcomes: Mapping[str, int]


class PreflightReport(Value):
    """The verdict on one release."""

    brand: BrandId
    release: str
    walked: tuple[Walked, ...]
    findings: tuple[PreflightFinding, ...]

    @property
    def passed(self) -> bool:
        """Whether the release may go live."""
        return not any(finding.severity == "error" for finding in self.findings)
