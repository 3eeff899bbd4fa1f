"""A chat or mail channel with delivery ids: replies out, each delivered once (R-I3).

The delivery id is the idempotency key; when an answer was lost, the channel is asked what it has. It must never send a
text again by itself, and never change it.
"""

import re
from datetime import datetime
from typing import Any

from agent_core.systems.outcomes import read_failure, refusal_code, write_failure
from agent_core.systems.port import Delivery, NotSent, SendUnknown, Sent, SpokenBy, Still, Stopped
from agent_core.systems.transport import STOPPED, Site, Trouble, path_part

_NAME = re.compile(r"[!-~]{1,200}")


class WebChat:
    """A `Channel` over the channel's API.

    Args:
        site: Where the channel is, with its credential.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    async def send(
        self,
        external_id: str,
        text: str,
        *,
        delivery_id: str,
        by: SpokenBy,
        deadline: datetime,
        still: Still | None = None,
    ) -> Delivery:
        """Sends a reply; see `Channel`."""
        path = f"/v1/conversations/{path_part(external_id)}/messages"
        body = {"text": text, "by": by}
        answer = await self._site.post(path, body, idempotency_key=delivery_id, deadline=deadline, still=still)
        if isinstance(answer, Trouble) and answer.code == STOPPED:
            return Stopped()
        if not isinstance(answer, Trouble) and answer.good:
            name = _name(answer.body)
            return Sent(name) if name else SendUnknown("bad_answer", "The channel's answer was not in the agreed form.")
        failure = write_failure(answer)
        if failure.outcome == "unknown":
            return SendUnknown(failure.code or "unknown", failure.sentence or "")
        return NotSent(failure.code or "refused", failure.sentence or "", failure.transient, failure.retry_after)

    async def look_up(self, delivery_id: str, *, deadline: datetime) -> Delivery:
        """Whether a reply arrived; see `Channel`."""
        answer = await self._site.get("/v1/messages", deadline=deadline, delivery_id=delivery_id)
        if isinstance(answer, Trouble) or not answer.good:
            failure = read_failure(answer)
            code = refusal_code(answer) if not isinstance(answer, Trouble) and failure.outcome == "refused" else failure.code
            return SendUnknown(code or "failed", failure.sentence or "")
        found: Any = answer.body.get("messages")
        if found == []:
            return NotSent("not_delivered", "The channel has no message of this delivery.", transient=True)
        name = _name(found[0]) if isinstance(found, list) and len(found) == 1 else ""  # pyright: ignore[reportUnknownArgumentType] - any JSON
        return Sent(name) if name else SendUnknown("bad_answer", "The channel's answer was not in the agreed form.")


def _name(message: Any) -> str:
    name = message.get("id") if isinstance(message, dict) else None  # pyright: ignore[reportUnknownVariableType] - any JSON
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""
