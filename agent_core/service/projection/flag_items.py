"""What detectors saw, as marks beside the text it was seen in: which suspicion, and the words, as plain text (R-D3).

And what the checks of replies held back: why, and what then became of it (R-F2).
"""

from collections.abc import Mapping
from typing import Any, Final

from agent_core.contract.events import Recorded, ReplyFlagged, TextFlagged
from agent_core.contract.views import MarkItem
from agent_core.service.projection.story import bounded
from agent_core.service.projection.telling import Telling, put

_SEEN: Final[Mapping[str, str]] = {
    "suspected_injection": "Suspected instructions",
    "imitation": "An imitation of a system message or a tool",
    "encoded_payload": "Encoded instructions",
    "padding": "A flood of padding",
    "smuggled_text": "Text in invisible characters",
    "exfiltration": "A suspicious link or image",
    "mixed_script": "A name in look-alike letters",
    "secrets_pasted": "A pasted secret",
}
_WHERE: Final[Mapping[str, str]] = {
    "message": "in this message", "mail": "in this message", "subject": "in the subject", "mail_hidden": "in hidden text",
    "mail_quoted": "in the quoted history", "file_name": "in a file's name", "name": "in the customer's name",
    "tool_answer": "in what a system answered", "tool_error": "in a system's error", "model_output": "in the model's words",
}  # fmt: skip


def flagged(telling: Telling, event: TextFlagged, record: Recorded) -> None:
    """One mark for each detector, and one for what was masked."""
    where = _WHERE.get(event.entrance, "in a text from outside")
    listed = telling.story.json(event.evidence)
    seen: list[Any] = listed if isinstance(listed, list) else []  # pyright: ignore[reportUnknownVariableType] - stored evidence
    for number, detector in enumerate(dict.fromkeys(one.detector for one in event.findings)):
        words = dict.fromkeys(str(each.get("words", "")) for each in seen if each.get("detector") == detector)
        quoted = " · ".join(f"“{each}”" for each in list(words)[:3] if each)
        _put(telling, record, str(number), "warn", f"{_SEEN.get(detector, 'Something suspicious')} {where}", quoted)
    if event.masked:
        kinds = ", ".join(f"{one.count} × {one.kind.replace('_', ' ')}" for one in event.masked)
        _put(telling, record, "masked", "plain", f"Masked {where} before anybody read it: {kinds}", "")


_WROTE: Final[Mapping[str, str]] = {
    "run": "What the agent wanted to say", "composer": "A composed reply", "code": "A reply", "triage": "A question",
    "person": "A colleague's reply",
}  # fmt: skip
_BECAME: Final[Mapping[str, str]] = {
    "rewritten": "was held back, and is written anew", "by_code": "was held back again; its points are said instead",
    "to_people": "was held back, and goes to a person", "brand_text": "was held back; the brand's own is asked instead",
    "sent": "was sent in spite of warnings",
}  # fmt: skip


def reply_flagged(telling: Telling, event: ReplyFlagged, record: Recorded) -> None:
    """One mark: what was held back, why, and what the text was."""
    listed = telling.story.json(event.evidence)
    seen: dict[str, Any] = listed if isinstance(listed, dict) else {}  # pyright: ignore[reportUnknownVariableType] - stored evidence
    why = " ".join(dict.fromkeys(str(each.get("sentence", "")) for each in seen.get("findings", ())))
    text = f"{_WROTE.get(event.by, 'A text')} {_BECAME.get(event.became, 'did not pass the checks')}."
    held = "" if event.became == "sent" else f" “{seen.get('text', '')}”"
    _put(telling, record, "reply", "warn", text, f"{why}{held}" if why else ", ".join(each.code for each in event.findings))


def _put(telling: Telling, record: Recorded, part: str, tone: Any, text: str, detail: str) -> None:
    item = MarkItem(
        id=f"mark{record.seq}.{part}",
        seq=record.seq,
        version=record.seq,
        at=record.at,
        what="guardrail",
        tone=tone,
        text=text,
        detail=bounded(detail, 600),
    )
    put(telling, item)
