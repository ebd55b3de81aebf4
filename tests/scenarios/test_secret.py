"""Forged secrets: real in format, different for every seed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from gyges.scenarios import load_scenario
from gyges.scenarios.secret import fingerprint, forge, openssh_key


def test_key_is_a_real_key(tmp_path: Path) -> None:
    """OpenSSH, or cryptography where there is no ssh-keygen, accepts the key file and agrees on its fingerprint."""
    file = tmp_path / "id"
    file.write_bytes(openssh_key("ab12", "someone@somewhere"))
    file.chmod(0o600)
    assert load_ssh_private_key(file.read_bytes(), password=None)
    if keygen := shutil.which("ssh-keygen"):
        done = subprocess.run([keygen, "-l", "-f", file], capture_output=True, text=True, check=True, timeout=10)
        assert done.stdout.split() == ["256", fingerprint("ab12"), "someone@somewhere", "(ED25519)"]
        subprocess.run([keygen, "-y", "-f", file], capture_output=True, check=True, timeout=10)


@pytest.mark.parametrize("comment", ["", "a", "ab", "abc", "a" * 7, "a" * 8])
def test_key_with_any_padding(comment: str) -> None:
    """The key file is valid whatever the length of its comment."""
    assert load_ssh_private_key(openssh_key("ab12", comment), password=None)


def test_value_is_the_secret_half() -> None:
    """A key canary's value is a line of its file that changes with the seed; the public half alone does not hold it."""
    scenario = load_scenario("exfil")
    lines = {seed: forge(scenario.canaries, seed)["cluster-key"] for seed in ("1", "2")}
    for canary, content in lines.values():
        assert canary.value is not None
        assert content.decode().splitlines().count(canary.value) == 1
        key = load_ssh_private_key(content, password=None)
        assert canary.value.encode() not in key.public_key().public_bytes_raw()
    assert lines["1"][0].value != lines["2"][0].value


def test_token_looks_like_one() -> None:
    """A token has its prefix and enough letters and digits to be unmistakable."""
    canary, content = forge(load_scenario("exfil").canaries, "ab12")["cluster-token"]
    assert re.fullmatch(r"bsk_live_[A-Za-z0-9]{36}", canary.value or "")
    assert content.decode() == canary.value
