"""openai-python and openai-node speak Responses with `tapes serve mock`, through the proxy."""
import json
import pathlib
import subprocess

import openai
import pytest

from harness.store import texts

NODE = pathlib.Path(__file__).parent / "node"
MODEL = "gpt-4o"
TOOL = {"type": "function", "name": "get_weather", "strict": False, "description": "Current weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


@pytest.fixture
def client(proxy, mock):
    """(client, relay)"""
    relay = proxy(mock)
    with openai.OpenAI(base_url=relay.url + "/v1", api_key="sk-e2e-python-1234567890", max_retries=0,
                       timeout=15) as sdk:
        yield sdk, relay


@pytest.fixture
def node(proxy, mock):
    """Runs a scenario of node/client.mjs: (its result, relay)."""
    def run(scenario):
        relay = proxy(mock)
        done = subprocess.run(["node", NODE / "client.mjs", scenario, relay.url + "/v1"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, cwd=NODE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), relay
    return run


def stream_text(sdk, **members):
    """(what the deltas add up to, the final response)"""
    text = ""
    with sdk.responses.stream(model=MODEL, **members) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                text += event.delta
        return text, events.get_final_response()


def assert_one_chain(relay, count):
    rows = relay.store.wait_exchanges(count)
    assert [row["drop_reason"] or "" for row in rows] == [""] * count
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert len(relay.store.nodes()) == len(chain), "a fork"
    assert {row["head_hash"] for row in rows} <= {entry["hash"] for entry in chain}
    return rows, chain


def test_create_and_stream_are_one_node(client):
    sdk, relay = client
    said = sdk.responses.create(model=MODEL, instructions="Be brief.", input="hello \u20ac")
    assert said.output_text == "You said: hello \u20ac"
    text, final = stream_text(sdk, instructions="Be brief.", input="hello \u20ac")
    assert text == final.output_text == said.output_text
    rows, chain = assert_one_chain(relay, 2)
    assert texts(chain) == [("system", "Be brief."), ("user", "hello \u20ac"), ("assistant", said.output_text)]
    assert [row["streamed"] for row in rows] == [0, 1]
    assert {row["stop_reason"] for row in rows} == {"completed"}
    assert rows[0]["response_id"] == said.id and rows[1]["response_id"] == final.id
    assert rows[0]["total_tokens"] == said.usage.total_tokens


def test_turns_whose_output_is_sent_back_are_one_chain(client):
    sdk, relay = client
    history = []
    for n in range(4):
        history.append({"role": "user", "content": f"question {n}"})
        if n % 2:
            history += stream_text(sdk, input=history, extra_headers={"X-Mock-Thinking": "1"})[1].output
        else:
            history += sdk.responses.create(model=MODEL, input=history, include=["reasoning.encrypted_content"],
                                            extra_headers={"X-Mock-Thinking": "1"}).output
    _, chain = assert_one_chain(relay, 4)
    assert [entry["role"] for entry in chain] == ["user", "assistant"] * 4
    assert [block["type"] for block in chain[1]["content"]] == ["thinking", "text"]
    assert chain[1]["content"][0]["signature"].startswith("gAAAA")


@pytest.mark.parametrize("stream", [False, True])
def test_parallel_tools_round_trip_is_one_chain(client, stream):
    sdk, relay = client
    history = [{"role": "user", "content": "Weather in Tokyo?"}]
    headers = {"X-Mock-Tool-Calls": "3"}
    if stream:
        first = stream_text(sdk, input=history, tools=[TOOL], extra_headers=headers)[1]
    else:
        first = sdk.responses.create(model=MODEL, input=history, tools=[TOOL], extra_headers=headers)
    assert [item.type for item in first.output] == ["function_call"] * 3
    history += first.output
    history += [{"type": "function_call_output", "call_id": item.call_id, "output": f"rain {n}"}
                for n, item in enumerate(first.output)]
    last = sdk.responses.create(model=MODEL, input=history, tools=[TOOL])
    assert last.output_text == "The tool said: rain 2"
    _, chain = assert_one_chain(relay, 2)
    assert [entry["role"] for entry in chain] == ["user", "assistant", "tool", "tool", "tool", "assistant"]
    assert chain[1]["content"][0]["tool_input"] == json.loads(first.output[0].arguments)
    assert chain[2]["content"][0]["tool_result_id"] == first.output[0].call_id


def test_refusal_is_kept(client):
    sdk, relay = client
    said = sdk.responses.create(model=MODEL, input="x", extra_headers={"X-Mock-Refusal": "1"})
    head = relay.store.node(relay.store.only()["head_hash"])
    assert head["content"] == [{"type": "refusal", "refusal": said.output[0].content[0].refusal}]


def test_previous_response_id_passes(client):
    sdk, relay = client
    first = sdk.responses.create(model=MODEL, input="one")
    second = sdk.responses.create(model=MODEL, input="two", instructions="Else.", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    with pytest.raises(openai.BadRequestError, match="begins with 'resp'"):
        sdk.responses.create(model=MODEL, input="three", previous_response_id="msg_1")
    rows = relay.store.wait_exchanges(3)
    assert [row["drop_reason"] or "" for row in rows] == ["", "", "upstream_status"]
    said = texts(relay.store.chain(rows[1]["head_hash"]))
    assert said[-2:] == [("user", "two"), ("assistant", "You said: two")]
    assert ("system", "Else.") not in said


def test_stream_that_is_closed_early_is_incomplete(client):
    sdk, relay = client
    with sdk.responses.create(model=MODEL, input="count", stream=True,
                              extra_headers={"X-Mock-Events": "200", "X-Mock-Event-Delay-Ms": "5"}) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                break
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "", row["stop_reason"]) == ("client_closed", "", "incomplete")
    assert relay.store.node(row["head_hash"])["content"][0]["text"]


def test_node_create_and_stream_are_one_node(node):
    result, relay = node("responses")
    assert result["text"] == result["streamed"] == "You said: 2+2?"
    assert_one_chain(relay, 2)


def test_node_tools_round_trip_is_one_chain(node):
    result, relay = node("responsesTools")
    assert result == {"calls": ["a sample, \u00e9"] * 2, "text": "The tool said: rain"}
    _, chain = assert_one_chain(relay, 2)
    assert [entry["role"] for entry in chain] == ["user", "assistant", "tool", "tool", "assistant"]


def test_node_previous_response_id_passes(node):
    result, relay = node("responsesPrevious")
    assert result["previous"] == result["first"]
    assert [row["response_id"] for row in relay.store.wait_exchanges(2)] == [result["first"], result["second"]]
