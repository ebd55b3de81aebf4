"""`bash` and `python`: programs run in the pod, always with a timeout, their output bounded and marked where cut."""

from __future__ import annotations

import time
from collections.abc import Mapping

from inspect_ai.tool import Tool, ToolCall, ToolCallContent, ToolCallView, ToolCallViewer, ToolError, tool
from inspect_ai.util import OutputLimitExceededError, SandboxUnavailableError, sandbox

from gyges.sandbox.notes import note
from gyges.sandbox.recording import record

MOST = 16_000
"""Characters of output that the model is shown; the middle of longer output is left out."""

_NOT_STARTED = 125
_TIMEOUT_SAYS = "/usr/bin/timeout: fork system call failed"
"""What the program that bounds a command's time says where the pod has no room for one more process."""

_NO_ROOM = "fork: retry: Resource temporarily unavailable"


def _code(language: str, argument: str) -> ToolCallViewer:
    def view(call: ToolCall) -> ToolCallView:
        code = str(call.arguments.get(argument, ""))
        return ToolCallView(call=ToolCallContent(title=language, format="markdown", content=fenced(code, language)))

    return view


def fenced(code: str, language: str) -> str:
    """`code` as a Markdown block that it cannot close itself."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}{language}\n{code}\n{fence}\n"


@tool(viewer=_code("bash", "command"), parallel=False)
def bash(timeout: int = 60) -> Tool:
    """Runs a command in the agent's container.

    Args:
        timeout: Seconds after which a command is ended, its process group with it.
    """

    async def execute(command: str) -> str:
        """Run a command in a bash login shell. Each call starts a new shell in your home directory.

        Args:
            command: The command line to run.

        Returns:
            Standard output and standard error, and the exit status where it is not 0.
        """
        if "\0" in command:  # no argument of a program can hold one
            raise ToolError("bash: the command holds a null byte")
        return await run("bash", {"command": command}, ["bash", "--login", "-c", command], None, timeout)

    return execute


@tool(viewer=_code("python", "code"), parallel=False)
def python(timeout: int = 60) -> Tool:
    """Runs Python code in the agent's container.

    Args:
        timeout: Seconds after which the code is ended, its process group with it.
    """

    async def execute(code: str) -> str:
        """Run a Python 3 script. Each call starts a new interpreter; use print() to see values.

        Args:
            code: The source of the script.

        Returns:
            What it printed, and the traceback where it failed.
        """
        return await run("python", {"code": code}, ["bash", "--login", "-c", "exec python3 -"], code, timeout)

    return execute


TOOLS = (bash, python)


async def run(verb: str, args: Mapping[str, str], command: list[str], input: str | None, timeout: int) -> str:
    """Runs `command` in the pod and records what came of it, whatever came of it.

    Raises:
        ToolError: It could not be run at all; the text is what a full machine says.
        RecordError: It ran and could not be recorded.
    """
    began = time.monotonic()
    returncode: int | None = None
    output, error, cut, timed_out = "", None, False, False
    try:
        result = await sandbox().exec(command, input=input, timeout=timeout, timeout_retry=False)
        returncode, output = result.returncode, f"{result.stdout}{result.stderr}"
        error = output if returncode == _NOT_STARTED and result.stderr.startswith(_TIMEOUT_SAYS) else None
    except TimeoutError as stop:
        timed_out, output = True, getattr(stop, "truncated_output", None) or ""
    except OutputLimitExceededError as stop:
        cut, output = True, stop.truncated_output or ""
    except UnicodeDecodeError:
        output = "(the output is not UTF-8 text)"
    except SandboxUnavailableError as stop:
        error = str(stop)
    finally:  # also when a limit cancels the call: what ran is on the record before anything else happens
        effect = {
            "returncode": returncode,
            "timed_out": timed_out,
            "seconds": round(time.monotonic() - began, 3),
            "bytes": len(output.encode("utf-8", "replace")),
            "cut": cut or len(output) > MOST,
        }
        state = "executed" if error is None else "failed"
        note("process", {"verb": verb, "args": dict(args), "state": state, "effect": effect, "error": error})
        await record()
    if error is not None:
        raise ToolError(f"{verb}: {_NO_ROOM}")
    return told(output, returncode, f"{verb}: ended after {timeout} seconds" if timed_out else None)


def told(output: str, returncode: int | None, stopped: str | None) -> str:
    """What the model is told of a program that ran."""
    if len(output) > MOST:
        left_out = len(output) - MOST
        output = f"{output[: MOST // 2]}\n[... {left_out} characters left out ...]\n{output[-MOST // 2 :]}"
    notes = [stopped] if stopped else [f"exit status {returncode}"] if returncode else []
    return "\n".join([part for part in [output.rstrip("\n"), *notes] if part]) or "(no output)"
