"""openai-python pointed at the proxy: what people do with it, and what is stored of it."""
import json
import time

import openai
import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, Closed, chunk

TOOL = {"type": "function", "function": {"name": "get_weather", "description": "Current weather",
                                         "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                                                        "required": ["city"]}}}


def sse(events) -> bytes:
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n"


@pytest.fixture
def client(proxy, upstream):
    """(client, relay, script) in front of scripted answers."""
    opened = []

    def make(*answers, **options):
        script = Answering(*answers)
        relay = proxy(upstream(script))
        one = openai.OpenAI(base_url=relay.url + "/v1", api_key="sk-e2e-python-1234567890",
                            max_retries=options.pop("max_retries", 0), timeout=15, **options)
        opened.append(one)
        return one, relay, script
    yield make
    for one in opened:
        one.close()


def test_chat(client):
    sdk, relay, _ = client(chat.answer(chat.completion("Four.", usage=(9, 2))))
    result = sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "2+2?"}])
    assert (result.choices[0].message.content, result.choices[0].finish_reason) == ("Four.", "stop")
    assert result.usage.total_tokens == 11
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "2+2?"), ("assistant", "Four.")]


def test_streamed_chat_with_usage(client):
    sdk, relay, _ = client(sse(chat.stream_events("Fo", "ur", ".", usage=(9, 2))))
    text, usage = "", None
    for event in sdk.chat.completions.create(model="gpt-4o", stream=True, stream_options={"include_usage": True},
                                             messages=[{"role": "user", "content": "2+2?"}]):
        usage = event.usage or usage
        if event.choices:
            text += event.choices[0].delta.content or ""
    assert (text, usage.prompt_tokens) == ("Four.", 9)
    row = relay.store.only()
    assert (row["end_reason"], row["streamed"], row["prompt_tokens"]) == ("complete", 1, 9)
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "2+2?"), ("assistant", "Four.")]


def test_conversation_on_one_connection_is_one_chain(client):
    sdk, relay, _ = client(*[sse(chat.stream_events(f"answer {n}")) if n % 2 else
                             chat.answer(chat.completion(f"answer {n}")) for n in range(6)])
    messages = []
    for n in range(6):
        messages.append({"role": "user", "content": f"question {n}"})
        if n % 2:
            parts = [e.choices[0].delta.content or "" for e in sdk.chat.completions.create(
                model="gpt-4o", messages=messages, stream=True)]
            messages.append({"role": "assistant", "content": "".join(parts)})
        else:
            said = sdk.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message
            messages.append(said.model_dump(exclude_none=True))
    relay.store.wait_exchanges(6)
    assert len(relay.store.nodes()) == 12


@pytest.mark.parametrize("stream", [False, True])
def test_tools_round_trip(client, stream):
    calls = [{"id": f"call_{n}", "type": "function",
              "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
             for n, city in enumerate(["Tokyo", "Paris"])]
    if stream:
        events = [chat.delta({"role": "assistant", "content": None})]
        for index, call in enumerate(calls):
            events.append(chat.delta({"tool_calls": [{**call, "index": index, "function": {
                **call["function"], "arguments": ""}}]}))
            for at in range(0, len(call["function"]["arguments"]), 5):
                events.append(chat.delta({"tool_calls": [{"index": index, "function": {
                    "arguments": call["function"]["arguments"][at:at + 5]}}]}))
        first = sse(events + [chat.delta(finish="tool_calls"), b"data: [DONE]\n\n"])
    else:
        first = chat.answer(chat.completion(finish="tool_calls", message={
            "role": "assistant", "content": None, "tool_calls": calls}))
    sdk, relay, _ = client(first, chat.answer(chat.completion("Rain in both.")))
    messages = [{"role": "user", "content": "Weather in Tokyo and Paris?"}]
    if stream:
        with sdk.chat.completions.stream(model="gpt-4o", messages=messages, tools=[TOOL]) as events:
            for _ in events:
                pass
            said = events.get_final_completion().choices[0].message
    else:
        said = sdk.chat.completions.create(model="gpt-4o", messages=messages, tools=[TOOL]).choices[0].message
    assert [json.loads(call.function.arguments)["city"] for call in said.tool_calls] == ["Tokyo", "Paris"]
    messages.append({"role": "assistant", "content": None, "tool_calls": [
        {"id": c.id, "type": "function", "function": {"name": c.function.name, "arguments": c.function.arguments}}
        for c in said.tool_calls]})
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in said.tool_calls]
    final = sdk.chat.completions.create(model="gpt-4o", messages=messages, tools=[TOOL])
    assert final.choices[0].message.content == "Rain in both."
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant", "tool", "tool", "assistant"]
    assert chain[1]["hash"] == rows[0]["head_hash"]


@pytest.mark.parametrize("status, error", [
    (b"400 Bad Request", openai.BadRequestError), (b"401 Unauthorized", openai.AuthenticationError),
    (b"404 Not Found", openai.NotFoundError), (b"429 Too Many Requests", openai.RateLimitError),
    (b"500 Internal Server Error", openai.InternalServerError)])
@pytest.mark.parametrize("stream", [False, True])
def test_errors_reach_the_caller_as_what_they_are(client, status, error, stream):
    body = b'{"error":{"message":"told so","type":"t","param":null,"code":"c"}}'
    sdk, relay, _ = client(chat.answer(body, status, b"x-request-id: req_7\r\n"))
    with pytest.raises(error) as raised:
        sdk.chat.completions.create(model="gpt-4o", stream=stream, messages=[{"role": "user", "content": "x"}])
    assert raised.value.body["message"] == "told so"
    assert raised.value.request_id == "req_7"
    row = relay.store.only()
    assert (row["status"], row["drop_reason"]) == (int(status[:3]), "upstream_status")


def test_retry_after_is_honoured_by_the_client(client):
    body = b'{"error":{"message":"slow down"}}'
    sdk, relay, script = client(chat.answer(body, b"429 Too Many Requests", b"Retry-After: 1\r\n"),
                                chat.answer(chat.completion("ok")), max_retries=1)
    begun = time.monotonic()
    assert sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "x"}]).choices
    assert time.monotonic() - begun >= 0.9
    assert len(script.requests) == 2
    relay.store.wait_exchanges(2)


def test_stream_cut_by_the_upstream_raises(client):
    def cut(peer, head, body):
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, chat.stream_events("half", "x")[:2])))
        peer.close()
        raise Closed(b"", True)
    sdk, relay, _ = client(cut)
    got = ""
    with pytest.raises(Exception) as raised:
        for event in sdk.chat.completions.create(model="gpt-4o", stream=True,
                                                 messages=[{"role": "user", "content": "x"}]):
            got += event.choices[0].delta.content or ""
    assert not isinstance(raised.value, AssertionError)
    assert got == "half"
    row = relay.store.only()
    assert row["end_reason"] == "upstream_closed"
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "half")


def test_aborted_stream_is_recorded_as_far_as_it_came(client):
    def endless(peer, head, body):
        peer.send(chat.SSE_HEAD + chunk(chat.delta({"role": "assistant", "content": ""})))
        for number in range(10_000):
            peer.send(chunk(chat.delta({"content": f"{number} "})))
            time.sleep(0.01)
    sdk, relay, _ = client(endless)
    stream = sdk.chat.completions.create(model="gpt-4o", stream=True, messages=[{"role": "user", "content": "count"}])
    text = ""
    for event in stream:
        text += event.choices[0].delta.content or ""
        if text.endswith("5 "):
            break
    stream.close()
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("client_closed", "")
    node = relay.store.node(row["head_hash"])
    assert node["content"][0]["text"].startswith("0 1 2 3 4 5 ")
    assert node["stop_reason"] == "incomplete"


def test_models_and_embeddings_pass(client):
    sdk, relay, _ = client(
        chat.answer(b'{"object":"list","data":[{"id":"gpt-4o","object":"model","created":1,"owned_by":"x"}]}'),
        chat.answer(b'{"object":"list","model":"e","data":[{"object":"embedding","index":0,"embedding":[0.5]}],'
                    b'"usage":{"prompt_tokens":1,"total_tokens":1}}'))
    assert [model.id for model in sdk.models.list()] == ["gpt-4o"]
    result = sdk.embeddings.create(model="e", input="x", encoding_format="float")
    assert result.data[0].embedding == [0.5]
    assert {row["drop_reason"] for row in relay.store.wait_exchanges(2)} == {"non_turn_request"}
