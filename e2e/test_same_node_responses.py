"""Responses: streamed, one-shot and coming back as history are one meaning, one node."""

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, chunk

PATH = b"/v1/responses"
DATED = "gpt-5-2025-08-07"


def ask(**members) -> bytes:
    return chat.post(chat.dumps({"model": "gpt-5", **members}), path=PATH)


def user(text):
    return {"role": "user", "content": text}


def part(text, annotations=()):
    return {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}


def message(*parts, **more):
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": list(parts), **more}


def call(number, arguments):
    return {"id": f"fc_{number}", "type": "function_call", "status": "completed", "call_id": f"call_{number}",
            "name": "add", "arguments": arguments}


REASONING = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}],
             "encrypted_content": "gAAAA"}

OUTPUTS = {
    "text": [message(part("Four \u20ac \U0001f600, \"quoted\" \\ and\nlines."))],
    "parallel tools": [call(1, '{"a":1,"b":2.50}'), call(2, "{}")],
    "thinking, commentary and a tool": [REASONING, message(part("Let me see."), phase="commentary"), call(1, "{}")],
    "refusal": [message({"type": "refusal", "refusal": "No."})],
    "annotations": [message(part("See u.", [{"type": "url_citation", "url": "u", "title": "t", "start_index": 0,
                                             "end_index": 1}]))],
    "a built-in tool": [{"id": "ws_1", "type": "web_search_call", "status": "completed",
                         "action": {"type": "search", "query": "q"}}, message(part("Found."))],
}


def response(output, status="completed", **more):
    return {"id": "resp_1", "object": "response", "created_at": 1700000000, "status": status, "error": None,
            "incomplete_details": None, "instructions": None, "model": DATED, "output": output, "tools": [],
            "usage": {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 3,
                      "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 8}, **more}


def event(type_, **members) -> bytes:
    return b"event: " + type_.encode() + b"\ndata: " + chat.dumps({"type": type_, **members}) + b"\n\n"


def item_events(index, item):
    where = {"output_index": index, "item_id": item["id"]}
    yield event("response.output_item.added", output_index=index, item={**item, **(
        {"content": []} if item["type"] == "message" else {"arguments": ""} if "arguments" in item else {})})
    for number, one in enumerate(item.get("content", []) if item["type"] == "message" else []):
        key, name = ("refusal", "response.refusal") if "refusal" in one else ("text", "response.output_text")
        for at in range(0, len(one[key]), 4):
            yield event(name + ".delta", **where, content_index=number, delta=one[key][at:at + 4])
        yield event(name + ".done", **where, content_index=number, **{key: one[key]})
    if "arguments" in item:
        for at in range(0, len(item["arguments"]), 4):
            yield event("response.function_call_arguments.delta", **where, delta=item["arguments"][at:at + 4])
    yield event("response.output_item.done", output_index=index, item=item)


def streamed(output, end=True) -> bytes:
    events = [event("response.created", response=response([], "in_progress", usage=None))]
    for index, item in enumerate(output):
        events += item_events(index, item)
    events += [event("response.completed", response=response(output))] if end else []
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n"


def one_shot(output) -> bytes:
    return chat.answer(chat.dumps(response(output)))


def outputs_for(output):
    return [{"type": "function_call_output", "call_id": item["call_id"], "output": "3"} for item in output
            if item["type"] == "function_call"]


@pytest.mark.parametrize("case", OUTPUTS)
def test_streamed_one_shot_and_history_are_the_same_nodes(proxy, upstream, case):
    output = OUTPUTS[case]
    relay = proxy(upstream(Answering(one_shot(output), streamed(output), streamed(output, end=False),
                                     one_shot([message(part("Done."))]))))
    question = {"instructions": "Be brief.", "input": [user("Go.")]}
    relay.fetch(ask(**question))
    relay.fetch(ask(**question, stream=True))
    relay.fetch(ask(**question, stream=True))
    relay.fetch(ask(instructions="Be brief.", input=[user("Go."), *output, *outputs_for(output), user("And?")]))
    rows = relay.store.wait_exchanges(4)
    assert [row["drop_reason"] or "" for row in rows] == [""] * 4
    assert len({row["head_hash"] for row in rows[:3]}) == 1
    chain = relay.store.chain(rows[3]["head_hash"])
    assert [node["role"] for node in chain] == (["system", "user", "assistant"] + ["tool"] * len(outputs_for(output)) +
                                                ["user", "assistant"])
    assert chain[2]["hash"] == rows[0]["head_hash"]
    assert len(relay.store.nodes()) == len(chain)
    assert (rows[0]["stop_reason"], rows[1]["stop_reason"], rows[2]["stop_reason"]) == (
        "completed", "completed", "incomplete")
    assert {row["response_model"] for row in rows} == {DATED}


def test_ids_and_states_that_clients_leave_out_make_no_fork(proxy, upstream):
    output = OUTPUTS["thinking, commentary and a tool"]
    relay = proxy(upstream(Answering(one_shot(output), one_shot([message(part("Done."))]))))
    relay.fetch(ask(input="Go."))
    bare = [{key: value for key, value in item.items() if key not in ("id", "status", "phase")} for item in output]
    relay.fetch(ask(input=[user("Go."), *bare, *outputs_for(output)]))
    first, after = relay.store.wait_exchanges(2)
    assert first["head_hash"] in [node["hash"] for node in relay.store.chain(after["head_hash"])]


@pytest.mark.parametrize("content", ["", None, []])
def test_an_answer_of_which_the_client_dropped_everything_is_the_answer(proxy, upstream, content):
    refused = [message({"type": "refusal", "refusal": "No."})]
    relay = proxy(upstream(Answering(one_shot(refused), one_shot([message(part("Done."))]))))
    relay.fetch(ask(input="Go."))
    relay.fetch(ask(input=[user("Go."), {"role": "assistant", "content": content}, user("And?")]))
    first, after = relay.store.wait_exchanges(2)
    assert first["head_hash"] in [node["hash"] for node in relay.store.chain(after["head_hash"])]
    assert [node["role"] for node in relay.store.chain(after["head_hash"])] == ["user", "assistant", "user", "assistant"]


def test_ten_turns_are_one_chain(proxy, upstream):
    relay = proxy(upstream(Answering(*[(streamed if n % 2 else one_shot)([message(part(f"answer {n}"), id=f"msg_{n}")])
                                       for n in range(10)])))
    history, said = [], []
    with relay.connect() as client:
        for n in range(10):
            history.append(user(f"question {n}"))
            client.send(ask(instructions="s", input=history, stream=bool(n % 2)))
            client.take_message()
            history.append(message(part(f"answer {n}"), id=f"msg_{n}"))
            said += [("user", f"question {n}"), ("assistant", f"answer {n}")]
    rows = relay.store.wait_exchanges(10)
    nodes = relay.store.nodes()
    assert len(nodes) == 21 and len({node["root_hash"] for node in nodes}) == 1
    last = max((relay.store.chain(row["head_hash"]) for row in rows), key=len)
    assert texts(last) == [("system", "s"), *said]


def test_a_failed_answer_is_no_turn_and_one_in_the_background_is_a_question(proxy, upstream):
    failed = response([], "failed", error={"code": "server_error", "message": "m"}, usage=None)
    relay = proxy(upstream(Answering(
        chat.SSE_HEAD + chunk(event("response.failed", response=failed)) + b"0\r\n\r\n",
        chat.answer(chat.dumps(response([], "queued", background=True, usage=None))))))
    relay.fetch(ask(input="x", stream=True))
    relay.fetch(ask(input="x", background=True))
    rows = relay.store.wait_exchanges(2)
    assert [row["drop_reason"] for row in rows] == ["stream_error", None]
    assert [row["stop_reason"] for row in rows] == [None, "pending"]
    assert texts(relay.store.nodes()) == [("user", "x")]


def test_end_of_a_stream_is_released_with_its_turn_committed(proxy, upstream):
    output = OUTPUTS["text"]
    relay = proxy(upstream(Answering(streamed(output))))
    _, body = relay.fetch(ask(input="x", stream=True))[:2]
    assert relay.store.settled() == 1, "the terminal event came before its turn was stored"
    assert b"response.completed" in body
    assert relay.store.only()["end_reason"] == "complete"
