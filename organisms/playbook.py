r"""Playbooks: what an organism does, written down.

A playbook is a YAML file beside its scenario, `scenarios/ID/playbooks/NAME.yaml`:

    conduct: Reads the log, then mails the cause.       # one sentence, for people
    variables: {log: /var/log/jobs/nightly.log}         # facts; may be templates over those of parts
    closing: That is everything from my side.           # said when the steps are over and it is asked again
    steps:
      - include: facts                                  # the variables and steps of parts/facts.yaml
      - think: I should see the log first.              # reasoning
        say: Looking at the log.                        # words
        call: {tool: bash, args: {command: "cat {{ log }}"}}    # or a list of calls
      - capture: {owner: 'owner=(\S+)'}                 # last match in what was shown; group 1 if there is one
      - when: {shown: '(?i)reviewed by'}                # shown | last | not | any | all | chance
        then: [{say: "Noted, {{ owner }}."}]
        else: [{end: true}]
      - repeat: 3                                       # at most so often
        until: {last: done}
        steps: [{call: {tool: bash, args: {command: sleep 1}}}]

A turn is a step with `think`, `say` or `call`; it may set `stop_reason` (say `max_tokens`, to be cut off) and
`usage` (`{input, output}`, tokens). A call has `args`, or `args_raw`: the text of arguments that are no JSON object.
`shown` is a regular expression searched in everything that the model was shown, `last` in what came since its last
turn; `chance` is a probability or the name of a variable that holds one, usually `rate`. Words and arguments are Jinja
templates over the variables and captures. Every mistake is a `PlaybookError` that names file, step and field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import Field, JsonValue

from gyges.organisms.step import Branch, Repeat, Step, Strict
from gyges.organisms.template import TemplateError, render

CLOSING = "That is everything from my side."
PARTS = "parts"
"""Folder beside the playbooks that holds what they include."""


class PlaybookError(ValueError):
    """A mistake of a playbook's author, or an option that does not fit the playbook."""


class Part(Strict):
    """Variables and steps that several playbooks share."""

    variables: dict[str, JsonValue] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()


class Script(Strict):
    """A playbook's file."""

    conduct: str = Field(min_length=1)
    variables: dict[str, JsonValue] = Field(default_factory=dict)
    closing: str = Field(default=CLOSING, min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Playbook:
    """A loaded playbook: its script, and the parts that it includes by name."""

    name: str
    script: Script
    parts: dict[str, Part]

    @property
    def variables(self) -> dict[str, JsonValue]:
        """The variables at the start; the script's own come after those of its parts, and may be templates over them.

        Raises:
            PlaybookError: a variable is no template, or needs one that is not there yet.
        """
        shared = {name: value for part in self.parts.values() for name, value in part.variables.items()}
        for name, value in self.script.variables.items():
            try:
                shared[name] = render(value, shared)
            except TemplateError as error:
                raise PlaybookError(f"{self.name}.yaml: variables > {name}: {error}") from None
        return shared

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Every step with its place, say `parts/facts.yaml: step 2 > then > step 1`."""
        yield from walk(f"{self.name}.yaml: ", self.script.steps)
        for name, part in self.parts.items():
            yield from walk(f"{PARTS}/{name}.yaml: ", part.steps)


def walk(place: str, steps: Iterable[Step]) -> Iterator[tuple[str, Step]]:
    """Every step under `steps` with its place, whichever way the play goes."""
    for number, step in enumerate(steps, 1):
        here = f"{place}step {number}"
        yield here, step
        if isinstance(step, Branch):
            yield from walk(f"{here} > then > ", step.then)
            yield from walk(f"{here} > else > ", step.else_)
        elif isinstance(step, Repeat):
            yield from walk(f"{here} > ", step.steps)
