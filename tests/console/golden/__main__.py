"""`python -m tests.console.golden`: compares the golden pictures with the window; `--accept` draws them anew.

It must never accept by itself: whoever redraws has looked at what changed.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.console.golden.compare import difference, draw_difference
from tests.console.golden.drawing import CALIBRATION, FOLDER, SCENES, THEMES, calibration, drawn, stored


def main(arguments: Iterable[str]) -> int:
    """Compare, or accept.

    Returns:
        0 when nothing differs or everything was accepted, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.console.golden", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="what is drawn now is what is wanted")
    parser.add_argument("--only", action="append", choices=SCENES, help="all of them, when none is named")
    parser.add_argument("--out", type=Path, default=Path("build/golden"), help="where differences are drawn")
    options = parser.parse_args(list(arguments))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    application = QApplication.instance() or QApplication([])
    if not isinstance(application, QApplication):
        return 1
    differs = False
    for scene in options.only or SCENES:
        for theme in THEMES:
            picture, path = drawn(application, scene, theme), stored(scene, theme)
            kept = QImage(str(path)) if path.is_file() else QImage()
            found = difference(kept, picture)
            if not found:
                continue
            if options.accept:
                picture.save(str(path), None, 0)
                sys.stdout.write(f"accepted {path.name}\n")
                continue
            differs = True
            if not kept.isNull():
                sheet = options.out / path.name
                draw_difference(kept, picture, found, sheet)
                sys.stdout.write(f"differs: {path.name}, {found.pixels} pixels, drawn in {sheet}\n")
            else:
                sys.stdout.write(f"missing: {path.name}\n")
    if options.accept and not options.only:
        calibration(application).save(str(CALIBRATION), None, 0)
        wanted = {CALIBRATION} | {stored(scene, theme) for scene in SCENES for theme in THEMES}
        for left in set(FOLDER.glob("*.png")) - wanted:
            left.unlink()
    return int(differs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
