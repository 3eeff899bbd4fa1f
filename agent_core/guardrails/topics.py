"""Topics that many brands refuse, and how replies speak of them, in the match view (R-F1, R-B8).

English and German. Written narrowly: a pattern is the advice or the comparison itself, not a word of its field; "we cannot
give legal advice" is none. Umlauts are plain letters here, as in the match view.
"""

import re
from collections.abc import Mapping
from typing import Final


def _topic(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns))


TOPICS: Final[Mapping[str, re.Pattern[str]]] = {
    "legal_advice": _topic(
        r"you (?:are|re) (?:legally )?entitled (?:by law )?to (?:damages"
        r"|compensation)", r"you (?:should|could|can) (?:sue|take (?:us|them) to court)",
        r"under (?:german|eu|european|consumer|british) (?:law"
        r"|rights act)", r"you have a (?:legal|statutory) (?:claim|right)",
        r"(?:by law|the law|legally|laut gesetz|rechtlich|gesetzlich) (?:\w+ ){0,3}(?:we|you|owe|owed|get|gets|wir"
        r"|dir|ihnen|schulden"
        r"|zusteht|steht|entitled)",
        r"we (?:are|re) liable", r"(?:du hast|sie haben) (?:einen )?rechtsanspruch", r"nach (?:§|paragraph|bgb|dem gesetz)",
        r"(?:du kannst|sie konnen|solltest|sollten) (?:uns )?(?:verklagen|klagen"
        r"|rechtlich vorgehen)", r"wir haften (?:fur|dafur)",
    ),
    "medical_advice": _topic(
        r"you should (?:take|stop taking) (?:your |the )?(?:medication|medicine|pills|painkillers|ibuprofen|antibiotics)",
        r"(?:this|it) (?:cures|heals|treats) \w+", r"(?:recommended|safe) dose",
        r"(?:take|takes|try|nimm|nehmen sie|an?|eine?) (?:\w+ ){0,2}(?:aspirin|paracetamol|ibuprofen|painkillers?"
        r"|schmerztabletten?"
        r"|tabletten|antibiotics|antibiotika)(?: \w+){0,3} (?:help|helps|rest|hilft|helfen|ruh|aus)",
        r"sounds like (?:an? )?(?:allergy|infection|inflammation)",
        r"(?:nimm|nehmen sie) (?:am besten )?(?:ibuprofen|schmerzmittel|medikamente"
        r"|tabletten)", r"(?:heilt|lindert) (?:deine|ihre|die) \w+",
        r"klingt nach (?:einer )?(?:allergie|entzundung|infektion)",
    ),
    "financial_advice": _topic(
        r"you should (?:invest|buy shares|buy stocks)", r"good investment",
        r"(?:du solltest|sie sollten) (?:investieren|anlegen)",
    ),
    "competitors": _topic(
        r"(?:better|cheaper|worse|faster|safer) than (?:at |with )?(?:amazon|zalando|decathlon|globetrotter|ebay|otto|rei"
        r"|patagonia)",
        r"(?:besser|gunstiger|billiger|schlechter|schneller) als (?:bei )?(?:amazon|zalando|decathlon|globetrotter|ebay"
        r"|otto)",
        r"our competitors?",
        r"(?:at|from) other (?:shops|stores|retailers|sellers)", r"other (?:shops|stores|retailers|sellers) (?:sell"
        r"|offer|have)",
        r"andere[rn]? (?:laden|shops|handlern?|anbietern?|geschafte[n]?) (?:\w+ ){0,3}(?:verkaufen|bieten|billiger"
        r"|gunstiger)",
        r"bei anderen (?:laden|shops|handlern|anbietern)",
        r"unsere[rn]? (?:konkurrenz|mitbewerber|wettbewerber)", r"cheaper elsewhere", r"anderswo (?:gunstiger|billiger)",
    ),
    "unreleased_products": _topic(
        r"(?:will be|is being|are) (?:released|launched|launching) (?:soon|next|in"
        r"|this)", r"not (?:yet )?(?:announced|released)",
        r"new (?:model|version|collection) (?:is coming|comes out"
        r"|will come)", r"next (?:\w+ )?(?:model|version|collection) (?:\w+ ){0,3}(?:around the corner|coming|out)",
        r"nachste (?:\w+ )?(?:version|kollektion|modell) (?:\w+ ){0,3}(?:vor der tur|heraus|raus)",
        r"coming (?:out )?(?:soon|next (?:month|year|season|spring|summer|autumn|winter))",
        r"(?:kommt|erscheint) (?:bald|demnachst|im nachsten|nachstes)(?: \w+)? (?:neu|auf den markt|heraus|raus)",
        r"noch nicht (?:angekundigt|veroffentlicht)", r"neue[sr]? (?:modell|kollektion|version) (?:kommt|erscheint)",
    ),
    "internal_tooling": _topic(
        r"our (?:internal )?(?:tooling|backend|crm|ticket system|admin panel"
        r"|database)", r"(?:unser|im) (?:backend|crm|ticketsystem|interne[ns]? system)",
    ),
    "politics": _topic(r"you should vote",
    r"(?:party|government) is (?:right|wrong|corrupt)", r"(?:du solltest|sie sollten) \w+ wahlen"),
}  # fmt: skip
