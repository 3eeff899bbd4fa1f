"""How far apart two colours are for a human eye, so that a test can refuse an unreadable pair (R-M8).

Pure arithmetic over `#RRGGBB` strings; it must never need Qt, because the tokens are checked without a display.
"""


def _channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 (black) to 1 (white).

    Args:
        colour: `#RRGGBB`.

    Raises:
        ValueError: If the text is not such a colour.
    """
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"not a #RRGGBB colour: {colour!r}")
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * _channel(red) + 0.7152 * _channel(green) + 0.0722 * _channel(blue)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
