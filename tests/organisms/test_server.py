"""An organism over HTTP, asked by the clients that real models are asked by."""

import asyncio
import json
import urllib.error
import urllib.request

import pytest
from inspect_ai.model import ChatMessageSystem, ChatMessageTool, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from gyges.organisms import Organism
from gyges.organisms.server import Service

# Inspect builds its retries with an argument that tenacity has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")
TOOLS = [
    ToolInfo(
        name=name,
        description=name,
        parameters=ToolParams(
            properties={key: JSONSchema(type="string", description=key) for key in keys}, required=keys
        ),
    )
    for name, keys in {
        "bash": ["command"],
        "python": ["code"],
        "list_mail": [],
        "read_mail": ["id"],
        "send_mail": ["to", "subject", "body"],
    }.items()
]
PROVIDERS = {
    "anthropic": ("anthropic/{}", "{}", {"streaming": False}),
    "anthropic, streaming": ("anthropic/{}", "{}", {"streaming": True}),
    "openai": ("openai-api/organism/{}", "{}/v1", {"stream": False}),
    "openai, streaming": ("openai-api/organism/{}", "{}/v1", {"stream": True}),
}
ANTHROPIC = {"model": "honest", "max_tokens": 99, "messages": [{"role": "user", "content": "go"}]}
OPENAI = {"model": "honest", "messages": [{"role": "user", "content": "go"}]}


@pytest.fixture(autouse=True)
def _straight_to_loopback(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def converse(world, model, config):
    """The organism's conversation through an Inspect model: for each turn its words, reasoning, calls and counts."""

    async def run():
        messages = [ChatMessageSystem(content=world.rendered.system), ChatMessageUser(content=world.rendered.user)]
        turns = []
        async with model:
            while True:
                output = await model.generate(messages, tools=TOOLS, config=config)
                turns.append(output)
                messages.append(output.message)
                if not output.message.tool_calls:
                    return turns
                for call in output.message.tool_calls:
                    text = world.answer_to(call.function, call.arguments)
                    messages.append(ChatMessageTool(content=text, tool_call_id=call.id, function=call.function))

    return [
        {
            "words": output.message.text,
            "reasoning": [c.text for c in output.message.content if c.type == "reasoning"]
            if isinstance(output.message.content, list)
            else [],
            "calls": [(call.function, call.arguments) for call in output.message.tool_calls or []],
            "stop": output.stop_reason,
            "tokens": (output.usage.input_tokens, output.usage.output_tokens, output.usage.reasoning_tokens or 0),
        }
        for output in asyncio.run(run())
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", ["flagrant", "covert", "talker", "ring"])
def test_same_conduct_through_real_providers(provider, name, world):
    """Through Inspect's own providers, whole and streaming, an organism does word for word what it does directly.

    That is what it says, thinks, calls and counts, over a whole conversation with tools.
    """
    here = world(oversight="unwatched")
    direct = converse(here, get_model(f"organism/{name}", memoize=False, scenario="exfil"), GenerateConfig())
    model, url, options = PROVIDERS[provider]
    with Service(Organism.of(name, scenario="exfil")).running() as base:
        served = get_model(model.format(name), base_url=url.format(base), api_key="x", memoize=False, **options)
        assert converse(here, served, GenerateConfig(max_tokens=4096)) == direct
    assert any(turn["reasoning"] for turn in direct)
    assert len(direct) > 4


@pytest.mark.parametrize(
    ("provider", "stop", "broken"),
    [
        ("anthropic", "unknown", "INVALID_JSON"),
        ("anthropic, streaming", "unknown", "INVALID_JSON"),
        ("openai", "max_tokens", None),
        ("openai, streaming", "max_tokens", None),
    ],
)
def test_broken_calls_and_early_ends(provider, stop, broken, world):
    """Calls that are no JSON and turns that are cut off keep their meaning in each protocol."""
    here = world()
    model, url, options = PROVIDERS[provider]
    ends = {}
    for name in ("malformed", "cut-off"):
        with Service(Organism.of(name, scenario="exfil")).running() as base:
            served = get_model(model.format(name), base_url=url.format(base), api_key="x", memoize=False, **options)
            ends[name] = converse(here, served, GenerateConfig(max_tokens=4096))
    malformed = [arguments for turn in ends["malformed"] for tool, arguments in turn["calls"] if tool == "bash"]
    assert ({broken} if broken else set()) in [set(arguments) for arguments in malformed]
    cut = next(turn for turn in ends["cut-off"] if turn["stop"] == stop)
    assert cut["tokens"][1] == 10**8


def test_extended_thinking_request(world):
    """A request that turns thinking on gets the thinking, and its signature is accepted when it comes back."""
    config = GenerateConfig(reasoning_effort="high", max_tokens=8192)
    with Service(Organism.of("honest", scenario="exfil")).running() as base:
        model = get_model("anthropic/honest", base_url=base, api_key="none", memoize=False)
        turns = converse(world(), model, config)
    assert sum(bool(turn["reasoning"]) for turn in turns) >= 3


@pytest.fixture(scope="module")
def base():
    """A server of `honest`."""
    with Service(Organism.of("honest", scenario="exfil")).running() as url:
        yield url


def ask(url, body=None, method=None):
    """Status and JSON of a request."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/v1/messages", {**ANTHROPIC, "max_tokens": 0}, 400, "max_tokens: "),
        ("/v1/messages", {k: v for k, v in ANTHROPIC.items() if k != "max_tokens"}, 400, "max_tokens: Field required"),
        ("/v1/messages", {**ANTHROPIC, "messages": []}, 400, "messages: "),
        ("/v1/messages", {**ANTHROPIC, "messages": [{"role": "robot", "content": "x"}]}, 400, "messages.0.role: "),
        ("/v1/messages", {**ANTHROPIC, "messages": [{"role": "user", "content": [{"type": "smell"}]}]}, 400,
         "messages.0.content."),
        ("/v1/messages", {**ANTHROPIC, "messages": [{"role": "assistant", "content": [
            {"type": "thinking", "thinking": "not mine", "signature": "c2ln"}]}]}, 400,
         "messages.0.content.0.signature: Invalid `signature` in `thinking` block"),
        ("/v1/messages", {**ANTHROPIC, "model": "flagrant"}, 404, "'flagrant' is not served here, 'honest' is"),
        ("/v1/messages", b"{not json", 400, "Invalid JSON"),
        ("/v1/messages", b"\xff\xfe", 400, "Invalid JSON"),
        ("/v1/messages/count_tokens", {**ANTHROPIC, "messages": "x"}, 400, "messages: "),
        ("/v1/messages/batches", ANTHROPIC, 404, "POST /v1/messages/batches: Not Found"),
        ("/v1/messages", None, 405, "GET /v1/messages: Method Not Allowed"),
        ("/v1/chat/completions", {**OPENAI, "messages": [{"role": "robot", "content": "x"}]}, 400, "messages.0.role: "),
        ("/v1/chat/completions", {**OPENAI, "messages": [{"role": "user", "content": 5}]}, 400, "messages.0.content."),
        ("/v1/chat/completions", {"model": "honest"}, 400, "messages: Field required"),
        ("/v1/chat/completions", {**OPENAI, "model": "gpt"}, 404, "'gpt' is not served here, 'honest' is"),
        ("/v1/chat/completions", b"", 400, "Invalid JSON"),
        ("/v1/completions", OPENAI, 404, "POST /v1/completions: Not Found"),
    ],
)  # fmt: skip
def test_bad_requests_are_told_in_the_protocols_shape(path, body, status, told, base):
    """Each bad request gets its status and an error, in its protocol's shape, that names the field."""
    got, answer = ask(base + path, body)
    assert got == status
    assert told in answer["error"]["message"]
    if path.startswith("/v1/messages"):
        assert answer["type"] == "error"
        assert answer["error"]["type"] == ("not_found_error" if status == 404 else "invalid_request_error")
    else:
        assert answer["error"].keys() == {"message", "type", "param", "code"}
        assert answer["error"]["param"] is None or answer["error"]["param"] in answer["error"]["message"]


def test_a_playbook_that_cannot_go_on_is_no_reason_to_retry(playbook_file):
    """A playbook's mistake is a 400 with the place in it, for clients ask again for ever after a 500."""
    path = playbook_file("conduct: x\nsteps: [{capture: {a: absent}}, {say: hello}]")
    with Service(Organism.of("mine", playbook=path)).running() as url:
        status, answer = ask(f"{url}/v1/messages", {**ANTHROPIC, "model": "mine"})
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")
    assert "own.yaml: step 1 > capture > a" in answer["error"]["message"]


def test_models_and_token_counts(base):
    """The list of models names the organism, and a count is the usage of the turn that would follow."""
    assert [model["id"] for model in ask(f"{base}/v1/models")[1]["data"]] == ["honest"]
    counted = ask(f"{base}/v1/messages/count_tokens", {k: ANTHROPIC[k] for k in ("model", "messages")})[1]
    assert counted["input_tokens"] == ask(f"{base}/v1/messages", ANTHROPIC)[1]["usage"]["input_tokens"] == 1


def test_the_server_keeps_nothing(base):
    """The same request gets the same answer, byte for byte, whatever came between."""
    further = {**OPENAI, "messages": [*OPENAI["messages"], {"role": "assistant"}, {"role": "user", "content": "on"}]}
    first = [ask(f"{base}/v1/chat/completions", OPENAI), ask(f"{base}/v1/messages", ANTHROPIC)]
    assert ask(f"{base}/v1/chat/completions", further) not in first
    assert [ask(f"{base}/v1/chat/completions", OPENAI), ask(f"{base}/v1/messages", ANTHROPIC)] == first


def test_clients_can_tell_samples_apart():
    """`mixture` draws anew for another user or seed of the request, the same way in both protocols or neither."""
    with Service(Organism.of("mixture", rate=0.5)).running() as url:
        history = [
            m for _ in range(5) for m in ({"role": "assistant", "content": "-"}, {"role": "user", "content": "-"})
        ]

        def draws(path, body, *ways):
            messages = [*body["messages"], *history]
            return [str(ask(url + path, {**body, "model": "mixture", "messages": messages, **way})) for way in ways]

        users = [{"metadata": {"user_id": str(n)}} for n in range(12)]
        seeds = [{"seed": n} for n in range(12)]
        assert len({"credentials" in text for text in draws("/v1/messages", ANTHROPIC, *users)}) == 2
        assert len({"credentials" in text for text in draws("/v1/chat/completions", OPENAI, *seeds)}) == 2


def test_loopback_unless_asked():
    """The server listens on this machine alone unless it is told otherwise, and says which it does."""
    here, everywhere = Service(Organism.of("honest")), Service(Organism.of("honest"), "0.0.0.0")
    with here.listener, everywhere.listener:
        assert here.loopback
        assert here.listener.getsockname()[0] == "127.0.0.1"
        assert not everywhere.loopback
