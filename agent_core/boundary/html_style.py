"""What CSS makes of an element: whether a person would see its text (R-D1).

Only the properties by which text is hidden are computed, with inheritance and the cascade (importance, specificity,
order). Whatever cannot be read counts as visible: a customer's words must never vanish because their mail program
writes odd CSS. It must never load anything a style names. Sources: CSS 2.2 §6.4, CSS Color 4, WCAG 2.2 (relative
luminance).
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import tinycss2
from tinycss2 import color4

Colour = tuple[int, int, int]
Declarations = Mapping[str, str]
Reason = Literal[
    "", "not_displayed", "invisible", "transparent", "tiny_text", "colour_on_same_colour", "no_room", "off_screen",
    "comment", "conditional_comment", "alternative_text", "title_text", "never_shown",
]  # fmt: skip

TRACKED: Final = frozenset({
    "background", "background-color", "background-image", "bottom", "clip", "clip-path", "color", "content-visibility",
    "direction", "display", "filter", "font", "font-size", "height", "left", "margin-left", "max-height", "max-width",
    "opacity", "overflow", "overflow-x", "overflow-y", "position", "right", "scale", "text-indent", "top", "transform",
    "unicode-bidi", "visibility", "-webkit-text-fill-color", "white-space", "width", "zoom",
})  # fmt: skip

WHITE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (0, 0, 0)
_LINK: Final[Colour] = (0, 0, 238)
_NEAR_CHANNEL: Final = 48
_NEAR_LUMINANCE: Final = 1.2
_LEAST_ALPHA: Final = 0.06
_LEAST_PX: Final = 2.0
_FAR_PX: Final = 500.0
_SMALL_PX: Final = 1.0
_MOST_STYLE: Final = 4_000

_SIMPLE = re.compile(r"[^\\{}\"'/@]*\Z")
_LENGTH = re.compile(r"([+-]?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9}))(px|pt|pc|in|cm|mm|em|rem|ex|ch|%|vw|vh|)\Z")
_IN_PX: Final[Mapping[str, float]] = {
    "px": 1, "": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 37.8, "mm": 3.78, "rem": 16, "vw": 8, "vh": 8,
}  # fmt: skip
_FONT_WORDS: Final[Mapping[str, float]] = {
    "xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32,
}  # fmt: skip
_NEVER_SHOWN: Final = frozenset({
    "applet", "area", "audio", "base", "basefont", "canvas", "datalist", "head", "iframe", "link", "meta", "noembed",
    "noframes", "noscript", "object", "param", "rp", "script", "style", "template", "title", "video", "desc",
    "metadata",
})  # fmt: skip
_SPECIAL: Final = _NEVER_SHOWN | {"a", "bdo", "body", "dialog", "font", "listing", "pre", "textarea", "xmp"}
SPEAKING: Final = frozenset({"background", "bgcolor", "color", "dir", "hidden", "open", "text"})
"""Attributes that say how an element looks."""
_FUNCTION = re.compile(r"(?:calc|min|max)\(\s*([^()\s]+)\s*\)\Z")
_ZERO_SCALE = re.compile(r"scale(?:[xy]|3d)?\(\s*0*\.?0*[1-4]?\s*[,)]")
_MOVED = re.compile(r"translate(?:[xy]|3d)?\(\s*(-?[\d.]{1,9}(?:px|em|rem|pt|vw|vh|%)?)")
_NO_CLIP = re.compile(r"rect\(\s*(\d)(?:px)?[\s,]+(\d)(?:px)?[\s,]+(\d)(?:px)?[\s,]+(\d)(?:px)?\s*\)")
_NO_PATH = re.compile(
    r"(?:inset\(\s*(?:100|[5-9]\d)%|circle\(\s*0|polygon\(\s*0(?:px)?\s+0(?:px)?\s*(?:,\s*0(?:px)?\s+0(?:px)?\s*)+\))"
)
_NO_OPACITY = re.compile(r"opacity\(\s*(?:0*\.?0[0-5]?\d*|[0-5]%)\s*\)")
_IMAGE = re.compile(r"url\(|gradient\(|image\(|image-set\(")


@dataclass(frozen=True, slots=True)
class Paint:
    """How the text of an element looks.

    Attributes:
        gone: Why the whole subtree cannot be seen; empty when it can.
        shown: `visibility`; a child may say otherwise.
        ink: The text's colour over `back`; none when unknown.
        clear: The text's own colour is transparent.
        back: What lies behind; none when unknown, such as over an image.
        size: Font size in CSS pixels.
        kept: White space is kept as written.
        reordered: Text is shown against its own direction.
    """

    gone: Reason = ""
    shown: bool = True
    ink: Colour | None = BLACK
    clear: bool = False
    back: Colour | None = WHITE
    size: float = 16.0
    kept: bool = False
    reordered: bool = False

    @property
    def hidden(self) -> Reason:
        """Why a person cannot see text that stands right here; empty when they can."""
        if self.gone:
            return self.gone
        if not self.shown:
            return "invisible"
        if self.size < _LEAST_PX:
            return "tiny_text"
        if self.clear:
            return "transparent"
        if self.ink is not None and self.back is not None and _alike(self.ink, self.back):
            return "colour_on_same_colour"
        return ""


PAGE: Final = Paint()


def declarations(style: str) -> dict[str, tuple[str, bool]]:
    """The tracked declarations of a style: property -> (value in lower case, important). Later ones win."""
    found: dict[str, tuple[str, bool]] = {}
    for name, value, important in _pairs(style[:_MOST_STYLE]):
        if (name in TRACKED or name.startswith("--")) and value and (important or not found.get(name, ("", False))[1]):
            found[name] = (value, important)
    return found


_BRACKETS = re.compile(r"[][(){}]")
_MOST_NESTED: Final = 30


def nested_too_deeply(css: str) -> bool:
    """Whether brackets open more often than any real style's: the tokeniser's tree is read recursively."""
    depth = 0
    for found in _BRACKETS.finditer(css):
        depth = depth + 1 if found.group() in "([{" else max(0, depth - 1)
        if depth > _MOST_NESTED:
            return True
    return False


def _pairs(style: str) -> list[tuple[str, str, bool]]:
    if _SIMPLE.match(style) or nested_too_deeply(style):  # what nearly everybody writes needs no tokeniser
        pairs: list[tuple[str, str, bool]] = []
        for part in style.split(";"):
            name, colon, value = part.partition(":")
            if colon:
                value = value.strip().lower()
                plain = value.removesuffix("!important").rstrip()
                pairs.append((name.strip().lower(), plain, plain != value))
        return pairs
    return [
        (each.lower_name, tinycss2.serialize(each.value).strip().lower(), bool(each.important))
        for each in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)
        if each.type == "declaration"
    ]


def painted(parent: Paint, name: str, attributes: Mapping[str, str | None], style: Declarations) -> Paint:
    """How an element's text looks.

    Args:
        parent: The element around it.
        name: The element's name, lower case.
        attributes: Its attributes.
        style: The winning declarations of sheets and its own `style`.
    """
    if parent.gone or (not style and name not in _SPECIAL and SPEAKING.isdisjoint(attributes)):
        return parent
    if name in _NEVER_SHOWN or (name == "dialog" and "open" not in attributes):
        return replace(parent, gone="never_shown")
    display = style.get("display", "none" if "hidden" in attributes else "")
    if display == "none" or style.get("content-visibility") == "hidden":
        return replace(parent, gone="not_displayed")
    size = _font_size(parent.size, style)
    gone = _gone(style, size) if style else ""
    if gone:
        return replace(parent, gone=gone)
    back = _back(parent.back, attributes, style)
    ink, clear = _ink(parent, name, attributes, style, back)
    made = Paint(
        "",
        {"visible": True, "hidden": False, "collapse": False}.get(style.get("visibility", ""), parent.shown),
        ink,
        clear,
        back,
        size,
        _kept(parent, name, style),
        parent.reordered or (style.get("unicode-bidi", "").endswith("override") and style.get("direction") == "rtl")
        or (name == "bdo" and (attributes.get("dir") or "").lower() == "rtl"),
    )  # fmt: skip
    return parent if made == parent else made


def _kept(parent: Paint, name: str, style: Declarations) -> bool:
    if "white-space" in style:
        return style["white-space"].startswith(("pre", "break-spaces"))
    return parent.kept or name in {"pre", "textarea", "listing", "xmp"}


def _gone(style: Declarations, size: float) -> Reason:
    if _number(style.get("opacity", "1")) < _LEAST_ALPHA or _NO_OPACITY.search(style.get("filter", "")):
        return "transparent"
    transform = style.get("transform", "")
    if _number(style.get("zoom", "1")) == 0 or _number(style.get("scale", "1")) == 0 or _ZERO_SCALE.match(transform):
        return "no_room"
    clip = _NO_CLIP.match(style.get("clip", ""))
    if (clip and clip[1] == clip[3]) or (clip and clip[2] == clip[4]) or _NO_PATH.match(style.get("clip-path", "")):
        return "no_room"
    if _cut_off(style) and any(
        0 <= _pixels(style.get(side, ""), size, 2 * _SMALL_PX) <= _SMALL_PX
        for side in ("height", "max-height", "width", "max-width")
    ):
        return "no_room"
    moved = _MOVED.match(transform)
    if moved and abs(_pixels(moved.group(1), size)) >= _FAR_PX:
        return "off_screen"
    if (
        _pixels(style.get("text-indent", ""), size) <= -_FAR_PX / 2
        or _pixels(style.get("margin-left", ""), size) <= -_FAR_PX
    ):
        return "off_screen"
    if style.get("position") in {"absolute", "fixed", "relative", "sticky"} and any(
        _pixels(style.get(side, ""), size) <= -_FAR_PX or _pixels(style.get(side, ""), size) >= 8 * _FAR_PX
        for side in ("left", "top", "right", "bottom")
    ):
        return "off_screen"
    return ""


def _cut_off(style: Declarations) -> bool:
    return any(
        word in {"hidden", "clip"}
        for name in ("overflow", "overflow-x", "overflow-y")
        for word in style.get(name, "").split()
    )  # fmt: skip


def _number(text: str) -> float:
    found = _LENGTH.match(text)
    if found is None or found.group(2) not in {"", "%"}:
        return 1.0
    return float(found.group(1)) / (100 if found.group(2) == "%" else 1)


def _pixels(text: str, size: float, otherwise: float = 0.0) -> float:
    """A length in pixels; a percentage only when it is none at all."""
    function = _FUNCTION.match(text)
    found = _LENGTH.match(function.group(1) if function else text)
    if found is None:
        return otherwise
    value, unit = float(found.group(1)), found.group(2)
    if unit == "%":
        return 0.0 if value == 0 else otherwise
    return value * (size * (1 if unit == "em" else 0.5) if unit in {"em", "ex", "ch"} else _IN_PX[unit])


def _font_size(parent: float, style: Declarations) -> float:
    value = style.get("font-size")
    if value is None:
        shorthand = style.get("font", "")
        value = next(
            (w.partition("/")[0] for w in shorthand.split() if _LENGTH.match(w.partition("/")[0]) and not w.isdigit()), ""
        )
        if not value and re.search(r"(?:^|\s)0(?:\s|/)", shorthand):
            value = "0"
    if not value:
        return parent
    if value in _FONT_WORDS:
        return _FONT_WORDS[value]
    if value in {"smaller", "larger"}:
        return parent * (0.83 if value == "smaller" else 1.2)
    found = _LENGTH.match(value)
    if found is not None and found.group(2) == "%":
        return max(0.0, parent * float(found.group(1)) / 100)
    return max(0.0, _pixels(value, parent, parent))


def _back(parent: Colour | None, attributes: Mapping[str, str | None], style: Declarations) -> Colour | None:
    if _IMAGE.search(style.get("background", "")) or _IMAGE.search(style.get("background-image", "")):
        return None
    if attributes.get("background"):
        return None
    value = style.get("background-color")
    if value is None and "background" in style:
        value = next((word for word in _words(style["background"]) if colour(word) is not None), None)
    if value is None:
        value = attributes.get("bgcolor")
    found = None if value is None else colour(value)
    return parent if found is None else _over(found, parent)


def _ink(
    parent: Paint, name: str, attributes: Mapping[str, str | None], style: Declarations, back: Colour | None
) -> tuple[Colour | None, bool]:
    value = style.get("-webkit-text-fill-color", style.get("color"))
    if value is None and name == "font":
        value = attributes.get("color")
    if value is None and name == "body":
        value = attributes.get("text")
    if value is None and name == "a" and attributes.get("href") is not None:
        return _LINK, False
    if value is None or value in {"inherit", "currentcolor", "unset"}:
        return parent.ink, parent.clear
    found = colour(value)
    if found is None:
        return (BLACK, False) if value in {"initial", "canvastext", "windowtext"} else (parent.ink, parent.clear)
    return _over(found, back), found[3] < _LEAST_ALPHA


def _words(value: str) -> list[str]:
    """A shorthand's words; a colour function is one."""
    return re.findall(r"[a-z-]+\([^()]{0,80}\)|[^\s,]+", value)


@functools.lru_cache(maxsize=2_048)
def colour(value: str) -> tuple[int, int, int, float] | None:
    """Red, green, blue of 0 to 255, and how much of it covers what lies behind; none when it is no colour we can tell."""
    value = value.strip().lower()[:60]
    if re.fullmatch(r"[0-9a-f]{6}|[0-9a-f]{3}", value):
        value = f"#{value}"  # as browsers read `bgcolor`
    try:
        parsed: Any = color4.parse_color(value)
        if parsed is None or isinstance(parsed, str):
            return None
        alpha = float(parsed.alpha)
        if parsed.space in {"lab", "lch", "oklab", "oklch"}:
            grey = _grey(parsed)
            return None if grey is None else (grey, grey, grey, alpha)
        red, green, blue = parsed.to("srgb").coordinates
        return _channel(red), _channel(green), _channel(blue), alpha
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        return None


def _grey(of: Any) -> int | None:
    """The level of a colour given by its lightness, when it has next to no colour: what hides text on paper."""
    ok = of.space.startswith("ok")
    light, first, second = (float(each or 0) for each in of.coordinates)
    light = light if ok else light / 100
    chroma = max(abs(first), abs(second)) if of.space.endswith("ab") else abs(first)
    if chroma > (0.02 if ok else 5):
        return None
    linear = light**3 if ok else ((100 * light + 16) / 116) ** 3
    return _channel(1.055 * linear ** (1 / 2.4) - 0.055 if linear > 0.0031 else 12.92 * linear)


def _channel(value: float | None) -> int:
    return round(255 * min(1.0, max(0.0, value or 0.0)))


def _over(top: tuple[int, int, int, float], below: Colour | None) -> Colour | None:
    alpha = top[3]
    if alpha >= 1:
        return top[:3]
    if below is None:
        return None
    red, green, blue = (round(alpha * t + (1 - alpha) * b) for t, b in zip(top[:3], below, strict=True))
    return red, green, blue


@functools.lru_cache(maxsize=4_096)
def _alike(one: Colour, other: Colour) -> bool:
    """Nobody could tell text of the one colour on the other."""
    if max(abs(a - b) for a, b in zip(one, other, strict=True)) > _NEAR_CHANNEL:
        return False
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05) < _NEAR_LUMINANCE


def _luminance(of: Colour) -> float:
    red, green, blue = ((c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in of)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
