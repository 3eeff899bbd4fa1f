"""A key that was taken out of the key store signs nothing more, and what is trusted of a core is said (R-M7, R-C7)."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent_core.contract.commands import Pause, Resume, TakeOver
from agent_core.contract.ids import conversation_id
from console import texts_identity, texts_people
from console.connected import Connected
from console.headless.anchor_pin import check_anchor
from console.headless.errors import NoKey as ClientHasNoKey
from console.headless.keys import MemoryKeyStore, sentence
from console.headless.operators import Operators
from console.state.ports import NoKey, RefusedByCore, SessionEnded
from tests.console.test_anchor_pin import NEXT, OLD, RECOVERY, moved, public, refused, shown
from tests.console.test_identity import another
from tests.console.test_signing_out import Held, line_to, seats
from tests.service.scene import NORTHWIND, Scene, scene

if TYPE_CHECKING:
    from console.state.happenings import News


async def signed_in(it: Scene) -> tuple[Connected, MemoryKeyStore, str]:
    line, keys = await line_to(it, Held())
    session = await line.sign_in()
    assert session.operator is not None
    return line, keys, f"operator:{it.core.instance.core}"


def test_R_M7_a_key_that_was_deleted_signs_nothing_more_and_that_is_said(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, own = await signed_in(it)
            session = line.seated()
            assert session is not None
            await line.command(Pause(brand=None), "k_0")
            signed = Resume(brand=None, envelope=await line.resume(session, None))
            keys.remove(own)
            with pytest.raises(NoKey) as gone:
                await line.command(signed, "k_1")
            assert (gone.value.code, gone.value.message) == ("key_gone", texts_identity.KEY_GONE)
            assert line.signer is None
            assert line.client.session is None
            assert seats(it) == 0, "the core knows of no session any more either"
            with pytest.raises(NoKey):
                await line.resume(session, None)

    asyncio.run(run())


def test_R_M7_who_comes_back_to_the_window_after_their_key_was_taken_is_signed_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, own = await signed_in(it)
            await line.look_for_key()
            assert line.signer is not None
            keys.put(own, "damaged")
            with pytest.raises(NoKey) as gone:
                await line.look_for_key()
            assert gone.value.code == "key_gone"
            assert line.signer is None
            await line.look_for_key()  # there is nobody to ask about

    asyncio.run(run())


def test_R_M7_a_session_that_ended_is_not_begun_again_with_a_key_that_is_gone(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, own = await signed_in(it)
            session = line.seated()
            assert session is not None
            keys.remove(own)
            it.core.desk._end(session.session)  # pyright: ignore[reportPrivateUsage]
            with pytest.raises(SessionEnded):
                await line.feed(None, 0)
            assert seats(it) == 0

    asyncio.run(run())


def test_R_M7_what_needs_no_signature_waits_for_no_keyring_and_a_new_key_signs_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, keys, own = await signed_in(it)
            await line.rotate_key()
            await line.command(Pause(brand=None), "k_0")
            await line.client.resume()
            keys.remove(own)
            nobody = conversation_id(NORTHWIND, "chat", "nobody", secret=it.core.store.secret)
            with pytest.raises(RefusedByCore) as told:
                await line.command(TakeOver(conversation=nobody), "k_1")
            assert told.value.code == "not_found", "the core was asked"

    asyncio.run(run())


class Locking(MemoryKeyStore):
    """A keyring that the system locks."""

    locked = False

    def get(self, name: str) -> str | None:
        if self.locked:
            raise ClientHasNoKey("locked", sentence("locked"))
        return super().get(name)


def test_R_M7_a_locked_keyring_gives_no_signature_says_so_and_ends_no_session(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            _, kept = await line_to(it, Held())
            own = f"operator:{it.core.instance.core}"
            keys = Locking()
            keys.put(own, str(kept.get(own)))
            line = await another(it, keys)
            await line.sign_in()
            await line.command(Pause(brand=None), "k_0")
            keys.locked = True
            with pytest.raises(ClientHasNoKey) as locked:
                await line.client.resume()
            assert locked.value.message == sentence("locked")
            await line.look_for_key()
            keys.locked = False
            await line.client.resume()

    asyncio.run(run())


def test_R_C7_what_is_pinned_for_the_first_time_is_said_and_said_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            line, _ = await line_to(it, Held())
            said: list[News] = []
            line.learned = said.append
            await line.sign_in()
            assert said == [], "trust starts at this person's own key"
            protected = [key.public_key for key in RECOVERY]
            await Operators(line.client).protect_anchor(2, protected)
            await line.sign_in()
            assert [one.title for one in said] == [texts_people.RECOVERY_PINNED]
            assert all(one.fingerprint.rpartition(":")[2][:16] in said[0].words for one in RECOVERY)
            await line.sign_in()
            assert len(said) == 1

    asyncio.run(run())


def test_R_C7_recovery_keys_that_came_later_are_pinned_and_others_are_refused_from_then_on() -> None:
    store = MemoryKeyStore()
    assert check_anchor(store, shown(OLD, need=0)).learned == "first"
    assert check_anchor(store, shown(OLD, need=0)).learned == ""
    assert check_anchor(store, shown(OLD)).learned == "recovery"
    assert refused(store, shown(OLD, keys=NEXT))
    assert refused(store, shown(OLD, need=0))
    move = tuple(moved(key, OLD, NEXT[0].fingerprint, NEXT) for key in RECOVERY[:2])
    pin = check_anchor(store, shown(NEXT[0].fingerprint, *move, keys=NEXT))
    assert pin.learned == "moved"
    assert pin.recovery == tuple(key.fingerprint for key in NEXT)
    assert public(NEXT) == pin.keys
