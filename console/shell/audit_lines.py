"""What the palette offers of Audit: places, questions, the kept searches."""

from console import strings, texts_audit
from console.shell.palette import PaletteLine
from console.state.app_state import AppState


def audit_lines(state: AppState) -> tuple[PaletteLine, ...]:
    """What can be chosen now. Keys are `audit:…`."""
    kind = strings.AUDIT
    lines = [
        PaletteLine("audit:search", texts_audit.SEARCH, kind, "search", "/"),
        PaletteLine("audit:next", texts_audit.REVIEW_NEXT, kind, "flag", "N"),
        PaletteLine("audit:verify", texts_audit.VERIFY, kind, "shield-check", "V"),
        PaletteLine("audit:part:proof", texts_audit.PART_PROOF, kind, "shield-alert", "P"),
        PaletteLine("audit:part:oversight", texts_audit.OVERSIGHT_TITLE, kind, "gauge", "O"),
        PaletteLine("audit:erase", texts_audit.ERASE, kind, "eraser", "X"),
    ]
    if state.audit.past.conversation is not None:
        lines += [
            PaletteLine("audit:seen", texts_audit.SEEN_BY_MODEL, kind, "bot", "M"),
            PaletteLine("audit:export", texts_audit.EXPORT, kind, "send", "E"),
        ]
    lines += [
        PaletteLine(f"audit:kept:{one.name}", texts_audit.KEPT_LINE.format(name=one.name), kind, "search")
        for one in state.audit.search.saved
    ]
    return tuple(lines)
