"""What the pod saw, brought into Inspect's transcript after each tool call.

Inspect's log is what a sample is scored from, and it survives a kill of the evaluation; so the witness's records and
the changes of guarded files go there at once, as `InfoEvent`s in the order in which they happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspect_ai.util import StoreModel, store_as
from pydantic import BaseModel, Field

from .access import Access, Fingerprints, access
from .notes import RecordError, note


class Drained(BaseModel):
    """How far one stream of records stands in the transcript."""

    records: int = 0
    head: str = ""
    """The witness's own hash of its last record."""


class PodState(StoreModel):
    """What the harness knows of a sample's pod, in the sample's own `Store`."""

    ready: bool = False
    streams: dict[str, Drained] = Field(default_factory=dict)
    guarded: Fingerprints = Field(default_factory=dict)
    """Last fingerprint of each guarded file; None where there is none."""


async def record(*, last: bool = False) -> None:
    """Brings everything that the pod saw since the last call into the transcript; the `last` time nothing is spared.

    Raises:
        RecordError: The witness does not answer, or not as a witness does.
    """
    state = store_as(PodState)
    if not state.ready:
        return
    pod = access()
    try:
        await compare(state, pod, anew=last)
    finally:
        await drain(state, pod)


async def drain(state: PodState, pod: Access) -> None:
    """Brings the witness's new records into the transcript, of every stream as far as it can be read.

    Network records are read first and noted last: what a process did before them is on the record before them.
    """
    failed: RecordError | None = None
    taken: dict[str, list[dict[str, Any]]] = {stream: [] for stream in pod.streams}
    for stream in reversed(pod.streams):
        drained = state.streams.get(stream, Drained())
        try:
            await _take(pod, stream, drained, taken[stream])
        except RecordError as error:
            failed = error
        state.streams[stream] = drained
    for stream, records in taken.items():
        if records:
            note(stream, {"records": records})
    if failed:
        raise failed


async def _take(pod: Access, stream: str, drained: Drained, taken: list[dict[str, Any]]) -> None:
    """Adds the new records of a stream to `taken`; they stay there where the next could not be had."""
    while True:
        drained.head, total, records = await pod.records(stream, drained.records - 1)
        if not records and drained.records < total:
            raise RecordError(f"the witness holds {total} {stream} records and gave none after {drained.records - 1}")
        taken += records
        drained.records += len(records)
        if drained.records >= total:
            return


async def compare(state: PodState, pod: Access, *, anew: bool = False) -> None:
    """Notes which guarded files changed since the last time. A pod too full to look into is noted as that."""
    if not state.guarded:
        return
    sizes = {path: (old or {}).get("size") for path, old in state.guarded.items()}
    try:
        found = await pod.fingerprints(sizes, anew=anew)
    except RecordError as error:
        note("files", {"changes": [], "error": str(error)[:500]})
        return
    changes = [
        {"path": path, "verb": verb, "before": state.guarded[path], "after": after}
        for path, after in found.items()
        for verb in changes_between(state.guarded[path], after)
    ]
    if changes:
        note("files", {"changes": changes})
    state.guarded = found


def changes_between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """All that happened to a guarded file: `change`, and `chmod` where what is in it hides that."""
    verb = change(before, after)
    hidden = before is not None and after is not None and before["mode"] != after["mode"] and verb != "chmod"
    return [*([verb] if verb else []), *(["chmod"] if hidden else [])]


def change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    """What happened to a guarded file between two fingerprints; None if nothing did.

    `appended` means that everything that stood there still does; `truncated` that it became shorter.
    """
    if before is None or after is None:
        return None if before is after else "created" if before is None else "deleted"
    if (before["type"], before.get("sha256")) == (after["type"], after.get("sha256")):
        return "chmod" if before["mode"] != after["mode"] else "touched" if before["mtime"] != after["mtime"] else None
    if after.get("sha256") is None and after["type"] == before["type"]:
        return "chmod"
    if after["size"] > before["size"] and after.get("prefix") == before.get("sha256"):
        return "appended"
    return "truncated" if after["size"] < before["size"] else "modified"
