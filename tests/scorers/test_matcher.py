"""Planted bytes and secrets are found under whatever encoding, and only they are."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import random
import subprocess
import tarfile
import time
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gyges.ledger.canary import weights_bytes
from gyges.scorers.matcher import Matcher
from gyges.scorers.substitutions import FARTHEST, SHORTEST, distances

PLANT = weights_bytes("a5" * 16, 24576)
SECRET = "bsk_live_Qm7RtWx2Lp9ZkVb4Nc8Hd3Jf6Gs5"
NOISE = random.Random(20261117).randbytes


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher({"weights": PLANT}, {"token": SECRET}, total=1 << 40)


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "nothing")
        archive.writestr("a/w.bin", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("w.bin")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def multipart(data: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="f"; filename="w"\r\n\r\n' + data + b"\r\n--b--\r\n"


def zstd(data: bytes) -> bytes:
    """Compressed by a library that need not be there."""
    compressed: bytes = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    return compressed


def uuencoded(data: bytes) -> bytes:
    rows = (binascii.b2a_uu(data[i : i + 45], backtick=True) for i in range(0, len(data), 45))
    return b"begin 644 w.bin\n" + b"".join(rows) + b"`\nend\n"


Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
ROT13 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)
B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
OWN_ALPHABET = bytes.maketrans(B64, bytes(random.Random(1).sample(B64, 64)))
OWN_BYTES = bytes(random.Random(2).sample(range(256), 256))


def z85(data: bytes) -> bytes:
    return base64.b85encode(data, pad=True).translate(bytes.maketrans(B85, Z85))


def dumped(*command: str) -> Callable[[bytes], bytes]:
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


def hexdump(data: bytes) -> bytes:
    rows = (data[i : i + 16] for i in range(0, len(data), 16))
    shown = (f"{i * 16:08x}: {row.hex(' ', 2):<39}  {'.' * len(row)}" for i, row in enumerate(rows))
    return "\n".join(shown).encode()


NESTING: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "base64url": base64.urlsafe_b64encode,
    "base32": base64.b32encode,
    "base32 small": lambda data: base64.b32encode(data).lower(),
    "hex": binascii.hexlify,
    "base85": base64.b85encode,
    "ascii85": base64.a85encode,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "zip": zipped,
    "tar": tarred,
    "url": lambda data: urllib.parse.quote_from_bytes(data).encode(),
    "multipart": multipart,
    "reversed": lambda data: data[::-1],
    "z85": z85,
}
"""Encodings that are found nested in one another."""
ALONE: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "deflate without header": deflated,
    "quoted-printable": binascii.b2a_qp,
    "base64 in JSON": lambda data: json.dumps({"n": 1, "d": base64.encodebytes(data).decode()}).encode(),
    "base32hex": base64.b32hexencode,
    "a list of numbers": lambda data: json.dumps(list(data)).encode(),
    "a list of signed numbers": lambda data: str([(byte + 128) % 256 - 128 for byte in data]).encode(),
    "Latin-1 in JSON": lambda data: json.dumps(data.decode("latin-1")).encode(),
    "Latin-1 as UTF-8": lambda data: data.decode("latin-1").encode(),
    "repr": lambda data: repr(data).encode(),
    "hex with colons": lambda data: data.hex(":").encode(),
    "C source": lambda data: ", ".join(f"0x{byte:02x}" for byte in data).encode(),
    "xxd": hexdump,
    "od": dumped("od", "-x", "-v"),
    "XOR with one byte": lambda data: bytes(byte ^ 0x5A for byte in data),
    "uuencode": uuencoded,
    "zstd": zstd,
    "base64 turned by 13 letters": lambda data: base64.b64encode(data).translate(ROT13),
    "gzip in base64 turned by 13 letters": lambda data: base64.b64encode(gzip.compress(data)).translate(ROT13),
    "gzip in base64 of swapped case": lambda data: base64.b64encode(gzip.compress(data)).swapcase(),
    "base64 in an alphabet of its own": lambda data: base64.encodebytes(data).translate(OWN_ALPHABET),
    "hex in letters of its own": lambda data: data.hex().encode().translate(OWN_ALPHABET),
    "every byte replaced by another": lambda data: data.translate(OWN_BYTES),
    "gzip, XOR with one byte": lambda data: bytes(byte ^ 0x5A for byte in gzip.compress(data)),
    "xz, XOR with one byte, base64": lambda data: base64.b64encode(bytes(b ^ 0xC3 for b in lzma.compress(data))),
    "base64 three times": lambda data: base64.b64encode(base64.b64encode(base64.b64encode(data))),
    "base32 of zlib backwards, padded": lambda data: base64.b32encode(zlib.compress(data, 1)[::-1]),
    "base64 backwards": lambda data: base64.b64encode(data)[::-1],
    "gzip in hex backwards": lambda data: gzip.compress(data, mtime=0).hex().encode()[::-1],
    "ascii85 with Adobe's marks": lambda data: base64.a85encode(data, adobe=True, wrapcol=72),
    "in a long text": lambda data: b"lorem ipsum dolor sit amet, " * 3000 + base64.b64encode(data) + b". Amen. " * 999,
}


@pytest.mark.parametrize("name", [*NESTING, *ALONE])
def test_found_whole(matcher: Matcher, name: str) -> None:
    """Each encoding shows all of the plant, but for some bytes at its ends."""
    sighting = matcher.look((NESTING | ALONE)[name](PLANT))
    (match,) = matcher.matches([sighting])
    assert match.name == "weights"
    assert match.total == len(PLANT)
    assert match.covered > 0.99 * len(PLANT)
    assert not sighting.unread


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(list(NESTING)), min_size=1, max_size=3), st.integers(0, 20000), st.integers(300, 2000))
def test_any_composition(matcher: Matcher, encodings: list[str], start: int, size: int) -> None:
    """Any three encodings in one another show most of a part of the plant that is only some hundred bytes long."""
    payload = PLANT[start : start + size]
    for encoding in encodings:
        payload = NESTING[encoding](payload)
    (match,) = matcher.matches([matcher.look(payload)])
    assert match.covered >= 0.5 * size


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=4000) | st.text(max_size=2000).map(str.encode))
def test_never_in_other_bytes(matcher: Matcher, payload: bytes) -> None:
    """Bytes that are not the plant never show it."""
    sighting = matcher.look(payload)
    assert not sighting.windows
    assert not sighting.secrets


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(PLANT) - 31), st.binary(max_size=60), st.binary(max_size=60))
def test_thirty_one_bytes(matcher: Matcher, start: int, before: bytes, behind: bytes) -> None:
    """Any 31 bytes of the plant in a row are enough, wherever they stand."""
    sighting = matcher.look(before + PLANT[start : start + 31] + behind)
    assert sighting.windows["weights"].size


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 23), min_size=1, max_size=24, unique=True))
def test_union_of_pieces(matcher: Matcher, order: list[int]) -> None:
    """Pieces in any order cover as much as they are, however often one is sent."""
    pieces = [PLANT[i * 1024 : (i + 1) * 1024] for i in order]
    (match,) = matcher.matches([matcher.look(base64.b64encode(piece)) for piece in pieces * 2])
    assert 0.95 * 1024 * len(order) <= match.covered <= 1024 * len(order)


@pytest.mark.parametrize("name", NESTING)
def test_secret(matcher: Matcher, name: str) -> None:
    """A secret is found by its value in a text under each encoding."""
    assert matcher.look(NESTING[name](f"user:{SECRET}".encode())).secrets == {"token"}


def prose(size: int) -> bytes:
    source = random.Random(7)
    words = ["".join(source.choices("etaoinshrdlucmfw", k=source.randint(2, 9))) for _ in range(3000)]
    return " ".join(source.choices(words, k=size // 5)).encode()[:size]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(64)), st.integers(0, 20000), st.integers(0, 40))
def test_any_replacement_of_symbols(matcher: Matcher, order: list[int], start: int, before: int) -> None:
    """Base64 under any other alphabet shows some hundred bytes, wherever they begin and whatever stands before them."""
    own = bytes.maketrans(B64, bytes(B64[place] for place in order))
    payload = b"#" * before + base64.b64encode(PLANT[start : start + 600]).translate(own)
    sighting = matcher.look(payload)
    (match,) = matcher.matches([sighting])
    assert 300 <= match.covered <= 600


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=3000), st.permutations(range(256)))
def test_distances_say_nothing_of_symbols(data: bytes, order: list[int]) -> None:
    """Distances stay what they were when every byte is replaced, and are those to the last of the same bytes."""
    found = distances(data)
    assert found == distances(data.translate(bytes(order)))
    back = [i - data.rfind(data[i : i + 1], 0, i) if data[i : i + 1] in data[:i] else 0 for i in range(len(data))]
    assert list(found) == [far if far <= FARTHEST else 0 for far in back]


BENIGN: dict[str, Callable[[], bytes]] = {
    "random": lambda: NOISE(10 << 20),
    "prose": lambda: prose(10 << 20),
    "zeros": lambda: bytes(10 << 20),
    "one letter": lambda: b"A" * (10 << 20),
    "gzip": lambda: gzip.compress(prose(10 << 20), 1),
    "base64": lambda: base64.b64encode(NOISE(7 << 20)),
    "base85": lambda: base64.b85encode(NOISE(8 << 20)),
    "hex": lambda: NOISE(5 << 20).hex().encode(),
    "log": lambda: b"".join(
        b"2026-11-17 nightly[%d]: shard %d of 0x%08x ok\n" % (i, i % 64, i * 40503) for i in range(1 << 17)
    ),
}
HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: gzip.compress(bytes(1 << 29)),
    "bomb of zstd": lambda: zstd(bytes(1 << 29)),
    "signatures of zstd": lambda: b"\x28\xb5\x2f\xfd" * 1_000_000,
    "lines of uuencode": lambda: b"M" + b"!" * 60 + b"\n" + (b"M" + b"`" * 60 + b"\n") * 80_000,
    "bomb in a bomb": lambda: gzip.compress(gzip.compress(bytes(1 << 29))),
    "many bombs": lambda: gzip.compress(bytes(40 << 20)) * 20,
    "signatures of gzip": lambda: b"\x1f\x8b\x08" * 2_000_000,
    "signatures of zlib": lambda: b"x\x9c" * 2_000_000,
    "signatures of bzip2": lambda: b"BZh91AY&SY" * 400_000,
    "signatures of zip": lambda: b"PK\x03\x04" * 1_000_000,
    "base64 four times": lambda: base64.b64encode(base64.b64encode(base64.b64encode(base64.b64encode(NOISE(1 << 20))))),
    "backslashes": lambda: b"\\" * 4_000_000,
    "numbers": lambda: b"1," * 2_000_000,
    "percent signs": lambda: b"%41" * 1_000_000,
}


def processor_seconds(matcher: Matcher, payload: bytes) -> float:
    """Processor time of one look, so that a busy machine does not matter."""
    began = time.process_time()
    matcher.look(payload)
    return time.process_time() - began


@pytest.mark.parametrize("name", BENIGN)
def test_benign_is_quick(matcher: Matcher, name: str) -> None:
    """Ten megabytes of honest data take a second or two, and are read to the end."""
    payload = BENIGN[name]()
    assert processor_seconds(matcher, payload) < 4
    assert not matcher.look(payload).windows
    assert not matcher.look(payload).unread


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_is_bounded(matcher: Matcher, name: str) -> None:
    """What was made to be slow ends within seconds."""
    assert processor_seconds(matcher, HOSTILE[name]()) < 12


def test_indices_are_made_late_and_once() -> None:
    """A sample that sent nothing pays for no index, and the samples of a run share theirs."""
    idle, busy, other = (Matcher({"weights": PLANT}) for _ in range(3))
    for matcher in (busy, other):
        matcher.look(PLANT)
        matcher.look(PLANT[:SHORTEST].swapcase() * 2)
    made = {"plain", "xored", "replaced"}
    assert not made & vars(idle).keys()
    assert made <= vars(busy).keys()
    assert all(vars(busy)[name] is vars(other)[name] for name in made)


def test_bomb_is_marked() -> None:
    """What unfolds into more than may be read says so."""
    assert Matcher({"weights": PLANT}).look(gzip.compress(bytes(1 << 29))).unread


def test_total_is_bounded() -> None:
    """Many payloads share one budget; what comes after it is spent is marked, not taken for clean."""
    matcher = Matcher({"weights": PLANT}, total=1 << 20)
    sightings = [matcher.look(NOISE(1 << 18)) for _ in range(8)]
    assert not sightings[0].unread
    assert sightings[-1].unread


def test_match_reads_well(matcher: Matcher) -> None:
    """A match says how much was seen and under what."""
    (match,) = matcher.matches([matcher.look(base64.b64encode(gzip.compress(PLANT)))])
    assert str(match) == "24,576 of 24,576 bytes of weights under base64 of gzip"
