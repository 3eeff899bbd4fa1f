"""Scenes of Settings' people: keys, invitations, recovery, and the form that invites."""

from datetime import timedelta

from PySide6.QtWidgets import QScrollArea

from agent_core.contract.base import Digest
from agent_core.contract.ids import InvitationId, KeyFingerprint, OperatorId
from agent_core.contract.operator_commands import AnchorShown, InvitationRow, OperatorKey
from console import texts_people
from console.shell.window import MainWindow
from console.state.happenings import WorkspaceChosen
from console.state.people import PeopleArrived, PeopleKnown
from console.state.store import Store
from console.workspaces.people_deeds import Once
from tests.console import made
from tests.console.scene import Scene, say


def key(letter: str) -> KeyFingerprint:
    return KeyFingerprint("ed25519:" + letter * 64)


STATEMENT: Digest = "ab" * 32
MIRA = OperatorKey(
    operator=made.ME, name="Mira Duarte", role="lead", brands=("*",), limit=made.euros(50_000),
    day_limit=made.euros(300_000),
    day_count=None, simulated=False, key=made.KEY, public_key="x", state="active", statement=STATEMENT, enrolled_by=key("a"),
    valid_from=made.NOW, not_after=None,
)  # fmt: skip
ADA = MIRA.model_copy(
    update={"operator": OperatorId("o_ada"), "name": "Ada Okonkwo", "role": "admin", "limit": None, "day_limit": None,
            "key": key("a"), "anchor": True}
)  # fmt: skip
INES = MIRA.model_copy(
    update={"operator": OperatorId("o_ines"), "name": "Ines Roth", "role": "supervisor", "brands": (made.BRAND,),
            "key": key("c"), "limit": made.euros(5_000), "day_limit": None, "day_count": 40}
)  # fmt: skip
TOM = INES.model_copy(update={"operator": OperatorId("o_tom"), "name": "Tom Lee", "key": key("d"), "state": "revoked"})
OPEN = InvitationRow(
    invitation=InvitationId("i_" + "1" * 20), state="open", invited_by=made.ME, operator=OperatorId("o_new"),
    name="Kim Sato",
    name_salt="00" * 16, role="supervisor", brands=("*",), limit=made.euros(2_000), day_limit=None, day_count=None,
    not_after=None, until=made.NOW + timedelta(days=3),
)  # fmt: skip
PROVEN = OPEN.model_copy(
    update={"invitation": InvitationId("i_" + "2" * 20), "state": "accepted", "invited_by": OperatorId("o_ada"),
            "name": "Bo Nilsson", "key": key("e"), "public_key": "x"}
)  # fmt: skip
ANCHOR = AnchorShown(core="core_1", anchor=key("a"), need=0, recovery_keys=(), moves=())
KNOWN = PeopleKnown((MIRA, ADA, INES, TOM), (OPEN, PROVEN), ANCHOR)


def _people(window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("settings"), PeopleArrived(KNOWN))
    window.refresh.flush()
    for area in window.settings.findChildren(QScrollArea):
        if area.isAncestorOf(window.settings.people):
            area.ensureWidgetVisible(window.settings.people, 0, 600)


def _invite(window: MainWindow, store: Store) -> None:
    _people(window, store)
    window.people.wanted("invite", "")


def _code(window: MainWindow, store: Store) -> None:
    _people(window, store)
    title = texts_people.CODE_TITLE.format(name="Kim Sato")
    window.show_once(Once(title, texts_people.CODE_WORDS, "XK4T-9QPM-2LWD-7RHC", texts_people.CODE_HOW))


def _fingerprint(window: MainWindow, store: Store) -> None:
    _people(window, store)
    title = texts_people.ACCEPTED_TITLE.format(name="Kim Sato")
    window.show_once(Once(title, texts_people.ACCEPTED_WORDS, "ed25519:" + "e" * 64))


SCENES: dict[str, Scene] = {"people": _people, "people-invite": _invite, "people-code": _code, "people-key": _fingerprint}
