"""Which secrets a brand's systems name: names only, so that an installation can be told what it lacks.

It must never hold a value: there is none in a brand folder.
"""

from collections.abc import Iterable
from typing import Any, cast

from agent_core.contract.errors import Unusable
from agent_core.workflows.outside import McpSystem, OutsideSystem
from agent_core.workflows.yaml_text import YamlRefused, read_yaml


def secrets_wanted(system: OutsideSystem) -> tuple[str, ...]:
    """The names that one system needs, in order."""
    auth = () if system.auth is None else (str(system.auth.secret),)
    env = tuple(str(name) for name in system.env.values()) if isinstance(system, McpSystem) else ()
    return tuple(dict.fromkeys((*auth, *env)))


def secret_names(data: bytes) -> tuple[str, ...]:
    """Every name in a `tools.yaml`, also in one with other mistakes.

    Raises:
        Unusable: `bad_tools_file`: it is no YAML of ours.
    """
    try:
        value: Any = read_yaml(data, "tools.yaml").value
    except YamlRefused as refused:
        raise Unusable("bad_tools_file", refused.finding.text()) from refused
    found: list[str] = []
    for system in _dicts(value.get("systems") if isinstance(value, dict) else None):
        auth: Any = system.get("auth")
        found += _words([auth.get("secret")] if isinstance(auth, dict) else [])
        env: Any = system.get("env")
        found += _words(env.values() if isinstance(env, dict) else [])
    return tuple(dict.fromkeys(found))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", each) for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _words(values: Iterable[Any]) -> list[str]:
    return [each for each in values if isinstance(each, str)]
