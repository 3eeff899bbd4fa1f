"""A token is worth nothing at another console, nothing twice, and little for long (R-C7, R-A10)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from agent_core.contract.commands import EmbeddedSignIn, Session, SignIn
from agent_core.contract.errors import CountersignError
from agent_core.contract.operator_proofs import PROOF_HEADER, read_proof, request_proof_bytes, spell_proof
from agent_core.sandbox.local_http import local_client
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.operators import OperatorBook
from agent_core.service.possession import Asking
from agent_core.service.sessions import IDLE, LONGEST, TOKEN_LIFE, Desk
from agent_core.store import Store
from console.headless.signing import KeyPair
from tests.service.scene import TOKEN, scene

BODY = b'{"type":"pause"}'


def proof(key: KeyPair, token: str, number: int, method: str, target: str, body: bytes = b"") -> str:
    return spell_proof(number, key.sign_bytes(request_proof_bytes(token, number, method, target.encode(), body)))


def test_R_C7_a_token_without_the_consoles_key_opens_nothing_and_a_request_counts_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, require_proof=True) as it, local_client(base_url=it.url) as raw:
            client, signer = await it.admin()
            assert (await client.rows()).rows == ()  # a console's own requests pass
            key = KeyPair.new()
            challenge = await client.challenge()
            unbound = SignIn(envelope=signer.session(challenge)).model_dump(mode="json")
            assert (await raw.post("/v1/sessions", json=unbound)).json()["error"]["code"] == "unbound_session"
            for wrong in ("AAAA", "!", ""):
                bad = SignIn(envelope=signer.session(challenge, wrong)).model_dump(mode="json")
                assert (await raw.post("/v1/sessions", json=bad)).json()["error"]["code"] == "bad_session_key"
            bound = SignIn(envelope=signer.session(challenge, key.public_key)).model_dump(mode="json")
            session = Session.model_validate((await raw.post("/v1/sessions", json=bound)).json())

            async def asks(
                method: str, target: str, given: str | None, body: bytes = b"", token: str = session.token
            ) -> str:
                headers = {"authorization": f"Bearer {token}", "idempotency-key": "k", "content-type": "application/json"}
                if given is not None:
                    headers[PROOF_HEADER] = given
                answer = await raw.request(method, target, headers=headers, content=body or None)
                return "ok" if answer.is_success else str(answer.json()["error"]["code"])

            target, other = "/v1/conversations?limit=1", KeyPair.new()
            assert await asks("GET", target, None) == "proof_missing"
            for garbage in ("", ".", "1.!", "x.AAAA", "99999999999999999.AAAA", "-1.AAAA"):
                assert await asks("GET", target, garbage) == "proof_missing"
            assert await asks("GET", target, proof(other, session.token, 1, "GET", target)) == "proof_wrong"
            assert await asks("GET", target, proof(key, "another", 1, "GET", target)) == "proof_wrong"
            assert await asks("GET", target, proof(key, session.token, 1, "POST", target)) == "proof_wrong"
            assert (
                await asks("GET", target, proof(key, session.token, 1, "GET", "/v1/conversations?limit=2")) == "proof_wrong"
            )
            good = proof(key, session.token, 7, "GET", target)
            assert await asks("GET", target, good) == "ok"
            assert await asks("GET", target, good) == "proof_used"
            assert await asks("GET", target, proof(key, session.token, 0, "GET", target)) == "proof_used"
            assert (
                await asks("GET", target, proof(key, session.token, 3, "GET", target)) == "ok"
            )  # overtaken, not sent again
            pause = proof(key, session.token, 8, "POST", "/v1/commands", BODY)
            assert await asks("POST", "/v1/commands", pause, b'{"type":"pause","brand":"northwind"}') == "proof_wrong"
            assert await asks("POST", "/v1/commands", pause, BODY) == "ok"
            assert await asks("POST", "/v1/commands", pause, BODY) == "proof_used"
            # What another session's key signs is no proof here, nor is this session's for another's token.
            assert client.session is not None
            stolen = proof(key, client.session.token, 9, "GET", target)
            assert await asks("GET", target, stolen, token=client.session.token) == "proof_wrong"

    asyncio.run(run())


def test_R_C7_signing_out_everywhere_ends_every_session_of_this_person_and_nobody_elses(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path, require_proof=True) as it:
            ada, signer = await it.admin()
            bo, _ = await it.colleague((ada, signer), "Bo Becker")
            second = await it.console()
            first = await second.sign_in(signer)
            renewed = await second.renew()
            assert (renewed.session, renewed.operator) == (first.session, signer.operator)
            assert renewed.token != first.token
            assert (await second.core()).core == it.core.instance.core
            await second.sign_out(everywhere=True)
            async with local_client(base_url=it.url) as raw:
                assert ada.session is not None
                for token in (first.token, renewed.token, ada.session.token):
                    answer = await raw.get("/v1/core", headers={"authorization": f"Bearer {token}"})
                    assert answer.json()["error"]["code"] == "not_signed_in"
            assert (await bo.core()).core == it.core.instance.core
            assert (await ada.core()).core == it.core.instance.core  # it holds the key: it signs in again by itself

    asyncio.run(run())


def test_R_C7_tokens_are_short_lived_and_renewed_while_their_session_lasts(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 2, 10, 0, tzinfo=UTC)]

    async def run() -> None:
        async with await Store.open(tmp_path / "data", clock=lambda: now[0]) as store:
            from agent_core.contract.ids import CORE_STREAM
            from agent_core.store import Append, NewStream

            await store.append(Append(CORE_STREAM, create=NewStream("core", None)))
            book = OperatorBook(store, AnchorFile(tmp_path / "config", data=tmp_path / "data"), "core_1")
            desk = Desk(book, core="core_1", clock=lambda: now[0], embedded=SecretStr(TOKEN))
            key = KeyPair.new()
            numbers = iter(range(1, 99))

            async def asked(token: str, *, renew: bool = False) -> str:
                number = next(numbers)
                asking = Asking("GET", b"/x", b"", proof(key, token, number, "GET", "/x"))
                try:
                    if renew:
                        return (await desk.renew(token, asking)).token
                    await desk.seat(token, asking)
                except CountersignError as refused:
                    return refused.code
                return "ok"

            session = await desk.sign_in_embedded(TOKEN, EmbeddedSignIn(token=TOKEN, session_key=key.public_key).session_key)
            assert await asked(session.token) == "ok"
            now[0] += TOKEN_LIFE
            assert await asked(session.token) == "token_expired"
            newer = await asked(session.token, renew=True)
            assert await asked(newer) == "ok"
            assert await asked(session.token) == "token_expired"
            now[0] += IDLE * 4  # the machine slept: reading goes on, because the launching console is still there
            assert await asked(newer) == "token_expired"
            newest = await asked(newer, renew=True)
            assert await asked(newest) == "ok"
            now[0] += LONGEST + timedelta(seconds=1)
            assert await asked(newest, renew=True) == "session_ended"
            assert await asked(newest, renew=True) == "not_signed_in"

    asyncio.run(run())


def test_a_header_is_a_number_and_a_signature_or_nothing() -> None:
    assert read_proof(spell_proof(12, b"\x00\x01")) == (12, b"\x00\x01")
    assert [read_proof(text) for text in ("", ".", "1", "a.AA==", "1.A", "\u0661.AA==")] == [
        None,
        None,
        (1, b""),
        None,
        None,
        None,
    ]
