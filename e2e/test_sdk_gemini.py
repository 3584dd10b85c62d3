"""Google's SDKs (python, node) through the proxy in front of the mock: what people do, and what is stored."""
import json
import pathlib
import subprocess

import pytest
from google import genai
from google.genai import errors, types

from harness import chat
from harness.store import texts

NODE = pathlib.Path(__file__).parent / "node"
MODEL = "gemini-2.5-flash"
KEY = "AIza-e2e-python-1234567890"
PNG = b"\x89PNG\r\n\x1a\n\xff\xfe\xfb"
WEATHER = types.Tool(function_declarations=[types.FunctionDeclaration(
    name="get_weather", parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}})])
# Straight with --provider gemini, and through an agent's route beside another provider.
ROUTES = {"provider": ("gemini", ""), "alias": ("google", ""), "agent": ("openai", "/agents/g/providers/gemini")}


def connect_to(url: str, **options) -> genai.Client:
    return genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url, timeout=15000, **options))


@pytest.fixture(params=ROUTES)
def client(request, proxy, mock):
    provider, path = ROUTES[request.param]
    relay = proxy(mock, provider=provider, settings={"proxy.gemini_upstream": mock.url} if path else {})
    return connect_to(relay.url + path), relay


@pytest.fixture
def plain(proxy, mock):
    relay = proxy(mock, provider="gemini")
    return connect_to(relay.url), relay


def ask(sdk, stream: bool, contents, **config):
    made = types.GenerateContentConfig(**config)
    if not stream:
        return sdk.models.generate_content(model=MODEL, contents=contents, config=made)
    *_, last = sdk.models.generate_content_stream(model=MODEL, contents=contents, config=made)
    return last


@pytest.mark.parametrize("stream", [False, True])
def test_content(client, stream):
    sdk, relay = client
    last = ask(sdk, stream, "2+2 \u20ac?", system_instruction="Be brief.")
    row = relay.store.only()
    assert (row["api"], row["provider"], row["streamed"]) == ("gemini", "gemini", int(stream))
    assert (row["model"], row["response_model"]) == (MODEL, MODEL)
    assert (row["end_reason"], row["stop_reason"]) == ("complete", "STOP")
    assert row["response_id"] == last.response_id
    assert row["prompt_tokens"] == last.usage_metadata.prompt_token_count
    assert row["total_tokens"] == last.usage_metadata.total_token_count
    assert row["client"] == "google-genai"
    assert texts(relay.store.chain(row["head_hash"])) == [
        ("system", "Be brief."), ("user", "2+2 \u20ac?"), ("assistant", "You said: 2+2 \u20ac?")]


def say(talk, message, stream: bool):
    if not stream:
        answer = talk.send_message(message)
        return answer.text, answer.function_calls or []
    text, calls = "", []
    for part in talk.send_message_stream(message):
        text += part.text or ""
        calls += part.function_calls or []
    return text, calls


@pytest.mark.parametrize("stream", [False, True])
def test_chat_with_thoughts_calls_and_images_is_one_chain(plain, stream):
    sdk, relay = plain
    talk = sdk.chats.create(model=MODEL, config=types.GenerateContentConfig(
        system_instruction="Be brief.", tools=[WEATHER], thinking_config={"include_thoughts": True},
        automatic_function_calling={"disable": True}))
    say(talk, "Hello \u20ac", stream)
    _, calls = say(talk, '[call get_weather {"city": "Tokyo"}] [call get_weather {"city": "Bonn"}]', stream)
    assert [call.args["city"] for call in calls] == ["Tokyo", "Bonn"]
    told, _ = say(talk, [types.Part(function_response=types.FunctionResponse(
        id=call.id, name=call.name, response={"output": "rain"})) for call in calls], stream)
    assert told == "The tool said: rainrain"
    say(talk, ["And this?", types.Part.from_bytes(data=PNG, mime_type="image/png")], stream)
    rows = relay.store.wait_exchanges(4)
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert [node["role"] for node in chain] == ["system"] + ["user", "assistant"] * 4
    assert len(relay.store.nodes()) == len(chain)
    assert [block["type"] for block in chain[2]["content"]] == ["thinking", "text", "thinking"]
    assert [block["type"] for block in chain[4]["content"]] == ["thinking", "tool_use", "tool_use"]
    assert chain[4]["content"][1]["signature"].startswith("Ev+/")
    assert [block["tool_output"] for block in chain[5]["content"]] == ["rain", "rain"]
    assert [block["type"] for block in chain[7]["content"]] == ["text", "image"]
    for row, node in zip(rows, chain[2::2], strict=True):
        assert row["head_hash"] == node["hash"]
        assert row["reasoning_tokens"] > 0
        assert row["total_tokens"] == row["prompt_tokens"] + row["completion_tokens"]


def test_streamed_and_one_shot_answers_are_one_node(plain):
    sdk, relay = plain
    for stream in (False, True):
        ask(sdk, stream, "the same", thinking_config={"include_thoughts": True})
    rows = relay.store.wait_exchanges(2)
    assert rows[0]["head_hash"] == rows[1]["head_hash"]


def test_history_without_thoughts_and_signatures_goes_on_with_the_same_chain(plain):
    sdk, relay = plain
    contents = [types.UserContent("first")]
    answer = ask(sdk, False, contents, thinking_config={"include_thoughts": True})
    kept = [types.Part(text=part.text) for part in answer.candidates[0].content.parts if not part.thought]
    contents += [types.Content(role="model", parts=kept), types.UserContent("second")]
    ask(sdk, True, contents)
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert chain[1]["hash"] == rows[0]["head_hash"]
    assert len(relay.store.nodes()) == 4


def test_automatic_function_calling_is_one_chain(plain):
    sdk, relay = plain

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"rain in {city}"

    talk = sdk.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[get_weather]))
    answer = talk.send_message('[call get_weather {"city": "Bonn"}]')
    assert "rain in Bonn" in answer.text
    say(talk, "thanks", True)
    rows = relay.store.wait_exchanges(3)
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant"] * 3
    assert len(relay.store.nodes()) == 6


def test_refusals_and_errors(plain):
    sdk, relay = plain
    with_header = {"http_options": types.HttpOptions(headers={"X-Mock-Refusal": "1"})}
    assert ask(sdk, False, "x", **with_header).candidates[0].finish_reason == types.FinishReason.SAFETY
    with pytest.raises(errors.ClientError) as failed:
        ask(sdk, True, "x", http_options=types.HttpOptions(headers={"X-Mock-Status": "429"}))
    assert failed.value.code == 429
    refused, failed_row = relay.store.wait_exchanges(2)
    assert refused["stop_reason"] == "SAFETY"
    node = relay.store.node(refused["head_hash"])
    assert node["content"] == [{"type": "refusal", "refusal": "SAFETY"}]
    assert (failed_row["status"], failed_row["drop_reason"]) == (429, "upstream_status")


def test_what_is_no_turn_is_relayed(plain):
    sdk, relay = plain
    assert sdk.models.count_tokens(model=MODEL, contents="2+2?").total_tokens > 0
    row = relay.store.only()
    assert row["drop_reason"] == "non_turn_request"


def test_the_key_reaches_no_file(plain):
    sdk, relay = plain
    ask(sdk, False, "x")
    secret = "AIzaQueryKeyOfGemini1234567890"
    client = relay.connect()
    client.send(chat.post(chat.dumps({"contents": [{"parts": [{"text": "y"}]}]}),
                          path=f"/v1beta/models/{MODEL}:generateContent?key={secret}".encode()))
    assert client.take_message()[0].status == 200
    relay.store.wait_exchanges(2)
    relay.stop()
    for file in relay.store.files():
        held = file.read_bytes()
        assert KEY.encode() not in held and secret.encode() not in held, file


@pytest.mark.parametrize("events", [True, False])
def test_verify_and_rederive_agree_with_what_was_recorded(plain, run, workspace, events):
    sdk, relay = plain
    ask(sdk, False, "one", thinking_config={"include_thoughts": True})
    path = f"/v1beta/models/{MODEL}:streamGenerateContent" + ("?alt=sse" if events else "")
    client = relay.connect()
    client.send(chat.post(chat.dumps({"contents": [{"role": "user", "parts": [{"text": "two"}]}]}),
                          path=path.encode()))
    assert client.take_message()[0].status == 200
    rows = relay.store.wait_exchanges(2)
    assert (rows[1]["streamed"], rows[1]["stop_reason"]) == (1, "STOP")
    assert texts(relay.store.chain(rows[1]["head_hash"]))[-1] == ("assistant", "You said: two")
    relay.stop()
    again = workspace / "again.sqlite"
    for command in (["verify", "--sqlite", relay.store.path],
                    ["rederive", "--sqlite", relay.store.path, "--to", again], ["verify", "--sqlite", again]):
        code, out, err = run(*command)
        assert code == 0, out + err


@pytest.mark.parametrize("scenario", ["chat", "streamedChat"])
def test_node_chat_is_one_chain(proxy, mock, scenario):
    relay = proxy(mock, provider="gemini")
    done = subprocess.run(["node", NODE / "gemini.mjs", scenario, relay.url], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30, cwd=NODE)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["calls"], told["told"], told["text"]) == (2, "The tool said: rainrain", "You said: And this?")
    rows = relay.store.wait_exchanges(4)
    assert rows[-1]["total_tokens"] == told["total"]
    assert [row["streamed"] for row in rows] == [int(scenario == "streamedChat")] * 4
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert [node["role"] for node in chain] == ["system"] + ["user", "assistant"] * 4
    assert len(relay.store.nodes()) == len(chain)


def test_node_says_the_same_streamed_and_in_one_piece(proxy, mock):
    relay = proxy(mock, provider="gemini")
    for scenario in ("chat", "streamedChat"):
        done = subprocess.run(["node", NODE / "gemini.mjs", scenario, relay.url], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, cwd=NODE)
        assert done.returncode == 0, done.stderr
    rows = relay.store.wait_exchanges(8)
    assert [row["head_hash"] for row in rows[:4]] == [row["head_hash"] for row in rows[4:]]
    assert len(relay.store.nodes()) == len(relay.store.chain(rows[-1]["head_hash"])) == 9, "a fork"


@pytest.mark.parametrize("stream", [False, True])
def test_google_genai_on_vertex_is_recorded_as_gemini(proxy, mock, stream):
    """The same SDK asks Vertex AI by its paths, here with an API key ("express mode")."""
    relay = proxy(mock, provider="gemini")
    sdk = genai.Client(vertexai=True, api_key=KEY, http_options=types.HttpOptions(base_url=relay.url, timeout=15000))
    talk = sdk.chats.create(model=MODEL)
    say(talk, "first", stream)
    assert say(talk, "second", not stream)[0] == "You said: second"
    rows = relay.store.wait_exchanges(2)
    assert {(row["api"], row["model"], row["drop_reason"]) for row in rows} == {("gemini", MODEL, None)}
    assert all("/publishers/google/models/" in row["path"] for row in rows)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert texts(chain) == [("user", "first"), ("assistant", "You said: first"), ("user", "second"), ("assistant", "You said: second")]
    assert len(relay.store.nodes()) == 4
