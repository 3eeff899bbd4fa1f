"""Gives the transcript its marks: stored JSON and text, rendered by `boundary.marking` inside a run's boundary (R-D2)."""

import json
from datetime import datetime

from agent_core.boundary import marking


class BoundaryMarks:
    """`conversation.transcript.Marks`, as the boundary renders them."""

    def context_block(self, suffix: str, text: str) -> str:
        return marking.context_block(suffix, json.loads(text))

    def outside_block(self, suffix: str, *, origin: str, id: str, at: datetime, text: str) -> str:
        return marking.outside_block(suffix, origin, id, at, text)

    def notice_block(self, suffix: str, text: str) -> str:
        return marking.notice_block(suffix, json.loads(text))

    def steer_block(self, suffix: str, text: str) -> str:
        return marking.steer_block(suffix, text)

    def sent_block(self, suffix: str, *, by: str, text: str) -> str:
        return marking.sent_block(suffix, by, text)
