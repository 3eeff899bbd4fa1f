"""The user guide over the window."""

from console.shell.window import MainWindow
from console.state.store import Store
from tests.console.scene import Scene


def _guide(page: str) -> Scene:
    def scene(window: MainWindow, _store: Store) -> None:
        window.guide.show_page(page)

    return scene


SCENES: dict[str, Scene] = {"guide": _guide("start"), "guide-keys": _guide("approvals")}
