"""Codes of the log as words, by what they stand for; the code itself is in the line's tooltip and in the raw event.

It must never import Qt or the core.
"""

from typing import Final

OUTCOMES: Final = {
    "succeeded": "succeeded",
    "refused": "refused",
    "failed": "failed",
    "timed_out": "timed out",
    "unknown": "unknown",
    "denied": "denied",
    "pending": "pending",
    "not_run": "not run",
    "interrupted": "interrupted",
    "superseded": "superseded",
    "accepted": "accepted",
    "executed": "executed",
    "not_executed": "not executed",
    "expired": "expired",
    "lapsed": "lapsed",
    "withdrawn": "withdrawn",
    "edited": "edited",
    "answered": "answered",
    "not_answered": "not answered",
}
"""What became of a call, an effect, a proposal or a question."""
PHASES: Final = {
    "working": "working",
    "answered": "answered",
    "asking": "asking",
    "awaiting_approval": "awaiting approval",
    "awaiting_external": "awaiting another system",
    "escalated": "escalated",
    "failed": "failed",
    "withdrawn": "withdrawn",
    "none": "not begun",
}
"""Where a run stands."""
CONTROLS: Final = {
    "agent": "agent",
    "awaiting_human": "waits for a person",
    "human": "a person",
    "quarantined": "quarantined",
    "closed": "closed",
}
"""Who controls a conversation."""
MACHINES: Final = {
    "control": "control",
    "run": "run",
    "proposal": "proposal",
    "ask": "ask",
    "effect": "effect",
}
"""What refuses a step that is not possible where it stands."""
TOOL_STATES: Final = {
    "stopped": "stopped",
    "working": "working",
}
"""Whether a tool of a brand's own is used."""
OPERATIONS: Final = {
    "read": "read",
    "write": "write",
    "ask": "ask",
}
"""What is done with a connected system."""
SETTLED_BY: Final = {
    "performed": "performed",
    "reconciled": "looked up",
    "recovered": "after a restart",
    "person": "settled by a person",
}
"""Who knew how an effect ended."""
VERDICTS: Final = {
    "execute": "may run",
    "propose": "needs a person",
    "forbid": "forbidden",
}
"""What policy says of a call."""
PURPOSES: Final = {
    "triage": "triage",
    "run": "run",
    "compose": "compose",
    "tool": "tool",
    "reread": "read again",
    "approved_tool": "approved tool",
    "reply": "reply",
    "look_up": "look up",
    "prove": "prove",
    "ask_back": "ask back",
    "tally": "tally",
}
"""Why an effect was started."""
BY: Final = {
    "person": "a person",
    "policy": "policy",
    "timeout": "the clock",
    "lapsed": "changed facts",
    "withdrawn": "the agent",
    "code": "code",
    "callback": "a callback",
    "look_up": "a look-up",
    "deadline": "the deadline",
    "one_run": "one run",
    "run": "a run",
    "composer": "the composer",
    "question": "a question",
    "fixed_text": "a fixed text",
    "triage": "triage",
}
"""Whose doing it was; stands in round brackets or behind a `by`."""
AUTHORS: Final = {
    "customer": "customer",
    "person": "person",
}
"""Who wrote a message; stands behind a `from the` or `by the`."""
TOLD_OTHERWISE: Final = {
    "content": "content",
    "author": "author",
}
"""What a channel told otherwise the second time."""
ENTRANCES: Final = {
    "message": "message",
    "mail": "mail",
    "mail_history": "mail history",
    "mail_quoted": "quoted mail",
    "mail_hidden": "hidden mail text",
    "subject": "subject",
    "line": "line",
    "name": "name",
    "ticket_field": "ticket field",
    "file_name": "file name",
    "order_note": "order note",
    "product_text": "product text",
    "carrier_answer": "carrier answer",
    "tool_answer": "tool answer",
    "tool_error": "tool error",
    "tool_description": "tool description",
    "knowledge": "knowledge",
    "model_output": "model output",
    "provider_error": "provider error",
    "person": "person",
}
"""Where a text came in."""
DETECTORS: Final = {
    "suspected_injection": "suspected injection",
    "imitation": "imitation",
    "encoded_payload": "encoded payload",
    "padding": "padding",
    "smuggled_text": "smuggled text",
    "exfiltration": "exfiltration",
    "mixed_script": "mixed script",
    "secrets_pasted": "secrets pasted",
}
"""What looks at outside text."""
MASKED: Final = {
    "card": "card number",
    "card_code": "card code",
    "iban": "IBAN",
    "bank_account": "bank account",
    "national_id": "national id",
    "password": "password",
    "secret": "secret",
}
"""What is masked before anybody reads a text."""
LEVELS: Final = {
    "low": "low",
    "normal": "normal",
    "high": "high",
    "critical": "critical",
    "negative": "negative",
    "neutral": "neutral",
    "positive": "positive",
}
"""Urgency and mood, as triage says them."""
MOMENTS: Final = {
    "triage": "triage",
    "outcome": "outcome",
    "reply": "reply",
}
"""When code saw that a person must come in."""
BECAME: Final = {
    "rewritten": "rewritten",
    "by_code": "said by code",
    "to_people": "to people",
    "brand_text": "brand text",
    "sent": "sent",
}
"""What became of words that did not pass."""
CHECKS: Final = {
    "shape": "shape",
    "prohibited": "prohibited",
    "disclosures": "disclosures",
    "claims": "claims",
    "promises": "promises",
    "amounts": "amounts",
    "percentages": "percentages",
    "dates": "dates",
    "windows": "windows",
    "counts": "counts",
    "references": "references",
    "tracking": "tracking",
    "personal_data": "personal data",
    "language": "language",
    "links": "links",
    "markup": "markup",
    "internal": "internal",
}
"""Checks of replies."""
CLOCKS: Final = {
    "first_look": "first look",
    "answer": "answer",
}
"""What an ask's clocks wait for."""
DECISIONS: Final = {
    "approve": "approve",
    "deny": "deny",
}
"""What was signed."""
CAUSES: Final = {
    "request": "request",
    "provider": "provider",
    "log": "log",
    "handling": "handling",
}
"""Where damage showed."""
ERASED_FOR: Final = {
    "customer_asked": "the customer asked",
    "law": "law",
    "stored_by_mistake": "stored by mistake",
    "contract_ended": "contract ended",
    "brand_rule": "brand rule",
}
"""Why something is erased."""
SCOPES: Final = {
    "conversation": "conversation",
    "customer": "customer",
}
"""What an erasure is about; stands behind a `the`."""
BODIES: Final = {
    "message_raw": "raw messages",
    "message": "messages",
    "subject": "subjects",
    "arguments": "arguments",
    "result": "results",
    "facts": "facts",
    "model_message": "model messages",
    "model_system": "model instructions",
    "model_tools": "model tools",
    "model_parameters": "model parameters",
    "manifest": "manifests",
    "answer": "answers",
    "draft": "drafts",
    "reply": "replies",
    "notice": "notices",
    "card": "cards",
    "evidence": "evidence",
    "envelope": "envelopes",
    "comment": "comments",
    "error": "errors",
    "context": "contexts",
    "triage": "triage",
    "diagnosis": "diagnoses",
    "packet": "packets",
    "external_ref": "outside references",
    "quoted": "quoted history",
    "hidden": "hidden text",
    "attachments": "attachments",
}
"""Kinds of what stands beside the log and can be erased."""
QUIET: Final = {
    "asked": "we asked",
    "resolved": "we answered",
    "declined": "we said no",
}
"""What the last words were when a customer fell silent."""
STEERING_ENDS: Final = {
    "expired": "expired",
    "withdrawn": "withdrawn",
}
"""Why a private instruction ended."""
FORKED: Final = {
    "workflow": "workflow",
    "arguments": "arguments",
    "model": "model",
    "policy": "policy",
}
"""What a turn that is run again asked for differently."""
PARTS: Final = {
    "approvals": "approvals",
    "audit": "audit",
    "channel": "channel",
    "embedded_console": "console of this core",
    "engine": "engine",
    "export": "export",
    "fixed_text": "fixed text",
    "inbound": "inbound",
    "integrations": "integrations",
    "invitation": "invitation",
    "levels": "levels",
    "operators": "operators",
    "recovery": "recovery",
    "service": "service",
}
"""Parts of the core that do something by themselves."""
STRIPPED: Final = {
    "tag": "tag characters",
    "variation_selector": "variation selectors",
    "bidi": "direction marks",
    "control": "control characters",
    "invalid_utf8": "broken bytes",
    "surrogate": "half characters",
    "noncharacter": "noncharacters",
    "private_use": "private characters",
    "filler": "fillers",
    "zero_width": "zero-width characters",
}
"""What was removed from a message, after how many."""
KNOWN_BY: Final = {
    "performed": "whoever performed it",
    "reconciled": "a look-up",
    "recovered": "the restart",
    "person": "a person",
}
"""Who said how an attempt ended; stands behind a `said by`."""
FORK_ENDS: Final = {
    "replied": "replied",
    "proposed": "proposed",
    "to_people": "to people",
    "quarantined": "quarantined",
    "waits": "waits",
    "model_not_recorded": "model not recorded",
    "read_not_recorded": "reading not recorded",
    "write_not_performed": "action not performed",
    "nothing_to_do": "nothing to do",
    "too_long": "too long",
    "model_failed": "model failed",
    "time_over": "time over",
}
"""How a turn that is run again ends."""
SYSTEMS: Final = {
    "channel": "channel",
    "model": "model",
    "shop": "shop",
    "carrier": "carrier",
}
"""Systems every brand has; its own are called as it calls them."""
FLAGS: Final = {
    "deceptive_link": "a link leads elsewhere than it says",
    "dangerous_link": "a dangerous link",
    "deceptive_name": "a file's name hides what it is",
    "deceptive_sender": "the sender's name names another address",
    "other_reply_address": "answers would go to another address",
    "several_senders": "several senders",
    "duplicate_header": "a head line twice",
    "header_injection": "a line break in a head line",
    "reordered_text": "shown in another order than written",
    "parts_disagree": "its two versions say different things",
    "styles_unread": "its styles could not be read",
    "broken_encoding": "damaged encoding",
    "broken_structure": "damaged structure",
    "wrong_charset": "wrong character set",
    "too_nested": "nested too deeply",
    "compressed_part": "a compressed part",
    "path_in_name": "a path in a file's name",
    "tnef": "a winmail.dat",
}
"""What was noticed about a mail besides its words."""
ROUTED_BY: Final = {
    "workflows": "workflows",
    "not_proven": "not proven",
    "unclear": "unclear request",
    "closing": "closing",
}
"""Rows of the routing table that are no reason of their own."""
