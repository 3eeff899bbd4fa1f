"""A brand with a workflow whose action is answered later, and what the carrier says, for tests over real sockets."""

from pathlib import Path
from typing import Any

import httpx

from agent_core.sandbox.local_http import local_client
from tests.service.scene import Scene, quick_brand

WORDS = "My parcel never arrived, please look for it. Order NW-10024."
UNDER_WAY = "The carrier looks for the parcel"

_WORKFLOW = """\
format: 1
name: lost_parcel
version: 1
title: A parcel that does not arrive
topic: delivery
authority: low_risk
authenticated: true
intents:
  - id: lost_parcel
    description: A parcel never arrived and is to be looked for.
    phrases: [parcel never arrived, look for it, lost parcel, look for my parcel]
entities: [order_id]
tools: [track_order, investigate_parcel]
instructions: Have the carrier look for the parcel, and say that it takes some days.
steps:
  - id: track
    text: Find the parcel.
    call: track_order
    with: {order_id: "{order_id}"}
    ask: {en: Which order is it about?, de: Um welche Bestellung geht es?}
  - id: search
    text: Ask the carrier to look for it.
    when: track.outcome == succeeded and track.parcels.0
    call: investigate_parcel
    with: {order_id: "{order_id}", tracking: "{track.parcels.0.tracking}", reason: It never arrived.}
    pending:
      en: The carrier looks for the parcel of order {order_id}. I will write to you as soon as they answer.
      de: Der Versender sucht das Paket der Bestellung {order_id}. Ich schreibe dir, sobald er antwortet.
    done: {en: "The carrier has answered about order {order_id}: {search.finding}.", de: "Antwort: {search.finding}."}
    denied: {en: "The carrier will not look for the parcel of order {order_id}.", de: Der Versender sucht nicht.}
    failed: {en: "I could not find out what became of the search.", de: Ich konnte es nicht herausfinden.}
outputs:
  - name: order_id
    description: The order it is about.
"""


def brand(folder: Path) -> None:
    """Adds the workflow to the quick copy of the demonstration brand."""
    target = quick_brand(folder)
    (target / "workflows" / "lost_parcel.yaml").write_text(_WORKFLOW, encoding="utf-8")
    tools = target / "tools.yaml"
    more = "  - {name: investigate_parcel, use: commerce}\n"  # that the agent may is in the default policies
    tools.write_text(tools.read_text(encoding="utf-8") + more, encoding="utf-8")


def shop(it: Scene) -> httpx.AsyncClient:
    """The sandbox's shop, from its staff's side."""
    assert it.core.sandbox is not None
    at = it.core.sandbox.shop_at
    headers = {"authorization": f"Bearer {at.token.get_secret_value()}"}
    return local_client(base_url=at.url, headers=headers, timeout=120)


async def searches(it: Scene) -> list[dict[str, Any]]:
    """Every search the carrier was asked for."""
    async with shop(it) as client:
        return (await client.get("/_sandbox/investigations")).json()["investigations"]


async def carrier_answers(it: Scene, finding: str | None = "found") -> str:
    """The carrier answers the one search; the shop calls back. The event's id."""
    (search,) = await searches(it)
    async with shop(it) as client:
        answer = await client.post(f"/_sandbox/investigations/{search['id']}", json={"finding": finding, "note": "Shelf 3"})
        answer.raise_for_status()
    return str(answer.json()["event_id"])
