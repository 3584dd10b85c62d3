"""Ollama's own API: its Python package, and its streams of lines, through the proxy."""
import base64
import json
import time

import httpx
import ollama
import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, Closed, chunk

NDJSON_HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
COUNTS = {"total_duration": 174560334, "load_duration": 101397084, "prompt_eval_count": 11,
          "prompt_eval_duration": 13074791, "eval_count": 18, "eval_duration": 52479709}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}}}


def line(more, **also) -> bytes:
    return chat.dumps({"model": "qwen3:8b", "created_at": "2026-01-02T03:04:05.678901234Z", **more, **also}) + b"\n"


def said(text="", done=False, **message) -> bytes:
    end = {"done": True, "done_reason": "stop", **COUNTS} if done else {"done": False}
    return line({"message": {"role": "assistant", "content": text, **message}}, **end)


def ndjson(*lines: bytes) -> bytes:
    return NDJSON_HEAD + b"".join(map(chunk, lines)) + b"0\r\n\r\n"


def asked(*texts_, path=b"/api/chat", **more) -> bytes:
    return chat.turn(*texts_, model="qwen3:8b", path=path, **more)


@pytest.fixture
def client(proxy):
    """(client, relay) in front of an upstream."""
    opened = []

    def make(to, headers=None, **options):
        relay = proxy(to, provider="ollama", **options)
        one = ollama.Client(host=relay.url, timeout=15, headers=headers)
        opened.append(one)
        return one, relay
    yield make
    for one in opened:
        one.close()


@pytest.mark.parametrize("headers", [{}, {"X-Mock-Encoding": "gzip"}])
def test_conversation_is_one_chain_streamed_or_not(client, mock, headers):
    sdk, relay = client(mock, headers)
    messages = [{"role": "system", "content": "Be brief."}]
    for n in range(6):
        messages.append({"role": "user", "content": f"question {n} \u20ac"})
        if n % 2:
            text = "".join(part.message.content for part in sdk.chat("qwen3:8b", messages, stream=True))
            messages.append({"role": "assistant", "content": text})
        else:
            messages.append(sdk.chat("qwen3:8b", messages).message)
    rows = relay.store.wait_exchanges(6)
    assert [row["drop_reason"] or "" for row in rows] == [""] * 6
    assert [row["streamed"] for row in rows] == [0, 1] * 3
    assert {row["api"] for row in rows} == {"ollama_chat"}
    assert {row["end_reason"] for row in rows} == {"complete"}
    assert len(relay.store.nodes()) == 13
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert texts(chain)[-1] == ("assistant", "You said: question 5 \u20ac")
    node = chain[-1]
    assert (node["stop_reason"], node["total_duration_ns"], node["prompt_duration_ns"]) == ("stop", 174560334, 13074791)
    assert node["total_tokens"] == node["prompt_tokens"] + node["completion_tokens"] > 0


@pytest.mark.parametrize("stream", [False, True])
def test_tools_round_trip_is_one_chain(client, mock, stream):
    sdk, relay = client(mock, {"X-Mock-Tool-Calls": "2"})
    messages = [{"role": "user", "content": "Weather in Tokyo?"}]
    if stream:
        calls = [call for part in sdk.chat("m", messages, tools=[TOOL], stream=True)
                 for call in part.message.tool_calls or []]
        messages.append(ollama.Message(role="assistant", tool_calls=calls))
    else:
        messages.append(sdk.chat("m", messages, tools=[TOOL]).message)
    assert [call.function.arguments["days"] for call in messages[-1].tool_calls] == [1, 2]
    messages += [{"role": "tool", "tool_name": "get_weather", "content": f"{n} degrees"} for n in (21, 22)]
    assert sdk.chat("m", messages, tools=[TOOL]).message.content == "The tool said: 22 degrees"
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant", "tool", "tool", "assistant"]
    assert chain[1]["hash"] == rows[0]["head_hash"]
    assert [block["tool_input"]["days"] for block in chain[1]["content"]] == [1, 2]
    assert chain[2]["content"] == [{"type": "tool_result", "tool_name": "get_weather", "tool_output": "21 degrees"}]


@pytest.mark.parametrize("path", ["chat", "generate"])
def test_thinking_is_kept_and_is_one_node_streamed_or_not(client, mock, path):
    sdk, relay = client(mock)

    def ask(stream):
        if path == "chat":
            return sdk.chat("m", [{"role": "user", "content": "hi"}], think=True, stream=stream)
        return sdk.generate("m", "hi", think=True, stream=stream)
    ask(False)
    list(ask(True))
    one, streamed = relay.store.wait_exchanges(2)
    assert one["head_hash"] == streamed["head_hash"]
    blocks = relay.store.node(one["head_hash"])["content"]
    assert [block["type"] for block in blocks] == ["thinking", "text"]


def test_prompt_with_a_system_text_and_an_image(client, mock):
    image = base64.b64encode(b"\x89PNG not really").decode()
    sdk, relay = client(mock)
    answer = sdk.generate("m", "What is this?", system="Be brief.", images=[image], context=[1, 2, 3])
    assert answer.response == "You said: What is this?"
    row = relay.store.only()
    assert (row["api"], row["drop_reason"] or "") == ("ollama_generate", "")
    system, user, assistant = relay.store.chain(row["head_hash"])
    assert system["content"] == [{"type": "text", "text": "Be brief."}]
    assert user["content"] == [{"type": "context", "raw": [1, 2, 3]}, {"type": "text", "text": "What is this?"},
                               {"type": "image", "image_base64": image}]
    assert assistant["content"] == [{"type": "text", "text": "You said: What is this?"}]


def test_loading_a_model_is_no_turn(client, mock):
    sdk, relay = client(mock)
    assert sdk.chat("m", []).done_reason == "load"
    list(sdk.generate("m", stream=True))
    assert [row["drop_reason"] for row in relay.store.wait_exchanges(2)] == ["empty_response"] * 2


def test_other_endpoints_pass_and_are_no_turns(client, upstream):
    sdk, relay = client(upstream(Answering(chat.answer(b'{"models":[]}'),
                                           chat.answer(b'{"model":"e","embeddings":[[0.5]]}'))))
    assert list(sdk.list().models) == []
    assert sdk.embed("e", "x").embeddings == [[0.5]]
    assert {row["drop_reason"] for row in relay.store.wait_exchanges(2)} == {"non_turn_request"}


def test_error_in_mid_stream_reaches_the_caller_and_what_was_said_is_kept(client, upstream):
    sdk, relay = client(upstream(Answering(ndjson(said("ha"), said("lf"), b'{"error":"out of memory"}\n'))))
    with pytest.raises(ollama.ResponseError, match="out of memory"):
        list(sdk.chat("m", [{"role": "user", "content": "x"}], stream=True))
    row = relay.store.only()
    node = relay.store.node(row["head_hash"])
    assert (node["content"][0]["text"], node["stop_reason"]) == ("half", "incomplete")


def test_error_alone_is_no_turn(client, upstream):
    sdk, relay = client(upstream(Answering(ndjson(b'{"error":"out of memory"}\n'))))
    with pytest.raises(ollama.ResponseError):
        list(sdk.chat("m", [{"role": "user", "content": "x"}], stream=True))
    assert relay.store.only()["drop_reason"] == "stream_error"


def test_stream_cut_by_the_upstream_is_no_clean_end_and_its_part_is_recorded(client, upstream):
    def cut(peer, head, body):
        peer.send(NDJSON_HEAD + chunk(said("ha")) + chunk(said("lf")[:-9]))
        peer.close()
        raise Closed(b"", True)
    sdk, relay = client(upstream(Answering(cut)))
    got = []
    with pytest.raises(httpx.TransportError):
        for part in sdk.chat("m", [{"role": "user", "content": "x"}], stream=True):
            got.append(part.message.content)
    assert got == ["ha"]
    row = relay.store.only()
    assert row["end_reason"] == "upstream_closed"
    node = relay.store.node(row["head_hash"])
    assert (node["content"][0]["text"], node["stop_reason"]) == ("ha", "incomplete")


def test_client_that_closes_after_the_last_line_ended_complete(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(NDJSON_HEAD + chunk(said("four")) + chunk(said(done=True)))
        try:
            peer.take_to_end()
        except Closed:
            pass
    relay = proxy(upstream(script), provider="ollama")
    with relay.connect() as peer:
        peer.send(asked("2+2?"))
        peer.take_head()
        peer.take_until(b"eval_duration")
        peer.take_until(b"}\n")
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "", row["prompt_tokens"]) == ("complete", "", 11)
    assert relay.store.node(row["head_hash"])["stop_reason"] == "stop"


@pytest.mark.parametrize("path, lines", [
    (b"/api/chat", [said("fo"), said("ur"), said(done=True)]),
    (b"/api/generate", [line({"response": "fo", "done": False}), line({"response": "ur", "done": False}),
                        line({"response": "", "done": True, "done_reason": "stop", "context": [1], **COUNTS})])])
def test_last_line_waits_for_the_commit_and_the_others_do_not(proxy, upstream, path, lines):
    relay = proxy(upstream(Answering(ndjson(*lines))), provider="ollama", settings={"record.ack": "wait"},
                  environment={"TAPES_TEST_COMMIT_DELAY_MS": "2000"})
    with relay.connect() as peer:
        begun = time.monotonic()
        peer.send(chat.post(chat.dumps({"model": "m", "prompt": "x", "messages": [{"role": "user", "content": "x"}]}),
                            path=path))
        peer.take_head()
        first = b"".join(map(chunk, lines[:2]))
        assert peer.take(len(first)) == first
        assert time.monotonic() - begun < 1.7
        peer.expect_silence(0.25)
        assert peer.take_chunked_raw() == chunk(lines[2]) + b"0\r\n\r\n"
        assert time.monotonic() - begun >= 2
        row = relay.store.only()
    assert row["drop_reason"] in (None, ""), "the end was seen before the turn was stored"


def test_lines_that_break_anywhere_are_read(proxy, upstream):
    lines = [said("\u20ac\U0001f600"), said("x\u00e9", thinking="h\u00fc"), said(done=True)]
    whole = b"".join(lines)
    raw = b"".join(chunk(bytes([byte])) for byte in whole) + b"0\r\n\r\n"

    def slowly(peer, head, body):
        peer.send(NDJSON_HEAD)
        for at in range(0, len(raw), 61):
            peer.send(raw[at:at + 61])
    relay = proxy(upstream(Answering(slowly)), provider="ollama")
    assert relay.fetch(asked("hi"))[1] == whole
    content = relay.store.node(relay.store.only()["head_hash"])["content"]
    assert content == [{"type": "thinking", "thinking": "h\u00fc"}, {"type": "text", "text": "\u20ac\U0001f600x\u00e9"}]


def test_credential_in_a_line_is_redacted(proxy, upstream):
    secret = "sk-ollama-cloud-1234567890abcdef"
    relay = proxy(upstream(Answering(ndjson(said(f"your key is {secret}"), said(done=True)))), provider="ollama")
    relay.fetch(chat.post(chat.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}),
                          path=b"/api/chat", fields=b"Authorization: Bearer %s\r\n" % secret.encode()))
    stored = json.dumps(relay.store.node(relay.store.only()["head_hash"])["content"])
    assert secret not in stored and "redacted:" in stored
