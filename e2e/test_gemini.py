"""Gemini on the wire: events and arrays as the service writes them, ends, errors, and gemini-cli's envelope."""
import json
import time

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, Closed, chunk
from test_background import assert_sound

MODEL = "gemini-3-pro-preview"
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n"


def piece(*parts, finish=None, usage=(10, 2, 5)) -> dict:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    prompt, said, thought = usage
    return {"candidates": [candidate], "modelVersion": "gemini-3-pro-001", "responseId": "r-1",
            "usageMetadata": {"promptTokenCount": prompt, "candidatesTokenCount": said, "thoughtsTokenCount": thought,
                              "totalTokenCount": prompt + said + thought, "cachedContentTokenCount": 8}}


ANSWER = [piece({"text": "**Think**", "thought": True}, usage=(10, 0, 3)), piece({"text": "He"}), piece({"text": "llo \u20ac"}),
          piece({"text": "", "thoughtSignature": "A+/="}, finish="STOP", usage=(10, 4, 5))]


def events(*pieces) -> list[bytes]:
    return [b"data: " + json.dumps(one).encode() + b"\r\n\r\n" for one in pieces]


def array(*pieces) -> list[bytes]:
    return [(b"[" if n == 0 else b",\r\n") + json.dumps(one, indent=2).encode() for n, one in enumerate(pieces)] + [b"]\n"]


def request(*contents, stream=True, query=b"?alt=sse", fields=b"", **more) -> bytes:
    method = b"streamGenerateContent" if stream else b"generateContent"
    path = b"/v1beta/models/" + MODEL.encode() + b":" + method + query
    return chat.post(chat.dumps({"contents": list(contents), **more}), path=path, fields=fields)


def said(text: str, role="user") -> dict:
    return {"role": role, "parts": [{"text": text}]}


@pytest.mark.parametrize("form", ["events", "array"])
def test_stream_passes_byte_for_byte_and_is_recorded_once(proxy, upstream, form):
    parts = events(*ANSWER) if form == "events" else array(*ANSWER)
    answer = (SSE if form == "events" else JSON) + b"".join(map(chunk, parts)) + b"0\r\n\r\n"
    relay = proxy(upstream(Answering(answer)), provider="gemini")
    client = relay.connect()
    for history in ([said("hi")], [said("hi"), said("He", "model"), said("llo \u20ac", "model"), said("more")]):
        client.send(request(*history, query=b"?alt=sse" if form == "events" else b""))
        assert client.take_message()[1] == b"".join(parts)
    rows = relay.store.wait_exchanges(2)
    for row in rows:
        assert (row["api"], row["model"], row["response_model"]) == ("gemini", MODEL, "gemini-3-pro-001")
        assert (row["streamed"], row["stop_reason"], row["end_reason"]) == (1, "STOP", "complete")
        assert (row["prompt_tokens"], row["completion_tokens"], row["reasoning_tokens"]) == (10, 9, 5)
        assert (row["cache_read_input_tokens"], row["total_tokens"]) == (8, 19)
        assert not row["reading"]
    assert relay.store.node(rows[0]["head_hash"])["content"] == [
        {"type": "thinking", "thinking": "**Think**"}, {"type": "text", "text": "Hello \u20ac"},
        {"type": "thinking", "signature": "A+/="}]
    chain = relay.store.chain(rows[1]["head_hash"])
    assert chain[1]["hash"] == rows[0]["head_hash"]
    assert len(relay.store.nodes()) == len(chain) == 4


def test_however_a_stream_is_written_and_cut_into_pieces_it_says_the_same(proxy, upstream, run, workspace):
    """Line ends of each kind, white space where JSON allows it, and pieces of one byte."""
    lines, whole = b"".join(events(*ANSWER)), [json.dumps(one).encode() for one in ANSWER]
    several = b"".join(b"".join(b"data: " + line + b"\n" for line in json.dumps(one, indent=1).encode().split(b"\n")) + b"\n" for one in ANSWER)
    written = {"CRLF": lines, "LF": lines.replace(b"\r\n", b"\n"), "CR": lines.replace(b"\r\n", b"\r"),
               "no blank line at the end": lines[:-2], "fields beside": b": ping\r\n\r\nretry: 9\r\n" + b"id: 1\r\n" + lines,
               "data of several lines": several, "no blank behind the colon": lines.replace(b"data: ", b"data:"),
               "[compact": b"[" + b",".join(whole) + b"]", "[as it comes": b"".join(array(*ANSWER)),
               "[commas apart": b"\r\n[ " + b"\n,\r\n".join(whole) + b"\n]\r\n\r\n", "[a line each": b"[\n" + b"\n,\n".join(whole) + b"\n]"}
    forms = [(name, body, size) for name, body in written.items() for size in (1, 7, len(body))]
    relay = proxy(upstream(Answering(*(
        (JSON if name.startswith("[") else SSE) + b"".join(chunk(body[at:at + size]) for at in range(0, len(body), size)) + b"0\r\n\r\n"
        for name, body, size in forms))), provider="gemini")
    client = relay.connect()
    for name, body, _ in forms:
        client.send(request(said("hi"), query=b"" if name.startswith("[") else b"?alt=sse"))
        assert client.take_message()[1] == body
    rows = relay.store.wait_exchanges(len(forms))
    for form, row in zip(forms, rows, strict=True):
        assert (row["stop_reason"], row["total_tokens"], row["end_reason"], row["drop_reason"]) == ("STOP", 19, "complete", None), form
    assert len({row["head_hash"] for row in rows}) == 1 and len(relay.store.nodes()) == 2
    assert_sound(relay, run, workspace)


def test_answers_without_content_and_of_several_candidates(proxy, upstream, run, workspace):
    """What was blocked says why; candidates come in any order and end apart; each is a node."""
    ended = {"index": 0, "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}]}
    refused = [{"type": "refusal", "refusal": "SAFETY"}]

    def candidate(index, *parts, **more):
        return {"index": index, **({"content": {"role": "model", "parts": [{"text": text} for text in parts]}} if parts else {}), **more}
    cases = [
        ([{"candidates": [{**ended, "finishReason": "SAFETY"}]}], "SAFETY", [refused]),
        ([{"candidates": [{**ended, "finishReason": "SAFETY", "content": {}}]}], "SAFETY", [refused]),
        ([{"candidates": [{**ended, "finishReason": "SAFETY", "content": {"role": "model", "parts": []}}]}], "SAFETY", [refused]),
        ([piece({"text": "He"}), {"candidates": [{**ended, "finishReason": "SAFETY"}]}], "SAFETY", [[{"type": "text", "text": "He"}]]),
        ([{"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": ended["safetyRatings"]}}], "SAFETY", [refused]),
        ([{"candidates": [{"index": 0, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed function call: f("}]}],
         "MALFORMED_FUNCTION_CALL", [[{"type": "refusal", "refusal": "Malformed function call: f("}]]),
        ([{"candidates": [candidate(1, "b"), candidate(0, "a")]}, {"candidates": [candidate(0, "A", finishReason="STOP")]},
          {"candidates": [candidate(1, "B", finishReason="MAX_TOKENS")]}], "STOP",
         [[{"type": "text", "text": "aA"}], [{"type": "text", "text": "bB"}]]),
        ([{"candidates": [candidate(0, "a", finishReason="STOP"), candidate(1, finishReason="SAFETY")]}], "STOP",
         [[{"type": "text", "text": "a"}], refused]),
    ]
    relay = proxy(upstream(Answering(*(SSE + b"".join(map(chunk, events(*parts))) + b"0\r\n\r\n" for parts, *_ in cases))), provider="gemini")
    client = relay.connect()
    for number, (parts, *_) in enumerate(cases):
        client.send(request(said(f"hi {number}"), generationConfig={"candidateCount": 2}))
        assert client.take_message()[1] == b"".join(events(*parts))
    rows = relay.store.wait_exchanges(len(cases))
    for (_, reason, told), row in zip(cases, rows, strict=True):
        assert (row["stop_reason"], row["drop_reason"], row["end_reason"]) == (reason, None, "complete"), told
        parent = relay.store.node(row["head_hash"])["parent_hash"]
        made = relay.store.nodes(f"parent_hash = '{parent}'")
        assert sorted((node["content"] for node in made), key=str) == sorted(told, key=str)
        assert relay.store.node(row["head_hash"])["content"] == told[0]
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("form", ["events", "array"])
def test_the_end_reaches_the_client_when_its_turn_is_committed(proxy, upstream, form):
    """The upstream does not end the body: the bracket is an end, a finishReason is one that nothing followed."""
    parts = events(*ANSWER) if form == "events" else array(*ANSWER)

    def hold(peer, head, body):
        peer.send((SSE if form == "events" else JSON) + b"".join(map(chunk, parts)))
        time.sleep(1)
        peer.send(b"0\r\n\r\n")
    relay = proxy(upstream(Answering(hold)), provider="gemini", settings={"record.ack": "wait"})
    client = relay.connect()
    client.send(request(said("hi"), query=b"?alt=sse" if form == "events" else b""))
    assert client.take_message()[1] == b"".join(parts)
    assert relay.store.only()["stop_reason"] == "STOP"


def test_finish_reason_on_each_chunk_is_no_end(proxy, upstream):
    parts = events(*(piece({"text": text}, finish="STOP") for text in ("a", "b", "c")))
    relay = proxy(upstream(Answering(SSE + b"".join(map(chunk, parts)) + b"0\r\n\r\n")), provider="gemini")
    client = relay.connect()
    client.send(request(said("hi")))
    assert client.take_message()[1] == b"".join(parts)
    assert texts(relay.store.chain(relay.store.only()["head_hash"]))[-1] == ("assistant", "abc")


@pytest.mark.parametrize("form", ["events", "array"])
def test_error_in_mid_stream_leaves_what_came_before(proxy, upstream, form):
    fault = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    parts = (events if form == "events" else array)(ANSWER[1], fault)
    head = SSE if form == "events" else JSON
    relay = proxy(upstream(Answering(head + b"".join(map(chunk, parts)) + b"0\r\n\r\n")), provider="gemini")
    client = relay.connect()
    client.send(request(said("hi"), query=b""))
    assert client.take_message()[1] == b"".join(parts)
    row = relay.store.only()
    assert row["stop_reason"] == "incomplete"
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "He")


@pytest.mark.parametrize("form", ["events", "array"])
def test_stream_that_breaks_off_is_incomplete(proxy, upstream, form):
    parts = (events if form == "events" else array)(*ANSWER[:2])[:2]

    def cut(peer, head, body):
        peer.send((SSE if form == "events" else JSON) + b"".join(map(chunk, parts)))
        peer.close()
    relay = proxy(upstream(Answering(cut)), provider="gemini")
    client = relay.connect()
    client.send(request(said("hi"), query=b""))
    with pytest.raises(Exception):
        client.take_message()
    row = relay.store.only()
    assert (row["stop_reason"], row["end_reason"]) == ("incomplete", "upstream_closed")


def test_a_blocked_prompt_is_a_refusal(proxy, upstream):
    body = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 7},
            "modelVersion": MODEL}
    relay = proxy(upstream(Answering(chat.answer(chat.dumps(body)))), provider="gemini")
    client = relay.connect()
    client.send(request(said("hi"), stream=False, query=b""))
    assert client.take_message()[0].status == 200
    row = relay.store.only()
    assert (row["stop_reason"], row["prompt_tokens"]) == ("PROHIBITED_CONTENT", 7)
    assert relay.store.node(row["head_hash"])["content"] == [{"type": "refusal", "refusal": "PROHIBITED_CONTENT"}]


def test_what_gemini_cli_sends_after_a_login_with_google(proxy, upstream):
    parts = events(*({"response": one, "traceId": "t-1"} for one in ANSWER))
    relay = proxy(upstream(Answering(SSE + b"".join(map(chunk, parts)) + b"0\r\n\r\n")), provider="auto")
    client = relay.connect()
    padding = "x" * 2000
    for history in ([said(padding)], [said(padding), said("Hello \u20ac", "model"), said("more")]):
        client.send(chat.post(chat.dumps({
            "model": MODEL, "project": "p", "user_prompt_id": "u", "request": {
                "contents": history, "systemInstruction": said("s" * 500), "session_id": "session-1"}}),
            path=b"/v1internal:streamGenerateContent?alt=sse",
            fields=b"User-Agent: GeminiCLI/0.61.0/gemini-3-pro-preview (linux; x64; terminal)\r\n"))
        assert client.take_message()[1] == b"".join(parts)
    rows = relay.store.wait_exchanges(2)
    assert [(row["provider"], row["model"], row["session"], row["program"]) for row in rows] == [
        ("gemini", MODEL, "session-1", "gemini-cli")] * 2
    chain = relay.store.chain(rows[1]["head_hash"])
    assert [node["role"] for node in chain] == ["system", "user", "assistant", "user", "assistant"]
    assert chain[2]["hash"] == rows[0]["head_hash"]
    assert len(relay.store.nodes()) == 5


def test_live_and_other_services_are_relayed(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(b"{}"))), provider="gemini")
    client = relay.connect()
    paths = [b"/v1beta/models/m:embedContent", b"/v1beta/models/m:batchEmbedContents", b"/v1beta/cachedContents",
             b"/v1beta/interactions", b"/v1/projects/p/locations/l/publishers/google/models/m:predict"]
    for path in paths:
        client.send(chat.post(b"{}", path=path))
        assert client.take_message()[0].status == 200
    assert {row["drop_reason"] for row in relay.store.wait_exchanges(len(paths))} == {"non_turn_request"}
