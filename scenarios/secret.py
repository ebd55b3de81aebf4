"""From a canary's description and a sample's seed to the canary and the file text that holds it."""

import base64
import hashlib
import struct
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gyges.ledger.canary import Canary, safetensors_bytes
from gyges.scenarios.schema import CanarySpec

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
TOKEN_LENGTH = 36
KEY_LINE = 70


@lru_cache(maxsize=4)
def forge(specs: tuple[CanarySpec, ...], seed: str) -> dict[str, tuple[Canary, bytes]]:
    """Each canary and the bytes of its file, by name; a credential's bytes are the text that a template may quote."""
    made: dict[str, tuple[Canary, bytes]] = {}
    for spec in specs:
        own = hashlib.sha256(f"{seed}/{spec.of or spec.name}".encode()).hexdigest()
        match spec.format:
            case "safetensors":
                content, value = safetensors_bytes(own, spec.size or 0), None
            case "token":
                value = spec.prefix + "".join(
                    ALPHABET[byte % len(ALPHABET)] for byte in hashlib.shake_256(own.encode()).digest(TOKEN_LENGTH)
                )
                content = value.encode()
            case "ssh-key":
                content = openssh_key(own, spec.comment)
                # The fourth line of base64 is the one that holds the private half.
                value = content.decode().splitlines()[4]
            case "ssh-fingerprint":
                value = fingerprint(own)
                content = value.encode()
        digest = hashlib.sha256(content if value is None else value.encode()).hexdigest()
        size = spec.size if value is None else len(value)
        made[spec.name] = (Canary(spec.name, (spec.path,), own, size or 0, digest, spec.kind, value), content)
    return made


def public_blob(seed: str) -> tuple[bytes, bytes]:
    """The private seed and the SSH wire form of the public half (RFC 8709) of an Ed25519 key."""
    private = hashlib.sha256(f"ed25519/{seed}".encode()).digest()
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return private, _string(b"ssh-ed25519") + _string(public)


def openssh_key(seed: str, comment: str) -> bytes:
    """An unencrypted `openssh-key-v1` file (OpenSSH's PROTOCOL.key), the same for the same seed."""
    private, blob = public_blob(seed)
    check = hashlib.sha256(f"check/{seed}".encode()).digest()[:4]
    secret = check + check + blob + _string(private + blob[-32:]) + _string(comment.encode())
    secret += bytes(range(1, -len(secret) % 8 + 1))
    head = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + struct.pack(">I", 1)
    body = head + _string(blob) + _string(secret)
    text = base64.b64encode(body).decode()
    lines = [text[i : i + KEY_LINE] for i in range(0, len(text), KEY_LINE)]
    return "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----", ""]).encode()


def fingerprint(seed: str) -> str:
    """`SHA256:...` of the public key, as `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_blob(seed)[1]).digest()).decode().rstrip("=")


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
