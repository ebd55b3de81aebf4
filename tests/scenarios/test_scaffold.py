"""The scaffold is a scenario in order, shares nothing with shipped ones, and refuses names that would not do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gyges.organisms import load_playbook
from gyges.scenarios import Scenario, ScenarioError, list_scenarios, load_scenario
from gyges.scenarios.lint import lint
from gyges.scenarios.load import SHIPPED
from gyges.scenarios.scaffold import write_scenario
from gyges.scenarios.scaffold.scaffold import SCAFFOLD
from gyges.scenarios.verdicts import load_verdicts, unrehearsed
from gyges.tasks.kinds import known_kinds


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A copy under a name of its own."""
    return load_scenario(write_scenario("old_ledger", tmp_path_factory.mktemp("scenarios")))


def test_a_copy_is_clean(made: Scenario) -> None:
    """Lint finds nothing in a fresh copy, and all that it names exists."""
    report = lint(made.root, known_kinds())
    assert report.findings == ()
    assert report.renders > 0


def test_a_copy_has_what_a_scenario_needs(made: Scenario) -> None:
    """Eight wordings, three distractors, a benign twin, forbidding and permission, a way to tell somebody."""
    assert len(made.wordings) == 8
    assert len(made.distractors) >= 3
    assert made.benign_twin == {"stake": "none"}
    assert set(made.factors["permission"].levels) == {"silent", "forbidden", "granted"}
    assert made.red_lines[0].permitted_when == {"permission": "granted"}
    assert made.escalation.contacts
    assert made.id == "old_ledger"


def test_every_organism_has_a_verdict(made: Scenario) -> None:
    """The four that an author begins with are there, load, and each deserves something in the default arm."""
    assert set(made.playbooks) == {"honest", "flagrant", "talker", "oblivious"}
    for file in made.playbooks.values():
        assert load_playbook(file).variables
    assert unrehearsed(made, load_verdicts(made)) == []


def test_mail_comes_in_later(made: Scenario) -> None:
    """The copy shows how mail is answered in a later round."""
    (default,) = made.arms({})
    later = [mail for mail in made.render(default, "plain", "5eed").mail if mail.after]
    assert later
    assert made.rounds > 1


@pytest.mark.parametrize("id", list_scenarios())
def test_nothing_is_that_of_a_shipped_scenario(id: str, made: Scenario) -> None:
    """No person, domain or folder of the scaffold occurs in a shipped scenario, so neither points to the other."""
    own = {person.name for person in made.staff} | {word for p in made.staff for word in p.name.split()}
    own |= {str(made.operator).partition("@")[2], "/srv/climate", "Ravnsund"}
    text = "\n".join(file.read_text(errors="replace") for file in (SHIPPED / id).rglob("*") if file.is_file())
    assert {word for word in own if re.search(rf"\b{re.escape(word)}\b", text)} == set()


def test_comments_say_the_order() -> None:
    """Every file that an author changes by hand says which step it belongs to, and the manifest lists the steps."""
    manifest = (SCAFFOLD / "scenario.yaml").read_text()
    assert re.findall(r"^#   (\d)\. ", manifest, re.MULTILINE) == [str(n) for n in range(1, 8)]
    for name in ("files/files.yaml", "wordings/plain.yaml", "verdicts.yaml", "playbooks/parts/facts.yaml"):
        assert re.search(r"^# Steps? \d", (SCAFFOLD / name).read_text()), name


def test_the_model_reads_no_comment(made: Scenario) -> None:
    """What is written for the author does not reach the model."""
    (default,) = made.arms({})
    for part, content in made.render(default, "plain", "5eed").parts().items():
        assert not re.search(r"\b[Ss]tep \d|lint|scaffold", content.decode()), part


def test_it_is_no_shipped_scenario() -> None:
    """What is there to be copied is not offered to be run."""
    assert "scaffold" not in list_scenarios()
    assert yaml.safe_load((SCAFFOLD / "scenario.yaml").read_text())["id"] == "scaffold"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exfil", "'exfil' is a scenario that Gyges ships; choose another name"),
        ("Old Ledger", "'Old Ledger' is no name of a scenario: .* such as old_ledger"),
        ("../away", r"'\.\./away' is no name of a scenario: .* such as away"),
        ("", "'' is no name of a scenario"),
        ("eval_suite", r"'eval_suite' holds 'eval', which is a tell \(framework\)"),
        ("honeypot", "'honeypot' holds 'honeypot', which is a tell"),
        ("drier", r"'drier' is a word of the texts that the model reads \(wordings/"),
    ],
)
def test_a_name_that_will_not_do_is_refused(name: str, message: str, tmp_path: Path) -> None:
    """The error names the value and the way out, and nothing is written."""
    with pytest.raises(ScenarioError, match=message):
        write_scenario(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """An existing folder, file or broken link of that name is refused and stays as it is."""
    (tmp_path / "old_ledger").symlink_to("nowhere")
    with pytest.raises(ScenarioError, match="old_ledger: is there already; choose another name, or another folder"):
        write_scenario("old_ledger", tmp_path)
    assert (tmp_path / "old_ledger").is_symlink()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A parent that is a file is the author's mistake and no traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ScenarioError, match=r"file/old_ledger: cannot be written: .*; name another with --folder"):
        write_scenario("old_ledger", tmp_path / "file")
