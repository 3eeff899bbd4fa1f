"""`python -m tests.console.guide_pictures`: the pictures of the user guide, drawn by the real window in both themes.

Each is a state of `tests.console.states`, or the part of one that a page speaks about. It must never show a state that the
console cannot be in.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from console.shell.guide_pages import HELP
from console.theme.controller import Theme
from console.theme.tokens import ThemeName
from tests.console.states import draw

SIZE: Final = (1366, 768, 1.0)
THEMES: Final[tuple[ThemeName, ...]] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """One picture: a state, and the part of the window it shows (all of it without one)."""

    scene: str
    part: QRect | None = None


SHOTS: Final[dict[str, Shot]] = {
    "live": Shot("live"),
    "handoff": Shot("handoff", QRect(388, 54, 614, 620)),
    "approvals": Shot("approvals"),
    "edit": Shot("edit"),
    "difference": Shot("difference"),
    "triage": Shot("triage"),
    "audit": Shot("audit"),
    "paused": Shot("paused"),
    "workflow": Shot("workflow-paused"),
    "settings": Shot("settings"),
}


def take(application: QApplication, name: str, theme: Theme, folder: Path) -> Path:
    """Take one picture in the theme that is shown."""
    shot = SHOTS[name]
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole.png"
        draw(application, theme, shot.scene, SIZE, whole)
        picture = QImage(str(whole)).convertToFormat(QImage.Format.Format_RGB32)
    if shot.part is not None:
        picture = picture.copy(shot.part)
    target = folder / f"guide-{name}-{theme.name}.png"
    small(picture, rare=64).save(str(target), None, 0)
    return target


def small(picture: QImage, *, rare: int = 0) -> QImage:
    """The picture with 256 colours: interfaces are flat, and the files lie in the repository.

    Args:
        picture: In RGB.
        rare: How many of them are no frequent ones, but those farthest from all others: a small dot keeps its colour.
    """
    counted = Counter(memoryview(picture.constBits()).cast("I"))
    frequent = [colour for colour, _ in counted.most_common(256 - rare)]
    others = [colour for colour, count in counted.items() if count >= _SEEN and colour not in frequent]
    table = frequent + _farthest(others, frequent, rare)
    plain = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    return picture.convertToFormat(QImage.Format.Format_Indexed8, [colour | 0xFF00_0000 for colour in table], plain)


_SEEN = 4
"""Pixels a colour must have to be anything but the soft edge of something."""


def _farthest(others: list[int], known: list[int], most: int) -> list[int]:
    """Of the other colours those farthest from the known ones and from each other, one after another."""
    near = {one: min(_apart(one, each) for each in known) for one in others} if known and most else {}
    chosen: list[int] = []
    while near and len(chosen) < most:
        best = max(near, key=lambda one: near[one])
        chosen.append(best)
        del near[best]
        near = {one: min(apart, _apart(one, best)) for one, apart in near.items()}
    return chosen


def _apart(one: int, other: int) -> int:
    return sum(((one >> shift & 255) - (other >> shift & 255)) ** 2 for shift in (0, 8, 16))


def main(arguments: Iterable[str]) -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.console.guide_pictures", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(SHOTS), help="all of them, when none is named")
    parser.add_argument("--out", type=Path, default=HELP / "images")
    options = parser.parse_args(list(arguments))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    if not isinstance(application, QApplication):
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for chosen in THEMES:
        theme = Theme(chosen)
        theme.install(application)
        for name in options.only or SHOTS:
            sys.stdout.write(f"{take(application, name, theme, options.out)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
