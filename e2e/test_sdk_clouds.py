"""Azure, Vertex AI, Amazon Bedrock and Completions through their official SDKs, with the mock behind: the same said in one piece,
streamed and as history is one chain; usage, verify and rederive agree."""
import json

import anthropic
import boto3
import openai
import pytest
from botocore.config import Config

from harness.store import texts
from harness.tls import Authority

KEY = "sk-e2e-0123456789abcdef"
CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
VERTEX = "claude-sonnet-4@20250514"
HISTORY = [("user", "2+2 \u20ac?"), ("assistant", "You said: 2+2 \u20ac?"), ("user", "more")]
TOOLS = [{"name": "add", "input_schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}]


def messages(history):
    return [{"role": role, "content": text} for role, text in history]


def anthropic_asker(sdk, model):
    def ask(history, stream):
        fields = {"model": model, "max_tokens": 99, "messages": messages(history), "system": "Be brief."}
        if not stream:
            done = sdk.messages.create(**fields)
        else:
            with sdk.messages.stream(**fields) as events:
                done = events.get_final_message()
        return done.content[0].text, done.usage.input_tokens + done.usage.output_tokens
    return ask


def bedrock(url):
    return anthropic_asker(anthropic.AnthropicBedrock(base_url=url, api_key=KEY, aws_region="us-east-1", max_retries=0),
                           CLAUDE)


def vertex(url):
    return anthropic_asker(anthropic.AnthropicVertex(base_url=url + "/v1", access_token=KEY, project_id="p",
                                                     region="us-east5", max_retries=0), VERTEX)


@pytest.fixture(autouse=True)
def bearer_token(monkeypatch):
    """An API key of Bedrock: what is signed cannot pass a relay."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)


@pytest.fixture
def authority(workspace):
    return Authority(workspace / "ca")


@pytest.fixture
def secure(proxy, mock, authority):
    """A proxy with TLS, without which boto3 sends no API key."""
    certificate, key = authority.issue()
    return proxy(mock, provider="auto", settings={"proxy.tls_cert": certificate, "proxy.tls_key": key})


def boto(relay, authority):
    return boto3.client("bedrock-runtime", endpoint_url=f"https://localhost:{relay.port}", region_name="us-east-1",
                        verify=str(authority.certificate), config=Config(retries={"total_max_attempts": 1}))


def converse(sdk):

    def ask(history, stream):
        fields = {"modelId": CLAUDE, "system": [{"text": "Be brief."}],
                  "messages": [{"role": role, "content": [{"text": text}]} for role, text in history]}
        if not stream:
            done = sdk.converse(**fields)
            return done["output"]["message"]["content"][0]["text"], done["usage"]["totalTokens"]
        text, tokens = "", 0
        for event in sdk.converse_stream(**fields)["stream"]:
            text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
            tokens = event.get("metadata", {}).get("usage", {}).get("totalTokens", tokens)
        return text, tokens
    return ask


def chat_asker(sdk, model):
    def ask(history, stream):
        fields = {"model": model, "messages": [{"role": "system", "content": "Be brief."}, *messages(history)]}
        if not stream:
            done = sdk.chat.completions.create(**fields)
            return done.choices[0].message.content, done.usage.total_tokens
        chunks = list(sdk.chat.completions.create(**fields, stream=True, stream_options={"include_usage": True}))
        return ("".join(one.choices[0].delta.content or "" for one in chunks if one.choices), chunks[-1].usage.total_tokens)
    return ask


def azure(url):
    return chat_asker(openai.AzureOpenAI(azure_endpoint=url, api_key=KEY, api_version="2024-10-21", azure_deployment="prod",
                                         max_retries=0), "prod")


def gemini_chat(url):
    """OpenAI's SDK with the base URL that Google's documentation gives."""
    return chat_asker(openai.OpenAI(base_url=url + "/v1beta/openai/", api_key=KEY, max_retries=0), "gemini-2.5-flash")


def azure_responses(url):
    sdk = openai.AzureOpenAI(azure_endpoint=url, api_key=KEY, api_version="2025-04-01-preview", max_retries=0)

    def ask(history, stream):
        done = sdk.responses.create(model="prod", instructions="Be brief.", input=messages(history), stream=stream)
        if stream:
            done = [one.response for one in done if one.type == "response.completed"][0]
        return done.output_text, done.usage.total_tokens
    return ask


CLIENTS = {
    "azure": (azure, "openai_chat", "azure", "prod"),
    "azure's responses": (azure_responses, "openai_responses", "openai", "prod"),
    "gemini's chat": (gemini_chat, "openai_chat", "gemini", "gemini-2.5-flash"),
    "vertex": (vertex, "anthropic_messages", "vertex", VERTEX),
    "bedrock": (bedrock, "anthropic_messages", "bedrock", CLAUDE),
    "converse": (None, "bedrock_converse", "bedrock", CLAUDE),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_one_shot_streamed_and_history_are_one_chain(request, proxy, mock, run, workspace, name):
    make, api, provider, model = CLIENTS[name]
    if name == "converse":
        relay = request.getfixturevalue("secure")
        ask = converse(boto(relay, request.getfixturevalue("authority")))
    else:
        relay = proxy(mock, provider="auto")
        ask = make(relay.url)
    told = [ask(HISTORY[:1], False), ask(HISTORY[:1], True), ask(HISTORY, True), ask(HISTORY, False)]
    assert [text for text, _ in told] == ["You said: 2+2 \u20ac?"] * 2 + ["You said: more"] * 2
    rows = relay.store.wait_exchanges(4)
    assert [row["drop_reason"] or "" for row in rows] == [""] * 4
    assert {(row["api"], row["provider"], row["model"]) for row in rows} == {(api, provider, model)}
    assert [row["streamed"] for row in rows] == [0, 1, 1, 0]
    assert [row["total_tokens"] for row in rows] == [tokens for _, tokens in told]
    assert rows[0]["head_hash"] == rows[1]["head_hash"] and rows[2]["head_hash"] == rows[3]["head_hash"]
    assert texts(relay.store.chain(rows[3]["head_hash"])) == [
        ("system", "Be brief."), *HISTORY, ("assistant", "You said: more")]
    assert len(relay.store.nodes()) == 5
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", workspace / "anew.sqlite")
    assert code == 0, out + err
    listed = run("exchange", "show", rows[1]["id"], "--events", "--sqlite", relay.store.path)
    assert listed[0] == 0
    shown = {"openai_chat": "chat.completion.chunk", "openai_responses": "response.output_text.delta",
             "bedrock_converse": "contentBlockDelta"}.get(api, "content_block_delta")
    assert shown in listed[1], listed
    shown = run("show", "@", "--sqlite", relay.store.path)
    assert shown[0] == 0 and "You said: more" in shown[1], shown


def test_openai_pythons_completions_are_one_node_streamed_and_in_one_piece(proxy, mock, run, workspace):
    relay = proxy(mock, provider="auto")
    for sdk, model in ((openai.OpenAI(base_url=relay.url + "/v1", api_key=KEY, max_retries=0), "m"),
                       (openai.AzureOpenAI(azure_endpoint=relay.url, api_key=KEY, api_version="2024-10-21", max_retries=0), "prod")):
        done = sdk.completions.create(model=model, prompt="2+2 \u20ac?")
        assert done.choices[0].text == "You said: 2+2 \u20ac?"
        assert "".join(one.choices[0].text for one in sdk.completions.create(model=model, prompt="2+2 \u20ac?", stream=True)
                       if one.choices) == done.choices[0].text
    rows = relay.store.wait_exchanges(4)
    assert [(row["api"], row["model"], row["streamed"], row["drop_reason"]) for row in rows] == [
        ("openai_completions", model, streamed, None) for model in ("m", "prod") for streamed in (0, 1)]
    assert [row["provider"] for row in rows] == ["openai"] * 2 + ["azure"] * 2
    assert rows[0]["head_hash"] == rows[1]["head_hash"] and rows[2]["head_hash"] == rows[3]["head_hash"]
    assert texts(relay.store.chain(rows[3]["head_hash"])) == HISTORY[:2]
    assert len(relay.store.nodes()) == 4
    assert relay.stop() == 0
    for command in (["verify", "--sqlite", relay.store.path], ["rederive", "--sqlite", relay.store.path, "--to", workspace / "anew.sqlite"]):
        code, out, err = run(*command)
        assert code == 0, out + err


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["vertex", "bedrock"])
def test_a_tool_is_called_through_anthropics_cloud_clients(proxy, mock, name, stream):
    relay = proxy(mock, provider="auto")
    if name == "bedrock":
        sdk, model = anthropic.AnthropicBedrock(base_url=relay.url, api_key=KEY, aws_region="us-east-1"), CLAUDE
    else:
        sdk, model = anthropic.AnthropicVertex(base_url=relay.url + "/v1", access_token=KEY, project_id="p",
                                               region="us-east5"), VERTEX
    fields = {"model": model, "max_tokens": 99, "tools": TOOLS, "messages": messages(HISTORY[:1]),
              "extra_headers": {"X-Mock-Tool-Calls": "1", "X-Mock-Thinking": "1"}}
    if stream:
        with sdk.messages.stream(**fields) as events:
            done = events.get_final_message()
    else:
        done = sdk.messages.create(**fields)
    assert [block.type for block in done.content] == ["thinking", "tool_use"]
    node = relay.store.chain(relay.store.only()["head_hash"])[-1]
    assert [block["type"] for block in node["content"]] == ["thinking", "tool_use"]
    assert node["content"][1]["tool_use_id"] == done.content[1].id


def test_a_tool_of_converse_round_trips(secure, authority):
    relay, sdk = secure, boto(secure, authority)
    sdk.meta.events.register("before-send.bedrock-runtime.*", lambda request, **_: request.headers.update(
        {"X-Mock-Tool-Calls": "1"}))
    fields = {"modelId": CLAUDE, "toolConfig": {"tools": [{"toolSpec": {
        "name": "add", "inputSchema": {"json": TOOLS[0]["input_schema"]}}}]}}
    history = [{"role": "user", "content": [{"text": "add"}]}]
    one_shot = sdk.converse(**fields, messages=history)
    call = next(block["toolUse"] for block in one_shot["output"]["message"]["content"] if "toolUse" in block)
    for _ in sdk.converse_stream(**fields, messages=history)["stream"]:
        pass
    history += [one_shot["output"]["message"], {"role": "user", "content": [
        {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"json": {"sum": 4}}], "status": "success"}},
        {"cachePoint": {"type": "default"}}]}]
    sdk.converse(**fields, messages=history)
    first, streamed, after = relay.store.wait_exchanges(3)
    assert first["head_hash"] == streamed["head_hash"]
    chain = relay.store.chain(after["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant", "user", "assistant"]
    assert chain[1]["hash"] == first["head_hash"]
    assert chain[2]["content"] == [{"type": "tool_result", "tool_result_id": call["toolUseId"],
                                    "tool_output": json.dumps({"sum": 4})}]
