"""How exchanges end: never clean when they were not, and what was said so far is kept."""
import socket
import threading
import time

import pytest

from harness import chat
from harness.store import texts
from harness.tls import Authority
from harness.wire import Answering, Closed, chunk, wait_until

EVENTS = chat.stream_events("one ", "two ", "three")


def cut_stream(how: str, held: threading.Event | None = None):
    """A stream that breaks off after "one two "."""
    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, EVENTS[:3])))
        if held is not None:
            assert held.wait(10)
        else:
            time.sleep(0.1)
        if how == "reset":
            peer.reset()
            peer.kept = True
        elif how == "chunk":
            peer.send(b"40\r\ndata: {")
    return script


@pytest.mark.parametrize("how", ["reset", "chunk", "close"])
def test_stream_that_breaks_off_is_no_clean_end_and_its_part_is_recorded(proxy, upstream, how):
    relay = proxy(upstream(cut_stream(how)))
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        assert client.take(len(b"".join(map(chunk, EVENTS[:3])))) == b"".join(map(chunk, EVENTS[:3]))
        with pytest.raises(Closed):
            client.take_chunked_raw()
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("upstream_closed", "")
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "count"), ("assistant", "one two ")]
    assert relay.store.node(row["head_hash"])["stop_reason"] == "incomplete"


@pytest.mark.parametrize("reset", [False, True])
def test_body_shorter_than_its_length_is_no_clean_end(proxy, upstream, reset):
    whole = chat.completion("all of it")

    def script(peer):
        peer.take_message()
        peer.send(chat.answer(whole)[:-20])
        if reset:
            time.sleep(0.2)
            peer.reset()
            peer.kept = True
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        assert int(head.get(b"Content-Length")) == len(whole)
        with pytest.raises(Closed) as broken:
            client.take(len(whole))
        if not reset:
            assert broken.value.held == whole[:-20]
    assert relay.store.only()["end_reason"] == "upstream_closed"


def test_body_cut_by_reset_that_would_end_with_the_connection_is_no_clean_end(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + chat.completion("x")[:-10])
        time.sleep(0.2)
        peer.reset()
        peer.kept = True
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        with pytest.raises(Closed) as broken:
            if head.get(b"Transfer-Encoding"):
                client.take_chunked_raw()
            else:
                client.take_to_end()
        # A body without a length of its own can only be told apart by a reset.
        assert head.get(b"Transfer-Encoding") or not broken.value.clean
    assert relay.store.only()["end_reason"] == "upstream_closed"


def test_upstream_that_does_not_listen_gives_502_and_no_response(proxy):
    relay = proxy("http://127.0.0.1:1")
    head, body = relay.fetch(chat.turn("hi"))
    assert head.status == 502
    assert body.startswith(b'{"error":')
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"]) == ("upstream_unreachable", "no_response")
    relay.store.assert_balanced()


def test_slow_first_byte_gives_504(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.take_to_end()
    relay = proxy(upstream(script), settings={"proxy.first_byte_timeout": "300ms"})
    head, body = relay.fetch(chat.turn("hi"))
    assert head.status == 504
    assert body.startswith(b'{"error":')
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"]) == ("timeout", "no_response")


def test_silence_in_mid_stream_is_cut_and_recorded(proxy, upstream):
    never = threading.Event()
    relay = proxy(upstream(cut_stream("close", never)), settings={"proxy.idle_timeout": "400ms"})
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        with pytest.raises(Closed):
            client.take_chunked_raw()
    row = relay.store.only()
    assert row["end_reason"] == "timeout"
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two ")
    never.set()


def test_client_that_does_not_read_is_cut_after_the_write_deadline(proxy, upstream):
    def flood(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n" % (64 << 20))
        for _ in range(64):
            peer.send(bytes(1 << 20))
    relay = proxy(upstream(flood), settings={"proxy.client_write_timeout": "500ms"})
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        row = relay.store.only()
    assert row["end_reason"] in ("timeout", "client_closed")


@pytest.mark.parametrize("tls", [False, True])
def test_client_that_reads_slowly_but_steadily_is_not_cut(proxy, upstream, tmp_path, tls):
    """The socket takes more only when a third of what it holds has gone, which takes longer than the deadline."""
    size = 24 << 20

    def flood(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
    settings = {"proxy.client_write_timeout": "1s"}
    authority = Authority(tmp_path) if tls else None
    if tls:
        certificate, key = authority.issue()
        settings |= {"proxy.tls_cert": str(certificate), "proxy.tls_key": str(key)}
    relay = proxy(upstream(flood), settings=settings)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        raw.settimeout(10)
        raw.connect(("127.0.0.1", relay.port))
        client = authority.client_context().wrap_socket(raw, server_hostname="localhost") if tls else raw
        client.sendall(chat.turn("hi"))
        seen = 0
        until = time.monotonic() + 8
        while time.monotonic() < until:
            seen += len(piece := client.recv(16384))
            assert piece, f"closed after {seen} bytes"
            time.sleep(0.1)  # 160 KB/s
        while seen < size and (piece := client.recv(1 << 20)):
            seen += len(piece)
        assert seen >= size
        client.close()
    assert relay.store.only()["end_reason"] == "complete"


def test_upstream_that_reads_slowly_but_steadily_is_not_cut(proxy, upstream):
    def script(peer):
        head = peer.take_head()
        left = int(head.get(b"Content-Length")) - len(peer.held)
        until = time.monotonic() + 5
        while left > 0:
            left -= len(peer.sock.recv(16384 if time.monotonic() < until else 1 << 20))
            time.sleep(0.1 if time.monotonic() < until else 0)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    server = upstream(script)
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    relay = proxy(server, settings={"proxy.idle_timeout": "1s"})
    with relay.connect(timeout=20) as client:
        client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (16 << 20))
        client.send(bytes(16 << 20))
        assert client.take_message()[0].status == 200
    assert relay.store.only()["end_reason"] == "complete"


def _leave_after_two_events(relay, client):
    client.send(chat.turn("count", stream=True))
    client.take_head()
    client.take(len(b"".join(map(chunk, EVENTS[:3]))))
    client.close()


def test_client_that_leaves_cancels_the_upstream_and_what_was_said_is_recorded(proxy, upstream):
    cancelled = threading.Event()

    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, EVENTS[:3])))
        # A FIN alone may be a half-close: it is the next bytes that find nobody there.
        try:
            for _ in range(200):
                time.sleep(0.05)
                peer.send(chunk(b": still here\n\n"))
        except OSError:
            cancelled.set()
    relay = proxy(upstream(script))
    _leave_after_two_events(relay, relay.connect())
    assert cancelled.wait(5), "the upstream connection was not closed"
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("client_closed", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two ")
    assert relay.store.node(row["head_hash"])["stop_reason"] == "incomplete"


def test_client_that_closed_is_told_from_one_that_half_closed_while_the_upstream_thinks(proxy, upstream):
    def thinks_for_ever(peer):
        peer.take_message()
        peer.sock.settimeout(45)
        peer.take_to_end()
        left.set()

    def answers_then(peer):
        peer.take_message()
        assert left.wait(45)
        peer.send(chat.answer(chat.completion("late")))
    left = threading.Event()
    relay = proxy(upstream(thinks_for_ever, answers_then))
    with relay.connect() as gone, relay.connect(60) as waits:
        gone.send(chat.turn("never mind"))
        wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 1, what="in flight")
        waits.send(chat.turn("take your time"))
        waits.half_close()
        # After so many seconds its system forgets what was closed and answers probes with resets; usually after 60.
        gone.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 1)
        gone.close()
        assert waits.take_message()[1] == chat.completion("late")
    rows = wait_until(lambda: (rows := relay.store.exchanges()) and len(rows) == 2 and rows, what="both recorded")
    assert [row["end_reason"] for row in rows] == ["client_closed", "complete"]


def test_drain_reads_the_answer_to_its_end_after_the_client_left(proxy, upstream):
    go_on = threading.Event()
    events = chat.stream_events("one ", "two ", "three", usage=(7, 9))

    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, events[:3])))
        assert go_on.wait(10)
        time.sleep(0.1)
        peer.send(b"".join(map(chunk, events[3:])) + b"0\r\n\r\n")
        peer.take_to_end()
    relay = proxy(upstream(script), settings={"proxy.on_client_disconnect": "drain"})
    _leave_after_two_events(relay, relay.connect())
    go_on.set()
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two three")
    assert (row["prompt_tokens"], row["completion_tokens"]) == (7, 9)
    assert row["end_reason"] == "client_closed"


def test_client_that_closes_after_the_terminal_event_ended_complete(proxy, upstream):
    # openai-python stops reading at [DONE] and never sees the last chunk.
    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, EVENTS)))
        try:
            peer.take_to_end()
        except Closed:
            pass
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        client.take_until(b"data: [DONE]\n\n")
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("complete", "")
    assert relay.store.node(row["head_hash"])["stop_reason"] == "stop"


def test_client_that_leaves_in_mid_request_is_accounted_for(proxy, upstream):
    relay = proxy(upstream(Answering(b"")))
    client = relay.connect()
    client.send(chat.turn("never sent whole")[:-10])
    time.sleep(0.1)
    client.close()
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"]) == ("client_closed", "no_response")
    relay.store.assert_balanced()


def test_answer_that_comes_before_the_request_is_whole_reaches_the_client(proxy, upstream):
    def early(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!")
        peer.half_close()
        time.sleep(1)
    relay = proxy(upstream(early))
    with relay.connect() as client:
        client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" + bytes(100_000))
        head = client.take_head()
        assert head.status == 413
        assert client.take(3) == b"no!"


def test_long_stream_with_pauses_is_not_cut(proxy, upstream):
    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD)
        for event in EVENTS:
            time.sleep(0.35)
            peer.send(chunk(event))
        peer.send(b"0\r\n\r\n")
        peer.take_to_end()
    # Each pause is shorter than every deadline, the whole is longer.
    relay = proxy(upstream(script), settings={"proxy.idle_timeout": "1s", "proxy.first_byte_timeout": "1s",
                                              "proxy.client_write_timeout": "1s", "proxy.keepalive_timeout": "1s",
                                              "proxy.head_timeout": "1s"})
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        head, body = client.take_message()
    assert body == b"".join(EVENTS)


def test_end_of_a_stream_waits_for_the_commit_and_its_middle_does_not(proxy, upstream):
    relay = proxy(upstream(Answering(chat.SSE_HEAD + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n")),
                  settings={"record.ack": "wait"}, environment={"TAPES_TEST_COMMIT_DELAY_MS": "2000"})
    with relay.connect() as client:
        begun = time.monotonic()
        client.send(chat.turn("count", stream=True))
        client.take_head()
        held_back = b"".join(EVENTS[4:])  # from the finish_reason on
        middle = b"".join(map(chunk, EVENTS[:4]))
        assert client.take(len(middle)) == middle
        assert time.monotonic() - begun < 1.7
        client.expect_silence(0.25)
        raw = client.take_chunked_raw()
        assert time.monotonic() - begun >= 2
        assert b"".join(map(chunk, EVENTS[4:])) + b"0\r\n\r\n" == raw and held_back
    assert len(relay.store.exchanges()) == 1, "the end was seen before the turn was stored"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_end_of_a_one_shot_answer_waits_for_the_commit(proxy, upstream, framing):
    body = chat.completion("said")

    def script(peer):
        peer.take_message()
        if framing == "length":
            peer.send(chat.answer(body))
        elif framing == "chunked":
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(body) + b"0\r\n\r\n")
        else:
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + body)
    relay = proxy(upstream(script), settings={"record.ack": "wait"},
                  environment={"TAPES_TEST_COMMIT_DELAY_MS": "600"})
    with relay.connect() as client:
        begun = time.monotonic()
        client.send(chat.turn("hi"))
        head = client.take_head()
        got = client.take_to_end() if framing == "close" and not head.get(b"Transfer-Encoding") else \
            client.take_body(head)
        assert got == body
        assert time.monotonic() - begun >= 0.55
        assert len(relay.store.exchanges()) == 1
    wait_until(lambda: relay.metric("tapes_turns_recorded_total") == 1, what="the count")
