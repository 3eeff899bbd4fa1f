"""Somebody new comes by a one-time code, their own key, and a second person who countersigns it (R-C7)."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_core.contract.events import OperatorInvited
from agent_core.contract.ids import CORE_STREAM, InvitationId, KeyFingerprint
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import (
    AcceptInvitation,
    InvitationRow,
    InvitationShown,
    InvitationTaken,
    OpenInvitation,
)
from agent_core.contract.operator_proofs import grouped, new_code, read_code
from agent_core.contract.statements import strict_base64
from agent_core.service.commands.inviting import MOST_WRONG
from console.headless.client import CoreClient
from console.headless.errors import CoreUnreachable, NoKey
from console.headless.key_signing import Terms, acceptance, countersigned, invitation
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer, new_operator
from tests.service.scene import CONSOLE, Scene, scene
from tests.service.test_operator_keys import refused

FIFTY = Money(amount_minor=5_000, currency="EUR")
TERMS = Terms("supervisor", ("northwind",), FIFTY, day_limit=Money(amount_minor=9_000, currency="EUR"), day_count=7)


async def row_of(client: CoreClient, invitation_id: str) -> InvitationRow:
    return next(row for row in await Operators(client).invitations() if row.invitation == invitation_id)


async def house(it: Scene) -> tuple[tuple[CoreClient, Signer], tuple[CoreClient, Signer]]:
    """An admin, and a lead who can countersign."""
    ada = await it.admin()
    return ada, await it.colleague(ada, "Lee Lead", role="lead")


def newcomer(shown: InvitationShown) -> Signer:
    return Signer(KeyPair.new(), shown.operator, shown.role, CONSOLE)


def test_R_C7_a_code_a_key_and_a_second_person_make_an_operator_and_nothing_less_does(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            (ada, _), (lee, _) = await house(it)
            bo = new_operator("Bo Becker")
            invited = await Operators(ada).invite(bo, "Bo Becker", TERMS)
            (record,) = [r for r in await it.core.store.records(CORE_STREAM) if isinstance(r.event, OperatorInvited)]
            assert read_code(invited.code) not in record.event.model_dump_json()
            door = Operators(await it.console())
            shown = await door.open_invitation(invited.code.lower().replace("-", " "))
            assert (shown.name, shown.role, shown.brands, shown.limit, shown.day_count) == (
                "Bo Becker", "supervisor", ("northwind",), FIFTY, 7,
            )  # fmt: skip
            signer = newcomer(shown)
            taken = await door.accept(invited.code, shown, signer)
            assert taken.key == signer.key.fingerprint
            assert await refused(door.client.sign_in(signer)) == "unknown_key"
            assert await refused(door.open_invitation(invited.code)) == "wrong_code"  # good once
            row = await row_of(lee, invited.invitation)
            assert (row.state, row.key) == ("accepted", signer.key.fingerprint)
            assert ada.session is not None
            assert row.invited_by == ada.session.operator
            with pytest.raises(NoKey):
                await Operators(lee).countersign(row, KeyFingerprint("ed25519:" + "0" * 64))
            assert await refused(Operators(ada).countersign(row, signer.key.fingerprint)) == "countersigning_refused"
            await Operators(lee).countersign(row, signer.key.fingerprint)
            session = await door.client.sign_in(signer)
            assert (session.operator, session.role, session.limit, session.name) == (bo, "supervisor", FIFTY, "Bo Becker")
            assert (await row_of(lee, invited.invitation)).state == "enrolled"
            assert await refused(Operators(lee).countersign(row, signer.key.fingerprint)) == "countersigning_refused"
            assert await refused(Operators(door.client).invitations()) == "not_for_this_role"
            mine = {key.operator: key for key in (await door.all()).operators}
            assert (mine[bo].day_count, mine[bo].state) == (7, "active")
            assert len(grouped(signer.key.fingerprint).split()) == 16

    asyncio.run(run())


def test_R_C7_every_part_of_an_invitation_that_is_bent_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            (ada, ada_signer), (lee, lee_signer) = await house(it)
            bo = new_operator("Bo Becker")
            made = invitation(ada_signer, await ada.challenge(), bo, "Bo Becker", TERMS)
            bent = made.command.model_copy(update={"name": "Eve"})
            assert await refused(ada.command(bent)) == "invitation_refused"
            assert await refused(lee.command(made.command)) == "foreign_operator"
            payload = bytearray(strict_base64(made.command.envelope.payload))
            payload[40] ^= 1
            envelope = made.command.envelope.model_copy(update={"payload": base64.b64encode(bytes(payload)).decode()})
            assert await refused(ada.command(made.command.model_copy(update={"envelope": envelope}))) == "bad_signature"
            for terms in (
                Terms("admin", ("northwind",), FIFTY), Terms("supervisor", ("*", "x"), FIFTY),
                Terms("supervisor", ("northwind",), Money(amount_minor=50_001, currency="EUR")),
            ):  # fmt: skip
                wrong = invitation(lee_signer, await lee.challenge(), bo, "Bo Becker", terms)
                assert await refused(lee.command(wrong.command)) == "invitation_refused"
            nowhere = invitation(ada_signer, await ada.challenge(), bo, "Bo", Terms("supervisor", ("atlantis",), FIFTY))
            assert await refused(ada.command(nowhere.command)) == "invitation_refused"
            await ada.command(made.command)
            door = Operators(await it.console())
            shown = await door.open_invitation(made.code)
            signer = newcomer(shown)
            stranger = Signer(KeyPair.new(), bo, "lead", CONSOLE)
            for who, what in (
                (stranger, shown), (signer, shown.model_copy(update={"invited": "0" * 64})),
                (signer, shown.model_copy(update={"core": "core_other"})),
                (Signer(ada_signer.key, bo, "supervisor", CONSOLE), shown),
            ):  # fmt: skip
                role = shown.role if who is not stranger else "lead"
                body = acceptance(who, what.model_copy(update={"role": role}), made.code)
                refusal = await refused(door.client.tell(InvitationTaken, "/v1/invitations/accept", body))
                assert refusal == "acceptance_refused"
            proof = acceptance(signer, shown, made.code)
            other = AcceptInvitation(code=new_code(), envelope=proof.envelope)
            assert await refused(door.client.tell(InvitationTaken, "/v1/invitations/accept", other)) == "wrong_code"
            await door.client.tell(InvitationTaken, "/v1/invitations/accept", proof)
            row = await row_of(lee, made.invitation)
            assert lee.session is not None
            for changes in ({"role": "lead"}, {"brands": ("*",)}, {"limit": None}, {"day_count": None}, {"name": "Eve"}):
                command = countersigned(lee_signer, lee.session.core, row.model_copy(update=changes), signer.key.fingerprint)
                assert await refused(lee.command(command)) in {"countersigning_refused", "bad_statement"}
            await Operators(lee).withdraw(made.invitation)
            assert await refused(Operators(lee).countersign(row, signer.key.fingerprint)) == "countersigning_refused"
            assert await refused(Operators(lee).withdraw(made.invitation)) == "invitation_over"
            assert await refused(door.client.sign_in(signer)) == "unknown_key"

    asyncio.run(run())


def test_R_C7_codes_cannot_be_guessed_at_any_pace(tmp_path: Path, expected_logs: Callable[..., object]) -> None:
    expected_logs("agent_core.service.api", "too_many_guesses", required=True)

    async def run() -> None:
        async with scene(tmp_path) as it:
            (ada, _), _ = await house(it)
            invited = await Operators(ada).invite(new_operator("Bo"), "Bo", TERMS)
            door = Operators(await it.console())
            for _ in range(MOST_WRONG):
                assert await refused(door.open_invitation(new_code())) == "wrong_code"
            with pytest.raises(CoreUnreachable):  # 503 with Retry-After, for everybody, also with the right code
                await door.client.tell(InvitationShown, "/v1/invitations/open", OpenInvitation(code=invited.code))
            assert await refused(Operators(ada).withdraw(InvitationId("i_another"))) == "no_such_invitation"
            await Operators(ada).withdraw(invited.invitation)

    asyncio.run(run())
