"""A client for this machine alone, as every stand-in and every customer speaks: plain HTTP, nothing of the environment.

Why it exists: a client of httpx reads every certificate that is trusted anywhere, which takes longer than all it is then
used for. This one trusts none: it can never speak to anything but plain HTTP, which is for this machine only.
"""

import ssl
from typing import Any

import httpx


def local_client(**options: Any) -> httpx.AsyncClient:
    """A client; options are those of httpx."""
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, **options)
