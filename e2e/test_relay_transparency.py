"""What the relay must not touch: targets, fields, bodies and their timing."""
import gzip
import hashlib
import os
import threading
import time
import zlib

import pytest
import zstandard

from harness import chat
from harness.tls import Authority
from harness.wire import Answering, Closed, ScriptedUpstream, chunk, wait_until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HOP = (b"Host", b"Connection", b"Keep-Alive")


def get(target: bytes = b"/", fields: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: proxy.test\r\n" + fields + b"\r\n"


@pytest.mark.parametrize("target", [
    b"/v1/models?limit=5&after=abc",
    b"/v1/x?",
    b"/v1/x?a=1&a=2&b=%20+%2B&c",
    b"/v1/a%2Fb/%7Euser/%e2%82%ac",
    b"/v1/../v2/./x//y/",
    b"/v1/x;param=1?q=%",
    b"/?url=http://other.test/%3Fx%3D1",
    b"/" + b"long" * 1000,
])
def test_target_arrives_as_the_client_sent_it(proxy, upstream, target):
    script = Answering(OK)
    relay = proxy(upstream(script))
    head, body = relay.fetch(get(target))
    assert (head.status, body) == (200, b"ok")
    assert script.requests[0][0].start == b"GET " + target + b" HTTP/1.1"


def test_request_fields_arrive_in_order_with_duplicates_and_nothing_is_added(proxy, upstream):
    fields = [(b"X-First", b"1"), (b"Accept", b"a/b"), (b"x-dup", b"one"), (b"X-Other", b"  "), (b"X-Dup", b"two"),
              (b"Cookie", b"a=1; b=2"), (b"x-LONG", b"v" * 5000), (b"X-Quoted", b'a, "b, c" ; d'),
              (b"X-Bytes", b"caf\xc3\xa9 \xff\xfe"), (b"Authorization", b"Bearer sk-test-12345678")]
    raw = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    script = Answering(OK)
    server = upstream(script)
    relay = proxy(server)
    relay.fetch(get(fields=raw))
    head = script.requests[0][0]
    assert head.all(b"Host") == [server.authority]
    assert head.without(*HOP) == [(name, value.strip()) for name, value in fields]


def test_nothing_is_added_to_a_bare_request(proxy, upstream):
    script = Answering(OK)
    relay = proxy(upstream(script))
    relay.fetch(get())
    assert script.requests[0][0].without(*HOP) == []


def test_answer_fields_arrive_in_order_with_duplicates_and_nothing_is_added(proxy, upstream):
    fields = [(b"Date", b"Tue, 14 Nov 2023 22:13:20 GMT"), (b"Set-Cookie", b"a=1; Path=/"), (b"x-request-id", b"r1"),
              (b"Set-Cookie", b"b=2, c"), (b"Server", b"up/1"), (b"set-cookie", b"c=3"), (b"X-Bytes", b"\xe9\xff"),
              (b"Content-Length", b"2"), (b"Retry-After", b"7")]
    raw = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    relay = proxy(upstream(Answering(b"HTTP/1.1 299 Odd  Reason\r\n" + raw + b"\r\nok")))
    head, body = relay.fetch(get())
    assert head.start == b"HTTP/1.1 299 Odd  Reason"
    assert head.without(b"Connection", b"Keep-Alive") == fields
    assert body == b"ok"


def test_hop_by_hop_fields_end_at_the_relay(proxy, upstream):
    script = Answering(b"HTTP/1.1 200 OK\r\nConnection: X-Down\r\nX-Down: 1\r\nKeep-Alive: timeout=3\r\n"
                       b"X-Stays: 2\r\nContent-Length: 2\r\n\r\nok")
    relay = proxy(upstream(script))
    head, _ = relay.fetch(get(fields=b"Connection: keep-alive, X-Up\r\nX-Up: 1\r\nKeep-Alive: 5\r\n"
                                     b"Proxy-Connection: keep-alive\r\nTE: trailers\r\nX-Through: 2\r\n"
                                     b"X-Tapes-Agent-Name: codex\r\n"))
    received = script.requests[0][0]
    assert received.without(b"Host", b"Connection") == [(b"X-Through", b"2")]
    assert head.without(b"Connection") == [(b"X-Stays", b"2"), (b"Content-Length", b"2")]


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n",
])
def test_head_answer_has_its_fields_and_no_body(proxy, upstream, answer):
    relay = proxy(upstream(Answering(answer, OK)))
    with relay.connect() as client:
        client.send(get(method=b"HEAD"))
        head = client.take_head()
        assert (head.status, head.get(b"X")) == (200, b"y")
        if b"Content-Length" in answer:
            assert head.get(b"Content-Length") == b"12345"
        client.send(get())
        assert client.take_message()[1] == b"ok"


@pytest.mark.parametrize("start", [b"204 No Content", b"304 Not Modified"])
def test_answer_without_body_does_not_hang_and_the_connection_goes_on(proxy, upstream, start):
    fields = b'ETag: "x"\r\n' + (b"Content-Length: 77\r\n" if start[:3] == b"304" else b"")
    relay = proxy(upstream(Answering(b"HTTP/1.1 " + start + b"\r\n" + fields + b"\r\n", OK)))
    with relay.connect() as client:
        client.send(get())
        head = client.take_head()
        assert head.start == b"HTTP/1.1 " + start
        assert head.get(b"ETag") == b'"x"'
        client.send(get())
        assert client.take_message()[1] == b"ok"


def test_interim_answers_are_passed_on_in_order(proxy, upstream):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    relay = proxy(upstream(Answering(interim + OK)))
    with relay.connect() as client:
        client.send(get())
        first = client.take_head()
        assert (first.start, first.all(b"Link")) == (b"HTTP/1.1 103 Early Hints", [b"</a>; rel=preload"])
        assert client.take_head().start == b"HTTP/1.1 102 Processing"
        assert client.take_message()[1] == b"ok"


def test_expect_continue_lets_the_client_send_its_body(proxy, upstream):
    received = []

    def script(peer):
        head = peer.take_head()
        if head.get(b"Expect"):
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        received.append(peer.take(5))
        peer.send(OK)
        peer.take_to_end()
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert client.take_head().status == 100
        client.send(b"hello")
        head, body = client.take_message()
        assert (head.status, body) == (200, b"ok")
    assert received == [b"hello"]


def test_final_answer_in_place_of_continue_reaches_the_client(proxy, upstream):
    def script(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        head = client.take_head()
        if head.status == 100:
            head = client.take_head()
        assert head.status == 413
        assert client.take(3) == b"no!"


def test_chunked_request_passes_with_extensions_and_trailers(proxy, upstream):
    raw = chunk(b"hello ", b";x=1") + chunk(b"world") + b"0;last\r\nX-Trailer: t\r\n\r\n"
    script = Answering(OK)
    relay = proxy(upstream(script))
    head, body = relay.fetch(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + raw)
    assert (head.status, body) == (200, b"ok")
    assert script.requests[0][1] == b"hello world"
    assert script.raw[0] == raw
    assert script.requests[0][0].get(b"Content-Length") is None


def test_chunked_answer_passes_with_extensions_and_trailers(proxy, upstream):
    raw = chunk(b"a" * 10, b";sig=abc") + chunk(b"\r\n0\r\n\r\n") + b"000\r\nX-Check: 1\r\n\r\n"
    relay = proxy(upstream(Answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Check\r\n\r\n" + raw, OK)))
    with relay.connect() as client:
        client.send(get())
        head = client.take_head()
        assert head.all(b"Transfer-Encoding") == [b"chunked"]
        assert client.take_chunked_raw() == raw
        client.send(get())
        assert client.take_message()[1] == b"ok"


def test_http_1_0_client_gets_the_body_without_chunks(proxy, upstream):
    relay = proxy(upstream(Answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"abc") +
                                     chunk(b"def") + b"0\r\n\r\n")))
    with relay.connect() as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        head = client.take_head()
        assert head.get(b"Transfer-Encoding") is None
        assert client.take_to_end() == b"abcdef"


def test_body_that_ends_with_the_connection_arrives_whole(proxy, upstream):
    body = os.urandom(200_000)

    def script(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\n\r\n" + body)
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(get())
        head = client.take_head()
        if head.get(b"Transfer-Encoding"):
            from harness.wire import dechunk
            assert dechunk(client.take_chunked_raw()) == body
        else:
            assert client.take_to_end() == body


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_the_clients_business(proxy, upstream, code):
    elsewhere = ScriptedUpstream(Answering(OK))
    try:
        location = elsewhere.url.encode() + b"/moved?x=1"
        server = upstream(Answering(b"HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 5\r\n\r\nmoved" %
                                    (code, location)))
        relay = proxy(server)
        head, body = relay.fetch(chat.turn("hi"))
        assert (head.status, head.get(b"Location"), body) == (code, location, b"moved")
        assert elsewhere.accepted == 0
    finally:
        elsewhere.stop()


def test_proxy_variables_of_the_environment_are_ignored(proxy, upstream):
    trap = ScriptedUpstream(Answering(OK))
    try:
        script = Answering(OK)
        relay = proxy(upstream(script), environment={name: trap.url for name in (
            "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")})
        assert relay.fetch(get())[0].status == 200
        assert len(script.requests) == 1
        assert trap.accepted == 0
    finally:
        trap.stop()


def _brotli(data: bytes) -> bytes:
    """A brotli stream of uncompressed meta-blocks (RFC 7932 §9.2): no encoder needed."""
    out, bits, count = bytearray(), 0, 0

    def put(value, width):
        nonlocal bits, count
        bits |= value << count
        count += width
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8
    put(0, 1)  # WBITS 16
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        put(0, 1)                   # not last
        put(0, 2)                   # four nibbles
        put(len(piece) - 1, 16)
        put(1, 1)                   # uncompressed
        if count:
            put(0, 8 - count)
        out += piece
    put(3, 2)                       # last, empty
    if count:
        put(0, 8 - count)
    return bytes(out)


CODINGS = {b"gzip": gzip.compress, b"br": _brotli, b"zstd": zstandard.ZstdCompressor().compress,
           b"deflate": zlib.compress}


@pytest.mark.parametrize("coding", CODINGS)
def test_encoded_bodies_pass_byte_for_byte_and_are_recorded_decoded(proxy, upstream, coding):
    plain = chat.request_body("zip me")
    request, reply = CODINGS[coding](plain), CODINGS[coding](chat.completion("zipped"))
    script = Answering(chat.answer(reply, fields=b"Content-Encoding: " + coding + b"\r\n"))
    relay = proxy(upstream(script))
    head, body = relay.fetch(chat.post(request, fields=b"Content-Encoding: " + coding + b"\r\n"))
    assert body == reply
    assert head.get(b"Content-Encoding") == coding
    assert script.requests[0][1] == request
    assert script.requests[0][0].get(b"Content-Encoding") == coding
    row = relay.store.only()
    assert row["drop_reason"] in (None, "")
    assert [n["content"][0]["text"] for n in relay.store.chain(row["head_hash"])] == ["zip me", "zipped"]


def test_event_stream_passes_byte_for_byte_with_crlf_comments_and_blank_lines(proxy, upstream):
    odd = (b": comment\r\n\r\n" + b"\r\n\r\n" + b"event: message\r\nid: 7\r\nretry: 10\r\n" +
           chat.delta({"role": "assistant", "content": ""}).replace(b"\n\n", b"\r\n\r\n") +
           b"data:" + chat.delta({"content": "no space"})[6:] + b":\n\n\n" +
           chat.delta({"content": " \u20ac"}) + chat.delta(finish="stop") + b": tail\r\n\r\ndata: [DONE]\r\n\r\n")
    pieces = [odd[at:at + 37] for at in range(0, len(odd), 37)]
    raw = b"".join(map(chunk, pieces)) + b"0\r\n\r\n"
    relay = proxy(upstream(Answering(chat.SSE_HEAD + raw)))
    with relay.connect() as client:
        client.send(chat.turn("hi", stream=True))
        head = client.take_head()
        assert head.get(b"Content-Type") == b"text/event-stream; charset=utf-8"
        assert client.take_chunked_raw() == raw
    row = relay.store.only()
    assert relay.store.node(row["head_hash"])["content"][0]["text"] == "no space \u20ac"


def test_first_event_arrives_while_the_upstream_sleeps(proxy, upstream):
    go_on = threading.Event()
    events = chat.stream_events("one", "two")

    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + chunk(events[0]) + chunk(events[1]))
        assert go_on.wait(10)
        peer.send(b"".join(map(chunk, events[2:])) + b"0\r\n\r\n")
        peer.take_to_end()
    relay = proxy(upstream(script))
    with relay.connect() as client:
        begun = time.monotonic()
        client.send(chat.turn("hi", stream=True))
        client.take_head()
        assert client.take(len(chunk(events[0]) + chunk(events[1]))) == chunk(events[0]) + chunk(events[1])
        assert time.monotonic() - begun < 5
        client.expect_silence(0.2)
        go_on.set()
        assert client.take_chunked_raw() == b"".join(map(chunk, events[2:])) + b"0\r\n\r\n"


def test_flushed_pieces_of_a_gzip_stream_arrive_at_once_and_unchanged(proxy, upstream):
    step = threading.Semaphore(0)
    events = chat.stream_events("one", "two")
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(e) + packer.flush(zlib.Z_SYNC_FLUSH) for e in events]
    pieces[-1] += packer.flush()

    def script(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
        for piece in pieces[:2]:
            peer.send(chunk(piece))
            assert step.acquire(timeout=10)
        peer.send(b"".join(map(chunk, pieces[2:])) + b"0\r\n\r\n")
        peer.take_to_end()
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(chat.turn("hi", stream=True))
        assert client.take_head().get(b"Content-Encoding") == b"gzip"
        for piece in pieces[:2]:
            assert client.take(len(chunk(piece))) == chunk(piece)
            step.release()
        assert client.take_chunked_raw() == b"".join(map(chunk, pieces[2:])) + b"0\r\n\r\n"
    row = relay.store.only()
    assert relay.store.node(row["head_hash"])["content"][0]["text"] == "onetwo"


def test_429_to_a_streaming_request_arrives_whole_with_retry_after(proxy, upstream):
    error = b'{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}'
    relay = proxy(upstream(Answering(chat.answer(
        error, b"429 Too Many Requests", b"Retry-After: 20\r\nx-ratelimit-remaining-requests: 0\r\n"))))
    head, body = relay.fetch(chat.turn("hi", stream=True))
    assert head.start == b"HTTP/1.1 429 Too Many Requests"
    assert head.get(b"Retry-After") == b"20"
    assert head.get(b"x-ratelimit-remaining-requests") == b"0"
    assert head.get(b"Content-Type") == b"application/json"
    assert body == error
    row = relay.store.only()
    assert (row["status"], row["drop_reason"], row["end_reason"]) == (429, "upstream_status", "complete")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_20_mb_pass_both_ways(proxy, upstream, framing):
    sent = os.urandom(1 << 20) * 20
    script = Answering(lambda peer, head, body: peer.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body if framing == "length" else
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
        b"".join(chunk(body[at:at + 100_000]) for at in range(0, len(body), 100_000)) + b"0\r\n\r\n"))
    relay = proxy(upstream(script))
    with relay.connect(timeout=30) as client:
        if framing == "length":
            client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent)
        else:
            client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        b"".join(chunk(sent[at:at + 65536]) for at in range(0, len(sent), 65536)) + b"0\r\n\r\n")
        head, body = client.take_message()
    assert head.status == 200
    assert hashlib.sha256(body).digest() == hashlib.sha256(sent).digest()
    assert hashlib.sha256(script.requests[0][1]).digest() == hashlib.sha256(sent).digest()


def test_request_body_streams_up_while_it_is_sent(proxy, upstream):
    got = []

    def script(peer):
        peer.take_head()
        got.append(peer.take(3))
        got.append(peer.take(3))
        peer.send(OK)
        peer.take_to_end()
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(b"POST /v1/files HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        wait_until(lambda: got, what="the first half at the upstream")
        assert got == [b"abc"]
        client.send(b"def")
        assert client.take_message()[1] == b"ok"
    assert got == [b"abc", b"def"]


def test_pipelined_requests_are_answered_in_order(proxy, upstream):
    def echo(peer, head, body):
        if head.target == b"/0":
            time.sleep(0.2)  # an answer that is ready later is still the first
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(head.target) + head.target)
    relay = proxy(upstream(Answering(echo)))
    with relay.connect() as client:
        client.send(b"".join(get(b"/%d" % n) for n in range(10)) +
                    b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz" + get(b"/last"))
        answers = [client.take_message()[1] for _ in range(12)]
    assert answers == [b"/%d" % n for n in range(10)] + [b"/post", b"/last"]


def test_client_that_half_closes_after_its_request_gets_the_answer(proxy, upstream):
    def slow(peer, head, body):
        time.sleep(0.3)
        peer.send(chat.answer(chat.completion("late")))
    relay = proxy(upstream(Answering(slow)))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        client.half_close()
        head, body = client.take_message()
        assert (head.status, body) == (200, chat.completion("late"))
    assert relay.store.only()["end_reason"] == "complete"


def test_stale_pooled_connection_is_replaced_once_and_unseen(proxy, upstream):
    closed = threading.Event()

    def first(peer):
        peer.take_message()
        peer.send(chat.answer(chat.completion("one")))
        # The second request arrives on this connection: it is closed without a byte.
        try:
            peer.take_head()
        except Closed:
            pass
        closed.set()
    second = Answering(chat.answer(b"[]"))
    server = upstream(first, second)
    relay = proxy(server)
    with relay.connect() as client:
        client.send(chat.turn("first"))
        assert client.take_message()[1] == chat.completion("one")
        client.send(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        head, body = client.take_message()
        assert (head.status, body) == (200, b"[]")
    assert closed.wait(5)
    assert [head.target for head, _ in second.requests] == [b"/v1/models"]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("end", ["close", "reset"])
def test_turn_that_an_upstream_worked_on_is_seen_once(proxy, upstream, tmp_path, tls, end):
    seen = []

    def script(peer):
        peer.take_message()
        peer.send(chat.answer(chat.completion("one")))
        seen.append(peer.take_message()[1])
        time.sleep(1.2)
        if end == "reset":
            peer.reset()
    authority = Authority(tmp_path) if tls else None
    server = upstream(script, context=authority.server_context() if tls else None)
    relay = proxy(server, settings={"proxy.upstream_ca": str(authority.certificate)} if tls else {})
    with relay.connect() as client:
        client.send(chat.turn("first"))
        assert client.take_message()[1] == chat.completion("one")
        client.send(chat.turn("charge my card"))
        head, body = client.take_message()
        assert head.status == 502
        assert body.startswith(b'{"error":')
    assert seen == [chat.request_body("charge my card")]
    assert server.accepted == 1
    relay.wait_for("it may have been read, so it is not sent again")
    assert relay.store.wait_exchanges(2)[1]["end_reason"] == "upstream_closed"


def test_no_turn_is_read_twice_by_an_upstream_that_closes_at_any_moment(proxy, upstream):
    """Connections that are closed around the time of their next request: each turn is answered, or read once."""
    seen = []

    def script(peer):
        seen.append(peer.take_message()[1])
        peer.send(chat.answer(chat.completion("one")))
        time.sleep(0.0003 * (len(seen) % 7))
    relay = proxy(upstream(script))
    failed = 0
    with relay.connect() as client:
        for number in range(200):
            client.send(chat.turn(f"turn {number}"))
            head, _ = client.take_message()
            assert head.status in (200, 502)
            failed += head.status == 502
    assert len(set(seen)) == len(seen)
    assert len(seen) >= 200 - failed


def test_failed_fresh_connection_is_not_tried_again(proxy, upstream):
    def close_without_answer(peer):
        peer.take_message()
    server = upstream(close_without_answer)
    relay = proxy(server)
    head, body = relay.fetch(chat.turn("once"))
    assert head.status == 502
    assert body.startswith(b'{"error":')
    assert server.accepted == 1
    assert relay.store.only()["end_reason"] in ("upstream_closed", "upstream_unreachable")


def test_upgrade_becomes_a_tunnel(proxy, upstream):
    def script(peer):
        head = peer.take_head()
        assert head.get(b"Upgrade") == b"echo"
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
        while True:
            data = peer.take(5)
            peer.send(data[::-1])
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(get(b"/v1/realtime", b"Connection: Upgrade\r\nUpgrade: echo\r\n"))
        head = client.take_head()
        assert (head.status, head.get(b"Upgrade")) == (101, b"echo")
        assert client.take(5) == b"hello"
        client.send(b"\x00\xff\r\n1")
        assert client.take(5) == b"1\n\r\xff\x00"
    row = relay.store.only()
    assert (row["status"], row["drop_reason"]) == (101, "tunnel")
    relay.wait_for(r"/v1/realtime became a tunnel")
