"""A transcript somebody holds as a file is diagnosed and healed for them (R-A8, R-M4). It is read, and never stored.

The file is hostile: its nesting, its size, its numbers, what its own rules would make of it. Reading it is computing, so it
is done on another thread, one file at a time. It must never write anything, call anything, or log a word of the file.
"""

import asyncio
import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final, cast

from agent_core.contract.errors import Conflict, Invalid
from agent_core.contract.triage import MOST_FILE, ChangeShown, DiagnoseAnswer, DiagnoseWanted
from agent_core.conversation.health.draft import Change
from agent_core.conversation.health.foreign.detect import read
from agent_core.conversation.health.foreign.file import Unreadable, outcomes, parsed
from agent_core.conversation.health.foreign.inside import located
from agent_core.service.sessions import Seat
from agent_core.service.triage_blocks import MOST_FINDINGS, aligned, findings_shown, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WRITTEN_OUT: Final = 16 * 1024 * 1024
"""Characters that a recorded example may ask to be written out as; a file is no way to fill the memory."""
_MOST_RULES: Final = 64
_MOST_CHANGES: Final = 500
_MOST_REPAIRED: Final = 24 * 1024 * 1024
_SECONDS: Final = 10.0


class Diagnosing:
    """Where files are diagnosed, one after another."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def diagnose(self, seat: Seat, wanted: DiagnoseWanted) -> DiagnoseAnswer:
        """What is wrong with a file, and what it would be healed.

        Raises:
            Forbidden: Nobody is signed in with a key.
            Invalid: `not_base64`, `too_large`, or why it cannot be read: `empty_file`, `not_json`, `too_deep`,
                `bad_outcomes`.
            Conflict: `busy`: another file is being looked at for long.
        """
        seat.person()
        data = _bytes(wanted.file)
        try:
            async with asyncio.timeout(_SECONDS):
                await self._one_at_a_time.acquire()
        except TimeoutError as error:
            raise Conflict("busy", "Another file is being looked at. Try again in a moment.") from error
        try:
            return await asyncio.to_thread(diagnosed, data, wanted)
        finally:
            self._one_at_a_time.release()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("not_base64", "The file must be sent as base64.") from error
    if len(data) > MOST_FILE:
        raise Invalid("too_large", f"A file has at most {MOST_FILE} bytes.")
    return data


def diagnosed(data: bytes, wanted: DiagnoseWanted) -> DiagnoseAnswer:
    """Reads, names, heals; pure."""
    try:
        return _diagnosed(parsed(data), wanted)
    except Unreadable as error:
        raise Invalid(error.code, error.message) from error
    except RecursionError as error:
        raise Invalid("too_deep", "The file is nested too deeply to be read.") from error


def _diagnosed(value: Any, wanted: DiagnoseWanted) -> DiagnoseAnswer:
    known = outcomes(dict(wanted.known))
    value = located(value).value
    _check_written_out(value)
    transcript = read(value, wanted.form)
    found = transcript.diagnose(known, in_flight=wanted.in_flight)
    done = transcript.repair(known, in_flight=wanted.in_flight, warnings=wanted.warnings)
    healed = read(done.body, transcript.form).body if done.changes else transcript.body
    before, after = _messages(transcript.body), _messages(healed)
    columns = aligned(before, after)
    repaired = json.dumps(done.body, ensure_ascii=True, default=repr)
    return DiagnoseAnswer(
        form=transcript.form,
        healthy=not any(each.severity == "error" for each in found),
        findings=findings_shown(found, before if transcript.form == "messages" else None),
        more_findings=max(0, len(found) - MOST_FINDINGS),
        repaired=repaired if len(repaired) <= _MOST_REPAIRED else "",
        changes=tuple(_change(change) for change in done.changes[:_MOST_CHANGES]),
        left=findings_shown(done.left, None),
        blocks=columns.rows,
        blocks_cut=columns.cut,
    )


def _check_written_out(value: Any) -> None:
    """A recorded example may say how its long texts are written out: within bounds, all together."""
    rules: Any = cast("Mapping[str, Any]", value).get("expand") if isinstance(value, dict) else None
    if not isinstance(rules, list):
        return
    total = 0
    for rule in cast("list[Any]", rules):
        fields: Mapping[str, Any] = cast("Mapping[str, Any]", rule) if isinstance(rule, dict) else {}
        text, times = fields.get("append"), fields.get("times")
        if isinstance(text, str) and isinstance(times, int):
            total += len(text) * max(times, 0)
    if total > MOST_WRITTEN_OUT or len(cast("list[Any]", rules)) > _MOST_RULES:
        raise Invalid("too_large", "Written out, the file is too large.")


def _messages(body: Any) -> list[Any]:
    messages: Any = cast("Mapping[str, Any]", body).get("messages") if isinstance(body, dict) else None
    return cast("list[Any]", messages) if isinstance(messages, list) else []


def _change(change: Change) -> ChangeShown:
    return ChangeShown(path=visible(change.path, 200), diagnosis=visible(change.why, 120), what=visible(change.what, 120))
