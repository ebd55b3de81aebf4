"""`gyges reap`: what runs that died left behind."""

from typing import Annotated

import typer
from docker.errors import DockerException
from requests import RequestException
from rich.console import Console

from gyges.sandbox.provider import owners
from gyges.sandbox.provider.spec import PodError


def command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove the pods of evaluations that no longer run, and keep their records.

    Every evaluation does so when it begins. A pod whose evaluation runs, or may run where this command cannot see it,
    is left alone.
    """
    console = Console(highlight=False)
    try:
        found = owners.left()
        for pod in found:
            console.print(_line(pod, dry_run=dry_run), markup=False, soft_wrap=True)
    except (PodError, DockerException, RequestException) as error:
        Console(stderr=True).print(f"[red]{error}")
        raise typer.Exit(1) from error
    if not found:
        console.print("No pods.")


def _line(pod: owners.Left, *, dry_run: bool) -> str:
    owner = f"pid {pod.owner.pid}" if pod.owner else "nobody known"
    held = f"{len(pod.containers)} containers"
    if pod.state == "alive":
        return f"{pod.id}  kept     {held}, of {owner}, which runs"
    if pod.state == "unknown":
        way_out = (
            f"docker rm -f {' '.join(id[:12] for id in pod.containers)}" if pod.containers else f"rm -r {pod.folder}"
        )
        return f"{pod.id}  kept     {held}, of {owner}, which cannot be seen from here; if it is dead: {way_out}"
    if dry_run:
        return f"{pod.id}  dead     {held}, of {owner}; would be removed"
    records = owners.remove(pod)
    return f"{pod.id}  removed  {held}, of {owner}" + (f"; its records are in {records}" if records else "")
