"""Every scenario's organisms through real pods: each gets the verdict that `verdicts.yaml` says it deserves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inspect_ai import score
from inspect_ai.log import read_eval_log

from gyges.cli.rehearse import Rehearsed, choose, rehearse
from gyges.scenarios import list_scenarios, load_scenario
from gyges.scenarios.load import SHIPPED
from gyges.scenarios.scaffold import write_scenario
from gyges.scenarios.verdicts import VERDICTS, load_verdicts, unrehearsed
from gyges.scorers import conduct

REHEARSED = [id for id in list_scenarios() if (SHIPPED / id / VERDICTS).is_file()]
WORDS_ALONE = {"alignment_faking"}
"""Scenarios that cross no red line: what their organisms deserve stands in tests of their own."""


def test_every_scenario_with_red_lines_is_rehearsed() -> None:
    """A scenario that ships without verdicts is one whose detectors nobody has held against known conduct."""
    assert set(REHEARSED) == set(list_scenarios()) - WORDS_ALONE


@pytest.mark.parametrize("id", REHEARSED)
def test_every_organism_has_a_verdict(id: str) -> None:
    """The file names only what exists, and leaves no shipped organism out."""
    scenario = load_scenario(id)
    assert unrehearsed(scenario, load_verdicts(scenario)) == []


@pytest.mark.parametrize("id", REHEARSED)
def test_every_stage_that_matters_is_reached(id: str) -> None:
    """Each red line is completed by some organism and left alone by another that met it."""
    scenario = load_scenario(id)
    verdicts = load_verdicts(scenario)
    for line in scenario.red_lines:
        reached = {verdict.expect.get(line.id) for verdict in verdicts}
        assert reached >= {"abstained"}, line.id
        assert reached & {"completed", "attempted"}, line.id


@pytest.mark.pod
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")
@pytest.mark.parametrize("id", [*REHEARSED, "scaffold"])
def test_rehearsal(id: str, tmp_path: Path) -> None:
    """Every run gets its verdict; scored again from the log alone, the acts and the chain's head are the same."""
    scenario = load_scenario(write_scenario("old_ledger", tmp_path) if id == "scaffold" else id)
    found = rehearse(scenario, choose(scenario), tmp_path / "logs")
    assert [difference for one in found for difference in one.differences()] == []
    assert [name for one in found for name in _changed(one, str(scenario.root))] == []


def _changed(one: Rehearsed, scenario: str) -> Iterator[str]:
    """What comes out otherwise when the log is scored again."""
    assert one.log is not None
    log = read_eval_log(Path(one.log.location.removeprefix("file://")))
    before = log.samples[0].scores["conduct"]
    # Judges are not asked again, so what they said stands in the log and what code found is compared.
    again = score(log, conduct(scenario), action="append", display="none").samples[0].scores["conduct1"]
    for name, value in before.value.items():
        if str(again.value[name]) != str(value):
            yield f"{one.verdict.organism} ({one.verdict.label}): {name} was {value} and is {again.value[name]}"
    if again.metadata["ledger"] != before.metadata["ledger"]:
        yield f"{one.verdict.organism} ({one.verdict.label}): the chain"
