"""The errors of authority: one tree, each with a code, a sentence safe to show, and a detail for the log.

Refused
├── PolicyInvalid   a policy text cannot go live; carries every finding with its line (the last good set stays)
└── CheckFailed     a statement or an action failed one check; `then` says what becomes of the proposal
    ├── LookAgain   the customer wrote meanwhile: show the card again, one key re-confirms
    └── Lapsed      the evidence changed: carries what changed; a new proposal supersedes the old one

It must never put policy text, arguments or signatures into a sentence.
"""

from dataclasses import dataclass

from agent_core.authority.checks import CHECKS, Then
from agent_core.contract.errors import Forbidden, Invalid
from agent_core.contract.proposals import EvidenceChange


@dataclass(frozen=True, slots=True)
class PolicyError:
    """One reason why a policy text cannot go live.

    Attributes:
        code: Machine-readable, e.g. `broad_permit`.
        message: A sentence that says what to change; may quote names out of the policy text.
        line: In the text of `source`, from 1.
        source: The file or document the text came from.
    """

    code: str
    message: str
    line: int
    source: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.message} [{self.code}]"


class PolicyInvalid(Invalid):
    """A policy text cannot go live."""

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        self.errors = errors
        super().__init__(
            "policy_invalid",
            f"The policies cannot go live: {len(errors)} finding(s). What was active before stays active.",
            detail="; ".join(map(str, errors))[:4000],
        )


class CheckFailed(Forbidden):
    """One of the checks of `CHECKS` failed; nothing was executed.

    Args:
        code: A code of `CHECKS`; the sentence is the table's.
        detail: For the log; ids only.
    """

    def __init__(self, code: str, *, detail: str = "") -> None:
        check = CHECKS[code]
        super().__init__(code, check.sentence, detail=detail)
        self.then: Then = check.then
        """What becomes of the proposal."""


class LookAgain(CheckFailed):
    """The customer wrote after what was shown."""


class Lapsed(CheckFailed):
    """What the decision rested on is no longer so.

    Attributes:
        changes: Which evidence changed and how; the values are in the evidence bodies.
    """

    def __init__(self, code: str, changes: tuple[EvidenceChange, ...] = (), *, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.changes = changes
