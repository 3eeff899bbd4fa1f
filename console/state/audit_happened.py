"""What everything that happens in Audit has in common, so that the one reducer finds it by its base."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditHappened:
    """Base of everything that happens in Audit."""
