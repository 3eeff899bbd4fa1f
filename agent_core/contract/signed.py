"""What every signed statement carries: for which core, by whom, at which console, answering what, and until when.

It must never change: these fields are inside the bytes of every signature ever made (`contract.statements`).
"""

from typing import Literal

from pydantic import Field

from agent_core.contract.base import Instant, Value
from agent_core.contract.ids import KeyFingerprint, OperatorId

Role = Literal["supervisor", "lead", "on_call", "admin"]


class SignedBy(Value):
    """The operator as the statement names them; the key decides, these must agree with it."""

    operator: OperatorId
    role: Role
    key: KeyFingerprint


class ConsoleIdentity(Value):
    """The console that showed and signed: its version and its installation."""

    version: str = Field(max_length=40)
    instance: str = Field(max_length=80)


class Signed(Value):
    """The fields of all versions."""

    core: str = Field(max_length=80)
    """The core instance this is for (audience)."""
    signed_by: SignedBy
    console: ConsoleIdentity
    nonce: str = Field(max_length=80)
    issued_at: Instant
    expires_at: Instant


class SignedV1(Signed):
    """A statement of version 1."""

    statement_version: Literal[1] = 1
