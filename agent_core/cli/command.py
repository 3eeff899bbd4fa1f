"""What a command is: it adds itself to the parser and answers an exit code.

Why it exists: commands are written side by side by different hands and listed in one place. Nothing may register itself at
import.

A command module holds ``add(commands: Commands) -> None``, which calls ``commands.add_parser(NAME, help=…)``, adds its
arguments and ends with ``parser.set_defaults(run=RUN)`` where ``RUN`` is a :data:`Run`.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Protocol

Run = Callable[[Namespace], int]
"""Performs a command and answers the process's exit code."""


class Commands(Protocol):
    """Where a command module adds its parser (argparse's sub-parsers)."""

    def add_parser(self, name: str, *, help: str, description: str | None = ...) -> ArgumentParser:
        """Adds the command ``name`` and answers its parser."""
        ...
