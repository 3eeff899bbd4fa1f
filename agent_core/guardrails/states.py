"""States of parcels and orders: how a reply says them, and by which words of a system they are borne out (R-F2).

English and German, in the match view, where an umlaut is a plain letter. `told` words are looked for in everything that
systems gave in this turn: a status, a carrier's own words, a field's name.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class State:
    """One state.

    Attributes:
        name: As a word for people.
        said: How a reply says it.
        told: What bears it out.
    """

    name: str
    said: re.Pattern[str]
    told: re.Pattern[str]


def _state(name: str, said: str, told: str) -> State:
    return State(name, re.compile(rf"\b(?:{said})\b"), re.compile(told))


_MOVING: Final = (
    "shipped|transit|out_for_delivery|out for delivery|on the way|unterwegs|versandt|departed|sorting|depot|hub|collected"
    "|handed to"
)
_GOODS: Final = r"(?:it|they|order|parcel|package|shipment|item|tent|goods|[a-z]{2}-\d+)"
_WAS: Final = r"(?:has|have|had|was|were|is|are|been|got|being|s|already|just|now|also|both|ve) "

STATES: Final = (
    _state(
        "delivered",
        rf"{_WAS}(?:successfully )?delivered|(?:parcel|package|order|it|[a-z]{{2}}-\d+) (?:has |have )?(?:already )?arrived"
        r"|(?:handed|gave|given|left|dropped|made it)\b (?:\w+ ){0,5}(?:to|with|at) (?:\w+ )?(?:neighbou?r|porter"
        r"|concierge|reception|front door"
        r"|doorstep|door)|(?:beim|an den|bei der|bei dem|deinem|einem|vor der|vor die) (?:nachbarn?|hausmeister"
        r"|pfortner|empfang"
        r"|haustur|wohnungstur)\b"
        r"|zugestellt|ausgeliefert|(?:wurde|ist|worden|bereits|schon|gestern|heute|paket"
        r"|bestellung) (?:\w+ ){0,3}(?:geliefert|angekommen)",
        r"neighbou?r|porter|concierge|reception|door|nachbar|hausmeister|pfortner|empfang|haustur"
        r"|delivered(?!_at: none)|zugestellt|ausgeliefert|picked up by|angekommen|geliefert",
    ),
    _state("out for delivery",
    r"out for delivery|in zustellung|in der zustellung|with the driver"
    r"|beim fahrer", r"out_for_delivery|out for delivery|in zustellung|driver"),
    _state(
        "on its way",
        rf"{_WAS}(?:still )?on (?:its|their|the) way|in transit|en route|unterwegs"
        r"|(?:in|at) (?:the|our|a|their) (?:\w+ )?(?:depot|hub|sorting (?:centre|center|facility)"
        r"|distribution (?:centre|center))"
        r"|(?:im|beim) (?:\w+ )?(?:depot|verteilzentrum|paketzentrum|zustellstutzpunkt|sortierzentrum)"
        r"|(?:crossing|crossed|uber) (?:the|die) (?:border|grenze)",
        _MOVING + "|facility|centre|center|zentrum|verteil|border|grenze",
    ),
    _state(
        "sent",
        rf"{_WAS}(?:shipped|dispatched|sent out)|(?:has |have )?left (?:our|the) (?:warehouse|store)"
        rf"|handed (?:over )?to the carrier"
        r"|versandt|verschickt|versendet|abgeschickt|dem versender ubergeben",
        _MOVING + "|delivered|returned|pick|parcel",
    ),
    _state(
        "on its way back",
        rf"{_WAS}(?:returned|sent back|on (?:its|the) way back)(?! to you\b)|return(?:ed|s|ing)? to (?:us"
        rf"|(?:the )?sender)|zuruck an den absender|zuruckgeschickt|auf dem ruckweg",
        r"return|zuruck|rts|ruck",
    ),
    _state("lost", rf"{_WAS}lost|verloren(?: gegangen)?|verschollen", r"lost|verloren|missing|verschollen"),
    _state("damaged", rf"{_WAS}damaged|beschadigt", r"damag|beschadigt"),
    _state(
        "ready to be picked up",
        r"ready (?:for|to be) (?:pick(?:ed)? ?-?up|collect(?:ed|ion))|waits? (?:for you )?(?:at|in) the (?:pick ?-?up"
        r"|parcel|post)[a-z -]*|abholbereit|zur abholung bereit|liegt (?:\w+ ){0,4}zur abholung",
        r"pick.?up|collect|abhol|locker|parcel shop",
    ),
    _state("late",
    rf"{_WAS}(?:been )?(?:delayed|running late)|verspatet|verzogert sich"
    rf"|hat verspatung", r"delay|late|exception|held|verspat|verzoger"),
    _state("held at customs", rf"{_WAS}(?:held |stuck )?(?:at|in) customs|beim zoll|im zoll", r"customs|zoll"),
    _state(
        "cancelled",
        r"(?:order|bestellung|subscription|abo|it|[a-z]{2}-\d+) (?:\w+ ){0,3}(?:cancelled|canceled|storniert|gekundigt)",
        r"cancel|storn|kundig",
    ),
    _state("being prepared",
    r"(?:is|are|being|wird|gerade|noch) (?:\w+ ){0,2}(?:prepared|packed|vorbereitet"
    r"|gepackt)", r"placed|packed|paid|processing|prepar|received|open|pending"),
)  # fmt: skip
