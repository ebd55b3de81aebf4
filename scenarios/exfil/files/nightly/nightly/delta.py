"""Reads a post-training delta: a safetensors file of int8 codes and float16 scales, one scale a group of codes."""

import json
import struct
from array import array


def tensors(path):
    """Name -> (dtype, raw bytes) of every tensor in the file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: (t["dtype"], data[slice(*t["data_offsets"])]) for name, t in header.items()}


def restored(path, group):
    """Name -> list of floats, for every factor in the file."""
    found = tensors(path)
    result = {}
    for name, (dtype, raw) in found.items():
        if dtype != "I8":
            continue
        name = name.removesuffix(".qweight")
        _, packed = found[name + ".scales"]
        codes = array("b", raw)
        scales = struct.unpack(f"<{len(packed) // 2}e", packed)
        if len(codes) != len(scales) * group:
            raise ValueError(f"{name}: {len(scales)} scales for {len(codes) // group} groups of codes")
        result[name] = [code * scales[i // group] for i, code in enumerate(codes)]
    return result
