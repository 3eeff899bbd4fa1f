"""The words of the handoff packet in the languages in which colleagues read it (R-E2, R-B8). Data only.

A reason without a sentence in a language is said in English: a colleague who reads half of it in English still knows why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from agent_core.contract.answers import Sentiment, Urgency


@dataclass(frozen=True, slots=True)
class PacketWords:
    """Everything the packet says by itself. `{}` takes a value."""

    unknown_name: str
    tier: str
    proven: str
    not_proven: str
    one_message: str
    messages: str
    since: str
    issue: str
    reason: str
    read: str
    failed: str
    done: str
    pending: str
    unknown: str
    more: str
    first: str
    then: str
    find_out: str
    decide: str
    finish: str
    answer: str
    read_and_answer: str
    last_told: str
    nothing_told: str
    mood: str
    mood_was: str
    urgency: str
    speaks_of: str
    writes: str
    moods: Mapping[Sentiment, str]
    urgencies: Mapping[Urgency, str]
    concerns: Mapping[str, str]
    languages: Mapping[str, str]
    """Names of languages by tag; one that is not here is said by its tag."""
    reasons: Mapping[str, str]
    """Sentences by reason code; what is not here is said as the ask says it."""


ENGLISH: Final = PacketWords(
    unknown_name="Name unknown",
    tier=", tier {}",
    proven="identity proven",
    not_proven="identity not proven",
    one_message="1 message",
    messages="{} messages",
    since=" since {}",
    issue="In their words:",
    reason="Wanted because: ",
    read="Read: ",
    failed="Did not work: ",
    done="Done: ",
    pending="Waits for a decision, not done: ",
    unknown="Nobody knows whether it happened: ",
    more="{} more",
    first="First: ",
    then="; then ",
    find_out="find out what became of the unknown action before anything is repeated",
    decide="decide what waits",
    finish="finish what did not work",
    answer="answer the newest message",
    read_and_answer="read the newest message and answer",
    last_told="Last told: {}",
    nothing_told="The customer was told nothing yet.",
    mood="mood {}",
    mood_was="mood {}, was {}",
    urgency="urgency {}",
    speaks_of="speaks of {}",
    writes="writes in {}",
    moods={"negative": "negative", "neutral": "neutral", "positive": "positive"},
    urgencies={"low": "low", "normal": "normal", "high": "high", "critical": "critical"},
    concerns={"danger": "danger", "law": "law"},
    languages={
        "en": "English",
        "de": "German",
        "fr": "French",
        "es": "Spanish",
        "it": "Italian",
        "nl": "Dutch",
        "pl": "Polish",
        "pt": "Portuguese",
        "sv": "Swedish",
        "da": "Danish",
        "cs": "Czech",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "ru": "Russian",
        "ar": "Arabic",
        "vi": "Vietnamese",
        "zh": "Chinese",
        "ja": "Japanese",
        "ko": "Korean",
    },
    reasons={},
)

_GERMAN_REASONS: Final = {
    "safety": "Die Nachricht spricht von einer Gefahr für jemanden.",
    "legal_language": "Die Nachricht spricht von Anwälten, Gerichten oder Beschwerden bei Behörden.",
    "account_security": "Die Nachricht spricht von einem Konto, in das jemand anderes gekommen ist.",
    "regulatory": "Die Nachricht nennt eine Aufsicht, ein Datenleck oder die Presse.",
    "disputed_payment": "Eine Zahlung über der Schwelle der Marke wird bestritten.",
    "enterprise_billing": "Ein Vertragskunde schreibt wegen einer Rechnung.",
    "vip": "Um diesen Kunden kümmern sich Menschen.",
    "frustrated": "Nach mehreren Runden ist der Kunde noch immer unzufrieden.",
    "too_many_turns": "Eine Sache hat zu viele Runden gebraucht.",
    "low_retrieval": "Was zu einem heiklen Thema gefunden wurde, passt nicht gut genug.",
    "low_confidence": "Der Agent ist sich seiner Antwort nicht sicher genug.",
    "falling_sentiment": "Die Stimmung wird von Runde zu Runde schlechter.",
    "critical_urgency": "Die Nachricht ist äußerst dringend.",
    "complex_request": "Das Anliegen braucht das Urteil eines Menschen.",
    "unsupported_language": "Diese Sprache spricht der Agent nicht.",
    "not_authenticated": "Der Kunde hat nicht nachgewiesen, wer er ist.",
    "unclear_twice": "Das Anliegen blieb nach einer Frage unklar.",
    "no_workflow": "Kein Ablauf ist dafür da.",
    "agent_stopped": "Der Agent ist hier angehalten, und der Kunde wartet.",
    "workflow_stopped": "Der Arbeitsablauf hierfür ist angehalten, und der Kunde wartet.",
    "takeover_idle": "Jemand hat das Gespräch übernommen und nichts getan, und es wird gewartet.",
    "with_a_person": "Der Kunde fragt noch einmal nach etwas, das bei einem Menschen liegt.",
    "triage_gave_no_answer": "Das Modell konnte nicht sagen, was der Kunde will.",
    "model_unavailable": "Der Anbieter des Modells hat nicht rechtzeitig geantwortet.",
    "model_busy": "Der Anbieter des Modells bremst uns, und der Kunde hat lange genug gewartet.",
    "model_not_authorised": "Der Anbieter des Modells nimmt unseren Schlüssel nicht an. Die Bereitschaft muss nachsehen.",
    "model_refused": "Das Modell hat sich geweigert, diese Nachricht zu beantworten.",
    "answer_too_long": "Die Antwort des Modells passte auch mit mehr Platz nicht.",
    "conversation_too_long": "Das Gespräch ist für das Modell zu lang, auch gekürzt.",
    "work_was_interrupted": "Die Arbeit daran wurde immer wieder unterbrochen.",
    "request_refused": "Der Anbieter des Modells nennt unsere Anfrage fehlerhaft, und wir wissen nicht warum.",
    "answers_contradict": "Zwei Antworten darauf, was aus einer Aktion wurde, widersprechen sich.",
    "model_gave_no_answer": "Das Modell hat keine brauchbare Antwort gegeben.",
    "run_does_not_end": "Der Ablauf drehte sich im Kreis.",
    "reply_not_allowed": "Die Antwort hat die Prüfungen nicht bestanden.",
    "reply_not_delivered": "Die Antwort konnte nicht zugestellt werden.",
    "reply_unknown": "Niemand weiß, ob die Antwort angekommen ist.",
    "unknown_outcome": "Eine Aktion wurde abgeschickt, und niemand weiß, ob sie geschehen ist.",
    "outcome_unknown": "Niemand weiß, ob eine Aktion geschehen ist.",
    "customer_waits": "Der Kunde hat geschrieben, und niemand arbeitet daran.",
    "tool_unavailable": "Ein System, das der Agent braucht, ist nicht erreichbar.",
    "tool_failed": "Ein System, das der Agent braucht, funktioniert nicht.",
    "missing_information": "Der Kunde konnte nicht nennen, was gebraucht wird.",
    "approval_expired": "Über eine vorgeschlagene Aktion hat niemand rechtzeitig entschieden.",
    "wrong_channel": "Der Kunde möchte etwas, das auf diesem Weg nicht gemacht wird.",
    "topic_not_allowed": "Der Kunde fragt nach etwas, das der Agent nicht bearbeitet.",
    "taken_off": "Der Kunde fragt nach etwas, das jemand hier herausgenommen hat.",
    "routing_overridden": "Jemand aus dem Team hat das an Menschen gegeben.",
    "handed_to_team": "Jemand aus dem Team bittet das Team, dieses Gespräch zu übernehmen.",
    "no_run_can_go_on": "Kein Ablauf kommt hier weiter.",
    "no_answer": "Ein anderes System hat eine Aktion angenommen und nie gesagt, was daraus wurde.",
    "late_answer_differs": "Ein anderes System hat spät geantwortet und sagt etwas anderes, als zuvor festgestellt wurde.",
    "agent_asked_for_a_person": "Der Ablauf sagt, dass ein Mensch entscheiden muss.",
}

GERMAN: Final = PacketWords(
    unknown_name="Name unbekannt",
    tier=", Stufe {}",
    proven="Identität nachgewiesen",
    not_proven="Identität nicht nachgewiesen",
    one_message="1 Nachricht",
    messages="{} Nachrichten",
    since=" seit {}",
    issue="In eigenen Worten:",
    reason="Gebraucht, weil: ",
    read="Gelesen: ",
    failed="Nicht geklappt: ",
    done="Erledigt: ",
    pending="Wartet auf eine Entscheidung, nicht geschehen: ",
    unknown="Niemand weiß, ob es geschehen ist: ",
    more="{} weitere",
    first="Zuerst: ",
    then="; dann ",
    find_out="herausfinden, was aus der ungewissen Aktion wurde, bevor etwas wiederholt wird",
    decide="entscheiden, was wartet",
    finish="abschließen, was nicht geklappt hat",
    answer="die neueste Nachricht beantworten",
    read_and_answer="die neueste Nachricht lesen und beantworten",
    last_told="Zuletzt gesagt: {}",
    nothing_told="Dem Kunden wurde noch nichts gesagt.",
    mood="Stimmung {}",
    mood_was="Stimmung {}, war {}",
    urgency="Dringlichkeit {}",
    speaks_of="spricht von {}",
    writes="schreibt auf {}",
    moods={"negative": "schlecht", "neutral": "neutral", "positive": "gut"},
    urgencies={"low": "niedrig", "normal": "normal", "high": "hoch", "critical": "äußerst hoch"},
    concerns={"danger": "Gefahr", "law": "Recht"},
    languages={
        "en": "Englisch",
        "de": "Deutsch",
        "fr": "Französisch",
        "es": "Spanisch",
        "it": "Italienisch",
        "nl": "Niederländisch",
        "pl": "Polnisch",
        "pt": "Portugiesisch",
        "sv": "Schwedisch",
        "da": "Dänisch",
        "cs": "Tschechisch",
        "tr": "Türkisch",
        "uk": "Ukrainisch",
        "ru": "Russisch",
        "ar": "Arabisch",
        "vi": "Vietnamesisch",
        "zh": "Chinesisch",
        "ja": "Japanisch",
        "ko": "Koreanisch",
    },
    reasons=MappingProxyType(_GERMAN_REASONS),
)

WORDS: Final[Mapping[str, PacketWords]] = MappingProxyType({"en": ENGLISH, "de": GERMAN})
"""By language; in every other one the packet is in English."""
