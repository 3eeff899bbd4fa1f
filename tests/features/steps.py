"""What each line of the `.feature` files does: one table, over the real window with a core in memory behind it.

A step acts only as a person or the core could: keys, words, news. It must never reach into the state to make a story true.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from agent_core.contract.searching import SearchAsked
from console import texts_acting
from console.shell.window import MainWindow
from console.state.app_state import Keyring
from console.state.happenings import (
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    FeedArrived,
    Happening,
    KeyringKnown,
    SignedIn,
    WorkspaceChosen,
)
from console.state.past import PastArrived, PastOpened, ReviewsArrived
from console.state.searching import FacetsArrived, SearchArrived, SearchWanted
from console.state.store import Store
from console.state.triage import LookArrived, RepairTaken, TriageArrived
from console.widgets.approval_card import ApprovalCard
from console.widgets.plain_label import PlainLabel
from tests.console import made, made_audit
from tests.console import made_triage as triage
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.fake_triage import TriageAsked
from tests.features.gherkin import Steps

_KEYS: Final = {
    "Enter": Qt.Key.Key_Return, "Escape": Qt.Key.Key_Escape, "/": Qt.Key.Key_Slash, ".": Qt.Key.Key_Period,
}  # fmt: skip
AMARA: Final = made.ask(1).ask
HERS: Final = made.conversation(1)


@dataclass
class World:
    """A window, who sits before it, and what was asked for in it."""

    window: MainWindow
    store: Store
    folder: Path
    asked: AskedFor
    audit: AuditAskedFor
    triage: TriageAsked
    looked_back: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def say(self, *happenings: Happening) -> None:
        for one in happenings:
            self.store.dispatch(one)
        self.window.refresh.flush()

    def deeds(self) -> list[tuple[object, ...]]:
        """What was done and no step has looked at yet."""
        done = [*self.asked.deeds, *self.audit.deeds, *self.triage.deeds]
        return [deed for deed in done if deed not in self.looked_back]

    def done(self, *deed: object) -> None:
        """Require one deed, exactly this."""
        assert deed in self.deeds()
        self.looked_back.append(deed)

    def begin(self, role: str) -> None:
        self.say(
            KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)),
            SignedIn(made.session(role=role)),
            FeedArrived(made.answer(), made.NOW),
            ConnectionChanged("live", made.NOW),
        )


STEPS: Final[Steps[World]] = Steps()
step = STEPS.step


@step("Mira, a lead, sits before the console")
def _lead(world: World) -> None:
    world.begin("lead")


@step("Amara Okafor waits for a refund of 64.90 EUR")
def _amara(world: World) -> None:
    world.say(ConversationChosen(HERS), DetailArrived(made.detail(1)))
    world.window.live.enter()
    world.asked.deeds.clear()


@step("Mira, on call, sits before a poisoned conversation")
def _on_call(world: World) -> None:
    world.begin("on_call")
    world.say(WorkspaceChosen("triage"), TriageArrived(triage.answer()))
    world.say(LookArrived(triage.look()))
    world.triage.deeds.clear()


@step('Mira, a lead, sits before Audit with what was found for "{word}"')
def _searched(world: World, word: str) -> None:
    world.begin("lead")
    asked = SearchAsked(q=word)
    world.say(SearchWanted(asked), SearchArrived(asked, made_audit.ANSWER), FacetsArrived(made_audit.FACETS))
    world.say(WorkspaceChosen("audit"))
    world.audit.deeds.clear()


@step("Mira is an admin")
def _admin(world: World) -> None:
    world.say(SignedIn(made.session(role="admin")))


# -- what a person does ------------------------------------------------------------------------------------------------


@step("she presses {keys}")
def _press(world: World, keys: str) -> None:
    *held, last = keys.split("+")
    key = _KEYS.get(last) or Qt.Key(ord(last))
    modifier = Qt.KeyboardModifier.ControlModifier if held == ["Ctrl"] else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(QApplication.focusWidget() or world.window, key, modifier)
    world.window.refresh.flush()


@step('she writes "{words}"')
def _write(world: World, words: str) -> None:
    field_now = QApplication.focusWidget()
    assert field_now is not None
    QTest.keyClicks(field_now, words)
    world.window.refresh.flush()


@step("she leaves the field")
def _leave(world: World) -> None:
    world.window.live.enter()
    world.window.refresh.flush()


@step('she chooses the file "{name}"')
def _choose(world: World, name: str) -> None:
    dialog = world.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(world.folder / name))
    dialog.reject()
    assert world.window.audit is not None
    world.window.audit.enter()
    world.window.refresh.flush()


# -- what others and the core do ---------------------------------------------------------------------------------------


@step("Ines Roth approves the refund of Amara elsewhere")
def _elsewhere(world: World) -> None:
    closed = made.ask(1, version=2, state="closed", closed_by="person", closed_name="Ines Roth", closed_at=made.NOW)
    world.say(FeedArrived(made.answer(reset=False, asks=(closed,)), made.NOW))


@step('Amara writes "{words}"')
def _amara_writes(world: World, words: str) -> None:
    again = made.ask(1, version=2, look_again=True, latest_words=words)
    world.say(FeedArrived(made.answer(reset=False, asks=(again,)), made.NOW))


@step("the conversation of Amara is Mira's")
def _mine(world: World) -> None:
    row = made.row(1, version=5, label="human_control", owner="person", owner_name="Mira Duarte")
    world.say(DetailArrived(made.detail(1, row=row, seq=26)))


@step("the conversation of Amara waits for somebody else")
def _not_mine(world: World) -> None:
    row = made.row(1, version=6, label="awaiting_human", owner="nobody")
    world.say(DetailArrived(made.detail(1, row=row, seq=27)))


@step("the brand Lumen is stopped")
def _lumen(world: World) -> None:
    known = made.core().brands
    lumen = known[0].model_copy(update={"brand": "lumen", "title": "Lumen", "paused": True})
    world.say(FeedArrived(made.answer(reset=False, core=made.core(brands=(*known, lumen))), made.NOW))


@step("the core does not answer")
def _away(world: World) -> None:
    world.say(ConnectionChanged("offline", made.NOW, "The core does not answer."))


@step("the core answers again")
def _back(world: World) -> None:
    world.say(ConnectionChanged("live", made.NOW))


@step("the core took the repair")
def _taken(world: World) -> None:
    world.say(RepairTaken(triage.chosen()), TriageArrived(triage.answer(*triage.ROWS[1:])))


@step("the core shows the first hit")
def _past(world: World) -> None:
    world.say(PastOpened(HERS, 3, ("refund",)), PastArrived(made.detail(1)), ReviewsArrived(made_audit.reviews(1)))


@step("the core raises an alarm")
def _alarm(world: World) -> None:
    world.say(FeedArrived(made.answer(reset=False, core=made.core(alarm=made_audit.ALARM)), made.NOW))


# -- what must then be so ----------------------------------------------------------------------------------------------


@step("nothing was done")
@step("nothing else was done")
def _nothing(world: World) -> None:
    assert world.deeds() == []


@step("she is told that her words were not sent")
def _unsent(world: World) -> None:
    assert any(notice.title == texts_acting.UNSENT for notice in world.store.state.notices)


@step('"{words}" still stands in her field')
def _stands(world: World, words: str) -> None:
    assert world.window.live.conversation.composer.text() == words


@step("she is asked something")
def _asked(world: World) -> None:
    assert world.window.prompt.current is not None


@step("she is asked nothing")
def _unasked(world: World) -> None:
    assert world.window.prompt.current is None


def _card(world: World) -> ApprovalCard:
    window = world.window
    card = window.approvals.card if world.store.state.workspace == "approvals" else window.live.side.first_card
    assert card is not None
    assert card.props.key == AMARA
    return card


@step("the card of Amara is shown")
def _shown(world: World) -> None:
    assert _card(world).isVisible()


@step('the card of Amara says "{words}"')
def _says(world: World, words: str) -> None:
    said = [label.whole_text() for label in _card(world).findChildren(PlainLabel) if not label.isHidden()]
    assert any(words in one for one in said), said


@step("the refund of Amara is approved")
def _approved(world: World) -> None:
    world.done("approve", AMARA)


@step('the refund of Amara is denied because "{reason}"')
def _denied(world: World, reason: str) -> None:
    world.done("deny", AMARA, reason)


@step("the conversation of Amara is taken over")
def _took(world: World) -> None:
    world.done("take_over", HERS)


@step('Amara is answered "{words}"')
def _answered(world: World, words: str) -> None:
    world.done("reply", HERS, words)


@step('the conversation of Amara is handed back with "{note}"')
def _handed(world: World, note: str) -> None:
    world.done("hand_back", HERS, note)


@step("every agent is stopped")
def _stopped(world: World) -> None:
    world.done("pause", None)


@step("she stands at its first fault")
def _fault(world: World) -> None:
    view = world.window.triage.middle.request
    assert view.blocks[view.current].key == "m3.1"


@step("the repair is signed with the refund as executed")
def _signed(world: World) -> None:
    world.done("repair", made.digest("plan"), {f"r1/{triage.CALL}": "executed"}, "ok")


@step("the conversation is shown alive")
def _alive(world: World) -> None:
    assert world.window.triage.middle.alive.isVisible()


@step("the first hit is opened at the place that was found")
def _opened(world: World) -> None:
    world.done("open", PastOpened(HERS, 3, ("refund",)))


@step('the word "{word}" is marked in it')
def _marked(world: World, word: str) -> None:
    assert world.window.audit is not None
    assert world.window.audit.past.transcript.selected_text() == word


@step('the conversation is exported with its proofs to "{name}"')
def _exported(world: World, name: str) -> None:
    world.done("export", HERS, world.folder / name)


@step("the whole log is verified")
def _verified(world: World) -> None:
    world.done("verify")


@step('the alarm is acknowledged with "{comment}"')
def _acknowledged(world: World, comment: str) -> None:
    world.done("acknowledge", made_audit.ALARM.alarm, comment)
