"""What becomes of the words somebody gave to a question: what came to nothing stands there again, a secret never (R-M2)."""

from dataclasses import replace

import pytest

from console.shell.kept_words import KeptWords
from console.state.app_state import AppState, Notice
from console.widgets.prompt_overlay import PromptProps
from tests.console import made

pytestmark = pytest.mark.qt

BEFORE = AppState(now=made.NOW)
REFUSED = replace(BEFORE, notices=(Notice(1, "refused:a_1", "Not now"),), numbered=1)
REASON = PromptProps("deny:a_1", "Deny this?", "", "Deny", field="Reason")


def test_R_M2_words_that_were_refused_stand_in_the_question_again() -> None:
    kept = KeptWords()
    kept.given(REASON, "Not the right order", BEFORE)
    kept.refresh(REFUSED)
    assert kept.again(REASON).given == "Not the right order"


def test_R_M7_a_secret_given_to_a_question_is_kept_nowhere() -> None:
    kept, secret = KeptWords(), replace(REASON, secret=True)
    kept.given(secret, "sk-ant-not-a-real-one", BEFORE)
    kept.refresh(REFUSED)
    assert kept.again(secret).given == kept.again(REASON).given == ""
