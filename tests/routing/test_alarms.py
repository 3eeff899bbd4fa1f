"""Words of law and of danger are heard by code, in the languages people write, and only ever raise a flag (R-B1)."""

import pytest

from agent_core.boundary.match import fold
from agent_core.routing.alarms import Alarm, alarms, heard, phrases_of
from agent_core.routing.triage import check_triage
from tests.routing.test_routing import REFUND, triage
from tests.workflows.releases import release


@pytest.mark.parametrize(
    "text",
    [
        "My lawyer will contact you.", "I'll see you in court", "I will SUE YOU over this", "this is a chargeback then",
        "Ich schalte meinen Anwalt ein", "Ich gehe zur Verbraucherzentrale", "Auskunft nach DSGVO bitte",
        "wir sehen uns vor Gericht",
        "je vais porter plainte", "Mon avocat vous écrira", "pondré una denuncia", "procederò per vie legali",
        "ik stap naar de rechtbank", "vou ao Procon", "pójdę do sądu", "jag anmäler er till Konsumentverket",
        "avukatım arayacak", "подам в суд", "سأتصل بالمحامي أو محامي",
        "我会找律师", "弁護士に相談します", "변호사와 상담하겠습니다",
    ],
)  # fmt: skip
def test_R_B1_words_of_law_are_heard(text: str) -> None:
    assert heard("legal", [text])


@pytest.mark.parametrize(
    "text",
    [
        "The charger caught fire", "my son got an electric shock", "We are at the hospital now", "I want to kill myself",
        "Das Ladegerät raucht", "Mein Kind wurde verletzt", "Der Akku ist explodiert", "l'appareil a pris feu",
        "me dio una descarga eléctrica", "è esploso", "het apparaat vloog in brand", "a bateria explodiu", "telefon wybuchł",
        "laddaren fattade eld", "зарядка загорелась", "充电器着火了", "バッテリーが発火しました", "배터리가 폭발했어요",
    ],
)  # fmt: skip
def test_R_B1_words_of_danger_are_heard(text: str) -> None:
    assert heard("safety", [text])


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order NW-10023?", "Sue asked me to write", "Das Gericht im Restaurant war gut", "l'avocado",
        "I bought the brand new jacket", "Bitte Rückgabe der Jacke", "the burnt orange one", "Could you issue a refund?",
        "Brandneue Schuhe", "pursue the delivery", "je cherche une veste", "quiero devolver el pedido",
        "Rückerstattung bitte",
    ],
)  # fmt: skip
def test_everyday_words_raise_no_alarm(text: str) -> None:
    assert alarms([text]) == {}


def test_R_D1_look_alikes_and_capitals_are_seen_through_in_the_match_view() -> None:
    text = "My l\u0430wy\u0435r will help"
    assert not heard("legal", [text])
    assert heard("legal", [fold(text)])


def test_every_phrase_hears_itself() -> None:
    kinds: tuple[Alarm, ...] = ("legal", "safety")
    for alarm in kinds:
        for language, phrase in phrases_of(alarm):
            assert heard(alarm, [phrase.replace("*", "")]), (language, phrase)


def test_R_B1_either_the_model_or_the_words_raise_the_flag_and_neither_lowers_it() -> None:
    words = "refund NW-10023 or my lawyer calls, NW-10023"
    quiet = check_triage(triage(REFUND, legal=False), [words], release(), alarmed=alarms([words]))
    assert quiet.result.legal
    assert "legal_by_words" in quiet.findings
    model = check_triage(triage(REFUND, legal=True, safety=True), ["refund NW-10023"], release(), alarmed={})
    assert (model.result.legal, model.result.safety) == (True, True)
    assert "legal_by_words" not in model.findings
