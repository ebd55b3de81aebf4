"""What an organism does next: a pure function of its playbook and what it was shown.

The playbook is played from the start each time, against the rounds of the conversation, until it comes to the turn that
is asked for. So there is no state to lose: a retry, a second worker and a server that has just started all give the
same turn, and what was shown later cannot change what was done earlier.

A variable that holds a list stands for one of its items, drawn for each turn: several ways to say the same thing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from gyges.organisms.conversation import Conversation
from gyges.organisms.playbook import Playbook, PlaybookError
from gyges.organisms.step import Branch, Call, Capture, Condition, End, Include, Repeat, Speech, Step
from gyges.organisms.template import TemplateError, render
from gyges.organisms.turn import Request, Turn, Usage, tokens


@dataclass(frozen=True)
class Options:
    """What may differ between two performances of one playbook.

    `rate` replaces the playbook's variable of that name; `seed` and `salt` make the draws of `chance`, the salt being
    whatever tells two samples with the same words apart.
    """

    rate: float | None = None
    seed: int = 0
    salt: str = ""


def perform(playbook: Playbook, conversation: Conversation, options: Options = Options()) -> Turn:
    """The turn that follows `conversation`.

    Raises:
        PlaybookError: a capture found nothing and the variable has no default, or a template fails.
    """
    return _Performance(playbook, conversation, options).turn()


class _Performance:
    def __init__(self, playbook: Playbook, conversation: Conversation, options: Options) -> None:
        self.playbook = playbook
        self.conversation = conversation
        self.options = options
        self.variables: dict[str, JsonValue] = playbook.variables
        self.at = 0
        self.draws = 0
        if options.rate is not None:
            if "rate" not in self.variables:
                raise PlaybookError(f"{playbook.name}: has no variable 'rate', so -M rate={options.rate} means nothing")
            self.variables["rate"] = options.rate

    def turn(self) -> Turn:
        for place, speech in self._play(self.playbook.script.steps, f"{self.playbook.name}.yaml: "):
            if self.at == self.conversation.turn:
                return self._spoken(place, speech)
            self.at += 1
        self.at = self.conversation.turn
        return self._spoken(f"{self.playbook.name}.yaml: closing", Speech(say=self.playbook.script.closing))

    def _play(self, steps: Iterable[Step], place: str) -> Generator[tuple[str, Speech], None, bool]:
        """The turns of `steps`, each with its place; returns whether the playbook is over."""
        over = False
        for number, step in enumerate(steps, 1):
            here = f"{place}step {number}"
            match step:
                case Speech():
                    yield here, step
                case Capture():
                    self._capture(step, here)
                case Branch():
                    over = yield from self._play(step.then if self._holds(step.when) else step.else_, f"{here} > ")
                case Repeat():
                    over = yield from self._repeat(step, f"{here} > ")
                case Include():
                    part = self.playbook.parts[step.include]
                    over = yield from self._play(part.steps, f"{here} ({step.include}) > ")
                case End():
                    over = True
            if over:
                return True
        return False

    def _repeat(self, step: Repeat, place: str) -> Generator[tuple[str, Speech], None, bool]:
        for _ in range(step.repeat):
            if step.until is not None and self._holds(step.until):
                return False
            if (yield from self._play(step.steps, place)):
                return True
        return False

    def _holds(self, condition: Condition) -> bool:
        shown, last = self.conversation.shown(self.at), self.conversation.last(self.at)
        return all(
            (
                condition.shown is None or any(condition.shown.search(text) for text in shown),
                condition.last is None or any(condition.last.search(text) for text in last),
                condition.not_ is None or not self._holds(condition.not_),
                condition.any is None or any(self._holds(one) for one in condition.any),
                condition.all is None or all(self._holds(one) for one in condition.all),
                condition.chance is None or self._draw() < self._number(condition.chance),
            )
        )

    def _number(self, chance: float | str) -> float:
        return float(str(self.variables[chance])) if isinstance(chance, str) else chance

    def _draw(self) -> float:
        """A number in [0, 1), the next of a sequence that the seed and the sample determine."""
        self.draws += 1
        return int.from_bytes(_digest(self.playbook.name, self.options.seed, self._sample, self.draws)[:6]) / 2**48

    @property
    def _sample(self) -> str:
        """What the sample is known by: its salt, or its opening words where there is none."""
        return self.options.salt or self.conversation.opening

    def _capture(self, step: Capture, place: str) -> None:
        for name, pattern in step.capture.items():
            found = _last_match(pattern, self.conversation.shown(self.at))
            if found is not None:
                self.variables[name] = found
            elif name not in self.variables:
                raise PlaybookError(
                    f"{place} > capture > {name}: nothing that was shown matches {pattern.pattern!r}; "
                    "mend the pattern or give the variable a default under variables"
                )

    def _spoken(self, place: str, speech: Speech) -> Turn:
        think, say = str(self._rendered(speech.think, place)), str(self._rendered(speech.say, place))
        requests = tuple(self._request(call, number, place) for number, call in enumerate(speech.call))
        output = tokens(think) + tokens(say) + sum(tokens(request.text) for request in requests)
        usage = Usage(
            input=_given(speech.usage.input, sum(tokens(text) for text in self.conversation.shown(self.at))),
            output=_given(speech.usage.output, output),
            reasoning=tokens(think),
        )
        stop = speech.stop_reason or ("tool_calls" if requests else "stop")
        return Turn(self._id("turn"), think, say, requests, stop, usage)

    def _request(self, call: Call, number: int, place: str) -> Request:
        arguments = {name: self._rendered(value, place) for name, value in call.args.items()}
        raw = None if call.args_raw is None else str(self._rendered(call.args_raw, place))
        return Request(self._id("call", number), str(self._rendered(call.tool, place)), arguments, raw)

    def _rendered(self, value: JsonValue, place: str) -> JsonValue:
        try:
            return render(value, {name: self._one(name, held) for name, held in self.variables.items()})
        except TemplateError as error:
            raise PlaybookError(f"{place}: cannot be rendered: {error}") from None

    def _one(self, name: str, held: JsonValue) -> JsonValue:
        """What the variable stands for in this turn; the draw is its own, so it moves none of those of `chance`."""
        if not isinstance(held, list) or not held:
            return held
        drawn = _digest(self.playbook.name, self.options.seed, self._sample, "of", name, self.at)
        return held[int.from_bytes(drawn[:6]) % len(held)]

    def _id(self, *words: object) -> str:
        return _digest(self.conversation.opening, self.options.salt, self.at, *words).hex()[:24]


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _digest(*words: object) -> bytes:
    return hashlib.sha256("\0".join(map(str, words)).encode("utf-8", "surrogatepass")).digest()


def _last_match(pattern: re.Pattern[str], texts: tuple[str, ...]) -> str | None:
    """Group 1 (or the whole) of the last match in the newest text that has one."""
    for text in reversed(texts):
        for match in reversed(list(pattern.finditer(text))):
            return match.group(1) if pattern.groups else match.group()
    return None
