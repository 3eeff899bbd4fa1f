"""Set-up asks for what is missing once, builds only what is not current, and stops with a sentence where it cannot go on."""

from pathlib import Path
from typing import Any

import pytest

from tests.packaging.loading import load

setup_command = load("setup_command")
environments = load("environments")
system_packages = load("system_packages")


class Surroundings:
    """Stands in for the machine and for the builder of environments, and notes what was asked of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, current: bool, root: bool = False, venv: bool = True) -> None:
        self.built: list[str] = []
        self.commands: list[list[str]] = []
        self.present: set[str] = set()
        self.brings: set[str] = set()
        outer = self

        class Builder:
            def __init__(self, root: Path) -> None:
                pass

            def build(self, profile: Any) -> None:
                outer.built.append(profile.name)

        class Finished:
            returncode = 0

        def run(command: list[str], **_: object) -> Finished:
            self.commands.append(command)
            self.present |= self.brings
            return Finished()

        def has(need: Any) -> bool:
            return need.probe in self.present

        machine = system_packages.Machine("linux", root, True, has)
        monkeypatch.setattr(setup_command, "Builder", Builder)
        monkeypatch.setattr(setup_command, "this_machine", lambda _platform: machine)  # pyright: ignore[reportUnknownLambdaType] - a stand-in
        monkeypatch.setattr(setup_command, "is_current", lambda *_: current)  # pyright: ignore[reportUnknownLambdaType] - a stand-in
        monkeypatch.setattr(setup_command, "can_make_environments", lambda: venv)
        monkeypatch.setattr(setup_command, "find_uv", lambda _: None)  # pyright: ignore[reportUnknownLambdaType] - a stand-in
        monkeypatch.setattr(setup_command.subprocess, "run", run)


def prepare(features: set[str], root: Path) -> None:
    setup_command.prepare([environments.DEV, environments.CORE], features, root)


KEYRING = {"gnome-keyring-daemon", "dbus-run-session"}


def test_nothing_is_done_where_all_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    around = Surroundings(monkeypatch, current=True)
    around.present = set(KEYRING)
    prepare({"keyring", "fonts"}, tmp_path)
    assert around.built == []
    assert around.commands == []


def test_what_is_not_current_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    around = Surroundings(monkeypatch, current=False)
    prepare(set(), tmp_path)
    assert around.built == ["dev", "core"]


def test_without_root_a_missing_package_stops_with_the_command_and_builds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    around = Surroundings(monkeypatch, current=False)
    with pytest.raises(environments.SetupError, match="sudo apt-get install -y gnome-keyring dbus-daemon"):
        prepare({"keyring"}, tmp_path)
    assert around.built == []
    assert around.commands == []


def test_root_asks_once_for_all_that_is_missing_venv_included(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    around = Surroundings(monkeypatch, current=False, root=True, venv=False)
    around.brings = KEYRING | {"ensurepip"}
    prepare({"keyring"}, tmp_path)
    assert [command[1] for command in around.commands] == ["update", "install"]
    assert {"gnome-keyring", "dbus-daemon", "python3-venv"} <= set(around.commands[1])
    assert around.built == ["dev", "core"]


def test_an_installation_that_did_not_bring_the_thing_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    around = Surroundings(monkeypatch, current=False, root=True)
    with pytest.raises(environments.SetupError, match="could not install gnome-keyring dbus-daemon"):
        prepare({"keyring"}, tmp_path)
    assert around.built == []


def test_emoji_that_could_not_be_installed_stop_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    around = Surroundings(monkeypatch, current=False, root=True)
    prepare({"fonts"}, tmp_path)
    assert around.built == ["dev", "core"]
