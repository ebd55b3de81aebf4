"""Derives a ledger from the events of one sample.

What was *requested* stands in `ModelEvent`s (the only place that also has calls cut off by a limit), what was
dispatched in `ToolEvent`s, and what it did in `InfoEvent`s whose source begins with `gyges/`, which the stubs write
before they return. Stubs run one at a time, so an `InfoEvent` belongs to the last `ToolEvent` before it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from inspect_ai.event import Event, InfoEvent, ModelEvent, SampleLimitEvent, SpanBeginEvent, ToolEvent
from inspect_ai.log import EvalSample, resolve_sample_attachments
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ContentReasoning, ContentText
from inspect_ai.tool import ToolCall, ToolCallError

from .action import Shown, State
from .canary import Canary
from .chain import chained
from .ledger import Ledger
from .network import NetworkRecord
from .processes import ProcessRecord
from .stream import Stream

CAPTURES_EVERYTHING = 3
"""The capture level at which a command without a record is a hole in it."""

_SCORERS_SPAN = "scorers"
_CUT_STOPS = frozenset({"max_tokens", "model_length"})


def ledger_of(sample: EvalSample) -> Ledger:
    """The ledger of a logged sample (read with its events)."""
    return ledger_from_events(resolve_sample_attachments(sample).events)


def ledger_from_events(events: Sequence[Event]) -> Ledger:
    """The ledger of one sample's events, in log order. Events of scoring, and of models in a role, are left out."""
    derivation = _Derivation()
    for event in events:
        if isinstance(event, SpanBeginEvent) and event.name == _SCORERS_SPAN:
            break
        derivation.read(event)
    return derivation.finish()


class _Derivation:
    def __init__(self) -> None:
        self.contents: list[dict[str, Any]] = []
        self.asked: list[tuple[ToolCall, ModelEvent]] = []
        self.call: dict[str, Any] | None = None
        self.cut = False
        self.network = NetworkRecord()
        self.processes = ProcessRecord()
        self.bodies: dict[str, bytes] = {}
        self.canaries: tuple[Canary, ...] = ()
        self.capture: int | None = None
        self.images: Mapping[str, str] = {}
        self.end: Mapping[str, Any] | None = None
        self.shown: dict[str, Shown] = {}
        self.said: list[Shown] = []
        self.limit: str | None = None
        self.turns = 0
        self.filtered = False
        self.sources = {
            "pod": self._pod,
            "tool": self._stub,
            "process": self._process,
            "exec": self._exec,
            "processes": self._processes,
            "network": self._network,
            "files": self._files,
        }

    def read(self, event: Event) -> None:
        match event:
            case ModelEvent(role=None):
                self._model(event)
            case ToolEvent():
                self._tool(event)
            case SampleLimitEvent():
                self.limit = event.type
                self.cut = True
            case InfoEvent(source=str(source)) if source.startswith("gyges/"):
                data = cast(Mapping[str, Any], event.data)
                self.sources[source.removeprefix("gyges/")](event, data)

    def finish(self) -> Ledger:
        self._undispatched()
        return Ledger(
            actions=chained(self.contents),
            bodies=self.bodies | self.network.bodies,
            canaries=self.canaries,
            capture=self.capture,
            images=self.images,
            shown=tuple(self.shown.values()),
            said=tuple(self.said),
            faults=tuple(self._faults()),
            limit=self.limit,
            turns=self.turns,
            filtered=self.filtered,
        )

    def _faults(self) -> Iterable[str]:
        yield from (*self.network.faults, *self.processes.faults)
        if self.capture is None:
            yield "the record has no ready marker: no pod was prepared for this sample"
        streams: dict[str, Stream] = {"network": self.network}
        if (self.capture or 0) > 1:
            streams["processes"] = self.processes
        for name, stream in streams.items():
            if not stream.ready:
                yield f"the witness never said that it was ready to record the {name}"
        if self.end is None:
            yield "the record has no end marker: what happened after the last tool call is unknown"
            return
        ends = self.end.get("streams") or {"network": self.end.get("witness")}
        for name, stream in streams.items():
            if ends.get(name) != {"records": stream.total, "head": stream.head}:
                yield f"the record of the {name} ends at witness record {stream.total}, the witness at {ends.get(name)}"
        if self.capture == CAPTURES_EVERYTHING and (lost := self.processes.unrecorded()):
            yield f"{len(lost)} commands ran and none of their processes is on the record"

    # What the model asked for, and what it was shown.

    def _model(self, event: ModelEvent) -> None:
        self._undispatched()
        for message in event.input:
            self._show(message)
        if event.error is not None or not event.output.choices:
            return
        self.turns += 1
        choice = event.output.choices[0]
        self.filtered = choice.stop_reason == "content_filter"
        self.cut = choice.stop_reason in _CUT_STOPS
        self._say(choice.message)
        for call in choice.message.tool_calls or []:
            self.asked.append((call, event))

    def _show(self, message: ChatMessage) -> None:
        if message.role != "assistant" and message.id is not None and message.id not in self.shown:
            error = getattr(message, "error", None)
            text = f"{message.text}\n{error.message}" if error else message.text
            self.shown[message.id] = Shown(ref=message.id, text=text)

    def _say(self, message: ChatMessageAssistant) -> None:
        parts = [ContentText(text=message.content)] if isinstance(message.content, str) else message.content
        for part in parts:
            text = part.reasoning if isinstance(part, ContentReasoning) else getattr(part, "text", "")
            if text:
                self.said.append(Shown(ref=message.id or "", text=text))

    def _undispatched(self) -> None:
        for call, event in self.asked:
            state: State = "malformed" if call.parse_error else "cut_off" if self.cut else "requested"
            self._add_call(call.id, call.function, call.arguments, state, _error(call.parse_error), event)
        self.asked.clear()
        self.cut = False

    def _tool(self, event: ToolEvent) -> None:
        asked = next((pair for pair in self.asked if pair[0].id == event.id), None)
        if asked:
            self.asked.remove(asked)
        error = None if event.error is None else {"type": event.error.type, "message": event.error.message}
        self.call = self._add_call(
            event.id, event.function, event.arguments, _state(event), error, *([asked[1]] if asked else []), event
        )

    def _add_call(
        self,
        id: str,
        function: str,
        arguments: Mapping[str, Any],
        state: State,
        error: Mapping[str, Any] | None,
        *proof: ModelEvent | ToolEvent,
    ) -> dict[str, Any]:
        effect = {"error": error}
        self._add(proof[-1], "tool", function, arguments, state, effect, call=id)
        refs = [event.uuid for event in proof]
        refs += [event.output.choices[0].message.id for event in proof if isinstance(event, ModelEvent)]
        self.contents[-1]["refs"] = [ref for ref in refs if ref]
        return self.contents[-1]

    def _add(
        self,
        event: Event,
        channel: str,
        verb: str,
        args: Mapping[str, Any],
        state: State,
        effect: Mapping[str, Any],
        *,
        at: str | None = None,
        call: str | None = None,
    ) -> None:
        self.contents.append(
            {
                "at": at or event.timestamp.isoformat(),
                "channel": channel,
                "verb": verb,
                "args": dict(args),
                "state": state,
                "effect": dict(effect),
                "call": call or (self.call["call"] if self.call else None),
                "refs": [event.uuid] if event.uuid else [],
            }
        )

    # What the stubs and the pod recorded, one method a source.

    def _pod(self, _: InfoEvent, data: Mapping[str, Any]) -> None:
        if data["state"] == "end":
            self.end = data
            return
        self.capture, self.images = data["capture"], data["images"]
        self.canaries = tuple(Canary(**{**item, "paths": tuple(item["paths"])}) for item in data["canaries"])

    def _process(self, event: InfoEvent, data: Mapping[str, Any]) -> None:
        effect = {**data["effect"], "error": data["error"]}
        self._add(event, "process", data["verb"], data["args"], data["state"], effect)

    def _exec(self, _: InfoEvent, data: Mapping[str, Any]) -> None:
        self.processes.commands[data["key"]] = self.call["call"] if self.call else None

    def _processes(self, event: InfoEvent, data: Mapping[str, Any]) -> None:
        refs = [event.uuid] if event.uuid else []
        self.contents += [{**content, "refs": refs} for content in self.processes.read(data["records"])]

    def _network(self, event: InfoEvent, data: Mapping[str, Any]) -> None:
        for content in self.network.read(data["records"]):
            args, effect, at = content["args"], content["effect"], content["at"]
            session = self.processes.maker(args.get("address"), args.get("port"), effect.get("opened") or at)
            if session is None:
                self._add(event, "network", content["verb"], args, "executed", effect, at=at)
                continue
            belongs = self.processes.belonging(session, at)
            effect |= {"session": session, "late": belongs["late"]}
            self._add(event, "network", content["verb"], args, "executed", effect, at=at, call=belongs["call"])

    def _files(self, event: InfoEvent, data: Mapping[str, Any]) -> None:
        for change in data["changes"]:
            effect = {"before": change["before"], "after": change["after"]}
            self._add(event, "file", change["verb"], {"path": change["path"]}, "executed", effect)
        if error := data.get("error"):
            self._add(event, "file", "unread", {}, "failed", {"error": error})

    def _stub(self, event: InfoEvent, data: Mapping[str, Any]) -> None:
        if self.call is None:
            return
        self.call["effect"] |= {"error": data["error"] or self.call["effect"]["error"], **self._moved(data["effect"])}
        self.call["state"] = data["state"]
        self.call["refs"] += [event.uuid] if event.uuid else []

    def _moved(self, value: Any) -> Any:
        """A stub's effect with every stored payload moved to `bodies`."""
        if isinstance(value, Mapping):
            if "stored" in value and "sha256" in value:
                self.bodies.setdefault(value["sha256"], base64.b64decode(value["stored"]))
                return {k: v for k, v in value.items() if k != "stored"}
            return {k: self._moved(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._moved(v) for v in value]
        return value


def _state(event: ToolEvent) -> State:
    if event.pending:
        return "cut_off"
    match event.error:
        case None:
            return "executed"
        case ToolCallError(type="parsing"):
            return "malformed"
        case ToolCallError(type="approval"):
            return "blocked"
        case ToolCallError(type="cancelled" | "limit"):
            return "cut_off"
        case _:
            return "failed"


def _error(parse_error: str | None) -> dict[str, Any] | None:
    return None if parse_error is None else {"type": "parsing", "message": parse_error}
