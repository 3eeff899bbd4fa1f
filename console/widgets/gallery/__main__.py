"""`python -m console.widgets.gallery --out DIR`: writes the pictures, then says where they are.

Runs without a display. Each size and pixel ratio is rendered into its own picture, in both themes.
"""

import argparse
import os
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from console.theme.controller import Theme
from console.theme.tokens import ThemeName
from console.widgets.gallery.sheet import sheet
from console.widgets.gallery.window import GalleryWindow
from console.widgets.prompt_overlay import PromptOverlay, PromptProps
from console.widgets.toast import ToastProps, ToastStack

_SIZES: tuple[tuple[str, int, int, float], ...] = (
    ("1366x768", 1366, 768, 1.0),
    ("1600x1000", 1600, 1000, 1.0),
    ("1600x1000-2x", 1600, 1000, 2.0),
)
_THEMES: tuple[ThemeName, ...] = ("light", "dark")


def picture(widget: QWidget, ratio: float) -> QImage:
    """Render a widget at a device pixel ratio."""
    image = QImage(QSize(round(widget.width() * ratio), round(widget.height() * ratio)), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(widget.palette().window().color())
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    return image


def _settle(application: QApplication) -> None:
    for _ in range(60):
        application.processEvents()


def main(arguments: list[str]) -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m console.widgets.gallery", description="Pictures of every widget.")
    parser.add_argument("--out", type=Path, default=Path("build/gallery"))
    parser.add_argument("--theme", choices=_THEMES, action="append")
    options = parser.parse_args(arguments)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The offscreen platform complains once per window about hints it does not pass on.
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    application = QApplication.instance() or QApplication([])
    if not isinstance(application, QApplication):
        return 1
    for name in options.theme or _THEMES:
        theme = Theme(name)
        theme.install(application)
        for label, width, height, ratio in _SIZES:
            window = GalleryWindow(theme)
            window.resize(width, height)
            window.show()
            window.fit(width)
            window.listed.setFocus()
            _settle(application)
            picture(window, ratio).save(str(out / f"live-{name}-{label}.png"))
            if ratio == 1.0 and width > 1500:
                prompt = PromptOverlay(theme, window)
                ToastStack(theme, window).show_toast(
                    ToastProps("t", "Decision sent", "Refund 64.90 € leaves in 7 s.", "ok", "Undo")
                )
                _settle(application)
                picture(window, ratio).save(str(out / f"toast-{name}.png"))
                words = "No agent of any brand starts anything new. What already started finishes. Messages go to people."
                prompt.ask(
                    PromptProps("p", "Pause every agent?", words, "Pause all", "danger", "octagon-pause", "Reason", True,
                                "Works without your key. Resuming needs a signature.")
                )  # fmt: skip
                _settle(application)
                picture(window, ratio).save(str(out / f"prompt-{name}.png"))
            window.close()
            window.deleteLater()
        page = sheet(theme)
        page.show()
        _settle(application)
        page.adjustSize()
        _settle(application)
        picture(page, 1.0).save(str(out / f"sheet-{name}.png"))
        page.close()
        page.deleteLater()
        _settle(application)
    sys.stdout.write(f"{out.resolve()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
