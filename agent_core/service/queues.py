"""What waits for people, where, in which language and until when (R-E4). Only reads.

The clocks are those that stand in the log; opening hours are the live release's, so they say what holds now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agent_core.contract.ids import BrandId, OperatorId
from agent_core.contract.queues import (
    BreachAhead,
    BreachesAnswer,
    QueueLanguage,
    QueuesAnswer,
    QueueShown,
    QueueTimes,
)
from agent_core.contract.views import AskCard
from agent_core.engine.placing import queue_hours
from agent_core.service.commands.common import Means
from agent_core.service.projection import queue_rows
from agent_core.service.projection.queue_rows import OpenAsk, PastAsk
from agent_core.workflows.brand import BrandConfig, Queue

if TYPE_CHECKING:
    from agent_core.contract.outcomes import Clock

_Key = tuple[BrandId, str]


async def shown(means: Means, brands: Sequence[BrandId], days: int) -> QueuesAnswer:
    """Every queue of these brands with what waits in it, and how fast people were in the last days."""
    now = means.clock()
    since = now - timedelta(days=days)
    waiting, over = await means.store.read(
        lambda tx: (queue_rows.open_asks(tx.connection, brands), queue_rows.past_asks(tx.connection, brands, since))
    )
    here, past = defaultdict[_Key, list[OpenAsk]](list), defaultdict[_Key, list[PastAsk]](list)
    for ask in waiting:
        here[ask.brand, ask.queue].append(ask)
    for ended in over:
        past[ended.brand, ended.queue].append(ended)
    found: list[QueueShown] = []
    for brand in brands:
        config = means.shelf.active(brand).release.brand
        named = {queue.name: queue for queue in config.queues}
        others = sorted({name for of, name in here if of == brand} - named.keys())
        found += [_shown(config, named.get(name), name, here, past, now, days) for name in (*named, *others)]
    found.sort(key=lambda queue: (queue.priority, queue.brand, queue.queue))
    complete = len(waiting) < queue_rows.MOST_OPEN and len(over) < queue_rows.MOST_OVER
    return QueuesAnswer(queues=tuple(found), now=now, complete=complete)


def _shown(
    brand: BrandConfig,
    queue: Queue | None,
    name: str,
    here: Mapping[_Key, Sequence[OpenAsk]],
    past: Mapping[_Key, Sequence[PastAsk]],
    now: datetime,
    days: int,
) -> QueueShown:
    waiting, key = here.get((brand.name, name), ()), (brand.name, name)
    opens = None if queue is None else queue_hours(brand, queue).next_open(now)
    return QueueShown(
        brand=brand.name,
        queue=name,
        title=name if queue is None else queue.title,
        priority=9 if queue is None else queue.priority,
        languages=() if queue is None else queue.languages,
        open_now=opens == now,
        opens_at=None if opens == now else opens,
        waiting=sum(not ask.claimed for ask in waiting),
        claimed=sum(ask.claimed for ask in waiting),
        assigned=sum(ask.assigned for ask in waiting),
        breached=sum(ask.breached for ask in waiting),
        oldest=min((ask.raised_at for ask in waiting), default=None),
        next_breach=_first(waiting),
        by_language=tuple(
            QueueLanguage(language=language, open=len(those), next_breach=_first(those))
            for language in sorted({ask.language for ask in waiting})
            for those in ([ask for ask in waiting if ask.language == language],)
        ),
        times=_times(past.get(key, ()), days),
        known=queue is not None,
    )


def _first(asks: Iterable[OpenAsk]) -> datetime | None:
    return min((ask.next_breach for ask in asks if ask.next_breach is not None), default=None)


def _times(past: Sequence[PastAsk], days: int) -> QueueTimes:
    looked = sorted(ask.looked for ask in past if ask.looked is not None)
    answered = sorted(ask.answered for ask in past if ask.answered is not None)
    clocked = [ask.in_time for ask in past if ask.in_time is not None]
    return QueueTimes(
        days=days,
        looked=len(looked),
        look_median_s=_at(looked, 50),
        look_p95_s=_at(looked, 95),
        answered=len(answered),
        answer_median_s=_at(answered, 50),
        answer_p95_s=_at(answered, 95),
        in_time_percent=100 * sum(clocked) // len(clocked) if clocked else None,
    )


def _at(ordered: Sequence[int], percent: int) -> int | None:
    """The value that so many percent of the others do not pass: nearest rank, so it is one that really was."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


async def breaching(
    means: Means, brands: Sequence[BrandId], *, queue: str | None, language: str | None, limit: int
) -> BreachesAnswer:
    """What breaches next at these brands, in one queue or language where they are named."""
    cards = await means.store.read(
        lambda tx: queue_rows.next_breaches(tx.connection, brands, queue=queue, language=language, limit=limit)
    )
    ahead = (AskCard.model_validate_json(data) for data in cards)
    return BreachesAnswer(breaches=tuple(_ahead(card) for card in ahead), now=means.clock())


def _ahead(card: AskCard) -> BreachAhead:
    assert card.next_breach is not None
    clock: Clock = "first_look" if card.next_breach == card.look_by and "first_look" not in card.breached else "answer"
    return BreachAhead(
        ask=card.ask,
        conversation=card.conversation,
        brand=card.brand,
        queue=card.queue,
        language=card.language,
        kind=card.kind,
        code=card.code,
        priority=card.priority,
        clock=clock,
        due=card.next_breach,
        customer_name=card.customer_name,
        claimed_by=card.claimed_by,
        assigned_to=card.assigned_to,
    )


NOBODY: Final = "nobody"
ME: Final = "me"


def chosen(
    cards: Iterable[AskCard],
    *,
    brand: str | None = None,
    queue: str | None = None,
    language: str | None = None,
    assigned: str | None = None,
    me: OperatorId | None = None,
) -> tuple[AskCard, ...]:
    """The cards somebody wants to see, in their order. `assigned`: an operator, `me`, or `nobody`."""
    wanted = {ME: me, NOBODY: None}.get(assigned or "", assigned)
    return tuple(
        card
        for card in cards
        if (brand is None or card.brand == brand)
        and (queue is None or card.queue == queue)
        and (language is None or card.language == language)
        and (assigned is None or (card.assigned_to == wanted and (assigned != ME or me is not None)))
    )
