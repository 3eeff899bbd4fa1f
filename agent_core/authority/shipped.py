"""The policy texts shipped with the product: the base schema, the house rules, the default policies of a shop.

The only reading this package does, and only of its own installation. It must never look anywhere else.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_POLICIES = Path(__file__).resolve().parents[2] / "resources" / "policies"


@cache
def base_schema() -> str:
    """What every brand's policies can speak about."""
    return (_POLICIES / "support.cedarschema").read_text(encoding="utf-8")


@cache
def house_rules() -> str:
    """What no brand can allow."""
    return (_POLICIES / "house.cedar").read_text(encoding="utf-8")


@cache
def commerce_policies() -> str:
    """The default policies of a shop: `use commerce;` in a brand's `authority.cedar` makes them part of its set."""
    return (_POLICIES / "commerce.cedar").read_text(encoding="utf-8")


DEFAULTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({"commerce": commerce_policies})
"""Default policies by the name that `use NAME;` calls them by."""
