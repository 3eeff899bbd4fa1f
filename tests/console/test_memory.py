"""The place a person left is found again: workspace, conversation, filter, scroll; a file of anything is no harm (R-M8)."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import EVERYTHING, RowFilter
from console.shell.memory import Memory
from console.state.app_state import AppState
from console.state.finding import Finding
from console.state.listing import Narrowing
from tests.console import made

pytestmark = pytest.mark.qt


def test_R_M8_the_place_is_found_again(tmp_path: Path, qapp: QApplication) -> None:
    left = AppState(
        now=made.NOW, workspace="audit", bucket="human", brand=BrandId("northwind"), wanted=made.conversation(3),
        ask=made.ask(3).ask, search="amara okafor",
        narrowing=Narrowing(wanted=RowFilter(channels=("email",), flagged=True)),
        finding=Finding(recent=(f"conversation:{made.conversation(3)}", "go:audit", "setting:theme")),
    )  # fmt: skip
    memory = Memory(tmp_path / "console.ini")
    memory.keep(left)
    window = QWidget()
    memory.keep_layout(window, {}, "m17")
    window.deleteLater()
    again = Memory(tmp_path / "console.ini")
    found = again.restored(AppState(now=made.NOW))
    assert (found.workspace, found.bucket, found.brand, found.wanted, found.ask) == (
        "audit", "human", "northwind", made.conversation(3), made.ask(3).ask,
    )  # fmt: skip
    assert found.narrowing.wanted == left.narrowing.wanted
    assert found.finding.recent == left.finding.recent
    assert again.place() == "m17"
    assert found.search == ""
    assert "okafor" not in (tmp_path / "console.ini").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "hostile",
    [
        "conversation=../../etc/passwd\nask=<b>x</b>\nplace=\x1b[31m\nrecent=do:pause\nfilter=nonsense\nworkspace=moon",
        "conversation=c_1?brand=other\nask=a 1\nrecent=conversation:x y\nfilter=countersign-view\nbucket=",
        "\x00\x01\x02[[[=\n" * 40,
        "recent=" + "go:live\\n" * 5_000,
        "conversation=" + "c_" + "a" * 5_000,
    ],
)
def test_a_file_of_anything_is_no_harm(hostile: str, tmp_path: Path, qapp: QApplication) -> None:
    path = tmp_path / "console.ini"
    path.write_bytes(b"[General]\n" + hostile.encode())
    memory = Memory(path)
    found = memory.restored(AppState(now=made.NOW))
    assert found.wanted is None
    assert found.ask is None
    assert found.narrowing.wanted == EVERYTHING
    assert found.workspace == "live"
    assert set(found.finding.recent) <= {"go:live"}
    assert memory.place().isprintable()
