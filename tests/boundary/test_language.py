"""Which language a message is in: never wrong when it says it is sure, silent when there is too little (R-D3)."""

import asyncio
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.boundary.language import LanguageGuess, decided, languages_of
from tests.boundary.samples.language_samples import MIXED, NO_LANGUAGE, SHORT
from tests.boundary.samples.support_messages import support_messages

READER = languages_of(["en", "de"])
_ALL_SHORT = [(language, text) for language, texts in SHORT.items() for text in texts]


def test_R_D3_a_short_text_is_named_reliably_or_not_at_all_in_fifteen_languages() -> None:
    told = [(language, READER.detect(text), text) for language, text in _ALL_SHORT]
    sure = [each for each in told if each[1].reliable]
    wrong = [(language, guess.language, text) for language, guess, text in sure if guess.language != language]
    assert wrong == []
    assert len(sure) * 100 >= len(told) * 70
    assert len(SHORT) == 15


def test_R_D3_support_messages_with_ids_links_and_emoji_are_named_in_fifteen_languages() -> None:
    told = [(message.language, READER.detect(message.text)) for message in support_messages(450)]
    right = sum(guess.reliable and guess.language == language for language, guess in told)
    assert right * 100 >= len(told) * 97


@pytest.mark.parametrize("text", NO_LANGUAGE)
def test_what_is_in_no_language_is_not_named_reliably(text: str) -> None:
    assert not READER.detect(text).reliable


@pytest.mark.parametrize(("text", "languages"), MIXED)
def test_R_D3_a_text_in_two_languages_names_both_with_their_places(text: str, languages: tuple[str, ...]) -> None:
    guess = READER.detect(text)
    assert tuple(tag for _, tag in guess.mixed) == languages
    for (start, end), _ in guess.mixed:
        assert 0 <= start < end <= len(text)


def test_a_japanese_name_does_not_make_a_chinese_message_japanese() -> None:
    assert READER.detect("请取消之前的订单，把新的寄到公司。 祝好，さくら").language == "zh"


@pytest.mark.parametrize(
    ("guess", "claimed", "earlier", "channel", "told"),
    [
        (LanguageGuess("de", 99, (), True, False), "en", "fr", "es", ("de", "code")),
        (LanguageGuess("nl", 40, (), False, True), "nl", "de", "es", ("de", "conversation")),
        (LanguageGuess(), "en", None, "es", ("es", "channel")),
        (LanguageGuess(), "en", None, None, ("en", "model")),
        (LanguageGuess("nl", 40, (), False, False), "fi", "de", "es", ("fi", "model")),
    ],
)
def test_R_D3_code_wins_when_it_is_sure_and_a_short_text_goes_on_in_the_language_spoken_so_far(
    guess: LanguageGuess, claimed: str, earlier: str | None, channel: str | None, told: tuple[str, str]
) -> None:
    assert decided(guess, claimed=claimed, earlier=earlier, channel=channel) == told


def test_code_alone_sends_nobody_away_unless_it_is_nearly_sure() -> None:
    hesitant, sure = LanguageGuess("nl", 80, (), True, False), LanguageGuess("nl", 99, (), True, False)
    assert decided(hesitant, claimed="de", ours=("en", "de")) == ("de", "model")
    assert decided(sure, claimed="de", ours=("en", "de")) == ("nl", "code")
    assert decided(hesitant, claimed="fr", ours=("en", "de")) == ("nl", "code")


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_an_answer_with_places_inside_it(text: str) -> None:
    guess = READER.detect(text)
    assert 0 <= guess.confidence_percent <= 100
    assert guess.language is not None or not guess.reliable
    assert all(0 <= start < end <= len(text) for (start, end), _ in guess.mixed)


_PROBE = """
import asyncio, time
from agent_core.boundary.language import languages_of
reader = languages_of(["en", "fi"])
assert not reader.loaded
ticks = 0
async def main():
    global ticks
    async def tick():
        global ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1
    task = asyncio.create_task(tick())
    guess = await reader.detect_aside("Missä minun tilaukseni on? Odotan sitä edelleen.")
    task.cancel()
    return guess
guess = asyncio.run(main())
assert reader.loaded
print(guess.language, ticks > 10)
"""


def test_models_load_aside_while_the_loop_goes_on_and_a_brand_brings_its_own_language() -> None:
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split() == ["fi", "True"]


def test_detecting_aside_answers_the_same() -> None:
    assert asyncio.run(READER.detect_aside("wo ist mein Paket?")) == READER.detect("wo ist mein Paket?")
