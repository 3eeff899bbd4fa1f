"""What a person can ask for in Triage (R-M4). What becomes of it is in the state, because the core said so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from agent_core.contract.forking import ForkWanted
from agent_core.contract.ids import ConversationId
from agent_core.contract.repairing import CallAnswerWord
from agent_core.contract.triage import ConversationTriage


class TriageDeeds(Protocol):
    """The deeds."""

    def read_triage(self) -> None:
        """Ask what is poisoned or stuck."""

    def look(self, conversation: ConversationId) -> None:
        """Look at one conversation whole."""

    def read_on(self) -> None:
        """Read further messages of the shown request."""

    def ask_systems(self, calls: tuple[str, ...]) -> None:
        """Ask the other sides what became of these calls; all that can be asked about with none named."""

    def repair_shown(self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str) -> None:
        """Repair what is shown; signed."""

    def fork(self, wanted: ForkWanted) -> None:
        """Run a turn of the looked-at conversation again in memory."""

    def diagnose(self, path: Path) -> None:
        """Read a file and have it diagnosed."""

    def say_of_file(self, call: str, word: CallAnswerWord) -> None:
        """Say what became of a call in the file; it is diagnosed anew with that."""

    def save_repaired(self, path: Path) -> None:
        """Write the repaired form of the file somewhere."""


class NoTriage:
    """A window that shows and asks for nothing, e.g. one that is only drawn."""

    def read_triage(self) -> None:
        """Ask nothing."""

    def look(self, conversation: ConversationId) -> None:
        """Look at nothing."""

    def read_on(self) -> None:
        """Read nothing."""

    def ask_systems(self, calls: tuple[str, ...]) -> None:
        """Ask nobody."""

    def repair_shown(self, shown: ConversationTriage, answers: Mapping[str, CallAnswerWord], comment: str) -> None:
        """Repair nothing."""

    def fork(self, wanted: ForkWanted) -> None:
        """Run nothing."""

    def diagnose(self, path: Path) -> None:
        """Read nothing."""

    def say_of_file(self, call: str, word: CallAnswerWord) -> None:
        """Say nothing."""

    def save_repaired(self, path: Path) -> None:
        """Write nothing."""
