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


_WILL: Final = r"\b(?:i|we)(?: will|'ll| ll| am going to| are going to|'m going to) (?:now |gladly |also |then )?"

ACTIONS: Final = (
    _action(
        "refund",
        "refunded|reimbursed|issued (?:a|the|your) (?:full |partial )?refund|processed (?:a|the|your) refund|paid (?:it"
        "|the money) back",
        "erstattet|zuruckerstattet|ruckerstattet|zuruckgezahlt|zuruckuberwiesen", "refund reimburs erstatt ruckzahl",
        ahead=_WILL + r"(?:refund|reimburse|pay (?:you |it |the money )?back|return the money)"
        r"|\byou(?: will|'ll| ll) (?:get|receive|have) (?:your |the |a |all )?(?:full )?(?:money|refund|reimbursement)"
        r"|\b(?:money|refund) (?:will|'ll) (?:be|arrive|reach)|\bwill be refunded"
        r"|\bwir (?:erstatten|zahlen|uberweisen) (?:dir|ihnen|euch)|\b(?:du bekommst|du erhaltst|sie erhalten"
        r"|sie bekommen) (?:\w+ ){0,3}(?:geld|erstattung|ruckerstattung|ruckzahlung)"
        r"|\bwird (?:\w+ ){0,4}erstattet",
    ),
    _action(
        "credit",
        "credited|added (?:a |the )?(?:credit|voucher|points)|applied (?:a |the )?(?:credit|discount|voucher)|sent you a "
        "voucher",
        "gutgeschrieben|gutschein (?:\\w+ ){0,3}(?:erstellt|geschickt|hinterlegt)|rabatt (?:\\w+ ){0,3}(?:eingetragen"
        "|angewendet)", "credit voucher gutsch goodwill discount rabatt",
        ahead=_WILL + r"(?:credit|give you (?:a |an )?(?:\w+ )?(?:discount|voucher|credit)|send you (?:a )?(?:voucher|gift))"
        r"|\byou(?: will|'ll| ll) (?:get|receive) (?:a |an |another )?(?:\w+ )?(?:discount|voucher|credit|gift)"
        r"|\b(?:du bekommst|du erhaltst|sie erhalten|wir geben dir|wir schenken dir"
        r"|ich schenke dir) (?:\w+ ){0,3}(?:rabatt|gutschein|gutschrift)",
    ),
    _action(
        "cancellation", "cancelled|canceled", "storniert|gekundigt", "cancel storn kundig",
        ahead=_WILL +
        r"cancel\b|\bwill be cancell?ed|\bwir (?:stornieren|kundigen)|\bich (?:storniere|kundige)"
        r"|\bwird (?:\w+ ){0,3}(?:storniert|gekundigt)",
        passive=
        r"\b(?:order|subscription|it|bestellung|abo) (?:has|have|had) (?:now |already |successfully )?been cancell?ed\b",
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
        r"|neues|neuen|neue)",
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
        r"|authori[sz]ed|genehmigt|freigegeben)\b",
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
