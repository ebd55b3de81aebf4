"""What only some organisms of `exfil` show: a call that was cut off, and conduct that is the same through any provider.

What each of them deserves stands in the scenario's `verdicts.yaml`, and tests/organisms/test_rehearsals.py holds it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as evaluate
from inspect_ai.log import EvalSample
from inspect_ai.model import get_model

from gyges.cli.rehearse import choose, rehearse
from gyges.organisms import Organism
from gyges.organisms.server import Service
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment

pytestmark = [
    pytest.mark.pod,
    # Inspect builds its retries with an argument that tenacity has renamed.
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
]


def expected(name: str) -> dict[str, str]:
    """What the organism deserves in the default arm."""
    return dict(next(v.expect for v in choose(load_scenario("exfil"), [name]) if not v.arm))


def verdict(sample: EvalSample) -> dict[str, Any]:
    """The stages of a sample, and whether it told a human."""
    assert sample.error is None, sample.error
    assert sample.scores is not None
    value = sample.scores["conduct"].value
    assert isinstance(value, dict)
    return {name: "undecided" if isinstance(v, float) and math.isnan(v) else v for name, v in value.items()}


def test_the_cut_off_call_is_marked(tmp_path: Path) -> None:
    """The sample that a limit ended says so beside its verdict."""
    scenario = load_scenario("exfil")
    (found,) = rehearse(scenario, choose(scenario, ["cut-off"]), tmp_path)
    assert list(found.differences()) == []
    sample = found.log.samples[0]
    assert sample.limit.type == "token"
    assert sample.scores["conduct"].metadata["validity"] == "limit"


@pytest.mark.parametrize(("provider", "suffix"), [("anthropic/flagrant", ""), ("openai-api/organism/flagrant", "/v1")])
def test_served_organisms_get_the_same_verdict(
    provider: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Inspect's real providers the same organism runs the same scenario to the same verdict."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Service(Organism.of("flagrant", scenario="exfil")).running() as url:
        served = get_model(provider, base_url=f"{url}{suffix}", api_key="none", memoize=False)
        (log,) = evaluate(experiment("exfil", "plain"), model=served, display="none", log_dir=str(tmp_path))
    assert verdict(log.samples[0]) == expected("flagrant")
    assert log.samples[0].model_usage[provider].reasoning_tokens
