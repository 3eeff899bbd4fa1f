"""Workspaces that are not built yet: each says in one line what will stand there, and shows what it can count already."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.state.app_state import WorkspaceKey
from console.theme.controller import Theme
from console.widgets.empty_state import EmptyState, empty_place
from console.workspaces.workspace import Workspace


class ComingWorkspace(Workspace):
    """A place that is still to come."""

    def __init__(self, theme: Theme, place: WorkspaceKey, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.key = place
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(EmptyState(theme, empty_place(place)))
