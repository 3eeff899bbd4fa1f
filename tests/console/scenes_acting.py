"""Scenes of a person's own deeds: proposing an action, like cases on one sheet, and a card that is to be read first."""

from datetime import timedelta

from agent_core.contract.risk import Risk
from console.shell.window import MainWindow
from console.state.acting import ActionShown
from console.state.happenings import AskChosen, Ticked, WorkspaceChosen
from console.state.store import Store
from console.workspaces.acting import action_form, choose_form
from tests.console import made, made_acting
from tests.console.scene import Scene, asks, say

HIGH = Risk(tier="high", min_shown_s=3, confirm=True)
CRITICAL = Risk(tier="critical", min_shown_s=6, confirm=True)


def _choose(window: MainWindow, store: Store) -> None:
    say(store, ActionShown(made_acting.choosing()))
    window.form.show_form(choose_form(made_acting.choosing()))


def _written(window: MainWindow, store: Store) -> None:
    say(store, ActionShown(made_acting.BLANK))
    window.form.show_form(action_form(made_acting.BLANK))
    given = {"payment_id": "pay_71", "amount_minor": "25.50", "reason": "Arrived broken, picture sent"}
    for name, words in given.items():
        window.form.write(name, words)
    window.form.pause_over()


def _fill(window: MainWindow, store: Store) -> None:
    say(store, ActionShown(made_acting.BLANK))
    window.form.show_form(action_form(made_acting.BLANK))


def _possible(window: MainWindow, store: Store) -> None:
    _written(window, store)
    say(store, ActionShown(made_acting.possible()))


def _nobody(window: MainWindow, store: Store) -> None:
    _written(window, store)
    say(store, ActionShown(made_acting.possible(countersigners="nobody", able=0)))


def _refused(window: MainWindow, store: Store) -> None:
    _written(window, store)
    say(store, ActionShown(made_acting.refused()))


def _cases(window: MainWindow, store: Store) -> None:
    cards = [made_acting.case(number, 2_500 + 100 * number) for number in range(11, 16)]
    say(store, asks(*cards), WorkspaceChosen("approvals"), AskChosen(cards[0].ask))
    window.refresh.flush()


def _picked(window: MainWindow, store: Store) -> None:
    _cases(window, store)
    window.acting.pick_like(made_acting.case(11, 2_600).ask)


def _sheet(window: MainWindow, store: Store) -> None:
    _picked(window, store)
    window.acting.review()
    window.refresh.flush()


def _sheet_ready(window: MainWindow, store: Store) -> None:
    _sheet(window, store)
    say(store, Ticked(made.NOW + timedelta(seconds=30)))


def _reading(_window: MainWindow, store: Store) -> None:
    card = made.ask(1, version=2, risk=HIGH, money=made.euros(30_000), title="Refund 300.00 EUR")
    say(store, asks(card), WorkspaceChosen("approvals"), AskChosen(card.ask))


def _critical(window: MainWindow, store: Store) -> None:
    card = made.ask(1, version=2, risk=CRITICAL, required_people=2, money=made.euros(130_000), title="Refund 1,300.00 EUR")
    say(store, asks(card), WorkspaceChosen("approvals"), AskChosen(card.ask))
    window.refresh.flush()
    say(store, Ticked(made.NOW + timedelta(seconds=30)))


SCENES: dict[str, Scene] = {
    "propose-choose": _choose,
    "propose-fill": _fill,
    "propose-possible": _possible,
    "propose-nobody": _nobody,
    "propose-refused": _refused,
    "together-picked": _picked,
    "together-sheet": _sheet,
    "together-ready": _sheet_ready,
    "read-first": _reading,
    "read-critical": _critical,
}
