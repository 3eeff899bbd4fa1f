"""The tokens can be read and seen by people, in both themes, by arithmetic and not by taste (R-M8)."""

import pytest

from console.theme.contrast import contrast, luminance
from console.theme.tokens import DARK, LIGHT, TONES, Tokens, Tone

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]
READABLE = 4.5
VISIBLE = 3.0


def test_contrast_of_black_and_white_is_twenty_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#FFFFFF", "#FFFFFF") == pytest.approx(1.0)
    assert luminance("#FF0000") == pytest.approx(0.2126)


@pytest.mark.parametrize("bad", ["", "#FFF", "red", "#GGGGGG", "11223344"])
def test_a_colour_that_is_no_colour_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        luminance(bad)


@pytest.mark.parametrize("tokens", THEMES)
def test_R_M8_every_text_is_readable_on_every_surface(tokens: Tokens) -> None:
    for surface in (*tokens.surfaces, tokens.pressed, tokens.accent.soft):
        for name in ("text", "text_soft", "text_quiet"):
            assert contrast(getattr(tokens, name), surface) >= READABLE, (name, surface)


@pytest.mark.parametrize("tokens", THEMES)
def test_R_M8_selected_text_is_readable(tokens: Tokens) -> None:
    assert contrast(tokens.text, tokens.selection) >= READABLE


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("tokens", THEMES)
def test_R_M8_every_tone_is_readable_where_it_stands(tokens: Tokens, tone: Tone) -> None:
    colours = tokens.tone(tone)
    for surface in (*tokens.surfaces, colours.soft, tokens.accent.soft):
        assert contrast(colours.text, surface) >= READABLE, surface
    assert contrast(colours.on_solid, colours.solid) >= READABLE
    for surface in tokens.surfaces:
        assert contrast(colours.solid, surface) >= VISIBLE, surface


@pytest.mark.parametrize("tokens", THEMES)
def test_R_M8_edges_of_controls_and_the_focus_ring_can_be_seen(tokens: Tokens) -> None:
    for surface in tokens.surfaces:
        assert contrast(tokens.control, surface) >= VISIBLE, surface
        assert contrast(tokens.focus, surface) >= VISIBLE, surface


@pytest.mark.parametrize("tokens", THEMES)
def test_R_M8_words_stay_readable_on_filled_buttons_and_avatars(tokens: Tokens) -> None:
    for fill in (tokens.accent_hover, tokens.danger_hover, *tokens.avatars):
        assert contrast("#FFFFFF", fill) >= READABLE, fill
