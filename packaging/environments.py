"""The checkout's own Python environments: which there are, whether they are up to date, and how they are built.

Why: `make demo` and `make test` must give every machine the same packages, bit for bit, from the public index and the
hashes in the repository. Four environments exist: `.venv` (the product, with or without the developer's tools),
`.venv-core` (the same without Qt, so that the core is proven to run headless by real absence), `.venv-bench` (with those we
are measured beside) and `.venv-tools` (what builds the others). This module must never name an index, write a pip or uv
setting, or touch another environment; where the person has configured an index of their own, pip and uv read that
themselves.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

OLDEST_UV = (0, 13)
"""Older ones may not read the lock file; then the pinned one of requirements-bootstrap.txt is fetched."""

OURS = ("agent_core", "console")
"""The product's own packages."""

QT_PACKAGES = ("pyside6-essentials", "shiboken6", "qasync", "pytest-qt")
STAMP = "countersign-setup.json"


class SetupError(Exception):
    """Set-up cannot go on. The text is a sentence for a person that says what to do."""


@dataclass(frozen=True)
class Profile:
    """One environment and what belongs in it.

    Args:
        name: What the stamp calls it.
        folder: Where it lives, below the checkout.
        dev: Whether the developer's tools (tests, linters, types) are part of it.
        without: Normalised names of packages that must be absent.
        groups: Further groups of pyproject.toml, which only uv can read from the lock.
    """

    name: str
    folder: str
    dev: bool
    without: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


RUN = Profile("run", ".venv", dev=False)
DEV = Profile("dev", ".venv", dev=True)
CORE = Profile("core", ".venv-core", dev=True, without=QT_PACKAGES)
BENCH = Profile("bench", ".venv-bench", dev=True, groups=("bench",))
TOOLS_FOLDER = ".venv-tools"


@dataclass(frozen=True)
class Stamp:
    """What an environment was built from; equal stamps mean there is nothing to do.

    Args:
        profile: The profile's name.
        inputs: SHA-256 over the lock file, pyproject.toml and the exported requirements, hexadecimal.
        python: The interpreter it stands on: version and path.
    """

    profile: str
    inputs: str
    python: str

    def serves(self, wanted: "Stamp") -> bool:
        """Say whether an environment with this stamp can be used where `wanted` is asked for."""
        same = (self.inputs, self.python) == (wanted.inputs, wanted.python)
        return same and (self.profile == wanted.profile or (self.profile == DEV.name and wanted.profile == RUN.name))


def base_python() -> str:
    """Answer the interpreter environments are made of: never one that is itself an environment's."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def environment_python(folder: Path) -> Path:
    """Answer where an environment keeps its interpreter on this system."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def input_digest(root: Path) -> str:
    """Digest everything that decides what an environment holds."""
    digest = hashlib.sha256()
    for path in (root / "uv.lock", root / "pyproject.toml", *sorted((root / "packaging").glob("requirements*.txt"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def wanted_stamp(root: Path, profile: Profile) -> Stamp:
    """Answer the stamp an up-to-date environment of this profile carries.

    The checkout's path is part of it: the project is installed in place, so a moved checkout must be set up again.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    return Stamp(profile.name, input_digest(root), f"{version} {base_python()} {root}")


def read_stamp(folder: Path) -> Stamp | None:
    """Read an environment's stamp; a missing, torn or foreign one is none."""
    try:
        values = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return Stamp(str(values["profile"]), str(values["inputs"]), str(values["python"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_current(root: Path, profile: Profile) -> bool:
    """Say, in milliseconds, whether there is nothing to do for this profile."""
    folder = root / profile.folder
    stamp = read_stamp(folder)
    return stamp is not None and environment_python(folder).exists() and stamp.serves(wanted_stamp(root, profile))


def requirements_file(root: Path, profile: Profile) -> Path:
    """Answer the exported, hash-checked list used where no uv can be had."""
    return root / "packaging" / ("requirements-dev.txt" if profile.dev else "requirements.txt")


def without_packages(requirements: str, names: Collection[str]) -> str:
    """Drop packages from an exported list, each with its hashes.

    Args:
        requirements: Text where each requirement starts in the first column and its hashes follow indented.
        names: Normalised names to leave out.
    """
    kept: list[str] = []
    keep = True
    for line in requirements.splitlines(keepends=True):
        if line[:1].isalnum():
            name = re.split(r"[=<>!~;\s\[]", line, maxsplit=1)[0]
            keep = re.sub(r"[-_.]+", "-", name).lower() not in names
        if keep:
            kept.append(line)
    return "".join(kept)


def can_make_environments() -> bool:
    """Say whether this interpreter can bring packages into an environment by itself (Debian splits both parts off)."""
    importlib.invalidate_caches()
    return any(importlib.util.find_spec(name) is not None for name in ("ensurepip", "pip"))


def uv_version(text: str) -> tuple[int, ...] | None:
    """Read `uv --version`'s answer; None when it is not uv speaking (a version manager's shim without a version)."""
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else None


def find_uv(candidates: Sequence[str | None]) -> str | None:
    """Answer the first command that really is a uv young enough for the lock file."""
    for candidate in candidates:
        if candidate is None:
            continue
        try:
            answer = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = uv_version(answer.stdout)
        if answer.returncode == 0 and version is not None and version >= OLDEST_UV:
            return candidate
    return None


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Copy this process's variables for pip and uv, without those that would point them at another environment."""
    outside = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"}
    return {name: value for name, value in os.environ.items() if name not in outside} | dict(extra)


def compile_ours(python: Path, root: Path) -> None:
    """Leave bytecode of the product's own modules too: else the first start compiles a thousand files while a person waits.

    Args:
        python: The environment's interpreter.
        root: The checkout; where it cannot be written every start compiles, and nothing else changes.
    """
    folders = [str(root / name) for name in OURS if (root / name).is_dir()]
    if folders:
        command = [str(python), "-m", "compileall", "-q", "-j", "0", *folders]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Builder:
    """Builds environments of one checkout; each method is safe to repeat after it was interrupted.

    Args:
        root: The checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tools = root / TOOLS_FOLDER

    def build(self, profile: Profile) -> None:
        """Bring one environment to exactly what the lock says.

        Raises:
            SetupError: No way to get the packages; the sentence says what to do.
        """
        folder = self._root / profile.folder
        (folder / STAMP).unlink(missing_ok=True)
        uv = self._uv()
        if uv is None or not self._sync_with_uv(uv, profile):
            self._install_with_pip(profile)
        compile_ours(self._python(profile), self._root)
        stamp = wanted_stamp(self._root, profile)
        text = json.dumps({"profile": stamp.profile, "inputs": stamp.inputs, "python": stamp.python}, indent=1)
        (folder / STAMP).write_text(text + "\n", encoding="utf-8")

    def tool(self, requirements: str) -> Path:
        """Make the tools environment hold one hash-checked list, and answer its interpreter.

        Args:
            requirements: File name below `packaging/`.

        Raises:
            SetupError: It could not be installed.
        """
        python = self._tools_python()
        source = self._root / "packaging" / requirements
        done = self._tools / f"{requirements}.sha256"
        digest = hashlib.sha256(source.read_bytes()).hexdigest() + base_python()
        if not done.exists() or done.read_text(encoding="utf-8") != digest:
            self._pip(python, ["install", "--require-hashes", "--only-binary", ":all:", "-q", "-r", str(source)])
            done.write_text(digest, encoding="utf-8")
        return python

    def _uv(self) -> str | None:
        own = environment_python(self._tools).with_name("uv.exe" if os.name == "nt" else "uv")
        found = find_uv([shutil.which("uv"), str(own)])
        if found is not None:
            return found
        try:
            self.tool("requirements-bootstrap.txt")
        except SetupError:
            return None
        return find_uv([str(own)])

    def _sync_with_uv(self, uv: str, profile: Profile) -> bool:
        variables = child_environment(
            {
                "UV_PROJECT_ENVIRONMENT": str(self._root / profile.folder),
                "UV_PYTHON_DOWNLOADS": "never",
                # As pip does: else the first start compiles seven thousand files, and on a read-only disk every start.
                "UV_COMPILE_BYTECODE": "1",
            }
        )
        absent = [part for name in profile.without for part in ("--no-install-package", name)]
        sync = [uv, "sync", "--quiet", "--locked", "--no-install-project", "--python", base_python(), *absent]
        answer = subprocess.run(
            [*sync, *([] if profile.dev else ["--no-dev"]), *(f"--group={name}" for name in profile.groups)],
            cwd=self._root,
            env=variables,
            check=False,
            stderr=subprocess.PIPE,
            text=True,
        )
        if answer.returncode != 0:
            own_index = any(name in variables for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL"))
            if "needs to be updated" in answer.stderr and not own_index:
                raise SetupError(f"{answer.stderr.strip()}\nuv.lock does not match pyproject.toml: run `make lock`.")
            print(f"uv could not install the locked packages; trying pip.\n{answer.stderr.strip()}", file=sys.stderr)
            return False
        constraints = self._root / "packaging" / "requirements-build.txt"
        project = [uv, "pip", "install", "--quiet", "--python", str(self._python(profile)), "--no-deps"]
        answer = subprocess.run(
            [*project, "--build-constraints", str(constraints), "--editable", "."],
            cwd=self._root,
            env=variables,
            check=False,
        )
        return answer.returncode == 0

    def _install_with_pip(self, profile: Profile) -> None:
        if profile.groups:
            raise SetupError(f"The packages of {', '.join(profile.groups)} could not be installed: see the lines above.")
        folder = self._root / profile.folder
        self._make(folder, ["--clear", "--without-pip"])
        source = requirements_file(self._root, profile)
        build = self._root / "packaging" / "requirements-build.txt"
        if profile.without:
            text = without_packages(source.read_text(encoding="utf-8"), profile.without)
            source = folder / "requirements.txt"
            source.write_text(text, encoding="utf-8")
        python = self._python(profile)
        self._pip(python, ["install", "--require-hashes", "-q", "-r", str(source)])
        self._pip(python, ["install", "--require-hashes", "-q", "-r", str(build)])
        self._pip(python, ["install", "--no-deps", "--no-build-isolation", "-q", "--editable", str(self._root)])

    def _tools_python(self) -> Path:
        python = environment_python(self._tools)
        works = python.exists() and subprocess.run([python, "-c", ""], check=False).returncode == 0
        if not works:
            has_pip_of_its_own = importlib.util.find_spec("ensurepip") is not None
            self._make(self._tools, ["--clear", *([] if has_pip_of_its_own else ["--without-pip"])])
        return python

    def _make(self, folder: Path, options: Sequence[str]) -> None:
        if subprocess.run([base_python(), "-m", "venv", *options, str(folder)], check=False).returncode != 0:
            raise SetupError(f"Python could not make an environment at {folder}: see the lines above.")

    def _pip(self, python: Path, arguments: Sequence[str]) -> None:
        self._tools_python()
        for runner in (str(environment_python(self._tools)), base_python()):
            probe = subprocess.run([runner, "-m", "pip", "--version"], capture_output=True, check=False)
            if probe.returncode == 0:
                break
        else:
            raise SetupError(
                "This Python brings neither pip nor the means to install it. On Debian and Ubuntu run "
                "`sudo apt-get install -y python3-venv`, elsewhere install pip or uv, and try again."
            )
        variables = child_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"})
        answer = subprocess.run([runner, "-m", "pip", "--python", str(python), *arguments], env=variables, check=False)
        if answer.returncode != 0:
            raise SetupError(
                "The locked packages could not be installed: see pip's lines above. Most often the package index "
                "cannot be reached; pip's own settings (PIP_INDEX_URL, pip.conf) are respected if you have a mirror."
            )

    def _python(self, profile: Profile) -> Path:
        return environment_python(self._root / profile.folder)


@contextmanager
def one_at_a_time(root: Path) -> Generator[None]:
    """Hold the checkout's set-up lock, so that two terminals do not build one environment at once."""
    path = root / "build" / "setup.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as handle:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
