"""Credentials of a brand's own systems, by name: handed over, from the environment, from the core's keyring (R-B3)."""

import argparse
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from keyring.backends.null import Keyring as NullKeyring
from pydantic import SecretStr

from agent_core.cli import secret
from agent_core.cli.main import main
from agent_core.cli.serve import add, settings_from
from agent_core.contract.ids import BrandId
from agent_core.service import secret_sources
from agent_core.service.secret_sources import CoreKeyring, Environment, InOrder, KeyringUnusable, variable
from tests.workflows.own_brand import write_brand

if TYPE_CHECKING:
    from agent_core.cli.command import Commands

KILN = BrandId("kiln")


class Kept:
    """A keyring that keeps; `forgets`: one that swallows."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.forgets = forgets

    def get_password(self, service: str, name: str) -> str | None:
        return self.entries.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        if not self.forgets:
            self.entries[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.entries[service, name]


class Broken:
    def get_password(self, service: str, name: str) -> str | None:
        raise OSError("the bus is gone: hunter2")


def test_a_name_becomes_one_variable_whatever_is_in_it() -> None:
    assert variable("kiln", "bookings_key") == "COUNTERSIGN_SECRET_KILN_BOOKINGS_KEY"
    assert variable("my-shop", "ä key.1") == "COUNTERSIGN_SECRET_MY_SHOP_KEY_1"


def test_what_was_handed_over_comes_first_then_the_environment_then_the_keyring() -> None:
    keyring = CoreKeyring(Kept())
    keyring.put("kiln", "a", "of the keyring")
    keyring.put("kiln", "b", "of the keyring")
    environment = Environment({variable("kiln", "a"): "of the environment", variable("kiln", "c"): ""})
    known = InOrder((environment, keyring))
    values = [None if (found := known.find("kiln", name)) is None else found.get_secret_value() for name in "abc"]
    assert values == ["of the environment", "of the keyring", None]
    assert [known.where("kiln", name) for name in "abc"] == ["the environment", "the keyring", None]
    assert known.find("other", "a") is None, "another brand's is nobody else's"


def test_a_keyring_that_swallows_or_breaks_is_refused_and_names_no_value(
    expected_logs: Callable[..., None],
) -> None:
    expected_logs("agent_core.service.secret_sources", "keyring_unusable", required=True)
    with pytest.raises(KeyringUnusable):
        CoreKeyring(Kept(forgets=True)).put("kiln", "a", "value")
    assert CoreKeyring(Broken()).find("kiln", "a") is None
    with pytest.raises(KeyringUnusable) as refused:
        CoreKeyring(Broken()).remove("kiln", "a")
    assert "hunter2" not in str(refused.value)


def test_a_keyring_that_is_not_the_systems_own_is_refused(
    monkeypatch: pytest.MonkeyPatch, expected_logs: Callable[..., None]
) -> None:
    expected_logs("agent_core.service.secret_sources", "keyring_unusable", required=True)
    import keyring

    monkeypatch.setattr(keyring, "get_keyring", NullKeyring)
    with pytest.raises(KeyringUnusable):
        CoreKeyring().put("kiln", "a", "value")
    assert CoreKeyring().find("kiln", "a") is None


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands: Commands = parser.add_subparsers()
    add(commands)
    return parser.parse_args(["serve", *given])


def test_R_B3_serve_finds_a_tools_secret_in_the_environment_and_the_models_only_in_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable("kiln", "bookings_key"), "of the environment")
    monkeypatch.setenv(variable("core", "anthropic_key"), "never from here")
    settings = settings_from(arguments(), {"secrets": {"kiln": {"other": "handed"}}})
    assert settings.secret(KILN, "bookings_key") == SecretStr("of the environment")
    assert settings.secret(KILN, "other") == SecretStr("handed")
    assert settings.secret(KILN, "missing") is None
    assert settings.anthropic_key is None
    assert "environment" not in repr(settings)

    kept = Kept()
    kept.set_password("countersign-core", "core/anthropic_key", "of the keyring")
    monkeypatch.setattr(secret_sources, "_system_keyring", lambda: kept)
    assert settings_from(arguments("--keyring"), {}).anthropic_key == SecretStr("of the keyring")
    handed = settings_from(arguments("--keyring"), {"anthropic_key": "handed"})
    assert handed.anthropic_key == SecretStr("handed")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept()
    monkeypatch.setattr(secret_sources, "_system_keyring", lambda: kept)
    return kept


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(secret.sys, "stdin", io.StringIO(text))


def test_a_secret_is_put_listed_and_removed_from_the_command_line_and_never_printed(
    tmp_path: Path, keyring: Kept, given: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(write_brand(tmp_path, "https://kiln.example"))
    assert main(["secret", "list", folder, "--keyring", "--json"]) == 1
    given("s3cret-value\n")
    assert main(["secret", "set", "kiln", "bookings_key"]) == 0
    assert list(keyring.entries.values()) == ["s3cret-value"]
    capsys.readouterr()
    assert main(["secret", "list", folder, "--keyring", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["secrets"] == [{"name": "bookings_key", "found": True, "place": "the keyring"}]
    assert main(["secret", "list", folder]) == 1, "the keyring is asked only where that was said"
    assert main(["secret", "remove", "kiln", "bookings_key"]) == 0
    assert keyring.entries == {}
    given("\n")
    assert main(["secret", "set", "kiln", "bookings_key"]) == 1
    said = capsys.readouterr()
    assert "s3cret-value" not in said.out + said.err
