"""The request that goes on from a node: sent by the official SDKs, answered by the mock, and recorded behind that node."""
import json

import anthropic
import openai
import pytest

from harness import chat, conversations, messages
from harness.api import wait_catalogue
from harness.wire import Answering

KEYS = {"api_key": "sk-e2e-0123456789abcdef", "max_retries": 0, "timeout": 15}


@pytest.fixture
def export(run):
    def go(store, name, *more, code=0):
        done, out, err = run("export", name, "--as", "request", "--sqlite", store.path, *more)
        assert done == code, (out, err)
        return (json.loads(out) if code == 0 else out), err
    return go


def send(relay, api, body):
    """Sends a body by the official SDK of its API."""
    if api == "anthropic":
        with anthropic.Anthropic(base_url=relay.url, **KEYS) as sdk:
            named = {key: body.pop(key) for key in ("model", "max_tokens", "messages")}
            sdk.messages.create(**named, extra_body=body)  # this version names no temperature
        return
    with openai.OpenAI(base_url=relay.url + "/v1", **KEYS) as sdk:
        create = sdk.responses.create if api == "openai-responses" else sdk.chat.completions.create
        answer = create(**body)
        if body.get("stream"):
            for _ in answer:
                pass


def say(api, body, text):
    if api == "openai-responses":
        body["input"].append({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
    else:
        body["messages"].append({"role": "user", "content": text})


RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "created_at": 1, "output": [
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "c2VhbGVk"},
    {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
     "content": [{"type": "output_text", "text": "Let me see.", "annotations": []}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": '{"city":"Oslo"}',
     "status": "completed"}]}
RESPONSE_ASKED = {"model": "gpt-5", "instructions": "Be brief.", "store": False, "include": ["reasoning.encrypted_content"],
                  "input": [{"role": "user", "content": [
                      {"type": "input_text", "text": "Weather?"},
                      {"type": "input_image", "image_url": f"data:image/png;base64,{conversations.PIXEL}", "detail": "auto"}]}],
                  "tools": [{"type": "function", "name": "weather", "description": "The weather.", "strict": False,
                             "parameters": conversations.SCHEMA}], "max_output_tokens": 64}
RESPONSE_RESULT = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
RESPONSE_TWO = {**RESPONSE, "id": "resp_2", "output": [
    {"type": "message", "id": "msg_2", "role": "assistant", "status": "completed",
     "content": [{"type": "output_text", "text": "It rains.", "annotations": []}]}]}


def response_answers():
    return [chat.answer(chat.dumps(one)) for one in (RESPONSE, RESPONSE_TWO)]


def response_turns():
    second = {**RESPONSE_ASKED, "input": [*RESPONSE_ASKED["input"], *RESPONSE["output"], RESPONSE_RESULT]}
    return [chat.post(chat.dumps(one), path=b"/v1/responses") for one in (RESPONSE_ASKED, second)]


APIS = {"openai-chat": ("openai", conversations.chat_answers, conversations.chat_turns),
        "anthropic": ("anthropic", conversations.message_answers, conversations.message_turns),
        "openai-responses": ("openai", response_answers, response_turns)}


@pytest.fixture(params=APIS)
def recorded(request, proxy, upstream, workspace):
    """(API, provider, store) of a conversation with a call, an image and thinking."""
    provider, answers, turns = APIS[request.param]
    relay = proxy(upstream(Answering(*answers())), provider=provider)
    for one in turns():
        relay.fetch(one)
    relay.rows = relay.store.wait_exchanges(2)
    assert len([one for one in relay.store.nodes() if one["parent_hash"] is None]) == 1
    wait_catalogue(relay, 2)
    assert relay.stop() == 0
    return request.param, provider, relay


def test_it_goes_on_from_any_node_of_its_own_api(recorded, export, proxy, mock):
    api, provider, relay = recorded
    chain = relay.store.chain(relay.rows[1]["head_hash"])
    again = proxy(mock, provider=provider)  # on the same store
    done = 2
    for depth, node in enumerate(chain):
        if node["role"] == "system":
            continue
        body, err = export(again.store, node["hash"])
        assert "left out" not in err, err
        if node["role"] == "assistant":
            if any(block["type"] == "tool_use" for block in node["content"]):
                continue  # its results must follow: the next node has them
            say(api, body, "go on")
        send(again, api, body)
        done += 1
        rows = again.store.wait_exchanges(done)
        new = again.store.chain(max(rows, key=lambda row: row["seq"])["head_hash"])
        assert [one["hash"] for one in new[:depth + 1]] == [one["hash"] for one in chain[:depth + 1]]
        assert len(new) == depth + 2 + (node["role"] == "assistant")
    assert len([one for one in again.store.nodes() if one["parent_hash"] is None]) == 1


@pytest.mark.parametrize("other", APIS)
def test_it_is_answered_in_the_form_of_each_api(recorded, export, proxy, mock, other, workspace):
    api, _, relay = recorded
    head = relay.rows[1]["head_hash"]
    body, err = export(relay.store, head, "--api", other)
    say(other, body, "go on")
    directory = workspace / "other"
    directory.mkdir()
    target = proxy(mock, provider=APIS[other][0], directory=directory)
    send(target, other, body)
    row = target.store.only()
    new = target.store.chain(row["head_hash"])
    said = [(block["type"], block.get("text") or block.get("tool_output") or block.get("tool_input"))
            for node in new for block in node["content"] if block["type"] in ("text", "tool_use", "tool_result")]
    wanted = [("text", "Be brief."), ("text", "Weather?"), ("tool_use", {"city": "Oslo"}), ("tool_result", "rain"),
              ("text", "It rains."), ("text", "go on"), ("text", "You said: go on")]
    assert [one for one in said if one not in (("text", "Let me see."), ("text", "and?"))] == wanted
    assert any(block["type"] == "image" for node in new for block in node["content"])
    assert ("Let me see." in str(said)) == (api != "openai-chat")
    tools = [tool.get("function", tool)["name"] for tool in body["tools"]]
    assert tools[0] == "weather"
    if other != api:
        assert all("thinking" not in str(node["content"]) for node in new)
        if api == "anthropic":
            for thing in ("thinking: 1", "marks of failed calls: 1", "tool web_search_20250305 of the provider: 1",
                          "parameter metadata: 1", "parameter thinking: 1"):
                assert thing in err, err
        if api == "openai-responses":
            assert "thinking: 1" in err and "parameter store: 1" in err


def test_parameters_are_brought_into_the_form(proxy, upstream, export):
    relay = proxy(upstream(Answering(*conversations.chat_answers())))
    more = {"stop": "END", "tool_choice": {"type": "function", "function": {"name": "weather"}}, "frequency_penalty": 0.1}
    for request in conversations.chat_turns(**more):
        relay.fetch(request)
    rows = relay.store.wait_exchanges(2)
    own, _ = export(relay.store, rows[1]["head_hash"])
    assert {key: own[key] for key in (*more, "temperature", "stream")} == {**more, "temperature": 0.5, "stream": True}
    assert own["messages"][:3] == [*conversations.CHAT_ASKED, {**conversations.CHAT_CALL}]
    claude, err = export(relay.store, rows[1]["head_hash"], "--api", "anthropic")
    assert claude["max_tokens"] == 100 and claude["stop_sequences"] == ["END"] and claude["temperature"] == 0.5
    assert claude["tool_choice"] == {"type": "tool", "name": "weather"} and "parameter frequency_penalty: 1" in err
    assert claude["system"] == [{"type": "text", "text": "Be brief."}] and claude["tools"][0]["input_schema"] == conversations.SCHEMA
    item, err = export(relay.store, rows[1]["head_hash"], "--api", "openai-responses")
    assert item["max_output_tokens"] == 100 and item["tool_choice"] == {"type": "function", "name": "weather"}
    assert "parameter stop: 1" in err and item["tools"][0]["name"] == "weather"


def test_secrets_are_taken_out_and_what_cannot_be_written_is_refused(proxy, upstream, export, run):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Hello.")))))
    relay.fetch(chat.turn('password = "hunt' 'er2!"', fields=b"session_id: s\r\n"))
    row, = relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    for name in (row["head_hash"], row["id"], "s", "@"):
        body, err = export(relay.store, name)
        assert "redacted: assigned-secret" in body["messages"][0]["content"] and "taken out" in err
    body, _ = export(relay.store, "s", "--keep-secrets")
    assert "hunt" "er2!" in body["messages"][0]["content"]
    _, err = export(relay.store, "s", "--api", "cohere", code=1)
    assert "anthropic, openai-chat or openai-responses" in err
    status, _, text = relay.ask(f"/v1/exports/request/{row['head_hash']}?api=anthropic")
    assert status == 200 and json.loads(text)["messages"][1]["role"] == "assistant"
    assert relay.ask(f"/v1/exports/request/{row['head_hash']}?api=x")[0] == 422
