"""Search over everything that was said, done and decided, as a console asks and shows it (R-M5).

Nothing here is markup: a snippet is plain text with ranges. What people type is never a query language beyond words, a
"phrase" in quotation marks and a -word to leave out; everything else is looked for as it stands.

    GET /v1/search?q=…        (`SearchAsked` in the address) -> SearchAnswer
    GET /v1/search/facets     -> SearchFacets
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from agent_core.contract.base import Code, Instant, Value
from agent_core.contract.facts import Percent
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.money import Money
from agent_core.contract.outcomes import ConversationLabel

MOST_QUERY: Final = 400
"""Characters of a question."""

MOST_PAGE: Final = 100
COUNTED: Final = 1_000
"""Hits are counted up to here; beyond it says "1,000+"."""

RANKED: Final = 1_000
"""`best` orders so many of the newest hits; what is older comes behind them, newest first."""

HitKind = Literal["message", "reply", "call", "result", "fact", "decision", "note", "event"]
"""`message`: words from outside. `reply`: words that were sent. `call` and `result`: of a tool. `fact`: what code learned.
`decision`: proposals and what people signed. `note`: what people told the agent or each other. `event`: any other event
that says something."""

SpokenBy = Literal["customer", "agent", "person", "person_for_agent", "system"]

Replied = Literal["agent_alone", "agent_and_person", "person_alone", "closed_without_reply", "nobody"]
"""Who really replied in a conversation; fixed texts of the system count as nobody (R-J1)."""

Handled = Literal["automated", "touched", "neither"]
"""`automated`: the agent alone replied, and no person approved, edited, denied, overrode, steered or repaired anything.
`touched`: a person did. `neither`: no person had a hand in it, and the agent replied nothing."""

SearchOrder = Literal["newest", "best"]


class SearchAsked(Value):
    """A question, as it travels in the address of `GET /v1/search`; saved searches keep exactly this.

    Without words it lists conversations, the newest first. Filters that do not fit each other find nothing.

    Attributes:
        q: Words; the last one may still be typed, so it also finds what begins like it.
        by: Who spoke or did it; `kind`: what it is. Both are about the single hit, all other filters about its conversation.
        tool: A tool that was called there; `workflow`: one that worked there; `outcome`: how a run or an action there ended
            (`answered`, `escalated`, `failed`, `executed`, `denied` …); `flag`: something detected or found there.
        money_from: An amount that was at stake there, in minor units; `money_to`: both inclusive, of `currency` if given.
        score_from: Total of the newest score somebody gave the conversation, percent; `reviewed`: whether anybody has.
        since: From when on and, `until`, before when; of the hit, or of the conversation's newest event without words.
    """

    q: Annotated[str, Field(max_length=MOST_QUERY)] = ""
    brand: Annotated[str, Field(max_length=64)] | None = None
    by: SpokenBy | None = None
    kind: HitKind | None = None
    channel: Annotated[str, Field(max_length=40)] | None = None
    tool: Annotated[str, Field(max_length=128)] | None = None
    workflow: Annotated[str, Field(max_length=64)] | None = None
    outcome: Annotated[str, Field(max_length=40)] | None = None
    state: ConversationLabel | None = None
    replied: Replied | None = None
    handled: Handled | None = None
    flag: Annotated[str, Field(max_length=64)] | None = None
    money_from: Annotated[int, Field(ge=0, le=10**15)] | None = None
    money_to: Annotated[int, Field(ge=0, le=10**15)] | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    score_from: Percent | None = None
    score_to: Percent | None = None
    reviewed: bool | None = None
    since: Instant | None = None
    until: Instant | None = None
    conversation: Annotated[str, Field(max_length=120)] | None = None
    """Only in this one: finding within a conversation."""
    order: SearchOrder = "newest"
    after: Annotated[str, Field(max_length=400)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_PAGE)] = 30


class TextRange(Value):
    """A stretch of a text in characters (code points), `end` exclusive."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class FoundConversation(Value):
    """What is known of a conversation in which something was found, as of the index.

    Attributes:
        outcomes: How its runs and actions ended; `flags`: what was detected in its texts or found in its replies.
        money: The largest amount that was at stake.
        score_percent: Of the newest score; none where nobody scored it.
    """

    conversation: ConversationId
    brand: BrandId
    channel: str
    customer_name: str
    state: ConversationLabel
    workflows: tuple[str, ...]
    tools: tuple[str, ...]
    outcomes: tuple[str, ...]
    flags: tuple[str, ...]
    language: str
    replied: Replied
    handled: Handled
    money: Money | None
    score_percent: Percent | None
    reviewed: bool
    messages: int
    opened_at: Instant
    last_at: Instant


class SearchHit(Value):
    """One place where something was found.

    Attributes:
        seq: The event; the place to open the conversation at. `at`: when it came into the log.
        speaker: Who it was by name, where a person of ours did it; else empty.
        what: The event's type.
        snippet: Plain text, one paragraph; `cut_before`, `cut_after`: more stands around it.
        marks: Where in the snippet the words are, in order, not overlapping.
    """

    found_in: FoundConversation
    seq: int
    at: Instant
    kind: HitKind
    by: SpokenBy
    speaker: str
    what: Code
    snippet: str
    cut_before: bool = False
    cut_after: bool = False
    marks: tuple[TextRange, ...] = ()


class SearchAnswer(Value):
    """A page of hits.

    Attributes:
        next: Continues it (`after`); none when there is no more.
        count: Hits there are; `counted_all` False: at least so many.
        complete: False: there was no time to look through everything. What was looked through is newer than
            `looked_back_to`, and `next` goes on from there, even when this page is empty.
        catching_up: The index is being built, or far behind: more may be found in a while. Some seconds are always missing.
        understood: The words as they were looked for, so that nobody wonders.
    """

    ok: Literal[True] = True
    hits: tuple[SearchHit, ...]
    next: str | None = None
    count: int = 0
    counted_all: bool = True
    complete: bool = True
    looked_back_to: Instant | None = None
    catching_up: bool = False
    understood: tuple[str, ...] = ()


class FacetValue(Value):
    """A value a filter can have, and in how many conversations of this session's brands it occurs."""

    value: str
    conversations: int


class SearchFacets(Value):
    """What filters can be set to, most frequent first, bounded; made of the newest conversations when there are many."""

    ok: Literal[True] = True
    brands: tuple[FacetValue, ...] = ()
    channels: tuple[FacetValue, ...] = ()
    workflows: tuple[FacetValue, ...] = ()
    tools: tuple[FacetValue, ...] = ()
    outcomes: tuple[FacetValue, ...] = ()
    states: tuple[FacetValue, ...] = ()
    flags: tuple[FacetValue, ...] = ()
    currencies: tuple[FacetValue, ...] = ()
    conversations: int = 0
