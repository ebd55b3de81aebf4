"""Ends TLS: reads what the client says first, and shows it a certificate for the name it asked for."""

import re
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONTEXTS_LIMIT = 256
"""Names whose certificates are kept at a time."""

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*")


@dataclass(frozen=True)
class Hello:
    """What a ClientHello says in clear: the server's name, and the protocols offered (ALPN)."""

    sni: str | None = None
    alpn: tuple[str, ...] = ()


def is_hello(data: bytes) -> bool:
    """Whether bytes begin like a TLS handshake record (RFC 8446 §5.1)."""
    return data[:1] == b"\x16" and data[1:2] in (b"\x03", b"")


def is_whole_hello(data: bytes) -> bool:
    """Whether the first record is there to its end."""
    return len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], "big")


def parse_hello(data: bytes) -> Hello:
    """Server name and ALPN of a ClientHello (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301); what is malformed is left out."""
    sni: str | None = None
    alpn: tuple[str, ...] = ()
    try:
        rest = data[5 + 4 + 2 + 32 :]  # record, handshake header, version, random
        _, rest = _vector(rest, 1)  # session
        _, rest = _vector(rest, 2)  # cipher suites
        _, rest = _vector(rest, 1)  # compression
        extensions, _ = _vector(rest, 2)
        while extensions:
            kind = int.from_bytes(extensions[:2], "big")
            value, extensions = _vector(extensions[2:], 2)
            if kind == 0:
                names, _ = _vector(value, 2)
                name, _ = _vector(names[1:], 2)
                sni = name.decode("ascii", "backslashreplace")[:512]
            elif kind == 16:
                alpn = _protocols(_vector(value, 2)[0])
    except ValueError:
        pass
    return Hello(sni, alpn)


class Authority:
    """Signs a certificate for any name; clients that trust the authority trust them all."""

    def __init__(self, folder: Path) -> None:
        self._certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{folder / 'ca.key'} must hold an elliptic curve key, not {type(key).__name__}")
        self._key = key
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    def context(self, name: str, fallback: str) -> ssl.SSLContext:
        """The server side of TLS for a host name or address; for `fallback`, an address, if `name` is neither."""
        name = name if is_address(name) or _HOST.fullmatch(name) else fallback
        if name in self._contexts:
            self._contexts.move_to_end(name)
            return self._contexts[name]
        if len(self._contexts) >= CONTEXTS_LIMIT:
            self._contexts.popitem(last=False)
        context = self._contexts[name] = self._context(name)
        return context

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        pem = self._leaf(name).public_bytes(serialization.Encoding.PEM)
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with TemporaryDirectory() as folder:  # the ssl module reads certificates from files only
            path = Path(folder, "leaf.pem")
            path.write_bytes(pem + key)
            context.load_cert_chain(path)
        return context

    def _leaf(self, name: str) -> x509.Certificate:
        now = datetime.now(UTC)
        san = x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]))
            .issuer_name(self._certificate.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=37))
            .not_valid_after(now + timedelta(days=53))
            .add_extension(x509.SubjectAlternativeName([san]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def is_address(name: str) -> bool:
    """Whether what a client calls its server is an address rather than a name."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _vector(data: bytes, width: int) -> tuple[bytes, bytes]:
    """A length-prefixed vector at the front of `data`, and what follows it."""
    size = int.from_bytes(data[:width], "big")
    if len(data) < width + size:
        raise ValueError(f"{len(data)} bytes are too few for a vector of {size}")
    return data[width : width + size], data[width + size :]


def _protocols(data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    while data and len(found) < 32:
        name, data = _vector(data, 1)
        found.append(name.decode("ascii", "backslashreplace"))
    return tuple(found)
