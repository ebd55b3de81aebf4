"""What reading logs costs: `gyges report` and `gyges trials` beside Inspect's own `samples_df`, on the same logs.

    python benchmarks/report.py                         10,000 trials in one log, and 1 GB of logs, made for the purpose
    python benchmarks/report.py --trials 2000 --megabytes 100
    python benchmarks/report.py logs/                   logs that are there
    python benchmarks/report.py --keep /tmp/logs        keeps what it makes, and takes what it kept before

made_logs.py says what the made logs hold. Each reader runs in a process of its own, one after the other; what it took
of clock, processor and resident memory is the kernel's count. All need some 170 MiB for the import of Inspect alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

SHORT, LONG = 2_000, 120_000
"""Characters of one tool's answer: in the log of many trials, and in the logs of many bytes."""

SAMPLES, MEGABYTES = 200, 57
"""Samples of one log with long answers, and what it weighs."""

console = Console()


@dataclass(frozen=True)
class Cost:
    """What one reader took."""

    seconds: float
    cpu: float
    """Processor seconds."""

    peak: int
    """Bytes of resident memory at the most."""

    code: int


def readers(logs: Path, folder: Path, *, actions: bool) -> Iterator[tuple[str, list[str]]]:
    """Name and command of everything that is measured."""
    gyges = str(Path(sys.executable).with_name("gyges"))
    frame = f"from inspect_ai.analysis import samples_df; print(len(samples_df({str(logs)!r}, quiet=True)))"
    yield "gyges report", [gyges, "report", str(logs)]
    yield "gyges report --html", [gyges, "report", str(logs), "--html", str(folder / "page.html")]
    yield "gyges trials --quick", [gyges, "trials", str(logs), "--quick", "-o", str(folder / "quick.parquet")]
    yield "gyges trials", [gyges, "trials", str(logs), "-o", str(folder / "trials.parquet")]
    if actions:
        yield "gyges trials --actions", [gyges, "trials", str(logs), "--actions", "-o", str(folder / "actions.parquet")]
    yield "inspect samples_df", [sys.executable, "-c", frame]


def cost_of(command: list[str]) -> Cost:
    """Runs a command to its end; what the kernel says it took."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, child.returncode)


def compare(title: str, logs: Path, *, actions: bool) -> None:
    """Every reader over one folder of logs, as a table."""
    size = sum(path.stat().st_size for path in logs.rglob("*.eval"))
    columns = ("reader", "seconds", "CPU s", "peak MiB", "time of samples_df", "CPU of samples_df")
    table = Table(*columns, title=f"{title}: {size / 1e6:,.0f} MB of logs")
    with TemporaryDirectory() as folder:
        costs = {name: cost_of(command) for name, command in readers(logs, Path(folder), actions=actions)}
    theirs = costs["inspect samples_df"]
    for name, cost in costs.items():
        failed = f" (exit {cost.code})" if cost.code else ""
        table.add_row(
            name + failed,
            f"{cost.seconds:.1f}",
            f"{cost.cpu:.1f}",
            f"{cost.peak / 2**20:.0f}",
            f"{cost.seconds / theirs.seconds:.2f}",
            f"{cost.cpu / theirs.cpu:.2f}",
        )
    console.print(table)


def _kept(folder: Path, logs: int, trials: int, length: int) -> Path:
    """The folder, filled if it was empty."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.eval")):
        with console.status(f"writing {logs * trials:,} trials to {folder}"):
            writer = Path(__file__).with_name("made_logs.py")
            subprocess.run([sys.executable, writer, folder, *map(str, (logs, trials, length))], check=True)
    return folder


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="?", type=Path, help="a folder of logs to measure on, instead of made ones")
    parser.add_argument("--trials", type=int, default=10_000, help="trials of the one log with many")
    parser.add_argument("--megabytes", type=int, default=1_000, help="size of the logs with long transcripts")
    parser.add_argument("--keep", type=Path, help="where the made logs stay")
    parser.add_argument(
        "--actions", action="store_true", help="measure `gyges trials --actions`, too, which takes minutes"
    )
    arguments = parser.parse_args()
    if arguments.logs:
        compare(str(arguments.logs), arguments.logs, actions=arguments.actions)
        return
    with TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        many = _kept(folder / "many", 1, arguments.trials, SHORT)
        compare(f"{arguments.trials:,} trials in one log", many, actions=arguments.actions)
        large = _kept(folder / "large", max(1, round(arguments.megabytes / MEGABYTES)), SAMPLES, LONG)
        compare("Long transcripts", large, actions=arguments.actions)


if __name__ == "__main__":
    main()
