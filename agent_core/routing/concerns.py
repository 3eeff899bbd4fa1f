"""Words of stolen accounts, supervisory authorities and payments nobody agreed to, found by code (R-E1).

Beside `alarms`, and as blunt: phrases in the languages people write most, each listed only where it hardly means anything
else. A brand adds its own (`behaviour.yaml`, `escalation`). What they bring about is the escalation table's business.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from agent_core.routing.alarms import compiled
from agent_core.routing.words import normal

Concern = Literal["security", "regulatory", "dispute"]

CONCERNS: Final[Mapping[Concern, Mapping[str, str]]] = {
    "security": {
        "en": "hacked | account was taken over | account takeover | someone else is using my account | someone logged "
        "in* | somebody logged in* | unauthorised access | unauthorized access | identity theft | stolen identity "
        "| my identity was stolen | password was stolen | stolen password | phishing | not me who logged in | "
        "changed my password without",
        "de": "gehackt* | konto wurde übernommen | fremder zugriff | unbefugter zugriff | unbefugte* zugriff* | jemand "
        "hat sich eingeloggt | jemand hat sich in mein konto | identitätsdiebstahl | identität gestohlen | "
        "passwort wurde gestohlen | gestohlenes passwort | phishing*",
        "fr": "piraté* | usurpation d'identité | accès non autorisé | mot de passe volé | hameçonnage",
        "es": "hackead* | suplantación de identidad | acceso no autorizado | contraseña robada | phishing",
        "it": "hackerat* | furto d'identità | accesso non autorizzato | password rubata | phishing",
        "nl": "gehackt | identiteitsfraude | onbevoegde toegang | phishing",
    },
    "regulatory": {
        "en": "regulator | regulatory authority | financial conduct authority | financial ombudsman | cfpb | ofcom | "
        "ofgem | supervisory authority | data breach | going to the press | go to the press | contact the press "
        "| tell the press | to the newspaper* | report you to the "
        "authorities",
        "de": "bafin | bundesnetzagentur | aufsichtsbehörde* | kartellamt | marktüberwachung* | gewerbeaufsicht* | "
        "datenleck* | datenpanne* | an die presse | zur presse",
        "fr": "autorité de contrôle | autorité de régulation | fuite de données | arcep | la presse",
        "es": "autoridad de control | organismo regulador | filtración de datos | a la prensa",
        "it": "autorità di vigilanza | autorità garante | violazione dei dati | alla stampa",
        "nl": "toezichthouder | autoriteit consument | datalek | naar de pers",
    },
    "dispute": {
        "en": "charged twice | charged me twice | double charge* | double charged | overcharged | over charged | wrong "
        "amount | never ordered | did not order this | didn't order this | did not authorise | did not authorize "
        "| didn't authorise | didn't authorize | unauthorised charge* | unauthorized charge* | unauthorised "
        "payment* | unauthorized payment* | do not recognise this charge | do not recognize this charge | don't "
        "recognise this charge | don't recognize this charge | dispute the payment | dispute this payment | "
        "disputed payment",
        "de": "doppelt abgebucht | zweimal abgebucht | doppelt belastet | zu viel abgebucht | falscher betrag | "
        "falschen betrag | nie bestellt | nicht autorisiert* | unberechtigt abgebucht | unberechtigte abbuchung* "
        "| abbuchung kenne ich nicht | zahlung bestreite ich | bestreite die zahlung",
        "fr": "débité deux fois | double prélèvement | prélèvement non autorisé | jamais commandé | conteste le "
        "paiement",
        "es": "cobrado dos veces | doble cargo | cargo no autorizado | nunca pedí | disputo el pago",
        "it": "addebitato due volte | doppio addebito | addebito non autorizzato | mai ordinato | contesto il pagamento",
        "nl": "twee keer afgeschreven | dubbel afgeschreven | onterecht afgeschreven | nooit besteld | betwist de "
        "betaling",
    },
}  # fmt: skip


def concerns(texts: Sequence[str], more: Mapping[Concern, Sequence[str]] | None = None) -> dict[Concern, tuple[str, ...]]:
    """Every concern that is heard in these texts, with its words; those without any are left out.

    Args:
        texts: Clean texts, or their match views where look-alikes are to be seen through.
        more: Phrases of the brand's own.
    """
    plain = dict.fromkeys(normal(text) for text in texts)  # a text and its match view are mostly the same
    found: dict[Concern, tuple[str, ...]] = {}
    for concern in CONCERNS:
        pattern = _pattern(concern, tuple((more or {}).get(concern, ())))
        words = dict.fromkeys(match.group() for text in plain for match in pattern.finditer(text))
        if words:
            found[concern] = tuple(words)
    return found


@lru_cache(maxsize=256)
def _pattern(concern: Concern, more: tuple[str, ...]) -> re.Pattern[str]:
    house = [phrase.strip() for row in CONCERNS[concern].values() for phrase in row.split("|")]
    return compiled((*house, *(phrase for each in more if (phrase := normal(each)))))
