"""What every workspace is: a widget that is told the state and is offered plain keys (R-M2, R-M8)."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

from PySide6.QtWidgets import QWidget

from agent_core.contract.commands import FlagAssessment
from agent_core.contract.editing import EditPreview
from agent_core.contract.ids import AskId, BrandId, ConversationId, WorkflowName
from agent_core.contract.overriding import OverridePreview
from console.state.app_state import AppState, Bucket, WorkspaceKey
from console.theme.controller import Theme
from console.widgets.folding import FoldingPanes
from console.widgets.key_cap import KeyCapProps
from console.widgets.prompt_overlay import PromptProps


class Deeds(Protocol):
    """What a person can ask for. Nothing returns a result: what becomes of it is in the state, because the core said so."""

    def approve(self, ask: AskId) -> None:
        """Countersign what an ask proposes."""

    def deny(self, ask: AskId, reason: str) -> None:
        """Say no, with the reason the agent uses."""

    def ask_back(self, ask: AskId, question: str) -> None:
        """Ask the agent about what it proposed."""

    def escalate(self, ask: AskId, note: str) -> None:
        """Send an ask to those above."""

    def claim(self, ask: AskId, steal: str) -> None:
        """Say that one is on it; with a reason, take it from whoever is."""

    def release_claim(self, ask: AskId) -> None:
        """Give an ask back."""

    def preview_edit(self, ask: AskId, arguments: Mapping[str, Any] | None) -> None:
        """Ask what a change of the arguments would come to; with none, what a form needs."""

    def edit(self, preview: EditPreview, comment: str) -> None:
        """Carry out a change exactly as it was shown."""

    def recall(self, ask: AskId) -> None:
        """Take one's own decision back before it leaves."""

    def resolve(self, ask: AskId, note: str) -> None:
        """Say that an escalation is dealt with."""

    def still_unknown(self, ask: AskId, note: str) -> None:
        """Say that nobody can tell yet whether a write happened."""

    def settle(self, ask: AskId, happened: bool) -> None:
        """Say whether a write of unknown outcome happened."""

    def take_over(self, conversation: ConversationId) -> None:
        """Take control of a conversation."""

    def hand_back(self, conversation: ConversationId, note: str) -> None:
        """Give control back to the agent."""

    def hand_to_team(self, conversation: ConversationId) -> None:
        """Stop the agent without taking the conversation."""

    def reply(self, conversation: ConversationId, text: str) -> None:
        """Write to the customer."""

    def steer(self, conversation: ConversationId, note: str) -> None:
        """Tell the agent something in private while it works."""

    def flag_assessment(self, command: FlagAssessment) -> None:
        """Say that a handoff is wrong, and what would be right."""

    def preview_routing(self, conversation: ConversationId, workflows: tuple[str, ...], queue: str | None) -> None:
        """Ask what an override of the routing would change."""

    def override_routing(self, preview: OverridePreview, comment: str) -> None:
        """Carry out what a preview has shown."""

    def pause(self, brand: BrandId | None, workflow: WorkflowName | None = None) -> None:
        """Stop the agent, everywhere with None, or one workflow of a brand."""

    def resume(self, brand: BrandId | None, workflow: WorkflowName | None = None) -> None:
        """Let the agent, or that workflow, work again."""

    def enrol_first(self, name: str) -> None:
        """Make this person's key the first."""

    def read_systems(self) -> None:
        """Ask how the systems of the brands fare."""

    def read_page(self, bucket: Bucket) -> None:
        """Read the next page of the list."""

    def read_log(self, conversation: ConversationId) -> None:
        """Read the log of a conversation."""


class Asking(Protocol):
    """Something that can put a question to the person without waiting for the answer."""

    def ask(self, props: PromptProps, answer: "Answer") -> None:
        """Show a question; `answer` is called with what was given."""
        ...

    def edit(self, ask: AskId) -> None:
        """Ask for other arguments of a proposal."""
        ...

    def repair(self, conversation: ConversationId) -> None:
        """Show in Triage what is wrong with a conversation."""
        ...


class Picking(Protocol):
    """Chooses like cases to be approved on one sheet."""

    def pick(self, ask: AskId) -> bool:
        """Choose an ask, or not any more; says why where it may not, and answers whether it did."""
        ...

    def pick_like(self, ask: AskId) -> None:
        """Choose an ask and everything like it; where something is chosen, nothing any more."""
        ...

    def review(self) -> bool:
        """Open the sheet of what is chosen; answers whether there is one."""
        ...

    def clear(self) -> bool:
        """Choose nothing any more; answers whether something was."""
        ...


class Answer(Protocol):
    """Takes what a person gave to a question."""

    def __call__(self, given: str, /) -> None:
        """Go on."""


class Workspace(QWidget):
    """A workspace."""

    place: ClassVar[WorkspaceKey]
    folding: FoldingPanes | None = None
    """Its panes, where it has three."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def keyboard_to(self, *views: QWidget) -> None:
        """Give the keyboard to the first of these that is shown, else to the window.

        What is hidden takes none, and a field that has it would keep every key.
        """
        next((view for view in views if view.isVisible()), self.window()).setFocus()

    def ready(self, state: AppState) -> Iterator[None]:
        """Make ready, a little at each step, what showing this state will need; showing it must not rest on that."""
        del state
        return iter(())

    def refresh(self, state: AppState) -> None:
        """Show the state."""

    def hints(self) -> tuple[KeyCapProps, ...]:
        """The keys worth knowing here."""
        return ()

    def press(self, key: str) -> bool:
        """Take a plain key, e.g. `A`, `Enter`, `/`; return whether it meant something here."""
        del key
        return False

    def enter(self) -> None:
        """Put the keyboard where it belongs when a person comes here."""
        self.setFocus()
