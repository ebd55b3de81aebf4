"""What a pod costs: Inspect's stock docker provider, ours, and the floor beneath both, in one run, interleaved.

    python benchmarks/pods.py                    everything, at 1, 8, 32 and 64 samples at a time
    python benchmarks/pods.py --at 1,8 --rounds 3
    python benchmarks/pods.py layers             what each capture layer costs
    python benchmarks/pods.py queue --samples 200 --at 40

A sample is one pod with the world of `exfil`, three shell commands with their record, and the close of the record,
scored; the model is scripted and answers at once, so that all of the time is the sandbox's. The floor is the Engine API
alone: create and start two containers of the same images, three commands, remove. Peers by name: `stock` is Inspect's
docker provider with the same compose file.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model
from rich.console import Console
from rich.table import Table

from gyges.sandbox.provider.capture import Level
from gyges.sandbox.provider.daemon import client, create
from gyges.sandbox.provider.execution import Execution
from gyges.sandbox.provider.level import VARIABLE
from gyges.sandbox.provider.pods import Pod, started
from gyges.sandbox.provider.spec import AGENT, WITNESS, containers
from gyges.scenarios import load_scenario
from gyges.tasks.experiment import experiment

COMMANDS = ("ls -la /srv", "cat /srv/platform/nightly/nightly.toml", "python3 -c 'print(sum(range(1000)))'")
EXECS = 20
WORK = "for i in $(seq 1 500); do /bin/true; done"
FILES = "for i in $(seq 1 20); do find /usr/share/zoneinfo -type f -exec cat {} + > /dev/null; done"
console = Console()


@dataclass(frozen=True)
class Cost:
    """What a number of samples took."""

    seconds: float
    cpu: float
    """Processor seconds of the whole machine but for idling, so that engine and containers count."""

    memory: float
    """Bytes by which the machine's used memory grew at most."""

    samples: int

    @property
    def a_minute(self) -> float:
        """Samples a minute."""
        return 60 * self.samples / self.seconds

    @property
    def cpu_each(self) -> float:
        """Processor seconds a sample."""
        return self.cpu / self.samples


def _act(messages: list[ChatMessage], *_: Any) -> ModelOutput:
    turn = sum(message.role == "assistant" for message in messages)
    if turn < len(COMMANDS):
        output = ModelOutput.for_tool_call("mockllm/model", "bash", {"command": COMMANDS[turn]})
    else:
        output = ModelOutput.from_content("mockllm/model", "Done.")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def samples(level: Level, count: int, at_a_time: int) -> Cost:
    """Runs `count` samples of the task at a capture level; 1 is the stock provider. Every one must come out valid."""
    os.environ[VARIABLE] = str(level)
    task = experiment("exfil", wording=load_scenario("exfil").wordings[0].id)
    model = get_model("mockllm/model", custom_outputs=_act, memoize=False)
    with TemporaryDirectory() as logs:
        with measured(count) as cost:
            (log,) = inspect_eval(
                task,
                model=model,
                epochs=count,
                log_dir=logs,
                display="none",
                max_samples=at_a_time,
                max_sandboxes=at_a_time,
                max_subprocesses=at_a_time,
            )
        done = log.samples or []  # read from the log only now
    unsound = [
        sample.error.message if sample.error else str(sample.scores)
        for sample in done
        if not sample.scores or (sample.scores["conduct"].metadata or {}).get("validity") != "valid"
    ]
    if unsound or len(done) != count:
        sys.exit(f"level {level}: {len(unsound)} of {count} samples are not valid: {unsound[:1]}")
    return cost[0]


def floor(count: int, at_a_time: int) -> Cost:
    """The same containers over the Engine API alone: no world, no record, no Inspect."""
    with measured(count) as cost, ThreadPoolExecutor(at_a_time) as workers:
        for done in [workers.submit(_bare_pod) for _ in range(count)]:
            done.result()
    return cost[0]


def _bare_pod() -> None:
    declared = containers()
    witness = {**declared[WITNESS], "Cmd": ["sleep", "infinity"]}
    witness["HostConfig"] = {**witness["HostConfig"], "NetworkMode": "none"}
    first = create(witness)
    client().start(first)
    agent = {**declared[AGENT], "Cmd": ["sleep", "infinity"]}
    agent["HostConfig"] = {**agent["HostConfig"], "NetworkMode": f"container:{first}"}
    second = create(agent)
    client().start(second)
    for command in COMMANDS:
        raw_exec(second, ["bash", "--login", "-c", command])
    for container in (second, first):
        client().remove_container(container, force=True)


def raw_exec(container: str, command: list[str]) -> None:
    """One command by the three calls that the Engine API needs for one with an exit status."""
    id = client().exec_create(container, command, user="ops")["Id"]
    client().exec_start(id)
    client().exec_inspect(id)


@contextmanager
def measured(count: int) -> Iterator[list[Cost]]:
    """Fills the list with what the block took."""
    found: list[Cost] = []
    before, began, used = _busy(), time.monotonic(), psutil.virtual_memory().used
    most, over = [used], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            most[0] = max(most[0], psutil.virtual_memory().used)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        found.append(Cost(time.monotonic() - began, _busy() - before, most[0] - used, count))


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def throughput(counts: list[int], rounds: int) -> None:
    """Stock, ours and floor, one after the other in each round."""
    table = Table(
        "at a time", "what", "samples/min", "of stock", "of floor", "CPU s/sample", "MiB/pod", title="Samples"
    )
    for at_a_time in counts:
        count = max(16, at_a_time)
        runs: dict[str, Callable[[], Cost]] = {
            "stock": lambda count=count, n=at_a_time: samples(1, count, n),
            "gyges": lambda count=count, n=at_a_time: samples(3, count, n),
            "floor": lambda count=count, n=at_a_time: floor(count, n),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                costs[name].append(run())
        rate = {name: statistics.median(cost.a_minute for cost in found) for name, found in costs.items()}
        for name, found in costs.items():
            table.add_row(
                str(at_a_time),
                name,
                f"{rate[name]:.0f}",
                f"{rate[name] / rate['stock']:.2f}",
                f"{rate[name] / rate['floor']:.2f}",
                f"{statistics.median(cost.cpu_each for cost in found):.2f}",
                f"{statistics.median(cost.memory for cost in found) / at_a_time / 2**20:.0f}",
            )
    console.print(table)


def execs() -> None:
    """Time of one command in a running pod: ours against the raw calls, each in turn."""
    with started(3) as pod:
        ours, raw = [], []
        for _ in range(EXECS):
            ours.append(_timed(lambda: _our_exec(pod, ["true"])))
            raw.append(_timed(lambda: raw_exec(pod.agent, ["true"])))
    mine, theirs = statistics.median(ours), statistics.median(raw)
    console.print(
        f"one command: gyges {mine * 1e3:.0f} ms, raw Engine API {theirs * 1e3:.0f} ms: {mine / theirs:.2f} times"
    )


def layers(rounds: int) -> None:
    """What each capture layer costs: the same samples and two heavy commands, at each level."""
    table = Table("level", "samples/min", "CPU s/sample", "500 programs, s", "reading files, s", title="Capture layers")
    costs: dict[Level, list[tuple[Cost, float, float]]] = {2: [], 3: []}
    for _ in range(rounds):
        for level, found in costs.items():
            with started(level) as pod:
                heavy = _timed(lambda: _our_exec(pod, ["bash", "-c", WORK]))
                reading = _timed(lambda: _our_exec(pod, ["bash", "-c", FILES]))
            found.append((samples(level, 8, 4), heavy, reading))
    stock = [(samples(1, 8, 4), *_unrecorded()) for _ in range(rounds)]
    for name, runs in {"1 (stock)": stock, "2": costs[2], "3": costs[3]}.items():
        table.add_row(
            name,
            f"{statistics.median(cost.a_minute for cost, *_ in runs):.0f}",
            f"{statistics.median(cost.cpu_each for cost, *_ in runs):.2f}",
            f"{statistics.median(heavy for _, heavy, _ in runs):.2f}",
            f"{statistics.median(reading for *_, reading in runs):.2f}",
        )
    console.print(table)


def _unrecorded() -> tuple[float, float]:
    """The two heavy commands in a container that nobody watches."""
    agent = {**containers()[AGENT], "Cmd": ["sleep", "infinity"]}
    agent["HostConfig"] = {**agent["HostConfig"], "NetworkMode": "none"}
    id = create(agent)
    try:
        client().start(id)
        heavy, reading = (_timed(lambda work=work: raw_exec(id, ["bash", "-c", work])) for work in (WORK, FILES))
        return heavy, reading
    finally:
        client().remove_container(id, force=True)


def _our_exec(pod: Pod, command: list[str]) -> None:
    Execution(pod, 1 << 20).run(command, timeout=120)


def _timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("all", "throughput", "execs", "layers", "queue"), default="all")
    parser.add_argument("--at", default="1,8,32,64", help="samples at a time, separated by commas")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--samples", type=int, default=200)
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.at.split(",")]
    if arguments.what == "queue":
        cost = samples(3, arguments.samples, counts[0])
        console.print(f"{cost.samples} samples, {counts[0]} at a time: all valid, {cost.a_minute:.0f} a minute")
        return
    if arguments.what in ("all", "execs"):
        execs()
    if arguments.what in ("all", "layers"):
        layers(arguments.rounds)
    if arguments.what in ("all", "throughput"):
        throughput(counts, arguments.rounds)


if __name__ == "__main__":
    main()
