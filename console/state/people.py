"""Whose keys count here, who is invited, and where trust starts, as far as this session may know. Pure (R-C7).

It must never hold a one-time code or anything of a key but its fingerprint.
"""

from dataclasses import dataclass

from agent_core.contract.operator_commands import AnchorShown, InvitationRow, OperatorKey


@dataclass(frozen=True, slots=True)
class PeopleKnown:
    """What the core said when somebody looked.

    Attributes:
        keys: None before it was read.
        invitations: Empty for those who do not enrol.
    """

    keys: tuple[OperatorKey, ...] | None = None
    invitations: tuple[InvitationRow, ...] = ()
    anchor: AnchorShown | None = None


@dataclass(frozen=True, slots=True)
class PeopleArrived:
    """The core said who counts."""

    known: PeopleKnown
