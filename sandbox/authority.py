"""The certificate authority that ends TLS in every pod on this machine.

The agent image trusts its certificate; only the witness image holds its key. It is made once per user of a machine and
kept outside any checkout, because the images that it goes into belong to the machine too.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from platformdirs import user_data_path

# A name that a company's own authority would have: the model can read it.
NAME = "Internal Services Root CA"
# Begins before any date that a scenario plays on.
BEGINS = datetime.now(UTC) - timedelta(days=3 * 365)
ENDS = datetime.now(UTC) + timedelta(days=10 * 365)


def authority() -> Path:
    """The folder with `ca.crt` and `ca.key` (PEM); they are made at the first call."""
    folder = user_data_path("gyges") / "ca"
    if not (folder / "ca.crt").exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder)
    return folder


def _write(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    usage = x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.key").touch(mode=0o600)
    (folder / "ca.key").write_bytes(pem)
    # The certificate last: where it exists, its key does.
    (folder / "ca.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
