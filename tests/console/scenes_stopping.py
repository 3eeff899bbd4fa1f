"""Scenes of stopping one workflow: the form with what stops, a workflow that is paused, by whom, and its resume (R-M3)."""

from datetime import timedelta

from agent_core.contract.ids import OperatorId, WorkflowName
from agent_core.contract.stopping import PausedWorkflow, Stopped, WorkflowReach, WorkflowReachAnswer
from agent_core.contract.views import CoreShown
from console.shell.window import MainWindow
from console.state.happenings import DetailArrived, FeedArrived
from console.state.stopping import ReachArrived
from console.state.store import Store
from tests.console import made
from tests.console.scene import Scene, say

REFUND = WorkflowName("refund_order")
WHERE = WorkflowName("where_is_my_order")
CANCEL = WorkflowName("cancel_subscription")
PAUSED = PausedWorkflow(
    workflow=REFUND, title="Refund an order", since=made.NOW - timedelta(minutes=14), by=OperatorId("o_ines"),
    by_name="Ines Roth",
)  # fmt: skip
STOPPED = Stopped(since=made.NOW - timedelta(minutes=14), by=OperatorId("o_ines"), by_name="Ines Roth")
HERE = PausedWorkflow(workflow=WHERE, title="Where is my order", since=made.NOW - timedelta(minutes=2))
REACH = WorkflowReachAnswer(
    brand=made.BRAND,
    workflows=(
        WorkflowReach(workflow=CANCEL, title="Cancel a subscription", conversations=12, asks=0),
        WorkflowReach(workflow=REFUND, title="Refund an order", conversations=41, asks=3),
        WorkflowReach(workflow=WHERE, title="Where is my order", conversations=0, asks=0),
    ),
)
LONG = "A workflow whose name somebody wrote as if it were a whole sentence about everything that it might ever be asked for"


def core(*paused: PausedWorkflow) -> CoreShown:
    """The core, with some workflows paused."""
    known = made.core()
    return made.core(brands=tuple(one.model_copy(update={"paused_workflows": paused}) for one in known.brands))


def tell(store: Store, *paused: PausedWorkflow) -> None:
    """The core says which workflows are paused; rows and the open conversation have them."""
    row = made.row(1, customer_name="Amara Okafor", label="awaiting_approval", workflows=(REFUND, WHERE))
    detail = made.detail(1)
    say(store, FeedArrived(made.answer(reset=False, core=core(*paused), rows=(row,)), made.NOW))
    shown = detail.row.model_copy(update={"workflows": (REFUND, WHERE), "version": detail.row.version + 1})
    say(store, DetailArrived(detail.model_copy(update={"row": shown})))


def _form(window: MainWindow, store: Store) -> None:
    tell(store)
    window.carry_out("stop:northwind/refund_order")
    say(store, ReachArrived(made.BRAND, REACH))
    window.refresh.flush()


def _one(_window: MainWindow, store: Store) -> None:
    tell(store, PAUSED)


def _two(window: MainWindow, store: Store) -> None:
    tell(store, PAUSED.model_copy(update={"title": LONG}), HERE)
    window.refresh.flush()


def _again(window: MainWindow, store: Store) -> None:
    tell(store, PAUSED)
    window.refresh.flush()
    window.carry_out("stop:northwind/refund_order")


def _chosen_from(window: MainWindow, store: Store) -> None:
    tell(store, PAUSED)
    window.carry_out("stop:northwind/")
    paused = REACH.workflows[1].model_copy(update={"paused": PAUSED})
    shown = (REACH.workflows[0].model_copy(update={"title": LONG}), paused, REACH.workflows[2])
    say(store, ReachArrived(made.BRAND, REACH.model_copy(update={"workflows": shown})))
    window.refresh.flush()


def _brands(_window: MainWindow, store: Store) -> None:
    """Two brands are stopped by themselves, one of them by somebody who is not known here."""
    first = made.core().brands[0].model_copy(update={"paused": True, "stopped": STOPPED, "title": LONG})
    second = first.model_copy(update={"brand": "lumen", "title": "Lumen", "stopped": STOPPED.model_copy(
        update={"by": None, "by_name": ""})})  # fmt: skip
    third = second.model_copy(update={"brand": "third", "title": "Third", "paused": False})
    say(store, FeedArrived(made.answer(reset=False, core=made.core(brands=(first, second, third))), made.NOW))


SCENES: dict[str, Scene] = {
    "workflow-stop": _form,
    "workflow-choose": _chosen_from,
    "workflow-paused": _one,
    "workflows-paused": _two,
    "workflow-resume": _again,
    "brands-paused": _brands,
}
