"""One declared setting: its name, what it is for, and a control of its kind; told how it stands, it tells what is wanted.

It never sets anything by itself, and what is typed and not understood is said beside it and changes nothing.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from console import texts_settings
from console.theme.controller import Theme
from console.theme.fonts import BODY, BODY_MEDIUM, SMALL, font
from console.widgets.plain_label import PlainLabel
from console.widgets.segmented import Segment, Segmented, SegmentedProps
from console.widgets.toggle import Toggle

_FIELD_WIDTH = 132
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class SettingProps:
    """A setting as it stands.

    Attributes:
        key: Which one.
        label: Its name.
        why: What it is for.
        control: How it is set.
        value: How it stands: a key of `options`, `on` or `off`, or what the field shows.
        options: Keys and words of a choice.
        enabled: Whether it means anything now.
    """

    key: str
    label: str
    why: str
    control: Literal["choice", "switch", "field"]
    value: str
    options: tuple[tuple[str, str], ...] = ()
    enabled: bool = True


class _Field(QLineEdit):
    """Gives back what stood there with Escape."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.left.emit()
            return
        super().keyPressEvent(event)


class SettingRow(QWidget):
    """The row.

    Signals:
        chosen(str, str): The key, and what is wanted: a key of the options, `on`, `off`, or what was typed.
    """

    chosen = Signal(str, str)

    def __init__(self, theme: Theme, props: SettingProps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.props = props
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(PlainLabel(theme, props.label, BODY_MEDIUM))
        said.addWidget(PlainLabel(theme, props.why, SMALL, ink="quiet", wrap=True))
        self.problem = PlainLabel(theme, "", SMALL, tone="warn", wrap=True)
        self.problem.hide()
        said.addWidget(self.problem)
        row.addLayout(said, 1)
        self.control = self._made(theme, props)
        row.addWidget(self.control, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self.set_props(props)

    def _made(self, theme: Theme, props: SettingProps) -> QWidget:
        match props.control:
            case "choice":
                choice = Segmented(theme, SegmentedProps(props.label, (), ""))
                choice.chosen.connect(self._tell)
                return choice
            case "switch":
                switch = Toggle(theme, props.label)
                switch.clicked.connect(self._turned)
                return switch
            case "field":
                field = _Field()
                field.setFont(font(BODY))
                field.setFixedSize(_FIELD_WIDTH, 34)
                field.setMaxLength(_LONGEST)
                field.setAlignment(Qt.AlignmentFlag.AlignRight)
                field.setAccessibleName(props.label)
                field.setAccessibleDescription(props.why)
                field.editingFinished.connect(self._typed)
                field.left.connect(self._given_back)
                return field

    def set_props(self, props: SettingProps) -> None:
        """Show how it stands now; what is being typed is left alone."""
        self.props = props
        control = self.control
        control.setEnabled(props.enabled)
        if isinstance(control, Segmented):
            control.set_props(SegmentedProps(props.label, tuple(Segment(*one) for one in props.options), props.value))
            control.setMinimumWidth(control.minimumSizeHint().width() + 24)
        elif isinstance(control, Toggle):
            control.setChecked(props.value == "on")
            said = texts_settings.ON if props.value == "on" else texts_settings.OFF
            control.setAccessibleName(texts_settings.SETTING_SPOKEN.format(label=props.label, value=said))
        elif isinstance(control, _Field) and not (control.hasFocus() and control.isModified()):
            control.setText(props.value)

    def object_to(self, sentence: str) -> None:
        """Say why what was typed does not count; empty when it does."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _turned(self, on: bool) -> None:
        self._tell("on" if on else "off")

    def _typed(self) -> None:
        field = self.control
        if isinstance(field, QLineEdit) and field.isModified():
            field.setModified(False)
            self._tell(field.text())

    def _given_back(self) -> None:
        if isinstance(self.control, QLineEdit):
            self.control.setText(self.props.value)
        self.object_to("")

    def _tell(self, wanted: str) -> None:
        self.chosen.emit(self.props.key, wanted)
