"""Set-up does nothing when nothing changed, everything when something did, and installs only what the lock names."""

import hashlib
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.packaging.loading import FOLDER, load

environments = load("environments")
lock_file = load("lock_file")
ROOT = FOLDER.parent
LISTS = sorted(FOLDER.glob("requirements*.txt"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "uv.lock").write_text("version = 1\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "packaging" / "requirements.txt").write_text("a==1\n", encoding="utf-8")
    return tmp_path


def finish(checkout: Path, profile: object) -> None:
    """Leave behind what a finished build leaves behind."""
    stamp = environments.wanted_stamp(checkout, profile)
    folder = checkout / environments.DEV.folder
    python = environments.environment_python(folder)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    text = f'{{"profile": "{stamp.profile}", "inputs": "{stamp.inputs}", "python": "{stamp.python}"}}'
    (folder / environments.STAMP).write_text(text, encoding="utf-8")


def test_an_environment_that_was_never_made_is_not_current(checkout: Path) -> None:
    assert not environments.is_current(checkout, environments.RUN)


def test_a_finished_environment_is_current_until_the_lock_changes(checkout: Path) -> None:
    finish(checkout, environments.DEV)
    assert environments.is_current(checkout, environments.DEV)
    (checkout / "uv.lock").write_text("version = 2\n", encoding="utf-8")
    assert not environments.is_current(checkout, environments.DEV)


def test_the_developers_environment_serves_the_demo_but_not_the_other_way_round(checkout: Path) -> None:
    finish(checkout, environments.DEV)
    assert environments.is_current(checkout, environments.RUN)
    finish(checkout, environments.RUN)
    assert not environments.is_current(checkout, environments.DEV)


def test_another_interpreter_or_a_moved_checkout_is_set_up_again(checkout: Path) -> None:
    stamp = environments.wanted_stamp(checkout, environments.RUN)
    assert not replace(stamp, python="3.99 elsewhere").serves(stamp)
    assert str(checkout) in stamp.python


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"profile": "dev"}', "\0"])
def test_a_torn_stamp_means_building_again(checkout: Path, text: str) -> None:
    finish(checkout, environments.DEV)
    (checkout / ".venv" / environments.STAMP).write_text(text, encoding="utf-8")
    assert not environments.is_current(checkout, environments.DEV)


def test_a_missing_interpreter_means_building_again(checkout: Path) -> None:
    finish(checkout, environments.DEV)
    environments.environment_python(checkout / ".venv").unlink()
    assert not environments.is_current(checkout, environments.DEV)


def test_leaving_packages_out_leaves_out_their_hashes_too() -> None:
    text = (
        "anyio==4 \\\n    --hash=sha256:aa\n    # via x\nPySide6_Essentials==6 ; python_version > '3' \\\n"
        "    --hash=sha256:bb\nqasync==1 \\\n    --hash=sha256:cc\nzipp==3 \\\n    --hash=sha256:dd\n"
    )
    kept = environments.without_packages(text, environments.QT_PACKAGES)
    assert [line.split("==")[0] for line in kept.splitlines() if line[0].isalnum()] == ["anyio", "zipp"]
    assert re.findall(r"sha256:(\w+)", kept) == ["aa", "dd"]


@pytest.mark.parametrize(
    ("text", "version"),
    [("uv 0.13.8 (x86_64)", (0, 13, 8)), ("pyenv: uv: command not found", None), ("", None), ("uvx 1.0.0", None)],
)
def test_only_uv_itself_is_taken_for_uv(text: str, version: tuple[int, ...] | None) -> None:
    assert environments.uv_version(text) == version


def test_a_command_that_is_not_there_or_too_old_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\necho 'uv 0.4.0'\n", encoding="utf-8")
    old.chmod(0o755)
    assert environments.find_uv([None, str(tmp_path / "absent"), str(old)]) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a shell script")
def test_what_only_uv_can_bring_is_asked_of_uv_and_never_of_pip(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkout / "bin"
    folder.mkdir()
    uv, asked = folder / "uv", folder / "asked"
    answers = 'if [ "$1" = --version ]; then echo "uv 99.0.0"; exit; fi'
    uv.write_text(f'#!/bin/sh\n{answers}\necho "$@" >> {asked}\nexit 1\n', encoding="utf-8")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    with pytest.raises(environments.SetupError):
        environments.Builder(checkout).build(environments.BENCH)
    assert "--group=bench" in asked.read_text(encoding="utf-8").split()
    assert not environments.is_current(checkout, environments.BENCH)
    assert not environments.environment_python(checkout / environments.BENCH.folder).exists()


def test_the_first_start_finds_the_products_own_modules_compiled(tmp_path: Path) -> None:
    for name in environments.OURS:
        assert (ROOT / name).is_dir()
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "module.py").write_text("A = 1\n", encoding="utf-8")
    environments.compile_ours(Path(sys.executable), tmp_path)
    assert len(list(tmp_path.rglob("module.*.pyc"))) == len(environments.OURS)


def test_set_up_never_passes_on_another_environments_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example.org/simple")
    variables = environments.child_environment({"A": "b"})
    assert "VIRTUAL_ENV" not in variables
    assert "PIP_TARGET" not in variables
    assert variables["PIP_INDEX_URL"] == "https://mirror.example.org/simple"
    assert variables["A"] == "b"


@pytest.mark.parametrize("name", list(lock_file.EXPORTS))
def test_the_exported_lists_are_those_of_this_lock_file(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text.startswith(lock_file.header(hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest())), "run `make lock`"


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_carries_a_hash_and_no_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all(re.match(r"[A-Za-z0-9._-]+==\S+ ", block) and "--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "--index" not in text


def test_the_lock_names_the_public_index_and_no_other_host() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"\w+://([^/\"\s]+)", text))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    packages = tomllib.loads(text)["package"]
    sources = {tuple(package["source"].items()) for package in packages}
    assert sources == {(("registry", "https://pypi.org/simple"),), (("editable", "."),)}


def test_an_old_interpreter_is_told_in_one_sentence() -> None:
    code = "import sys; sys.version_info = (3, 9, 1); import bootstrap; bootstrap.main()"
    answer = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9" in answer.stderr


def test_asking_whether_anything_is_to_do_starts_no_other_program(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "uv.lock").write_bytes((ROOT / "uv.lock").read_bytes())
    finish(checkout, environments.DEV)

    def started(*_: object, **__: object) -> None:
        raise AssertionError("another program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    assert environments.is_current(checkout, environments.DEV)
