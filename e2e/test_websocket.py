"""WebSockets on /v1/responses: frames pass byte for byte, and each answer asked for is a turn."""
import json
import struct
import threading

import pytest

from harness.store import texts
from harness.websocket import (CLOSE, PING, PONG, TEXT, Squeezer, agreement, frame, handshake, take_message)
from harness.wire import Answering, Closed, wait_until

import test_background as later

BETA = b"OpenAI-Beta: responses_websockets=2026-02-06\r\nsession_id: session-7\r\nAuthorization: Bearer sk-secret\r\n"


def dumps(value) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def message(text: str, role: str = "user"):
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def create(*texts_: str, previous=None, **more) -> bytes:
    """As Codex sends it: the request's members beside its type."""
    roles = ("user", "assistant")
    asked = {"type": "response.create", "model": "gpt-5", "instructions": "Be brief.",
             "input": [message(text, roles[i % 2]) for i, text in enumerate(texts_)], "store": False, "stream": True,
             **more}
    if previous:
        asked["previous_response_id"] = previous
    return dumps(asked)


def output(text: str):
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]}


def events(text: str, response: str = "resp_1", **more) -> list[bytes]:
    """An answer's messages in the documented order."""
    begun = {"id": response, "object": "response", "status": "in_progress", "model": "gpt-5", "output": []}
    done = {**begun, "status": "completed", "output": [output(text)],
            "usage": {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12}}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    made = [{"type": "response.created", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", "item_id": "msg_1", "output_index": 0, "content_index": 0,
             "part": {"type": "output_text", "text": "", "annotations": []}},
            {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
             "delta": text},
            {"type": "response.output_text.done", "item_id": "msg_1", "output_index": 0, "content_index": 0,
             "text": text},
            {"type": "response.output_item.done", "output_index": 0, "item": output(text)},
            {"type": "response.completed", "response": done}]
    return [dumps({**one, "sequence_number": i, **more}) for i, one in enumerate(made)]


def open_socket(relay, **options):
    client = relay.connect()
    client.send(handshake(fields=BETA, **options))
    assert client.take_head().status == 101
    return client


def serving(*answers, fields: bytes = b"", until_end: bool = True):
    """An upstream that says the n-th bytes to the n-th message; what it received is in `script.received`."""
    def script(peer):
        head = peer.take_head()
        assert head.get(b"Sec-WebSocket-Key") and head.get(b"OpenAI-Beta"), head
        peer.send(agreement(fields=fields))
        for answer in answers:
            script.received.append(take_message(peer, controls=False))
            peer.send(answer)
        while until_end:
            try:
                script.received.append(take_message(peer))
            except Closed:
                return
    script.received = []
    return script


def test_each_answer_is_a_turn_and_the_chain_goes_on(proxy, upstream, run):
    first, second = events("One."), events("Two.", "resp_2")
    said = [b"".join(map(frame, first)), b"".join(map(frame, second))]
    relay = proxy(upstream(serving(*said)))
    with open_socket(relay) as client:
        client.send(frame(create("first"), masked=True))
        assert client.take(len(said[0])) == said[0]
        client.send(frame(create("first", "One.", "second"), masked=True))
        assert client.take(len(said[1])) == said[1]
    rows = relay.store.wait_exchanges(2)
    for row in rows:
        assert (row["end_reason"], row["drop_reason"] or "", row["status"]) == ("complete", "", 200)
        assert row["api"] == "openai_responses"
        assert row["session"] == "session-7"
    assert texts(relay.store.chain(rows[0]["head_hash"]))[-2:] == [("user", "first"), ("assistant", "One.")]
    chain = texts(relay.store.chain(rows[1]["head_hash"]))
    assert chain[-4:] == [("user", "first"), ("assistant", "One."), ("user", "second"), ("assistant", "Two.")]
    wait_until(lambda: relay.store.totals().get("recorded") == 2 or None, 5, "two recorded")
    assert relay.store.totals()["accepted"] == 2  # the handshake is no third
    assert b"sk-secret" not in relay.store.path.read_bytes()
    # They are listed as what they are, not as the handshake.
    code, out, _ = run("exchange", "list", "--sqlite", relay.store.path)
    assert code == 0 and out.count(" WEBSOCKET /v1/responses ") == 2 and " GET " not in out
    assert relay.stop() == 0
    assert relay.output.count(" WEBSOCKET /v1/responses ") == 2


def test_codex_prepares_then_goes_on_by_name_also_on_another_socket(proxy, mock):
    """`generate: false` says nothing; later requests send only what is new and name the answer before."""
    relay = proxy(mock)

    def ask(client, asked):
        client.send(frame(asked, masked=True))
        while True:
            said = json.loads(take_message(client, controls=False)[1])
            if said["type"] == "response.completed":
                return said["response"]["id"]
    with open_socket(relay) as client:
        prepared = ask(client, create("context", generate=False))
        first = ask(client, create("first", previous=prepared))
    with open_socket(relay) as client:
        ask(client, create("second", previous=first))
    rows = relay.store.wait_exchanges(3)
    assert [row["drop_reason"] or "" for row in rows] == ["", "", ""]
    assert texts(relay.store.chain(rows[0]["head_hash"]))[-1] == ("user", "context")
    chain = texts(relay.store.chain(rows[2]["head_hash"]))
    assert chain[-5:] == [("user", "context"), ("user", "first"), ("assistant", "You said: first"),
                          ("user", "second"), ("assistant", "You said: second")]


def test_compressed_and_fragmented_messages_pass_byte_for_byte(proxy, upstream):
    squeeze, stream = Squeezer(), b""
    for i, one in enumerate(events("Compressed " + "again and " * 5000 + "again.")):
        data = squeeze(one)
        stream += frame(data[:5], squeezed=True, last=False) + frame(b"alive", PING) + frame(data[5:], 0)
    relay = proxy(upstream(serving(stream, fields=b"Sec-WebSocket-Extensions: permessage-deflate; "
                                                  b"client_no_context_takeover\r\n")))
    asked = Squeezer()(create("squeeze it"))
    with open_socket(relay, deflate=True) as client:
        client.send(frame(asked[:9], masked=True, squeezed=True, last=False) + frame(b"", PING, masked=True))
        client.send(frame(asked[9:], 0, masked=True))
        assert client.take(len(stream)) == stream
        row = relay.store.only()
    chain = texts(relay.store.chain(row["head_hash"]))
    assert chain[-2] == ("user", "squeeze it")
    assert chain[-1][1].endswith("again and again.")


def test_answer_that_breaks_off_is_kept_as_far_as_it_came(proxy, upstream):
    said = b"".join(map(frame, events("Half an answer.")[:4]))
    relay = proxy(upstream(serving(said, until_end=False)))
    with open_socket(relay) as client:
        client.send(frame(create("go"), masked=True))
        assert client.take(len(said)) == said
        client.expect_closed()
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("upstream_closed", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "Half an answer.")
    assert relay.store.node(row["head_hash"])["stop_reason"] == "incomplete"


def test_client_that_vanishes_in_mid_answer(proxy, upstream):
    said = b"".join(map(frame, events("Half.")[:4]))
    relay = proxy(upstream(serving(said)))
    client = open_socket(relay)
    client.send(frame(create("go"), masked=True))
    client.take(len(said))
    client.reset()
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("client_closed", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "Half.")


def test_error_ends_an_answer_and_the_socket_goes_on(proxy, upstream):
    error = dumps({"type": "error", "status": 400,
                   "error": {"code": "previous_response_not_found", "message": "no such response"}})
    good = b"".join(map(frame, events("Fine.")))
    relay = proxy(upstream(serving(frame(error), good)))
    with open_socket(relay) as client:
        client.send(frame(create("go", previous="resp_gone"), masked=True))
        assert take_message(client) == (TEXT, error)
        client.send(frame(create("go"), masked=True))
        assert client.take(len(good)) == good
    rows = relay.store.wait_exchanges(2)
    assert rows[0]["drop_reason"]
    assert not rows[1]["drop_reason"]
    relay.store.assert_balanced()


def test_socket_on_which_nothing_is_asked_is_a_tunnel(proxy, upstream):
    relay = proxy(upstream(serving(b"")))
    with open_socket(relay) as client:
        client.send(frame(b"", PING, masked=True) + frame(struct.pack(">H", 1000), CLOSE, masked=True))
    row = relay.store.only()
    assert row["drop_reason"] == "tunnel"
    relay.store.assert_balanced()


def test_shutdown_waits_for_the_answer_and_closes_idle_sockets(proxy, upstream):
    go = threading.Event()
    answer = events("Late.")

    def slow(peer):
        peer.take_head()
        peer.send(agreement())
        try:
            take_message(peer)
        except Closed:
            return
        peer.send(frame(answer[0]))
        assert go.wait(10)
        peer.send(b"".join(map(frame, answer[1:])))
        try:
            take_message(peer)
        except Closed:
            pass
    relay = proxy(upstream(slow), settings={"proxy.drain_timeout": "10s"})
    idle, busy = open_socket(relay), open_socket(relay)
    busy.send(frame(create("go"), masked=True))
    assert take_message(busy) == (TEXT, answer[0])
    relay.signal(15)
    idle.expect_closed()
    go.set()
    for one in answer[1:]:
        assert take_message(busy) == (TEXT, one)
    busy.expect_closed()
    assert relay.wait() == 0
    assert sorted(row["drop_reason"] or "" for row in relay.store.exchanges()) == ["", "tunnel"]
    relay.store.assert_balanced()


def test_end_of_an_answer_waits_for_the_store(proxy, upstream):
    """The row is there when the client sees the last message (guarantee 2)."""
    answers = [b"".join(map(frame, events(f"Answer {i}.", f"resp_{i}"))) for i in range(20)]
    relay = proxy(upstream(serving(*answers)), settings={"record.ack": "wait"})
    with open_socket(relay) as client:
        for i, answer in enumerate(answers):
            client.send(frame(create(f"Question {i}"), masked=True))
            assert client.take(len(answer)) == answer
            assert len(relay.store.exchanges()) == i + 1


@pytest.mark.parametrize("deflate", [False, True])
def test_mock_answers_on_a_websocket(proxy, mock, deflate):
    relay = proxy(mock)
    with open_socket(relay, deflate=deflate) as client:
        for text in ("one", "two"):
            client.send(frame(create(text), masked=True))
            while True:
                opcode, data = take_message(client)
                assert opcode == TEXT
                if json.loads(data)["type"] == "response.completed":
                    break
        client.send(frame(b"\x03\xe8", CLOSE, masked=True))
        assert take_message(client)[0] in (CLOSE, PONG)
    rows = relay.store.wait_exchanges(2)
    for row, text in zip(rows, ("one", "two")):
        chain = texts(relay.store.chain(row["head_hash"]))
        assert chain[-2] == ("user", text)
        assert text in chain[-1][1]


@pytest.mark.parametrize("seen", [1, 2, 4])
@pytest.mark.parametrize("resumed", [False, True])
def test_an_answer_in_the_background_that_began_on_a_socket_is_completed_by_a_fetch(proxy, upstream, run, workspace, seen,
                                                                                     resumed):
    """The connection ends; the answer is fetched over HTTP: whole, or from where its stream broke off."""
    told = events("Deep.")
    whole = json.loads(told[-1])["response"]
    fetched = later.shot(whole["output"]) if not resumed else later.sse(
        [b"data: " + one + b"\n\n" for one in told[max(seen - 1, 1):]])
    relay = proxy(upstream(serving(b"".join(map(frame, told[:seen])), until_end=False),
                           Answering(fetched, later.shot(whole["output"]), later.shot([output("Next.")], id="resp_2"))))
    with open_socket(relay) as client:
        client.send(frame(create("deep question", background=True), masked=True))
        for _ in range(seen):
            take_message(client)
    row = relay.store.wait_exchanges(1)[0]
    assert (row["stop_reason"], row["drop_reason"], row["response_id"]) == (
        "pending" if seen < 4 else "incomplete", None, "resp_1")
    relay.fetch(later.get(query=b"?stream=true&starting_after=%d" % max(seen - 2, 0) if resumed else b""))
    relay.fetch(later.get())
    relay.fetch(later.ask(input=[{"role": "user", "content": "and now?"}], previous_response_id="resp_1",
                          instructions="Be brief."))
    rows = relay.store.wait_exchanges(4)
    assert [row["drop_reason"] for row in rows] == [None, "answer_fetched", "nothing_new", None]
    assert (rows[0]["stop_reason"], rows[0]["total_tokens"]) == ("completed", 12 if resumed else 8)
    assert [row["answer_of"] for row in rows] == [None, rows[0]["id"], rows[0]["id"], None]
    said = texts(relay.store.chain(rows[0]["head_hash"]))
    assert said[-2:] == [("user", "deep question"), ("assistant", "Deep.")]
    assert texts(relay.store.chain(rows[3]["head_hash"]))[-4:] == [*said[-2:], ("user", "and now?"), ("assistant", "Next.")]
    relay.store.assert_balanced()
    later.assert_sound(relay, run, workspace)
