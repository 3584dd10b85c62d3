"""Streams whose pieces come oddly: what was said is in the nodes, and a client that brings it back goes on from there."""
import json

import pytest

from harness import chat
from harness.wire import Answering, chunk

NDJSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
HALF, OTHER = "\\ud83d", "\\ude00"
FACE = "\U0001f600"


def sse(*events) -> bytes:
    """Events as they are given: bytes, or what is written as JSON."""
    return chat.SSE_HEAD + b"".join(chunk(b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) +
                                          b"\n\n") for one in events) + b"0\r\n\r\n"


def lines(*pieces: bytes) -> bytes:
    return NDJSON_HEAD + b"".join(map(chunk, pieces)) + b"0\r\n\r\n"


def choice(delta, finish=None, **more) -> dict:
    return {"id": "r1", "model": "m1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def call(arguments, **more) -> dict:
    name = more.pop("name", None)
    return {"tool_calls": [{**more, "function": {**({"name": name} if name else {}), "arguments": arguments}}]}


USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "completion_tokens_details": {
    "reasoning_tokens": 1}}
FACE_CHUNKS = [b'{"choices":[{"index":0,"delta":{"content":"hi %s"}}]}' % HALF.encode(),
               b'{"choices":[{"index":0,"delta":{"content":"%s"}}]}' % OTHER.encode()]
TWO_CALLS = [{"type": "tool_use", "tool_name": "f", "tool_input": {"a": 1}},
             {"type": "tool_use", "tool_name": "g", "tool_input": {"b": 2}}]
START = {"type": "message_start", "message": {
    "id": "r1", "model": "m1", "role": "assistant", "content": [],
    "usage": {"input_tokens": 3, "output_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 7,
                                                                        "ephemeral_1h_input_tokens": 0}}}}
STOP = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
NOTHING = {"type": "message_delta", "delta": {"stop_reason": "null"}, "usage": {"input_tokens": 0, "output_tokens": 0}}


def piece(index, type_, **member) -> dict:
    return {"type": "content_block_delta", "index": index, "delta": {"type": type_ + "_delta", **member}}


MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}


def response(type_, **members) -> dict:
    return {"type": f"response.{type_}", "response": members}


CREATED = response("created", id="r1", model="m1", status="in_progress", output=[])
COUNTS = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "output_tokens_details": {"reasoning_tokens": 1}}

CASES = {
    "a character in two deltas": ("/v1/chat/completions", sse(
        *FACE_CHUNKS, choice({}, "stop", usage=USAGE), b"[DONE]"), [{"type": "text", "text": "hi " + FACE}]),
    "parallel calls without index and id": ("/v1/chat/completions", sse(
        choice(call('{"a":1}', name="f")), choice(call('{"b"', name="g")), choice(call(":2}")),
        choice({}, "tool_calls", usage=USAGE)), TWO_CALLS),
    "parallel calls that all have index 0": ("/v1/chat/completions", sse(
        choice(call('{"a":1}', name="f", index=0)), choice(call('{"b":2}', name="g", index=0)),
        choice({}, "tool_calls", usage=USAGE)), TWO_CALLS),
    "an id and a name in each fragment": ("/v1/chat/completions", sse(
        choice(call('{"a"', name="f", index=0, id="x")), choice(call(":1}", name="f", index=0, id="y")),
        choice({}, "tool_calls", usage=USAGE)),
        [{"type": "tool_use", "tool_use_id": "x", "tool_name": "f", "tool_input": {"a": 1}}]),
    "snapshots": ("/v1/chat/completions", sse(
        *[choice({"content": text}) for text in ("The sky", "The sky is", "The sky is so", "The sky is so blue.")],
        choice({}, "stop", usage=USAGE)), [{"type": "text", "text": "The sky is so blue."}]),
    "laughter": ("/v1/chat/completions", sse(
        *[choice({"content": "ha"}) for _ in range(5)], choice({}, "stop", usage=USAGE)),
        [{"type": "text", "text": "hahahahaha"}]),
    "figures that are zero, and null as a word": ("/v1/chat/completions", sse(
        choice({"content": "hi"}, "null"), choice({}, "stop", usage=USAGE),
        {"id": "", "model": "", "choices": [{"index": 0, "delta": {}, "finish_reason": ""}],
         "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}, b"[DONE]"),
        [{"type": "text", "text": "hi"}]),
    "thinking in a text block": ("/v1/messages", sse(
        START, {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        piece(0, "thinking", thinking="hm"), piece(0, "text", text="hi"), {"type": "content_block_stop", "index": 0},
        STOP, NOTHING, {"type": "message_stop"}),
        [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hi"}]),
    "a message without starts": ("/v1/messages", sse(
        {"type": "content_block_stop", "index": 0}, piece(0, "text", text="hi"), START, STOP,
        {"type": "message_stop"}), [{"type": "text", "text": "hi"}]),
    "a final response without a call": ("/v1/responses", sse(
        CREATED, {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE},
        {"type": "response.output_item.done", "output_index": 1, "item": CALL},
        response("completed", status="completed", output=[MESSAGE], usage=COUNTS)),
        [{"type": "text", "text": "hi"},
         {"type": "tool_use", "tool_use_id": "c1", "tool_name": "f", "tool_input": {"a": 1}}]),
    "a final response with an empty message": ("/v1/responses", sse(
        CREATED, {"type": "response.output_item.added", "output_index": 0, "item": {**MESSAGE, "content": []}},
        {"type": "response.output_text.delta", "output_index": 0, "delta": "h"},
        {"type": "response.output_text.delta", "output_index": 0, "delta": "i"},
        response("completed", status="completed", output=[{**MESSAGE, "content": []}], usage=COUNTS)),
        [{"type": "text", "text": "hi"}]),
    "several objects on a line": ("/api/chat", lines(
        b'{"model":"m1","message":{"content":"h"}}{"message":{"content":"i"}}\n{"done":true,"done_reason":"stop",'
        b'"prompt_eval_count":3.0,"eval_count":"2"}'), [{"type": "text", "text": "hi"}]),
    "an object over several lines": ("/api/generate", lines(
        b'{\n  "model": "m1",\n  "response": "hi"\n}\n', b'{\n  "done": true, "done_reason": "stop",\n'
        b'  "prompt_eval_count": 3,\n  "eval_count": 2\n}\n'), [{"type": "text", "text": "hi"}]),
    "objects as server-sent events": ("/api/chat", sse(
        {"model": "m1", "message": {"content": "hi"}},
        {"done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 2}, b"[DONE]"),
        [{"type": "text", "text": "hi"}]),
}


def asked(path: str) -> bytes:
    members = {"prompt": "q"} if path.endswith("generate") else {"input": "q"} if path.endswith("responses") else {
        "messages": [{"role": "user", "content": "q"}]}
    return chat.post(chat.dumps({"model": "m", "stream": True, **members}), path=path.encode())


@pytest.mark.parametrize("case", CASES)
def test_what_was_said_is_recorded_however_its_pieces_came(proxy, upstream, case):
    path, stream, said = CASES[case]
    relay = proxy(upstream(Answering(stream)))
    relay.fetch(asked(path))
    (row,) = relay.store.wait_exchanges(1)
    assert row["drop_reason"] is None
    node = relay.store.node(row["head_hash"])
    assert node["content"] == said
    assert (row["prompt_tokens"], row["completion_tokens"], row["total_tokens"]) == (3, 2, 5)
    assert row["stop_reason"] in ("stop", "tool_calls", "end_turn", "completed")
    if "character" not in case:
        assert row["response_model"] == "m1"


def test_reasoning_and_cache_writes_are_columns_of_an_exchange(proxy, upstream):
    relay = proxy(upstream(Answering(CASES["snapshots"][1], CASES["thinking in a text block"][1])))
    for path in ("/v1/chat/completions", "/v1/messages"):
        relay.fetch(asked(path))
    first, second = relay.store.wait_exchanges(2)
    assert (first["reasoning_tokens"], first["cache_write_5m_tokens"], first["cache_write_1h_tokens"]) == (1, None, None)
    assert (second["reasoning_tokens"], second["cache_write_5m_tokens"], second["cache_write_1h_tokens"]) == (None, 7, 0)


def test_a_character_cut_in_two_makes_no_fork(proxy, upstream):
    relay = proxy(upstream(Answering(CASES["a character in two deltas"][1], chat.answer(chat.completion("done")))))
    relay.fetch(chat.turn("q", stream=True))
    relay.fetch(chat.turn("q", "hi " + FACE, "and?"))
    first, second = relay.store.wait_exchanges(2)
    assert first["head_hash"] in [node["hash"] for node in relay.store.chain(second["head_hash"])]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat", "/api/generate"])
def test_a_request_behind_a_byte_order_mark_is_read(proxy, upstream, path):
    relay = proxy(upstream(Answering(*[CASES[case][1] for case in CASES if CASES[case][0] == path][:1] * 2)))
    plain = asked(path)
    head, _, body = plain.partition(b"\r\n\r\n")
    relay.fetch(plain)
    relay.fetch(chat.post(b"\xef\xbb\xbf" + body, path=path.encode()))
    first, second = relay.store.wait_exchanges(2)
    assert first["head_hash"] is not None and first["head_hash"] == second["head_hash"]
