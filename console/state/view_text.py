"""A saved view as one line of text, for the settings file and for a colleague; and back.

`countersign-view · Refunds by mail · part=needs · channel=email · waiting=600`. Whoever pastes one is shown what it says
before it counts, and anything unknown in it refuses it whole. It must never hold a word of a customer.
"""

from typing import Any, Final

from pydantic import ValidationError

from agent_core.contract.ids import BrandId
from agent_core.contract.listing import RowFilter
from console.state.buckets import BUCKETS, Bucket
from console.state.listing import SavedView

HEAD: Final = "countersign-view"
LONGEST: Final = 4_000
LONGEST_NAME: Final = 40
_BETWEEN: Final = " · "
_WORDS: Final = {
    "channel": "channels", "intent": "intents", "workflow": "workflows", "owner": "owners", "state": "labels",
}  # fmt: skip
_SECONDS: Final = {"waiting": "waiting_over_s", "breach": "breach_within_s"}


def as_text(view: SavedView) -> str:
    """The line of a view."""
    parts = [HEAD, named(view.name), f"part={view.bucket}"]
    if view.brand is not None:
        parts.append(f"brand={view.brand}")
    for key, field in _WORDS.items():
        said = ",".join(getattr(view.wanted, field))
        parts += [f"{key}={said}"] if said else []
    for key, field in _SECONDS.items():
        seconds = getattr(view.wanted, field)
        if seconds is not None:
            parts.append(f"{key}={seconds}")
    if view.wanted.flagged:
        parts.append("flagged=yes")
    if not view.pinned:
        parts.append("pinned=no")
    return _BETWEEN.join(parts)


def from_text(text: str) -> SavedView | None:
    """The view that a line says; None when it says none, or anything that is not known here."""
    parts = [part.strip() for part in text.strip()[:LONGEST].split(_BETWEEN.strip())]
    if len(text) > LONGEST or len(parts) < 2 or parts[0] != HEAD or not named(parts[1]):
        return None
    said: dict[str, str] = {}
    for part in parts[2:]:
        key, equals, value = part.partition("=")
        if not equals or key in said:
            return None
        said[key] = value
    part = said.get("part", "all")
    bucket: Bucket | None = next((one for one in BUCKETS if one == part), None)
    brand = said.get("brand")
    if bucket is None or set(said) - {"part", "brand", "flagged", "pinned", *_WORDS, *_SECONDS}:
        return None
    wanted = _filter(said)
    if wanted is None or not _yes_or_no(said) or (brand is not None and not _is_brand(brand)):
        return None
    return SavedView(
        named(parts[1]), wanted, bucket, None if brand is None else BrandId(brand), said.get("pinned", "yes") == "yes"
    )


def named(name: str) -> str:
    """A name as it is kept: one line of visible characters, without what parts the line."""
    shown = "".join(one if one.isprintable() else " " for one in name).replace(_BETWEEN.strip(), " ")
    return " ".join(shown.split())[:LONGEST_NAME].strip()


def _filter(said: dict[str, str]) -> RowFilter | None:
    fields: dict[str, Any] = {field: tuple(said[key].split(",")) for key, field in _WORDS.items() if key in said}
    for key, field in _SECONDS.items():
        if key in said:
            digits = said[key]
            if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
                return None
            fields[field] = int(digits)
    fields["flagged"] = said.get("flagged") == "yes"
    try:
        return RowFilter.model_validate(fields)
    except ValidationError:
        return None


def _yes_or_no(said: dict[str, str]) -> bool:
    return all(said.get(key, "yes") in {"yes", "no"} for key in ("flagged", "pinned"))


def _is_brand(name: str) -> bool:
    return 0 < len(name) <= 64 and name.isascii() and name.replace("-", "").replace("_", "").isalnum()
