"""What is wrong with a brand folder, with file, line and reason. A folder with one error is refused as a whole (R-F1).

BrandInvalid (contract Invalid, code `brand_invalid`) carries every finding there is, not only the first.
"""

from collections.abc import Iterable

from agent_core.contract.base import Value
from agent_core.contract.errors import Invalid

MAX_FINDINGS = 200


class Finding(Value):
    """One error.

    Attributes:
        file: Path inside the brand folder, `/` as separator; `.` for the folder itself.
        line: From 1; 0 when the finding is about the whole file.
        column: From 1; 0 when unknown.
        code: Machine-readable reason, snake_case.
        message: A sentence that says what is wrong and, where it can, what to write instead.
    """

    file: str
    line: int
    column: int
    code: str
    message: str

    def text(self) -> str:
        """The finding as compilers print it: `file:line:column: message [code]`."""
        place = self.file if self.line == 0 else f"{self.file}:{self.line}:{max(self.column, 1)}"
        return f"{place}: {self.message} [{self.code}]"


class BrandInvalid(Invalid):
    """A brand folder with errors; nothing of it goes live."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda f: (f.file, f.line, f.column, f.code)))[:MAX_FINDINGS]
        count = len(self.findings)
        super().__init__(
            "brand_invalid",
            f"The brand folder has {count} error{'' if count == 1 else 's'}; nothing of it was activated.",
            detail="\n".join(finding.text() for finding in self.findings),
        )


def shown(text: str, limit: int = 60) -> str:
    """A piece of a file as a message may quote it: one line, bounded, control characters visible."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
