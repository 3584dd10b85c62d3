"""Why an exchange ended, why it is no turn, and which reason comes first."""
import time

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, Closed, chunk, wait_until

EVENTS = chat.stream_events("one ", "two ", "three", usage=(7, 9))
HALF = b"".join(map(chunk, EVENTS[:3]))
NO_JSON = chat.post(b"{nope")


def ended(row):
    return row["end_reason"], row["drop_reason"] or ""


def breaking(tail: bytes):
    """A stream that says "one two " and then `tail`."""
    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + HALF + tail)
        try:
            peer.take_to_end()
        except Closed:
            pass
    return script


@pytest.mark.parametrize("tail", [b"zz\r\n", b"5\r\nabcdeXX", b"ffffffffffffffffff\r\n"])
def test_chunks_that_are_none_end_a_stream_as_protocol_error_and_its_part_is_recorded(proxy, upstream, tail):
    relay = proxy(upstream(breaking(tail)))
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        with pytest.raises(Closed):
            client.take_chunked_raw()
    row = relay.store.only()
    assert ended(row) == ("protocol_error", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two ")
    assert relay.store.node(row["head_hash"])["stop_reason"] == "incomplete"
    relay.store.assert_balanced()


def test_head_that_is_none_is_protocol_error_and_no_response(proxy, upstream):
    relay = proxy(upstream(Answering(b"HTTP/1.1 banana\r\n\r\n")))
    assert relay.fetch(chat.turn("hi"))[0].status == 502
    row = relay.store.only()
    assert ended(row) == ("protocol_error", "no_response")


def test_upstream_that_closes_before_its_head_is_no_response(proxy, upstream):
    def close(peer):
        peer.take_message()
    relay = proxy(upstream(close))
    assert relay.fetch(chat.turn("hi"))[0].status == 502
    row = relay.store.only()
    assert row["end_reason"] in ("upstream_closed", "upstream_unreachable")
    assert row["drop_reason"] == "no_response"


def test_one_shot_answer_that_breaks_off_is_response_decode(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(chat.answer(chat.completion("said"))[:-30])
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        with pytest.raises(Closed):
            client.take(int(head.get(b"Content-Length")))
    assert ended(relay.store.only()) == ("upstream_closed", "response_decode")


def test_silence_after_the_terminal_event_is_complete_not_timeout(proxy, upstream):
    relay = proxy(upstream(breaking(b"".join(map(chunk, EVENTS[3:-1])))), settings={"proxy.idle_timeout": "400ms"})
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        with pytest.raises(Closed):
            client.take_chunked_raw()
    row = relay.store.only()
    assert ended(row) == ("complete", "")
    node = relay.store.node(row["head_hash"])
    assert (node["stop_reason"], row["prompt_tokens"]) == ("stop", 7)


def test_client_that_left_comes_before_what_the_upstream_did_then(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + HALF)
        time.sleep(0.4)
        peer.send(b"zz\r\n")
        peer.take_to_end()
    relay = proxy(upstream(script), settings={"proxy.on_client_disconnect": "drain"})
    client = relay.connect()
    client.send(chat.turn("count", stream=True))
    client.take_head()
    client.take(len(HALF))
    client.reset()
    row = relay.store.only()
    assert ended(row) == ("client_closed", "")
    assert relay.store.node(row["head_hash"])["stop_reason"] == "incomplete"


@pytest.mark.parametrize("path, events, usage", [
    (b"/api/chat", [b'{"model":"m","message":{"role":"assistant","content":"one "},"done":false}\n',
                    b'{"model":"m","message":{"role":"assistant","content":"two"},"done":false}\n',
                    b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"length",'
                    b'"prompt_eval_count":7,"eval_count":9}\n'], (7, 9)),
    (b"/api/generate", [b'{"model":"m","response":"one ","done":false}\n',
                        b'{"model":"m","response":"two","done":false}\n',
                        b'{"model":"m","response":"","done":true,"done_reason":"length","prompt_eval_count":7,'
                        b'"eval_count":9}\n'], (7, 9))])
def test_drain_learns_the_usage_of_a_stream_of_lines(proxy, upstream, path, events, usage):
    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  chunk(events[0]))
        time.sleep(0.4)
        peer.send(b"".join(map(chunk, events[1:])) + b"0\r\n\r\n")
        peer.take_to_end()
    relay = proxy(upstream(script), provider="ollama", settings={"proxy.on_client_disconnect": "drain"})
    client = relay.connect()
    client.send(chat.post(chat.dumps({"model": "m", "prompt": "x", "messages": [{"role": "user", "content": "x"}]}),
                          path=path))
    client.take_head()
    client.take(len(chunk(events[0])))
    client.reset()
    row = relay.store.only()
    assert ended(row) == ("client_closed", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two")
    assert (row["prompt_tokens"], row["completion_tokens"]) == usage
    assert relay.store.node(row["head_hash"])["stop_reason"] == "length"


BIG = b"y" * (6 << 20)
NOBODY = "http://127.0.0.1:1"
# Each pair: what applies as well, and what comes before it. In the order of the reasons.
FIRST = {
    "over_budget before non_turn_request": (
        chat.post(BIG, path=b"/v1/files"), chat.answer(b"{}"), "over_budget"),
    "over_budget before upstream_status": (
        chat.turn("x"), chat.answer(BIG, b"500 Oh"), "over_budget"),
    "over_budget before response_decode": (chat.turn("x"), chat.answer(BIG), "over_budget"),
    "non_turn_request before no_response": (
        b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", None, "non_turn_request"),
    "non_turn_request before upstream_status": (
        chat.post(b"{}", path=b"/v1/embeddings"), chat.answer(b"{}", b"500 Oh"), "non_turn_request"),
    "no_response before request_decode": (NO_JSON, None, "no_response"),
    "upstream_status before request_decode": (NO_JSON, chat.answer(b"{}", b"400 No"), "upstream_status"),
    "upstream_status before empty_response": (chat.turn("x"), chat.answer(b"", b"503 No"), "upstream_status"),
    "upstream_status of a redirect": (chat.turn("x"), chat.answer(b"", b"307 No", b"Location: /y\r\n"),
                                      "upstream_status"),
    "request_decode before empty_response": (NO_JSON, chat.answer(b""), "request_decode"),
    "request_decode before response_decode": (NO_JSON, chat.answer(b"<html>"), "request_decode"),
    "empty_response of no choices": (chat.turn("x"), chat.answer(chat.completion(choices=[])), "empty_response"),
    "empty_response of a stream that only ends": (
        chat.turn("x", stream=True), chat.SSE_HEAD + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n", "empty_response"),
    "stream_error of a one-shot answer": (chat.turn("x"), chat.answer(b'{"error":{"message":"no"}}'), "stream_error"),
}


@pytest.mark.parametrize("case", FIRST)
def test_first_reason_that_applies_is_told(proxy, upstream, case):
    request, answer, reason = FIRST[case]
    relay = proxy(upstream(Answering(answer)) if answer is not None else NOBODY,
                  settings={"record.budget_bytes": "1MiB", "record.spill_bytes": "2MiB"})
    relay.fetch(request, timeout=20)
    wait_until(lambda: relay.store.totals().get(f"dropped.{reason}", 0) == 1 or None, what=reason)
    row = relay.store.only()
    assert (row["drop_reason"], row["head_hash"]) == (reason, None)
    relay.store.assert_balanced()


def test_tunnel_on_the_path_of_a_turn_is_a_tunnel(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("x", fields=b"Connection: Upgrade\r\nUpgrade: other\r\n"))
        assert client.take_head().status == 101
        client.expect_closed()
    assert relay.store.only()["drop_reason"] == "tunnel"
