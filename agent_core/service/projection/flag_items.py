"""What detectors saw, as marks beside the text it was seen in: which suspicion, and the words, as plain text (R-D3)."""

from collections.abc import Mapping
from typing import Any, Final

from agent_core.contract.events import Recorded, TextFlagged
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
