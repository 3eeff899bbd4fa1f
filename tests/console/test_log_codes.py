"""The log says its codes as words in the reader's language; the code itself is in the line's tip and raw event (R-M8)."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from agent_core.contract import events
from agent_core.contract.bodies import BodyKind
from agent_core.contract.detection import DETECTORS
from agent_core.contract.reply_checks import REPLY_CHECKS
from console import texts_codes
from console.language import catalogue
from console.presenting.codes import codes_behind, in_words
from console.presenting.log_view import LogLine, lines
from tests.console import made
from tests.console.made_log import records

NAMES = {"o_mira": "Mira Duarte", "o_ines": "Ines Roth"}
SAID: tuple[tuple[type[events.Event], str, str], ...] = (
    (events.AnswerArrived, "by", "by"),
    (events.AnswerArrived, "outcome", "outcome"),
    (events.AskAnswered, "outcome", "outcome"),
    (events.AskBreached, "what", "what"),
    (events.AskResolved, "by", "by"),
    (events.AssessmentFlagged, "part", "part"),
    (events.AssessmentFlagged, "wrong", "wrong"),
    (events.BodiesErased, "reason", "reason"),
    (events.CallAnswered, "outcome", "outcome"),
    (events.CallJudged, "verdict", "verdict"),
    (events.ControlChanged, "to", "to"),
    (events.Countersigned, "decision", "decision"),
    (events.CustomerSilent, "why", "why"),
    (events.EffectFinished, "outcome", "outcome"),
    (events.EffectFinished, "settled_by", "settled_by"),
    (events.EffectStarted, "purpose", "purpose"),
    (events.ErasureOrdered, "reason", "reason"),
    (events.ErasureOrdered, "scope", "scope"),
    (events.Escalated, "at", "at"),
    (events.InboundContradicted, "what", "what"),
    (events.IntegrationStateChanged, "operation", "operation"),
    (events.IntegrationStateChanged, "to", "to"),
    (events.MessageReceived, "author", "author"),
    (events.ProposalSettled, "by", "by"),
    (events.ProposalSettled, "outcome", "outcome"),
    (events.Quarantined, "cause", "cause"),
    (events.ReplyDrafted, "made_by", "by"),
    (events.ReplyFlagged, "became", "became"),
    (events.ReplyFlagged, "by", "by"),
    (events.RunAnswered, "phase", "phase"),
    (events.SecondAnswer, "by", "by"),
    (events.SteeringEnded, "why", "why"),
    (events.ToolStateChanged, "to", "to"),
    (events.Triaged, "sentiment", "sentiment"),
    (events.Triaged, "urgency", "urgency"),
)


@pytest.fixture
def german() -> Iterator[None]:
    catalogue.speak("de")
    yield
    catalogue.speak("en")


def log() -> tuple[LogLine, ...]:
    return lines(records(), NAMES, made.NOW)


@pytest.mark.parametrize(("event", "field", "place"), SAID, ids=lambda one: getattr(one, "__name__", str(one)))
def test_every_code_that_an_event_can_hold_there_has_words(
    monkeypatch: pytest.MonkeyPatch, event: type[events.Event], field: str, place: str
) -> None:
    def unknown(_code: str) -> str:
        return "?"

    monkeypatch.setattr("console.presenting.codes._reason", unknown)
    codes: tuple[str, ...] = get_args(event.model_fields[field].annotation)
    assert codes
    assert "?" not in [in_words(place, code, event.__name__) for code in codes]


def test_every_detector_check_and_kind_of_body_has_words() -> None:
    assert set(DETECTORS) <= set(texts_codes.DETECTORS)
    assert set(REPLY_CHECKS) <= set(texts_codes.CHECKS)
    assert set(get_args(BodyKind)) <= set(texts_codes.BODIES)


@pytest.mark.usefixtures("german")
def test_R_M8_codes_are_words_of_the_readers_language() -> None:
    said = {line.seq: line.words for line in log()}
    assert said[9] == "Wirkung e_1 gelungen, direkt, 1.840 ms."
    assert said[10] == "Vorschlag p_7: ausgeführt (ein Mensch, freigegeben). Done."
    assert said[12] == "Der Kunde schweigt (wir hatten gefragt): Nachfrage 1"
    assert said[13].startswith("Lauf r1 ist fehlgeschlagen (Modell lehnt ab).")
    assert said[14].startswith("In Quarantäne (Anbieter, Aufruf ohne Ergebnis).")
    assert log()[0].who == "Ablaufsteuerung"


@pytest.mark.usefixtures("german")
def test_the_code_itself_is_in_the_tip_and_found_by_who_looks_for_it() -> None:
    line = log()[13]
    assert line.codes == ("tool_use_without_result",)
    assert line.tip() == f"{line.words}\nIm Protokoll: tool_use_without_result"
    assert "tool_use_without_result" in line.raw


def test_a_line_whose_words_are_its_codes_has_no_more_to_tell() -> None:
    answered = log()[2]
    assert answered.words == "Call tu_1 answered: succeeded"
    assert (answered.codes, answered.tip()) == ((), answered.words)


def test_a_code_nobody_has_words_for_is_said_with_spaces_and_a_name_stays() -> None:
    assert in_words("code", "some_new_reason", "RunFailed") == "some new reason"
    assert in_words("run", "r_some_name", "RunOpened") == "r_some_name"
    assert (
        in_words("what", "dangling_tool_use:tail, nul_byte", "TranscriptHealed")
        == "tool use without its result, NUL character"
    )
    failed: Any = events.RunFailed(run=made_run(), code="some_new_reason", sentence="It failed.")
    assert codes_behind(failed, "Run r1 failed (some new reason). It failed.") == ("some_new_reason",)


def made_run() -> Any:
    return "r1"


def test_a_look_again_says_why_and_not_that_the_customer_wrote() -> None:
    (shown,) = (one for one in records() if isinstance(one.event, events.LookAgain))
    other = shown.model_copy(update={"event": shown.event.model_copy(update={"code": "approval_expired"})})
    (line,) = lines((other,), NAMES, made.NOW)
    assert line.words == "Approvals of p_7 given so far count no more (approval expired): look again"
