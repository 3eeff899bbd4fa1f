"""Scenes of Settings' levels: as they stand, waiting for a second person, read only, empty, refused, and the form."""

from datetime import timedelta

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QWidget

from agent_core.contract.base import Digest
from agent_core.contract.evidence_of_authority import AuthorityEvidence, AuthorityEvidenceAnswer
from agent_core.contract.ids import ConversationId, OperatorId, StreamId, WorkflowName
from agent_core.contract.level_statements import AuthorityLevel
from agent_core.contract.levels import (
    BrandLevels,
    DecisionDiffers,
    LevelObstacle,
    LevelPreview,
    LevelShown,
    LevelWaiting,
    PolicyReplay,
)
from console.shell.window import MainWindow
from console.state.happenings import ConnectionChanged, SignedIn, WorkspaceChosen
from console.state.levels import EvidenceArrived, LevelForeseen, LevelsArrived, LevelThoughtOf, LevelWanted
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, say

STATEMENT: Digest = "ab" * 32
REFUND = WorkflowName("refund_order")
ADDRESS = WorkflowName("change_address")
STATUS = WorkflowName("order_status")
INES = OperatorId("o_ines")
WAITING = LevelWaiting(
    level="autonomous", operator=INES, name="Ines Roth", statement=STATEMENT, until=made.NOW + timedelta(minutes=11)
)
LEVELS = BrandLevels(
    brand=made.BRAND,
    release=made.RELEASE,
    workflows=(
        LevelShown(
            workflow=REFUND, title="Refund an order", declared="approval_gated", level="read_only",
            since=made.NOW - timedelta(days=3), by=(made.ME,), statement=STATEMENT,
        ),
        LevelShown(
            workflow=ADDRESS, title="Change a delivery address", declared="autonomous", level="approval_gated",
            since=made.NOW - timedelta(days=20), by=(made.ME, INES), statement=STATEMENT, waiting=WAITING,
        ),
        LevelShown(workflow=STATUS, title="Where is my order", declared="low_risk", level="low_risk"),
    ),
)  # fmt: skip
EVIDENCE = AuthorityEvidenceAnswer(
    since=made.NOW - timedelta(days=30),
    until=made.NOW,
    evidence=(
        AuthorityEvidence(
            brand=made.BRAND, workflow=REFUND, tool="refund_payment", proposed=1_204, approved_unedited=1_011, edited=61,
            denied=97, undone=4, refused=38, decided_p50_s=24, unopened=12,
            refused_codes=(("over_limit", 30), ("no_rule", 8)),
        ),
        AuthorityEvidence(
            brand=made.BRAND, workflow=ADDRESS, tool="update_shipping_address", proposed=212, approved_unedited=207,
            autonomous=3, autonomous_executed=3, edited=2, denied=1, decided_p50_s=190,
        ),
        AuthorityEvidence(brand=made.BRAND, workflow=ADDRESS, tool="hold_shipment", proposed=8, approved_unedited=8),
    ),
    complete=True,
)  # fmt: skip


def differs(at: int, would: str = "forbid") -> DecisionDiffers:
    return DecisionDiffers.model_validate(
        {
            "conversation": ConversationId(StreamId(f"c_{at}")), "seq": at, "at": made.NOW - timedelta(hours=at),
            "workflow": REFUND, "tool": "refund_payment", "was": "approved", "would": would, "code": "level_read_only",
        }
    )  # fmt: skip


def preview(workflow: WorkflowName, level: AuthorityLevel, was: AuthorityLevel, **changes: object) -> LevelPreview:
    """What a change would come to."""
    replay = PolicyReplay(
        brand=made.BRAND, since=made.NOW - timedelta(days=14), until=made.NOW, policy_was=STATEMENT, policy_would=STATEMENT,
        decisions=212, unreadable=1, counts=(("approved>execute", 196), ("propose>execute", 3)),
        differs=tuple(differs(at, "execute") for at in range(1, 9)), complete=True,
    )  # fmt: skip
    base = LevelPreview(
        brand=made.BRAND, workflow=workflow, was=was, level=level, declared="autonomous", release=made.RELEASE,
        follows=STATEMENT, required_people=2, first=None, obstacles=(), lapses=(), replay=replay,
    )  # fmt: skip
    return base.model_copy(update=changes)


def look(window: MainWindow) -> None:
    """Bring the panel into sight."""
    window.refresh.flush()
    panel = window.settings.levels
    for area in window.settings.findChildren(QScrollArea):
        inside: QWidget | None = area.widget()
        if inside is not None and area.isAncestorOf(panel):
            area.verticalScrollBar().setValue(panel.mapTo(inside, QPoint(0, -20)).y())


def _levels(window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("settings"), LevelsArrived((LEVELS,)), EvidenceArrived("30", EVIDENCE))
    look(window)
    look(window)


def _read_only(window: MainWindow, store: Store) -> None:
    say(store, SignedIn(made.session(role="supervisor")))
    _levels(window, store)


def _empty(window: MainWindow, store: Store) -> None:
    say(store, WorkspaceChosen("settings"), LevelsArrived(()), EvidenceArrived("30", None, "The core does not answer."))
    look(window)


def _offline(window: MainWindow, store: Store) -> None:
    _levels(window, store)
    say(store, ConnectionChanged("offline", made.NOW - timedelta(seconds=70), "The core does not answer."))
    window.refresh.flush()


def _raise(window: MainWindow, store: Store) -> None:
    _levels(window, store)
    window.levels.wanted("sign", made.BRAND, ADDRESS)
    wanted = LevelWanted(made.BRAND, ADDRESS, "autonomous")
    shown = preview(ADDRESS, "autonomous", "approval_gated", first=STATEMENT)
    say(store, LevelThoughtOf(wanted), LevelForeseen(wanted, shown))


def _refused(window: MainWindow, store: Store) -> None:
    _levels(window, store)
    window.levels.wanted("change", made.BRAND, ADDRESS)
    wanted = LevelWanted(made.BRAND, ADDRESS, "approval_gated")
    obstacle = LevelObstacle(code="same_person", sentence="You have signed this already.")
    shown = preview(ADDRESS, "approval_gated", "autonomous", obstacles=(obstacle,), lapses=("p_1", "p_2"), required_people=1)
    say(store, LevelThoughtOf(wanted), LevelForeseen(wanted, shown))


SCENES: dict[str, Scene] = {
    "levels": _levels,
    "levels-read-only": _read_only,
    "levels-empty": _empty,
    "levels-offline": _offline,
    "levels-raise": _raise,
    "levels-refused": _refused,
}
