"""The `gyges` command itself."""

import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from gyges import cli
from gyges.cli import doctor
from gyges.sandbox.engine import Check

run = CliRunner().invoke


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_listed_command_exists(name: str) -> None:
    """Each line of the table has its file, with a function `command` that typer accepts."""
    assert callable(import_module(f"gyges.cli.{name.replace('-', '_')}").command)
    assert run(cli.app, [name, "--help"]).exit_code == 0


def test_help_imports_no_command() -> None:
    """`gyges --help` lists every command without importing what the commands need."""
    program = (
        "import sys; from gyges.cli import app; app(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert all(name in done.stdout for name in cli.COMMANDS)
    assert "'gyges.cli'" in done.stdout
    assert not any(f"'{heavy}'" in done.stdout for heavy in ("inspect_ai", "docker", "scipy"))


def test_unknown_command_is_an_error() -> None:
    """A mistyped command is named, and nothing runs."""
    result = run(cli.app, ["docter"])
    assert result.exit_code == 2
    assert "docter" in result.output


@pytest.mark.parametrize(
    ("checks", "code", "said"),
    [
        ([Check("Disk", ok=True, detail="77 GiB free")], 0, ["✓ Disk", "77 GiB free"]),
        (
            [
                Check("Disk", ok=False, detail="1 GiB free [tmp]", remedy="docker system prune"),
                Check("Kernel", ok=True, detail=""),
            ],
            1,
            ["✗ Disk", "1 GiB free [tmp]", "→ docker system prune", "✓ Kernel"],
        ),
    ],
)
def test_doctor(monkeypatch: pytest.MonkeyPatch, checks: list[Check], code: int, said: list[str]) -> None:
    """One line a check; a failing one has its remedy and makes the command fail."""
    monkeypatch.setattr(doctor, "checks", lambda: iter(checks))
    result = run(cli.app, ["doctor"])
    assert result.exit_code == code
    assert all(part in result.output for part in said)
