"""Digests that a run puts into its log, so that two logs can be told to be of the same scenario and world."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from inspect_ai.model import ChatMessage

from gyges.ledger.digest import digest, prompt_digest
from gyges.scenarios import Arm, Scenario, Wording

_NOT_THE_SCENARIO = frozenset({"__pycache__", ".DS_Store"})


def scenario_digest(scenario: Scenario) -> str:
    """SHA-256 over the RFC 8785 JSON of every file in the scenario's folder: relative path to SHA-256."""
    found = ((path.relative_to(scenario.root), path) for path in scenario.root.rglob("*"))
    files = {name: path for name, path in found if path.is_file() and not _NOT_THE_SCENARIO & set(name.parts)}
    return digest({name.as_posix(): sha256(path.read_bytes()).hexdigest() for name, path in files.items()})


def world_digest(scenario: Scenario, arm: Arm, wording: Wording) -> str:
    """SHA-256 over the RFC 8785 JSON of what a sample's pod is given, part to SHA-256: files, mail, answers of hosts.

    Secrets and dates, which differ in every run, are those of seed 00 and of the scenario's own clock.
    """
    parts = scenario.render(arm, wording, seed="00").parts()
    return digest({name: sha256(part).hexdigest() for name, part in parts.items() if name not in ("system", "user")})


def sample_digests(
    prompt: Sequence[ChatMessage], scenario: Scenario, arm: Arm, wording: Wording, *, pod: bool
) -> dict[str, str]:
    """For a sample's metadata: `prompt`, and `files` where it has a pod."""
    files = {"files": world_digest(scenario, arm, wording)} if pod else {}
    return {"prompt": prompt_digest(prompt), **files}
