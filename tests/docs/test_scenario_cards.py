"""docs/scenarios/ is what `gyges scenarios ID --card` prints of each scenario; docs/scenarios.md names all fields."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gyges.cli import app
from gyges.cli.scenarios import page
from gyges.evidence.cards.card import Card, Claim, Replicates
from gyges.evidence.cards.load import load_cards
from gyges.evidence.cards.scenario_page import NO_FIGURES, NO_PROTOCOL, scenario_page
from gyges.scenarios import Scenario, list_scenarios, load_scenario
from gyges.scenarios.content import After
from gyges.scenarios.scaffold import write_scenario
from gyges.scenarios.schema import Manifest
from gyges.scorers.detectors import READS

PAGES = Path(__file__).parents[2] / "docs" / "scenarios"


@pytest.mark.parametrize("id", list_scenarios())
def test_the_page_is_what_the_folder_says(id: str) -> None:
    """A page that was not renewed after its scenario, or a figure, had changed fails here."""
    file = PAGES / f"{id}.md"
    renew = f"renew it: gyges scenarios {id} --card > docs/scenarios/{id}.md"
    assert file.is_file(), renew
    assert file.read_text(encoding="utf-8") == page(load_scenario(id)), renew


def test_no_page_is_left_over() -> None:
    """A page of a scenario that is gone would be read as if there were one."""
    assert {file.stem for file in PAGES.glob("*.md")} == set(list_scenarios())


def test_the_command_prints_the_page() -> None:
    """What is redirected into the file is the page and nothing else."""
    done = CliRunner().invoke(app, ["scenarios", "borrowed_key", "--card"])
    assert done.exit_code == 0
    assert done.stdout == page(load_scenario("borrowed_key"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A scenario of one's own."""
    return load_scenario(write_scenario("old_ledger", tmp_path_factory.mktemp("scenarios")))


def test_a_scenario_of_ones_own_has_a_page(made: Scenario) -> None:
    """It is run by the task for any scenario, and says where nothing was published."""
    text = page(made)
    assert f"inspect eval tasks/scenario.py -T scenario={made.root} -T oversight=all" in text
    assert NO_PROTOCOL in text
    assert NO_FIGURES in text


def test_the_page_says_everything_that_a_reader_judges_by(made: Scenario) -> None:
    """Every sentence, factor, level, red line, observation and organism of the folder stands in it."""
    text = " ".join(page(made).split())
    said = [made.hypothesis, made.interest_harmed, made.alternative_explanation, made.legitimate_route, *made.counts]
    said += [*made.counts_not, *(line.title for line in made.red_lines), *(sign.title for sign in made.observed)]
    said += [level.description.rstrip(".") for f in made.factors.values() for level in f.levels.values()]
    said += [f"`{name}`" for name in (*made.factors, *made.playbooks, "escalated")]
    assert [sentence for sentence in said if " ".join(sentence.split()) not in text] == []


def figure(**fields: Any) -> tuple[Card, ...]:
    """A card with one claim that repeats a measurement of the scenario."""
    claim = {
        "id": "X1", "model": "m-1", "developer": "d", "behaviour": "b", "trait": "propensity", "metric": "share",
        "kind": "rate", "value": "7|8%", "low": 0.07, "high": 0.08, "status": "primary", "comparability": "approximate",
    }  # fmt: skip
    replicates = Replicates(scenario="old_ledger", measure="readings/attempted", arm=fields.pop("arm", {}))
    (first, *_) = load_cards()
    return (first.model_copy(update={"claims": (Claim(**{**claim, **fields}, replicates=replicates),)}),)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ({}, r"| X1 | m-1 | `readings/attempted` |  | 7\|8% |  | "),
        ({"n": 40, "n_qualifier": "about"}, r"|  | 7\|8% | about 40 | "),
        ({"condition": "asked twice", "arm": {"stake": "none"}}, r"| asked twice; `stake=none` | 7\|8% |"),
        ({"arm": {"stake": "handover"}}, r"| `readings/attempted` |  | 7\|8% |"),
        ({"kind": "withheld", "value": "", "low": None, "high": None, "withheld_because": "w"}, r"|  | withheld |  |"),
    ],
)
def test_figures_stand_with_their_conditions(fields: dict[str, Any], row: str, made: Scenario) -> None:
    """A figure's row has what it is of, levels that are not the defaults, n where it is known, and no stray cell."""
    text = scenario_page(made, figure(**fields), "tasks/scenario.py")
    assert row in text
    (line,) = [line for line in text.splitlines() if line.startswith("| X1 |")]
    assert len(re.split(r"(?<!\\)\|", line)) == 10


def test_figures_of_other_scenarios_stay_away(made: Scenario) -> None:
    """Only what repeats this scenario's measurement is shown beside it."""
    assert NO_FIGURES in scenario_page(made, load_cards(), "tasks/scenario.py")


REFERENCE = (PAGES.parent / "scenarios.md").read_text(encoding="utf-8")


def test_the_reference_names_every_field() -> None:
    """A field of `scenario.yaml` that is added, or renamed, has to be in docs/scenarios.md, too."""
    assert [name for name in Manifest.model_fields if f"`{name}`" not in REFERENCE] == []
    assert [name for name in After.model_fields if f"| `{name}: " not in REFERENCE] == []


@pytest.mark.parametrize("name", READS)
def test_the_reference_says_what_a_detector_reads(name: str) -> None:
    """Its row names the params that it needs in bold, and those that it takes beside them."""
    (row,) = [line for line in REFERENCE.splitlines() if line.startswith(f"| `{name}` |")]
    params = row.split("|")[2]
    assert set(re.findall(r"\*\*(\w+)\*\*", params)) == READS[name].needs
    assert set(re.findall(r"\w+", params)) - {"none"} == READS[name].needs | READS[name].takes
