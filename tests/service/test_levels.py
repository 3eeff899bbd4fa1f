"""How far a workflow may go by itself is signed: one person downwards, two upwards, never above its file (R-C8)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.authority.levels import fold_levels
from agent_core.contract.actors import Person
from agent_core.contract.bodies import new_body
from agent_core.contract.events import LevelChanged, LevelRecalled, LevelSigned, ProposalSettled, Recorded
from agent_core.contract.ids import OperatorId, WorkflowName, brand_stream
from agent_core.contract.levels import ChangeLevel, LevelPreview, LevelShown
from agent_core.store import Append, Draft
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.levels import WorkflowLevels, level_statement
from console.headless.operators import Operators
from tests.service.scene import NORTHWIND, Scene, approval, closed, scene, settled, until

REFUND = "refund_order"


async def where(client: CoreClient, workflow: str = REFUND) -> LevelShown:
    """Where a workflow stands."""
    (brand,) = (await WorkflowLevels(client).all()).brands
    return next(row for row in brand.workflows if row.workflow == workflow)


async def refused(client: CoreClient, shown: LevelPreview) -> str:
    """The code with which it is refused."""
    with pytest.raises(CoreRefused) as caught:
        await WorkflowLevels(client).change(shown)
    return caught.value.code


def test_R_C8_one_person_narrows_and_two_take_it_back_and_nobody_goes_above_the_file(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            admin = await it.admin()
            ada = admin[0]
            lee, _ = await it.colleague(admin, "Lee Lead", role="lead")
            sue, _ = await it.colleague(admin, "Sue Supervisor")
            before = await where(ada)
            assert (before.level, before.statement, before.waiting) == (before.declared, None, None)
            assert before.declared == "approval_gated"

            conversation = await it.write("Please refund NW-10023")
            card = await approval(ada)
            await settled(ada, conversation, 2)
            above = await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "autonomous")
            assert [each.code for each in above.obstacles] == ["above_the_file"]
            assert await refused(ada, above) == "above_the_file"
            low = await WorkflowLevels(sue).preview(NORTHWIND, REFUND, "read_only")
            assert [each.code for each in low.obstacles] == ["role_not_allowed"]
            assert await refused(sue, low) == "role_not_allowed"

            down = await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "read_only")
            assert (down.required_people, down.obstacles, down.follows) == (1, (), None)
            assert card.binding is not None
            assert down.lapses == (card.binding.proposal,)
            assert dict(down.replay.counts) == {"propose>forbid": 1}
            assert down.replay.differs[0].code == "level_read_only"
            await WorkflowLevels(lee).change(down, comment="Two wrong ones today.")
            assert (await where(ada)).level == "read_only"
            over = await closed(ada, card)
            assert (over.closed_by, over.closed_sentence) == (
                "policy", "This workflow may not do this any more, so it was not done.",
            )  # fmt: skip
            await it.write("Then please refund NW-10023", thread="t2")

            async def second() -> bool | None:
                return True if await it.replies("t2") else None

            await until(ada, second)
            assert [each for each in await ada.asks() if each.kind == "approval"] == []
            assert it.refunds() == []
            assert await refused(lee, down) == "same_level"

            up = await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "approval_gated")
            assert (up.required_people, up.was, up.first) == (2, "read_only", None)
            await WorkflowLevels(lee).change(up)
            assert (await where(ada)).level == "read_only", "one is not enough"
            again = await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "approval_gated")
            assert [each.code for each in again.obstacles] == ["same_person"]
            assert await refused(lee, again) == "same_person"
            other = await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "low_risk")
            assert other.first is None, "what was signed before was about another level"
            mine = await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "approval_gated")
            assert mine.first is not None
            assert await refused(ada, mine.model_copy(update={"first": "0" * 64})) == "out_of_order"
            await WorkflowLevels(ada).change(mine)
            now = await where(ada)
            assert (now.level, len(now.by), now.waiting) == ("approval_gated", 2, None)
            assert await refused(ada, down) == "out_of_order", "what was signed once follows nothing that holds"
            kinds = [type(r.event) for r in await it.core.store.records(brand_stream(NORTHWIND))]
            assert [kind for kind in kinds if kind in (LevelChanged, LevelSigned)] == [
                LevelChanged,
                LevelSigned,
                LevelChanged,
            ]

            again = await it.write("And now, please refund NW-10023", thread="t3")
            again_card = await approval(ada, again)
            await ada.approve(again_card)
            await closed(ada, again_card)
            assert len(it.refunds()) == 1

    asyncio.run(run())


def test_R_C8_a_first_signature_is_taken_back_and_never_counts_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, lee = await narrowed(it)
            sue, _ = await it.colleague((ada, ada.signer), "Sue Supervisor")
            levels = WorkflowLevels(lee)
            up = await levels.preview(NORTHWIND, REFUND, "approval_gated")
            await levels.change(up)
            first = (await where(ada)).waiting
            assert first is not None
            assert (first.name, first.level) == ("Lee Lead", "approval_gated")
            second = await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "approval_gated")
            with pytest.raises(CoreRefused) as caught:
                await WorkflowLevels(sue).recall(NORTHWIND, WorkflowName(REFUND), first)
            assert caught.value.code == "role_not_allowed"
            await levels.recall(NORTHWIND, WorkflowName(REFUND), first)
            assert (await where(ada)).waiting is None
            with pytest.raises(CoreRefused) as caught:
                await WorkflowLevels(ada).recall(NORTHWIND, WorkflowName(REFUND), first)
            assert caught.value.code == "not_waiting"
            assert await refused(ada, second) == "out_of_order"
            assert (await where(ada)).level == "read_only"

    asyncio.run(run())


def test_R_C8_a_row_that_raises_upon_a_signature_that_was_taken_back_proves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, lee = await narrowed(it)
            await WorkflowLevels(lee).change(await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "approval_gated"))
            await WorkflowLevels(ada).change(await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "approval_gated"))
            records = await it.core.store.records(brand_stream(NORTHWIND))
            bodies = {
                ref.id: (await it.core.store.body(ref)).text
                for record in records
                if isinstance(record.event, LevelChanged)
                for ref in (record.event.envelope, record.event.first_envelope)
                if ref is not None
            }
            keys = await it.core.means.people.keyring()

            def level(known: list[Recorded]) -> str:
                found = fold_levels(known, NORTHWIND, keys, bodies, core=it.core.instance.core, sandbox=True)
                return found.of(WorkflowName(REFUND), "approval_gated")

            assert level(list(records)) == "approval_gated"
            at = next(at for at, record in enumerate(records) if isinstance(record.event, LevelSigned))
            signed = records[at].event
            assert isinstance(signed, LevelSigned)
            back = LevelRecalled(workflow=signed.workflow, operator=signed.operator, statement=signed.statement)
            between = records[at].model_copy(update={"event": back})
            assert level([*records[: at + 1], between, *records[at + 1 :]]) == "read_only"

    asyncio.run(run())


async def narrowed(it: Scene) -> tuple[CoreClient, CoreClient]:
    """A house in which refunds only read."""
    admin = await it.admin()
    lee, _ = await it.colleague(admin, "Lee Lead", role="lead")
    down = await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "read_only")
    await WorkflowLevels(lee).change(down)
    return admin[0], lee


def test_R_C8_a_row_that_gives_more_proves_nothing_and_a_level_ends_with_the_key_that_raised_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, lee = await narrowed(it)
            forged = LevelChanged(
                workflow=WorkflowName(REFUND), was="read_only", level="approval_gated", declared="approval_gated",
                operator=OperatorId("op_eve"), statement="0" * 64, envelope=new_body("envelope", "{}").ref,
            )  # fmt: skip
            stream = brand_stream(NORTHWIND)
            body = new_body("envelope", "{}")
            draft = Draft(forged.model_copy(update={"envelope": body.ref}), Person(operator=OperatorId("op_eve")))
            await it.core.store.append(Append(stream, [draft], bodies=[body]))
            row = await where(ada)
            assert (row.level, row.unproven) == ("read_only", True)

            up = await WorkflowLevels(lee).preview(NORTHWIND, REFUND, "approval_gated")
            await WorkflowLevels(lee).change(up)
            await WorkflowLevels(ada).change(await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "approval_gated"))
            assert (await where(ada)).level == "approval_gated"
            assert lee.session is not None
            assert lee.session.key is not None
            await Operators(ada).revoke(lee.session.key, "lost_laptop")
            row = await where(ada)
            assert (row.level, row.unproven) == ("read_only", True), "what took the narrowing back has lost a signature"

    asyncio.run(run())


@pytest.mark.slow
def test_R_C8_every_field_of_a_signed_level_is_held_against_what_holds(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, _ = await it.admin()
            shown = await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "read_only")
            for code, changes in (
                ("other_brand", {"brand": "lumen"}),
                ("other_workflow", {"workflow": "cancel_order"}),
                ("other_release", {"release": "0" * 64}),
                ("other_arguments", {"level": "low_risk"}),
                ("other_arguments", {"was": "autonomous"}),
                ("other_arguments", {"declared": "autonomous"}),
                ("out_of_order", {"follows": "0" * 64}),
                ("other_comment", {"comment_digest": "0" * 64}),
                ("other_people_count", {"required_approvals": 2}),
                ("other_people_count", {"approval_number": 2}),
                ("out_of_order", {"previous_approvals": ("0" * 64,)}),
            ):
                statement = level_statement(ada.signer, await ada.challenge(), shown)
                bent = statement.model_copy(update=changes)
                command = ChangeLevel(
                    brand=NORTHWIND, workflow=shown.workflow, level="read_only", envelope=ada.signer.key.sign(bent)
                )
                with pytest.raises(CoreRefused) as caught:
                    await ada.command(command)
                assert caught.value.code == code, changes
            assert (await where(ada)).statement is None
            await WorkflowLevels(ada).change(shown)

    asyncio.run(run())


@pytest.mark.slow
def test_R_C8_what_a_core_that_died_left_waiting_lapses_when_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada, signer = await it.admin()
            conversation = await it.write("Please refund NW-10023")
            await approval(ada)
            await settled(ada, conversation, 2)

            async def died(*_: object) -> None:
                """Before anything was undone."""

            with monkeypatch.context() as death:
                death.setattr("agent_core.service.commands.levelling.reach_at_once", died)
                await WorkflowLevels(ada).change(await WorkflowLevels(ada).preview(NORTHWIND, REFUND, "read_only"))
        async with scene(tmp_path) as it:
            client = await it.console()
            await client.sign_in(signer)
            events = [r.event for r in await it.core.store.records(conversation)]
            (over,) = [event for event in events if isinstance(event, ProposalSettled)]
            assert (over.outcome, over.by, over.code) == ("lapsed", "policy", "level_lowered")

    asyncio.run(run())
