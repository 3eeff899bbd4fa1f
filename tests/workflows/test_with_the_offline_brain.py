"""The demo workflows, followed to the letter by the offline brain: both sides of PROMPT_FORMAT.md understand each other."""

import json
from typing import Any

import pytest

from agent_core.contract.answers import Point, RunAnswer, TriageResult
from agent_core.contract.ids import RunId, WorkflowName
from agent_core.engine.sight import SIGHT
from agent_core.guardrails.reading import ReplyContext
from agent_core.guardrails.render import render_single
from agent_core.guardrails.reply import check_reply, codes
from agent_core.routing.route import OpenRun, RoutingPlan, route
from agent_core.routing.triage import check_triage
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.workflows.outputs import missing_outputs
from agent_core.workflows.prompt import run_system, triage_system
from agent_core.workflows.tools import argument_faults
from tests.sandbox.brain_world import Results, World, texts
from tests.sandbox.messages_scene import marked, outside
from tests.workflows.releases import release

PAYMENT: dict[str, Any] = {
    "payment_id": "pay_1", "amount_minor": 6490, "currency": "EUR", "refunded_minor": 0, "refundable_minor": 6490,
    "method": "card •••• 4417", "captured_at": "2026-11-02T10:00:00Z",
}  # fmt: skip
PARCEL: dict[str, Any] = {
    "tracking": "NP1234567890DE", "carrier": "Nordpost", "status": "in_transit", "place": "Kassel", "eta": "2026-11-23",
    "last_event": "The parcel has left the sorting centre.", "delivered_at": None,
}  # fmt: skip


def succeeded(result: dict[str, Any], *facts: tuple[str, str, Any]) -> dict[str, Any]:
    named = [{"id": fact, "key": key, "value": value} for fact, key, value in facts]
    return {"outcome": "succeeded", "result": result, "facts": named}


def shop(
    *, status: str = "delivered", payments: list[dict[str, Any]] | None = None, parcels: list[dict[str, Any]] | None = None,
    refund: dict[str, Any] | None = None,
) -> Results:  # fmt: skip
    """A shop with one order; the later of two equal payments is the duplicate, as the shop's client says."""
    paid = [PAYMENT] if payments is None else payments
    listed: dict[str, Any] = {"payments": paid}
    if len(paid) > 1:
        listed["duplicate"] = paid[1]

    def results(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        declared = next(t for name in release().workflows for key, t in release().tools_of(name).items() if key == tool)
        assert argument_faults(declared, arguments) == ()
        order = arguments.get("order_id", "")
        match tool:
            case "get_order":
                found = {"order_id": order, "status": status, "total": {"amount_minor": 6490, "currency": "EUR"}}
                return succeeded(found, ("f1", f"order.{order}.status", status))
            case "list_payments":
                facts = [
                    (f"f2{n}{what}", f"payment.{payment['payment_id']}.{what}", payment[f"{what}_minor"])
                    for n, payment in enumerate(paid)
                    for what in ("refundable", "refunded")
                ]
                return succeeded(listed, *facts)
            case "track_order":
                return succeeded(
                    {"parcels": [PARCEL] if parcels is None else parcels},
                    ("f3", f"parcel.{PARCEL['tracking']}.eta", PARCEL["eta"]),
                )
            case _:
                made = {"refund_id": "re_1", "status": "succeeded", "currency": "EUR"}
                done = succeeded(
                    made | {"amount_minor": arguments["amount_minor"]},
                    ("f4", f"refund.{arguments['payment_id']}.amount", arguments["amount_minor"]),
                )
                return refund or done

    return results


def world(workflow: str, results: Results, language: str = "en", **context: Any) -> World:
    return World(
        system=run_system(release(), workflow, language), results=results, tools=list(release().tools_of(workflow)),
        context=context,
    )  # fmt: skip


def checked(run: World, answer: dict[str, Any], *, pending: bool = False, done: set[str] | None = None) -> str:
    """The reply of this one run, which must pass every check."""
    typed = RunAnswer.model_validate_json(json.dumps(answer), strict=True)
    workflow = "refund_order" if "refund_order" in run.system[:60] else "where_is_my_order"
    assert missing_outputs(release().workflow(workflow), typed) == ()
    language = "de" if "language: de" in run.system else "en"
    reply = render_single(typed.points, typed.question, release(), language, "Zoë van der Berg")
    facts: dict[str, tuple[str, Any]] = {}
    customer: list[str] = []
    results: list[Any] = []
    for message in run.messages:
        for block in message["content"]:
            if block["type"] == "tool_result":
                given = json.loads(block["content"][0]["text"])
                results.append(given)
                facts |= {fact["id"]: (fact["key"], fact["value"]) for fact in given.get("facts", ())}
            elif block["type"] == "text" and "<outside-" in block["text"]:
                customer.append(block["text"])
    assert all(fact in facts for point in typed.points for fact in point.fact_ids)
    under = ReplyContext(
        sight=SIGHT, points=typed.points, facts=facts, release=release(), language=language, pending=pending,
        actions={tool: {"done"} for tool in done or ()}, customer_words=customer, sources=results, workflows=[workflow],
    )  # fmt: skip
    assert codes(check_reply(reply, under)) == (), reply
    return reply


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_refund_that_waits_is_said_to_wait(language: str) -> None:
    run = world("refund_order", shop(refund={"outcome": "pending", "executed": False, "proposal": "p_1"}), language)
    answer = run.say("refund NW-10023 please")
    assert run.turns == [["get_order"], ["list_payments"], ["refund_payment"]]
    assert run.calls[-1].arguments["amount_minor"] == 6490
    assert answer["outputs"] == {"order_id": "NW-10023", "refund_status": "pending"}
    reply = checked(run, answer, pending=True)
    assert ("waiting for a colleague" if language == "en" else "wartet auf die Freigabe") in reply
    assert reply.startswith("Hello Zoë," if language == "en" else "Hallo Zoë,")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_refund_that_a_person_made_smaller_is_said_as_it_really_was(language: str) -> None:
    run = world("refund_order", shop(refund={"outcome": "pending", "executed": False, "proposal": "p_1"}), language)
    run.say("refund NW-10023 please")
    result = {"refund_id": "re_1", "status": "succeeded", "amount_minor": 5000, "currency": "EUR"}
    notice = {
        "tool_use_id": run.ids[-1], "tool": "refund_payment", "proposal": "p_1",
        "outcome": "edited_succeeded", "by": "person", "result": result,
        "facts": [{"id": "f9", "key": "refund.pay_1.status", "value": "succeeded"}],
    }  # fmt: skip
    answer = run.hear(marked("notice", notice))
    assert len(answer["points"]) == 1
    assert "50.00 EUR" in texts(answer)[0]
    assert "64.90" not in texts(answer)[0]
    assert "f9" in answer["points"][0]["fact_ids"]


def test_a_denial_is_told_with_its_reason_once() -> None:
    run = world("refund_order", shop(refund={"outcome": "pending", "executed": False, "proposal": "p_1"}))
    run.say("refund NW-10023 please")
    notice = {
        "tool_use_id": run.ids[-1], "tool": "refund_payment", "proposal": "p_1", "outcome": "denied", "by": "person",
        "reason": "The tent was used for a season.",
    }  # fmt: skip
    answer = run.hear(marked("notice", notice))
    assert texts(answer) == ["The refund for order NW-10023 was not approved. The tent was used for a season."]
    checked(run, answer)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_second_charge_goes_back_whatever_else_was_asked(language: str) -> None:
    twice = [PAYMENT, PAYMENT | {"payment_id": "pay_2"}]
    run = world("refund_order", shop(payments=twice), language)
    answer = run.say("You charged me twice for NW-10023! 64.90 EUR each")
    assert run.calls[-1].arguments["payment_id"] == "pay_2"
    assert len(run.calls) == 3
    assert "64.90 EUR" in checked(run, answer, done={"refund_payment"})


def test_a_named_amount_goes_back_and_nothing_more() -> None:
    run = world("refund_order", shop())
    answer = run.say("Can I get 15,50 € back for NW-10023?")
    assert run.calls[-1].arguments["amount_minor"] == 1550
    assert "15.50 EUR" in checked(run, answer, done={"refund_payment"})


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_left_is_said_kindly_and_nothing_is_called(language: str) -> None:
    spent = PAYMENT | {"refunded_minor": 6490, "refundable_minor": 0}
    run = world("refund_order", shop(payments=[spent]), language)
    answer = run.say("refund NW-10023")
    assert [call.tool for call in run.calls] == ["get_order", "list_payments"]
    assert answer["phase"] == "answered"
    checked(run, answer)
    second = world("refund_order", shop(payments=[PAYMENT, spent | {"payment_id": "pay_2"}]), language)
    checked(second, second.say("charged twice: NW-10023"))
    assert len(second.calls) == 2
    unpaid = world("refund_order", shop(payments=[]), language)
    checked(unpaid, unpaid.say("refund NW-10023"))


def test_a_refund_nobody_knows_the_end_of_goes_to_a_person() -> None:
    run = world("refund_order", shop(refund={"outcome": "unknown"}))
    answer = run.say("refund NW-10023")
    assert (answer["phase"], answer["escalation"]) == ("escalated", "outcome_unknown")
    assert "could not tell for certain" in texts(answer)[0]


def test_an_order_of_somebody_else_is_not_found_and_nothing_more_is_read() -> None:
    run = world("refund_order", lambda _tool, _arguments: {"outcome": "refused", "reason": "not yours"})
    answer = run.say("refund NW-10023")
    assert [call.tool for call in run.calls] == ["get_order"]
    assert "could not find an order NW-10023" in checked(run, answer)


@pytest.mark.parametrize("workflow", ["refund_order", "where_is_my_order"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_R_B9_a_missing_order_number_is_asked_for_and_taken_from_the_answer(workflow: str, language: str) -> None:
    run = world(workflow, shop(), language)
    answer = run.say("I want my money back, where is it")
    assert answer["phase"] == "asking"
    assert run.calls == []
    assert run.hear(outside("sorry: nw-10023", 2))["phase"] == "answered"
    assert run.calls[0].arguments == {"order_id": "NW-10023"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("status", ["placed", "packed", "shipped", "delivered", "cancelled"])
def test_every_status_of_an_order_gets_an_answer(status: str, language: str) -> None:
    run = world("where_is_my_order", shop(status=status), language)
    answer = run.say("where is NW-10024?")
    assert answer["phase"] == "answered"
    assert answer["outputs"]["status"] == status
    reply = checked(run, answer)
    assert "NW-10024" in reply
    assert ("2026-11-23" in reply) == (status == "shipped")


def test_a_carrier_that_is_down_does_not_end_the_answer() -> None:
    up = shop(status="shipped")
    run = world(
        "where_is_my_order",
        lambda tool, arguments: {"outcome": "timed_out"} if tool == "track_order" else up(tool, arguments),
    )
    answer = run.say("where is NW-10024?")
    assert answer["phase"] == "answered"
    assert "could not reach the carrier" in checked(run, answer)
    empty = world("where_is_my_order", shop(status="shipped", parcels=[]))
    assert "has not reported a parcel" in checked(empty, empty.say("where is NW-10024?"))


def plan(*messages: str, runs: list[OpenRun] | None = None, authenticated: bool = True, asked: int = 0) -> RoutingPlan:
    """What becomes of messages: the brain's triage, held against them, and routed."""
    listed = [{"run": run.run, "workflow": run.workflow, "phase": run.phase} for run in runs or []]
    blocks = [outside(text, number) for number, text in enumerate(messages)]
    context = marked("context", {"now": "2026-11-20T10:00:00Z", "open_runs": listed})
    request = {
        "model": "claude-haiku-5-5", "max_tokens": 2000, "system": triage_system(release()),
        "messages": [{"role": "user", "content": [context, *blocks]}],
    }  # fmt: skip
    said = LiteralBrain().think(request, 0).blocks[0]
    result = TriageResult.model_validate_json(getattr(said, "text"), strict=True)  # noqa: B009 - the block is a Say
    return route(check_triage(result, messages, release()), runs or [], authenticated, release(), questions_asked=asked)


def run_of(phase: Any, workflow: str = "refund_order", run: str = "r1") -> OpenRun:
    return OpenRun(RunId(run), WorkflowName(workflow), phase)


@pytest.mark.parametrize(
    "text",
    [
        "refund NW-10023 and where is NW-10024?",
        "Where is my parcel NW-10024? and I still want my money back for NW-10023.",
        "Two things: I'd like a refund for NW-10023, the tent is faulty. And where is my order NW-10024?",
        "bitte NW-10023 erstatten, und wo ist mein Paket NW-10024?",
        "refund nw10023 and where is nw 10024",
    ],
)
def test_R_B2_two_intents_are_two_runs_each_with_its_own_order(text: str) -> None:
    routed = plan(text)
    assert routed.rule == "workflows"
    assert {to.workflow: to.entities.get("order_id", "").upper() for to in routed.runs} == {
        "refund_order": "NW-10023", "where_is_my_order": "NW-10024",
    }  # fmt: skip
    assert all(to.continue_run is None for to in routed.runs)


def test_thanks_close_and_chasing_goes_to_the_run_that_waits() -> None:
    assert plan("Great, thanks for the quick help.", runs=[run_of("answered")]).reply_text == "closing"
    assert plan("Super, danke.", runs=[run_of("answered")]).language == "de"
    assert plan("Any news?", runs=[run_of("awaiting_approval")]).runs[0].continue_run == "r1"
    assert plan("NW-10023", runs=[run_of("asking")]).runs[0].continue_run == "r1"


def test_a_vague_message_is_asked_about_once() -> None:
    assert plan("??").question
    assert plan("??", asked=1).to_people == ("unclear_twice",)
    assert plan("If NW-10023 is not refunded by Friday my lawyer will contact you.").to_people[0] == "legal_language"
    assert plan("Bonjour, où est ma commande NW-10024 ? Merci beaucoup.").reply_text == "outside_language"


def test_every_point_of_every_step_is_a_point() -> None:
    """Texts of steps fit the bounds of a point, whatever is placed in them."""
    for workflow in release().workflows.values():
        for step in workflow.steps:
            for name in ("say", "pending", "done", "denied", "failed"):
                for text in (getattr(step, name) or {}).values():
                    Point(text=text + "x" * 300, fact_ids=())
