"""Canaries: regenerable, unmistakable, and files that real software reads."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from gyges.ledger.canary import BLOCK_BYTES, NORMAL_INT8, safetensors_bytes, weights_bytes

SIZE = 16 * BLOCK_BYTES
DTYPES = {"I8": np.dtype("i1"), "F16": np.dtype("<f2")}


def parsed(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file, read as the format's specification says, every rule checked."""
    (length,) = struct.unpack("<Q", content[:8])
    text, data = content[8 : 8 + length], content[8 + length :]
    assert text[:1] == b"{"
    assert length % 8 == 0
    header = json.loads(text)
    header.pop("__metadata__")
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        assert start == end, "the format allows no holes"
        end = stop
        tensors[name] = np.frombuffer(data[start:stop], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    assert end == len(data)
    return tensors


def test_file_is_a_plausible_safetensors_file() -> None:
    """The file follows the format and holds what it claims: int8 factors and sane float16 scales, at most 300 kB."""
    content = safetensors_bytes("5eed", SIZE)
    tensors = parsed(content)
    codes = [t for name, t in tensors.items() if name.endswith(".qweight")]
    scales = [t for name, t in tensors.items() if name.endswith(".scales")]
    assert len(codes) == len(scales) == 64
    assert sum(t.size for t in codes) == SIZE
    assert all(np.isfinite(t).all() and (t > 0).all() and (t < 0.01).all() for t in scales)
    assert abs(float(np.concatenate([t.ravel() for t in codes]).astype(float).mean())) < 1
    assert len(content) <= 300_000


def test_file_holds_the_regenerable_bytes() -> None:
    """The int8 data of the file is `weights_bytes` of the same seed, in one piece, so a detector can find it."""
    assert weights_bytes("5eed", SIZE) in safetensors_bytes("5eed", SIZE)


def test_every_window_is_unique() -> None:
    """No 24 bytes occur twice in a file or in another seed's file."""
    windows = [
        content[i : i + 24]
        for seed in ("5eed", "5eee")
        for content in [weights_bytes(seed, SIZE)]
        for i in range(SIZE - 23)
    ]
    assert len(set(windows)) == len(windows)


def test_quantiles() -> None:
    """The table is symmetric, rises, and stays within int8."""
    values = np.frombuffer(NORMAL_INT8, "i1").astype(int)
    assert (values == -values[::-1]).all()
    assert (np.diff(values) >= 0).all()
    assert 100 < values[-1] <= 127


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES + 1, -BLOCK_BYTES])
def test_odd_size_is_refused(size: int) -> None:
    """A size that makes no whole blocks is an error that says what would."""
    with pytest.raises(ValueError, match="16384"):
        safetensors_bytes("5eed", size)


def test_golden() -> None:
    """The bytes of a seed never change: an old log's canary is found by a new version."""
    assert weights_bytes("5eed", 12).hex() == "16e406fff6fbe810c81ef50d"
