"""What was known of a customer's day, as evidence on a card: our count and the other side's, with their age (R-C1, R-C3).

It must never show a count that is not known as a number.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from agent_core.contract.views import EvidenceShown
from agent_core.service.projection.story import bounded

_OURS: Final = "Given alone today, by our own log"
_THEIRS: Final = "Given today, by the system's own list"
_MISSING: Final = "Of ours, on its way to that list"


def counted_evidence(shown: dict[str, Any]) -> Iterator[EvidenceShown]:
    """The rows of a stored card; none where nobody counted."""
    found: Any = shown.get("counted")
    if not isinstance(found, dict):
        return
    raised, read = str(shown.get("raised_at")), found.get("read_at")
    yield _row("ours", _OURS, _given(found.get("ours")) or "", "our_log", raised)
    theirs = _given(found.get("theirs"))
    if theirs is None:
        yield _row("theirs", _THEIRS, f"Not known: {_plain(found.get('code'))}", "their_list", raised)
        return
    yield _row("theirs", _THEIRS, theirs, "their_list", str(read))
    missing: Any = found.get("missing")
    if isinstance(missing, dict) and missing.get("count"):
        yield _row("missing", _MISSING, _given(missing) or "", "our_log", str(read))


def _plain(code: Any) -> str:
    """A code as words."""
    return bounded(str(code), 60).replace("_", " ")


def _row(key: str, label: str, value: str, source: str, read_at: str) -> EvidenceShown:
    return EvidenceShown(
        key=f"today.{key}", label=label, value=value, source=bounded(source, 80), source_seq=0,
        read_at=datetime.fromisoformat(read_at),
    )  # fmt: skip


def _given(value: Any) -> str | None:
    """An amount and how often it was given."""
    if not isinstance(value, dict):
        return None
    count: Any = value.get("count")
    return f"{bounded(str(value.get('text')), 60)} · {int(count)}\u00a0×"
