"""`brand.yaml` as values: who the brand is, when it speaks, where work goes, and the texts no model writes.

Data only. Every number has its unit in its name; times of day are local to the brand's time zone.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_core.contract.base import Value
from agent_core.contract.ids import BrandId
from agent_core.contract.money import Currency
from agent_core.workflows.risk import USUAL, RiskRules
from agent_core.workflows.texts import Language, LocalText, Word

TextKey = Literal[
    "greeting", "greeting_unnamed", "signature", "handoff", "handoff_part", "quarantine", "outside_language", "clarify",
    "unclear_twice", "nothing_found", "closing", "sign_in", "still_waiting",
    "still_working", "not_proven", "handoff_closed",
]  # fmt: skip
"""Every fixed text. Actor `system`: they never wait for a model (DESIGN §5).

    greeting / greeting_unnamed / signature   around a reply of one run; `{name}` is the customer's first name
    handoff / handoff_part                    the whole, or one part of the request, went to a person
    quarantine                                the conversation is held for on-call
    outside_language                          a language nobody reachable speaks
    clarify / unclear_twice                   one question when triage has none; a person after the second time
    nothing_found                             no workflow of ours covers it: a person looks
    closing                                   thanks and the like
    sign_in                                   proof of identity is needed first
    still_waiting                             what the customer asks about is waiting for a decision
    still_working                             at the reply's deadline: the rest is still being worked on
    not_proven                                optional: e-mail and order do not belong together, never which half is wrong
    handoff_closed                            optional: as `handoff`, while nobody works
"""

TEXT_KEYS: tuple[TextKey, ...] = TextKey.__args__  # pyright: ignore[reportAttributeAccessIssue] - Literal's own arguments

OPTIONAL_TEXTS: frozenset[TextKey] = frozenset({"not_proven", "handoff_closed"})
"""Texts a brand need not have."""

Clock = Annotated[
    str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
"""Opening hours of a day, `09:00-18:00`."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Host = Annotated[str, StringConstraints(max_length=253, pattern=r"^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$")]


class Channel(Value):
    """Where customers write. `authenticates`: the channel itself vouches for who writes (R-B1, DESIGN §3)."""

    name: Word
    kind: Literal["chat", "email"]
    authenticates: bool = False


class OpeningHours(Value):
    """When people work; outside, asks wait and the fixed texts say so."""

    timezone: str = Field(max_length=64)
    days: Mapping[Weekday, Clock]


class Timing(Value):
    """When the agent speaks and how long it waits.

    Attributes:
        batch_window_ms: Messages of one customer within this time make one turn.
        reply_deadline_s: A reply is composed of what is settled by then.
        proposal_expiry_s: An undecided proposal expires, which escalates and never executes (R-A4).
        undo_s: An approval may be recalled for this long before it acts.
        takeover_idle_s: A person who took over and lets somebody wait for so long is an ask to the team; after as long again
            the conversation is not theirs any more.
        takeover_idle: Whose it is then: the team's, or the agent's.
        answers: When the agent answers: at any time, or only while people work; then messages wait until they do.
    """

    batch_window_ms: int = Field(ge=0, le=60_000)
    reply_deadline_s: int = Field(ge=5, le=3600)
    proposal_expiry_s: int = Field(ge=60, le=30 * 86_400)
    undo_s: int = Field(ge=0, le=300)
    takeover_idle_s: int = Field(ge=60, le=7 * 86_400, default=900)
    takeover_idle: Literal["team", "agent"] = Field(default="team", exclude_if=lambda whose: whose == "team")
    """Left out where it is the usual, so that releases of before it keep their digest."""
    answers: Literal["always", "opening_hours"] = Field(default="always", exclude_if=lambda when: when == "always")


class Silence(Value):
    """What happens when a customer does not write again. Seconds count from the last words of either side.

    Attributes:
        follow_up_s: After this time the customer is asked once more; none: never.
        follow_ups: How often at most.
        text: What they are asked then, in every language.
        close_s: After the last of them, or of the agent's words, the conversation closes; none: never.
    """

    follow_up_s: int | None = Field(ge=60, le=90 * 86_400, default=None)
    follow_ups: int = Field(ge=0, le=5, default=0)
    text: LocalText | None = None
    close_s: int | None = Field(ge=60, le=365 * 86_400, default=None)


class Closing(Value):
    """When silence brings a follow-up and then the end (R-A4). What still waits for somebody never closes.

    Attributes:
        in_opening_hours: Follow-ups and ends happen only while people work; otherwise they are put off until they do.
        asked: We asked something. It closes as `silent`.
        resolved: Everything was answered. It closes as `resolved`.
        declined: The last that was asked for was declined or taken back. It closes as `declined`.
    """

    in_opening_hours: bool = True
    asked: Silence = Silence()
    resolved: Silence = Silence()
    declined: Silence = Silence()


class Topics(Value):
    """What the agent may and may not talk about (R-B8)."""

    allowed: tuple[Word, ...] = Field(max_length=200)
    refused: tuple[Word, ...] = Field(max_length=200, default=())


class Queue(Value):
    """Where asks wait for people.

    Attributes:
        first_look_s: When nobody has looked by then, it is a breach and the ask becomes more urgent.
        answer_s: When nobody has decided by then, it is a breach and the ask goes to the next higher queue; none: never.
        in_opening_hours: Both count only while people work.
        opening_hours: When the people of this queue work, where that is not when the brand's do.
        languages: Those that its people speak; empty: all of the brand's.
    """

    name: Word
    title: str = Field(min_length=1, max_length=80)
    priority: int = Field(ge=0, le=9)
    first_look_s: int = Field(ge=60, le=30 * 86_400)
    answer_s: int | None = Field(ge=60, le=90 * 86_400, default=None)
    in_opening_hours: bool = False
    opening_hours: OpeningHours | None = Field(default=None, exclude_if=lambda hours: hours is None)
    languages: tuple[Language, ...] = Field(max_length=40, default=(), exclude_if=lambda some: not some)

    def speaks(self, language: str) -> bool:
        """Whether its people speak a language; one that nobody knows is anybody's."""
        return not self.languages or not language or language in self.languages


class Entity(Value):
    """A value customers name, such as an order number. `pattern` has no groups and is matched without regard to case."""

    pattern: str = Field(min_length=1, max_length=200)
    example: str = Field(min_length=1, max_length=80)
    title: LocalText
    reference: bool = False
    """Names something of the customer's: a reply may only name those that this turn's facts or words hold."""


class Proof(Value):
    """How a customer whom no channel vouches for proves who they are: an e-mail address and something only they name.

    Attributes:
        reference: The entity they name, e.g. an order; both must belong to the same customer of the shop.
        attempts: How often it is tried in one conversation, before people are.
        attempts_per_day: How often it is tried for one address, one reference or one writer, in all conversations together.
        holds_s: For so long a proof holds; who writes later proves it again. A day unless said otherwise.
    """

    reference: Word
    attempts: int = Field(ge=1, le=5, default=3)
    attempts_per_day: int = Field(ge=1, le=100, default=10)
    holds_s: int = Field(ge=60, le=365 * 86_400, default=86_400, exclude_if=lambda seconds: seconds == 86_400)


class Routing(Value):
    """The brand's rows of the routing table (R-B6). Legal and safety language always goes to people.

    Attributes:
        critical: Where critical urgency goes.
        complex: Where a request that needs judgement goes.
        unauthenticated: What happens when a workflow needs proof of identity and there is none.
        proof: How proof of identity is checked by code; none: it is only asked for.
        people_languages: Languages that reachable people speak; empty: all of the brand's. In another one a hand-off says in
            which ones people answer.
        closing: What thanks and good-byes get: the fixed text, nothing, or a person.
        closing_words: Words a message of thanks consists of, per language.
        queues: Reason code of a hand-off -> queue; `default` for the rest.
        language_queues: Language -> queue -> the queue that takes its place for customers of that language.
    """

    critical: Literal["people", "workflow"] = "people"
    complex: Literal["people", "workflow"] = "people"
    unauthenticated: Literal["people", "ask"] = "ask"
    closing: Literal["text", "silent", "people"] = "text"
    closing_words: Mapping[Language, tuple[Annotated[str, StringConstraints(min_length=1, max_length=40)], ...]]
    queues: Mapping[Word, Word]
    language_queues: Mapping[Language, Mapping[Word, Word]] = Field(
        max_length=40, default_factory=dict[Language, Mapping[Word, Word]], exclude_if=lambda some: not some
    )
    proof: Proof | None = Field(default=None, exclude_if=lambda proof: proof is None)
    people_languages: tuple[Language, ...] = Field(max_length=40, default=(), exclude_if=lambda some: not some)


RetainedKind = Literal["message_raw", "quoted", "hidden", "attachments", "diagnosis", "everything"]
"""What may expire: evidence beside a conversation, kind by kind, while it goes on; or the whole conversation at once.

Its words expire only together: a conversation of which half can be read could neither go on nor be understood.
"""


class Aliases(Value):
    """Model aliases by task; which model an alias means is configuration (R-H1).

    `fallback`: who is asked when the usual model does not answer (R-A7).
    """

    triage: Word = "small"
    compose: Word = "small"
    fallback: Literal["small", "standard"] | None = None


class BrandConfig(Value):
    """Everything `brand.yaml` says."""

    format: Literal[1]
    name: Annotated[BrandId, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    title: str = Field(min_length=1, max_length=80)
    languages: tuple[Language, ...] = Field(min_length=1, max_length=40)
    default_language: Language
    currency: Currency
    channels: tuple[Channel, ...] = Field(min_length=1, max_length=20)
    opening_hours: OpeningHours
    timing: Timing
    models: Aliases = Aliases()
    topics: Topics
    closing: Closing = Closing()
    queues: tuple[Queue, ...] = Field(min_length=1, max_length=40)
    entities: Mapping[Word, Entity] = Field(max_length=60)
    routing: Routing
    link_hosts: tuple[Host, ...] = Field(max_length=60, default=())
    retention: Mapping[RetainedKind, Annotated[int, Field(ge=1, le=36_500)]] = Field(
        default_factory=dict, exclude_if=lambda rules: not rules
    )
    """After how many days of rest what is erased (R-N5); `everything` is the whole conversation but what is signed."""
    risk: RiskRules = Field(default=USUAL, exclude_if=lambda rules: rules == USUAL)
    """How much care actions need before a yes counts; left out where it is the usual."""
    texts: Mapping[TextKey, LocalText]

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def queue_for(self, code: str, language: str = "") -> Queue:
        """The queue a hand-off with this reason code, about a customer of this language, waits in."""
        name = self.routing.queues.get(code, self.routing.queues.get("default", self.queues[0].name))
        name = self.routing.language_queues.get(language, {}).get(name, name)
        return next((queue for queue in self.queues if queue.name == name), self.queues[0])
