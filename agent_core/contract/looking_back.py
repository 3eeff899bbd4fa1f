"""A conversation as it was: each call of a model with exactly what it saw, and what was known at any moment (R-M5, R-H3).

All of it is made from the log when asked. Texts are what was sent, whole: show them as plain text.

    GET /v1/conversations/{c}/calls                            -> CallsAnswer
    GET /v1/conversations/{c}/calls/{effect}/request?raw=      -> CallRequestShown
    GET /v1/conversations/{c}/at?seq=N | time=ISO              -> MomentShown (neither: now)
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_core.contract.base import Digest, Instant, Value
from agent_core.contract.ids import ConversationId, EffectId, RunId
from agent_core.contract.outcomes import EffectOutcome, EffectPurpose
from agent_core.contract.views import ConversationDetail, LabelledText


class ModelCallShown(Value):
    """One call of a model.

    Attributes:
        seq: The event that started it; `end_seq` the one that says how it ended, none while it is under way.
        about: The workflow it worked for; empty for triage and the like.
        outcome: None while it is under way; `code` and `sentence` where it did not succeed.
        model: What answered, as the provider names it; empty where nothing did.
        tools_called: Names of the tools its answer called.
        kept: Whether its record is still there; False once it was erased.
    """

    effect: EffectId
    seq: int
    end_seq: int | None
    run: RunId | None
    about: str
    purpose: EffectPurpose
    attempt: int
    started_at: Instant
    finished_at: Instant | None
    duration_ms: int | None
    outcome: EffectOutcome | None
    code: str = ""
    sentence: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    tools_called: tuple[str, ...] = ()
    kept: bool = True


class CallsAnswer(Value):
    """Every call of a model in a conversation, in their order."""

    ok: Literal[True] = True
    conversation: ConversationId
    seq: int
    calls: tuple[ModelCallShown, ...]


class SentBlock(Value):
    """A block of a message.

    Attributes:
        text: The words; of a call its arguments as JSON; of a result what the model read; of anything else its JSON.
        tool: Of a call; `tool_use_id` of a call or its result.
        error: A result that says it failed.
        cached: A cache breakpoint stands behind it.
    """

    kind: Literal["text", "tool_use", "tool_result", "thinking", "image", "other"]
    text: str
    tool: str = ""
    tool_use_id: str = ""
    error: bool = False
    cached: bool = False


class SentMessage(Value):
    """A message as it was sent; `erased`: its words are gone."""

    role: Literal["user", "assistant", "system"]
    blocks: tuple[SentBlock, ...]
    erased: bool = False


class SentTool(Value):
    """A tool as the model was offered it; `schema_text`: its JSON schema."""

    name: str
    description: str
    schema_text: str


class CallRequestShown(Value):
    """Exactly what a model saw in one call, built again from the log.

    Attributes:
        verdict: `verified`: every part is what the log's digests say. `differs`: a part was changed or is missing, and
            `sentence` says which. `erased`: parts were erased on purpose; what stands here is verified.
        digest: SHA-256 of the whole request's bytes as they were sent, `size` of them; none unless `verified`.
        erased: How many parts are gone.
        system: The system text; none where there was none or it is erased (`system_erased`).
        parameters: Model, limits and the like.
        answer: What the model said; empty where it never entered the transcript.
        raw: The request as JSON, byte for byte, when asked for and verified.
    """

    ok: Literal[True] = True
    conversation: ConversationId
    call: ModelCallShown
    verdict: Literal["verified", "differs", "erased"]
    sentence: str
    digest: Digest | None = None
    size: int = 0
    erased: int = 0
    model: str = ""
    system: str | None = None
    system_erased: bool = False
    tools: tuple[SentTool, ...] = ()
    tools_erased: bool = False
    parameters: tuple[LabelledText, ...] = ()
    messages: tuple[SentMessage, ...] = ()
    answer: tuple[SentBlock, ...] = ()
    raw: str | None = None


class MomentShown(Value):
    """A conversation as it was behind one event: what the agent knew, believed and waited for then.

    Attributes:
        seq: The newest event of that moment; `newest_seq`: of now. A scrubber goes from 1 to there.
        as_of: The moment that was asked for, or the event's. Ages of facts and beliefs are reckoned from it.
        happened: What the event at `seq` was, in a word; `by_event`: its type.
        detail: As the console showed it then, but for texts that were erased since.
    """

    ok: Literal[True] = True
    conversation: ConversationId
    seq: Annotated[int, Field(ge=1)]
    newest_seq: int
    first_at: Instant
    newest_at: Instant
    as_of: Instant
    by_event: str
    detail: ConversationDetail
