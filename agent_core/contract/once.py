"""A value that is made at the first question and kept with its owner.

As `functools.cached_property`, whose lock (up to Python 3.11 one for all owners) costs more than most of what is kept here.
Two threads that ask first at the same moment may both make it, so it must only be used for what is the same however often it
is made: values derived from an owner that never changes.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Owner = TypeVar("Owner")
Kept = TypeVar("Kept")


class once(Generic[Owner, Kept]):
    """Makes a method an attribute that is found in the owner's dictionary from the second question on."""

    def __init__(self, make: Callable[[Owner], Kept]) -> None:
        self._make = make
        self._name = ""
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> "once[Owner, Kept]": ...
    @overload
    def __get__(self, owner: Owner, kind: type[Any] | None = None) -> Kept: ...
    def __get__(self, owner: Any, kind: Any = None) -> Any:
        if owner is None:
            return self
        made = owner.__dict__[self._name] = self._make(owner)
        return made
