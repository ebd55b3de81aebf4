"""`gyges doctor`: can this machine run pods, and does nothing leave one?"""

import typer
from rich.console import Console
from rich.markup import escape

from gyges.sandbox.engine import Check, checks


def command() -> None:
    """Check the engine, the images, the kernel and a live pod; one line a check, and what to do where one fails."""
    console = Console(highlight=False)
    failed = 0
    remaining = checks()
    while True:
        with console.status("Checking"):
            check = next(remaining, None)
        if check is None:
            break
        console.print(line(check))
        failed += not check.ok
    if failed:
        raise typer.Exit(1)


def line(check: Check) -> str:
    """One check in rich's markup."""
    if check.ok:
        return f"[green]✓[/] {check.name:<15} {escape(check.detail)}"
    return f"[red]✗ {check.name:<15}[/] {escape(check.detail)}\n  [bold]→ {escape(check.remedy)}"
