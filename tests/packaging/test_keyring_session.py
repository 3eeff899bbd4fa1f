"""The keyring suite really has a keyring: a SecretService of its own, unlocked, and empty of the person's secrets (R-M7)."""

import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.errors import NoKeyringError

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "countersign-session-proof"


@pytest.mark.keyring
def test_a_secret_is_kept_read_and_removed_in_the_session_of_the_tests() -> None:
    assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService"
    assert keyring.get_password(SERVICE, "operator") is None
    keyring.set_password(SERVICE, "operator", "x" * 4096)
    assert keyring.get_password(SERVICE, "operator") == "x" * 4096
    keyring.delete_password(SERVICE, "operator")
    assert keyring.get_password(SERVICE, "operator") is None


@pytest.mark.keyring
def test_the_session_has_a_home_of_its_own() -> None:
    assert "countersign-keyring-" in os.environ["HOME"]
    assert os.environ["XDG_DATA_HOME"].startswith(os.environ["HOME"])


def test_the_session_refuses_to_start_in_the_home_of_a_person() -> None:
    variables = {name: value for name, value in os.environ.items() if name != "COUNTERSIGN_KEYRING_SESSION"}
    script = str(ROOT / "packaging" / "keyring_session.py")
    answer = subprocess.run([sys.executable, script, "true"], env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "make test-keyring" in answer.stderr


@pytest.mark.skipif(os.environ.get("COUNTERSIGN_KEYRING_SESSION") == "1", reason="this session has a keyring on purpose")
def test_outside_the_keyring_suite_no_test_can_reach_the_keyring_of_a_person() -> None:
    with pytest.raises(NoKeyringError):
        keyring.get_password(SERVICE, "operator")
