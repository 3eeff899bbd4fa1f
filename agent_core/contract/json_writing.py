"""JSON text by encoders that are made once: compact, no escapes but needed, nothing that JSON does not know.

Why: `json.JSONEncoder` makes its inner encoder anew at every call, which for the small values of a log costs as much as
writing them. The inner one keeps nothing between two calls, so any thread may use it at any time. It must never spell a
value otherwise than `json.dumps` with the same options; a test compares the two.
"""

import json
from collections.abc import Callable
from json import encoder
from typing import Any, Final


def _writing(*, sort_keys: bool) -> Callable[[Any], str]:
    """What writes a value. A value that holds itself ends in a RecursionError."""
    usual = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, sort_keys=sort_keys, separators=(",", ":"), check_circular=False
    )
    made: Any = getattr(encoder, "c_make_encoder", None)
    if made is None:  # another Python than CPython
        return usual.encode
    strings: Any = getattr(encoder, "encode_basestring")  # noqa: B009 - its stub does not know it
    pieces: Any = made(None, usual.default, strings, None, ":", ",", sort_keys, False, False)
    join = "".join

    def written(value: Any) -> str:
        return join(pieces(value, 0))

    return written


json_text: Final = _writing(sort_keys=False)
"""The text of a value, keys in their order. ValueError for NaN, TypeError for what is no JSON value.

The one spelling of everything sent to or received from a model. Not canonical JSON: a tool input may hold fractions, and the
order of a block's fields is the provider's.
"""

sorted_json_text: Final = _writing(sort_keys=True)
"""The text of a value, keys sorted by their code points."""
