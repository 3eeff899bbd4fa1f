"""`python -m tests.console.states --out DIR`: the real window in every state a person can meet, as pictures to look at.

The views are those of `tests.console.made`; nothing runs behind the window. It must never leave a state out because it
looks bad.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from agent_core.contract.checked_replies import ReplyWarning
from agent_core.contract.ids import OperatorId
from agent_core.contract.money import Money
from agent_core.contract.views import (
    ApprovalGiven,
    Counts,
    EvidenceShown,
    LabelledText,
    QuestionShown,
    RowPage,
)
from console.language import catalogue
from console.language.pseudo import PSEUDO
from console.shell.window import MainWindow
from console.state.app_state import AppState, Doubted, Keyring
from console.state.happenings import (
    AskArmed,
    AskChosen,
    BucketChosen,
    CommandSent,
    ConnectionChanged,
    ConversationChosen,
    DetailArrived,
    EditShown,
    FeedArrived,
    KeyringKnown,
    News,
    PacketArrived,
    PageArrived,
    ReplyDoubted,
    RoutingShown,
    SignedIn,
    WorkspaceChosen,
)
from console.state.preferences import Preferences
from console.state.store import Store
from console.theme.controller import Theme
from console.theme.tokens import ThemeName
from console.widgets.gallery.__main__ import picture
from tests.console import (
    made,
    made_acting,
    scenes_acting,
    scenes_audit,
    scenes_beliefs,
    scenes_clocks,
    scenes_guide,
    scenes_hostile,
    scenes_levels,
    scenes_listing,
    scenes_people,
    scenes_present,
    scenes_shell,
    scenes_stopping,
    scenes_tour,
)
from tests.console.audit_asked_for import AuditAskedFor
from tests.console.fake_core import AskedFor
from tests.console.levels_asked_for import LevelsAskedFor
from tests.console.people_asked_for import PeopleAskedFor
from tests.console.scene import Scene, asks, say
from tests.console.scenes_triage import SCENES as TRIAGE
from tests.console.stopping_asked_for import StoppingAskedFor

_SIZES = ((1366, 768, 1.0), (1600, 1000, 1.0), (1600, 1000, 2.0), (911, 440, 1.5))
_SIZE_WORDS = "1366, 1600, 1600 at 2x, 1366 at 150 %%"
_NOBODY = made.session(operator=None, role=None, name=None, key=None, limit=None)
_MINE = ApprovalGiven(operator=made.ME, name="Mira Duarte", at=made.NOW)
_INES = ApprovalGiven(operator=OperatorId("o_ines"), name="Ines Roth", at=made.NOW, simulated=True)


def _card(**changes: object) -> Scene:
    def scene(_window: MainWindow, store: Store) -> None:
        say(store, asks(made.ask(1, version=2, **changes)))

    return scene


def _full(_window: MainWindow, _store: Store) -> None:
    """As it was begun."""


def _all(_window: MainWindow, store: Store) -> None:
    say(store, BucketChosen("all"))


def _empty(_window: MainWindow, store: Store) -> None:
    say(store, ConversationChosen(None), FeedArrived(made.answer(rows=(), asks=(), counts=Counts()), made.NOW))


def _approvals_empty(window: MainWindow, store: Store) -> None:
    _empty(window, store)
    say(store, WorkspaceChosen("approvals"))


def _offline(_window: MainWindow, store: Store) -> None:
    say(store, ConnectionChanged("offline", made.NOW - timedelta(seconds=70), "The core does not answer."))
    say(
        store,
        News("offline", "The core does not answer", "This is how it was at 14:02.", "danger"),
    )


def _catching_up(_window: MainWindow, store: Store) -> None:
    say(store, ConnectionChanged("catching_up", made.NOW))


def _read_only(_window: MainWindow, store: Store) -> None:
    told = "No OS keyring holds your key on this computer. Install and start gnome-keyring, then start the console again."
    say(store, SignedIn(_NOBODY), KeyringKnown(Keyring(usable=False, kind="none", sentence=told)))


def _read_only_settings(window: MainWindow, store: Store) -> None:
    _read_only(window, store)
    say(store, WorkspaceChosen("settings"))


def _settings(_window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("settings"))


def _armed(_window: MainWindow, store: Store) -> None:
    much = made.ask(1, version=2, money=made.euros(30_000), title="Refund 300.00 EUR")
    say(store, asks(much), AskArmed(much.ask))


def _sending(_window: MainWindow, store: Store) -> None:
    say(store, CommandSent(str(made.ask(1).ask), "approve", 1))


def _approvals(_window: MainWindow, store: Store) -> None:
    say(store, AskChosen(made.ask(1).ask), WorkspaceChosen("approvals"))


def _difference(_window: MainWindow, store: Store) -> None:
    changed = (
        LabelledText(label="Amount", value="64.90 EUR → 32.40 EUR"),
        LabelledText(label="Order status", value="shipped → delivered"),
    )
    card = made.ask(1, version=2, money=made.euros(3_240), changes=changed)
    status = card.evidence[0].model_copy(update={"value": "delivered", "changed_from": "shipped"})
    left = card.evidence[1].model_copy(update={"value": "32.40 EUR"})
    say(store, asks(card.model_copy(update={"evidence": (status, left)})), AskChosen(card.ask), WorkspaceChosen("approvals"))


def _two_people(_window: MainWindow, store: Store) -> None:
    waiting = made.ask(1, version=2, required_people=2, approvals=(_INES,), second_person_wanted=True)
    say(store, asks(waiting), AskChosen(waiting.ask), WorkspaceChosen("approvals"))


def _owner(_window: MainWindow, store: Store) -> None:
    owner = EvidenceShown(
        key="order.NW-88213.customer", label="Order belongs to customer", value="cus_9f31c07ab2", source="get_order",
        source_seq=9, read_at=made.NOW, this_customer=True,
    )  # fmt: skip
    say(store, asks(made.ask(1, version=2, evidence=(owner, *made.ask(1).evidence))))


def _deny(window: MainWindow, _store: Store) -> None:
    window.refresh.flush()
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_D)


def _palette(window: MainWindow, _store: Store) -> None:
    window.open_palette()


def _palette_typed(window: MainWindow, _store: Store) -> None:
    window.open_palette()
    field = window.palette_overlay.findChild(QLineEdit)
    if field is not None:
        field.insert("ama")


def _keys(window: MainWindow, _store: Store) -> None:
    window.show_keys()


def _person(_window: MainWindow, store: Store) -> None:
    row = made.row(
        1,
        version=5,
        customer_name="Amara Okafor",
        label="human_control",
        owner="person",
        owner_name="Mira Duarte",
        intents=("refund_order",),
    )
    say(
        store,
        BucketChosen("human"),
        FeedArrived(made.answer(reset=False, rows=(row,)), made.NOW),
        DetailArrived(made.detail(1, row=row, seq=26)),
    )


def _handoff(_window: MainWindow, store: Store) -> None:
    row = made.row(
        3,
        version=5,
        customer_name="Tom Haverford",
        channel="email",
        label="awaiting_human",
        owner="nobody",
        needs_person=True,
        asks=("escalation",),
        intents=("refund_order",),
    )
    say(
        store,
        ConversationChosen(row.conversation),
        FeedArrived(made.answer(reset=False, rows=(row,)), made.NOW),
        DetailArrived(made.detail(1, row=row, seq=26, asks=(made.ASKS[2],))),
        PacketArrived(made.packet(3)),
    )


def _edit(window: MainWindow, store: Store) -> None:
    say(store, ConversationChosen(made.conversation(1)), DetailArrived(made.detail(1)))
    window.refresh.flush()
    window.edit(made.ask(1).ask)
    say(store, EditShown(made.edit(1)))
    window.refresh.flush()
    amount = window.form.findChildren(QLineEdit)[0]
    amount.setText("50.00")
    window.form.pause_over()
    say(store, EditShown(made.edited(1)))


def _assess(window: MainWindow, store: Store) -> None:
    _handoff(window, store)
    window.refresh.flush()
    window.forms.assess()


def _route(window: MainWindow, store: Store) -> None:
    say(store, ConversationChosen(made.conversation(1)), DetailArrived(made.detail(1)))
    window.refresh.flush()
    window.forms.route()
    say(store, RoutingShown(made.preview(1)))


def _doubted(window: MainWindow, store: Store) -> None:
    _person(window, store)
    window.refresh.flush()
    text = "Sorry about that! You will have your 64.90 € back by Friday, and 20 % off your next order."
    window.live.conversation.composer.write(text)
    warnings = (
        ReplyWarning(check="promises", code="promise", sentence="It promises “by Friday”: nothing that was read says so.",
                     places=((text.index("by Friday"), text.index("by Friday") + 9),)),
        ReplyWarning(check="specifics", code="percentage", sentence="“20 %” is in none of the facts of this conversation.",
                     places=((text.index("20 %"), text.index("20 %") + 4),)),
    )  # fmt: skip
    say(
        store,
        PacketArrived(made.packet(1)),
        ReplyDoubted(Doubted(made.conversation(1), text, text, warnings)),
    )


def _paused(_window: MainWindow, store: Store) -> None:
    say(store, FeedArrived(made.answer(reset=False, core=made.core(paused=True, stopped=scenes_stopping.STOPPED)), made.NOW))


def _long(window: MainWindow, store: Store) -> None:
    rows = tuple(
        made.row(
            number,
            needs_person=number % 3 == 0,
            label="awaiting_approval" if number % 3 == 0 else "resolving",
            asks=("approval",) if number % 3 == 0 else (),
        )
        for number in range(20, 420)
    )
    asks = tuple(
        made.ask(
            number,
            customer_name=f"Customer {number}",
            money=Money(amount_minor=number * 1_310, currency="EUR"),
            title=f"Refund {made.euros(number * 1_310).text()}",
        )
        for number in range(21, 321, 3)
    )
    counts = Counts(needs_person=134, agent=31_102, human=1_061, all=128_400, approvals=100)
    say(store, FeedArrived(made.answer(rows=rows, asks=asks, counts=counts), made.NOW), BucketChosen("all"))
    window.refresh.flush()
    say(store, WorkspaceChosen("approvals"))


def _first_connection(_window: MainWindow, store: Store) -> None:
    say(
        store,
        ConversationChosen(None),
        SignedIn(None),
        FeedArrived(made.answer(rows=(), asks=(), core=None), made.NOW),
        ConnectionChanged("connecting", made.NOW),
    )


SCENES: dict[str, Scene] = (
    {
        "live": _full,
        "live-all": _all,
        "first-connection": _first_connection,
        "empty": _empty,
        "approvals": _approvals,
        "approvals-empty": _approvals_empty,
        "offline": _offline,
        "catching-up": _catching_up,
        "read-only": _read_only,
        "read-only-settings": _read_only_settings,
        "settings": _settings,
        "armed": _armed,
        "sending": _sending,
        "undo": _card(state="deciding", approvals=(_MINE,), not_before=made.NOW + timedelta(seconds=5)),
        "claimed": _card(
            state="claimed",
            claimed_by=OperatorId("o_ines"),
            claimed_name="Ines Roth",
            claimed_until=made.NOW + timedelta(minutes=2),
        ),
        "closed-elsewhere": _card(
            state="closed",
            closed_by="person",
            closed_name="Ines Roth",
            closed_at=made.NOW,
            closed_sentence="Approved and done.",
        ),
        "look-again": _card(
            look_again=True, latest_words="Wait — keep one of them, I want to give it to my sister instead!"
        ),
        "lapsed": _card(
            state="closed",
            closed_by="lapsed",
            closed_at=made.NOW,
            closed_sentence="What it rested on has changed. Nothing was executed.",
        ),
        "difference": _difference,
        "two-people": _two_people,
        "owner": _owner,
        "deny": _deny,
        "palette": _palette,
        "palette-typed": _palette_typed,
        "keys": _keys,
        "person": _person,
        "handoff": _handoff,
        "doubted": _doubted,
        "asked-back": _card(
            verbs=("approve", "deny", "ask_back", "escalate", "take_over"),
            state="claimed",
            claimed_by=made.ME,
            claimed_name="Mira Duarte",
            claimed_until=made.NOW + timedelta(minutes=2),
            escalated_by_name="Ines Roth",
            escalation_note="Above what I may approve alone; looks right to me.",
            questions=(
                QuestionShown(
                    operator=OperatorId("o_ines"),
                    name="Ines Roth",
                    at=made.NOW,
                    state="answered",
                    grounded_on=2,
                    text="Which of the two captures has no item?",
                    answer="The second one, of 14:01:53: the order has one item and one shipment.",
                ),
                QuestionShown(
                    operator=made.ME, name="Mira Duarte", at=made.NOW, state="waiting", text="Was it refunded before?"
                ),
            ),
        ),
        "edit": _edit,
        "assess": _assess,
        "route": _route,
        "paused": _paused,
        "long": _long,
    }
    | scenes_listing.SCENES
    | scenes_beliefs.SCENES
    | scenes_clocks.SCENES
    | scenes_people.SCENES
    | scenes_levels.SCENES
    | scenes_stopping.SCENES
    | scenes_present.SCENES
    | TRIAGE
    | scenes_shell.SCENES
    | scenes_audit.SCENES
    | scenes_guide.SCENES
    | scenes_hostile.SCENES
    | scenes_acting.SCENES
    | scenes_tour.SCENES
)


def begun(chosen: ThemeName) -> Store:
    """A day's conversations, one of them open."""
    store = Store(AppState(now=made.NOW, preferences=Preferences(theme=chosen)))
    say(
        store,
        KeyringKnown(Keyring(usable=True, kind="memory", sentence="In memory.", fingerprint=made.KEY)),
        SignedIn(made.session()),
        FeedArrived(made.answer(), made.NOW),
        PageArrived("needs", RowPage(rows=(), next=None, counts=made.COUNTS)),
        ConversationChosen(made.conversation(1)),
        DetailArrived(made.detail(1)),
        ConnectionChanged("live", made.NOW),
    )
    return store


def draw(application: QApplication, theme: Theme, name: str, size: tuple[int, int, float], path: Path) -> None:
    """Draw one state into a file."""
    store = begun(theme.name)
    window = MainWindow(
        theme, store, AskedFor(), "console.ini", audit=AuditAskedFor(), people=PeopleAskedFor(),
        levels=LevelsAskedFor(), stopping=StoppingAskedFor(), acting=made_acting.ActingAskedFor(),
    )  # fmt: skip
    width, height, ratio = size
    window.resize(width, height)
    window.fit(width)
    window.show()
    window.activateWindow()
    _settle(application)
    SCENES[name](window, store)
    window.refresh.flush()
    _settle(application)
    window.refresh.flush()
    picture(window, ratio).save(str(path))
    window.stop()
    window.close()
    window.deleteLater()
    _settle(application)
    # No loop runs here: without this no window ever goes, and each new style sheet dresses all of them.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _settle(application: QApplication) -> None:
    for _ in range(30):
        application.processEvents()


def main(arguments: Iterable[str]) -> int:
    """Draw the states."""
    parser = argparse.ArgumentParser(prog="python -m tests.console.states", description="Pictures of every state.")
    parser.add_argument("--out", type=Path, default=Path("build/states"))
    parser.add_argument("--only", choices=tuple(SCENES), action="append")
    parser.add_argument("--size", type=int, choices=range(len(_SIZES)), action="append", help=_SIZE_WORDS)
    parser.add_argument("--theme", choices=("light", "dark"), action="append")
    parser.add_argument("--language", default="en", help="a tag, or pseudo: half as long again, to see what is cut")
    options = parser.parse_args(list(arguments))
    catalogue.use(PSEUDO) if options.language == "pseudo" else catalogue.speak(options.language)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    application = QApplication.instance() or QApplication([])
    if not isinstance(application, QApplication):
        return 1
    themes: tuple[ThemeName, ...] = tuple(options.theme or ("light", "dark"))
    for chosen in themes:
        theme = Theme(chosen)
        theme.install(application)
        for at in options.size or (0,):
            width, _, ratio = _SIZES[at]
            for name in options.only or SCENES:
                path = out / f"{name}-{chosen}-{width}{f'-{ratio:g}x' if ratio > 1 else ''}.png"
                draw(application, theme, name, _SIZES[at], path)
    sys.stdout.write(f"{out.resolve()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
