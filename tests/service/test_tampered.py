"""Ten thousand alterations of every kind of signed statement, handed in to a living core: none counts (R-C4, R-C7).

In CI a sample of each kind; all of them are a long suite. After its alterations each kind's honest statement is handed in
and must be accepted.
"""

import asyncio
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.clock import system_clock
from agent_core.store import Store
from console.headless.operators import Operators
from console.headless.signing import KeyPair
from console.headless.witness import WitnessMemory
from tests.authority.alterations import Altered, alterations, bits
from tests.service.lost_answer import SHORT, approved_and_lost
from tests.service.scene import scene
from tests.service.tampered import House, Kind, acknowledged_kind, anchor_kind, kinds_in_trouble, signed_kinds
from tests.service.test_audit import restored

SAMPLE = 10
"""Alterations of each kind in CI, beside as many single bits."""
LONG = frozenset({"settled unknown", "repair", "acknowledged alarm"})
"""Kinds of the long suite: their trouble takes seconds to come about."""
STRIDE = 9
"""In the long suite every so many-th bit of the payload is turned, each bit of the signature and of two small statements."""
SMALL = frozenset({"session", "revocation"})
ALL_KINDS = frozenset(
    {
        "session", "bound session", "enrolment", "invitation", "acceptance", "countersigned key", "resume northwind",
        "resume *", "own proposal", "approved edit", "decision", "override", "erasure", "recovery keys", "rotation",
        "level down", "level up 1", "level up 2", "revocation", "settled unknown", "repair",
        "acknowledged alarm", "moved anchor",
    }
)  # fmt: skip


class Tampering:
    """Goes through kinds, and counts."""

    def __init__(self, *, all_of_them: bool) -> None:
        self.all_of_them = all_of_them
        self.tried: dict[str, int] = {}
        self.codes: dict[str, set[str]] = {}

    def chosen(self, kind: Kind) -> Iterator[Altered]:
        """What is tried with a kind."""
        everything = list(alterations(kind.honest))
        names = [one.name for one in everything]
        assert len(set(names)) == len(names), "two alterations have one name"
        if self.all_of_them:
            yield from everything
            yield from bits(kind.honest, every=1 if kind.name in SMALL else STRIDE)
            return
        chance = random.Random(zlib.crc32(kind.name.encode()))
        yield from chance.sample(everything, SAMPLE)
        yield from chance.sample(list(bits(kind.honest, every=STRIDE)), SAMPLE)

    async def play(self, house: House | None, kind: Kind) -> None:
        """Everything that is altered is refused; what is honest is accepted."""
        before = 0 if house is None else await house.written(kind)
        accepted: list[str] = []
        tried = 0
        for one in self.chosen(kind):
            tried += 1
            if await kind.accepted(one.envelope):
                accepted.append(one.name)
        assert accepted == [], (kind.name, accepted)
        assert house is None or await house.written(kind) == before, kind.name
        assert await kind.accepted(kind.honest.envelope.model_dump(mode="json")), (kind.name, kind.codes)
        self.tried[kind.name] = tried
        self.codes[kind.name] = set(kind.codes)


async def _when_all_goes_well(folder: Path, tampering: Tampering) -> None:
    async with scene(folder / "well") as it:
        async for house, kind in signed_kinds(it):
            await tampering.play(house, kind)


async def _in_trouble(folder: Path, tampering: Tampering) -> None:
    async with scene(folder / "trouble", deadlines=SHORT) as it:
        admin = await it.admin()
        client, _ = admin
        _, _, unknown = await approved_and_lost(it, client, thread="t2")
        async for house, kind in kinds_in_trouble(it, admin, unknown):
            await tampering.play(house, kind)


async def _put_back(folder: Path, tampering: Tampering) -> None:
    place = folder / "back"
    place.mkdir()
    signer = await restored(place, WitnessMemory())
    async with scene(place) as it:
        client = await it.console()
        await client.sign_in(signer)
        await tampering.play(*await acknowledged_kind(it, (client, signer)))


async def _moved_anchor(folder: Path, tampering: Tampering) -> None:
    place, keys = folder / "anchor", [KeyPair.new() for _ in range(3)]
    async with scene(place) as it:
        client, signer = await it.admin()
        core, previous = it.core.instance.core, signer.key.fingerprint
        await Operators(client).protect_anchor(2, [key.public_key for key in keys])
    async with await Store.open(place / "data", clock=system_clock) as store:
        await tampering.play(None, anchor_kind(place, store, core, previous, keys))


def play(folder: Path, *, all_of_them: bool) -> Tampering:
    async def run() -> Tampering:
        tampering = Tampering(all_of_them=all_of_them)
        await _when_all_goes_well(folder, tampering)
        await _moved_anchor(folder, tampering)
        if all_of_them:
            await _in_trouble(folder, tampering)
            await _put_back(folder, tampering)
        return tampering

    return asyncio.run(run())


def test_R_C4_of_a_sample_of_alterations_of_each_kind_of_statement_none_counts(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    tampering = play(tmp_path, all_of_them=False)
    assert set(tampering.tried) == ALL_KINDS - LONG
    assert sum(tampering.tried.values()) == len(ALL_KINDS - LONG) * SAMPLE * 2


@pytest.mark.slow
def test_R_C4_of_more_than_ten_thousand_alterations_of_every_kind_of_statement_none_counts(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)
    tampering = play(tmp_path, all_of_them=True)
    assert set(tampering.tried) == ALL_KINDS
    assert sum(tampering.tried.values()) > 10_000
    assert all(len(codes) >= 6 for codes in tampering.codes.values()), "each refusal has its own reason"
    for kind, tried in tampering.tried.items():
        print(f"{kind}: {tried} tried, 0 accepted, refused as {sorted(tampering.codes[kind])}")  # noqa: T201 - the record
