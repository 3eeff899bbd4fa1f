"""The type of the console: Inter for reading, JetBrains Mono for what must be compared sign by sign.

Faces are values (`Face`); fonts and metrics are made once per face. Sizes are pixels, digits are tabular so that
numbers do not jump while they change. It must never fall back silently when a bundled file is missing.
"""

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from console.theme.assets import RESOURCES, AssetMissing


class Face(NamedTuple):
    """One way to set text: pixel size, weight (400 to 700), monospaced or not, extra letter spacing in pixels."""

    px: int
    weight: int = 400
    mono: bool = False
    spacing: float = 0.0


OVERLINE = Face(10, 600, spacing=0.5)
KEY = Face(10, 600)
CAPTION = Face(11)
CAPTION_MEDIUM = Face(11, 500)
SMALL = Face(12)
SMALL_MEDIUM = Face(12, 500)
SMALL_STRONG = Face(12, 600)
BODY = Face(13)
BODY_MEDIUM = Face(13, 500)
BODY_STRONG = Face(13, 600)
READING = Face(14)
TITLE = Face(15, 600)
HEADING = Face(17, 600)
FIGURE = Face(22, 600)
MONO = Face(12, 400, mono=True)
MONO_SMALL = Face(11, 400, mono=True)
MONO_MEDIUM = Face(12, 500, mono=True)

_FILES = (
    "Inter-Regular.ttf",
    "Inter-Medium.ttf",
    "Inter-SemiBold.ttf",
    "Inter-Bold.ttf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
)
_FALLBACKS = ["Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji"]


def load_fonts() -> None:
    """Register the bundled fonts with the running application; doing it again changes nothing.

    Raises:
        AssetMissing: If a bundled file is missing or not a font.
    """
    if {"Inter", "JetBrains Mono"} <= set(QFontDatabase.families()):
        registered = QFontDatabase.styles("Inter")
        if len(registered) >= 4:
            return
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / name)) < 0:
            raise AssetMissing(f"font not loaded: {name}")


@lru_cache(maxsize=128)
def font(face: Face) -> QFont:
    """Return the font of a face. The value is shared: do not change it."""
    made = QFont()
    made.setFamilies(["JetBrains Mono" if face.mono else "Inter", *_FALLBACKS])
    made.setPixelSize(face.px)
    made.setWeight(QFont.Weight(face.weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    if face.spacing:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, face.spacing)
    if not face.mono:
        made.setFeature(QFont.Tag("tnum"), 1)
        made.setFeature(QFont.Tag("cv11"), 1)
    return made


@lru_cache(maxsize=128)
def metrics(face: Face) -> QFontMetricsF:
    """Return the metrics of a face. The value is shared: do not change it."""
    return QFontMetricsF(font(face))


@lru_cache(maxsize=4096)
def text_width(text: str, face: Face) -> float:
    """Return how wide a single line of text is, in pixels."""
    return metrics(face).horizontalAdvance(text)
