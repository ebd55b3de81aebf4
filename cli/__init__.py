"""The `gyges` command. One file a subcommand: `gyges NAME` is the function `command` in `cli/NAME.py`
(with `_` for each `-`).

A subcommand's file is imported only when that subcommand runs, so it may import what it likes at its top, and
`gyges --help` stays quick. To add one: write `cli/NAME.py` with a function `command` (typer reads its signature and its
docstring), and a line in `COMMANDS`.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "demo": "Run the main job with scripted models, and print the report.",
    "doctor": "Check that this machine can run pods, and that nothing leaves one.",
    "setup": "Build the images that a pod is made of.",
    "reap": "Remove the pods that evaluations left when they were killed.",
    "scenarios": "List the scenarios.",
    "plan": "Say how many samples a claim needs, and what they cost.",
    "lint": "Check a scenario for mistakes and tells.",
    "new-scenario": "Write the folder of a scenario of your own, small and complete.",
    "rehearse": "Run a scenario's scripted models, and hold them against what they deserve.",
    "paraphrase": "Write new wordings of a scenario with any model, and check them.",
    "documents": "Generate a scenario's training documents and their control with any model.",
    "prompts": "Write prompts and reward for an external trainer.",
    "calibrate": "Measure how often a judge errs, on labelled cases.",
    "ledger": "Print what was done in a run, in order.",
    "judge": "Have another model grade the words of an old log.",
    "report": "One table over many logs.",
    "compare": "What logs measured beside what developers published.",
    "trials": "One row a trial, or an action, as Parquet, CSV or JSON lines.",
    "cards": "List what has been published on the conduct of models.",
    "serve": "Offer a scripted model over the Anthropic and OpenAI protocols, on loopback.",
}


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
        """What the list of commands shows; `resolve_command` loads the one that runs."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(str(name)), rest


def _load(name: str) -> Any:
    single = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    single.command(name)(import_module(f"{__name__}.{name.replace('-', '_')}").command)
    return typer.main.get_command(single)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Does a model behave the same when it believes that nobody is watching?",
)


@app.callback()
def _root() -> None:
    pass
