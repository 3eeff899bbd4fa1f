"""Every text a person sees is in the catalogue, and is read when it is shown, so that it can be said in another language.

See `console.language`. A sentence in a widget, or one that is read while a module is imported, stays English for ever.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_files import ROOT

CONSOLE = ROOT / "console"
TEXTS = {"strings", "words", "sentences"}
NOT_SHOWN = {
    # Started from a terminal, where the core's commands speak English too, or read by developers only.
    "crash_report.py", "__main__.py", "demo.py", "demo_acts.py", "demo_person.py", "headless/example_approve.py",
    "headless/on_call.py",
}  # fmt: skip
NOT_SHOWN_FOLDERS = ("widgets/gallery/", "language/", "theme/")
NAMES = {
    # Names of keys, of typefaces and of the toolkit's styles are no texts.
    "Enter", "Escape", "Esc", "Space", "Fusion", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Color Emoji",
    "Apple Color Emoji", "Segoe UI Emoji", "Inter", "JetBrains Mono", "Plaintext",
    # A header of HTTP, and what a developer is shown of a key store.
    "Bearer ", " kept)",
}  # fmt: skip
SENTENCE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}|\A[A-Z][a-z]{2,}[.…]?\Z")
STYLE = re.compile(r"\b(color|background|border|padding|margin|font)[a-z-]*: ")
PART = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,} | [^\W\d_]{2,}(?![\w:])")


def is_texts(path: Path) -> bool:
    return path.stem in TEXTS or path.stem.startswith("texts_")


def shown_files() -> list[Path]:
    files = sorted(CONSOLE.rglob("*.py"))
    inside = [(one, one.relative_to(CONSOLE).as_posix()) for one in files if not is_texts(one)]
    return [one for one, name in inside if name not in NOT_SHOWN and not name.startswith(NOT_SHOWN_FOLDERS)]


def _not_said(tree: ast.Module) -> set[int]:
    """The strings nobody is shown: docstrings, types, patterns, style sheets, and the detail of errors of our own."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                skipped.add(id(node.value))
            case ast.Call(
                func=ast.Name(id="TypeVar" | "AssetMissing" | "NotImplementedError" | "AssertionError" | "RuntimeError")
            ):
                skipped |= {id(one) for one in ast.walk(node)}
            case ast.Call(func=ast.Name(id="_say"), args=[name, *_]):  # the name of a text in a table of texts
                skipped |= {id(one) for one in ast.walk(name)}
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                skipped |= {id(one) for one in ast.walk(node)}
            case ast.Subscript() | ast.AnnAssign():
                typed = node.slice if isinstance(node, ast.Subscript) else node.annotation
                skipped |= {id(one) for one in ast.walk(typed)}
            case ast.arg(annotation=ast.expr()) | ast.FunctionDef(returns=ast.expr()):
                typed = node.annotation if isinstance(node, ast.arg) else node.returns
                skipped |= {id(one) for one in ast.walk(typed)} if typed is not None else set()
            case ast.Assert(msg=ast.expr()):
                skipped |= {id(one) for one in ast.walk(node.msg)} if node.msg is not None else set()
            case ast.keyword(arg="detail"):
                skipped |= {id(one) for one in ast.walk(node)}
            case _:
                pass
    return skipped


def literal_texts(source: str) -> Iterator[tuple[int, str]]:
    """Every literal of a module that reads like words for people, with its line."""
    tree = ast.parse(source)
    skipped = _not_said(tree)
    parts = {id(one) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
            if (
                text not in NAMES
                and not STYLE.search(text)
                and (SENTENCE.search(text) or (id(node) in parts and PART.search(text)))
            ):
                yield node.lineno, text


def read_at_import(source: str) -> Iterator[tuple[int, str]]:
    """Every text that is taken while a module is imported, or by its name for good."""
    tree = ast.parse(source)
    modules = {
        one.asname or one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"console", "console.state"}
        for one in node.names
        if one.name in TEXTS or one.name.startswith("texts_")
    }

    def visit(node: ast.AST) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
                yield from visit(default)
            return
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules and name.isupper():
                yield node.lineno, f"{module}.{name}"
            case _:
                pass
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            module = node.module.rpartition(".")[2]
            if node.module.startswith("console.") and (module in TEXTS or module.startswith("texts_")):
                yield from ((node.lineno, f"from {module} import {one.name}") for one in node.names if one.name.isupper())
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    yield from visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.col_offset:
            yield from visit(node)


def held_texts(source: str) -> Iterator[str]:
    """Every name that a module of texts holds and does not use itself."""
    tree = ast.parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    held = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    held |= {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    return iter(sorted(held - used))


def read_texts(source: str) -> Iterator[tuple[str, str]]:
    """Every text that a module reads: whose it is, and its name."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None]
    named = {
        one.asname or one.name: one.name
        for node in imports
        if node.module in {"console", "console.state"}
        for one in node.names
        if is_texts(Path(one.name))
    }
    for node in imports:
        module = (node.module or "").rpartition(".")[2]
        if is_texts(Path(module)):
            yield from ((module, one.name) for one in node.names)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in named:
                yield named[module], name
            case _:
                pass


def test_no_part_of_the_window_holds_a_sentence() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in shown_files()
        for line, text in literal_texts(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "texts belong into console/texts_<topic>.py:\n" + "\n".join(found)


def test_texts_are_read_when_they_are_shown() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in shown_files()
        for line, text in read_at_import(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "read at import, so never in another language:\n" + "\n".join(found)


def test_no_text_is_translated_that_nobody_is_shown() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(CONSOLE.rglob("*.py"))}
    read = {one for source in sources.values() for one in read_texts(source)}
    found = [
        f"{path.stem}.{name}"
        for path, source in sources.items()
        if is_texts(path)
        for name in held_texts(source)
        if (path.stem, name) not in read
    ]
    assert found == [], "nothing reads these:\n" + "\n".join(found)


def test_the_rules_find_what_they_are_for() -> None:
    said = 'def f(n, name):\n    """A doc string."""\n'
    said += '    return f"{n} left" + "Tool failing" + f"conversation:{name}" + "x-y"\n'
    assert {text for _, text in literal_texts(said)} == {" left", "Tool failing"}
    taken = "from console.words import BACK\nfrom console import words\nX = words.YES\n"
    taken += "def f(a=words.NO):\n    return words.FINE\n"
    assert [text for _, text in read_at_import(taken)] == ["from words import BACK", "words.YES", "words.NO"]
    kept = "A, B = 'a', 'b'\nC: Final = {'c': B}\ndef say():\n    return C\n"
    assert list(held_texts(kept)) == ["A", "say"]
    assert set(read_texts("from console import texts_x as t, words\nfrom console.words import say\nt.A, words.B\n")) == {
        ("texts_x", "A"), ("words", "B"), ("words", "say"),
    }  # fmt: skip
