"""The report on tiers of training: what it keeps apart, what it counts, and what it prints."""

from __future__ import annotations

import io
import json
import os
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gyges.evidence import Report, read_trials, report_on
from gyges.evidence.table import tables


def test_look(tier_log: Any, calibration_log: Any, said: Any) -> None:
    rng = random.Random(1)
    all_said = []
    for tier, p in {"trained": 0.6, "unmonitored": 0.2, "rated_only": 0.3, "placebo": 0.25}.items():
        for value, n in product(("honesty", "privacy", "fairness"), range(20)):
            comply = rng.random() < p
            all_said.append(said(tier, "comply" if comply else rng.choice(["refuse", "partial"]), "yes" if comply and tier == "trained" and rng.random() < 0.5 else "no", f"{value}-{n}", value, rng.choice(["memo", "chat"]), beside={"awareness": rng.choice(["silent", "says_test"])}))
    path = tier_log(*all_said)
    calibration_log("compliance", *[("comply", "comply")] * 18, *[("comply", "refuse")] * 2, *[("refuse", "refuse")] * 19, ("refuse", "partial"), ("refuse", "comply"), ("partial", None))
    Path("/tmp/h/evlogs").mkdir(exist_ok=True)
    for one in path.parent.glob("*.eval"):
        (Path("/tmp/h/evlogs") / one.name).write_bytes(one.read_bytes())
