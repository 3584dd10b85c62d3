"""Streamed, one-shot and coming back as history: one meaning, one node."""
import json

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, chunk

DATED = "gpt-4o-2024-08-06"


def sse(events) -> bytes:
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n"


CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a":1,"b":2.50,"s":"\u20ac"}'}}
CALL_2 = {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": "{}"}}


def pieces(text: str, size: int):
    return [text[at:at + size] for at in range(0, len(text), size)]


def call_deltas(index: int, call):
    head = {"index": index, "id": call["id"], "type": "function",
            "function": {"name": call["function"]["name"], "arguments": ""}}
    return [chat.delta({"tool_calls": [head]}, model=DATED)] + [
        chat.delta({"tool_calls": [{"index": index, "function": {"arguments": part}}]}, model=DATED)
        for part in pieces(call["function"]["arguments"], 3)]


# What is said, one-shot and streamed.
ANSWERS = {
    "text": ({"role": "assistant", "content": "Four \u20ac \U0001f600, \"quoted\" \\ and\nlines."}, "stop"),
    "tool calls": ({"role": "assistant", "content": None, "tool_calls": [CALL, CALL_2]}, "tool_calls"),
    "text and a tool call": ({"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]}, "tool_calls"),
    "refusal": ({"role": "assistant", "content": None, "refusal": "No."}, "stop"),
}


def streamed(message, finish) -> bytes:
    events = [chat.delta({"role": "assistant", "content": "" if message["content"] else None}, model=DATED)]
    events += [chat.delta({"content": part}, model=DATED) for part in pieces(message["content"] or "", 4)]
    events += [chat.delta({"refusal": part}, model=DATED) for part in pieces(message.get("refusal") or "", 2)]
    for index, call in enumerate(message.get("tool_calls", [])):
        events += call_deltas(index, call)
    events += [chat.delta(finish=finish, model=DATED), b"data: [DONE]\n\n"]
    return sse(events)


@pytest.mark.parametrize("case", ANSWERS)
def test_streamed_one_shot_and_history_are_the_same_nodes(proxy, upstream, case):
    message, finish = ANSWERS[case]
    relay = proxy(upstream(Answering(chat.answer(chat.completion(message=message, finish=finish, model=DATED)),
                                     streamed(message, finish),
                                     chat.answer(chat.completion("Done.", model=DATED)))))
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Go."}]
    relay.fetch(chat.turn(messages=messages))
    relay.fetch(chat.turn(messages=messages, stream=True))
    history = messages + [message] + [{"role": "tool", "tool_call_id": call["id"], "content": "3"}
                                      for call in message.get("tool_calls", [])] + [
        {"role": "user", "content": "And?"}]
    relay.fetch(chat.turn(messages=history))
    one_shot, stream, after = relay.store.wait_exchanges(3)
    assert [row["drop_reason"] or "" for row in (one_shot, stream, after)] == ["", "", ""]
    assert one_shot["head_hash"] == stream["head_hash"]
    chain = [node["hash"] for node in relay.store.chain(after["head_hash"])]
    assert one_shot["head_hash"] in chain
    assert len(relay.store.nodes()) == len(chain)


def test_ten_turns_are_one_chain(proxy, upstream):
    """Requested gpt-4o, answered by a dated model, streamed and one-shot in turn: no forks."""
    relay = proxy(upstream(Answering(*[
        sse(chat.stream_events(f"answer {n}", model=DATED)) if n % 2 else
        chat.answer(chat.completion(f"answer {n}", model=DATED)) for n in range(10)])))
    messages = [{"role": "system", "content": "s"}]
    with relay.connect() as client:
        for n in range(10):
            messages.append({"role": "user", "content": f"question {n}"})
            client.send(chat.turn(messages=messages, stream=bool(n % 2)))
            client.take_message()
            messages.append({"role": "assistant", "content": f"answer {n}"})
    rows = relay.store.wait_exchanges(10)
    nodes = relay.store.nodes()
    assert len(nodes) == 21
    assert {row["response_model"] for row in rows} == {DATED}
    assert {node["model"] for node in nodes} == {"gpt-4o"}
    by_head = {row["head_hash"] for row in rows}
    assert len(by_head) == 10
    last = max((relay.store.chain(head) for head in by_head), key=len)
    assert texts(last) == [(m["role"], m["content"]) for m in messages]
    assert len({node["root_hash"] for node in nodes}) == 1
    assert [node["depth"] for node in last] == list(range(21))


def test_content_as_text_and_as_parts_is_one_meaning(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    relay.fetch(chat.turn(messages=[{"role": "user", "content": "hi"}]))
    relay.fetch(chat.turn(messages=[{"role": "user", "content": [{"type": "text", "text": "hi"}]}]))
    heads = {row["head_hash"] for row in relay.store.wait_exchanges(2)}
    assert len(heads) == 1


def test_empty_null_and_absent_content_beside_tool_calls_are_one(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    base = {"role": "assistant", "tool_calls": [CALL]}
    for message in (base, {**base, "content": None}, {**base, "content": ""}):
        relay.fetch(chat.turn(messages=[{"role": "user", "content": "x"}, message,
                                        {"role": "tool", "tool_call_id": "call_1", "content": "3"}]))
    assert len({row["head_hash"] for row in relay.store.wait_exchanges(3)}) == 1


def test_order_of_keys_and_spaces_in_arguments_do_not_matter(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    for arguments in ('{"a":1,"b":2.5}', '{ "b" : 2.50,\n "a" : 1.0 }'):
        call = {**CALL, "function": {"name": "add", "arguments": arguments}}
        relay.fetch(chat.turn(messages=[{"role": "user", "content": "x"},
                                        {"role": "assistant", "content": None, "tool_calls": [call]},
                                        {"role": "tool", "tool_call_id": "call_1", "content": "3"}]))
    assert len({row["head_hash"] for row in relay.store.wait_exchanges(2)}) == 1


def test_same_turn_twice_adds_no_node_and_is_two_exchanges(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    for _ in range(2):
        relay.fetch(chat.turn("again"))
    rows = relay.store.wait_exchanges(2)
    assert rows[0]["head_hash"] == rows[1]["head_hash"] and rows[0]["id"] != rows[1]["id"]
    assert len(relay.store.nodes()) == 2


def test_bucket_column_is_what_is_hashed(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    relay.fetch(chat.turn("hi"))
    node = relay.store.node(relay.store.only()["head_hash"])
    bucket = json.loads(node["bucket"])
    assert list(bucket) == ["type", "role", "content", "model", "provider"]
    assert (bucket["type"], bucket["role"], bucket["model"]) == ("message", "assistant", "gpt-4o")
    assert bucket["content"] == [{"type": "text", "text": "ok"}]
