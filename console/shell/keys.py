"""Plain keys and the names workspaces know them by; whether a person is writing now (R-M2).

A plain key acts only when nobody is writing: text fields keep theirs, and an open question keeps them all.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_NAMED = {Qt.Key.Key_Return: "Enter", Qt.Key.Key_Enter: "Enter", Qt.Key.Key_Escape: "Escape", Qt.Key.Key_Space: "Space"}
_SIGNS = {Qt.Key.Key_Slash: "/", Qt.Key.Key_Question: "?"}
_HELD = frozenset({Qt.Key.Key_J, Qt.Key.Key_K})


def is_writing(widget: QWidget | None) -> bool:
    """Whether the keyboard is in something one writes into, even if it cannot be written to right now."""
    return isinstance(widget, QLineEdit | QPlainTextEdit)


def plain_key(event: QKeyEvent) -> str | None:
    """The name of a plain key: a letter, `Shift+` one, `/`, `?`, `Enter`, `Escape`, `Space`; None with Ctrl, Alt or Meta."""
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    if held != Qt.KeyboardModifier.NoModifier:
        return None
    if event.isAutoRepeat() and event.key() not in _HELD:
        # Holding a key down moves on; it never decides twice.
        return None
    named = _NAMED.get(Qt.Key(event.key()))
    if named is not None:
        return named
    if event.text() in {"/", "?"}:
        return event.text()
    sign = _SIGNS.get(Qt.Key(event.key()))
    if sign is not None:
        return sign
    if Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return chr(event.key())
    if Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z:
        return f"Shift+{chr(event.key())}"
    return None
