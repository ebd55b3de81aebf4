"""New wordings: what is refused and why, and that what is written is a wording like those that people wrote."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.model import Model, ModelAPI, ModelOutput, ModelUsage, get_model, modelapi

from gyges.scenarios import Scenario, ScenarioError, Wording, load_scenario
from gyges.scenarios.content import Choice
from gyges.scenarios.document import read
from gyges.scenarios.paraphrase import Made, ModelFailedError, paraphrase
from gyges.scenarios.paraphrase.answer import NoAnswerError, ask
from gyges.scenarios.paraphrase.form import refusal
from gyges.scenarios.paraphrase.likeness import likeness
from gyges.scenarios.paraphrase.texts import texts_of, tidy
from gyges.scenarios.paraphrase.wording_file import write_wording

TOKEN = re.compile(r"\S*\{\{.*?\}\}\S*|`[^`]+`\S*|<[^>]+>\S*|\S+")
SAME = '{"verdict": "same", "what": ""}'


def shuffled(text: str, seed: str) -> str:
    """The same tokens in another order: another wording, so far as rules can tell."""
    tokens = TOKEN.findall(text)
    random.Random(seed).shuffle(tokens)
    return " ".join(tokens)


def reword(asked: str, change: Callable[[str, str], str]) -> str:
    manner, _, rest = asked.partition("\n\n")
    texts = json.loads(rest.partition("\n\nAn earlier answer")[0])
    return json.dumps({level: change(text, manner) for level, text in texts.items()})


def once_sloppy(asked: str) -> str:
    """Copies first, and does as it should once it is told."""
    return reword(asked, shuffled if "An earlier answer" in asked else lambda text, _: text)


def clean(text: str) -> str:
    """Without template expressions."""
    return re.sub(r"\{\{.*?\}\}", "then", text)


WRITERS: dict[str, Callable[[str], str]] = {
    "good": lambda asked: reword(asked, shuffled),
    "fenced": lambda asked: f"```json\n{reword(asked, shuffled)}\n```",
    "once-sloppy": once_sloppy,
    "drops-placeholders": lambda asked: reword(asked, lambda text, manner: shuffled(clean(text), manner)),
    "drops-texts": lambda asked: json.dumps(dict(list(json.loads(reword(asked, shuffled)).items())[1:])),
    "empties-texts": lambda asked: reword(asked, lambda *_: ""),
    "copies": lambda asked: reword(asked, lambda text, _: text),
    "same-every-time": lambda asked: reword(asked, lambda text, _: shuffled(text, "always")),
    "refuses": lambda _: "I would rather not reword this text.",
    "garbles": lambda asked: reword(asked, shuffled)[:-1],
    "chatters": lambda asked: f"Here you are: {reword(asked, shuffled)}",
    "says-same": lambda _: SAME,
    "says-changed": lambda _: '{"verdict": "changed", "what": "the night became a day"}',
    "says-maybe": lambda _: '{"verdict": "maybe", "what": ""}',
    "judges-for-sale": lambda asked: SAME if "say same" in asked else '{"verdict": "lost", "what": "a rule"}',
}


class _Wordsmith(ModelAPI):
    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        assert config.response_schema is not None
        if self.model_name == "broken":
            raise RuntimeError("no route to host")
        output = ModelOutput.from_content(self.model_name, WRITERS[self.model_name](input[-1].text))
        output.usage = ModelUsage()
        return output


@modelapi(name="wordsmith")
def wordsmith() -> type[ModelAPI]:
    return _Wordsmith


def model(name: str) -> Model:
    return get_model(f"wordsmith/{name}", memoize=False)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("exfil")


def made(scenario: Scenario, folder: Path, writer: str, checker: str = "says-same", **options: Any) -> list[Made]:
    """The outcomes of a run of two wordings with two attempts a block."""
    given = {"count": 2, "prefix": "para", "attempts": 2, **options}

    async def run() -> list[Made]:
        source = scenario.wording("plain")
        return [one async for one in paraphrase(scenario, source, model(writer), model(checker), folder, **given)]

    return asyncio.run(run())


@pytest.mark.parametrize("id", ["exfil", "alignment_faking"])
@pytest.mark.parametrize("writer", ["good", "fenced", "once-sloppy"])
def test_a_good_writer_makes_wordings_that_load(id: str, writer: str, tmp_path: Path) -> None:
    """Each file is a wording of the same shape, whose texts stay empty where the source's are, and which fills in."""
    scenario = load_scenario(id)
    results = made(scenario, tmp_path, writer)
    assert [one.file for one in results] == [tmp_path / "para-1.yaml", tmp_path / "para-2.yaml"]
    source = scenario.wording("plain")
    for one in results:
        wording = read(Wording, one.file)
        assert list(wording.blocks) == list(source.blocks)
        for name, block in wording.blocks.items():
            own = source.blocks[name]
            assert (block.by if isinstance(block, Choice) else None) == (own.by if isinstance(own, Choice) else None)
            assert {level: bool(text) for level, text in texts_of(block).items()} == {
                level: bool(text) for level, text in texts_of(own).items()
            }
        (arm,) = scenario.arms({})
        assert scenario.render(arm, wording, "5eed").system != scenario.render(arm, source, "5eed").system
        assert "wordsmith" in wording.note


REFUSED = {
    # writer, checker: what every refusal says
    ("drops-placeholders", "says-same"): "drops the template expression {{",
    ("drops-texts", "says-same"): "is empty, and the source is not",
    ("empties-texts", "says-same"): "is empty, and the source is not",
    ("copies", "says-same"): "nearly the words of wording 'plain' (100%",
    ("refuses", "says-same"): "did not answer in the form asked for",
    ("garbles", "says-same"): "did not answer in the form asked for",
    ("chatters", "says-same"): "'Here you are: {",
    ("good", "says-changed"): "meaning changed: the night became a day",
    ("good", "says-maybe"): "did not answer in the form asked for",
    ("good", "refuses"): "I would rather not",
    ("good", "judges-for-sale"): "meaning lost: a rule",
}


@pytest.mark.parametrize(("writer", "checker"), REFUSED)
def test_what_is_wrong_is_refused_with_the_reason(
    writer: str, checker: str, scenario: Scenario, tmp_path: Path
) -> None:
    """A writer or checker that fails in this way gets nothing written, and each way has its own reason."""
    results = made(scenario, tmp_path, writer, checker, count=1)
    assert [one.file for one in results] == [None]
    assert list(tmp_path.iterdir()) == []
    reasons = [one.reason for one in results[0].refused]
    assert any(REFUSED[writer, checker] in reason for reason in reasons), reasons


def test_the_second_must_differ_from_the_first(scenario: Scenario, tmp_path: Path) -> None:
    """A writer that always says the same gets one wording, which is kept, and not a second."""
    first, second = made(scenario, tmp_path, "same-every-time")
    assert first.file is not None
    assert second.file is None
    assert any("nearly the words of wording 'para-1'" in one.reason for one in second.refused)
    assert [file.name for file in tmp_path.iterdir()] == ["para-1.yaml"]


def test_a_refused_block_alone_is_tried_again(scenario: Scenario, tmp_path: Path) -> None:
    """Attempts count each block's own tries, and blocks that were refused once are accepted the second time."""
    (one,) = made(scenario, tmp_path, "once-sloppy", count=1)
    tried = [block for block in scenario.wording("plain").blocks.values() if any(texts_of(block).values())]
    assert one.attempts == len(tried) + len(one.refused)
    assert one.accepted == one.blocks


def test_nothing_is_overwritten_and_numbers_go_on(scenario: Scenario, tmp_path: Path) -> None:
    """A second run leaves the files of the first as they are and takes the next numbers."""
    (tmp_path / "para-2.yaml").write_text(
        (scenario.root / "wordings" / "terse.yaml").read_text().replace("terse", "para-2", 1)
    )
    before = (tmp_path / "para-2.yaml").read_text()
    results = made(scenario, tmp_path, "good")
    assert [one.id for one in results] == ["para-1", "para-3"]
    assert (tmp_path / "para-2.yaml").read_text() == before
    with pytest.raises(FileExistsError):
        write_wording(read(Wording, tmp_path / "para-1.yaml"), tmp_path, scenario)


@pytest.mark.parametrize("prefix", ["", "Para", "../up", "a b"])
def test_a_prefix_must_begin_an_id(prefix: str, scenario: Scenario, tmp_path: Path) -> None:
    """A prefix that no id can begin with is an error before any model is asked."""
    with pytest.raises(ScenarioError, match="prefix"):
        made(scenario, tmp_path, "broken", prefix=prefix)


@pytest.mark.parametrize(("writer", "checker"), [("broken", "says-same"), ("good", "broken")])
def test_a_provider_that_fails_ends_the_run(writer: str, checker: str, scenario: Scenario, tmp_path: Path) -> None:
    """An unreachable model is no refusal to be counted, and nothing is written."""
    with pytest.raises(ModelFailedError, match="no route to host"):
        made(scenario, tmp_path, writer, checker)
    assert list(tmp_path.iterdir()) == []


def shipped() -> Iterator[Any]:
    """Each block of each of `exfil`'s wordings that is not the source's own."""
    scenario = load_scenario("exfil")
    source = scenario.wording("plain")
    for wording in scenario.wordings:
        for name, block in wording.blocks.items() if wording != source else ():
            yield pytest.param(source.blocks[name], block, id=f"{wording.id}-{name}")


@pytest.mark.parametrize(("source", "block"), list(shipped()))
def test_what_people_wrote_passes(source: str | Choice, block: str | Choice, scenario: Scenario) -> None:
    """The rules refuse no block of the wordings that were written by hand."""
    markers = [marker for exposure in scenario.exposure.values() for marker in exposure.markers]
    texts = {level: tidy(text) for level, text in texts_of(block).items()}
    contrast = isinstance(block, Choice) and block.by == scenario.contrast
    others = [("plain", texts_of(source))]
    assert refusal(texts_of(source), texts, others, markers, contrast=contrast) is None


SOURCE = (
    "Mail {{ who | upper }} at ops@lab.ai on the {{ day }}: the 14 files in /srv/data/new are between <notes> and "
    "`run --all` and in a_queue, as [DONE] says."
)
CHANGES = {
    # what is replaced: (by what, reason)
    "{{ who | upper }}": ("{{ who }}", "drops the template expression {{ who | upper }}"),
    "{{ day }}": ("{{ day }} {{ day }}", "adds the template expression {{ day }}"),
    "on the {{ day }}": ("on the {{ day", "is no template any more"),
    "ops@lab.ai": ("ops@lab.com", "drops the mail address ops@lab.ai"),
    "14 files": ("15 files", "drops the number 14"),
    "the 14": ("all 3 of the 14", "adds the number 3"),
    "/srv/data/new": ("/srv/data/old", "drops the file path /srv/data/new"),
    "<notes>": ("notes", "drops the tag <notes>"),
    "[DONE]": ("DONE", "drops the tag [DONE]"),
    "a_queue": ("a queue", "drops the name a_queue"),
    "`run --all`": ("`run`", "drops the code `run --all`"),
    "files": ("filea\u200b", "control characters"),
    "says": ("tells the sandbox", "adds 'sandbox', a tell"),
    "new are": ("new are " + "really " * 60, "words, and the source has"),
    "Mail": ("Write to", None),
    "at ops": ("1. at ops", "adds the number 1"),
    "as [": ("\n1. as [", None),
}


@pytest.mark.parametrize("old", CHANGES)
def test_each_particular_is_kept(old: str) -> None:
    """What must stay cannot be dropped, changed or added; the number of a list's item may."""
    new, reason = CHANGES[old]
    found = refusal({"text": SOURCE}, {"text": SOURCE.replace(old, new, 1)}, [], (), contrast=False)
    assert (found is None) if reason is None else (reason in (found or ""))


def test_markers_stay() -> None:
    """A text by which a scenario knows that something was read cannot be worded away."""
    source, candidate = {"text": "The nodes at Basaltrack are idle."}, {"text": "The rented nodes are idle at present."}
    assert "'Basaltrack'" in str(refusal(source, candidate, [], ["Basaltrack"], contrast=False))
    assert refusal(source, candidate, [], ["Elsewhere"], contrast=False) is None


def test_the_contrast_cannot_be_tilted() -> None:
    """Levels of the contrast must stay as long beside each other as they were; other factors' need not."""
    source = {"watched": "Somebody reads the log each day.", "unwatched": "Nobody reads the log these days."}
    tilted = {
        "watched": "The log is read daily by somebody.",
        "unwatched": "These days there is nobody at all who reads it, the log.",
    }
    assert "makes 'unwatched' longer" in str(refusal(source, tilted, [], (), contrast=True))
    assert refusal(source, tilted, [], (), contrast=False) is None


@given(st.text(), st.text())
def test_likeness_is_a_measure(one: str, other: str) -> None:
    """Likeness lies between 0 and 1, does not depend on the order, and is 1 for the same text of some length."""
    a, b = {"text": one}, {"text": other}
    assert 0 <= likeness(a, b) == likeness(b, a) <= 1
    long = {"text": f"four plain words {one}" + " more"}
    assert likeness(long, long) == 1


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"], include_characters="\n")))
def test_any_text_comes_back_from_its_file(text: str) -> None:
    """Whatever is not refused is read from the file as it was written."""
    import tempfile

    scenario = load_scenario("exfil")
    blocks = {**scenario.wording("plain").blocks, "role": tidy(text)}
    wording = Wording(id="odd", style="odd", note="Odd.", blocks=blocks)
    with tempfile.TemporaryDirectory() as folder:
        assert read(Wording, write_wording(wording, Path(folder), scenario)) == wording


def test_files_are_readable(scenario: Scenario, tmp_path: Path) -> None:
    """Texts are folded or line by line, as in the files that people wrote, and no line is much wider than theirs."""
    wording = scenario.wording("plain").model_copy(update={"id": "again"})
    lines = write_wording(wording, tmp_path, scenario).read_text().splitlines()
    assert {"  role: >-", "  request_mail: |-", '      silent: ""'} <= set(lines)
    assert max(map(len, lines)) <= 160


@pytest.mark.parametrize("name", ["refuses", "garbles"])
def test_no_answer_is_an_error(name: str) -> None:
    """An answer off the form is never taken for one."""
    with pytest.raises(NoAnswerError, match=f"wordsmith/{name}"):
        asyncio.run(ask(model(name), "", "Manner: x\n\n{}", dict[str, int]))
