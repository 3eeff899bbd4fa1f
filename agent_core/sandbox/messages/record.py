"""What was asked: the last requests with their outcome, for tests and for looking at a running demo.

Bounded in number and size. Headers are never kept: one of them is the key.
"""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from agent_core.sandbox.messages.matching import purpose_of
from agent_core.sandbox.messages.tokens import canonical

MOST_REQUESTS = 1000
LARGEST_BODY = 262_144
"""Bodies whose JSON is longer than this many characters are kept as their size only."""


@dataclass
class Recorded:
    """One request and what became of it.

    Attributes:
        number: Counts from 1.
        path: Path of the endpoint.
        body: The parsed body, or None when it was not JSON or too large to keep.
        purpose: What it was for.
        model: Model asked for.
        status: HTTP status of the answer; 0 until answered.
        error: ``error.message`` of the answer.
        fault: Fault that was played.
        stop_reason: Stop reason of the answer.
    """

    number: int
    path: str
    body: dict[str, Any] | None = None
    purpose: str = "other"
    model: str = ""
    status: int = 0
    error: str | None = None
    fault: str | None = None
    stop_reason: str | None = None


class Record:
    """The last requests and running counts of all of them."""

    def __init__(self) -> None:
        self.requests: deque[Recorded] = deque(maxlen=MOST_REQUESTS)
        self._total = 0
        self._counts: Counter[str] = Counter()

    def open(self, path: str) -> Recorded:
        """Begins the entry of a request."""
        self._total += 1
        entry = Recorded(self._total, path)
        self.requests.append(entry)
        return entry

    def describe(self, entry: Recorded, body: object) -> None:
        """Adds the parsed body to an entry."""
        if not isinstance(body, dict):
            return
        system = body.get("system")
        if isinstance(system, str) or (isinstance(system, list) and all(isinstance(item, dict) for item in system)):
            entry.purpose = purpose_of(body)
        entry.model = str(body.get("model", ""))[:200]
        text = canonical(body)
        entry.body = body if len(text) <= LARGEST_BODY else {"omitted": "too large to keep", "characters": len(text)}

    def close(self, entry: Recorded, status: int, error: str | None = None) -> None:
        """Ends the entry of a request."""
        entry.status, entry.error = status, error
        self._counts[f"{entry.path} {status}"] += 1
        self._counts[f"purpose {entry.purpose}"] += 1

    def clear(self) -> None:
        """Forgets the requests and the counts."""
        self.requests.clear()
        self._counts.clear()

    def state(self, limit: int) -> dict[str, Any]:
        """The newest requests, oldest first, and the counts, as JSON."""
        kept = list(self.requests)[-limit:] if limit > 0 else []
        return {
            "total": self._total,
            "counts": dict(sorted(self._counts.items())),
            "requests": [vars(entry) for entry in kept],
        }
