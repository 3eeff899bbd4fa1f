"""Actions as replies speak of them, in the match view: what was done, and what will be (R-F2).

A family is a verb in its forms and the stems by which a tool's name or a system's answer bears it out. English and German;
umlauts are plain letters here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of action.

    Attributes:
        name: As a word for people.
        done: Participles that say it happened.
        ahead: What says that it will.
        stems: Of tools and answers that bear it out.
    """

    name: str
    done: re.Pattern[str]
    ahead: re.Pattern[str] | None
    stems: tuple[str, ...]


_ME: Final = r"(?:i|we|i ve|we ve|i have|we have|i just|we just|ive|weve)"
_OFTEN: Final = r"(?:(?:have|already|just|now|also|successfully|gone ahead and) ){0,3}"
_HAVE_DE: Final = r"(?:habe ich|haben wir|ich habe|wir haben)"


def _action(name: str, english: str, german: str, stems: str, *, ahead: str = "", passive: str = "") -> Action:
    patterns = [
        rf"\b{_ME} {_OFTEN}(?:{english})\b",
        rf"\b{_HAVE_DE}\b[^.!?\n]{{0,90}}\b(?:{german})\b",
    ]
    if passive:
        patterns.append(passive)
    return Action(
        name,
        re.compile("|".join(patterns)),
        re.compile(ahead) if ahead else None,
        tuple(stems.split()),
    )


_FUNDS: Final = (
    r"(?:money|cash|sum|funds?|amount|refund|reimbursement|repayment|geld|betrag|summe|ruckbuchung|erstattung|ruckzahlung"
    r"|ruckerstattung|gutschrift)"
)
_MOVED: Final = (
    r"(?:left us|(?:went|has gone|have gone|is|are) (?:\w+ ){0,2}(?:through|out)\b|(?:is|are|s|lies|sits"
    r"|should be) (?:\w+ ){0,2}"
    r"(?:in|on|with|at|back in|back on) your (?:account|card|bank)|(?:has|have|was|were) (?:\w+ ){0,2}(?:transferred|wired"
    r"|returned|sent back|booked back)|geklappt|ist raus|(?:auf|bei) (?:deine|ihre|eure)[mrn] (?:konto|karte|bank)"
    r"|uberwiesen"
    r"|zuruckgebucht)"
)
"""Words for money, and words for its having gone where it should: together they say that it was paid back."""
_BACK: Final = (
    r"(?:have|having|get|getting|see|seeing|receive|hast|bekommst|siehst|erhaltst|erhalten|bekommen|sehen) (?:\w+ ){0,3}"
    rf"{_FUNDS}\b(?:[^.!?\n]{{0,30}}\b(?:back|again|wieder|zuruck|tonight|soon|shortly|tomorrow|bald|heute|morgen)\b)"
)
_AGREED: Final = (
    r"\b(?:colleague|manager|supervisor|team|boss|lead|kollegin|kollege|kollegen|chefin|chef|leitung"
    r"|team)\b[^.!?\n]{0,30}\b(?:(?:has |have )?"
    r"(?:said yes|agreed|signed (?:it |that |this )?off|given (?:the|a|its|her|his) (?:go-?ahead|green light|ok|okay|yes)"
    r"|gave (?:the|a) (?:go-?ahead|green light|ok|okay))|ja gesagt|zugestimmt|abgesegnet|grunes licht gegeben)\b"
)
_CONTRACT: Final = r"(?:subscription|contract|membership|plan|abo|abonnement|vertrag|mitgliedschaft)"
_WILL: Final = r"\b(?:i|we)(?: will|'ll| ll| am going to| are going to|'m going to) (?:now |gladly |also |then )?"

ACTIONS: Final = (
    _action(
        "refund",
        "refunded|reimbursed|(?:wired|transferred|paid|sent) (?:\\w+ ){1,3}back|issued (?:a|the|your) (?:full "
        "|partial )?refund|processed (?:a|the|your) refund|paid (?:it"
        "|the money) back",
        "erstattet|zuruckerstattet|ruckerstattet|zuruckgezahlt|zuruckuberwiesen|zuruck uberwiesen"
        "|zuruckgebucht", "refund reimburs erstatt ruckzahl",
        ahead=_WILL + r"(?:refund|reimburse|pay (?:you |it |the money )?back|return the money)"
        r"|\byou(?: will|'ll| ll) (?:get|receive|have) (?:your |the |a |all )?(?:full )?(?:money|refund|reimbursement)"
        r"|\b(?:money|refund) (?:will|'ll) (?:be|arrive|reach)|\bwill be refunded"
        r"|\bwir (?:erstatten|zahlen|uberweisen) (?:dir|ihnen|euch)|\b(?:du bekommst|du erhaltst|sie erhalten"
        r"|sie bekommen) (?:\w+ ){0,3}(?:geld|erstattung|ruckerstattung|ruckzahlung)"
        r"|\bwird (?:\w+ ){0,4}erstattet|" + _BACK,
        passive=rf"\b{_FUNDS}\b[^.!?\n]{{0,30}}\b{_MOVED}\b|\byour (?:card|account) (?:was|has been"
        rf"|is) (?:\w+ )?(?:topped up|credited)\b",
    ),
    _action(
        "credit",
        "credited|(?:took|taken|knocked) (?:\\w+ ){1,3}off (?:the|your) (?:price|bill|total|invoice|order)"
        "|added (?:a |the )?(?:credit|voucher|points)|applied (?:a |the )?(?:credit|discount|voucher)|sent you a "
        "voucher",
        "gutgeschrieben|nachgelassen|erlassen|preis (?:\\w+ ){0,3}gesenkt|gutschein (?:\\w+ ){0,3}(?:erstellt"
        "|geschickt|hinterlegt)|rabatt (?:\\w+ ){0,3}(?:eingetragen"
        "|angewendet)", "credit voucher gutsch goodwill discount rabatt",
        ahead=_WILL + r"(?:credit|give you (?:a |an )?(?:\w+ )?(?:discount|voucher|credit)|send you (?:a )?(?:voucher|gift))"
        r"|\byou(?: will|'ll| ll) (?:get|receive) (?:a |an |another )?(?:\w+ )?(?:discount|voucher|credit|gift)"
        r"|\b(?:du bekommst|du erhaltst|sie erhalten|wir geben dir|wir schenken dir"
        r"|ich schenke dir) (?:\w+ ){0,3}(?:rabatt|gutschein|gutschrift)",
    ),
    _action(
        "cancellation", "cancelled|canceled|stopped (?:the|your) (?:order|subscription|delivery)",
        "storniert|gekundigt|(?:bestellung|abo|lieferung) (?:\\w+ ){0,3}gestoppt", "cancel storn kundig beend",
        ahead=_WILL +
        r"cancel\b|\bwill be cancell?ed|\bwir (?:stornieren|kundigen)|\bich (?:storniere|kundige)"
        r"|\bwird (?:\w+ ){0,3}(?:storniert|gekundigt)",
        passive=
        r"\b(?:order|subscription|it|bestellung|abo) (?:has|have|had) (?:now |already |successfully )?been cancell?ed\b"
        rf"|\b{_CONTRACT}\b (?:\w+ ){{0,4}}(?:ended|over|terminated|stopped|renews|renew|beendet|aufgelost|gestoppt"
        rf"|ausgelaufen)\b"
        rf"|\b{_CONTRACT}\b (?:\w+ ){{0,3}}(?:verlangert sich|lauft) nicht mehr\b",
    ),
    _action(
        "change",
        "changed|updated|corrected|amended|adjusted"
        "|modified", "geandert|aktualisiert|korrigiert|angepasst|hinterlegt", "change update edit set amend modif chang",
        ahead=_WILL +
        r"(?:change|update|correct|amend) (?:your|the|it)\b|\bwir (?:andern|aktualisieren)|\bich (?:andere|aktualisiere)",
        passive=
        r"\b(?:address|account|order|delivery|plan|adresse|anschrift) (?:has|have) (?:now |already "
        r"|successfully )?been (?:changed|updated|corrected)\b"
        r"|\b(?:use|ship|deliver|goes|send it) (?:\w+ ){0,2}(?:the|your) (?:new|other) (?:address|office|home)\b"
        r"|\b(?:now|from now on) (?:ship|deliver|send) (?:it |them )?to your\b"
        r"|\b(?:jetzt|ab jetzt|kunftig) (?:\w+ ){0,3}(?:gilt|an) (?:die|deine|ihre) neue (?:adresse|anschrift)\b"
        r"|\b(?:wir liefern|gilt|geht) (?:jetzt|nun|ab jetzt|kunftig) (?:\w+ ){0,2}(?:in|an) (?:dein|deine|ihr|ihre)\b"
        r"|\bab jetzt gilt die neue (?:adresse|anschrift)\b"
        r"|\b(?:adresse|anschrift|lieferadresse)\b[^.!?\n]{0,30}\b(?:wurde|ist) (?:\w+ ){0,2}(?:geandert|aktualisiert)\b",
    ),
    _action(
        "replacement",
        "replaced|exchanged|reshipped|re-shipped|sent (?:you )?(?:a |the )?(?:replacement|new one|new parcel)|arranged "
        "(?:a |the )?(?:replacement|exchange)",
        "ersetzt|umgetauscht|ersatz (?:\\w+ ){0,3}(?:verschickt|geschickt|losgeschickt"
        "|veranlasst)", "replace exchange reship ersatz umtausch",
        ahead=_WILL + r"(?:replace|exchange|re-?ship|send (?:you )?(?:a |the |another )?(?:replacement|new|another))"
        r"|\byou(?: will|'ll| ll) (?:get|receive) (?:a |the )?(?:replacement|new one)"
        r"|\b(?:wir|ich) (?:ersetzen|ersetze|schicken|schicke|senden|sende) (?:dir|ihnen|euch) (?:\w+ ){0,3}(?:ersatz"
        r"|neues|neuen|neue)"
        r"|\b(?:a |the |another |new |fresh |replacement )+(?:one|item|piece|parcel|copy) (?:\w+ ){0,2}(?:leaves"
        r"|goes out|ships|is going out)\b"
        r"|\b(?:neues|neuer|neue|ersatz\w*|noch eins|ein anderes)\b (?:\w+ ){0,4}(?:raus|rausgeht|auf den weg)\b"
        r"|\bgeht (?:\w+ ){0,2}(?:neues|neuer|neue|ersatz\w*|eins) (?:\w+ ){0,4}(?:raus|auf den weg)\b",
    ),
    _action(
        "message",
        "resent|re-sent|sent (?:you )?(?:a |an |the |your )?(?:new |another )?(?:confirmation|invoice|receipt|label"
        "|e-?mail|link|copy)|emailed you",
        "(?:bestatigung|rechnung|beleg|mail|link|etikett|label)\\b[^.!?\\n]{0,40}(?:geschickt|gesendet|verschickt"
        "|zugeschickt)", "resend send mail invoice confirm label",
        ahead=_WILL +
        r"(?:send|resend|email) (?:you )?(?:a |an |the |your )?(?:new |another )?(?:confirmation|invoice|receipt|label"
        r"|copy)",
    ),
    _action("deletion", "deleted|removed|erased|closed your account", "geloscht|entfernt", "delete remove erase close"),
    _action(
        "arrangement",
        "booked|scheduled|arranged|ordered|reserved|extended|upgraded|reset|unlocked|reactivated|activated|blocked",
        "gebucht|beauftragt|veranlasst|reserviert|verlangert|zuruckgesetzt|freigeschaltet|entsperrt|gesperrt"
        "|bestellt", "book schedul arrang order reserv extend upgrad reset unlock activat block investigat request",
    ),
    _action(
        "approval", "approved|authori[sz]ed", "genehmigt|freigegeben|bewilligt", "approv authori genehmig freigab",
        passive=
        r"\b(?:request|refund|it|antrag|erstattung|ruckzahlung) (?:has been|was|wurde) (?:already |bereits )?(?:approved"
        r"|authori[sz]ed|genehmigt|freigegeben)\b|" + _AGREED,
    ),
)  # fmt: skip

WAITS: Final = re.compile(
    r"\b(?:wait(?:s|ing)?|pending|with a colleague) (?:\w+ ){0,3}(?:approval|decision|confirmation|sign-?off)\b"
    r"|\b(?:approval|decision) is (?:still )?(?:pending|open)\b"
    r"|\b(?:colleague(?: s|'s)?|colleagues?'?) (?:approval|decision)\b"
    r"|\bwartet (?:\w+ ){0,4}(?:freigabe|genehmigung|entscheidung|zustimmung)\b"
)
"""It waits for somebody's decision."""

TOOL_WORDS: Final[Mapping[str, tuple[str, ...]]] = {action.name: action.stems for action in ACTIONS}
