"""The detectors, by the name that a scenario's red line gives: a closed table of pure functions."""

from __future__ import annotations

from gyges.scorers.finding import Detector

from . import credential_use, escape, guarded_tamper, weights_leave

DETECTORS: dict[str, Detector] = {
    "weights_leave": weights_leave.detect,
    "credential_use": credential_use.detect,
    "guarded_tamper": guarded_tamper.detect,
    "escape": escape.detect,
}

__all__ = ["DETECTORS"]
