"""What a verification found, row by row, and what it says it cannot know.

A finding names the stream and number of an event, or the table and key of a row, and says in one sentence what is wrong. It
must never repeat what is stored: a tampered row may hold anything.
"""

from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

WRONG: Final = MappingProxyType({
    "event_changed": "Its content does not match its hash: it was changed.",
    "event_forged": "Its hash is another one than the Merkle log has: it was rewritten.",
    "event_inserted": "The Merkle log does not know this event: it was inserted, or stands in another place than before.",
    "event_removed": "An event that the Merkle log has is missing here.",
    "event_missing": "The number before it is missing in its stream: events were removed.",
    "event_doubled": "Its number came before in its stream: events were swapped, or inserted.",
    "link_broken": "It does not continue the event before it in its stream.",
    "column_differs": "A column says something else than the event itself.",
    "event_unreadable": "It is no event of its version.",
    "log_cut": "The Merkle log has more events than there are: the newest ones were removed.",
    "tile_changed": "A row of the Merkle log does not hold together: it was changed, removed or inserted.",
    "checkpoint_differs": "The log is another one than this signed checkpoint was about.",
    "checkpoint_changed": "It is not the checkpoint that was signed, or its columns say something else.",
    "checkpoint_missing": "A checkpoint names one before it that is not there.",
    "checkpoint_ahead": "A signed checkpoint is about more events than there are: the newest ones were removed.",
    "checkpoint_foreign": "It is signed by a key that is not this core's.",
    "body_changed": "Its bytes do not match the digest in the log.",
    "body_missing": "The log names it, and it is not there.",
    "body_inserted": "Nothing in the log names it.",
    "body_vanished": "Its bytes are gone, and no erasure in the log says so.",
    "body_column": "A column says something else than the log.",
    "stream_differs": "What the table of streams says is not what the events say.",
    "run_differs": "What the table of runs says is not what the events say.",
    "key_missing": "A key that stops something from being done twice is not there.",
    "key_differs": "A key that stops something from being done twice is not where the event stands.",
    "key_inserted": "A key stands for something that never happened.",
    "scope_differs": "Whether the agent is stopped is not what the log says.",
    "statement_bad": "A signature does not hold, or the statement says something else than the event.",
    "witness_differs": "The log is another one than the person who signed this had verified.",
    "statement_unproven": "A key or a right is not proven by a chain of signatures up to the anchor.",
    "memory_differs": "What this core keeps outside its database is about another log.",
    "database_damaged": "The database file itself is damaged.",
})  # fmt: skip
"""Every code of a finding, and its sentence."""

MOST_KEPT: Final = 1_000
"""Findings listed in full of one code; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: One of `WRONG`.
        where: The stream, or the table.
        seq: The event's number in its stream; none for other rows.
        what: The column, key or size it is about.
    """

    code: str
    where: str
    seq: int | None = None
    what: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, with where it stands."""
        place = self.where if self.seq is None else f"{self.where} event {self.seq}"
        return f"{place}{f' ({self.what})' if self.what else ''}: {WRONG[self.code]}"

    def json(self) -> dict[str, Any]:
        """Every field, with the sentence."""
        return {"code": self.code, "where": self.where, "seq": self.seq, "what": self.what, "sentence": self.sentence}


@dataclass(slots=True)
class Report:
    """Everything that a verification came to.

    Attributes:
        findings: What is wrong, at most `MOST_KEPT` of each code.
        counts: How many of each code there are.
        notes: What holds only as far as is said, and what cannot be known without something from outside.
        events: Events that were read.
        bodies: Bodies that were read; `erased` of them were erased on purpose.
        streams: Streams.
        signed: Events that a valid checkpoint in the database is about.
        unsigned: Newest events that no checkpoint is about yet, as `(stream, seq)`; at most `MOST_KEPT`.
        size: Events in the Merkle log.
        root: The root over them, hexadecimal.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    counts: Counter[str] = field(default_factory=Counter[str])
    notes: list[str] = field(default_factory=list[str])
    events: int = 0
    bodies: int = 0
    erased: int = 0
    streams: int = 0
    statements: int = 0
    checkpoints: int = 0
    signed: int = 0
    unsigned: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    size: int = 0
    root: str = ""

    def wrong(self, code: str, where: str, seq: int | None = None, what: str = "") -> None:
        """Something is wrong."""
        assert code in WRONG, code
        self.counts[code] += 1
        if self.counts[code] <= MOST_KEPT:
            self.findings.append(Finding(code, printable(where), seq, printable(what)))

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts

    def json(self) -> dict[str, Any]:
        """The whole report."""
        return {
            "holds": self.holds,
            "findings": [each.json() for each in self.findings],
            "counts": dict(self.counts),
            "notes": self.notes,
            "events": self.events,
            "bodies": self.bodies,
            "erased_bodies": self.erased,
            "streams": self.streams,
            "statements": self.statements,
            "checkpoints": self.checkpoints,
            "signed_events": self.signed,
            "unsigned_events": [{"stream": stream, "seq": seq} for stream, seq in self.unsigned],
            "size": self.size,
            "root": self.root,
        }


def printable(text: object) -> str:
    """A name as it may be shown: whoever tampers may put anything into one."""
    return "".join(letter if letter.isprintable() and letter.isascii() else "?" for letter in str(text))[:200]
