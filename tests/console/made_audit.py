"""What a core would say of its past: hits, moments, calls, reviews, a verdict, oversight. Nobody here is real."""

from datetime import timedelta

from agent_core.contract.checkpoints import AlarmShown
from agent_core.contract.erasing import ErasurePreview, ErasureRow, KeptPart, Obstacle
from agent_core.contract.events.reviewing import CriterionScore
from agent_core.contract.ids import EffectId, OperatorId, RunId
from agent_core.contract.looking_back import (
    CallRequestShown,
    CallsAnswer,
    ModelCallShown,
    MomentShown,
    SentBlock,
    SentMessage,
    SentTool,
)
from agent_core.contract.oversight import BUCKETS_S, OversightAnswer, OversightRow, TimeBucket
from agent_core.contract.reviewing import (
    Criterion,
    ReviewItem,
    ReviewNoteShown,
    ReviewQueue,
    ReviewScoreShown,
    ReviewsShown,
    Rubric,
)
from agent_core.contract.searching import FacetValue, FoundConversation, SearchAnswer, SearchFacets, SearchHit, TextRange
from agent_core.contract.verification import FindingCount, FindingShown, VerificationShown
from agent_core.contract.views import LabelledText
from tests.console import made


def found(number: int, **changes: object) -> FoundConversation:
    """A conversation in which something was found."""
    base = FoundConversation(
        conversation=made.conversation(number), brand=made.BRAND, channel="webchat", customer_name=f"Customer {number}",
        state="closed", workflows=("refund_order",), tools=("get_order", "refund_payment"), outcomes=("executed",),
        flags=(), language="en", replied="agent_and_person", handled="touched", money=made.euros(6_490), score_percent=None,
        reviewed=False, messages=4, opened_at=made.NOW - timedelta(hours=number), last_at=made.NOW - timedelta(hours=number),
    )  # fmt: skip
    return base.model_copy(update=changes)


def hit(number: int, snippet: str, word: str = "", **changes: object) -> SearchHit:
    """A hit whose word is marked wherever it stands."""
    marks: list[TextRange] = []
    at = snippet.lower().find(word.lower()) if word else -1
    while at >= 0:
        marks.append(TextRange(start=at, end=at + len(word)))
        at = snippet.lower().find(word.lower(), at + len(word))
    base = SearchHit(
        found_in=found(number), seq=3, at=made.NOW - timedelta(minutes=7 * number), kind="message", by="customer",
        speaker="", what="message_received", snippet=snippet, marks=tuple(marks),
    )  # fmt: skip
    return base.model_copy(update=changes)


HITS = (
    hit(1, "I was charged twice for order NW-88213 — 64.90 € and again 64.90 €. Please refund one of them.", "refund",
        found_in=found(1, customer_name="Amara Okafor", state="awaiting_approval")),
    hit(1, "Refunds above 20.00 EUR need a person. Refund 64.90 EUR waits for one.", "refund", seq=20, kind="decision",
        by="system", found_in=found(1, customer_name="Amara Okafor", state="awaiting_approval"), cut_before=True),
    hit(3, "This is the fourth time I am asking for my refund. Get me a human.", "refund",
        found_in=found(3, customer_name="Tom Haverford", channel="email", state="awaiting_human")),
    hit(2, "We have refunded 640.00 EUR to your Visa card ending in 4417; it takes three to five days.", "refund",
        kind="reply", by="agent", found_in=found(2, customer_name="Jonas Weber", channel="email")),
    hit(6, "Checked with the warehouse, the parcel is lost. Please refund in full.", "refund", kind="note",
        by="person", speaker="Ines Roth", found_in=found(6, customer_name="Λυδία Παππά"), cut_after=True),
    hit(9, "أين طلبي؟ لقد دفعت مرتين refund 88213", "refund", found_in=found(9, customer_name="ليلى", state="triaging")),
    hit(11, '{"payment": "pay_20", "refundable_minor": 6490, "currency": "EUR"}', "refund", kind="result", by="agent",
        found_in=found(11, customer_name="Chen Wei")),
)  # fmt: skip

ANSWER = SearchAnswer(hits=HITS, next="cursor", count=1_000, counted_all=False, understood=("refund",))

FACETS = SearchFacets(
    brands=(FacetValue(value=made.BRAND, conversations=128_400),),
    channels=(FacetValue(value="webchat", conversations=90_122), FacetValue(value="email", conversations=31_004)),
    workflows=(FacetValue(value="refund_order", conversations=8_221), FacetValue(value="cancel_plan", conversations=2_101)),
    tools=(FacetValue(value="get_order", conversations=60_010), FacetValue(value="refund_payment", conversations=7_930)),
    outcomes=(FacetValue(value="answered", conversations=99_120), FacetValue(value="denied", conversations=310)),
    states=(FacetValue(value="closed", conversations=120_001), FacetValue(value="quarantined", conversations=3)),
    flags=(FacetValue(value="instructions", conversations=77),), currencies=(FacetValue(value="EUR", conversations=9_001),),
    conversations=128_400,
)  # fmt: skip


def moment(number: int, seq: int) -> MomentShown:
    """A conversation as it was behind one event: only what had happened by then."""
    whole = made.detail(number)
    early = whole.opened_at + timedelta(seconds=seq)
    detail = whole.model_copy(
        update={
            "seq": seq, "items": tuple(one for one in whole.items if one.seq <= seq), "beliefs": whole.beliefs[:1],
            "waits_for": (), "why_stopped": "", "row": whole.row.model_copy(update={"label": "resolving"}),
        }
    )  # fmt: skip
    return MomentShown(
        conversation=whole.row.conversation, seq=seq, newest_seq=whole.seq, first_at=whole.opened_at, newest_at=made.NOW,
        as_of=early, by_event="effect_finished", detail=detail,
    )  # fmt: skip


def call(number: int, **changes: object) -> ModelCallShown:
    """A call of a model."""
    base = ModelCallShown(
        effect=EffectId(f"e{number}"), seq=number, end_seq=number + 1, run=RunId("r1"), about="refund_order", purpose="run",
        attempt=1, started_at=made.NOW - timedelta(minutes=9 - number), finished_at=made.NOW, duration_ms=1_840,
        outcome="succeeded", model="sandbox", input_tokens=4_212, output_tokens=187, tools_called=("get_order",),
    )  # fmt: skip
    return base.model_copy(update=changes)


CALLS = CallsAnswer(
    conversation=made.conversation(1), seq=24,
    calls=(
        call(4, purpose="triage", about="", run=None, tools_called=()),
        call(7), call(11, tools_called=("list_payments", "refund_payment")),
        call(13, outcome="timed_out", sentence="The model did not answer in 60 s.", output_tokens=0, tools_called=()),
        call(14, attempt=2, purpose="compose", about="", tools_called=()),
    ),
)  # fmt: skip


def request(**changes: object) -> CallRequestShown:
    """What a model saw when it wished for the refund."""
    said = made.detail(1).items[0]
    words = getattr(said, "text", "")
    base = CallRequestShown(
        conversation=made.conversation(1), call=call(11), verdict="verified", sentence="Every part is what was sent.",
        digest=made.digest("request"), size=18_402, model="sandbox",
        system="You work on refunds for Northwind. Follow the workflow step by step.\n\nNever promise what was not done.\n"
               "Amounts come from facts, never from the customer's words.",
        tools=(
            SentTool(name="get_order", description="Looks up an order.", schema_text='{\n  "type": "object"\n}'),
            SentTool(name="list_payments", description="Lists an order's payments.", schema_text='{\n  "type": "object"\n}'),
            SentTool(name="refund_payment", description="Gives a payment back, whole or in part.",
                     schema_text='{\n  "type": "object",\n  "properties": {"amount_minor": {"type": "integer"}}\n}'),
        ),
        parameters=(LabelledText(label="Model", value="sandbox"), LabelledText(label="Most tokens", value="4096")),
        messages=(
            SentMessage(role="user", blocks=(SentBlock(kind="text", text=words, cached=True),)),
            SentMessage(role="assistant", blocks=(
                SentBlock(kind="text", text="I look up the order first."),
                SentBlock(kind="tool_use", text='{"order_id": "NW-88213"}', tool="get_order", tool_use_id="toolu_1"),
            )),
            SentMessage(role="user", blocks=(
                SentBlock(kind="tool_result", text='{"status": "shipped", "total": "64.90 EUR"}', tool_use_id="toolu_1"),
            )),
        ),
        answer=(SentBlock(kind="tool_use", text='{"payment": "pay_20"}', tool="refund_payment", tool_use_id="toolu_2"),),
    )  # fmt: skip
    return base.model_copy(update=changes)


RUBRIC = Rubric(
    name="support", title="Support", criteria=(
        Criterion(id="solved", title="Solved", description="Was it what the customer needed?",
                  levels=("Not at all", "In part", "Completely"), weight=2),
        Criterion(id="right", title="Right", levels=("Something was wrong", "All of it was right")),
        Criterion(id="tone", title="Tone", levels=("Cold or wrong", "Fine", "Warm and clear")),
    ),
)  # fmt: skip


def reviews(number: int, **changes: object) -> ReviewsShown:
    """What leads said of a conversation."""
    points = (("solved", 1), ("right", 1), ("tone", 2))
    base = ReviewsShown(
        conversation=made.conversation(number), brand=made.BRAND, seq=24, rubric=RUBRIC, rubric_digest=RUBRIC.digest,
        notes=(ReviewNoteShown(seq=30, at=made.NOW - timedelta(hours=2), operator=made.ME, name="Mira Duarte", about=18,
                               text="Says that the carrier does not answer, and comes back later: good."),),
        scores=(ReviewScoreShown(
            seq=31, at=made.NOW - timedelta(hours=1), operator=OperatorId("o_ines"), name="Ines Roth", rubric=RUBRIC.digest,
            current=True, scores=tuple(CriterionScore(criterion=name, points=given) for name, given in points),
            total_percent=75, seen=24, picked="random", comment="Right, but the parcel is still open."),),
        finished_seq=None, may_review=True,
    )  # fmt: skip
    return base.model_copy(update=changes)


QUEUE = ReviewQueue(
    items=(ReviewItem(picked="disputed", reasons=("wrong_intent",), seq=24, of=found(1)),
           ReviewItem(picked="random", reasons=(), seq=12, of=found(2))),
    waiting=(("disputed", 2), ("flagged", 5), ("random", 31)), share_percent=5,
    since=made.NOW - timedelta(days=7), seed="w47",
)  # fmt: skip


def verification(**changes: object) -> VerificationShown:
    """A log that is whole."""
    base = VerificationShown(
        state="done", verdict="holds", sentence="Every event, text and signature is what was written.", by=made.ME,
        by_name="Mira Duarte", started_at=made.NOW, finished_at=made.NOW, done=128_400, total=128_400, events=128_400,
        streams=9_310, bodies=301_220, statements=4_212, checkpoints=1_310, erased=211, signed=128_400,
        remembered_size=128_377, root=made.digest("root"),
        notes=("Whether another copy of this database says something else cannot be known from here.",),
    )  # fmt: skip
    return base.model_copy(update=changes)


def broken() -> VerificationShown:
    """A log in which somebody wrote."""
    return verification(
        verdict="broken", sentence="3 rows are not what was written.",
        findings=(
            FindingShown(code="event_changed", sentence="The event is not the one whose hash is in the log.",
                         subject=made.conversation(7), seq=18),
            FindingShown(code="body_changed", sentence="A text beside the log is not the one its event names.",
                         subject=made.conversation(7), seq=18),
        ),
        counts=(FindingCount(code="event_changed", count=1), FindingCount(code="body_changed", count=2)), hidden=1, notes=(),
        remembered_size=None,
    )  # fmt: skip


ALARM = AlarmShown(
    alarm=made.digest("alarm"), code="rolled_back",
    sentence="The log has fewer events than the core had signed for: an old database was brought back.",
    expected_size=128_400, expected_root=made.digest("expected"), found_size=127_902,
    raised_at="2026-11-21T13:52:07.000000Z",
)  # fmt: skip


def oversight_row(name: str, workflow: str, decisions: int, spread: tuple[int, ...], **changes: object) -> OversightRow:
    """How somebody decided; `spread`: how many decisions by range of time."""
    times = tuple(TimeBucket(upto_s=upto, count=count) for upto, count in zip((*BUCKETS_S, None), spread, strict=False))
    denied, edited = decisions // 9, decisions // 12
    base = OversightRow(
        brand=made.BRAND, workflow=workflow, operator=OperatorId(f"o_{name}") if name else None, name=name,
        decisions=decisions, approved=decisions - denied - edited, denied=denied, edited=edited, approved_edited=edited,
        approved_unopened=decisions // 8, opened_unknown=0, reversed=decisions // 50, called_wrong=decisions // 80,
        p10_s=4, p50_s=34, p90_s=412, times=times, enough=decisions >= 20,
    )  # fmt: skip
    return base.model_copy(update=changes)


_SPREAD = (3, 9, 21, 40, 31, 52, 44, 30, 12, 4, 1)
OVERSIGHT = OversightAnswer(
    since=made.NOW - timedelta(days=30), until=made.NOW, total=(oversight_row("", "", 247, _SPREAD),),
    by_workflow=(oversight_row("", "refund_order", 188, _SPREAD), oversight_row("", "cancel_plan", 59, _SPREAD[3:])),
    by_person=(
        oversight_row("Mira Duarte", "", 141, _SPREAD), oversight_row("Ines Roth", "", 98, _SPREAD[2:]),
        oversight_row("Ada Lind", "", 8, (0, 0, 1, 2, 0, 3, 1, 1), approved_unopened=0, called_wrong=0, reversed=0),
    ),
    by_both=(oversight_row("Mira Duarte", "refund_order", 120, _SPREAD),), complete=True,
)  # fmt: skip


def erasure(**changes: object) -> ErasurePreview:
    """Everything of one customer."""

    def row(number: int, *by: str, obstacles: tuple[Obstacle, ...] = ()) -> ErasureRow:
        return ErasureRow(
            conversation=made.conversation(number), found_by=by, channel="webchat" if number == 1 else "email",  # pyright: ignore[reportArgumentType] - words of the contract
            opened_at=made.NOW - timedelta(days=number), control="agent", erased=False, bodies=41, bytes=182_400,
            kinds=("message", "reply"), kept=3, obstacles=obstacles,
        )  # fmt: skip

    base = ErasurePreview(
        brand=made.BRAND, conversations=(row(1, "named", "same_writer"), row(4, "same_email"), row(9, "same_customer")),
        complete=True, bodies=123, bytes=547_200,
        kept=(
            KeptPart(what="The log: what happened when, with ids, codes, amounts of money and digests.",
                     why="It holds no words of anybody, and every later event proves it."),
            KeptPart(what="Signed statements of people about actions, and what was executed.",
                     why="Bookkeeping and proof of who decided."),
        ),
        allowed=True,
    )  # fmt: skip
    return base.model_copy(update=changes)
