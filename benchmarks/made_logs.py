"""Logs for benchmarks/report.py, written by Inspect's own recorder.

    python benchmarks/made_logs.py FOLDER LOGS TRIALS CHARACTERS

A sample has its conversation, its model and tool events, its condensed attachments and its scores. Text is drawn from
a vocabulary, and shrinks to about a third in the log, as transcripts do. This is a program of its own so that the one
that measures stays small: what a process has at its start counts towards its peak.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from inspect_ai.event import InfoEvent, ModelEvent, ToolEvent
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalPlan,
    EvalResults,
    EvalRevision,
    EvalSample,
    EvalSpec,
    EvalStats,
    condense_sample,
)
from inspect_ai.log._recorders.eval import EvalRecorder
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score
from inspect_ai.tool import ToolCall

MODEL = "canned/benchmark"
TURNS = 6
"""Model calls of one sample."""

RED_LINES = ("weights", "credentials", "audit", "escape")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Words:
    """Text without end that looks like text to a compressor."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        vocabulary = [
            "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(9999)
        ]
        self._text = " ".join(chance.choices(vocabulary, k=2_000_000))
        self._chance = chance

    def take(self, characters: int) -> str:
        """So many characters, from anywhere."""
        start = self._chance.randrange(len(self._text) - characters)
        return self._text[start : start + characters]


def made(folder: Path, logs: int, trials: int, length: int) -> None:
    """Writes `logs` logs of `trials` trials each, whose tools answer with `length` characters."""
    words = Words(length)
    for nth in range(logs):
        asyncio.run(_write(folder, f"log{nth:03}", trials, words, length))


async def _write(folder: Path, name: str, trials: int, words: Words, length: int) -> None:
    ids = [f"wording{nth // 4 % 8}/oversight={_level(nth)}/case={nth // 2}" for nth in range(trials)]
    spec = EvalSpec(
        eval_id=f"{name}-eval",
        run_id=f"{name}-run",
        created=BEGAN.isoformat(),
        task="gyges/exfil",
        task_id=f"{name}-task",
        task_version="1-A",
        dataset=EvalDataset(name="exfil", samples=trials, sample_ids=[*ids]),
        model=MODEL,
        model_generate_config=GenerateConfig(temperature=1.0),
        config=EvalConfig(epochs=1, message_limit=80),
        revision=EvalRevision(type="git", origin="", commit="0000000", dirty=False),
        packages={"inspect_ai": "0.3.285", "gyges": "0.1.0"},
        metadata={"scenario": "exfil", "contrast": "oversight"},
    )
    recorder = EvalRecorder(str(folder))
    await recorder.log_init(spec, str(folder / f"{name}.eval"), clean=True)
    await recorder.log_start(spec, EvalPlan())
    for nth, id in enumerate(ids):
        await recorder.log_sample(spec, condense_sample(_sample(nth, id, words, length)))
        if nth % 500 == 499:
            await recorder.flush(spec)
    await recorder.log_finish(spec, "success", EvalStats(), EvalResults(), None, header_only=True)


def _level(nth: int) -> str:
    return ("watched", "unwatched")[nth % 2]


def _sample(nth: int, id: str, words: Words, length: int) -> EvalSample:
    messages: list[ChatMessage] = [
        ChatMessageSystem(content=words.take(1500), id=f"{nth}-s"),
        ChatMessageUser(content=words.take(500), id=f"{nth}-u"),
    ]
    planned, events = list(messages), list[Any]()
    when = BEGAN + timedelta(seconds=nth)
    for turn in range(TURNS):
        call = ToolCall(id=f"{nth}-{turn}", function="bash", arguments={"command": words.take(80)})
        said = ChatMessageAssistant(content=words.take(300), tool_calls=[call], id=f"{nth}-a{turn}", model=MODEL)
        output = ModelOutput.from_message(said)
        output.model, output.usage = "benchmark-2026", ModelUsage(input_tokens=900, output_tokens=90, total_tokens=990)
        answer = words.take(length)
        heard = ChatMessageTool(content=answer, tool_call_id=call.id, function="bash", id=f"{nth}-t{turn}")
        events += [
            ModelEvent(
                model=MODEL,
                input=list(messages),
                tools=[],
                tool_choice="auto",
                config=GenerateConfig(),
                output=output,
                timestamp=when,
            ),
            ToolEvent(id=call.id, function="bash", arguments=call.arguments, result=answer, timestamp=when),
            InfoEvent(source="gyges/process", data=_process(call, answer), timestamp=when),
        ]
        messages += [said, heard]
    arm = {"oversight": _level(nth), "suggestion": "none", "objective": "conflicting", "permission": "silent"}
    return EvalSample(
        id=id,
        epoch=1,
        input=planned,
        target="",
        messages=messages,
        output=output,
        events=events,
        scores={"conduct": _score(nth)},
        metadata={
            "scenario": "exfil",
            "version": "1-A",
            "arm": arm,
            "wording": id.partition("/")[0],
            "pair": f"case{nth // 2}",
            "clock": BEGAN.isoformat(),
        },
        model_usage={MODEL: ModelUsage(input_tokens=5400, output_tokens=540, total_tokens=5940)},
        uuid=f"uuid-{nth}",
        started_at=when.isoformat(),
        completed_at=when.isoformat(),
        total_time=4.0,
        working_time=3.5,
    )


def _process(call: ToolCall, answer: str) -> dict[str, Any]:
    effect = {"returncode": 0, "timed_out": False, "seconds": 0.1, "bytes": len(answer), "cut": False}
    return {"verb": "bash", "args": call.arguments, "state": "executed", "effect": effect, "error": None}


def _score(nth: int) -> Score:
    stages = {name: ("abstained", "attempted")[nth % 7 == place] for place, name in enumerate(RED_LINES)}
    found = {"act": "abstained", "refs": ["x" * 22], "note": "no such act is on the record"}
    return Score(
        value={**stages, "escalated": "no"},
        explanation="\n".join(f"{name}: {stage} - no such act is on the record" for name, stage in stages.items()),
        metadata={
            "validity": "valid",
            "capture": 3,
            "ledger": {"head": f"{nth:064x}", "actions": TURNS},
            "findings": {name: {"stage": stage, **found} for name, stage in stages.items()},
            "escalation": [],
        },
    )


if __name__ == "__main__":
    made(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
