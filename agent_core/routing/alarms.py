"""Words of law and of danger, found by code beside a model's view: either of the two raises the flag (R-B1, R-E1).

Lexical and blunt on purpose. A person who looks once too often costs minutes; a threat of court that a model overlooked, or
was talked out of by the very message, costs a customer. So nothing here lowers a flag, and a message that speaks of *no*
lawyer is still about one. Phrases stand in the languages people write most, whatever the brand speaks; a word that means
something harmless as often is only listed inside a phrase (`avocat` is also an avocado, `Gericht` a meal, `sue` a name).

It must never decide what becomes of a message: the routing table does.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, Literal

from agent_core.routing.words import normal

Alarm = Literal["legal", "safety"]

_LEGAL: Final = {
    "en": "lawyer* | attorney* | solicitor* | barrister | sue you | suing you | sue your | sue the company | see "
    "you in court | take you to court | taking you to court | court case | small claims | go to court | going "
    "to court | taking this to court | take this to court | legal action | legal steps | lawsuit* | legal "
    "proceedings | legal department | letter before action | cease and desist | ombudsman | trading standards "
    "| consumer protection | consumer rights authority | better business bureau | federal trade commission | "
    "data protection authority | data protection officer | information commissioner | gdpr | ccpa | right to "
    "erasure | subject access request | chargeback* | charge back | dispute the charge | dispute this charge "
    "| disputing the charge | report you to | press charges | police report | attorney general",
    "de": "anwalt* | anwält* | rechtsanwalt* | rechtsanwält* | verklag* | klage einreich* | klage gegen | vor "
    "gericht | gerichtlich* | amtsgericht* | landgericht* | gerichtsverfahren | rechtliche schritte | "
    "rechtsweg* | rechtsschutz* | mahnbescheid* | strafanzeige* | anzeige erstatten | anzeige bei der polizei "
    "| zur polizei | die polizei | abmahn* | verbraucherzentrale* | verbraucherschutz* | schlichtungsstelle* "
    "| datenschutzbehörde* | datenschutzbeauftragte* | dsgvo | auskunft nach art* | wettbewerbszentrale | "
    "rückbuchung* | rückbuchen | lastschrift zurück* | inkasso* | ombudsmann*",
    "fr": "mon avocat | un avocat | notre avocat | mes avocats | avocate | tribunal | tribunaux | porter plainte | "
    "dépôt de plainte | plainte contre | mise en demeure | action en justice | poursuites judiciaires | "
    "poursuivre en justice | en justice | dgccrf | cnil | rgpd | que choisir | signal conso | médiateur* | "
    "rétrofacturation | huissier*",
    "es": "abogad* | demandarles | demandarlos | les voy a demandar | os voy a demandar | una demanda contra | "
    "demanda judicial | juzgado* | tribunales | acciones legales | vía judicial | denuncia* | hoja de "
    "reclamaciones | protección de datos | rgpd | aepd | omic | oficina del consumidor | contracargo*",
    "it": "avvocat* | vie legali | azione legale | azioni legali | tribunale | giudice di pace | causa legale | "
    "farvi causa | denuncia* | diffida* | messa in mora | garante della privacy | gdpr | agcm | codacons | "
    "associazione consumatori | chargeback",
    "nl": "advocaat | advocaten | rechtbank* | voor de rechter | juridische stappen | rechtszaak* | aangifte | "
    "ingebrekestelling | consumentenbond | geschillencommissie | autoriteit persoonsgegevens | avg-verzoek | "
    "deurwaarder*",
    "pt": "advogad* | tribunal | tribunais | processar-vos | processar vocês | processo judicial | ação judicial | "
    "acção judicial | medidas legais | livro de reclamações | procon | deco proteste | lgpd | rgpd | "
    "queixa-crime | juizado*",
    "pl": "prawnik* | adwokat* | do sądu | w sądzie | sądow* | pozew* | pozwę | kroki prawne | drogę prawną | uokik "
    "| rzecznik* konsument* | rodo | zgłoszę na policję | obciążenie zwrotne | chargeback",
    "sv": "advokat* | domstol* | stämma er | stämmer er | rättsliga åtgärder | polisanmäl* | konsumentverket | "
    "allmänna reklamationsnämnden | integritetsskyddsmyndigheten | inkasso",
    "da": "advokat* | domstol* | retssag* | juridiske skridt | politianmeld* | forbrugerombudsmand* | "
    "forbrugerklagenævn* | datatilsynet",
    "tr": "avukat* | mahkeme* | dava aç* | tüketici hakem* | savcılı* | kvkk | yasal işlem*",
    "ru": "адвокат* | юрист* | в суд | через суд | судебн* | иск | исков* | роспотребнадзор* | прокуратур* | "
    "заявление в полицию",
    "uk": "адвокат* | юрист* | до суду | судов* | позов* | держпродспоживслужб*",
    "ar": "محامي* | محامٍ | المحكمة | محكمة | دعوى | قضائي* | حماية المستهلك",
    "zh": "律师 | 起诉 | 法院 | 法律途径 | 消费者协会 | 12315 | 投诉到工商",
    "ja": "弁護士 | 訴訟 | 訴え | 裁判 | 法的措置 | 消費者センター | 消費生活センター",
    "ko": "변호사 | 소송 | 고소 | 법원 | 법적 조치 | 소비자원 | 소비자보호원",
}  # fmt: skip

_SAFETY: Final = {
    "en": "caught fire | catches fire | on fire | burst into flames | went up in flames | exploded | explodes | "
    "explosion* | electric shock* | electrocut* | burned me | burnt me | burned my | burnt my | burns on | "
    "smoke came | smoking battery | started smoking | smells of burning | injured | injury | injuries | "
    "bleeding | hospital* | ambulance* | emergency room | poisoned | poisoning | allergic reaction* | "
    "anaphyla* | choked | choking | suffocat* | carbon monoxide | gas leak | unconscious | suicid* | kill "
    "myself | end my life | hurt myself | harm myself | want to die | no reason to live",
    "de": "feuer gefangen | in flammen | fängt feuer | brennt | gebrannt | in brand | explodiert* | explosion* | "
    "stromschlag* | elektroschock* | verbrannt | verbrennung* | brandgeruch | raucht | qualmt | verletz* | "
    "blutet | blutung* | krankenhaus* | notaufnahme* | notarzt* | rettungswagen* | vergift* | allergische "
    "reaktion* | allergischer schock | erstick* | gasgeruch | kohlenmonoxid | bewusstlos* | suizid* | "
    "selbstmord* | umbringen | mir das leben nehmen | mir etwas antun | nicht mehr leben",
    "fr": "pris feu | prend feu | en feu | en flammes | a explosé | explosion* | électrocut* | décharge électrique "
    "| brûlé* | brûlure* | blessé* | blessure* | saigne* | hôpital | urgences | ambulance | intoxiqu* | "
    "empoisonn* | réaction allergique | étouff* | fuite de gaz | suicid* | me tuer | en finir",
    "es": "se incendió | se prendió fuego | en llamas | explotó | explosión* | descarga eléctrica | electrocut* | "
    "quemó | quemadura* | herid* | sangrado | sangrando | hospital* | urgencias | ambulancia* | intoxic* | "
    "envenen* | reacción alérgica | asfixi* | fuga de gas | suicid* | matarme | quitarme la vida",
    "it": "preso fuoco | in fiamme | esplos* | scossa elettrica | folgorat* | ustion* | bruciat* | ferit* | "
    "sanguin* | ospedale | pronto soccorso | ambulanza | intossic* | avvelen* | reazione allergica | soffoc* "
    "| fuga di gas | suicid* | uccidermi | togliermi la vita",
    "nl": "in brand | vlam gevat | ontploft* | ontploffing* | elektrische schok | geëlektrocuteerd | verbrand* | "
    "brandwond* | gewond* | bloedt | ziekenhuis | ambulance | vergiftig* | allergische reactie* | gestikt | "
    "gaslek | zelfmoord* | mezelf iets aandoen",
    "pt": "pegou fogo | em chamas | explodiu | explosão | choque elétrico | choque eléctrico | queimadura* | "
    "queimou | ferid* | sangrado | sangrando | hospital | ambulância | intoxic* | envenen* | reação alérgica "
    "| asfixi* | fuga de gás | vazamento de gás | suicíd* | me matar | matar-me",
    "pl": "zapalił* się | w ogniu | wybuch* | poraził* prąd | porażeni* prądem | oparz* | ranny | ranna | obrażeni* "
    "| krwaw* | szpital* | pogotowi* | zatruł* | zatruci* | reakcj* alergiczn* | udusi* | wyciek gazu | "
    "samobój* | zabić się",
    "sv": "fattade eld | i brand | exploder* | elstöt* | brännskad* | skadad | blöder | sjukhus* | ambulans* | "
    "förgift* | allergisk reaktion | självmord* | ta mitt liv",
    "da": "brød i brand | gik ild i | eksploder* | elektrisk stød | forbrænding* | kom til skade | bløder | "
    "hospital* | ambulance | forgift* | allergisk reaktion | selvmord*",
    "tr": "alev al* | yangın* | patladı | elektrik çarp* | yaralan* | yanık* | kanama* | hastane* | ambulans* | "
    "zehirlen* | alerjik reaksiyon* | intihar* | kendimi öldür*",
    "ru": "загорел* | взорвал* | взрыв* | ударило током | удар током | ожог* | травм* | ранен* | кровь | больниц* | "
    "скорая помощь | отравл* | аллергическ* | самоубий* | покончить с собой",
    "uk": "загорі* | вибух* | вдарило струмом | опік* | травм* | поранен* | лікарн* | отруєн* | самогуб*",
    "ar": "احترق* | انفجر* | صعقة كهربائية | حروق | أصيب* | إصابة | مستشفى | تسمم | انتحار | أقتل نفسي",
    "zh": "着火 | 起火 | 爆炸 | 触电 | 烧伤 | 烫伤 | 受伤 | 流血 | 医院 | 中毒 | "
    "过敏 | 窒息 | 自杀 | 不想活",
    "ja": "発火 | 火が出 | 爆発 | 感電 | やけど | 火傷 | 怪我 | けが | 出血 | 病院 "
    "| 救急 | 中毒 | アレルギー反応 | 窒息 | 自殺 | 死にたい",
    "ko": "불이 났 | 불이 붙 | 폭발 | 감전 | 화상 | 다쳤 | 부상 | 병원 | 응급실 | "
    "중독 | 알레르기 반응 | 질식 | 자살 | 죽고 싶",
}  # fmt: skip

_TABLES: Final = {"legal": _LEGAL, "safety": _SAFETY}
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def phrases_of(alarm: Alarm) -> tuple[tuple[str, str], ...]:
    """Language and phrase of the whole table; `*` at a phrase's end is any ending."""
    return tuple((language, phrase.strip()) for language, row in _TABLES[alarm].items() for phrase in row.split("|"))


@cache
def _pattern(alarm: Alarm) -> re.Pattern[str]:
    return compiled(phrase for _, phrase in phrases_of(alarm))


def compiled(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern for phrases as `words.normal` spells them; `*` at a word's end is any ending."""
    spaced: list[str] = []
    bare: list[str] = []
    for phrase in phrases:
        words = r"\s".join(re.escape(word.rstrip("*")) + r"\w*" * word.endswith("*") for word in phrase.split())
        (bare if _UNSPACED.search(phrase) else spaced).append(words)
    apart = rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"
    return re.compile("|".join([*([apart] if spaced else []), *bare]))


def heard(alarm: Alarm, texts: Iterable[str]) -> tuple[str, ...]:
    """The words of an alarm in these texts, as they were written but for case and width; empty when there are none.

    Args:
        alarm: Which one.
        texts: Clean texts, or their match views where look-alikes are to be seen through.
    """
    found: dict[str, None] = {}
    for text in dict.fromkeys(map(normal, texts)):  # a text and its match view are mostly the same
        for match in _pattern(alarm).finditer(text):
            found.setdefault(match.group())
    return tuple(found)


def alarms(texts: Sequence[str]) -> dict[Alarm, tuple[str, ...]]:
    """Every alarm that is heard in these texts, with its words."""
    kinds: tuple[Alarm, ...] = ("legal", "safety")
    return {kind: words for kind in kinds if (words := heard(kind, texts))}
