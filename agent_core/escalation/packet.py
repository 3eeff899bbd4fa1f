"""The handoff packet from facts of the log, in at most 200 words (R-E2).

Pure and deterministic. It must never say anything that is not in its facts, and never lose a figure to brevity: only quotes
and lists are shortened, never an amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent_core.contract.answers import Sentiment, Urgency
from agent_core.contract.handing import MOST_PACKET_WORDS, MomentSaid, PacketBullet, PacketKind
from agent_core.escalation.words import ENGLISH, WORDS, PacketWords


@dataclass(frozen=True, slots=True)
class Action:
    """An action on a system outside.

    Attributes:
        what: In plain words, with the thing it is about.
        amount: As people read it; empty where it moves no money.
        why: Why it failed; empty otherwise.
    """

    what: str
    amount: str = ""
    why: str = ""

    def text(self) -> str:
        """One phrase."""
        named = f"{self.what} {self.amount}".strip()
        return f"{named} ({self.why})" if self.why else named


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """Everything the packet may say.

    Attributes:
        issue: The customer's own words, newest message last.
        reasons: Code and sentence of what people are wanted for.
        looked_up: What was read and found.
        failed: What was tried and did not work, and parts the agent could not finish.
        unknown: Actions of which nobody knows whether they happened.
        moods: Of the turns so far, newest last.
        sensitive: What the message speaks of: danger, law.
        last_said: What the customer was told last; empty when nothing was.
    """

    name: str = ""
    tier: str = ""
    channel: str = ""
    proven: bool = False
    messages: int = 0
    since: MomentSaid | None = None
    language: str = ""
    issue: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    looked_up: tuple[Action, ...] = ()
    failed: tuple[Action, ...] = ()
    done: tuple[Action, ...] = ()
    pending: tuple[Action, ...] = ()
    unknown: tuple[Action, ...] = ()
    unanswered: bool = False
    moods: tuple[Sentiment, ...] = ()
    urgency: Urgency | None = None
    sensitive: tuple[str, ...] = ()
    last_said: str = ""


_QUOTE_WORDS: Final = 45
_SAID_WORDS: Final = 25
_LIST: Final = 4
_LINE_WORDS: Final = 30


def packet(facts: PacketFacts, language: str = "en") -> tuple[PacketBullet, ...]:
    """The bullets, in their order; what has nothing to say is left out, but for who the customer is and what comes next.

    Args:
        facts: What may be said.
        language: Of the colleague who reads it; quotes stay as they are. English where the house has no words in it.
    """
    words = WORDS.get(language, ENGLISH)
    rows: list[PacketBullet] = [
        PacketBullet(kind="customer", text=_customer(facts, words), moments=() if facts.since is None else (facts.since,))
    ]
    issue = _in_their_words(facts.issue)
    if issue:
        rows.append(PacketBullet(kind="issue", text=words.issue, quoted=issue, head=words.issue))
    reasons = [words.reasons.get(code, said) for code, said in facts.reasons]
    rows += _row("reason", words.reason, reasons, words, repeats=True)
    rows += _row("tried", words.read, [each.text() for each in facts.looked_up], words, repeats=True)
    rows += _row("tried", words.failed, [each.text() for each in facts.failed], words)
    rows += _row("done", words.done, [each.text() for each in facts.done], words, repeats=True)
    rows += _row("pending", words.pending, [each.text() for each in facts.pending], words)
    rows += _row("pending", words.unknown, [each.text() for each in facts.unknown], words)
    rows.append(PacketBullet(kind="next", text=_next(facts, words), head=words.first))
    tone = _tone(facts, words)
    if tone:
        rows.append(PacketBullet(kind="tone", text=tone))
    return _fitting(rows)


def _in_their_words(issue: Sequence[str]) -> str:
    """What the customer wrote, the newest words last; where not all fits, the newest keep at least half."""
    if not issue:
        return ""
    *before, newest = issue
    room = max(_QUOTE_WORDS // 2, _QUOTE_WORDS - len(" ".join(before).split()))
    last = shortened(newest, room)
    begun = shortened(" … ".join(before), _QUOTE_WORDS - len(last.split()))
    return f"{begun} … {last}"[:900] if begun else last


def words_in(bullets: Sequence[PacketBullet]) -> int:
    """Words of all bullets together, quotes included."""
    return sum(len(each.text.split()) + len(each.quoted.split()) for each in bullets)


def shortened(text: str, most: int) -> str:
    """The first words of a text; an ellipsis hangs on the last one where some are left out."""
    words = text.split()
    return " ".join(words)[:900] if len(words) <= most else " ".join(words[:most])[:900] + "…"


def _row(
    kind: PacketKind, head: str, parts: Sequence[str], words: PacketWords, *, repeats: bool = False
) -> list[PacketBullet]:
    """A list of one kind: the newest few, and how many more there are. `repeats` says that its head only says the kind."""
    distinct = list(dict.fromkeys(part.rstrip(".") for part in parts if part.strip(" .")))
    if not distinct:
        return []
    kept = [shortened(part, _LINE_WORDS) for part in distinct[-_LIST:]]
    more = len(distinct) - len(kept)
    text = head + "; ".join(kept) + (f"; {words.more.format(more)}" if more else "") + "."
    return [PacketBullet(kind=kind, text=text[:1_000], head=head if repeats else "")]


def _customer(facts: PacketFacts, words: PacketWords) -> str:
    who = shortened(facts.name, 6) or words.unknown_name
    tier = words.tier.format(facts.tier) if facts.tier else ""
    proven = words.proven if facts.proven else words.not_proven
    times = words.one_message if facts.messages == 1 else words.messages.format(facts.messages)
    since = words.since.format(facts.since.said) if facts.since is not None else ""
    return f"{who}{tier}; {facts.channel}, {proven}; {times}{since}."


def _next(facts: PacketFacts, words: PacketWords) -> str:
    steps: list[str] = []
    if facts.unknown:
        steps.append(words.find_out)
    if facts.pending:
        steps.append(words.decide)
    if facts.failed:
        steps.append(words.finish)
    if facts.unanswered:
        steps.append(words.answer)
    text = words.first + words.then.join(steps or [words.read_and_answer]) + "."
    said = shortened(facts.last_said, _SAID_WORDS)
    return f"{text} {words.last_told.format(said)}" if said else f"{text} {words.nothing_told}"


def _tone(facts: PacketFacts, words: PacketWords) -> str:
    parts: list[str] = []
    newest = [words.moods[mood] for mood in facts.moods[-2:]]
    if newest:
        changed = newest[0] != newest[-1]
        parts.append(words.mood_was.format(newest[-1], newest[0]) if changed else words.mood.format(newest[-1]))
    if facts.urgency in ("high", "critical"):
        parts.append(words.urgency.format(words.urgencies[facts.urgency]))
    parts.extend(words.speaks_of.format(words.concerns.get(each, each)) for each in facts.sensitive)
    if facts.language:
        parts.append(words.writes.format(words.languages.get(facts.language, facts.language)))
    return (", ".join(parts)[:1].upper() + ", ".join(parts)[1:] + ".") if parts else ""


_CUT: Final[tuple[PacketKind, ...]] = ("next", "reason", "tried", "issue", "done", "pending")
"""What gives way first when there are too many words. Amounts stand in the last two."""


def _fitting(rows: list[PacketBullet]) -> tuple[PacketBullet, ...]:
    for kind in _CUT:
        for number, row in enumerate(rows):
            over = words_in(rows) - MOST_PACKET_WORDS
            if over <= 0:
                return tuple(rows)
            if row.kind == kind:
                text, quoted = row.text, row.quoted
                if quoted:
                    quoted = shortened(quoted, max(8, len(quoted.split()) - over))
                else:
                    text = shortened(text, max(8, len(text.split()) - over))
                rows[number] = row.model_copy(update={"text": text, "quoted": quoted})
    return tuple(rows)
