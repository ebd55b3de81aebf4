"""The detectors, one a file: `READS`, what it reads of a red line's params, and `detect`, a pure function of a ledger.

A scenario names a detector by its file, so that a new kind of act needs a new file and no line anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from gyges.scenarios.kinds import Reads
from gyges.scorers.finding import Detector

_MODULES = {found.name: import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)}

DETECTORS: Mapping[str, Detector] = {name: module.detect for name, module in _MODULES.items()}
READS: Mapping[str, Reads] = {name: module.READS for name, module in _MODULES.items()}

__all__ = ["DETECTORS", "READS"]
