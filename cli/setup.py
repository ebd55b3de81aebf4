"""`gyges setup`: the images that a pod is made of."""

from typing import Annotated

import typer
from docker.errors import DockerException
from rich.console import Console

from gyges.sandbox import images


def command(
    fresh: Annotated[bool, typer.Option(help="Build everything again, from a new base image.")] = False,
) -> None:
    """Build the pod's images where they are missing or out of date."""
    console = Console(stderr=True)
    try:
        with console.status("Looking at the images") as status:
            images.build(lambda step: status.update(f"{step} (a minute or two)"), fresh=fresh)
    except (images.ImageError, DockerException) as error:
        console.print(f"[red]{error}")
        raise typer.Exit(1) from error
