"""What is missing is named, installed when root on a Debian, and otherwise said as an exact command."""

from typing import Any

from tests.packaging.loading import load

system_packages = load("system_packages")


def machine(*, root: bool = False, apt: bool = True, platform: str = "linux", present: frozenset[str] = frozenset()) -> Any:
    def has(need: Any) -> bool:
        return need.probe in present

    return system_packages.Machine(platform, root, apt, has)


def test_everything_is_missing_on_a_bare_machine_and_each_package_is_named_once() -> None:
    needs = system_packages.missing({"qt"}, machine())
    assert system_packages.packages(needs) == [
        "libgl1",
        "libegl1",
        "libglib2.0-0",
        "libxkbcommon0",
        "libdbus-1-3",
        "libfontconfig1",
    ]


def test_only_what_is_absent_is_asked_for() -> None:
    present = frozenset({"libGL.so.1", "libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0", "libdbus-1.so.3"})
    needs = system_packages.missing({"qt"}, machine(present=present))
    assert system_packages.packages(needs) == ["libxkbcommon0", "libfontconfig1"]


def test_nothing_is_ever_missing_where_qt_brings_all_it_needs() -> None:
    for platform in ("darwin", "win32"):
        assert system_packages.missing({"qt", "window", "keyring"}, machine(platform=platform)) == []


def test_root_on_a_debian_installs() -> None:
    here = machine(root=True)
    plan = system_packages.plan(system_packages.missing({"qt", "fonts"}, here), here)
    assert "libgl1" in plan.install
    assert "fonts-noto-color-emoji" in plan.install
    assert not plan.refusal
    update, install = system_packages.apt_commands(plan.install)
    assert update[:2] == ["apt-get", "update"]
    assert {"install", "-y", "libgl1"} <= set(install)


def test_anybody_else_on_a_debian_is_told_the_exact_command() -> None:
    here = machine()
    plan = system_packages.plan(system_packages.missing({"keyring"}, here), here)
    assert plan.install == ()
    assert "sudo apt-get install -y gnome-keyring dbus-daemon" in plan.refusal


def test_a_system_without_apt_is_told_what_is_missing_by_its_own_name() -> None:
    here = machine(root=True, apt=False)
    plan = system_packages.plan(system_packages.missing({"qt"}, here), here)
    assert plan.install == ()
    assert "libGL.so.1" in plan.refusal


def test_emoji_are_only_advice() -> None:
    here = machine()
    plan = system_packages.plan(system_packages.missing({"fonts"}, here), here)
    assert not plan.refusal
    assert "fonts-noto-color-emoji" in plan.advice


def test_nothing_missing_means_nothing_to_do() -> None:
    assert system_packages.plan([], machine()) == system_packages.Plan()


def test_needs_are_looked_for_the_way_they_will_be_used() -> None:
    need = system_packages.Need
    assert system_packages.is_present(need("p", "module", "json"))
    assert not system_packages.is_present(need("p", "module", "no_module_of_this_name"))
    assert not system_packages.is_present(need("p", "library", "libno-library-of-this-name.so.9"))
    assert not system_packages.is_present(need("p", "command", "no-command-of-this-name"))
    assert not system_packages.is_present(need("p", "file", "/no/file/of/this/name"))
