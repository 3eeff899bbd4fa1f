"""Codes as words: what a machine calls `list_payments` a person reads as `List payments`.

It must never touch what people or customers wrote, nor an id that somebody may want to look up.
"""

import re

_CODE = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_VERSION = re.compile(r"(?P<name>[a-z][a-z0-9_-]*)(?:\.(?P<version>v\d+))?")


def plain_code(code: str) -> str:
    """A code as words; anything that is not a code stays as it is."""
    return code.replace("_", " ").replace("-", " ").capitalize() if _CODE.fullmatch(code) else code


def plain_workflow(path: str) -> str:
    """A workflow, and a step of it, as words: `refund_order.v7 › refund` reads `Refund order v7 › refund`."""
    name, arrow, step = path.partition(" › ")
    found = _VERSION.fullmatch(name)
    if found is None:
        return path
    said = " ".join(part for part in (plain_code(found["name"]), found["version"]) if part)
    return f"{said}{arrow}{step}"
