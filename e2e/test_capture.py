"""What is kept of an exchange, and why some are no turns."""
import json
import os
import zlib

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, chunk, wait_until


def sse(events) -> bytes:
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n"


def test_one_shot_turn_is_recorded_with_all_its_columns(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Four.", model="gpt-4o-2024-08-06",
                                                                 usage=(11, 2))))),
                  extra=("--project", "tapes-e2e"))
    relay.fetch(chat.turn("2+2?"))
    row = relay.store.only()
    expected = {"method": "POST", "path": "/v1/chat/completions", "status": 200, "api": "openai_chat",
                "provider": "openai", "project": "tapes-e2e", "model": "gpt-4o",
                "response_model": "gpt-4o-2024-08-06", "streamed": 0, "end_reason": "complete",
                "prompt_tokens": 11, "completion_tokens": 2}
    assert {name: row[name] for name in expected} == expected
    assert row["drop_reason"] in (None, "") and row["agent_name"] in (None, "")
    assert row["started_at"] <= row["ended_at"] <= row["committed_at"]
    assert len(row["id"]) == 36 and row["id"][14] == "7"
    chain = relay.store.chain(row["head_hash"])
    assert texts(chain) == [("user", "2+2?"), ("assistant", "Four.")]
    assert chain[0]["parent_hash"] is None and chain[1]["parent_hash"] == chain[0]["hash"]
    assert [n["model"] for n in chain] == ["gpt-4o", "gpt-4o"], "requested model, so that history matches"
    assert (chain[1]["stop_reason"], chain[1]["prompt_tokens"], chain[1]["project"]) == ("stop", 11, "tapes-e2e")


def test_nodes_hash_as_in_the_reference(proxy, upstream, golden):
    """The golden chain, spoken over the wire."""
    vector = golden["tool use and result"]
    first = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {
            "name": "get_weather", "arguments": '{"x": null, "n": 1.0, "city": "Tokyo"}'}}]}
    relay = proxy(upstream(Answering(
        chat.answer(chat.completion(message=first, finish="tool_calls")),
        chat.answer(chat.completion("21 degrees.", model="gpt-4o-2024-08-06")))))
    messages = [{"role": "user", "content": "Weather in Tokyo?"}]
    relay.fetch(chat.turn(messages=messages))
    messages += [first, {"role": "tool", "tool_call_id": "call_1", "content": '{"temp": 21}'}]
    relay.fetch(chat.turn(messages=messages))
    rows = relay.store.wait_exchanges(2)
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [node["hash"] for node in chain] == [node["hash"] for node in vector["nodes"]]
    assert rows[0]["head_hash"] == vector["nodes"][1]["hash"]


@pytest.fixture(scope="module")
def golden():
    path = os.path.join(os.path.dirname(__file__), "data", "golden-chains.json")
    with open(path) as file:
        return {chain["name"]: chain for chain in json.load(file)}


def test_stream_with_tool_calls_in_pieces_and_usage_is_one_turn(proxy, upstream):
    events = [
        chat.delta({"role": "assistant", "content": None}),
        chat.delta({"tool_calls": [{"index": 0, "id": "a", "type": "function",
                                    "function": {"name": "f", "arguments": ""}}]}),
        chat.delta({"tool_calls": [{"index": 0, "function": {"arguments": '{"x":'}}]}),
        chat.delta({"tool_calls": [{"index": 1, "id": "b", "type": "function",
                                    "function": {"name": "g", "arguments": '{"y"'}}]}),
        chat.delta({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
        chat.delta({"tool_calls": [{"index": 1, "function": {"arguments": ":[2]}"}}]}),
        chat.delta(finish="tool_calls"),
        chat.event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o",
                    "choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28,
                                             "prompt_tokens_details": {"cached_tokens": 16}}}),
        b"data: [DONE]\n\n"]
    relay = proxy(upstream(Answering(sse(events))))
    _, body = relay.fetch(chat.turn("call both", stream=True, stream_options={"include_usage": True}))
    assert body == b"".join(events)
    row = relay.store.only()
    node = relay.store.node(row["head_hash"])
    calls = [(b["type"], b["tool_use_id"], b["tool_name"], b["tool_input"]) for b in node["content"]]
    assert calls == [("tool_use", "a", "f", {"x": 1}), ("tool_use", "b", "g", {"y": [2]})]
    assert (node["stop_reason"], row["streamed"]) == ("tool_calls", 1)
    assert (row["prompt_tokens"], row["completion_tokens"], row["cache_read_input_tokens"]) == (20, 8, 16)


def test_every_choice_is_a_node_beside_its_sibling(proxy, upstream):
    choices = [{"index": n, "finish_reason": "stop", "message": {"role": "assistant", "content": f"answer {n}"}}
               for n in range(3)]
    relay = proxy(upstream(Answering(chat.answer(chat.completion(choices=choices)))))
    relay.fetch(chat.turn("three, please", n=3))
    row = relay.store.only()
    nodes = relay.store.nodes("role = 'assistant'")
    assert sorted(n["content"][0]["text"] for n in nodes) == ["answer 0", "answer 1", "answer 2"]
    assert len({n["parent_hash"] for n in nodes}) == 1
    assert relay.store.node(row["head_hash"])["content"][0]["text"] == "answer 0"


@pytest.mark.parametrize("streamed", [False, True])
def test_refusal_is_kept(proxy, upstream, streamed):
    message = {"role": "assistant", "content": None, "refusal": "I can't do that."}
    answer = sse([chat.delta({"role": "assistant"}), chat.delta({"refusal": "I can't "}),
                  chat.delta({"refusal": "do that."}), chat.delta(finish="stop"), b"data: [DONE]\n\n"]) \
        if streamed else chat.answer(chat.completion(message=message))
    relay = proxy(upstream(Answering(answer)))
    relay.fetch(chat.turn("please", stream=streamed))
    node = relay.store.node(relay.store.only()["head_hash"])
    assert [block.get("refusal") for block in node["content"]] == ["I can't do that."]


@pytest.mark.parametrize("arguments", ['{"broken', '[1,2]', '{"n": 123456789012345678901234567890}', '"text"', ""])
def test_tool_arguments_that_are_no_object_are_kept_as_text(proxy, upstream, arguments):
    message = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]}
    relay = proxy(upstream(Answering(chat.answer(chat.completion(message=message, finish="tool_calls")))))
    relay.fetch(chat.turn("call"))
    node = relay.store.node(relay.store.only()["head_hash"])
    block = node["content"][0]
    assert (block["type"], block["tool_use_id"], block["tool_name"]) == ("tool_use", "c", "f")
    if arguments:
        kept = json.dumps(block, ensure_ascii=False).replace('\\"', '"').replace(" ", "")
        assert arguments.replace(" ", "") in kept


DROPS = {
    "embeddings": (chat.post(chat.dumps({"model": "m", "input": "x"}), path=b"/v1/embeddings"),
                   chat.answer(b'{"data":[]}'), "non_turn_request"),
    "models": (b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", chat.answer(b'{"data":[]}'), "non_turn_request"),
    "answer of Messages without content": (
        chat.post(chat.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}), path=b"/v1/messages"),
        chat.answer(b'{"type":"message","content":[]}'), "empty_response"),
    "not 2xx": (chat.turn("x"), chat.answer(b'{"error":{}}', b"500 Oh"), "upstream_status"),
    "request no JSON": (chat.post(b"{nope"), chat.answer(chat.completion("x")), "request_decode"),
    "request without messages": (chat.post(b'{"model":"m"}'), chat.answer(chat.completion("x")), "request_decode"),
    "request of a broken coding": (chat.post(b"no gzip", fields=b"Content-Encoding: gzip\r\n"),
                                   chat.answer(chat.completion("x")), "request_decode"),
    "empty answer": (chat.turn("x"), chat.answer(b""), "empty_response"),
    "answer no JSON": (chat.turn("x"), chat.answer(b"<html>", content_type=b"text/html"), "response_decode"),
    "answer without choices": (chat.turn("x"), chat.answer(b'{"id":"x"}'), None),
    "error in the stream": (chat.turn("x", stream=True),
                            sse([chat.event({"error": {"message": "overloaded"}})]), "stream_error"),
}


@pytest.mark.parametrize("case", DROPS)
def test_exchange_that_is_no_turn_says_why_and_passes_unchanged(proxy, upstream, case):
    request, answer, reason = DROPS[case]
    relay = proxy(upstream(Answering(answer)))
    head, body = relay.fetch(request)
    assert answer.startswith(head.start)
    if b"Content-Length" in answer:
        assert body == answer.partition(b"\r\n\r\n")[2]
    row = relay.store.only()
    if reason is None:
        assert row["drop_reason"] in ("empty_response", "response_decode")
    else:
        assert row["drop_reason"] == reason
    assert row["head_hash"] is None
    assert relay.store.nodes() == []
    totals = relay.store.totals()
    assert totals[f"dropped.{row['drop_reason']}"] == 1 and totals["accepted"] == 1
    assert totals.get("recorded", 0) == 0
    metrics = relay.metrics()
    assert metrics[f'tapes_exchanges_dropped_total{{reason="{row["drop_reason"]}"}}'] == 1


def test_bodies_of_what_might_have_been_a_turn_are_kept_and_of_others_not(proxy, upstream):
    secret_free = chat.dumps({"model": "claude", "messages": [{"role": "user", "content": "keep me"}]})
    relay = proxy(upstream(Answering(chat.answer(b'{"type":"message","content":[]}'))))
    relay.fetch(chat.post(secret_free, path=b"/v1/messages"))
    relay.fetch(chat.post(chat.dumps({"input": "drop me"}), path=b"/v1/embeddings"))
    relay.store.wait_exchanges(2)
    sizes = relay.store.rows("SELECT request_size, response_size FROM wire")
    assert sizes == [{"request_size": len(secret_free), "response_size": 31}]


def test_event_that_breaks_anywhere_is_read(proxy, upstream):
    whole = b"".join(chat.stream_events("\u20ac\U0001f600", "x\u00e9"))
    raw = b"".join(chunk(bytes([byte])) for byte in whole) + b"0\r\n\r\n"

    def slowly(peer, head, body):
        peer.send(chat.SSE_HEAD)
        for at in range(0, len(raw), 61):
            peer.send(raw[at:at + 61])
    relay = proxy(upstream(Answering(slowly)))
    _, body = relay.fetch(chat.turn("hi", stream=True))
    assert body == whole
    assert relay.store.node(relay.store.only()["head_hash"])["content"][0]["text"] == "\u20ac\U0001f600x\u00e9"


def test_line_of_5_mb_in_a_stream_is_read(proxy, upstream):
    text = "long " * (1 << 20)
    relay = proxy(upstream(Answering(sse(chat.stream_events(text)))))
    _, body = relay.fetch(chat.turn("hi", stream=True), timeout=20)
    assert body == b"".join(chat.stream_events(text))
    assert relay.store.node(relay.store.only()["head_hash"])["content"][0]["text"] == text


def test_stream_error_after_something_was_said_is_a_turn(proxy, upstream):
    relay = proxy(upstream(Answering(sse([chat.delta({"role": "assistant", "content": "half"}),
                                          chat.event({"error": {"message": "overloaded"}})]))))
    relay.fetch(chat.turn("hi", stream=True))
    row = relay.store.only()
    assert row["drop_reason"] in (None, "")
    node = relay.store.node(row["head_hash"])
    assert (node["content"][0]["text"], node["stop_reason"]) == ("half", "incomplete")


def test_deeply_nested_and_huge_bodies_never_end_the_process(proxy, upstream):
    deep = b'{"model":"m","messages":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    relay = proxy(upstream(Answering(chat.answer(chat.completion("x")))))
    assert relay.fetch(chat.post(deep))[0].status == 200
    bomb = chat.post(zlib.compress(bytes(300 << 20)), fields=b"Content-Encoding: deflate\r\n")
    assert relay.fetch(bomb, timeout=20)[0].status == 200
    assert relay.fetch(chat.turn("alive"))[0].status == 200
    rows = relay.store.wait_exchanges(3, timeout=20)
    assert [row["drop_reason"] or "" for row in rows[:1]] == ["request_decode"]
    assert rows[1]["drop_reason"] in ("request_decode", "over_budget")
    assert relay.peak_rss_bytes() < (256 + 100) << 20


def test_captures_past_the_memory_share_go_to_a_file_that_nobody_sees(proxy, upstream):
    text = "z" * (8 << 20)
    relay = proxy(upstream(Answering(chat.answer(chat.completion("x")))), settings={"record.budget_bytes": "64MiB"})
    relay.fetch(chat.turn(text), timeout=20)
    row = relay.store.only()
    assert relay.store.chain(row["head_hash"])[0]["content"][0]["text"] == text
    assert all(p.name.startswith("tapes.sqlite") for p in relay.store.files()), relay.store.files()
    wait_until(lambda: relay.metric("tapes_spill_bytes") == 0 or None, what="given back")


def test_exchange_over_every_budget_is_given_up_and_relayed_whole(proxy, upstream):
    body = chat.completion("y" * (6 << 20))
    relay = proxy(upstream(Answering(chat.answer(body), chat.answer(chat.completion("small")))),
                  settings={"record.budget_bytes": "1MiB", "record.spill_bytes": "2MiB"})
    assert relay.fetch(chat.turn("big"), timeout=20)[1] == body
    assert relay.fetch(chat.turn("next"))[1] == chat.completion("small")
    rows = relay.store.wait_exchanges(2)
    assert [row["drop_reason"] or "" for row in rows] == ["over_budget", ""]
    relay.store.assert_balanced()


def test_one_line_per_exchange_is_logged(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("x")))))
    relay.fetch(chat.turn("hi"))
    row = relay.store.only()
    line = relay.wait_for(row["id"]).string
    for part in ("200", "/v1/chat/completions", "complete"):
        assert part in line, line
    assert sum(row["id"] in other for other in relay.output.splitlines()) == 1


def test_log_in_json_is_json(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion('quote " and \\ back')))),
                  settings={"log.format": "json"}, wait=False)
    relay.started()
    relay.fetch(chat.turn("hi", path=b'/v1/chat/completions?odd="\\x'))
    row = relay.store.only()
    relay.wait_for(row["id"])
    for line in relay.output.splitlines():
        assert isinstance(json.loads(line), dict), line
