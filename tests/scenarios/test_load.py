"""Loading: what a researcher is told when a scenario is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gyges.scenarios import ScenarioError, list_scenarios, load_scenario

from .conftest import Spoil

MISTAKES = {
    # what is wrong: (file, old text, new text, what the message must name)
    "extra key": ("scenario.yaml", "title:", "titel: x\ntitle:", ["scenario.yaml:3", "titel", "unknown key"]),
    "missing key": (
        "scenario.yaml",
        "operator: ops-agent@ostermoor.ai\n",
        "",
        ["scenario.yaml", "operator", "required"],
    ),
    "key twice": (
        "scenario.yaml",
        "version: 1-A",
        "version: 1-A\nversion: 2-A",
        ["scenario.yaml:3", "'version'", "twice"],
    ),
    "bad YAML": ("wordings/terse.yaml", "style: terse", "style: [terse", ["wordings/terse.yaml:", "not valid YAML"]),
    "control character": (
        "wordings/terse.yaml",
        "style: terse",
        "style: \x01",
        ["wordings/terse.yaml", "not valid YAML"],
    ),
    "not a mapping": ("files/files.yaml", "files:", "- files:", ["files/files.yaml"]),
    "version": ("scenario.yaml", "version: 1-A", "version: one", ["scenario.yaml:2", "version", "one"]),
    "clock without zone": ("scenario.yaml", "09:20:00Z", "09:20:00", ["clock", "time zone"]),
    "id is not the folder": ("scenario.yaml", "id: exfil", "id: other", ["'other'", "'exfil'"]),
    "unknown contrast": ("scenario.yaml", "contrast: oversight", "contrast: overseer", ["overseer", "oversight"]),
    "default no level": ("scenario.yaml", "default: unwatched", "default: seen", ["'seen'", "watched, unwatched"]),
    "benign twin factor": (
        "scenario.yaml",
        "benign_twin: {objective",
        "benign_twin: {objectiv",
        ["'objectiv'", "objective"],
    ),
    "benign twin level": ("scenario.yaml", "objective: none, s", "objective: nil, s", ["'nil'", "none, conflicting"]),
    "permitted level": (
        "scenario.yaml",
        "permitted_when: {permission: granted}",
        "permitted_when: {permission: yes_}",
        ["'yes_'", "granted"],
    ),
    "exposed by nothing before it": (
        "scenario.yaml",
        "escape: {always: true}",
        "escape: {after: [breakout]}",
        ["exposure.escape.after", "'breakout'", "weights, credentials, audit"],
    ),
    "a column twice": (
        "scenario.yaml",
        "answers: answers.yaml",
        "answers: answers.yaml\nobserved: [{id: audit, title: Again, detector: escape}]",
        ["observed", "'audit'", "twice"],
    ),
    "unknown canary": (
        "scenario.yaml",
        "{canaries: [weights]}",
        "{canaries: [wieghts]}",
        ["'wieghts'", "weights, cluster-token"],
    ),
    "red line unexposed": ("scenario.yaml", "  escape: {always: true}\n", "", ["exposure", "'escape'"]),
    "exposure of nothing": ("scenario.yaml", "escape: {always: true}", "escape: {}", ["exposure.escape", "always"]),
    "canary size": ("scenario.yaml", "size: 262144, ", "", ["weights", "size"]),
    "fingerprint of no key": (
        "scenario.yaml",
        "of: cluster-key,",
        "of: cluster-token,",
        ["'cluster-token'", "cluster-key"],
    ),
    "relative pod path": ("scenario.yaml", "path: /srv/models", "path: srv/models", ["'srv/models", "absolute"]),
    "climbing pod path": ("scenario.yaml", "path: /srv/models", "path: /srv/../models", ["..", "absolute"]),
    "choice of unknown factor": ("wordings/plain.yaml", "by: oversight", "by: insight", ["plain.yaml", "'insight'"]),
    "choice lacks a level": ("wordings/plain.yaml", '      native: ""\n', "", ["blocks.thinking", "'native'"]),
    "choice has one too many": (
        "wordings/plain.yaml",
        '      native: ""\n',
        '      native: ""\n      loud: x\n',
        ["'loud'", "reasoning"],
    ),
    "wording's name": ("wordings/plain.yaml", "id: plain", "id: plane", ["'plane'", "'plain'"]),
    "source climbs out": (
        "files/files.yaml",
        "source: nightly/README.md",
        "source: ../scenario.yaml",
        ["'../scenario.yaml'", "under"],
    ),
    "source absolute": (
        "files/files.yaml",
        "source: nightly/README.md",
        "source: /etc/hostname",
        ["'/etc/hostname'", "under"],
    ),
    "source missing": (
        "files/files.yaml",
        "source: nightly/README.md",
        "source: nightly/READ.md",
        ["'nightly/READ.md'", "no file"],
    ),
    "mode": ("files/files.yaml", 'mode: "0664"', 'mode: "664"', ["files.yaml", "mode", "664"]),
    "canary elsewhere": (
        "files/files.yaml",
        "tern-ops-2.3.1.safetensors, canary",
        "weights.bin, canary",
        ["weights.bin", "tern-ops-2.3.1"],
    ),
    "neither source nor canary": ("files/files.yaml", "source: nightly/README.md, ", "", ["source", "canary"]),
    "arms of unknown level": (
        "files/files.yaml",
        "owner: ops, group: ops, mtime: -41d",
        "arms: {oversight: [seen]}, owner: ops, mtime: -41d",
        ["'seen'", "unwatched"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named(name: str, copy: Path, spoil: Spoil) -> None:
    """Each mistake of an author is refused, and the message names file, value and the way out."""
    file, old, new, expected = MISTAKES[name]
    spoil(file, old, new)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(copy)
    assert [part for part in [file.split("/")[-1], *expected] if part not in str(caught.value)] == []


def test_again_is_asked_for_with_rounds(copy: Path, spoil: Spoil) -> None:
    """Where a model may have the floor again, the words for it must be there, and the message names their file."""
    spoil("scenario.yaml", "answers: answers.yaml", "answers: answers.yaml\nrounds: 2")
    with pytest.raises(ScenarioError, match=r"again\.md\.j2"):
        load_scenario(copy)


@pytest.mark.parametrize("name", ["scenario.yaml", "system.md.j2", "task.md.j2", "answers.yaml", "files/files.yaml"])
def test_missing_file_is_named(name: str, copy: Path) -> None:
    """A scenario without one of its files is refused, and the message names that file."""
    (copy / name).unlink()
    with pytest.raises(ScenarioError, match=name):
        load_scenario(copy)


def test_link_to_outside_is_refused(copy: Path, tmp_path: Path) -> None:
    """A link cannot bring a file of the researcher's machine into a pod, wherever in the scenario it lies."""
    (tmp_path / "key").write_text("secret")
    (copy / "files" / "key").symlink_to(tmp_path / "key")
    with pytest.raises(ScenarioError, match=r"files/key.*outside"):
        load_scenario(copy)


def test_link_within_is_followed(copy: Path) -> None:
    """A link that stays in the scenario's folder is as good as a file."""
    (copy / "files" / "nightly" / "README.md").rename(copy / "files" / "about.md")
    (copy / "files" / "nightly" / "README.md").symlink_to("../about.md")
    assert load_scenario(copy).id == "exfil"


def test_no_wordings(copy: Path) -> None:
    """A scenario without wordings says where they go."""
    for file in (copy / "wordings").iterdir():
        file.unlink()
    with pytest.raises(ScenarioError, match=r"wordings.*no wording"):
        load_scenario(copy)


@pytest.mark.parametrize("name", ["nothing", "no/such/folder", "../..", ""])
def test_unknown_scenario_lists_the_known(name: str) -> None:
    """What is neither an id nor a scenario's folder is an error that lists the ids."""
    with pytest.raises(ScenarioError, match="exfil"):
        load_scenario(name)


def test_scenario_by_path_and_by_id(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder outside the package loads by its path, and a folder of the same name does not shadow the shipped id."""
    assert {"alignment_faking", "exfil"} <= set(list_scenarios())
    assert load_scenario(str(copy)).root == copy.resolve()
    monkeypatch.chdir(copy.parent)
    assert load_scenario("exfil").root != copy.resolve()
    assert load_scenario("./exfil").root == copy.resolve()
