"""Palette and style sheet made from the tokens, for the ordinary Qt parts: fields, menus, scroll bars, tooltips.

Everything else is painted. It must never hold a colour of its own.
"""

from PySide6.QtGui import QColor, QPalette

from console.theme.tokens import Tokens


def palette(tokens: Tokens) -> QPalette:
    """Return the application palette of a theme."""
    made = QPalette()
    role = QPalette.ColorRole
    colours = (
        (role.Window, tokens.ground),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.sunken),
        (role.Text, tokens.text),
        (role.Button, tokens.surface),
        (role.ButtonText, tokens.text),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.Highlight, tokens.accent.solid),
        (role.HighlightedText, tokens.accent.on_solid),
        (role.PlaceholderText, tokens.text_quiet),
        (role.Link, tokens.accent.text),
        (role.Accent, tokens.accent.solid),
        (role.Mid, tokens.line),
        (role.Midlight, tokens.sunken),
        (role.Dark, tokens.line_strong),
        (role.Light, tokens.raised),
        (role.Shadow, tokens.line_strong),
    )
    for where, colour in colours:
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(tokens.text_quiet))
    return made


def style_sheet(tokens: Tokens) -> str:
    """Return the application style sheet of a theme."""
    t = tokens
    return f"""
* {{ outline: 0; }}
QMainWindow, QWidget#window {{ background: {t.ground}; }}
QLineEdit, QPlainTextEdit {{
  background: {t.surface}; color: {t.text}; border: 1px solid {t.control}; border-radius: 8px; padding: 5px 10px;
  selection-background-color: {t.selection}; selection-color: {t.text};
}}
QLineEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {t.focus}; padding: 4px 9px; }}
QLineEdit:disabled, QPlainTextEdit:disabled {{ background: {t.sunken}; color: {t.text_quiet}; border-color: {t.line}; }}
QLineEdit[bare="true"], QPlainTextEdit[bare="true"] {{ background: transparent; border: 0; padding: 0; }}
QTextBrowser#guide-text {{ background: transparent; color: {t.text}; border: 0; }}
QListWidget#guide-pages {{ background: transparent; border: 0; color: {t.text_soft}; }}
QListWidget#guide-pages::item {{ padding: 7px 10px; border-radius: 7px; }}
QListWidget#guide-pages::item:hover {{ background: {t.hover}; }}
QListWidget#guide-pages::item:selected {{ background: {t.accent.soft}; color: {t.accent.text}; }}
QListView, QScrollArea {{ background: transparent; border: 0; }}
QTableView {{ background: transparent; border: 0; selection-background-color: transparent; }}
QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; }}
QSplitter::handle {{ background: {t.line}; }}
QSplitter::handle:hover {{ background: {t.focus}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {t.line_strong}; border-radius: 3px; min-height: 40px; }}
QScrollBar::handle:vertical:hover {{ background: {t.control}; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {t.line_strong}; border-radius: 3px; min-width: 40px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  height: 0; width: 0; background: transparent;
}}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong}; padding: 5px 8px; }}
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong}; padding: 6px; }}
QMenu::item {{ padding: 7px 18px 7px 14px; border-radius: 6px; }}
QMenu::item:selected {{ background: {t.accent.soft}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.text_quiet}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
"""
