"""A whole window of invented values: the shell around Live, as the application will stand.

It must never grow logic: what it shows is fixed.
"""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from console import strings
from console.theme.controller import Theme
from console.theme.fonts import SMALL, TITLE
from console.widgets.approval_card import ApprovalCard
from console.widgets.beliefs import BeliefsCard
from console.widgets.button import Button, ButtonProps
from console.widgets.card import SectionHeading, SectionProps
from console.widgets.composer import Composer, ComposerProps
from console.widgets.conversation_header import ConversationHeader
from console.widgets.conversation_list import ConversationList, ConversationRowProps
from console.widgets.gallery import samples
from console.widgets.nav_rail import NavRail
from console.widgets.pane import Pane, ScrollColumn
from console.widgets.plain_label import PlainLabel
from console.widgets.run_panels import WaitsForCard, WorkflowCard
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.widgets.status_bar import StatusBar
from console.widgets.top_bar import TopBar
from console.widgets.transcript.view import TranscriptView

_ROOT = QModelIndex()


class RowsModel(QAbstractListModel):
    """Rows that are values."""

    def __init__(self, rows: tuple[ConversationRowProps, ...]) -> None:
        super().__init__()
        self._rows = rows

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self._rows[index.row()].role(role) if index.isValid() else None


class GalleryWindow(QWidget):
    """The window."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("window")
        self.theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = TopBar(theme, samples.TOP)
        top.theme_wanted.connect(theme.toggle)
        column.addWidget(top)
        row = QHBoxLayout()
        row.setSpacing(0)
        rail = NavRail(theme)
        rail.set_count("approvals", 4)
        rail.set_count("triage", 1)
        row.addWidget(rail)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self._list(theme))
        split.addWidget(self._centre(theme))
        split.addWidget(self._side(theme))
        split.setStretchFactor(1, 1)
        self.split = split
        row.addWidget(split, 1)
        column.addLayout(row, 1)
        column.addWidget(StatusBar(theme, samples.STATUS))

    def fit(self, width: int) -> None:
        """Give the three panes the widths that suit a window."""
        side = 400 if width >= 1500 else 364
        listed = 348 if width >= 1500 else 296
        self.split.setSizes([listed, width - 76 - side - listed - 2, side])

    def _list(self, theme: Theme) -> QWidget:
        pane = Pane(theme)
        pane.setMinimumWidth(280)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 13, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 12, 0)
        head.setSpacing(8)
        head.addWidget(PlainLabel(theme, strings.CONVERSATIONS, TITLE))
        head.addWidget(PlainLabel(theme, "1,284", SMALL, ink="quiet"))
        head.addStretch(1)
        head.addWidget(Button(theme, ButtonProps("", "ghost", "list-filter", spoken=strings.FILTER, small=True)))
        column.addLayout(head)
        segments = (
            Segment("needs", "Needs you", "4"),
            Segment("agent", "Agent", "1.1k"),
            Segment("person", "Person", "61"),
            Segment("all", "All"),
        )
        box = QHBoxLayout()
        box.setContentsMargins(14, 0, 14, 0)
        box.addWidget(Segmented(theme, SegmentedProps(strings.FILTER, segments, "needs")))
        column.addLayout(box)
        listed = ConversationList(theme)
        self.listed = listed
        model = RowsModel(samples.ROWS)
        model.setParent(listed)
        listed.setModel(model)
        listed.step(1)
        column.addWidget(listed, 1)
        return pane

    @staticmethod
    def _centre(theme: Theme) -> QWidget:
        pane = Pane(theme, "ground")
        pane.setMinimumWidth(420)
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(ConversationHeader(theme, samples.HEADER))
        transcript = TranscriptView(theme)
        transcript.set_items(samples.TRANSCRIPT, fresh=True)
        column.addWidget(transcript, 1)
        column.addWidget(Composer(theme, ComposerProps("guidance")))
        return pane

    @staticmethod
    def _side(theme: Theme) -> QWidget:
        pane = Pane(theme, "sunken")
        pane.setMinimumWidth(320)
        outer = QVBoxLayout(pane)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = ScrollColumn(strings.BELIEVES, 14, 9)
        outer.addWidget(scroll)
        column = scroll.column
        column.addWidget(SectionHeading(theme, SectionProps("signature", strings.NEEDS_YOU, strings.waiting_count(2))))
        column.addWidget(ApprovalCard(theme, samples.APPROVAL))
        column.addSpacing(6)
        column.addWidget(SectionHeading(theme, SectionProps("hourglass", strings.WAITS_FOR)))
        column.addWidget(WaitsForCard(theme, samples.WAITS))
        column.addSpacing(6)
        column.addWidget(SectionHeading(theme, SectionProps("brain", strings.BELIEVES, "updated 4 s ago")))
        column.addWidget(BeliefsCard(theme, samples.BELIEFS))
        column.addSpacing(6)
        column.addWidget(SectionHeading(theme, SectionProps("activity", strings.WORKFLOW)))
        for workflow in samples.WORKFLOWS:
            column.addWidget(WorkflowCard(theme, workflow))
        column.addStretch(1)
        return pane
