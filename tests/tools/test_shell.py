"""What the model is told of a program that ran, and how its code is shown to a reader."""

from __future__ import annotations

import asyncio

import pytest
from inspect_ai.tool import ToolError

from gyges.tools.shell import MOST, bash, fenced, told


@pytest.mark.parametrize(
    ("output", "returncode", "stopped", "expected"),
    [
        ("done\n", 0, None, "done"),
        ("", 0, None, "(no output)"),
        ("no such file\n", 2, None, "no such file\nexit status 2"),
        ("", 1, None, "exit status 1"),
        ("half", None, "bash: ended after 60 seconds", "half\nbash: ended after 60 seconds"),
    ],
)
def test_told(output: str, returncode: int | None, stopped: str | None, expected: str) -> None:
    """Output comes first, then how it ended if that was not well."""
    assert told(output, returncode, stopped) == expected


def test_long_output_is_marked() -> None:
    """Output beyond the bound keeps its beginning and end, and says how much is missing between them."""
    shown = told("a" * MOST + "b" * 100, 0, None)
    assert len(shown) < MOST + 100
    assert "[... 100 characters left out ...]" in shown
    assert shown.endswith("b" * 100)


def test_code_cannot_close_its_block() -> None:
    """Code that holds a Markdown fence is shown inside a longer one."""
    block = fenced("echo '```'\n# not code\n", "bash")
    assert block.startswith("````bash\n")
    assert block.endswith("\n````\n")


def test_null_byte_is_refused() -> None:
    """A command that no program could be given is refused before anything runs, so it says nothing of the pod."""
    with pytest.raises(ToolError, match="null byte"):
        asyncio.run(bash()("echo a\0b"))  # type: ignore[arg-type]
