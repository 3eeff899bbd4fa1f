"""What a person can ask for in Audit. Nothing returns a result: what becomes of it is in the state."""

from pathlib import Path
from typing import Protocol

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.events.reviewing import CriterionScore, PickedFor
from agent_core.contract.ids import ConversationId, EffectId
from agent_core.contract.reviewing import ReviewsShown
from agent_core.contract.searching import SearchAsked
from console.state.audit import Period
from console.state.past import PastOpened


class AuditDeeds(Protocol):
    """The deeds."""

    def search(self, asked: SearchAsked) -> None:
        """Look for something; what was looked for before is forgotten."""

    def search_more(self) -> None:
        """Read the next page of what was found."""

    def read_facets(self) -> None:
        """Ask what filters can be set to."""

    def open_past(self, place: PastOpened) -> None:
        """Look at a conversation, at an event of it."""

    def read_past(self) -> None:
        """Read the open conversation anew: more has happened in it."""

    def stand_at(self, position: int | None) -> None:
        """See it as it was after an event; None is the present."""

    def read_calls(self) -> None:
        """Ask for every call of a model in it."""

    def show_call(self, effect: EffectId | None) -> None:
        """See what a model saw in a call; None closes it."""

    def next_review(self) -> None:
        """Open the next conversation that is worth a look."""

    def note(self, conversation: ConversationId, text: str, about: int | None) -> None:
        """Write a note for colleagues."""

    def score(
        self, shown: ReviewsShown, scores: tuple[CriterionScore, ...], comment: str, picked: PickedFor | None, *, done: bool
    ) -> None:
        """Score it by the rubric that was shown; with `done`, take it out of the queue as well."""

    def finish_review(self, shown: ReviewsShown, picked: PickedFor | None) -> None:
        """Say that one has looked."""

    def read_verification(self) -> None:
        """Ask how the newest verification stands, and whether the log continues what was seen here."""

    def verify(self) -> None:
        """Verify the whole log."""

    def stop_verifying(self) -> None:
        """Stop the verification that runs."""

    def read_oversight(self, period: Period) -> None:
        """Ask how people decided in so many days."""

    def export(self, conversation: ConversationId, file: Path) -> None:
        """Write a conversation with its proofs into a file."""

    def preview_erasure(self, wanted: ErasureWanted | None) -> None:
        """Ask what an erasure would take; with None, forget what was asked."""

    def erase(self, shown: ErasurePreview, reason: ErasureReason) -> None:
        """Erase exactly what was shown."""

    def acknowledge(self, alarm: AlarmShown, comment: str) -> None:
        """Sign that one knows why the log is another one."""

    def take_on_log(self) -> None:
        """Let this console believe the log as the core shows it now."""
