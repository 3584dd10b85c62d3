"""Anthropic's SDKs (python, node) through the proxy in front of the mock: what people do, and what is stored."""
import json
import pathlib
import subprocess

import anthropic
import pytest

from harness.store import texts

NODE = pathlib.Path(__file__).parent / "node"
BASE = {"model": "claude-haiku-4-5", "max_tokens": 1000}
TOOLS = [{"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]
WEB_SEARCH = [{"type": "web_search_20250305", "name": "web_search"}]
# Straight with --provider anthropic, and through an agent's route beside another provider.
ROUTES = {"provider": ("anthropic", ""), "agent": ("openai", "/agents/claude/providers/anthropic")}


@pytest.fixture(params=ROUTES)
def route(request, proxy, mock):
    """(relay, base URL for the SDKs)."""
    provider, path = ROUTES[request.param]
    relay = proxy(mock, provider=provider, settings={"proxy.anthropic_upstream": mock.url} if path else {})
    return relay, relay.url + path


@pytest.fixture
def client(route):
    relay, url = route
    with anthropic.Anthropic(base_url=url, api_key="sk-ant-e2e-python-1234567890", max_retries=0, timeout=15) as sdk:
        yield sdk, relay


def turn(sdk, stream: bool, **more):
    if not stream:
        return sdk.messages.create(**BASE, **more)
    with sdk.messages.stream(**BASE, **more) as events:
        for _ in events:
            pass
        return events.get_final_message()


def ask(text: str):
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize("stream", [False, True])
def test_messages(client, stream):
    sdk, relay = client
    result = turn(sdk, stream, messages=ask("2+2 \u20ac?"), system="Be brief.")
    assert (result.content[0].text, result.stop_reason) == ("You said: 2+2 \u20ac?", "end_turn")
    row = relay.store.only()
    assert (row["api"], row["provider"], row["streamed"]) == ("anthropic_messages", "anthropic", int(stream))
    assert (row["model"], row["response_model"]) == ("claude-haiku-4-5", "claude-haiku-4-5-20251001")
    assert (row["end_reason"], row["stop_reason"]) == ("complete", "end_turn")
    assert row["total_tokens"] == result.usage.input_tokens + result.usage.output_tokens
    assert texts(relay.store.chain(row["head_hash"])) == [
        ("system", "Be brief."), ("user", "2+2 \u20ac?"), ("assistant", "You said: 2+2 \u20ac?")]


@pytest.mark.parametrize("stream", [False, True])
def test_tools_and_thinking_round_trip(client, stream):
    sdk, relay = client
    messages = ask("Weather in Tokyo?")
    first = turn(sdk, stream, messages=messages, tools=TOOLS, thinking={"type": "enabled", "budget_tokens": 1024},
                 extra_headers={"X-Mock-Tool-Calls": "2"})
    assert [block.type for block in first.content] == ["thinking", "tool_use", "tool_use"]
    messages.append({"role": "assistant", "content": first.content})
    messages.append({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": block.id, "content": "rain"} for block in first.content
        if block.type == "tool_use"]})
    final = turn(sdk, stream, messages=messages, tools=TOOLS)
    assert final.content[0].text == "The tool said: rainrain"
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant", "user", "assistant"]
    assert chain[1]["hash"] == rows[0]["head_hash"]
    assert [block["type"] for block in chain[1]["content"]] == ["thinking", "tool_use", "tool_use"]
    assert chain[1]["content"][0]["signature"] == first.content[0].signature
    assert len(relay.store.nodes()) == 4


@pytest.mark.parametrize("stream", [False, True])
def test_server_tools_and_citations_round_trip(client, stream):
    sdk, relay = client
    messages = ask("Search.")
    first = turn(sdk, stream, messages=messages, tools=WEB_SEARCH)
    assert [block.type for block in first.content] == ["server_tool_use", "web_search_tool_result", "text"]
    messages += [{"role": "assistant", "content": first.content}, *ask("And?")]
    turn(sdk, not stream, messages=messages)
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert chain[1]["hash"] == rows[0]["head_hash"]
    assert [block["type"] for block in chain[1]["content"]] == [
        "server_tool_use", "web_search_tool_result", "text", "citations"]


@pytest.mark.parametrize("status, error", [(400, anthropic.BadRequestError), (429, anthropic.RateLimitError),
                                           (529, anthropic.InternalServerError)])
def test_errors_reach_the_caller_as_what_they_are(client, status, error):
    sdk, relay = client
    with pytest.raises(error) as raised:
        turn(sdk, False, messages=ask("x"), extra_headers={"X-Mock-Status": str(status)})
    assert raised.value.body["type"] == "error"
    assert raised.value.request_id.startswith("req_mock")
    assert relay.store.only()["drop_reason"] == "upstream_status"


def test_count_tokens_is_no_turn(client):
    sdk, relay = client
    assert sdk.messages.count_tokens(model=BASE["model"], messages=ask("2+2?")).input_tokens > 0
    assert relay.store.only()["drop_reason"] == "non_turn_request"
    assert relay.store.nodes() == []


@pytest.fixture
def node(route):
    relay, url = route

    def run(scenario):
        done = subprocess.run(["node", NODE / "anthropic.mjs", scenario, url], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, cwd=NODE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), relay
    return run


@pytest.mark.parametrize("scenario", ["create", "stream"])
def test_node_messages(node, scenario):
    result, relay = node(scenario)
    assert (result["text"], result["stop"]) == ("You said: 2+2?", "end_turn")
    row = relay.store.only()
    assert (row["streamed"], row["completion_tokens"]) == (int(scenario == "stream"), result["usage"]["output_tokens"])
    assert texts(relay.store.chain(row["head_hash"])) == [
        ("system", "Be brief."), ("user", "2+2?"), ("assistant", "You said: 2+2?")]


@pytest.mark.parametrize("scenario", ["tools", "streamedTools"])
def test_node_tools_and_thinking_round_trip(node, scenario):
    result, relay = node(scenario)
    assert result == {"kinds": ["thinking", "tool_use", "tool_use"], "stop": "tool_use",
                      "text": "The tool said: rainrain"}
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [entry["role"] for entry in chain] == ["user", "assistant", "user", "assistant"]
    assert chain[1]["hash"] == rows[0]["head_hash"]


def test_node_errors_and_count_tokens(node):
    result, relay = node("error")
    assert (result["status"], result["type"]) == (529, "overloaded_error")
    assert result["requestID"].startswith("req_mock")
    counted, _ = node("countTokens")
    assert counted["input_tokens"] > 0
    assert {row["drop_reason"] for row in relay.store.wait_exchanges(2)} == {"upstream_status", "non_turn_request"}
