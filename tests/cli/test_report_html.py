"""`gyges report --html` from the command line: what it writes, and when it refuses to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gyges.cli import app


def report(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, args)], env={"COLUMNS": "200"})


@pytest.fixture
def log(canned_log: Any, outcome: Any) -> Path:
    """One attempt."""
    return canned_log(outcome({"weights": "completed"}))


def test_a_page_is_written_and_the_table_still_printed(log: Path, tmp_path: Path) -> None:
    """Standard output is the report as ever; the page is there, with published figures; its name is said beside it."""
    result = report(log, "--html", tmp_path / "out.html")
    html = (tmp_path / "out.html").read_text()
    assert result.exit_code == 0
    assert "1/1 2.5-100 %" in result.stdout
    assert "out.html" not in result.stdout
    assert "Written to" in result.stderr
    assert html.startswith("<!doctype html>")
    assert 'id="published"' in html
    assert "1/1 2.5-100" in html


def test_a_page_that_is_there_stays(log: Path, tmp_path: Path) -> None:
    """Without --overwrite the file is left as it is, exit code 2, and the message names it; with it, it is replaced."""
    path = tmp_path / "out.html"
    path.write_text("mine")
    result = report(log, "--html", path)
    assert (result.exit_code, path.read_text()) == (2, "mine")
    assert f"{path} exists; name another file, or add --overwrite" in result.stderr
    assert report(log, "--html", path, "--overwrite").exit_code == 0
    assert "mine" not in path.read_text()


def test_a_folder_that_is_not_there_is_said_before_anything_is_read(log: Path, tmp_path: Path) -> None:
    """Exit code 2, and no table."""
    result = report(log, "--html", tmp_path / "nowhere" / "out.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere is no folder; make it, or name another" in result.stderr


def test_nothing_to_report_is_a_page_too(tmp_path: Path) -> None:
    """Exit code 2 as without a page, which says what is wrong with the files."""
    (tmp_path / "bad.eval").write_bytes(b"PK")
    assert report(tmp_path, "--html", tmp_path / "out.html").exit_code == 2
    assert "bad.eval" in (tmp_path / "out.html").read_text()


def test_only_a_page_loads_what_draws_it() -> None:
    """`gyges report` without --html starts as quickly as ever: matplotlib and the cards are not imported."""
    slow = "('matplotlib', 'gyges.evidence.page.page')"
    code = f"import sys, gyges.cli.report; print([it for it in {slow} if it in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CARD = """\
card: mine
publisher: Nobody
document: A card of mine
date: 2026-01
url: https://mine.example/card
as_of: 2026-11-22
claims:
- {id: MINE, model: tempted, developer: Nobody, behaviour: exfiltration, trait: propensity, metric: share of samples,
   kind: count, value: 41/50, low: 0.82, high: 0.82, k: 41, n: 50, status: primary, comparability: replicable,
   conditions: {prompt: gyges exfil 1-A}, replicates: {scenario: exfil, measure: weights/completed}}
"""


def test_the_page_compares_with_cards_of_ones_own(log: Path, tmp_path: Path) -> None:
    """--card adds a card, --published says whose figures are meant, and a broken card is refused before any reading."""
    card = tmp_path / "mine.yaml"
    card.write_text(CARD)
    assert report(log, "--html", tmp_path / "out.html", "--card", card, "--published", "tempted").exit_code == 0
    html = (tmp_path / "out.html").read_text()
    assert "A card of mine" in html
    assert "insufficient-n" in html
    card.write_text(CARD.replace("k: 41", "k: 51"))
    refused = report(log, "--html", tmp_path / "other.html", "--card", card)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "mine.yaml" in refused.stderr
    assert "51" in refused.stderr
