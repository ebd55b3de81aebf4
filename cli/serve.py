"""`gyges serve`: an organism behind the protocols that real models speak."""

from __future__ import annotations

from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.markup import escape

from gyges.organisms import Organism, PlaybookError
from gyges.organisms.server import Service

PREFIX = "organism/"


def command(
    model: Annotated[str, typer.Argument(help="The organism, as organism/NAME.", metavar="organism/NAME")],
    host: Annotated[str, typer.Option(help="Address to listen on; others than loopback are open to your network.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
    scenario: Annotated[str | None, typer.Option(help="Id or folder of the scenario whose playbook to play.")] = None,
    args: Annotated[
        list[str] | None, typer.Option("-M", help="playbook=FILE, rate=P or seed=N; may be given repeatedly.")
    ] = None,
) -> None:
    """Serve an organism over the Anthropic Messages and the OpenAI Chat Completions protocol."""
    try:
        service = Service(_organism(model, scenario, args or []), host, port)
    except PlaybookError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    console = Console(highlight=False, soft_wrap=True)
    if not service.loopback:
        console.print(f"[yellow]{escape(host)} is no loopback address: whoever reaches it can use this server.[/]")
    console.print(instructions(service), markup=False)
    service.run()


def instructions(service: Service) -> str:
    """The base URL and the command lines that use it."""
    name, scenario = service.organism.name, service.organism.scenario or "exfil"
    return f"""\
{PREFIX}{name} is served at {service.url} (end with Ctrl-C)

  ANTHROPIC_BASE_URL={service.url} ANTHROPIC_API_KEY=none \\
    inspect eval gyges/{scenario} --model anthropic/{name}

  ORGANISM_BASE_URL={service.url}/v1 ORGANISM_API_KEY=none \\
    inspect eval gyges/{scenario} --model openai-api/{PREFIX}{name}
"""


def _organism(model: str, scenario: str | None, args: list[str]) -> Organism:
    if not model.startswith(PREFIX) or model == PREFIX:
        raise PlaybookError(f"{model!r} is no organism; write it as {PREFIX}NAME")
    given = {"scenario": scenario} if scenario is not None else {}
    for arg in args:
        key, equals, value = arg.partition("=")
        if not equals or not key:
            raise PlaybookError(f"-M {arg}: write it as NAME=VALUE")
        given[key] = yaml.safe_load(value)
    organism = Organism.of(model.removeprefix(PREFIX), **given)
    organism.playbook()  # no sample tells a server whose playbook is meant
    return organism
