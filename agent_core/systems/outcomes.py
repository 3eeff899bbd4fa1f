"""What an answer that is no success means for a read and for a write (R-A7).

One place, because it is the same for every vendor: a read that failed may be made again, a write that may have been
performed is unknown until somebody has looked. It must never call a write failed because its answer was.
"""

import re
from typing import Final

from agent_core.systems.port import ToolResult
from agent_core.systems.transport import Reply, Trouble

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NOT_ALLOWED: Final = "The other system did not accept our credential."
_BUSY: Final = "The other system asks us to wait."
_OWN_ERROR: Final = "The other system had an error of its own."


def read_failure(answer: Reply | Trouble) -> ToolResult:
    """The outcome of a read without a good answer."""
    if isinstance(answer, Trouble):
        outcome = "timed_out" if answer.code == "timed_out" else "failed"
        transient = answer.code in {"timed_out", "not_reached", "connection_lost", "integration_down"}
        return ToolResult(
            outcome, code=answer.code, sentence=answer.sentence, transient=transient, retry_after=answer.retry_after
        )
    if answer.status >= 500 or answer.status == 408:
        return ToolResult("failed", code="system_error", sentence=_OWN_ERROR, transient=True, retry_after=answer.retry_after)
    return _client_failure(answer)


def write_failure(answer: Reply | Trouble) -> ToolResult:
    """The outcome of a write without a good answer: `unknown` whenever it may have been performed."""
    if isinstance(answer, Trouble):
        if answer.maybe_done:
            return ToolResult("unknown", code=answer.code, sentence=answer.sentence, transient=True)
        return ToolResult(
            "failed",
            code=answer.code,
            sentence=answer.sentence,
            transient=answer.code != "not_authorised",
            retry_after=answer.retry_after,
        )
    if answer.status >= 500 or answer.status < 400 or answer.status == 408:
        return ToolResult(
            "unknown", code="system_error", sentence=_OWN_ERROR, transient=True, retry_after=answer.retry_after
        )
    return _client_failure(answer)


def _client_failure(answer: Reply) -> ToolResult:
    if answer.status == 429:
        return ToolResult("failed", code="rate_limited", sentence=_BUSY, transient=True, retry_after=answer.retry_after)
    if answer.status in {401, 403}:
        return ToolResult("failed", code="not_authorised", sentence=_NOT_ALLOWED)
    if answer.status < 400:
        return ToolResult("failed", code="unexpected_answer", sentence="The other system sent us elsewhere.")
    return ToolResult("refused", code=refusal_code(answer), sentence=_SENTENCES.get(refusal_code(answer), _REFUSED))


_REFUSED: Final = "The other system refused this."
_SENTENCES: Final = {
    "amount_too_large": "This is more than can still be refunded.",
    "currency_mismatch": "The payment was made in another currency.",
    "invalid_amount": "The amount is not possible.",
    "idempotency_mismatch": "This key was already used for another request.",
    "not_found": "There is nothing under this name.",
}


def refusal_code(answer: Reply) -> str:
    """The other side's reason, when it has the form of a code."""
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None  # pyright: ignore[reportUnknownVariableType] - any JSON
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "refused"
