"""A cursor says where one was and nothing else: not how much happens, not at whom, not whether anything did (R-C1)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.service.cursors import CursorLost, opened, sealed
from agent_core.store import Store
from tests.service.scene import scene


def test_R_C1_a_cursor_is_opened_by_its_own_store_and_list_and_by_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path / "one") as store:
            token = sealed(store, "feed", 41, 7)
            assert opened(store, "feed", token) == [41, 7]
            for bent in (token[:-1], token + "A", token.swapcase(), token + "\n", "", "A" * 40, "é", "x" * 5_000):
                with pytest.raises(CursorLost):
                    opened(store, "feed", bent)
            for place in range(len(token)):
                letter = "A" if token[place] != "A" else "B"
                with pytest.raises(CursorLost):
                    opened(store, "feed", token[:place] + letter + token[place + 1 :])
            with pytest.raises(CursorLost):
                opened(store, "conversations", token)
        async with await Store.open(tmp_path / "one") as again, await Store.open(tmp_path / "two") as other:
            assert opened(again, "feed", token) == [41, 7], "also at the next worker of the same store"
            with pytest.raises(CursorLost):
                opened(other, "feed", token)

    asyncio.run(run())


def test_R_C1_cursors_of_the_same_place_differ_and_of_far_places_look_alike(tmp_path: Path) -> None:
    async def run() -> None:
        async with await Store.open(tmp_path) as store:
            same = {sealed(store, "feed", 12, 3) for _ in range(200)}
            assert len(same) == 200
            lengths = {len(sealed(store, "feed", place, floor)) for place in (0, 9, 2**40) for floor in (0, 2**40)}
            assert lengths == {len(next(iter(same)))}

    asyncio.run(run())


def test_R_C1_what_a_console_is_given_holds_no_place_in_the_log_of_the_house(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write("Hello there")
            first, second = await client.changes(None), await client.changes(None)
            assert first.token != second.token
            assert (await client.changes(first.token, wait=0)).reset is False
            log = await client.log(conversation)
            assert {each["position"] for each in log["events"]} == {0}
            assert log["verified"] is True

    asyncio.run(run())
