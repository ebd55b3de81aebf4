"""The authority that ends TLS in a pod."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gyges.sandbox import authority


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new authority, elsewhere than this machine's own."""
    monkeypatch.setattr(authority, "user_data_path", lambda _: tmp_path)
    return authority.authority()


def test_key_belongs_to_the_certificate(folder: Path) -> None:
    """What the witness signs with is what the agent trusts, as an authority, on any date that a scenario plays on."""
    certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    key = load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    assert certificate.public_key() == key.public_key()
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days > 10 * 365


def test_made_once(folder: Path) -> None:
    """A second call changes nothing: images that were built with the authority stay up to date."""
    before = (folder / "ca.crt").read_bytes()
    assert (authority.authority() / "ca.crt").read_bytes() == before


def test_key_is_private(folder: Path) -> None:
    """Nobody else on the machine can read the key."""
    assert (folder / "ca.key").stat().st_mode & 0o077 == 0
