"""A line whose core shows another anchor signs nothing in any way: not one card, not a sheet, a level or a repair (R-C7)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.ids import WorkflowName
from console.headless.errors import NoKey as ClientHasNoKey
from console.headless.levels import WorkflowLevels
from console.state.ports import ConsoleError, SessionEnded
from tests.console.test_signing_out import Held, line_to
from tests.service.scene import NORTHWIND, scene

pytestmark = pytest.mark.qt
REFUND = WorkflowName("refund_order")


def test_R_C7_another_anchor_takes_the_key_from_everything_that_signs(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Held()
            line, keys = await line_to(it, way)
            assert (await line.sign_in()).operator is not None
            levels = WorkflowLevels(line.client)
            shown = await levels.preview(NORTHWIND, REFUND, "read_only")
            keys.put(f"anchor:{it.core.instance.core}", "torn")
            with pytest.raises(SessionEnded, match="does not start its trust"):
                await line.sign_in()
            assert line.signer is None
            with pytest.raises(ClientHasNoKey):
                await levels.change(shown)

    asyncio.run(run())


def test_R_C7_nothing_is_signed_before_the_anchor_was_compared(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            way = Held()
            line, _ = await line_to(it, way)
            way.broken = ("POST", "/v1/challenge")
            with pytest.raises(ConsoleError):
                await line.sign_in()
            assert line.signer is None
            with pytest.raises(ClientHasNoKey):
                assert line.client.signer

    asyncio.run(run())


def test_R_C7_a_successor_that_signs_in_for_the_first_time_compares_the_anchor_as_well(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys = await line_to(it, Held())
            await line.sign_in()
            core = it.core.instance.core
            older = keys.get(f"operator:{core}")
            assert older is not None
            await line.rotate_key()
            keys.put(f"operator:{core}", older)  # cut off after the core had heard it
            keys.put(f"anchor:{core}", "torn")
            with pytest.raises(SessionEnded):
                await line.sign_in()
            assert line.signer is None
            with pytest.raises(ClientHasNoKey):
                assert line.client.signer

    asyncio.run(run())
