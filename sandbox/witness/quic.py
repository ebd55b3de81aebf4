"""The first datagram of a QUIC client: its keys follow from what is in it, so that its ClientHello can be read.

RFC 9001 §5.2 to §5.4, RFC 9369 for version 2. Nothing is answered: a client that gets no answer takes TCP instead.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .tls import Hello, parse_hello


class _Version(NamedTuple):
    salt: bytes
    label: str
    initial: int
    """Bits of the first byte that make a long header an Initial packet."""


VERSIONS = {
    0x00000001: _Version(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), "quic", 0b1100_0000),
    0x6B3343CF: _Version(bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), "quicv2", 0b1101_0000),
}
_LONG_TYPE = 0b1111_0000
_RECORD = b"\x16\x03\x01\0\0"
"""Stands for the header of the TLS record, which QUIC does without."""


def is_initial(data: bytes) -> bool:
    """Whether a datagram begins with an Initial packet."""
    version = VERSIONS.get(int.from_bytes(data[1:5], "big"))
    return version is not None and data[0] & _LONG_TYPE == version.initial


def hello(data: bytes) -> Hello:
    """Server name and ALPN of the ClientHello in an Initial packet; empty where it is not all there, or none."""
    try:
        return parse_hello(_RECORD + _crypto(_opened(data)))
    except (ValueError, IndexError, InvalidTag):
        return Hello()


def _opened(data: bytes) -> bytes:
    """The frames of an Initial packet."""
    version = VERSIONS[int.from_bytes(data[1:5], "big")]
    connection = data[6 : 6 + data[5]]
    at = 6 + data[5]
    at += 1 + data[at]  # the client's own connection id
    size, at = _integer(data, at)
    size, at = _integer(data, at + size)  # a token was before it
    secret = hmac.digest(version.salt, connection, sha256)
    secret = _expand(secret, "client in", 32)
    key, iv, protection = (
        _expand(secret, f"{version.label} {name}", length) for name, length in (("key", 16), ("iv", 12), ("hp", 16))
    )
    encryptor = Cipher(algorithms.AES(protection), modes.ECB()).encryptor()  # noqa: S305  as the standard has it
    mask = encryptor.update(data[at + 4 : at + 20].ljust(16, b"\0"))
    first = data[0] ^ mask[0] & 0x0F
    width = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(data[at : at + width], mask[1:], strict=False))
    nonce = int.from_bytes(iv, "big") ^ int.from_bytes(number, "big")
    header = bytes([first]) + data[1:at] + number
    return AESGCM(key).decrypt(nonce.to_bytes(12, "big"), data[at + width : at + size], header)


def _crypto(frames: bytes) -> bytes:
    """What the CRYPTO frames say, put in order, up to the first gap."""
    pieces: dict[int, bytes] = {}
    at = 0
    while at < len(frames):
        kind, at = frames[at], at + 1
        if kind == 6:
            offset, at = _integer(frames, at)
            size, at = _integer(frames, at)
            pieces[offset], at = frames[at : at + size], at + size
        elif kind > 1:  # neither padding nor ping
            break
    whole = b""
    for offset in sorted(pieces):
        if offset <= len(whole):
            whole = whole[:offset] + pieces[offset]
    return whole


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length (RFC 9000 §16), and where it ends."""
    width = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + width], "big") & (1 << width * 8 - 2) - 1, at + width


def _expand(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 §7.1) of up to one block."""
    name = f"tls13 {label}".encode("ascii")
    return hmac.digest(secret, size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0\1", sha256)[:size]
