"""The set-up itself: system packages first, then the environments, and nothing at all when both are there.

Why apart from bootstrap.py: that file must stay readable by interpreters too old for this one. It must never ask a
question: it runs in CI and in `make`, where nobody answers.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from environments import (
    CORE,
    DEV,
    RUN,
    Builder,
    Profile,
    SetupError,
    can_make_environments,
    find_uv,
    is_current,
    one_at_a_time,
    read_stamp,
)
from system_packages import Feature, Machine, apt_commands, missing, plan, this_machine

ROOT = Path(__file__).resolve().parent.parent


def run(arguments: Sequence[str]) -> int:
    """Carry out `bootstrap.py`'s command line.

    Args:
        arguments: What stands after the program's name.

    Returns:
        0 when the environment is ready, 1 with a sentence on stderr when it cannot be made.
    """
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Make this checkout runnable.")
    parser.add_argument("--dev", action="store_true", help="with the developer's tools: tests, linters, types")
    parser.add_argument("--core", action="store_true", help="also .venv-core, the same without Qt")
    parser.add_argument("--display", action="store_true", help="also what a real window and a virtual display need")
    parser.add_argument("--keyring", action="store_true", help="also an OS keyring for a machine without a desktop")
    parser.add_argument("--no-system", action="store_true", help="do not look at system packages")
    chosen = parser.parse_args(arguments)
    features: set[Feature] = {"qt", "fonts"}
    if chosen.display:
        features |= {"window", "virtual_display"}
    if chosen.keyring:
        features.add("keyring")
    profiles = [DEV if chosen.dev else RUN, *([CORE] if chosen.core else [])]
    try:
        prepare(profiles, set() if chosen.no_system else features)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def prepare(profiles: Sequence[Profile], features: set[Feature], root: Path = ROOT) -> None:
    """Bring the machine and the environments to where the caller's next command works.

    Args:
        profiles: The environments it needs.
        features: The kinds of system package it needs.
        root: The checkout.

    Raises:
        SetupError: It cannot be done here; the sentence says what to do.
    """
    machine = this_machine(sys.platform)
    current = all(is_current(root, profile) for profile in profiles)
    wanted = features - {"fonts"} if current else set(features)
    if not current and not can_make_environments() and find_uv(["uv"]) is None:
        wanted.add("environments")
    add_system_packages(wanted, machine)
    if current:
        return
    with one_at_a_time(root):
        for profile in profiles:
            if not is_current(root, profile):
                widened = _widened(root, profile)
                print(f"Setting up {widened.folder} from the lock file …", flush=True)
                Builder(root).build(widened)


def _widened(root: Path, profile: Profile) -> Profile:
    """Keep the developer's tools where they already are, though the caller could do without."""
    stamp = read_stamp(root / profile.folder)
    return DEV if profile == RUN and stamp is not None and stamp.profile == DEV.name else profile


def add_system_packages(features: set[Feature], machine: Machine) -> None:
    """Install what is missing when root on a Debian, else say the exact command.

    Raises:
        SetupError: Something needed is missing and may not be installed from here.
    """
    needs = missing(features, machine)
    decision = plan(needs, machine)
    if decision.refusal:
        raise SetupError(decision.refusal)
    if decision.advice:
        print(decision.advice, file=sys.stderr)
    if not decision.install:
        return
    print(f"Installing system packages: {' '.join(decision.install)}", flush=True)
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in apt_commands(decision.install):
        answer = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if answer.returncode != 0:
            print(f"`{' '.join(command)}` answered {answer.returncode}.", file=sys.stderr)
    still = [need for need in missing(features, machine) if not need.optional]
    if still:
        names = " ".join(dict.fromkeys(need.package for need in still))
        raise SetupError(f"apt-get could not install {names}: see its lines above, install them and try again.")
