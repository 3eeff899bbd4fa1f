"""Deeds about people written down instead of done."""

from agent_core.contract.ids import KeyFingerprint
from agent_core.contract.operator_commands import InvitationRow, OperatorKey
from console.workspaces.people_deeds import TermsAsked


class PeopleAskedFor:
    """What was asked for, in order."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def read_people(self) -> None:
        self.asked.append(("read",))

    def invite(self, name: str, terms: TermsAsked) -> None:
        self.asked.append(("invite", name, terms))

    def withdraw(self, row: InvitationRow) -> None:
        self.asked.append(("withdraw", row.invitation))

    def countersign(self, row: InvitationRow) -> None:
        self.asked.append(("countersign", row.invitation))

    def amend(self, known: OperatorKey, terms: TermsAsked) -> None:
        self.asked.append(("amend", known.name, terms))

    def stop(self, key: KeyFingerprint) -> None:
        self.asked.append(("stop", key))

    def revoke(self, key: KeyFingerprint) -> None:
        self.asked.append(("revoke", key))

    def rotate(self) -> None:
        self.asked.append(("rotate",))

    def accept(self, code: str) -> None:
        self.asked.append(("accept", code))
