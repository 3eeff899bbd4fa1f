"""What can go wrong in the stand-ins themselves, as opposed to the faults they play on demand.

Never used for an answer on the wire: those speak the imitated vendor's error language.

::

    SandboxError
    ├── AddressInUse        the port is taken
    ├── AddressUnavailable  the address cannot be bound for another reason
    └── ScriptInvalid       a script file cannot be read or does not follow its format
"""


class SandboxError(Exception):
    """Base of every error of a stand-in.

    Attributes:
        code: Stable snake_case name of the error.
        message: One sentence that is safe to show a person and says what to do.
        detail: More for the log; may name paths and ports, never a secret.
    """

    code = "sandbox_error"

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class AddressInUse(SandboxError):
    """Another program listens on the wanted port."""

    code = "address_in_use"


class AddressUnavailable(SandboxError):
    """The wanted address cannot be bound."""

    code = "address_unavailable"


class ScriptInvalid(SandboxError):
    """A script file is unreadable or breaks the format described in the README beside it."""

    code = "script_invalid"
