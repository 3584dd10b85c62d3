"""openai-node pointed at the proxy (node/client.mjs has the scenarios)."""
import json
import pathlib
import subprocess
import time

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, Closed, chunk

NODE = pathlib.Path(__file__).parent / "node"


def sse(events) -> bytes:
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n"


@pytest.fixture
def node(proxy, upstream):
    """Runs a scenario in front of scripted answers: (its result, relay)."""
    def run(scenario, *answers):
        relay = proxy(upstream(Answering(*answers)))
        done = subprocess.run(["node", NODE / "client.mjs", scenario, relay.url + "/v1"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, cwd=NODE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), relay
    return run


def test_chat(node):
    result, relay = node("chat", chat.answer(chat.completion("Four.", usage=(9, 2))))
    assert (result["text"], result["finish"], result["usage"]["total_tokens"]) == ("Four.", "stop", 11)
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "2+2?"), ("assistant", "Four.")]


def test_streamed_chat_with_usage(node):
    result, relay = node("stream", sse(chat.stream_events("Fo", "ur", ".", usage=(9, 2))))
    assert (result["text"], result["usage"]["prompt_tokens"]) == ("Four.", 9)
    row = relay.store.only()
    assert (row["end_reason"], row["streamed"], row["prompt_tokens"]) == ("complete", 1, 9)
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "2+2?"), ("assistant", "Four.")]


def test_tools_round_trip(node):
    calls = [{"id": f"call_{n}", "type": "function",
              "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
             for n, city in enumerate(["Tokyo", "Paris"])]
    result, relay = node("tools", chat.answer(chat.completion(finish="tool_calls", message={
        "role": "assistant", "content": None, "tool_calls": calls, "refusal": None})),
        chat.answer(chat.completion("Rain in both.")))
    assert result == {"calls": ["Tokyo", "Paris"], "text": "Rain in both."}
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [entry["role"] for entry in chain] == ["user", "assistant", "tool", "tool", "assistant"]
    assert chain[1]["hash"] == rows[0]["head_hash"]


@pytest.mark.parametrize("scenario", ["error", "streamError"])
@pytest.mark.parametrize("status, name", [
    (b"400 Bad Request", "BadRequestError"), (b"401 Unauthorized", "AuthenticationError"),
    (b"429 Too Many Requests", "RateLimitError"), (b"500 Internal Server Error", "InternalServerError")])
def test_errors_reach_the_caller_as_what_they_are(node, scenario, status, name):
    result, relay = node(scenario, chat.answer(b'{"error":{"message":"told so","type":"t","param":null,"code":"c"}}',
                                               status, b"x-request-id: req_7\r\n"))
    assert (result["name"], result["status"], result["requestID"]) == (name, int(status[:3]), "req_7")
    assert "told so" in result["message"]
    assert relay.store.only()["drop_reason"] == "upstream_status"


def test_stream_cut_by_the_upstream_raises(node):
    def cut(peer, head, body):
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, chat.stream_events("half", "x")[:2])))
        time.sleep(0.1)
        peer.close()
        raise Closed(b"", True)
    result, relay = node("streamError", cut)
    assert result["name"] != "none", "a truncated stream looked whole"
    row = relay.store.only()
    assert row["end_reason"] == "upstream_closed"
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "half")


def test_aborted_stream_is_recorded_as_far_as_it_came(node):
    def endless(peer, head, body):
        peer.send(chat.SSE_HEAD + chunk(chat.delta({"role": "assistant", "content": ""})))
        for number in range(10_000):
            peer.send(chunk(chat.delta({"content": f"{number} "})))
            time.sleep(0.01)
    result, relay = node("abort", endless)
    assert result["text"] == "0 1 2 3 4 5 "
    row = relay.store.only()
    assert row["end_reason"] == "client_closed"
    entry = relay.store.node(row["head_hash"])
    assert entry["content"][0]["text"].startswith(result["text"])
    assert entry["stop_reason"] == "incomplete"
