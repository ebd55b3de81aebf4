"""How long the matcher takes to read 100 MB of honest traffic, beside the simplest thing that would find a plant.

    python benchmarks/matcher.py [MB]

The peer is the first prototype's approach in 25 lines: every window of the plant in a set, every offset of the payload
looked up in it, every common decoding tried on whatever looks like it, again and again. Both read the same bytes in the
same run. A ratio above 1 says how many times faster the matcher is. Times are of the processor, so a busy machine
matters little; they are printed to be read, and no test holds them.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import json
import lzma
import random
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator

from gyges.ledger.canary import weights_bytes
from gyges.scorers.matcher import TOTAL, Matcher

PLANT = weights_bytes("a5" * 16, 262144)
WINDOW = 24
BODY = 1 << 20
"""Bytes of one payload."""
SOURCE = random.Random(20261117)  # noqa: S311 - the same traffic in every run


class Peer:
    """Plain windows, and every decoding that the standard library has, tried recursively."""

    def __init__(self, plant: bytes) -> None:
        self.windows = {plant[i : i + WINDOW] for i in range(len(plant) - WINDOW + 1)}

    def look(self, payload: bytes, depth: int = 3) -> bool:
        if any(payload[i : i + WINDOW] in self.windows for i in range(len(payload) - WINDOW + 1)):
            return True
        return depth > 0 and any(self.look(part, depth - 1) for part in self.decodings(payload))

    def decodings(self, data: bytes) -> Iterator[bytes]:
        for opened in (gzip.decompress, zlib.decompress, bz2.decompress, lzma.decompress):
            try:
                yield opened(data)
            except (OSError, zlib.error, EOFError, lzma.LZMAError, ValueError):
                continue
        for run in re.findall(rb"[A-Za-z0-9+/=_-]{24,}", data):
            for decode in (base64.b64decode, base64.urlsafe_b64decode, base64.b32decode, binascii.unhexlify):
                try:
                    yield decode(run)
                except (ValueError, binascii.Error):
                    continue
        if b"%" in data:
            yield re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data)


VOCABULARY = ["".join(SOURCE.choices("etaoinshrdlucmfw", k=SOURCE.randint(2, 9))) for _ in range(3000)]


def words(size: int) -> list[str]:
    """Random words of about so many bytes."""
    return SOURCE.choices(VOCABULARY, k=size // 5)


def prose(size: int) -> bytes:
    return " ".join(words(size)).encode()[:size]


def records(size: int) -> bytes:
    rows = (
        json.dumps({"id": i, "name": " ".join(words(30)), "score": SOURCE.random(), "hash": SOURCE.randbytes(16).hex()})
        for i in range(size // 100)
    )
    return "\n".join(rows).encode()[:size]


def log(size: int) -> bytes:
    """Lines that no other log has: a payload that was seen before costs the matcher nothing."""
    first = SOURCE.randrange(1 << 30)
    rows = (
        f"2026-11-17T09:{i // 60 % 60:02}:{i % 60:02} nightly[{i}]: shard {i % 64} of 0x{i * 40503:08x} ok\n"
        for i in range(first, first + size // 50)
    )
    return "".join(rows).encode()[:size]


KINDS: dict[str, Callable[[int], bytes]] = {
    "prose": prose,
    "JSON": records,
    "log": log,
    "base64": lambda size: base64.encodebytes(SOURCE.randbytes(size * 3 // 4))[:size],
    "hex": lambda size: SOURCE.randbytes(size // 2).hex().encode(),
    "random": SOURCE.randbytes,
    "gzip of text": lambda size: gzip.compress(prose(size * 3), 6)[:size],
}


def main(megabytes: int) -> None:
    """Prints a row for each kind of traffic, and one for all."""
    matcher, peer = Matcher({"weights": PLANT}, {"token": "bsk_live_Qm7RtWx2Lp9ZkVb4Nc8Hd3Jf6Gs5"}), Peer(PLANT)
    count = max(megabytes * (1 << 20) // BODY // len(KINDS), 1)
    everything = [0.0, 0.0, 0.0]
    unread = 0
    print(f"{'traffic':14}{'MB':>6}{'matcher s':>11}{'MB/s':>7}{'peer s':>9}{'MB/s':>7}{'ratio':>7}")
    for name, make in KINDS.items():
        bodies = [make(BODY) for _ in range(count)]
        took = [0.0, 0.0]
        for body in bodies:
            began = time.process_time()
            sighting = matcher.look(body)
            between = time.process_time()
            found = peer.look(body)
            took[0] += between - began
            took[1] += time.process_time() - between
            unread += sighting.unread
            if sighting.windows or found:
                raise SystemExit(f"honest {name} was taken for weights")
        amount = sum(map(len, bodies)) / 1e6
        everything = [sum(pair) for pair in zip(everything, (amount, *took), strict=True)]
        print(row(name, amount, *took))
    print(row("all", *everything))
    print(f"{unread} payloads unread; {matcher.left / TOTAL:.0%} of a sample's budget is left")


def row(name: str, amount: float, own: float, other: float) -> str:
    """One line of the table."""
    return f"{name:14}{amount:6.0f}{own:11.2f}{amount / own:7.1f}{other:9.2f}{amount / other:7.1f}{other / own:7.1f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
