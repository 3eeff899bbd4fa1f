"""The colours of the console, named by purpose, once for light and once for dark.

Painters, palette and style sheet all read this one value, so nothing can drift apart. Every text token is readable on
every surface it may stand on, and every control border can be seen (`tests/console/test_theme_tokens.py` computes it).
It must never name a colour by what it looks like, and never need Qt.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["neutral", "accent", "ok", "warn", "danger", "info"]
"""What something means: it chooses colours, never the other way round, and never stands without words or an icon."""

TONES: tuple[Tone, ...] = ("neutral", "accent", "ok", "warn", "danger", "info")

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class ToneColours:
    """The colours of one tone.

    Attributes:
        text: Words and icons, readable on every surface and on `soft`.
        soft: A quiet fill behind words.
        line: A quiet edge around `soft`.
        solid: A loud fill.
        on_solid: Words on `solid`.
    """

    text: str
    soft: str
    line: str
    solid: str
    on_solid: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme.

    Attributes:
        name: `light` or `dark`.
        ground: The lowest plane, behind the transcript.
        surface: Panes and cards.
        sunken: The side panel, wells and fields.
        raised: What floats: menus, palette, toasts.
        hover: A row or ghost button under the pointer.
        pressed: The same, held down.
        line: Hairlines between planes.
        line_strong: Hairlines that must be noticed: edges of floating things.
        control: Edges of things one can operate; at least 3:1 on every surface.
        text: First reading.
        text_soft: Second reading.
        text_quiet: Labels, times, hints; still at least 4.5:1.
        accent_hover: The solid accent under the pointer.
        danger_hover: The solid danger under the pointer.
        focus: The focus ring; at least 3:1 on every surface.
        selection: Behind selected text.
        shadow: What floating things cast, `#AARRGGBB`.
        avatars: Fills for initials; white is readable on each.
        neutral: Tone colours; likewise the next five.
        accent: See `neutral`.
        ok: See `neutral`.
        warn: See `neutral`.
        danger: See `neutral`.
        info: See `neutral`.
    """

    name: ThemeName
    ground: str
    surface: str
    sunken: str
    raised: str
    hover: str
    pressed: str
    line: str
    line_strong: str
    control: str
    text: str
    text_soft: str
    text_quiet: str
    accent_hover: str
    danger_hover: str
    focus: str
    selection: str
    shadow: str
    avatars: tuple[str, ...]
    neutral: ToneColours
    accent: ToneColours
    ok: ToneColours
    warn: ToneColours
    danger: ToneColours
    info: ToneColours

    def tone(self, tone: Tone) -> ToneColours:
        """Return the colours of a tone."""
        match tone:
            case "neutral":
                return self.neutral
            case "accent":
                return self.accent
            case "ok":
                return self.ok
            case "warn":
                return self.warn
            case "danger":
                return self.danger
            case "info":
                return self.info

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every plane on which text and controls may stand."""
        return (self.ground, self.surface, self.sunken, self.raised, self.hover)


_AVATARS = ("#4F5FD6", "#0B7F72", "#B0450A", "#7350E6", "#B8136B", "#3A7510", "#0C6AA6", "#955307", "#A32C4E", "#476175")

LIGHT = Tokens(
    name="light",
    ground="#F4F5F8",
    surface="#FFFFFF",
    sunken="#F9FAFC",
    raised="#FFFFFF",
    hover="#F0F2F6",
    pressed="#E4E8EF",
    line="#E4E7ED",
    line_strong="#CFD5DF",
    control="#838C9C",
    text="#10141C",
    text_soft="#414A59",
    text_quiet="#5B6474",
    accent_hover="#3542BD",
    danger_hover="#A51E14",
    focus="#4353E0",
    selection="#BFC8FF",
    shadow="#2E101828",
    avatars=_AVATARS,
    neutral=ToneColours("#414A59", "#EEF0F4", "#DFE3EA", "#414A59", "#FFFFFF"),
    accent=ToneColours("#3140B8", "#ECEFFE", "#CFD6FC", "#4353E0", "#FFFFFF"),
    ok=ToneColours("#09693F", "#E4F6EC", "#BFE7D1", "#0A7A4B", "#FFFFFF"),
    warn=ToneColours("#8A4600", "#FFF3DC", "#F6DCAE", "#A35200", "#FFFFFF"),
    danger=ToneColours("#B32217", "#FDECEA", "#F7CCC8", "#C4271B", "#FFFFFF"),
    info=ToneColours("#095E95", "#E5F2FB", "#BFDFF4", "#0B6AA8", "#FFFFFF"),
)

DARK = Tokens(
    name="dark",
    ground="#0B0E13",
    surface="#12161D",
    sunken="#0F131A",
    raised="#1A202A",
    hover="#1B212B",
    pressed="#262E3B",
    line="#222936",
    line_strong="#364051",
    control="#65728A",
    text="#E9EDF4",
    text_soft="#B6BFCD",
    text_quiet="#929DAE",
    accent_hover="#4353D8",
    danger_hover="#AE3229",
    focus="#8795FF",
    selection="#36439A",
    shadow="#99000000",
    avatars=_AVATARS,
    neutral=ToneColours("#B6BFCD", "#1D232E", "#2C3442", "#5F6B80", "#FFFFFF"),
    accent=ToneColours("#AEB9FF", "#1B2145", "#333E7C", "#5062E6", "#FFFFFF"),
    ok=ToneColours("#57D69C", "#0F291E", "#1D4A36", "#12805A", "#FFFFFF"),
    warn=ToneColours("#F6B955", "#30240F", "#57431C", "#9F5F07", "#FFFFFF"),
    danger=ToneColours("#FF8C83", "#371A1B", "#652C2C", "#C63D33", "#FFFFFF"),
    info=ToneColours("#74C0F4", "#102838", "#1F4760", "#1C72AD", "#FFFFFF"),
)
