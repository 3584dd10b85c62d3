"""The end of an answer is its end: what comes behind an event that looked like it is recorded, in every API."""
import sqlite3
import time

import pytest

from harness import chat, messages
from harness.chat import SSE_HEAD, dumps, post
from harness.store import texts
from harness.wire import chunk, wait_until

NDJSON_HEAD = SSE_HEAD.replace(b"text/event-stream; charset=utf-8", b"application/x-ndjson")
LATE = 0.1


class Case:
    """A stream: pieces that are bytes, and pauses before them; and what is right to record of it."""

    def __init__(self, name, request, pieces, said, tokens, provider="openai", head=SSE_HEAD, amended=False):
        self.name, self.request, self.pieces, self.said, self.tokens = name, request, pieces, said, tokens
        self.provider, self.head, self.amended = provider, head, amended

    @property
    def body(self) -> bytes:
        return b"".join(piece for piece in self.pieces if isinstance(piece, bytes))

    def play(self, peer):
        peer.take_message()
        peer.send(self.head)
        for piece in self.pieces:
            if isinstance(piece, bytes):
                peer.send(chunk(piece))
            else:
                time.sleep(piece)
        peer.send(b"0\r\n\r\n")


def chat_usage(prompt, completion):
    return chat.event({"id": "c", "object": "chat.completion.chunk", "choices": [],
                       "usage": {"prompt_tokens": prompt, "completion_tokens": completion,
                                 "total_tokens": prompt + completion}})


def chat_words(*words, finish):
    """Each word with the finish_reason that `finish` gives for its number."""
    return [piece for i, word in enumerate(words)
            for piece in (0.03, chat.delta({"content": word}, finish=finish(i)))]


def responses_event(kind, **members):
    return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **members}) + b"\n\n"


def response(text, **more):
    return {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-4o", "output": [
        {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": text, "annotations": []}]}], **more}


def text_delta(text):
    return messages.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


CHAT = chat.turn("hi", stream=True)
MESSAGES = messages.turn([{"role": "user", "content": "hi"}], stream=True)
RESPONSES = post(dumps({"model": "gpt-4o", "input": "hi", "stream": True}), path=b"/v1/responses")
OLLAMA = post(dumps({"model": "llama3", "messages": [{"role": "user", "content": "hi"}]}), path=b"/api/chat")
MESSAGE_START = messages.event("message_start", message=messages.message([], None, usage={"input_tokens": 9}))
BLOCK_START = messages.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
BLOCK_STOP = messages.event("content_block_stop", index=0)


def message_delta(reason, output):
    return messages.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None},
                          usage={"output_tokens": output})


def ollama_line(text, **more):
    return dumps({"model": "llama3", "message": {"role": "assistant", "content": text}, **more}) + b"\n"


DONE = b"data: [DONE]\n\n"
COUNTS = {"prompt_eval_count": 9, "eval_count": 4}
CASES = [
    Case("chat: a finish_reason with every chunk", CHAT,
         [*chat_words("one ", "two ", "three", finish=lambda i: "stop"), chat_usage(9, 4), DONE],
         "one two three", (9, 4)),
    Case("chat: a finish_reason with the first chunk", CHAT,
         [chat.delta({"role": "assistant", "content": ""}, finish="stop"), 0.05,
          *chat_words("one ", "two", finish=lambda i: None), chat_usage(9, 4), DONE], "one two", (9, 4)),
    Case("chat: the word null for no finish_reason", CHAT,
         [*chat_words("one ", "two", finish=lambda i: "null"), chat.delta(finish="stop"), chat_usage(9, 4), DONE],
         "one two", (9, 4)),
    Case("chat: usage comes late", CHAT,
         [chat.delta({"content": "one"}), chat.delta(finish="stop"), LATE, chat_usage(9, 4), DONE], "one", (9, 4)),
    Case("chat: usage comes late, and no [DONE]", CHAT,
         [chat.delta({"content": "one"}), chat.delta(finish="stop"), LATE, chat_usage(9, 4)], "one", (9, 4)),
    Case("chat: usage behind [DONE]", CHAT,
         [chat.delta({"content": "one"}), chat.delta(finish="stop"), DONE, LATE, chat_usage(9, 4)], "one", (9, 4),
         amended=True),
    Case("chat: more is said behind [DONE]", CHAT,
         [chat.delta({"content": "one "}), chat.delta(finish="stop"), DONE, LATE, chat.delta({"content": "two"}),
          chat_usage(9, 4), DONE], "one two", (9, 4), amended=True),
    Case("messages: a stop_reason, then more", MESSAGES,
         [MESSAGE_START, BLOCK_START, text_delta("one "), message_delta("end_turn", 1), 0.05, text_delta("two"),
          BLOCK_STOP, message_delta("end_turn", 4), messages.event("message_stop")], "one two", (9, 4), "anthropic"),
    Case("messages: usage comes late", MESSAGES,
         [MESSAGE_START, BLOCK_START, text_delta("one"), BLOCK_STOP, message_delta("end_turn", 1), LATE,
          message_delta("end_turn", 4), messages.event("message_stop")], "one", (9, 4), "anthropic"),
    Case("messages: more is said behind message_stop", MESSAGES,
         [MESSAGE_START, BLOCK_START, text_delta("one "), message_delta("end_turn", 1),
          messages.event("message_stop"), LATE, text_delta("two"), message_delta("end_turn", 4)],
         "one two", (9, 4), "anthropic", amended=True),
    Case("responses: usage behind response.completed", RESPONSES,
         [responses_event("response.completed", response=response("one")), LATE,
          responses_event("response.completed",
                          response=response("one", usage={"input_tokens": 9, "output_tokens": 4,
                                                          "total_tokens": 13}))], "one", (9, 4), amended=True),
    Case("ollama: counts behind done", OLLAMA,
         [ollama_line("one"), ollama_line("", done=True, done_reason="stop"), LATE,
          ollama_line("", done=True, done_reason="stop", **COUNTS)], "one", (9, 4), "ollama", NDJSON_HEAD,
         amended=True),
]


def assert_recorded(relay, run, case):
    def settled():
        rows = relay.store.exchanges()
        return len(rows) == 1 and rows[0]["response_bytes"] == len(case.body) and rows[0]
    row = wait_until(settled, timeout=10)
    assert row["end_reason"] == "complete" and not row["drop_reason"], dict(row)
    assert row["captured_response_bytes"] == len(case.body)
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", case.said)
    assert (row["prompt_tokens"], row["completion_tokens"]) == case.tokens
    amendments = relay.store.rows("SELECT ref FROM log WHERE kind = 4")
    assert len(amendments) == (1 if case.amended else 0)
    relay.store.assert_balanced()
    code, out, _ = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out


@pytest.mark.parametrize("ack", ["bounded", "wait", "none"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_byte_is_left_out_because_an_event_looked_like_the_end(proxy, upstream, run, case, ack):
    relay = proxy(upstream(case.play), provider=case.provider, settings={"record.ack": ack})
    head, body = relay.fetch(case.request)
    assert head.status == 200 and body == case.body
    assert_recorded(relay, run, case)


def test_the_rest_of_an_answer_is_added_while_the_daemon_stops(proxy, upstream, run):
    case = next(case for case in CASES if case.name == "chat: more is said behind [DONE]")

    def play(peer):
        peer.take_message()
        peer.send(case.head)
        peer.send(chunk(case.body))
        time.sleep(0.1)
        peer.send(chunk(chat.delta({"content": " three"})))
        relay.signal(15)
        peer.send(b"0\r\n\r\n")
    relay = proxy(upstream(play))
    relay.fetch(case.request)
    assert relay.wait() == 0
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two three")
    assert run("verify", "--sqlite", relay.store.path)[0] == 0


def test_wait_hangs_at_no_upstream_that_stays_open_behind_done(proxy, upstream):
    def play(peer):
        peer.take_message()
        peer.send(SSE_HEAD + chunk(chat.delta({"content": "one"}, finish="stop") + DONE))
        time.sleep(3)
        peer.send(b"0\r\n\r\n")
    relay = proxy(upstream(play), settings={"record.ack": "wait"})
    with relay.connect() as client:
        client.send(CHAT)
        client.take_head()
        began = time.monotonic()
        client.take_until(b"[DONE]\n\n\r\n")
        assert time.monotonic() - began < 2.8
        row = relay.store.only()
        assert row["end_reason"] == "complete"
        client.take_until(b"0\r\n\r\n")


def test_times_of_chunks_are_kept(proxy, upstream):
    pieces = [chat.delta({"content": "one"}), 0.1, chat.delta({"content": "two"}), 0.1,
              chat.delta(finish="stop") + DONE]
    case = Case("", CHAT, pieces, "onetwo", None)
    relay = proxy(upstream(case.play))
    relay.fetch(CHAT)
    relay.store.only()
    [row] = relay.store.rows("SELECT times FROM chunk_time")
    numbers, value, shift = [], 0, 0
    for byte in row["times"]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    sizes = [len(piece) for piece in pieces if isinstance(piece, bytes)]
    assert numbers[1::2] == sizes
    assert numbers[0] == 0 and all(80_000 < since < 1_000_000 for since in numbers[2::2])


def test_amended_rows_keep_their_digest(proxy, upstream, run):
    """One bit of what is stored of an exchange, and `verify` names it."""
    case = next(case for case in CASES if case.amended)
    relay = proxy(upstream(case.play))
    relay.fetch(case.request)
    assert_recorded(relay, run, case)
    relay.stop()

    with sqlite3.connect(relay.store.path) as db:
        db.execute("UPDATE exchange SET accepted_at = accepted_at + 1")
    code, out, _ = run("verify", "--sqlite", relay.store.path)
    assert code == 1 and "digest" in out
