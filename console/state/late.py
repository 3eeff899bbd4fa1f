"""What the core said: while somebody is signed out none of it is shown, whatever was asked for before they left (R-M8).

Every slice begins empty for whoever comes next. It must name each happening that brings something of the core's into a
slice by itself; those that are about a choice fall away with the choice.
"""

from typing import Final

from console.state.acting import ActionShown
from console.state.audit import OversightArrived, QueueArrived, VerificationArrived
from console.state.finding import Found
from console.state.happenings import (
    AsksArrived,
    DetailArrived,
    FeedArrived,
    PacketArrived,
    PageArrived,
    PageSeenAgain,
    SystemsArrived,
)
from console.state.levels import EvidenceArrived, LevelsArrived
from console.state.listing import ListingArrived
from console.state.past import PastArrived, ReviewsArrived
from console.state.people import PeopleArrived
from console.state.searching import FacetsArrived, SearchArrived
from console.state.stopping import ReachArrived
from console.state.triage import TriageArrived

FROM_THE_CORE: Final = (
    FeedArrived, PageArrived, PageSeenAgain, AsksArrived, DetailArrived, PacketArrived, SystemsArrived, Found,
    ListingArrived, PeopleArrived, LevelsArrived, EvidenceArrived, ReachArrived, ActionShown, TriageArrived,
    QueueArrived, VerificationArrived, OversightArrived, PastArrived, ReviewsArrived, SearchArrived, FacetsArrived,
)  # fmt: skip
