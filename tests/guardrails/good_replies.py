"""Good replies, varied by hand, with what was read for each: none of them may be held back (R-F2).

Twelve situations of a shop's support, ten ways of saying each, English and German, each with three sets of facts. What the
facts do not hold is not said; what is said stands in one of them, in the customer's words, or is plain courtesy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agent_core.contract.answers import Point
from agent_core.engine.sight import SIGHT
from agent_core.guardrails.reading import Became, ReplyContext
from tests.workflows.releases import release

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
"""A Saturday."""


@dataclass(frozen=True)
class Told:
    """One set of values that facts are made of."""

    name: str
    order: str
    minor: int
    part: int
    tracking: str
    carrier: str
    city: str
    eta: str
    placed: str
    method: str
    items: tuple[tuple[str, int], ...]

    @property
    def values(self) -> dict[str, str]:
        """What templates place."""
        day = datetime.fromisoformat(self.eta)
        placed = datetime.fromisoformat(self.placed)
        german = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
                  "Dezember")  # fmt: skip
        return {
            "name": self.name, "order": self.order, "amount": f"{self.minor / 100:.2f} EUR",
            "betrag": f"{self.minor / 100:.2f} €".replace(".", ","), "part": f"{self.part / 100:.2f} EUR",
            "teil": f"{self.part / 100:.2f} €".replace(".", ","), "rest": f"{(self.minor - self.part) / 100:.2f} EUR",
            "uebrig": f"{(self.minor - self.part) / 100:.2f} €".replace(".", ","),
            "tracking": self.tracking, "carrier": self.carrier, "city": self.city, "eta": self.eta,
            "day": f"{day.day} {day:%B}", "tag": f"{day.day}. {german[day.month - 1]}", "numeric": f"{day:%d.%m.%Y}",
            "weekday": f"{day:%A}",
            "wochentag": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")[day.weekday()],
            "placed": f"{placed.day} {placed:%B}", "bestellt": f"{placed.day}. {german[placed.month - 1]}",
            "method": self.method, "item": self.items[0][0], "count": str(sum(n for _, n in self.items)),
        }  # fmt: skip


TOLD = (
    Told("Zoë", "NW-10023", 6490, 2000, "NP4821930475DE", "Nordpost", "Leipzig", "2026-11-23", "2026-11-12T09:30:00Z",
         "card ending 4417", (("Merino shirt", 1), ("Wool socks", 2))),
    Told("Jonas", "NW-20417", 12950, 4000, "SW7730018264AT", "Swift", "Graz", "2026-11-24", "2026-11-15T18:05:00Z",
         "PayPal", (("Trail tent", 1), ("Tent pegs", 4))),
    Told("Aylin", "NW-31188", 3999, 1500, "HB1029384756DE", "Hanse Bote", "Bremen", "2026-11-25", "2026-11-18T07:45:00Z",
         "invoice", (("Head lamp", 2),)),
)  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """What was read, and ways of saying it."""

    name: str
    status: str
    english: tuple[str, ...]
    german: tuple[str, ...]
    parcel: str | None = None
    refunded: bool = False
    became: Mapping[str, Became] = field(default_factory=dict[str, Became])
    words: str = "Hello, it is about my order {order}."
    asks: bool = False


SITUATIONS = (
    Situation(
        "under way", "shipped", parcel="in_transit",
        english=(
            "Your order {order} is on its way with {carrier}, number {tracking}. The carrier expects to deliver it on "
            "{eta}.",
            "Good news: {order} has been shipped. {carrier} last saw the parcel in {city} and expects to deliver it on "
            "{day}.",
            "Thank you for asking. The parcel for {order} is in transit; the tracking number is {tracking}. Last report: "
            "\"The "
            "parcel has left the sorting centre.\"",
            "I have looked it up: your parcel has left our warehouse and is on its way. The carrier's expected day is "
            "{weekday}, "
            "{day}.",
            "I understand that waiting is annoying. According to {carrier}, parcel {tracking} is in transit, and "
            "delivery is "
            "expected on {eta}. If it is not there by then, just write to us and a colleague looks into it.",
        ),
        german=(
            "Deine Bestellung {order} ist mit {carrier} unterwegs, Nummer {tracking}. Der Versender rechnet mit der "
            "Zustellung am "
            "{eta}.",
            "Die Bestellung {order} ist unterwegs. Letzte Meldung: „The parcel has left the sorting centre.“ Zuletzt war "
            "sie in "
            "{city}.",
            "Gute Nachricht: {order} wurde verschickt. Zuletzt war das Paket in {city}, die Zustellung ist für den {tag} "
            "geplant.",
            "Danke für deine Geduld. Das Paket mit der Nummer {tracking} ist unterwegs und soll laut {carrier} am {numeric} "
            "ankommen.",
            "Ich habe nachgesehen: Dein Paket hat unser Lager verlassen. Erwartet wird es am {wochentag}, dem {tag}.",
            "Ich verstehe, dass das Warten nervt. Laut {carrier} ist die Sendung {tracking} unterwegs; falls sie bis zum "
            "{tag} "
            "nicht da ist, melde dich bitte noch einmal.",
        ),
    ),
    Situation(
        "delivered", "delivered", parcel="delivered",
        english=(
            "Order {order} was delivered by {carrier} in {city}. If it is not there, tell me and a colleague looks into it.",
            "According to {carrier}, parcel {tracking} has been delivered in {city}. Could you check with your "
            "neighbours, please?",
            "Your order {order} has arrived, says the carrier: it was delivered in {city}.",
            "The tracking shows that {order} was delivered. I am sorry if it did not reach you; just reply here and we "
            "will look "
            "into it together.",
            "Thanks for checking. {carrier} reports the parcel {tracking} as delivered in {city}.",
        ),
        german=(
            "Die Bestellung {order} wurde von {carrier} in {city} zugestellt. Falls sie nicht da ist, sag Bescheid, dann "
            "kümmern "
            "wir uns.",
            "Laut {carrier} wurde das Paket {tracking} in {city} zugestellt. Magst du einmal bei den Nachbarn nachfragen?",
            "Deine Bestellung {order} ist laut Sendungsverfolgung angekommen, und zwar in {city}.",
            "{carrier} meldet die Sendung {tracking} als zugestellt. Wenn du sie nicht findest, schreib uns bitte noch "
            "einmal.",
            "Die Sendungsverfolgung zeigt: {order} wurde in {city} zugestellt.",
        ),
    ),
    Situation(
        "being prepared", "placed",
        english=(
            "Order {order} has been placed and is being prepared; it has not been handed to a carrier yet.",
            "Your order {order} from {placed} is still with us and is being packed. There is no parcel yet.",
            "We received order {order} on {placed}. It has not been shipped yet, so there is no tracking number so far.",
            "I have checked {order}: it is being prepared. As soon as it is handed to the carrier, you will get the "
            "number by "
            "e-mail.",
            "It has not left our warehouse yet. Order {order} over {amount} is being prepared right now.",
        ),
        german=(
            "Die Bestellung {order} ist eingegangen und wird vorbereitet; sie ist noch nicht beim Versender.",
            "Deine Bestellung {order} vom {bestellt} ist noch bei uns und wird gerade gepackt. Ein Paket gibt es noch "
            "nicht.",
            "Wir haben deine Bestellung {order} am {bestellt} erhalten. Sie wurde noch nicht verschickt.",
            "Ich habe nachgesehen: {order} wird noch vorbereitet. Sobald das Paket beim Versender ist, bekommst du die "
            "Nummer per "
            "Mail.",
            "Sie hat unser Lager noch nicht verlassen. Die Bestellung {order} über {betrag} wird gerade vorbereitet.",
        ),
    ),
    Situation(
        "refund waits", "delivered", parcel="delivered", became={"refund_payment": "pending"},
        words="I want {part} back for {order}, please.",
        english=(
            "The refund for order {order} is waiting for a colleague's approval. I will write to you as soon as it is "
            "decided.",
            "Your request about {order} is with a colleague for approval: {part} of {amount}. It has not been refunded yet.",
            "The refund of {part} for order {order} is waiting for approval. You will hear from me once there is a "
            "decision.",
            "I have passed your wish for {part} back on to a colleague, who has to approve it. Nothing has been paid "
            "back so far.",
            "A colleague has to agree to the refund of {part} first. As soon as it is approved, I will tell you here.",
        ),
        german=(
            "Die Rückzahlung zur Bestellung {order} wartet auf die Freigabe durch eine Kollegin oder einen Kollegen. Ich "
            "schreibe "
            "dir, sobald darüber entschieden ist.",
            "Die Rückzahlung von {teil} zur Bestellung {order} wartet noch auf eine Freigabe. Es wurde noch nichts "
            "erstattet.",
            "Dein Wunsch zu {order} liegt bei einer Kollegin: {teil} von {betrag}. Sobald sie entschieden hat, melde ich "
            "mich.",
            "Bevor {teil} zurückgezahlt werden, muss jemand zustimmen. Das ist noch nicht geschehen.",
            "Noch ist nichts entschieden: Die Erstattung von {teil} wartet auf die Freigabe einer Kollegin oder eines "
            "Kollegen.",
        ),
    ),
    Situation(
        "refund done", "delivered", parcel="delivered", refunded=True, became={"refund_payment": "done"},
        words="I want {part} back for {order}, please.",
        english=(
            "We have refunded {part} of order {order} to the {method}.",
            "Done: {part} for order {order} has been refunded to the {method}.",
            "I have refunded {part} of your order {order}. Thank you for your patience.",
            "Your refund of {part} for {order} has been made; it goes to the {method}.",
            "The colleague has approved it, and {part} of {amount} was refunded to the {method}. {rest} of the payment "
            "remain.",
        ),
        german=(
            "Wir haben {teil} der Bestellung {order} auf {method} erstattet.",
            "Erledigt: {teil} zur Bestellung {order} wurden auf {method} zurückgezahlt.",
            "Ich habe {teil} deiner Bestellung {order} erstattet. Danke für deine Geduld.",
            "Die Erstattung von {teil} für {order} wurde veranlasst, und zwar auf {method}.",
            "Von {betrag} wurden {teil} erstattet; es verbleiben {uebrig}.",
        ),
    ),
    Situation(
        "refund denied", "delivered", parcel="delivered", became={"refund_payment": "denied"},
        words="I want {part} back for {order}, please.",
        english=(
            "The refund for order {order} was not approved. If you would like to talk to a person about it, just say so.",
            "I am sorry: the refund of {part} for {order} was declined by a colleague. It was not paid back.",
            "My colleague did not agree to a refund of {part}. Nothing was refunded for order {order}.",
            "I asked a colleague about {part} for {order}, and the answer was no. I know that is disappointing.",
            "The wish for {part} back was turned down. Is there anything else that I can look up for you?",
        ),
        german=(
            "Die Rückzahlung zur Bestellung {order} wurde nicht freigegeben. Wenn du mit einem Menschen darüber sprechen "
            "magst, sag "
            "einfach Bescheid.",
            "Es tut mir leid: Die Erstattung von {teil} zu {order} wurde abgelehnt. Es wurde nichts zurückgezahlt.",
            "Meine Kollegin hat der Rückzahlung von {teil} nicht zugestimmt.",
            "Ich habe wegen {teil} nachgefragt, und die Antwort war leider nein.",
            "Dein Wunsch nach {teil} wurde abgelehnt. Kann ich sonst etwas für dich nachsehen?",
        ),
    ),
    Situation(
        "nobody knows", "delivered", parcel="delivered", became={"refund_payment": "unknown"},
        words="I want {part} back for {order}, please.",
        english=(
            "I could not tell for certain whether the refund for order {order} went through. A colleague checks it and "
            "writes to you.",
            "Right now nobody can say whether the {part} for {order} were paid back. A colleague is finding out.",
            "The payment system did not answer clearly, so it is open whether the refund for {order} happened. We are "
            "checking it.",
            "We are still finding out what became of the refund of {part}. You will hear from us here.",
            "I am not sure whether the refund went through, and I would rather not guess. A colleague looks at it.",
        ),
        german=(
            "Ich konnte nicht sicher feststellen, ob die Rückzahlung zur Bestellung {order} geklappt hat. Das wird jetzt "
            "persönlich "
            "geprüft.",
            "Im Moment kann niemand sagen, ob {teil} zu {order} zurückgezahlt wurden. Eine Kollegin klärt das.",
            "Das Zahlungssystem hat nicht eindeutig geantwortet; ob die Erstattung zu {order} geklappt hat, ist offen.",
            "Wir klären noch, was aus der Rückzahlung von {teil} geworden ist. Du hörst hier von uns.",
            "Ob die Rückzahlung geklappt hat, weiß ich nicht sicher, und ich möchte nicht raten.",
        ),
    ),
    Situation(
        "which order", "placed", words="Where is my stuff?", asks=True,
        english=(
            "Which order are you asking about? The number looks like NW-10023 and stands in your order confirmation.",
            "Happy to look that up. Could you tell me the order number, please?",
            "I can find it with the order number; it begins with NW. Which one is it?",
            "To help you, I need to know which order it is about. Do you have the number at hand?",
            "Could you send me the number of the order, please? You find it in the confirmation.",
        ),
        german=(
            "Nach welcher Bestellung fragst du? Die Nummer sieht aus wie NW-10023 und steht in deiner Bestellbestätigung.",
            "Das sehe ich gern nach. Magst du mir die Bestellnummer nennen?",
            "Mit der Bestellnummer finde ich es; sie beginnt mit NW. Welche ist es?",
            "Um dir zu helfen, muss ich wissen, um welche Bestellung es geht. Hast du die Nummer zur Hand?",
            "Kannst du mir bitte die Nummer der Bestellung schicken? Sie steht in der Bestätigung.",
        ),
    ),
    Situation(
        "cancelled order", "cancelled",
        english=(
            "Order {order} was cancelled, so no parcel is on its way.",
            "I have checked {order}: this order was cancelled before it was shipped. Nothing was sent.",
            "The order {order} from {placed} has been cancelled, so there is nothing to track.",
            "That order was cancelled. Would you like to order {item} again? You can do so in the shop.",
            "There is no parcel for {order}, because the order was cancelled.",
        ),
        german=(
            "Die Bestellung {order} wurde storniert, deshalb ist kein Paket unterwegs.",
            "Ich habe nachgesehen: {order} wurde vor dem Versand storniert. Es wurde nichts verschickt.",
            "Die Bestellung {order} vom {bestellt} wurde storniert, es gibt also nichts zu verfolgen.",
            "Diese Bestellung wurde storniert. Möchtest du sie im Shop noch einmal aufgeben?",
            "Zu {order} gibt es kein Paket, weil die Bestellung storniert wurde.",
        ),
    ),
    Situation(
        "not found", "placed", words="Where is NW-99999?",
        english=(
            "I could not find an order NW-99999 in your account. Could you check the number, please?",
            "There is no order NW-99999 in your account. Perhaps two digits were swapped?",
            "I looked for NW-99999 and found nothing under your name. Which number stands in your confirmation?",
            "NW-99999 does not belong to your account, so I cannot say anything about it.",
            "Sorry, I do not see an order NW-99999. If somebody else ordered it, they can write to us themselves.",
        ),
        german=(
            "Ich konnte in deinem Konto keine Bestellung NW-99999 finden. Magst du die Nummer noch einmal prüfen?",
            "In deinem Konto gibt es keine Bestellung NW-99999. Vielleicht sind zwei Ziffern vertauscht?",
            "Ich habe nach NW-99999 gesucht und unter deinem Namen nichts gefunden.",
            "NW-99999 gehört nicht zu deinem Konto, deshalb kann ich dazu nichts sagen.",
            "Eine Bestellung NW-99999 sehe ich leider nicht. Welche Nummer steht in deiner Bestätigung?",
        ),
    ),
    Situation(
        "what is in it", "placed", words="What did I order in {order}?",
        english=(
            "Order {order} holds {count} pieces, among them {item}. Together they cost {amount}.",
            "You ordered {item} on {placed}, and the total is {amount}.",
            "There are {count} articles in {order}. The whole order comes to {amount}.",
            "In {order} I see {item}. It was placed on {placed} and is being prepared.",
            "The total of {order} is {amount}; the order is from {placed}.",
        ),
        german=(
            "In der Bestellung {order} sind {count} Artikel, darunter {item}. Zusammen kosten sie {betrag}.",
            "Du hast am {bestellt} {item} bestellt, insgesamt sind es {betrag}.",
            "Die Bestellung {order} umfasst {count} Artikel und kostet {betrag}.",
            "In {order} sehe ich {item}. Die Bestellung ist vom {bestellt} und wird vorbereitet.",
            "Der Gesamtbetrag von {order} ist {betrag}.",
        ),
    ),
    Situation(
        "thanks and hand-over", "placed", words="Thanks a lot. I also need help with a zip of my tent.",
        english=(
            "You are welcome. A colleague takes care of the rest of your message and answers you here.",
            "Glad that helped. The question about the zip goes to a colleague, who will answer you here.",
            "With pleasure. I cannot judge the zip from here, so a colleague will look at it personally.",
            "Thank you for your kind words. Somebody who knows tents well will read this and get back to you.",
            "Happy to help. Please describe what is wrong with the zip, and a colleague will have a look.",
        ),
        german=(
            "Gern geschehen. Um den Rest deiner Nachricht kümmert sich eine Kollegin oder ein Kollege und antwortet dir "
            "hier.",
            "Schön, dass das geholfen hat. Die Frage zum Reißverschluss sieht sich eine Kollegin an.",
            "Sehr gern. Den Reißverschluss kann ich von hier aus nicht beurteilen, das übernimmt ein Kollege.",
            "Danke für deine netten Worte. Jemand, der sich mit Zelten auskennt, liest das und meldet sich.",
            "Gern. Beschreib bitte kurz, was am Reißverschluss nicht stimmt, dann sieht es sich jemand an.",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Good:
    """A reply that may leave, and what it rests on."""

    situation: str
    language: str
    told: Told
    text: str
    context: ReplyContext


def good_replies() -> Iterator[Good]:
    """All of them: situations times ten texts times three sets of facts."""
    for situation in SITUATIONS:
        for language, templates in (("en", situation.english), ("de", situation.german)):
            for template in templates:
                for told in TOLD:
                    yield _good(situation, language, template, told)


def _good(situation: Situation, language: str, template: str, told: Told) -> Good:
    values = told.values
    said = template.format_map(values)
    hello = f"Hallo {told.name}," if language == "de" else f"Hello {told.name},"
    bye = "Viele Grüße, dein Northwind-Team" if language == "de" else "Kind regards, your Northwind team"
    facts, sources = read_for(situation, told)
    context = ReplyContext(
        sight=SIGHT,
        release=release(),
        language=language,
        points=[Point(text=said, fact_ids=tuple(facts))],
        facts=facts,
        sources=sources,
        customer_words=[situation.words.format_map(values)],
        customer_own=[f"{told.name.lower()}@mail.example"],
        actions={tool: {became} for tool, became in situation.became.items()},
        pending="pending" in situation.became.values(),
        workflows=("where_is_my_order", "refund_order"),
        asks=situation.asks,
        now=NOW,
        secrets=("abcdefgh234567ab", "p_7f3k2m9q"),
    )
    return Good(situation.name, language, told, f"{hello}\n\n{said}\n\n{bye}", context)


def read_for(situation: Situation, told: Told) -> tuple[dict[str, tuple[str, Any]], list[Any]]:
    """Facts and results of a situation, as the shop's adapter makes them."""
    if situation.name in ("which order", "not found", "thanks and hand-over"):
        return {}, []
    money = {"amount_minor": told.minor, "currency": "EUR"}
    refunded = told.part if situation.refunded else 0
    rows: list[tuple[str, Any]] = [
        (f"order.{told.order}.status", situation.status),
        (f"order.{told.order}.total", money),
        (f"order.{told.order}.placed_at", told.placed),
    ]
    order = {
        "order_id": told.order, "status": situation.status, "placed_at": told.placed, "total": money, "note": "",
        "items": [{"title": title, "quantity": number} for title, number in told.items],
    }  # fmt: skip
    sources: list[Any] = [order]
    if situation.parcel is not None:
        eta = told.eta if situation.parcel != "delivered" else None
        events = {
            "in_transit": "The parcel has left the sorting centre.",
            "delivered": "The parcel has been delivered.",
        }
        rows += [
            (f"parcel.{told.tracking}.status", situation.parcel),
            (f"parcel.{told.tracking}.order", told.order),
            (f"parcel.{told.tracking}.eta", eta),
        ]
        parcel = {
            "tracking": told.tracking, "carrier": told.carrier, "status": situation.parcel, "place": told.city, "eta": eta,
            "last_event": events[situation.parcel], "delivered_at": None,
        }  # fmt: skip
        sources.append({"parcels": [parcel]})
    if situation.became:
        rows += [("payment.pay_1.refundable", told.minor - refunded), ("payment.pay_1.refunded", refunded)]
        payment = {
            "payment_id": "pay_1", "order_id": told.order, "amount_minor": told.minor, "currency": "EUR",
            "refunded_minor": refunded, "refundable_minor": told.minor - refunded, "method": told.method,
            "captured_at": told.placed,
        }  # fmt: skip
        sources.append({"payments": [payment]})
    if situation.refunded:
        sources.append({"refund_id": "re_1", "status": "succeeded", "amount_minor": told.part, "currency": "EUR"})
    return {f"e1.{number}": row for number, row in enumerate(rows, 1)}, sources
