"""Every kind of signed statement in a living core, one step before it counts: what a test then alters (R-C4, R-C7).

`signed_kinds`, `kinds_in_trouble` and `kinds_of_the_anchor` yield each kind in turn: the honest statement, and how it is
handed in. Whoever goes through them tries what they like; the honest one is handed in afterwards and must be accepted, so
that no case proves something that would have been refused anyway.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from agent_core.authority.sign import public_key_text
from agent_core.contract.clock import system_clock
from agent_core.contract.commands import Challenge, Command
from agent_core.contract.erasing import erase_value
from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.contract.ids import CORE_STREAM, KeyFingerprint, StreamId, brand_stream, random_id
from agent_core.contract.level_statements import LADDER
from agent_core.contract.levels import ChangeLevel
from agent_core.contract.money import Money
from agent_core.contract.operator_commands import AcceptInvitation
from agent_core.contract.operator_statements import ReanchorStatement
from agent_core.contract.repairing import CallSettled, repair_value
from agent_core.contract.statements import Envelope, SignedBy
from agent_core.contract.views import AskCard
from agent_core.service.anchor_file import AnchorFile
from agent_core.service.anchor_recovery import recover
from agent_core.service.commands import carry_out
from agent_core.service.commands.inviting import Guesses, accept
from agent_core.store import Store
from console.headless import key_signing
from console.headless.asks import Asks
from console.headless.client import CoreClient
from console.headless.key_signing import Terms
from console.headless.levels import WorkflowLevels, level_statement
from console.headless.operators import Operators
from console.headless.signing import KeyPair, Signer, new_operator
from tests.authority.alterations import Honest
from tests.service.scene import CONSOLE, NORTHWIND, Scene, approval, settled, until
from tests.service.test_editing import proposed
from tests.service.test_erasing import whole
from tests.service.test_repair import hold

COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
TERMS_OF_OTHERS = frozenset(
    {"operator", "role", "brands", "limit", "day_limit", "day_count", "not_after", "public_key", "simulated"}
)
"""What somebody who enrols or invites decides."""

HandIn = Callable[[dict[str, Any]], Awaitable[object]]


@dataclass
class Kind:
    """One kind of statement, about to count.

    Attributes:
        hand_in: Hands an envelope in as a console would; raises where it is refused.
        streams: Where it would be written.
    """

    name: str
    honest: Honest
    hand_in: HandIn
    streams: Sequence[StreamId] = (CORE_STREAM,)
    codes: dict[str, int] = field(default_factory=dict[str, int])

    async def accepted(self, envelope: dict[str, Any]) -> bool:
        """Whether it counted; what it was refused with is counted."""
        try:
            await self.hand_in(envelope)
        except Unavailable:
            raise
        except CountersignError as refused:
            self.codes[refused.code] = self.codes.get(refused.code, 0) + 1
            return not refused.message  # a refusal says why
        except ValidationError:
            self.codes["malformed"] = self.codes.get("malformed", 0) + 1
            return False
        return True


@dataclass
class House:
    """A core, its people, and one whom nobody enrolled."""

    it: Scene
    admin: tuple[CoreClient, Signer]
    stranger: Signer = field(default_factory=lambda: Signer(KeyPair.new(), new_operator("Eve"), "admin", CONSOLE))
    people: list[Signer] = field(default_factory=list[Signer])

    @property
    def core(self) -> str:
        """The audience."""
        return self.it.core.instance.core

    def others(self, me: Signer) -> list[tuple[KeyPair, Mapping[str, Any]]]:
        """Everybody else's keys, the stranger's first."""
        everybody = [self.stranger, *(one for one in (self.admin[1], *self.people) if one.key is not me.key)]
        return [(one.key, one.signed_by.model_dump(mode="json")) for one in everybody]

    async def strangers(self, client: CoreClient, signer: Signer, *, sessions: bool = False) -> list[Envelope]:
        """Two honest statements by this key that are about something else, whatever is asked for."""
        challenge = await client.challenge()
        repair = signer.widening(challenge, "repair", "c_00000000000000000000", "0" * 64, brand=NORTHWIND)
        if sessions:
            return [repair, key_signing.revocation(signer, challenge, signer.key.fingerprint, "x").envelope]
        return [repair, signer.session(challenge)]

    async def commanded(
        self,
        name: str,
        who: tuple[CoreClient, Signer],
        command: Command,
        *,
        free: Sequence[str] = (),
        streams: Sequence[StreamId] = (CORE_STREAM,),
    ) -> Kind:
        """A kind that comes in a command: everything but the envelope stays as it is."""
        client, signer = who
        assert client.session is not None
        seat = await self.it.core.desk.seat(client.session.token)
        wire = command.model_dump(mode="json", by_alias=True)
        honest = Honest(
            Envelope.model_validate(wire["envelope"]), signer.key, frozenset(free),
            await self.strangers(client, signer), self.others(signer),
        )  # fmt: skip
        nonce = self.nonce(honest)

        async def hand_in(envelope: dict[str, Any]) -> object:
            nonce()
            built = COMMAND.validate_json(json.dumps({**wire, "envelope": envelope}))
            return await carry_out(self.it.core.means, seat, built, random_id("k"))

        return Kind(name, honest, hand_in, streams)

    def nonce(self, honest: Honest) -> Callable[[], None]:
        """Makes the challenge good again, which an attempt may have used up: each attempt must fail for its own reason."""
        said = honest.value
        until_then = system_clock() + timedelta(minutes=5)
        known = Challenge(
            core=said["core"], challenge=said.get("challenge", "x"), nonce=said["nonce"], expires_at=until_then
        )
        issued = said["type"] not in {"decision", "proposal"}
        return lambda: self.it.core.desk.give_back([known] if issued else [])

    async def written(self, kind: Kind) -> int:
        """How many signed things stand where this one would."""
        store = self.it.core.store
        records = [record for stream in kind.streams for record in await store.records(stream)]
        return sum(getattr(record.event, "envelope", None) is not None for record in records)


async def signed_kinds(it: Scene) -> AsyncGenerator[tuple[House, Kind]]:
    """Sessions, people and their keys, brands, and everything about conversations that goes well."""
    house = House(it, await it.admin())
    ada, ada_signer = house.admin
    async for kind in _sessions(house):
        yield house, kind
    lee = Signer(KeyPair.new(), new_operator("Lee Lead"), "lead", CONSOLE)
    limit = Money(amount_minor=50_000, currency="EUR")
    enrol = ada_signer.enrolment(await ada.challenge(), name="Lee Lead", limit=limit, of=lee)
    yield house, await house.commanded("enrolment", house.admin, enrol, free=tuple(TERMS_OF_OTHERS))
    house.people.append(lee)
    lead = await it.console()
    await lead.sign_in(lee)
    it.enrollers.append(lead)
    async for kind in _invited(house, (lead, lee)):
        yield house, kind
    async for kind in _of_brands(house):
        yield house, kind
    async for kind in _of_levels(house, (lead, lee)):
        yield house, kind
    async for kind in _of_conversations(house, (lead, lee)):
        yield house, kind
    async for kind in _of_keys(house, (lead, lee)):
        yield house, kind


async def _sessions(house: House) -> AsyncGenerator[Kind]:
    client, signer = house.admin
    desk = house.it.core.desk
    for name, key in (("session", None), ("bound session", KeyPair.new().public_key)):
        challenge = await client.challenge()
        honest = Honest(
            signer.session(challenge, key), signer.key, frozenset({"session_key"}),
            await house.strangers(client, signer, sessions=True), house.others(signer), swaps_signer=True,
        )  # fmt: skip

        async def hand_in(envelope: dict[str, Any], given: Challenge = challenge) -> object:
            desk.give_back([given])
            return await desk.sign_in(Envelope.model_validate_json(json.dumps(envelope)))

        yield Kind(name, honest, hand_in)


async def _invited(house: House, lead: tuple[CoreClient, Signer]) -> AsyncGenerator[Kind]:
    it, (ada, ada_signer) = house.it, house.admin
    terms = Terms("supervisor", ("northwind",), Money(amount_minor=20_000, currency="EUR"))
    made = key_signing.invitation(ada_signer, await ada.challenge(), new_operator("Sue"), "Sue", terms)
    free = (*TERMS_OF_OTHERS, "invitation", "code_digest", "until")
    yield await house.commanded("invitation", house.admin, made.command, free=free)

    means, guesses = it.core.means, Guesses()
    shown = await Operators(await it.console()).open_invitation(made.code)
    sue = Signer(KeyPair.new(), shown.operator, shown.role, CONSOLE)
    proof = key_signing.acceptance(sue, shown, made.code)
    honest = Honest(proof.envelope, sue.key, frozenset(), await house.strangers(ada, sue), house.others(sue))
    nonce = house.nonce(honest)

    async def hand_in(envelope: dict[str, Any]) -> object:
        nonce()
        text = json.dumps({"code": made.code, "envelope": envelope})
        return await accept(means, guesses, AcceptInvitation.model_validate_json(text))

    yield Kind("acceptance", honest, hand_in)
    row = next(r for r in await Operators(lead[0]).invitations() if r.invitation == made.invitation)
    yield await house.commanded(
        "countersigned key", lead, key_signing.countersigned(lead[1], house.core, row, sue.key.fingerprint)
    )
    house.people.append(sue)


async def _of_brands(house: House) -> AsyncGenerator[Kind]:
    client, signer = house.admin
    for brand in (NORTHWIND, None):
        await client.command(COMMAND.validate_python({"type": "pause", "brand": brand}))
        signed = signer.resuming(await client.challenge(), brand)
        wire = {"type": "resume", "brand": brand, "envelope": signed.model_dump(mode="json")}
        streams = (CORE_STREAM,) if brand is None else (brand_stream(brand),)
        yield await house.commanded(f"resume {brand or '*'}", house.admin, COMMAND.validate_python(wire), streams=streams)


async def _of_levels(house: House, lead: tuple[CoreClient, Signer]) -> AsyncGenerator[Kind]:
    streams = (brand_stream(NORTHWIND),)
    for number, (name, who) in enumerate((("level down", house.admin), ("level up 1", house.admin), ("level up 2", lead))):
        level = LADDER[1 if number == 0 else 2]
        client, signer = who
        shown = await WorkflowLevels(client).preview(NORTHWIND, "refund_order", level)
        statement = level_statement(signer, await client.challenge(), shown)
        command = ChangeLevel(brand=NORTHWIND, workflow=shown.workflow, level=level, envelope=signer.key.sign(statement))
        yield await house.commanded(name, who, command, streams=streams)


async def _of_conversations(house: House, lead: tuple[CoreClient, Signer]) -> AsyncGenerator[Kind]:
    it, admin = house.it, house.admin
    ada, ada_signer = admin
    conversation = await it.write("Please refund 25 EUR for order NW-10023")
    card = await approval(ada)
    await settled(ada, conversation, 2)
    now = await proposed(ada, card)
    more = await Asks(lead[0]).edit_preview(card, {**now, "amount_minor": now["amount_minor"] + 500})
    assert more.draft is not None
    assert more.binding is not None
    assert more.new_ask is not None
    own = lead[1].own_proposal(house.core, more.new_ask, more.binding, supersedes=more.proposal, narrows=False)
    wire = {"type": "edit", "conversation": conversation, "draft": more.draft}
    command = COMMAND.validate_python({**wire, "envelope": own.model_dump(mode="json")})
    yield await house.commanded("own proposal", lead, command, streams=(conversation,))

    async def theirs() -> AskCard | None:
        return next((each for each in await ada.asks() if each.ask == more.new_ask), None)

    raised = await until(ada, theirs)
    less = await Asks(ada).edit_preview(raised, {**now, "amount_minor": now["amount_minor"] - 100})
    assert less.may_approve
    assert less.binding is not None
    assert less.new_ask is not None
    yes = ada_signer.decision_on(house.core, less.new_ask, less.binding, "approve")
    command = COMMAND.validate_python({**wire, "draft": less.draft, "envelope": yes.model_dump(mode="json")})
    said_of_oneself = ("shown_at", "opened", "batch")
    yield await house.commanded("approved edit", admin, command, free=said_of_oneself, streams=(conversation,))

    async def executed() -> bool | None:
        return True if it.refunds() else None

    await until(ada, executed)
    other = await it.write("Please refund 10 EUR for order NW-10023", thread="t2")
    card = await approval(ada, other)
    await settled(ada, other, 2)
    decide = COMMAND.validate_python(
        {"type": "decide", "envelope": ada_signer.decision(house.core, card, "approve").model_dump(mode="json")}
    )
    free = (*said_of_oneself, "decision")
    yield await house.commanded("decision", admin, decide, free=free, streams=(other,))

    asked = await it.write("Where is NW-10024?", thread="t3")
    await settled(ada, asked, 2)
    preview = await ada.override_preview(asked, ["refund_order"])
    assert preview.needs_signature
    signed = ada_signer.widening(
        await ada.challenge(), "override_routing", asked, preview.value_digest, brand=NORTHWIND, conversation=asked,
        log_head=preview.log_head,
    )  # fmt: skip
    wire = {"type": "override_routing", "conversation": asked, "workflows": preview.then, "queue": preview.queue}
    command = COMMAND.validate_python({**wire, "envelope": signed.model_dump(mode="json")})
    yield await house.commanded("override", admin, command, streams=(asked,))
    async for kind in _erased(house):
        yield kind


async def _erased(house: House) -> AsyncGenerator[Kind]:
    it, admin = house.it, house.admin
    ada, signer = admin
    gone = await it.write("Hello?", thread="t4")
    await settled(ada, gone, 2)
    await whole(ada, gone)
    signed = signer.widening(
        await ada.challenge(), "erase", NORTHWIND, erase_value((gone,), "conversation", "customer_asked"), brand=NORTHWIND
    )
    wire = {
        "type": "erase", "brand": NORTHWIND, "conversations": [gone], "scope": "conversation", "reason": "customer_asked",
        "envelope": signed.model_dump(mode="json"),
    }  # fmt: skip
    yield await house.commanded("erasure", admin, COMMAND.validate_python(wire), streams=(gone,))


async def _of_keys(house: House, lead: tuple[CoreClient, Signer]) -> AsyncGenerator[Kind]:
    client, signer = house.admin
    anchor = (await Operators(client).anchor()).anchor
    assert anchor is not None
    keys = [public_key_text(Ed25519PrivateKey.generate()) for _ in range(3)]
    protect = key_signing.recovery_keys(signer, await client.challenge(), anchor, 2, keys)
    yield await house.commanded("recovery keys", house.admin, protect, free=("need", "keys"))
    successor = KeyPair.new()
    yield await house.commanded("rotation", lead, key_signing.rotation(lead[1], await lead[0].challenge(), successor))
    revoke = key_signing.revocation(signer, await client.challenge(), successor.fingerprint, "lost_laptop")
    yield await house.commanded("revocation", house.admin, revoke, free=("reason",))


async def kinds_in_trouble(
    it: Scene, admin: tuple[CoreClient, Signer], unknown: AskCard
) -> AsyncGenerator[tuple[House, Kind]]:
    """A repair, and a person's word about a write of unknown outcome."""
    house = House(it, admin)
    client, signer = admin
    signed = signer.settling(await client.challenge(), unknown, happened=True)
    wire: dict[str, Any] = {
        "type": "settle_unknown", "ask": unknown.ask, "conversation": unknown.conversation, "happened": True,
        "envelope": signed.model_dump(mode="json"),
    }  # fmt: skip
    where = (unknown.conversation,)
    yield house, await house.commanded("settled unknown", admin, COMMAND.validate_python(wire), streams=where)

    held = await it.write("Where is NW-10024?")
    await settled(client, held, 2)
    await hold(it, client, held)
    shown = await client.repair_shown(held)
    answers = tuple(CallSettled(call=call.key, answer=call.presumed) for call in shown.calls)
    signed = signer.widening(
        await client.challenge(), "repair", held, repair_value(shown.plan, answers), brand=NORTHWIND, conversation=held,
        log_head=shown.log_head,
    )  # fmt: skip
    wire = {
        "type": "repair", "conversation": held, "plan": shown.plan, "envelope": signed.model_dump(mode="json"),
        "answers": [each.model_dump(mode="json") for each in answers],
    }  # fmt: skip
    yield house, await house.commanded("repair", admin, COMMAND.validate_python(wire), streams=(held,))


async def acknowledged_kind(it: Scene, admin: tuple[CoreClient, Signer]) -> tuple[House, Kind]:
    """An admin's word that they know that the log was put back."""
    house = House(it, admin)
    client, signer = admin
    alarm = (await client.core()).alarm
    assert alarm is not None
    signed = signer.widening(await client.challenge(), "acknowledge_audit", house.core, alarm.alarm)
    wire = {"type": "acknowledge_audit", "alarm": alarm.alarm, "envelope": signed.model_dump(mode="json")}
    return house, await house.commanded("acknowledged alarm", admin, COMMAND.validate_python(wire))


def anchor_kind(folder: Path, store: Store, core: str, previous: KeyFingerprint, keys: Sequence[KeyPair]) -> Kind:
    """One of the two recovery keys' words that move the anchor, at the stopped core; the other one's is honest."""
    now = system_clock()
    root, public = KeyPair.new(), tuple(key.public_key for key in keys)

    def signed(key: KeyPair) -> Envelope:
        return key.sign(
            ReanchorStatement(
                core=core, signed_by=SignedBy(operator=new_operator("recovery"), role="admin", key=key.fingerprint),
                console=CONSOLE, nonce="n", issued_at=now, expires_at=now + timedelta(days=2), previous=previous,
                anchor=root.fingerprint, need=2, keys=public,
            )
        )  # fmt: skip

    one, two = signed(keys[0]), signed(keys[1])
    anchors = AnchorFile(folder / "config", data=folder / "data")
    stranger = KeyPair.new()
    named = {"operator": "op_eve", "role": "admin", "key": stranger.fingerprint}
    strangers = [replace_key(one, keys[0], "core_other")]
    # Whoever signs says who they are; nobody here knows them but by their key. The nonce says nothing: it is used offline.
    free = frozenset({"signed_by.operator", "signed_by.role", "nonce"})
    honest = Honest(two, keys[1], free, strangers, [(stranger, named)])

    async def hand_in(envelope: dict[str, Any]) -> object:
        return await recover(store, anchors, core, [one, Envelope.model_validate_json(json.dumps(envelope))], system_clock)

    return Kind("moved anchor", honest, hand_in)


def replace_key(envelope: Envelope, key: KeyPair, core: str) -> Envelope:
    """The same words for another core."""
    said = ReanchorStatement.model_validate_json(envelope.payload_bytes())
    return key.sign(said.model_copy(update={"core": core}))
