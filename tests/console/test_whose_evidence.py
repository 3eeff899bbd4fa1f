"""A card names the customer whose order it is where they are the one talked with; what is signed is one rest away (R-C3)."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_core.contract.views import AskCard, EvidenceShown
from console.presenting.approval import approval_props
from console.state.app_state import AppState
from console.theme.controller import Theme
from console.widgets.approval_card import ApprovalCard
from console.widgets.plain_label import PlainLabel
from tests.console import made

pytestmark = pytest.mark.qt


def card(**changes: object) -> AskCard:
    owner = EvidenceShown(
        key="order.NW-88213.customer", label="Order belongs to customer", value="cus_9f31", source="get_order",
        source_seq=9, read_at=made.NOW, this_customer=True,
    )  # fmt: skip
    return made.ask(1, evidence=(owner.model_copy(update=changes),))


def shown(qtbot: QtBot, qapp: QApplication, about: AskCard) -> dict[str, str]:
    """What the card's labels say, each with its tip."""
    theme = Theme("light")
    theme.install(qapp)
    widget = ApprovalCard(theme, approval_props(AppState(now=made.NOW), about))
    qtbot.addWidget(widget)
    return {one.whole_text(): one.toolTip() for one in widget.findChildren(PlainLabel)}


def test_R_C3_this_customer_is_called_by_name_and_the_signed_id_is_in_the_tip(qapp: QApplication, qtbot: QtBot) -> None:
    said = shown(qtbot, qapp, card())
    assert said["Order belongs to customer: this customer (Amara Okafor)"] == "<span>Signed as cus_9f31</span>"


def test_R_C3_somebody_elses_order_and_a_changed_owner_show_the_ids(qapp: QApplication, qtbot: QtBot) -> None:
    assert "Order belongs to customer: cus_9f31" in shown(qtbot, qapp, card(this_customer=False))
    assert "Order belongs to customer: cus_1 → cus_9f31" in shown(qtbot, qapp, card(changed_from="cus_1"))
