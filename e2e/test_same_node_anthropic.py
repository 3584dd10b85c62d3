"""Anthropic Messages: streamed, one-shot and coming back as history are one meaning and one node."""
import json

import pytest

from harness import messages
from harness.store import texts
from harness.wire import Answering

CALL = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"b": 2.5, "a": 1, "s": "\u20ac", "n": None}}
CALL_2 = {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}
THINKING = {"type": "thinking", "thinking": "Let me think \u20ac.", "signature": "EqQBCgIYAhIM"}
REDACTED = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3p"}
TEXT = {"type": "text", "text": "Four \u20ac \U0001f600, \"quoted\" \\ and\nlines."}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
    {"type": "web_search_result", "url": "https://x", "title": "t", "encrypted_content": "E", "page_age": None}]}
CITED = {"type": "text", "text": "Found.", "citations": [
    {"type": "web_search_result_location", "url": "https://x", "title": "t", "cited_text": "c", "encrypted_index": "I"}]}

ANSWERS = {
    "text": ([TEXT], "end_turn"),
    "parallel tools": ([CALL, CALL_2], "tool_use"),
    "text and a tool": ([TEXT, CALL], "tool_use"),
    "thinking, redacted thinking, tool": ([THINKING, REDACTED, TEXT, CALL], "tool_use"),
    "server tool and citations": ([SEARCH, FOUND, CITED], "end_turn"),
}


def ask(text: str):
    return {"role": "user", "content": text}


def results_of(content):
    return [{"type": "tool_result", "tool_use_id": block["id"], "content": "3"}
            for block in content if block["type"] == "tool_use"]


@pytest.mark.parametrize("case", ANSWERS)
def test_streamed_one_shot_and_history_are_the_same_nodes(proxy, upstream, case):
    content, reason = ANSWERS[case]
    relay = proxy(upstream(Answering(messages.one_shot(content, reason), messages.streamed(content, reason),
                                     messages.one_shot("Done."))), provider="anthropic")
    start = [ask("Go.")]
    relay.fetch(messages.turn(start, system="Be brief."))
    relay.fetch(messages.turn(start, system="Be brief.", stream=True))
    history = start + [{"role": "assistant", "content": content},
                       {"role": "user", "content": results_of(content) + [{"type": "text", "text": "And?"}]}]
    relay.fetch(messages.turn(history, system=[{"type": "text", "text": "Be brief."}]))
    one_shot, stream, after = relay.store.wait_exchanges(3)
    assert [row["drop_reason"] or "" for row in (one_shot, stream, after)] == ["", "", ""]
    assert one_shot["head_hash"] == stream["head_hash"]
    chain = relay.store.chain(after["head_hash"])
    assert [node["role"] for node in chain] == ["system", "user", "assistant", "user", "assistant"]
    assert chain[2]["hash"] == one_shot["head_hash"]
    assert len(relay.store.nodes()) == 5
    assert (stream["prompt_tokens"], stream["completion_tokens"]) == (329, 4)
    assert stream["api"] == "anthropic_messages" and stream["streamed"] == 1


def test_ten_turns_of_a_moving_client_are_one_chain(proxy, upstream):
    """As Claude Code does it: a billing line that changes, cache_control that wanders, content as text or blocks."""
    relay = proxy(upstream(Answering(*[
        (messages.streamed if n % 2 else messages.one_shot)(f"answer {n}") for n in range(10)])), provider="anthropic")
    said = []
    session = json.dumps({"device_id": "d", "account_uuid": "", "session_id": "54c1eb09"})
    with relay.connect() as client:
        for n in range(10):
            said.append(("user", f"question {n}"))
            history = [{"role": role, "content": text if (n + at) % 2 else [{"type": "text", "text": text}]}
                       for at, (role, text) in enumerate(said)]
            history[-1]["content"] = [{"type": "text", "text": said[-1][1], "cache_control": {"type": "ephemeral"}}]
            system = [{"type": "text", "text": f"x-anthropic-billing-header: cc_version=2.1.37.{n:03x}; cch={n:05x};"},
                      {"type": "text", "text": "You are Claude Code.", "cache_control": {"type": "ephemeral"}}]
            client.send(messages.turn(history, system=system, stream=bool(n % 2), metadata={"user_id": session}))
            client.take_message()
            said.append(("assistant", f"answer {n}"))
    rows = relay.store.wait_exchanges(10)
    nodes = relay.store.nodes()
    assert len(nodes) == 21
    assert {row["session"] for row in rows} == {"54c1eb09"}
    assert {row["response_model"] for row in rows} == {messages.DATED}
    last = max((relay.store.chain(row["head_hash"]) for row in rows), key=len)
    assert texts(last) == [("system", "You are Claude Code.")] + said
    assert len({node["root_hash"] for node in nodes}) == 1


def test_what_a_tool_said_tells_nodes_apart(proxy, upstream):
    relay = proxy(upstream(Answering(messages.one_shot("ok"))), provider="anthropic")
    base = [ask("x"), {"role": "assistant", "content": [CALL]}]
    for result in ({"content": "3"}, {"content": [{"type": "text", "text": "3"}]}, {"content": "4"},
                   {"content": "3", "is_error": True}):
        relay.fetch(messages.turn(base + [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", **result}]}]))
    heads = [row["head_hash"] for row in relay.store.wait_exchanges(4)]
    assert heads[0] == heads[1]
    assert len(set(heads)) == 3


def test_an_error_in_mid_stream_keeps_what_was_said(proxy, upstream):
    events = list(messages.stream_events("half of it"))[:5]
    error = messages.event("error", error={"type": "overloaded_error", "message": "Overloaded"})
    relay = proxy(upstream(Answering(messages.SSE_HEAD + b"".join(map(messages.chunk, [*events, error])) +
                                     b"0\r\n\r\n")), provider="anthropic")
    relay.fetch(messages.turn([ask("x")], stream=True))
    row = relay.store.only()
    node = relay.store.node(row["head_hash"])
    assert node["stop_reason"] == "incomplete"
    assert "half of it".startswith(node["content"][0]["text"])


@pytest.mark.parametrize("path", [b"/v1/messages/count_tokens", b"/v1/messages/batches", b"/v1/threads/t/messages"])
def test_paths_beside_messages_are_no_turns(proxy, upstream, path):
    relay = proxy(upstream(Answering(messages.answer(b'{"input_tokens":3}'))), provider="anthropic")
    relay.fetch(messages.turn([ask("x")], path=path))
    assert relay.store.only()["drop_reason"] == "non_turn_request"
    assert relay.store.nodes() == []
