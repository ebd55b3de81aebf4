"""`gyges serve`."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gyges.cli import app


def test_serves_and_says_how_to_use_it():
    """The command prints where it listens and two lines that use it, serves, and ends on an interrupt."""
    command = [Path(sys.executable).with_name("gyges"), "serve", "organism/ring", "--scenario", "exfil", "-M", "seed=3"]
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            lines = [server.stdout.readline() for _ in range(7)]
            url = re.search(r"organism/ring is served at (http://127\.0\.0\.1:\d+)", lines[0])[1]
            text = "".join(lines)
            assert f"ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=none" in text
            assert "inspect eval gyges/exfil --model anthropic/ring" in text
            assert f"ORGANISM_BASE_URL={url}/v1 ORGANISM_API_KEY=none" in text
            assert "inspect eval gyges/exfil --model openai-api/organism/ring" in text
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=20)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flagrant"], "'flagrant' is no organism; write it as organism/NAME"),
        (["organism/"], "write it as organism/NAME"),
        (["organism/flagrnt"], "no organism 'flagrnt'"),
        (["organism/honest", "--scenario", "exfl"], "no scenario 'exfl'"),
        (["organism/mixture", "-M", "rate"], "-M rate: write it as NAME=VALUE"),
        (["organism/mixture", "-M", "rate=2"], "rate=2: give a probability from 0 to 1"),
        (["organism/honest", "-M", "sed=2"], "unknown model argument 'sed'"),
        (["organism/honest"], "organism 'honest' exists for alarm, blackmail"),
        (["organism/mixture", "--host", "203.0.113.7"], "cannot listen on 203.0.113.7 port 0"),
    ],
)
def test_mistakes_are_told(arguments, told):
    """A wrong name, option or address ends the command with status 2 and what to do instead."""
    result = CliRunner().invoke(app, ["serve", *arguments])
    assert result.exit_code == 2
    assert told in re.sub(r"[\s│]+", " ", result.output)
