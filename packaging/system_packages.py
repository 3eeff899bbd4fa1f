"""Which system packages the checkout needs, which are missing, and the command that adds them.

Why: PySide6 wheels bring no graphics libraries, and when one is absent Qt dies with a message that names the wrong one
(measured: it blames xcb-cursor0 whichever is missing). So each library is asked for by its own name before Qt starts.
This module must never run a command or change the machine: it answers what is missing and what would be run.
"""

import ctypes
import importlib.util
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Feature = Literal["qt", "window", "virtual_display", "keyring", "fonts", "environments"]


@dataclass(frozen=True)
class Need:
    """One thing that must be present, and the Debian package that brings it.

    Args:
        package: Debian and Ubuntu package name.
        kind: How `probe` is looked for.
        probe: A shared library's soname, a command's name, a file's path, or a Python module's name.
        optional: True where its absence only makes things less pretty.
    """

    package: str
    kind: Literal["library", "command", "file", "module"]
    probe: str
    optional: bool = False


NEEDS: dict[Feature, tuple[Need, ...]] = {
    # Each one proven on a bare Debian 12: take any away and the import of QtWidgets or QtCore fails.
    "qt": (
        Need("libgl1", "library", "libGL.so.1"),
        Need("libegl1", "library", "libEGL.so.1"),
        Need("libglib2.0-0", "library", "libglib-2.0.so.0"),
        Need("libglib2.0-0", "library", "libgthread-2.0.so.0"),
        Need("libxkbcommon0", "library", "libxkbcommon.so.0"),
        Need("libdbus-1-3", "library", "libdbus-1.so.3"),
        Need("libfontconfig1", "library", "libfontconfig.so.1"),
    ),
    # What the xcb platform plugin links against beyond that: a real window.
    "window": (
        Need("libxcb-cursor0", "library", "libxcb-cursor.so.0"),
        Need("libxcb-icccm4", "library", "libxcb-icccm.so.4"),
        Need("libxcb-keysyms1", "library", "libxcb-keysyms.so.1"),
        Need("libxcb-shape0", "library", "libxcb-shape.so.0"),
        Need("libxkbcommon-x11-0", "library", "libxkbcommon-x11.so.0"),
    ),
    # A display nobody has to look at.
    "virtual_display": (
        Need("xvfb", "command", "Xvfb"),
        Need("xauth", "command", "xauth"),
    ),
    "keyring": (
        Need("gnome-keyring", "command", "gnome-keyring-daemon"),
        Need("dbus-daemon", "command", "dbus-run-session"),
    ),
    "fonts": (
        Need("fonts-noto-color-emoji", "file", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", optional=True),
        # Names and messages in Chinese, Japanese and Korean are boxes without it; the small one of those there are.
        Need("fonts-droid-fallback", "file", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", optional=True),
    ),
    # Debian splits this off Python; asked for only where neither uv nor pip is there.
    "environments": (Need("python3-venv", "module", "ensurepip"),),
}


@dataclass(frozen=True)
class Machine:
    """What the set-up may know about where it runs; tests pass another one.

    Args:
        platform: `sys.platform`.
        is_root: Whether system packages may be installed at all.
        has_apt: Whether this is a Debian or a descendant of it.
        has: Whether a need is present.
    """

    platform: str
    is_root: bool
    has_apt: bool
    has: Callable[[Need], bool]


def this_machine(platform: str) -> Machine:
    """Describe the machine this process runs on.

    Args:
        platform: `sys.platform`; a parameter so that type checkers do not fold it to one system.
    """
    return Machine(
        platform=platform,
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
        has_apt=shutil.which("apt-get") is not None,
        has=is_present,
    )


def is_present(need: Need) -> bool:
    """Look for one need the way the program that needs it will: by loading, by PATH, by path, by import."""
    match need.kind:
        case "library":
            try:
                ctypes.CDLL(need.probe)
            except OSError:
                return False
            return True
        case "command":
            return shutil.which(need.probe) is not None
        case "file":
            return Path(need.probe).exists()
        case "module":
            return importlib.util.find_spec(need.probe) is not None


def missing(features: Collection[Feature], machine: Machine) -> list[Need]:
    """Answer what is absent, in a stable order; nothing is ever missing where Qt brings all it needs.

    Args:
        features: What the caller is about to do.
        machine: Where.

    Returns:
        The absent needs; empty on macOS and Windows, whose Qt wheels are complete.
    """
    if not machine.platform.startswith("linux"):
        return []
    return [need for feature in NEEDS if feature in features for need in NEEDS[feature] if not machine.has(need)]


def packages(needs: Iterable[Need]) -> list[str]:
    """Name each package once, in order of first need."""
    return list(dict.fromkeys(need.package for need in needs))


def apt_commands(names: Sequence[str]) -> list[list[str]]:
    """Answer the commands that install these packages, for root."""
    return [
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *names],
    ]


@dataclass(frozen=True)
class Plan:
    """What to do about missing system packages.

    Args:
        install: Packages to install now; empty when not root or when nothing is missing.
        refusal: A sentence with the exact command, when set-up cannot go on without a person's help.
        advice: A sentence about what is only nice to have.
    """

    install: tuple[str, ...] = ()
    refusal: str = ""
    advice: str = ""


def plan(needs: Sequence[Need], machine: Machine) -> Plan:
    """Decide: install it, say how to install it, or only mention it.

    Args:
        needs: What `missing` answered.
        machine: Where.
    """
    if not needs:
        return Plan()
    names = packages(needs)
    if machine.has_apt and machine.is_root:
        return Plan(install=tuple(names))
    hard = packages(need for need in needs if not need.optional)
    if not hard:
        return Plan(advice=f"Emoji will be drawn as boxes; to see them: sudo apt-get install {' '.join(names)}")
    if machine.has_apt:
        return Plan(
            refusal="System packages are missing, and only root may install them. Run this and try again:\n"
            f"  sudo apt-get install -y {' '.join(names)}"
        )
    probes = ", ".join(need.probe for need in needs if not need.optional)
    return Plan(
        refusal=f"These are missing, and this system has no apt-get to ask for them: {probes}. Install the packages "
        f"that bring them (on Debian they are called {' '.join(hard)}) and try again."
    )
