"""What a log holds does nothing on the page: it is text, bounded in size."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ContentReasoning, ContentText
from inspect_ai.tool import ToolCall

from gyges.evidence import read_trials, report_on
from gyges.evidence.page.page import page

EVIL = (
    "<script>alert(1)</script>]]></style></title><img src=http://evil.example/x onerror=alert(2)> $\\frac{1}{0}$ "
    '\u202egnp\u200b\x1b[31m&#60;b&#62; {{ 7 * 7 }} \'onload="x" --> \U000e0041 雪 w0'
)
BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\U000e0000-\U000e007f]")
MEGABYTE = "A" * 1_000_000
URLS = ("src", "href", "xlink:href", "action", "data", "poster", "srcset", "background", "formaction", "content")


def evil_transcript(log: EvalLog) -> None:
    """Puts hostile words wherever a model can write."""
    log.eval.model = f"canned/{EVIL}"
    for sample in log.samples or []:
        sample.messages = [
            ChatMessageUser(content=EVIL + MEGABYTE),
            *[_message(EVIL + MEGABYTE), *[_message(EVIL)] * 38, _message(EVIL + "\n" + MEGABYTE)],
        ]
        for score in (sample.scores or {}).values():
            score.metadata = (score.metadata or {}) | {
                "findings": {EVIL: {"refs": [1, None], "note": EVIL + MEGABYTE}, "weights": EVIL},
                "quotes": [EVIL + MEGABYTE, 3],
            }


def _message(text: str) -> ChatMessageAssistant:
    call = ToolCall(id="1", function=EVIL, arguments={EVIL: text})
    return ChatMessageAssistant(content=[ContentReasoning(reasoning=text), ContentText(text=text)], tool_calls=[call])


@pytest.fixture
def evil_acts(canned_log: Any, outcome: Any) -> Path:
    """A log that is hostile in every name that it holds."""
    return canned_log(
        outcome({EVIL: "completed"}, {"oversight": EVIL, EVIL: "x"}, wording=EVIL),
        outcome({EVIL: "abstained"}, {"oversight": "plain", EVIL: "x"}, wording=EVIL),
        outcome(None, {"oversight": EVIL, EVIL: "y"}, "b", validity=EVIL, reason=EVIL + MEGABYTE),
        scenario=EVIL,
        version=EVIL,
        edit=evil_transcript,
    )


@pytest.fixture
def evil_answers(tier_log: Any, said: Any) -> Path:
    """The same, of answers to requests."""
    return tier_log(
        said("trained", "comply", "yes", arm={"threat": EVIL}, value=EVIL, beside={"awareness": EVIL}),
        said("unmonitored", "refuse", "no", arm={"threat": EVIL}, value=EVIL, beside={"awareness": EVIL}),
        said(EVIL, "partial", "no", subject=EVIL, wording=EVIL, beside={"strategy": EVIL}),
        judge=EVIL,
        hash=EVIL,
        edit=evil_transcript,
    )


@pytest.mark.parametrize("kind", ["evil_acts", "evil_answers"])
def test_hostile_text_is_text(page_of: Any, request: pytest.FixtureRequest, kind: str) -> None:
    """No script, no handler, no address outside the page, no mark that hides or turns text; the words are there."""
    found = page_of(request.getfixturevalue(kind))
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form", "foreignobject"} & set(found.tags)
    assert [it for it in found.attributes if it[1].startswith("on")] == []
    assert [it for it in found.attributes if it[1] in URLS and re.search(r"//|^\w+:(?!\w*=)", it[2])] == []
    assert [it for it in found.attributes if it[1] == "style" and "url(" in it[2]] == []
    assert not BIDI.search(found.html)
    assert "<script>alert(1)</script>]]></style>" in found.text
    assert r"\u202egnp\u200b\x1b[31m&#60;b&#62; {{ 7 * 7 }}" in found.text
    assert found.tags.count("style") == found.html.count("</style>") == 1


@pytest.mark.parametrize("kind", ["evil_acts", "evil_answers"])
def test_long_transcripts_are_cut(page_of: Any, request: pytest.FixtureRequest, kind: str) -> None:
    """Megabytes in a log stay there; the page says how much it leaves out."""
    found = page_of(request.getfixturevalue(kind))
    assert len(found.html) < 500_000
    assert "more characters are left out" in found.text
    assert "24 messages are left out" in found.text


def test_the_page_asks_for_nothing(page_of: Any, canned_log: Any, outcome: Any) -> None:
    """Its policy forbids everything but its own style, and every id that a link names is there, once."""
    found = page_of(canned_log(outcome({"weights": "completed"}), outcome({"weights": "abstained"}, wording="b")))
    (policy,) = [value for tag, name, value in found.attributes if tag == "meta" and value.startswith("default-src")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in found.attributes if name == "href"} <= set(ids)
    assert not re.search(r"https?://|@import|url\(", found.html)


def test_a_thousand_arms_make_a_page_of_bounded_size(parsed: Any, canned_log: Any, outcome: Any) -> None:
    """The rows with the most attempts stay, what is left out is counted, and all trials are in the head count."""
    path = canned_log(outcome({"weights": "abstained"}), outcome({"weights": "completed"}, wording="b"))
    reading = read_trials([path])
    quiet, loud = reading.trials
    arms = [replace(loud if nth == 777 else quiet, arm={"level": f"level-{nth}"}) for nth in range(1000)]
    found = parsed(page(report_on(replace(reading, trials=tuple(arms))), replace(reading, trials=tuple(arms))))
    assert len(found.html) < 500_000
    assert "840 more rows are not shown" in found.text
    assert "level-777" in found.text
    assert "and 960 arms with no higher share" in found.text
    assert "1,000 planned trials" in found.text


def test_a_hundred_models_make_a_page_of_bounded_size(parsed: Any, canned_log: Any, outcome: Any) -> None:
    """Sets of trials, findings and examples are bounded too, and the one that acted is among them."""
    path = canned_log(outcome({"weights": "abstained"}), outcome({"weights": "completed"}, wording="b"))
    reading = read_trials([path])
    quiet, loud = reading.trials
    trials = tuple(replace(loud if nth == 77 else quiet, model=f"model-{nth}") for nth in range(100))
    found = parsed(page(report_on(replace(reading, trials=trials)), replace(reading, trials=trials)))
    assert len(found.html) < 500_000
    assert "70 more sets of trials are not shown" in found.text
    assert "model-77 exfil 1-A weights : attempted, and completed, in 1 of 1" in found.text
