"""The numbers of the present moment are kept as views change, and are those that counting would give (R-M1)."""

import random
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.ids import BrandId
from agent_core.service.projection import present_counts, queue_rows, views
from agent_core.service.projection.cards import placed_card
from agent_core.service.projection.views import Placed
from agent_core.store.tables import metadata, view
from tests.console.made import ask

BRANDS = (BrandId("east"), BrandId("west"))
PARTS = {"row": ("needs", "agent", "human", "closed"), "ask": ("approval", "escalation", "quarantine", "closed")}


def _connection() -> Connection:
    # Collected wherever the collector happens to run: it must not mind which thread that is.
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    return engine.connect()


def _grouped(connection: Connection) -> dict[str, dict[tuple[str, str], int]]:
    asked = sa.select(view.c.brand, view.c.kind, view.c.bucket, sa.func.count()).where(view.c.kind.in_(("row", "ask")))
    found: dict[str, dict[tuple[str, str], int]] = {}
    for brand, kind, bucket, count in connection.execute(asked.group_by(view.c.brand, view.c.kind, view.c.bucket)):
        found.setdefault(brand, {})[kind, bucket] = count
    return found


def _placed(rng: random.Random) -> Placed:
    kind: Literal["row", "ask", "override"] = rng.choice(("row", "ask", "override"))
    number = rng.randrange(30)
    conversation = f"c_{number:020x}"
    part = rng.choice(PARTS.get(kind, ("",)))
    brand = BRANDS[number % 2] if rng.random() < 0.95 else rng.choice(BRANDS)
    name = conversation if kind == "row" else f"{kind}_{number}"
    data = f'{{"conversation":"{conversation}"}}'
    return Placed(kind, name, brand, part, "0", 1, 1, data)


def test_R_M1_after_any_sequence_of_changes_and_erasures_the_numbers_are_those_of_counting() -> None:
    rng, connection = random.Random(11), _connection()
    for position in range(1, 250):
        placed = [_placed(rng) for _ in range(rng.randint(0, 6))]
        erased = [f"c_{rng.randrange(30):020x}"] if rng.random() < 0.2 else []
        views.put(connection, placed, position, None, erased)
        assert present_counts.standing(connection, BRANDS) == _grouped(connection), position
    assert _grouped(connection)
    views.forget(connection)
    assert present_counts.standing(connection, BRANDS) == {}


def test_R_N5_another_brands_numbers_are_never_among_those_of_a_session() -> None:
    connection = _connection()
    for at, brand in enumerate(BRANDS):
        views.put(connection, [Placed("row", f"c_{at}", brand, "needs", "0", 1, 1, "{}")], at + 1)
    counts = views.counts(connection, BRANDS[:1])
    assert (counts.all, counts.needs_person, [one.brand for one in counts.by_brand]) == (1, 1, [BRANDS[0]])


def test_R_M2_a_decided_ask_is_read_with_the_queue_and_counts_as_waiting_for_nobody() -> None:
    connection = _connection()
    states = ("waiting", "claimed", "deciding", "executing", "closed")
    cards = [ask(at, state=state) for at, state in enumerate(states, 1)]
    views.put(connection, [placed_card(card, 1) for card in cards], 1)
    brands = (cards[0].brand,)
    read, _ = views.ask_page(connection, brands, None, 10)
    assert {card.state for card in read} == set(states[:-1]), "what can still be taken back is shown"
    counts = views.counts(connection, brands)
    assert (counts.asks, counts.approvals) == (2, 2)
    assert len(queue_rows.open_asks(connection, brands)) == 2
