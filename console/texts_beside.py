"""What stands beside a transcript besides beliefs. English; other languages fill it in (`console.language`)."""

from console.language.plural import Plural

TRIED = "Tried"
TRIED_SPOKEN = "Show what came of it: {what}, {outcome}"
CALLS = Plural("1 call", "{count} calls")
MORE_FACTS = Plural("Show 1 more fact", "Show {count} more facts")
CITED_CHANGED = "{fact}, now {now} · {source} · {age}"
