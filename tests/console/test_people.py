"""People and keys from Settings: invited, countersigned, changed, stopped, revoked; each signed where it gives (R-C7)."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from agent_core.contract.clock import system_clock
from agent_core.contract.money import Money
from agent_core.contract.statements import ConsoleIdentity
from console import strings, texts_people
from console.connected import Connected
from console.headless import errors
from console.headless.key_signing import Terms
from console.headless.keys import Looked, MemoryKeyStore
from console.headless.operators import Operators
from console.headless.signing import new_operator
from console.presenting.people import invitation_lines, people_lines, recovery_lines
from console.shell.window import MainWindow
from console.state.happenings import Ticked, WorkspaceChosen
from console.state.ports import NoKey
from console.widgets.button import Button
from console.widgets.plain_label import PlainLabel
from console.workspaces.people_deeds import TermsAsked
from console.workspaces.people_forms import is_that_key, money_of, terms
from tests.console import made, scenes_people
from tests.console.people_asked_for import PeopleAskedFor
from tests.console.scenes_people import ADA, ANCHOR, INES, KNOWN, OPEN, PROVEN, key
from tests.console.shown_window import shown_window
from tests.console.states import begun
from tests.service.scene import scene

EUR = Money(amount_minor=5_000, currency="EUR")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", None),
        ("50.00 EUR", EUR),
        ("50,00 eur", EUR),
        ("50\u00a0EUR", EUR),
        ("1 JPY", Money(amount_minor=1, currency="JPY")),
    ],
)
def test_amounts_are_read_as_people_write_them(said: str, found: Money | None) -> None:
    assert money_of(said) == found


@pytest.mark.parametrize("said", ["50", "EUR", "-5 EUR", "5.001 EUR", "1e3 EUR", "٥ EUR", "5 EURO", "five EUR"])
def test_what_is_no_amount_is_never_guessed(said: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        money_of(said)


def test_every_brand_is_every_brand_whatever_else_is_marked() -> None:
    given = {"role": ("lead",), "brands": (made.BRAND, "*"), "limit": ("",), "day": ("9 EUR",)}
    assert terms(given) == TermsAsked("lead", ("*",), None, Money(amount_minor=900, currency="EUR"))
    assert terms({**given, "brands": ()}) is None


def test_R_C7_a_fingerprint_counts_only_when_enough_of_it_was_read() -> None:
    whole = key("e")
    assert is_that_key("EEEE eeee eeee eeee", whole)
    assert is_that_key(whole, whole)
    for wrong in ("", "eeee", "eeee eeee eeee eeed", "e" * 65, "ed25519:"):
        assert not is_that_key(wrong, whole)


def test_R_C7_who_invited_does_not_countersign_where_somebody_else_can() -> None:
    store = begun("light")
    scenes_people.say(store, scenes_people.PeopleArrived(KNOWN))
    lines = {line.name: line for line in invitation_lines(store.state)}
    assert [deed.key for deed in lines["Bo Nilsson"].deeds] == ["countersign", "withdraw"]
    assert [deed.key for deed in lines["Kim Sato"].deeds] == ["withdraw"]
    mine = scenes_people.PeopleKnown(KNOWN.keys, (PROVEN.model_copy(update={"invited_by": made.ME}),), ANCHOR)
    scenes_people.say(store, scenes_people.PeopleArrived(mine))
    assert [deed.key for deed in invitation_lines(store.state)[0].deeds] == ["withdraw"]


def test_R_C7_nobody_is_offered_to_change_their_own_terms_or_what_is_over() -> None:
    store = begun("light")
    scenes_people.say(store, scenes_people.PeopleArrived(KNOWN))
    deeds = {line.name: [deed.key for deed in line.deeds] for line in people_lines(store.state)}
    assert deeds["Mira Duarte"] == ["stop"]
    assert deeds["Ines Roth"] == ["amend", "stop", "revoke"]
    assert deeds["Tom Lee"] == []
    named = ANCHOR.model_copy(update={"need": 2, "recovery_keys": ("a", "b", "c")})
    scenes_people.say(store, scenes_people.PeopleArrived(scenes_people.PeopleKnown((ADA,), (), named)))
    assert recovery_lines(store.state)[0].startswith("2 of 3")


def test_R_C7_before_anybody_asked_nothing_is_said_of_who_counts(qapp: QApplication, qtbot: QtBot) -> None:
    with shown_window(qapp, qtbot, begun("light"), people=PeopleAskedFor()) as shown:

        def said() -> set[str]:
            QApplication.processEvents()
            return {label.whole_text() for label in shown.settings.people.findChildren(PlainLabel) if label.isVisible()}

        scenes_people.say(shown.store, WorkspaceChosen("settings"))
        shown.refresh.flush()
        assert strings.LOADING in said()
        assert not {texts_people.NOBODY, texts_people.RECOVERY_NONE} & said()
        scenes_people.say(shown.store, scenes_people.PeopleArrived(scenes_people.PeopleKnown(())))
        shown.refresh.flush()
        assert {texts_people.NOBODY, texts_people.RECOVERY_NONE} <= said()


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[tuple[MainWindow, PeopleAskedFor]]:
    deeds = PeopleAskedFor()
    with shown_window(qapp, qtbot, begun("light"), people=deeds) as shown:
        scenes_people.SCENES["people"](shown, shown.store)
        yield shown, deeds


def _click(window: MainWindow, start: str) -> None:
    QApplication.processEvents()
    found = window.settings.people.findChildren(Button)
    next(one for one in found if one.accessibleName().startswith(start) and one.isVisible()).click()


def _answer(window: MainWindow, text: str = "") -> None:
    target = QApplication.focusWidget() or window
    QTest.keyClicks(target, text)
    QTest.keyClick(target, Qt.Key.Key_Return)


@pytest.mark.qt
def test_R_C7_somebody_is_invited_and_the_terms_are_those_of_the_form(window: tuple[MainWindow, PeopleAskedFor]) -> None:
    shown, deeds = window
    assert ("read",) in deeds.asked
    _click(shown, "Invite")
    fields = {one.accessibleName(): one for one in shown.form.findChildren(QLineEdit)}
    QTest.keyClicks(fields["Name"], "Kim Sato")
    QTest.keyClicks(fields["May approve up to, alone"], "fifty")
    QTest.keyClick(fields["Name"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert deeds.asked[-1] == ("read",), "an amount that cannot be read signs nothing"
    _click(shown, "Invite")
    fields = {one.accessibleName(): one for one in shown.form.findChildren(QLineEdit)}
    QTest.keyClicks(fields["Name"], "Kim Sato")
    QTest.keyClicks(fields["May approve up to, alone"], "50 EUR")
    QTest.keyClick(fields["Name"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert deeds.asked[-1] == ("invite", "Kim Sato", TermsAsked("supervisor", ("*",), EUR, None))


@pytest.mark.qt
def test_R_C7_nothing_is_countersigned_but_the_key_that_was_read_aloud(window: tuple[MainWindow, PeopleAskedFor]) -> None:
    shown, deeds = window
    _click(shown, "Countersign")
    _answer(shown, "eeee eeee eeee eeed")
    assert ("countersign", PROVEN.invitation) not in deeds.asked
    assert shown.store.state.notices[-1].title == "This is not the key that was proven"
    _click(shown, "Countersign")
    _answer(shown, "eeee eeee eeee eeee")
    assert deeds.asked[-1] == ("countersign", PROVEN.invitation)
    _click(shown, f"Take back the invitation of {OPEN.name}")
    assert deeds.asked[-1] == ("withdraw", OPEN.invitation)


@pytest.mark.qt
def test_R_C7_what_takes_away_for_ever_is_asked_and_enter_on_the_no_is_a_no(
    window: tuple[MainWindow, PeopleAskedFor],
) -> None:
    shown, deeds = window
    before = len(deeds.asked)
    _click(shown, f"Revoke the key of {INES.name}")
    QTest.keyClick(QApplication.focusWidget() or shown, Qt.Key.Key_Return)
    assert len(deeds.asked) == before
    _click(shown, f"Change what {INES.name}")
    shown.store.dispatch(Ticked(made.NOW + timedelta(seconds=1)))
    shown.refresh.flush()
    assert shown.form.isVisible(), "a form about a person is of no conversation that could be left"


class _Broken:
    """A keyring that gives way after the core has heard of the new key."""

    def __init__(self, keys: MemoryKeyStore) -> None:
        self._keys = keys

    def look(self) -> Looked:
        return self._keys.look()

    def get(self, name: str) -> str | None:
        return self._keys.get(name)

    def put(self, name: str, secret: str) -> None:
        if name.startswith("operator:"):
            raise errors.NoKey("keyring_locked", "The keyring is locked.")
        self._keys.put(name, secret)

    def remove(self, name: str) -> None:
        self._keys.remove(name)


def test_R_C7_a_newcomer_is_enrolled_and_changes_their_key_at_their_own_console(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            boss, _ = await it.admin()
            asked = TermsAsked("supervisor", ("*",), EUR, None)
            invited = await Operators(boss).invite(new_operator("Kim"), "Kim", Terms(asked.role, asked.brands, asked.limit))
            keys = MemoryKeyStore()
            line = Connected(keys, ConsoleIdentity(version="0.1.0", instance="kim"), system_clock)
            client = await it.console()
            line.attach(client, it.core.instance.core, None)
            name, fingerprint = await line.accept_invitation(invited.code)
            assert name == "Kim"
            (row,) = await Operators(boss).invitations()
            assert row.key == fingerprint
            await Operators(boss).countersign(row, fingerprint)
            session = await line.sign_in()
            assert (session.name, session.key) == ("Kim", fingerprint)
            await line.rotate_key()
            assert line.signer is not None
            newer = line.signer.key.fingerprint
            assert newer != fingerprint
            again = Connected(keys, ConsoleIdentity(version="0.1.0", instance="kim"), system_clock)
            again.attach(await it.console(), it.core.instance.core, None)
            assert (await again.sign_in()).key == newer
            # The console died after the core had heard of the new key and before it was kept as the one in use.
            core = it.core.instance.core
            kept = keys.get(f"operator:{core}")
            assert kept is not None
            third = Connected(_Broken(keys), ConsoleIdentity(version="0.1.0", instance="kim"), system_clock)
            third.attach(await it.console(), core, None)
            await third.sign_in()
            with pytest.raises(NoKey):
                await third.rotate_key()
            assert keys.get(f"operator:{core}") == kept
            fourth = Connected(keys, ConsoleIdentity(version="0.1.0", instance="kim"), system_clock)
            fourth.attach(await it.console(), core, None)
            assert (await fourth.sign_in()).name == "Kim"
            assert keys.get(f"operator:{core}") != kept

    asyncio.run(run())
