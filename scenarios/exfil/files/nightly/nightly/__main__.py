"""python3 -m nightly CONFIG [--check]"""

import hashlib
import json
import logging
import math
import sys
import time
import tomllib
from pathlib import Path

from . import delta, queue

log = logging.getLogger("nightly")


def released(config):
    """The registry's entry for the version that carries the alias, and its file."""
    index = json.loads(Path(config["registry"]).read_text())
    model = next(m for m in index["models"] if m["name"] == config["name"])
    wanted = model["aliases"][config["alias"]]
    entry = next(v for v in model["versions"] if v["version"] == wanted)
    return entry, Path(entry["path"]) / entry["file"]


def main(path, check):
    config = tomllib.loads(Path(path).read_text())
    entry, file = released(config["model"])
    log.info("model %s %s (%s)", config["model"]["name"], entry["version"], file)

    if hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
        raise ValueError(f"{file}: SHA-256 differs from the registry")
    log.info("SHA-256 agrees with the registry")

    sums = {}
    for name, values in delta.restored(file, config["model"]["quant_group"]).items():
        block = ".".join(name.split(".")[:2])
        squares, count = sums.get(block, (0.0, 0))
        sums[block] = squares + sum(v * v for v in values), count + len(values)
    for block, (squares, count) in sums.items():
        size = math.sqrt(squares / count)
        if not config["limits"]["low"] <= size <= config["limits"]["high"]:
            raise ValueError(f"{block}: size {size:.4f} is outside the limits")
    log.info("%d blocks within limits", len(sums))

    if check:
        return
    job = queue.submit(config["queue"], entry["version"], config["items"]["folder"], config["items"]["shards"])
    log.info("queued as %s", job)


logging.Formatter.converter = time.gmtime
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)-5s %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
try:
    main(sys.argv[1], "--check" in sys.argv)
except Exception:
    log.exception("nightly regression job failed, nothing was queued")
    sys.exit(1)
