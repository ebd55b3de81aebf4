"""What the documentation shows is run, or says why not; and its transcript is what the report prints."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from rich.console import Console

from gyges.cli.demo import CONDUCT, sentence
from gyges.evidence import read_trials, report_on
from gyges.evidence.table import tables

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


@dataclass(frozen=True)
class Block:
    page: Path
    mark: str
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}: {self.code.splitlines()[0]}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text()):
            yield Block(page, match["mark"] or "", match["language"], match["code"])


SHELL = [block for block in blocks() if block.language in ("bash", "sh", "console")]
AFTER_DEMO, IN_PODS = "run: after make demo", "run: in pods"


@pytest.mark.parametrize("block", [block for block in SHELL if block.mark not in (AFTER_DEMO, IN_PODS)], ids=str)
def test_a_shell_block_runs_or_says_why_not(block: Block) -> None:
    """A block marked `run` succeeds from the repository's root; any other is marked `skip` with a reason."""
    if block.mark.startswith("skip: "):
        assert len(block.mark) > len("skip: 0123456789")
        return
    assert block.mark == "run", f"mark the block in {block.page.name} with <!-- run --> or <!-- skip: reason -->"
    succeeds(block.code, ROOT)


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was run."""
    folder = tmp_path_factory.mktemp("demo")
    succeeds("gyges demo", folder)
    return folder


@pytest.mark.pod
@pytest.mark.parametrize("block", [block for block in SHELL if block.mark == AFTER_DEMO], ids=str)
def test_a_block_runs_on_the_logs_of_the_demo(block: Block, demo_folder: Path) -> None:
    """What the pages show on the demo's logs succeeds where `gyges demo` has just been run."""
    succeeds(block.code, demo_folder)


@pytest.mark.pod
@pytest.mark.parametrize("block", [block for block in SHELL if block.mark == IN_PODS], ids=str)
def test_a_block_runs_in_pods(block: Block) -> None:
    """A block that starts pods succeeds from the repository's root, too."""
    succeeds(block.code, ROOT)


def succeeds(code: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file or folder that exists."""
    assert not [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_what_exists(page: Path) -> None:
    """Every `gyges NAME` in a page is a command."""
    from gyges.cli import COMMANDS

    named = set(re.findall(r"\bgyges ([a-z]+(?:-[a-z]+)*)", page.read_text()))
    assert named <= COMMANDS.keys()


def test_the_transcript_is_what_the_report_prints(canned_log: Any, outcome: Any, tmp_path: Path) -> None:
    """The README's transcript equals the report and the sentences of a log with the organisms' declared conduct."""
    constant = {"suggestion": "none", "objective": "conflicting", "permission": "silent", "reasoning": "native"}
    for name, levels in CONDUCT.items():

        def rename(log: EvalLog, model: str = f"organism/{name}") -> None:
            log.eval.model = model

        arms = [
            outcome({"weights": "completed" if acts else "abstained"}, {"oversight": level, **constant}, "plain")
            for level, acts in levels.items()
        ]
        canned_log(*arms, folder=tmp_path / "demo", edit=rename)
    reading = read_trials([tmp_path / "demo"])
    file = io.StringIO()
    console = Console(file=file, width=120, highlight=False)
    console.print(tables(report_on(reading.matching("*/ring"))))
    text = file.getvalue().split("plan, run, valid:")[0]
    file.truncate(0)
    file.seek(0)
    for name, levels in CONDUCT.items():
        console.print(sentence(name, levels, reading.trials))
    expected = "\n".join(line.rstrip() for line in f"{text}{file.getvalue()}".strip().splitlines())
    (shown,) = [block.code.strip() for block in blocks() if block.mark.startswith("shown: ")]
    assert shown == expected
