"""What was done and later put back is evidence, too: told by a system, or by a person (R-C8)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent_core.contract.bodies import new_body
from agent_core.contract.events import AssessmentFlagged
from agent_core.contract.evidence_of_authority import ActionTaken
from agent_core.contract.ids import ConversationId, OperatorId
from agent_core.service.authority_evidence import counted
from agent_core.service.projection.authority_rows import actions
from agent_core.service.projection.story import read_story
from agent_core.store import Append, Draft
from agent_core.systems.port import ToolResult
from tests.engine.harness import ORDER
from tests.engine.stage import SUE, Stage, play

ASK = f"Please refund 10 EUR for order {ORDER}"
AGAIN = f"Please refund 5 EUR for order {ORDER}"


async def rows(stage: Stage, conversation: ConversationId) -> list[ActionTaken]:
    """The actions of a conversation, as evidence."""
    return [one.taken for one in actions(await read_story(stage.harness.store, conversation)).values()]


async def refunded(stage: Stage) -> ConversationId:
    """Ten euros were paid back on a person's yes."""
    conversation = await stage.writes(ASK, "1")
    await stage.settle(conversation)
    await stage.harness.decide(conversation)
    await stage.settle(conversation)
    assert [each["amount_minor"] for each in stage.harness.refunds()] == [1_000]
    return conversation


async def asks_again(stage: Stage, event: str) -> ConversationId:
    """Another part of it: what it rests on is looked at once more right before it is done."""
    conversation = await stage.writes(AGAIN, event)
    await stage.settle(conversation)
    await stage.harness.decide(conversation)
    await stage.settle(conversation)
    return conversation


def test_R_C8_a_refund_that_is_gone_again_when_the_payment_is_looked_at_is_undone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        conversation = await refunded(stage)
        await asks_again(stage, "2")
        assert not any(one.undone for one in await rows(stage, conversation)), "less can be refunded: it stands"

        async def put_back(name: str, do: Callable[[], ToolResult]) -> ToolResult:
            result = do()
            facts = tuple((key, 6490 if key.endswith(".refundable") else value) for key, value in result.facts)
            return replace(result, facts=facts) if name == "list_payments" else result

        stage.harness.tools.around = put_back
        await asks_again(stage, "3")
        first, *others = await rows(stage, conversation)
        assert (first.end, first.undone) == ("executed", True)
        assert not any(one.undone for one in others)
        (evidence,) = counted(one for one in [first, *others] if one.tool == "refund_payment")
        assert (evidence.undone, evidence.called_wrong) == (1, 0)

    play(tmp_path, scene)


def test_R_C8_what_a_person_says_was_undone_counts_as_undone_and_not_as_called_wrong(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        conversation = await refunded(stage)
        shown, words = new_body("comment", "{}"), new_body("comment", "The bank sent it back.")
        flag = AssessmentFlagged(
            operator=OperatorId("sue"), part="done", wrong="undone", seen=3, shown=shown.ref, comment=words.ref
        )
        await stage.harness.store.append(Append(conversation, [Draft(flag, SUE)], bodies=[shown, words]))
        (only,) = await rows(stage, conversation)
        assert (only.undone, only.called_wrong) == (True, False)

    play(tmp_path, scene)
