"""`make bench [WORD…]`: run every `bench_*.py` beside this file and print one table.

A bench is a module with `def run() -> list[Figure]`. One that raises is named at the end and makes the exit code 1; the
others still run. Words on the command line choose the benches whose name is one of them, or else contains one.
"""

import importlib
import logging
import platform
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import structlog

from tests.bench.figure import Figure

FOLDER = Path(__file__).parent
HEADINGS = ("what", "median", "smallest", "largest", "unit", "beside", "ratio")


def discover(folder: Path, words: Sequence[str]) -> list[str]:
    """Answer the names of the benches to run, in alphabetical order.

    Args:
        folder: Where `bench_*.py` files are.
        words: Keep names that are one of these, and those that contain one that is no name; empty keeps all.
    """
    names = sorted(path.stem for path in folder.glob("bench_*.py"))
    # Whoever names one bench does not want the one of a million conversations as well, because its name begins alike.
    return [name for name in names if not words or any(word == name if word in names else word in name for word in words)]


def row(figure: Figure) -> tuple[str, ...]:
    """Answer one line of the table."""
    if not figure.samples:
        return (figure.name, "", "", "", "", figure.beside, "")
    low, high = figure.spread
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}×"
    numbers = (f"{value:,.3f}" for value in (figure.median, low, high))
    return (figure.name, *numbers, figure.unit, figure.beside, ratio)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under their headings; numbers stand right, words left."""
    lines = [HEADINGS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    right = {1, 2, 3, 6}

    def lay(line: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([lay(HEADINGS), "  ".join("─" * width for width in widths), *map(lay, rows)])


def main(words: Sequence[str]) -> int:
    """Run the benches and print the table; 0 when all of them ran."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    names = discover(FOLDER, words)
    rows: list[tuple[str, ...]] = []
    broken: list[str] = []
    for name in names:
        try:
            figures: list[Figure] = importlib.import_module(f"tests.bench.{name}").run()
            rows += [row(figure) for figure in figures]
        except Exception:  # noqa: BLE001 - one broken bench must not hide the figures of the others
            traceback.print_exc()
            broken.append(name)
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    print(table(rows) if rows else "no bench ran")
    if broken:
        print(f"broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
