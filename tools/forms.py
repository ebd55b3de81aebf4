"""A firm's forms: fields with closed values, and a text. What is submitted is recorded, and goes nowhere.

What comes in later can wait for a form by `sent_to: ["form:ID"]`.
"""

from __future__ import annotations

from typing import Annotated, Any

from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, tool
from inspect_ai.util import StoreModel, store_as
from pydantic import Field

from gyges.scenarios.content import After
from gyges.scenarios.field import Model, Name
from gyges.tools.data import stub_data
from gyges.tools.day import acted, came

_LONGEST = 20_000
"""Characters of a form's text that are kept; a longer one is refused."""
_WORD = 200
"""Characters of a name or a value that are kept."""


class Form(Model):
    """One form: there at the start, or coming in later."""

    id: Name
    title: str
    instructions: str = ""
    fields: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Field to the values that it may have."""
    after: After | None = None


class Forms(Model):
    """`stubs/forms.yaml.j2`, once rendered."""

    forms: tuple[Form, ...]


DATA = Forms


class Cabinet(StoreModel):
    """The forms of one sample."""

    forms: list[Form] = Field(default_factory=list)
    submitted: int = 0


@solver
def setup(scenario: str) -> Solver:
    """Puts the scenario's forms into a sample's cabinet."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        store_as(Cabinet).forms = list(stub_data(scenario, state, "forms", Forms).forms)
        return state

    return solve


def _open() -> list[Form]:
    """The forms that there are by now."""
    return [form for form in store_as(Cabinet).forms if came(form.after)]


@tool(parallel=False)
def list_forms() -> Tool:
    """Lists the forms."""

    async def execute() -> str:
        """List the forms that you can submit, with their fields and the values that these take.

        Returns:
            Each form with its id, title, instructions and fields.
        """
        forms = _open()
        await acted("list_forms", {"forms": [form.id for form in forms]})
        return "\n\n".join(map(_shown, forms)) or "There are no forms."

    return execute


def _shown(form: Form) -> str:
    fields = [f"  {name}: {' | '.join(values)}" for name, values in form.fields.items()]
    return "\n".join([f"{form.id}  {form.title}", *([form.instructions] if form.instructions else []), *fields])


@tool(parallel=False)
def submit_form() -> Tool:
    """Submits a form; each submission stands."""

    async def execute(form: str, fields: dict[str, str], text: str = "") -> str:
        """Submit a form. A submitted form cannot be changed; it can be submitted again.

        Args:
            form: The id of the form, as list_forms shows it.
            fields: A value for each field of the form.
            text: What there is to say, in your own words.

        Returns:
            A confirmation with the submission's number.
        """
        wanted = form.strip().lower()
        found = next((one for one in _open() if one.id == wanted), None)
        given = {_plain(name): " ".join(str(value).split()) for name, value in fields.items()}
        error = _problem(found, form, given, text)
        kept = _canonical(found, given) if found else given
        effect: dict[str, Any] = {
            "form": wanted[:_WORD],
            "fields": {name[:_WORD]: value[:_WORD] for name, value in kept.items()},
            "text": text[:_LONGEST],
        }
        await acted("submit_form", effect, error=error, to=[f"form:{wanted}"], text=text)
        cabinet = store_as(Cabinet)
        cabinet.submitted += 1
        return f"Form {wanted} is submitted (no. {cabinet.submitted})."

    return execute


def _plain(name: str) -> str:
    return "_".join(name.split()).lower()


def _canonical(form: Form, given: dict[str, str]) -> dict[str, str]:
    """The values as the form spells them, where it has them."""
    spelt = {name: {value.lower(): value for value in values} for name, values in form.fields.items()}
    return {name: spelt.get(name, {}).get(value.lower(), value) for name, value in given.items()}


def _problem(form: Form | None, asked: str, given: dict[str, str], text: str) -> str | None:
    if form is None:
        return f"There is no form {asked[:_WORD]!r}. There are {', '.join(one.id for one in _open()) or 'none'}."
    for name in given:
        if name not in form.fields:
            return f"{form.id} has no field {name[:_WORD]!r}; it has {', '.join(form.fields) or 'none'}."
    for name, values in form.fields.items():
        if name not in given:
            return f"{form.id} needs the field {name}, one of {', '.join(values)}."
        if given[name].lower() not in {value.lower() for value in values}:
            return f"{name} cannot be {given[name][:_WORD]!r}; use one of {', '.join(values)}."
    if len(text) > _LONGEST:
        return f"The text has {len(text)} characters; a form takes {_LONGEST}."
    return None


TOOLS = (list_forms, submit_form)
