"""The console never blocks for a person, and never takes an outside string for anything but plain text (DESIGN §7).

Qt's labels, buttons, tooltips and boxes guess whether a text is HTML, and customers write HTML. So a label is made in one
factory that says plain text, or says so itself in the same function.
"""

import ast
from collections.abc import Callable, Iterable

import pytest

from tests.architecture.source_files import called_name, calls, place, python_files, tree

CONSOLE = python_files("console")
GUESSING = frozenset({"QLabel", "QTextEdit", "QTextBrowser", "QMessageBox", "QErrorMessage"})
"""Widgets that would draw markup they are given as text."""
RICH = frozenset({"setHtml", "insertHtml", "appendHtml", "setMarkdown", "insertMarkdown", "fromHtml", "toHtml"})
APPLICATION_NAMES = frozenset({"app", "application", "qapp", "QApplication", "QCoreApplication", "QGuiApplication"})


def places(find: Callable[[ast.Module], Iterable[ast.expr]], but: str = "") -> list[str]:
    """Answer where in the console a rule is broken, leaving out the folder called `but`."""
    return [place(path, node) for path in CONSOLE if but not in path.parts for node in find(tree(path))]


def calls_of(*names: str) -> Callable[[ast.Module], list[ast.expr]]:
    return lambda module: [call for call in calls(module) if called_name(call) in names]


def blocking(module: ast.Module) -> list[ast.expr]:
    """Answer every `.exec()` but the application's own."""
    found: list[ast.expr] = []
    for call in calls(module):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"exec", "exec_"}:
            owner = call.func.value
            if not (isinstance(owner, ast.Name) and owner.id in APPLICATION_NAMES):
                found.append(call)
    return found


def test_no_dialog_blocks_the_loop() -> None:
    """`.exec()` inside a coroutine breaks every other task (tests/qt/test_loop.py shows it)."""
    assert not places(blocking)


def test_no_static_dialog_asks_and_waits() -> None:
    asking = ("getText", "getItem", "getInt", "getDouble", "getMultiLineText", "getColor", "getFont")
    files = ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory")
    assert not places(calls_of(*asking, *files, "waitForFinished", "waitForStarted"))


def test_events_are_never_processed_by_hand() -> None:
    """It would run other code in the middle of this one; wait for a state instead.

    The widget gallery draws pictures without a loop of its own, so nothing else can run there.
    """
    assert not places(calls_of("processEvents", "msleep"), but="gallery")


def says_plain_text(body: ast.AST) -> bool:
    plain = {"PlainText", "setPlainText"}
    return any(isinstance(node, ast.Attribute) and node.attr in plain for node in ast.walk(body))


def functions(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def unsafe_labels(module: ast.Module) -> list[ast.expr]:
    """Answer where a guessing widget is made, or subclassed, by code that does not say plain text itself."""
    safe = {id(call) for function in functions(module) if says_plain_text(function) for call in calls(function)}
    found: list[ast.expr] = [
        call for call in calls(module) if called_name(call) in GUESSING - {"QTextEdit"} and id(call) not in safe
    ]
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and not says_plain_text(node):
            bases = [base for base in node.bases if isinstance(base, ast.Name | ast.Attribute)]
            found += [base for base in bases if (base.id if isinstance(base, ast.Name) else base.attr) in GUESSING]
    return found


def rich(module: ast.Module) -> list[ast.expr]:
    kinds = {"RichText", "AutoText", "MarkdownText"}
    return [node for node in ast.walk(module) if isinstance(node, ast.Attribute) and node.attr in kinds]


def guessing_tips(module: ast.Module) -> list[ast.expr]:
    """Answer where a tooltip is set that is neither a literal of ours nor made plain.

    Tooltips guess like labels and have no switch, so the one function that may set outside text has `plain` in its name
    (it escapes), or the text is the answer of one that has.
    """
    wrapped = {id(call) for function in functions(module) if "plain" in function.name for call in calls(function)}
    found: list[ast.expr] = []
    for call in calls(module):
        if called_name(call) in {"setToolTip", "setWhatsThis"} and call.args and id(call) not in wrapped:
            text = call.args[-1]
            if not (isinstance(text, ast.Constant) or (isinstance(text, ast.Call) and "plain" in called_name(text))):
                found.append(call)
    return found


OWN_PAGES = "console/shell/guide.py"
"""The user guide: it shows files of the installation alone, without HTML, and finds no other picture than theirs."""


def elsewhere(found: list[str]) -> list[str]:
    return [place for place in found if not place.startswith(f"{OWN_PAGES}:")]


def test_every_label_says_that_its_text_is_plain() -> None:
    assert not elsewhere(places(unsafe_labels))


def test_nothing_is_ever_set_as_rich_text() -> None:
    assert not elsewhere(places(calls_of(*RICH)))
    assert not places(rich)


def test_every_tooltip_is_made_plain() -> None:
    assert not places(guessing_tips)


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("def f():\n    return QLabel('x')", 1),
        ("def f():\n    label = QtWidgets.QLabel()\n    label.setTextFormat(Qt.TextFormat.PlainText)\n    return label", 0),
        ("class Name(QLabel):\n    pass", 1),
        ("class Name(QLabel):\n    def __init__(self):\n        self.setTextFormat(Qt.TextFormat.PlainText)", 0),
        ("label = QLabel()", 1),
        ("def f():\n    return plain_label('x')", 0),
    ],
)
def test_the_rule_about_labels_can_fail(text: str, bad: int) -> None:
    assert len(unsafe_labels(ast.parse(text))) == bad


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("dialog.exec()", 1),
        ("menu.exec_()", 1),
        ("app.exec()", 0),
        ("QApplication.exec()", 0),
    ],
)
def test_the_rule_about_blocking_can_fail(text: str, bad: int) -> None:
    assert len(blocking(ast.parse(text))) == bad


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("def f():\n    w.setToolTip(name)", 1),
        ("w.setToolTip(f'{name}')", 1),
        ("w.setToolTip('Approve')", 0),
        ("w.setToolTip(plain_tip(name))", 0),
        ("def set_plain_tip(w, text):\n    w.setToolTip(escape(text))", 0),
    ],
)
def test_the_rule_about_tooltips_can_fail(text: str, bad: int) -> None:
    assert len(guessing_tips(ast.parse(text))) == bad
