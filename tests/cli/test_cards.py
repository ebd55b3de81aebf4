"""`gyges cards`: what it lists, what it says where nothing is published, and that no card steers the terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gyges.cli import app

CARD = """\
card: mine
publisher: Us
document: "Runs\\e[31m of [bold]January"
date: 2026-01
url: https://example.org/runs
as_of: 2026-10-01
claims:
- id: X1
  model: "claude-\\e]0;title\\a[red]opus-9"
  developer: "A\\u202eB"
  behaviour: "black\\nmail"
  trait: propensity
  metric: share of samples
  kind: rate
  value: 10%
  low: 0.095
  high: 0.105
  status: primary
  comparability: none
  condition: "say \\x9b2J"
"""


def cards(*args: str | Path, width: int = 160) -> Result:
    return CliRunner().invoke(app, ["cards", *map(str, args)], env={"COLUMNS": str(width)})


def ids(result: Result) -> list[str]:
    """Of the rows in the tables."""
    return re.findall(r"^ +((?:SC|X)[\d.]+) ", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (
            ["--model", "claude-opus-4", "--behaviour", "blackmail"],
            {"SC001", "SC012", "SC013", "SC015", "SC017", "SC018"},
        ),
        (
            ["--model", "anthropic/claude-3-opus-20240229"],
            {"SC308", "SC309", "SC310", "SC311", "SC312.1", "SC312.2", "SC313"},
        ),
        (["--model", "codex-mini-latest"], {"SC364"}),
        (["--model", "gpt-5.6-?????"], {"SC302"}),
        (["--model", "gemini-3-pro", "--behaviour", "scheming"], {"SC362"}),
        (["--behaviour", "lying*"], {"SC210", "SC211", "SC212", "SC290", "SC291", "SC292"}),
        (["--behaviour", "SELF-EXFIL"], {"SC317"}),
    ],
)
def test_what_is_asked_for_is_listed(args: list[str], found: set[str]) -> None:
    """A model by any of its names, alone or among others, and a behaviour by a part of its name or by a pattern."""
    result = cards(*args)
    assert result.exit_code == 0
    assert set(ids(result)) == found


def test_a_row_has_value_count_condition_and_standing() -> None:
    """One line holds what is printed and how far it can be used, and the later claim where there is one."""
    text = cards("--model", "claude-opus-4").stdout
    lines = {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line.strip().startswith("SC")}
    assert lines["SC019"] == "SC019 claude-opus-4 5/414 5/414 automated audit transcripts none primary"
    assert lines["SC036"] == "SC036 claude-opus-4 5% impossible tasks; prompt: against hacking none primary SC058"
    assert "Agentic Misalignment: How LLMs could be insider threats  Anthropic, 2025-06-20" in text


def test_the_last_line_counts_what_is_printed() -> None:
    """How many claims, how few of them with n, fewer with an interval, and the day of the collection."""
    result = cards()
    assert result.exit_code == 0
    listed = json.loads(cards("--json").stdout)
    assert len(ids(result)) == listed["claims"] == 414
    counted = f"414 claims in 50 documents: {listed['with_n']} with n, {listed['with_interval']} with an interval, "
    assert f"{counted}27 superseded." in " ".join(result.stdout.split())
    assert result.stdout.rstrip().endswith("Corrections looked for up to 2026-11-22.")


def test_nothing_published_is_a_finding() -> None:
    """It is said, with what was read, what there is for the model, and who published on the behaviour."""
    result = cards("--model", "gemini-3.1-pro", "--behaviour", "reward hacking", width=400)
    assert result.exit_code == 0
    assert "No published claim: these cards hold no figure for gemini-3.1-pro on reward hacking." in result.stdout
    assert "The document was read, and prints none: SC262.1." in result.stdout
    assert "figures on sabotage, scheming, situational awareness capability." in result.stdout
    assert "On reward hacking there are figures for claude-haiku-3.5, claude-haiku-4.5" in result.stdout
    document = json.loads(cards("--model", "gemini-3.1-pro", "--behaviour", "reward hacking", "--json").stdout)
    assert document["gap"][0].startswith("No published claim")
    assert [claim["kind"] for card in document["cards"] for claim in card["claims"]] == ["absent"]


def test_a_withheld_figure_is_no_gap() -> None:
    """The document tells of a measurement, so that there is something to ask its authors for."""
    result = cards("--model", "claude-haiku-4.5", "--behaviour", "agentic misalignment")
    assert ids(result) == ["SC116"]
    assert "withheld" in result.stdout
    assert "No published claim" not in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--model", "claud-opus-4"], "No card names a model 'claud-opus-4'; did you mean 'claude-opus-4'"),
        (["--model", "zzz"], "No card names a model 'zzz'; `gyges cards` lists all."),
        (
            ["--behaviour", "reward hakking"],
            "No card names a behaviour 'reward hakking'; did you mean 'reward hacking'",
        ),
        (["SC3O9"], "There is no claim 'SC3O9'; did you mean"),
        (["--card", "nowhere.yaml"], "nowhere.yaml: is no file"),
    ],
)
def test_what_no_card_names_is_a_mistake(args: list[str], said: str) -> None:
    """Exit code 2, with the nearest names where there are any."""
    result = cards(*args)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_one_claim_completely() -> None:
    """Every field that is set, the document with its address, and what replaced it or what it replaced."""
    old, new = cards("SC036").stdout, cards("SC058").stdout
    assert "https://www-cdn.anthropic.com/07b2a3f9902ee19fe39a36ca638e5ae987bc64dd.pdf\n" in old
    assert re.search(r"superseded by +SC058, 19%: an error, corrected", old)
    assert re.search(r"supersedes +SC036, 5%", new)
    assert re.search(r"where +Table 6.2.A p76", old)
    arm = r"replicates: arm +form=chat setting=prompted objective=helpful_only value=harmlessness tier=trained "
    assert re.search(arm, cards("SC309", width=60).stdout)


def test_a_row_that_was_divided_is_shown_with_its_parts() -> None:
    """`SC312` is two figures, and both are shown."""
    result = cards("SC312", "SC001", "--json")
    found = [claim for card in json.loads(result.stdout)["cards"] for claim in card["claims"]]
    assert [claim["id"] for claim in found] == ["SC312.1", "SC312.2", "SC001"]
    assert [claim["share"] for claim in found] == [None, None, pytest.approx(0.96)]


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("args", [["--model", "*opus-9"], ["X1"], ["--model", "*opus-9", "--behaviour", "sandbagging"]])
def test_a_card_cannot_steer_the_terminal(tmp_path: Path, args: list[str], width: int) -> None:
    """Controls, markup and marks of direction in a card of somebody's own are shown and have no effect."""
    (tmp_path / "mine.yaml").write_text(CARD, encoding="utf-8")
    result = cards(*args, "--card", tmp_path, width=width)
    assert result.exit_code == 0
    assert set(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.stdout)) == set()
    if "sandbagging" not in args:
        assert "[bold]January" in result.stdout


def test_cards_of_different_days_say_so(tmp_path: Path) -> None:
    """The day up to which corrections were looked for is a range where cards differ in it."""
    (tmp_path / "mine.yaml").write_text(CARD, encoding="utf-8")
    text = " ".join(cards("--card", tmp_path / "mine.yaml").stdout.split())
    assert text.endswith("Corrections looked for up to 2026-10-01 to 2026-11-22.")


def test_a_narrow_terminal_loses_nothing() -> None:
    """Eighty columns hold the same claims, with their standing in one column."""
    wide, narrow = cards("--model", "claude-opus-4"), cards("--model", "claude-opus-4", width=80)
    assert set(ids(narrow)) == set(ids(wide))
    assert max(map(len, narrow.stdout.splitlines())) <= 80
    assert "later: SC058" in " ".join(narrow.stdout.split())


def test_a_list_of_cards_is_no_verdict() -> None:
    """In all that is shipped, and in what is said about it, the words safe, aligned and proves do not occur."""
    listed = cards()
    assert listed.exit_code == 0
    assert re.findall(r"\b(?:un)?(?:safe|aligned|proves)\b", listed.stdout, re.IGNORECASE) == []
