"""The hash chain is what the contract says it is, and old events are lifted without breaking it."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.canonical import canonical
from agent_core.contract.clock import iso
from agent_core.contract.errors import Unusable
from agent_core.contract.events import ControlChanged
from agent_core.contract.versions import LOG_VERSION
from agent_core.store import Corrupt, verify_chain, verify_links
from agent_core.store.chain import GENESIS, chain_hash, link_of
from agent_core.store.upcast import parse_event
from tests.store.logs import conversation, message, opened, opening


def test_the_hash_is_over_the_previous_hash_and_the_canonical_json_of_everything_else(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            first = (await store.append(opening())).records[0]
            second = (await store.append(message())).records[0]
            assert first.prev == GENESIS
            assert second.prev == first.hash
            for record in (first, second):
                rest = {
                    "stream": record.stream,
                    "brand": record.brand,
                    "seq": record.seq,
                    "epoch": record.epoch,
                    "at": iso(record.at),
                    "actor": record.actor.model_dump(mode="json"),
                    "event": record.event.model_dump(mode="json"),
                    "version": LOG_VERSION,
                }
                assert record.hash == hashlib.sha256(bytes.fromhex(record.prev) + canonical(rest)).hexdigest()
            head = await store.head(conversation())
            assert head is not None
            assert verify_chain([first, second]) == head.hash == second.hash
            assert verify_chain([second], prev=first.hash, after=1) == second.hash

    asyncio.run(body())


def test_a_chain_with_a_link_missing_doubled_or_swapped_does_not_hold(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            for _ in range(3):
                await store.append(message())
            one, two, three, four = await store.records(conversation())
            for wrong in ([one, three, four], [two, three], [one, one, two], [one, three, two, four]):
                with pytest.raises(Corrupt):
                    verify_chain(wrong)
            other = [one, two.model_copy(update={"brand": "other"}), three]
            with pytest.raises(Corrupt):
                verify_chain(other)

    asyncio.run(body())


def test_odd_names_are_hashed_in_their_one_canonical_spelling() -> None:
    values = {"stream": 'c_"\\\u2028é', "brand": None, "seq": 1, "epoch": 0, "at": "2026-03-01T09:30:00.000000Z"}
    whole = canonical({**values, "actor": {}, "event": {}, "version": 1})
    made = chain_hash(GENESIS, version=1, actor="{}", event="{}", **values)  # pyright: ignore[reportArgumentType] - mixed values
    assert made == hashlib.sha256(bytes(32) + whole).hexdigest()


@pytest.mark.parametrize("version", [1, 2, 10])
def test_the_log_version_is_part_of_the_hash_from_the_first_one_on(version: int) -> None:
    values: dict[str, Any] = {"stream": "c", "brand": "b", "seq": 1, "epoch": 0, "at": "2026-03-01T09:30:00.000000Z"}
    whole = canonical({**values, "actor": {}, "event": {}, "version": version})
    made = chain_hash(GENESIS, version=version, actor="{}", event="{}", **values)
    assert made == hashlib.sha256(bytes(32) + whole).hexdigest()


OLD = '{"type":"control_set","who":"human"}'


def renamed(old: dict[str, Any]) -> dict[str, Any]:
    return {"type": "control_changed", "to": old["who"]}


def explained(old: dict[str, Any]) -> dict[str, Any]:
    return {**old, "code": "taken_over", "sentence": "A person took over."}


STEPS = {("control_set", 1): renamed, ("control_changed", 2): explained}


def test_an_old_event_is_lifted_step_by_step_when_it_is_read() -> None:
    event = parse_event(OLD, 1, steps=STEPS, newest=3)
    assert event == ControlChanged(to="human", code="taken_over", sentence="A person took over.")


def test_an_event_of_a_newer_log_is_refused_and_one_without_its_step_is_damage() -> None:
    with pytest.raises(Unusable) as newer:
        parse_event(OLD, 4, newest=3)
    assert newer.value.code == "data_newer"
    with pytest.raises(Corrupt):
        parse_event(OLD, 1, newest=3)
    with pytest.raises(Corrupt):
        parse_event("[]", 1, newest=2)


def test_links_verify_without_being_parsed(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            records = await store.records(conversation())
            links = await store.read(lambda tx: list(tx.links(conversation())))
            assert links == [link_of(r) for r in records]
            assert verify_links(links) == records[-1].hash

    asyncio.run(body())
