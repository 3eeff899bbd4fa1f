"""``countersign-core clean``: what the boundary makes of a text, as JSON.

Why it exists: who doubts what a customer's text became, or writes a rule, wants to see it without a conversation (R-D1). It
reads standard input to its end, but keeps no more than the source's bound; it must never fail because of the text.

Answers one line: ``{"text", "removed": [{"class", "count"}], "flags": […]}``; ``"truncated": true`` when something at the
end is missing, ``"unread_bytes"`` when so many bytes came after the bound, ``"smuggled"`` when hidden text was decoded.
"""

import argparse
import json
import sys
from typing import Any, BinaryIO, Final

from agent_core.boundary.flags import flags_of
from agent_core.boundary.sources import RULES, SOURCES, Source, read
from agent_core.cli.command import Commands

_PIECE: Final = 65_536


def add(commands: Commands) -> None:
    """Adds ``clean`` to the command line."""
    parser = commands.add_parser("clean", help="show what the boundary makes of a text", description=__doc__)
    parser.add_argument(
        "--source", choices=SOURCES, default="message", metavar="NAME", help=f"whose bounds hold: {', '.join(SOURCES)}"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reads standard input, prints the answer. Always 0."""
    answer = cleaned(sys.stdin.buffer, arguments.source)
    # Bytes, for the text is UTF-8 whatever the terminal's encoding is called.
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()
    return 0


def cleaned(stream: BinaryIO, source: Source) -> dict[str, Any]:
    """What is printed, for all the bytes of a stream."""
    # A character has at most four bytes; one byte more shows that there was more.
    data = stream.read(RULES[source].limits.input_code_points * 4 + 1)
    unread = 0
    while piece := stream.read(_PIECE):
        unread += len(piece)
    views = read(source, data)
    answer: dict[str, Any] = {
        "text": views.text,
        "removed": [{"class": what, "count": count} for what, count in views.cleaned.removed],
        "flags": list(flags_of(views)),
    }
    if views.cleaned.truncated:
        answer["truncated"] = True
    if unread:
        answer["unread_bytes"] = unread
    if views.cleaned.smuggled:
        answer["smuggled"] = views.cleaned.smuggled
    return answer
