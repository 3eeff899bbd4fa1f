"""The raw view of an outside text: exact, storable, never shown and never sent (R-D1, R-N5).

Databases and JSON refuse what hostile text is made of, so the raw text is kept as an ASCII record from which the very
same value comes back. It must never be cleaned, or there is no evidence of what was removed.
"""

import base64
import json

from agent_core.contract.errors import Invalid

MOST_RAW_CHARACTERS = 1_000_000


def raw_record(value: str | bytes, *, limit: int = MOST_RAW_CHARACTERS) -> str:
    """An ASCII JSON record of a text or of bytes, exact up to `limit` characters or bytes.

    Returns:
        `{"form": "text" | "base64", "size": …, "value": …}`; `size` is the whole length even when the value was cut.
    """
    kept = value[:limit]
    if isinstance(kept, bytes):
        record = {"form": "base64", "size": len(value), "value": base64.b64encode(kept).decode("ascii")}
    else:
        record = {"form": "text", "size": len(value), "value": kept}
    return json.dumps(record, ensure_ascii=True, separators=(",", ":"))


def read_raw_record(record: str) -> str | bytes:
    """The value of a raw record.

    Raises:
        Invalid: `bad_raw_record`.
    """
    try:
        read = json.loads(record)
        return base64.b64decode(read["value"], validate=True) if read["form"] == "base64" else str(read["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("bad_raw_record", "This is not a record of a raw text.") from error
