"""Deeds of Audit written down instead of done."""

from dataclasses import dataclass, field
from pathlib import Path

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.erasing import ErasurePreview, ErasureWanted
from agent_core.contract.events import ErasureReason
from agent_core.contract.events.reviewing import CriterionScore, PickedFor
from agent_core.contract.reviewing import ReviewsShown
from agent_core.contract.searching import SearchAsked
from console.state.past import PastOpened


@dataclass
class AuditAskedFor:
    """The deeds, in their order."""

    deeds: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    reads: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def search(self, asked: SearchAsked) -> None:
        self.reads.append(("search", asked))

    def search_more(self) -> None:
        self.reads.append(("more",))

    def read_facets(self) -> None:
        self.reads.append(("facets",))

    def open_past(self, place: PastOpened) -> None:
        self.deeds.append(("open", place))

    def read_past(self) -> None:
        self.reads.append(("past",))

    def stand_at(self, position: int | None) -> None:
        self.deeds.append(("stand", position))

    def read_calls(self) -> None:
        self.reads.append(("calls",))

    def show_call(self, effect: str | None) -> None:
        self.deeds.append(("call", effect))

    def next_review(self) -> None:
        self.deeds.append(("next",))

    def note(self, conversation: str, text: str, about: int | None) -> None:
        self.deeds.append(("note", conversation, text, about))

    def score(
        self, shown: ReviewsShown, scores: tuple[CriterionScore, ...], comment: str, picked: PickedFor | None, *, done: bool
    ) -> None:
        self.deeds.append(("score", shown.rubric_digest, scores, comment, picked, done))

    def finish_review(self, shown: ReviewsShown, picked: PickedFor | None) -> None:
        self.deeds.append(("finish", shown.conversation, picked))

    def read_verification(self) -> None:
        self.reads.append(("verification",))

    def verify(self) -> None:
        self.deeds.append(("verify",))

    def stop_verifying(self) -> None:
        self.deeds.append(("stop",))

    def read_oversight(self, period: str) -> None:
        self.reads.append(("oversight", period))

    def export(self, conversation: str, file: Path) -> None:
        self.deeds.append(("export", conversation, file))

    def preview_erasure(self, wanted: ErasureWanted | None) -> None:
        self.deeds.append(("preview", wanted))

    def erase(self, shown: ErasurePreview, reason: ErasureReason) -> None:
        self.deeds.append(("erase", shown, reason))

    def acknowledge(self, alarm: AlarmShown, comment: str) -> None:
        self.deeds.append(("acknowledge", alarm.alarm, comment))

    def take_on_log(self) -> None:
        self.deeds.append(("take_on",))
