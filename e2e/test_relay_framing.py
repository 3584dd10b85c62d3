"""Bytes that two parsers could read in two ways are refused, and no target leads elsewhere."""
import socket
import time

import pytest

from harness import chat
from harness.wire import Answering, Closed, ScriptedUpstream, chunk, connect, wait_until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def post(fields: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"POST /v1/files " + version + b"\r\nHost: a\r\n" + fields + b"\r\n" + body


TABLE = {
    "both lengths": post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED),
    "both lengths, other order": post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n" + SMUGGLED),
    "unequal lengths": post(b"Content-Length: 2\r\nContent-Length: 40\r\n", b"ok" + SMUGGLED),
    "unequal lengths in a list": post(b"Content-Length: 2, 40\r\n", b"ok" + SMUGGLED),
    "signed length": post(b"Content-Length: +2\r\n", b"ok"),
    "negative length": post(b"Content-Length: -2\r\n", b"ok"),
    "hexadecimal length": post(b"Content-Length: 0x2\r\n", b"ok"),
    "empty length": post(b"Content-Length:\r\n", b"ok"),
    "length past 64 bits": post(b"Content-Length: 18446744073709551618\r\n", b"ok"),
    "xchunked": post(b"Transfer-Encoding: xchunked\r\n", SMUGGLED),
    "chunked, identity": post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + SMUGGLED),
    "identity": post(b"Transfer-Encoding: identity\r\n", SMUGGLED),
    "gzip, chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "chunked twice": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked with a vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "chunked in quotes": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "chunked in 1.0": post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"),
    "space before the colon": post(b"Content-Length : 2\r\n", b"ok"),
    "folded line": post(b"X-A: 1\r\n b: 2\r\nContent-Length: 2\r\n", b"ok"),
    "field without colon": post(b"Content-Length\r\n", b"ok"),
    "empty field name": post(b": 2\r\nContent-Length: 2\r\n", b"ok"),
    "space in a field name": post(b"X A: 2\r\nContent-Length: 2\r\n", b"ok"),
    "NUL in a value": post(b"X-A: a\x00b\r\nContent-Length: 2\r\n", b"ok"),
    "bare LF after a field": post(b"X-A: 1\nContent-Length: 2\r\n", b"ok"),
    "bare LF after the request line": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
    "bare LF as the empty line": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "bare CR in a value": post(b"X-A: 1\rX-B: 2\r\nContent-Length: 2\r\n", b"ok"),
    "two spaces in the request line": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "no version": b"GET /\r\nHost: a\r\n\r\n",
    "version 2": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "version in lower case": b"GET / http/1.1\r\nHost: a\r\n\r\n",
    "method with a control character": b"G\x01ET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "Host twice": b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "different Hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
}


@pytest.mark.parametrize("case", TABLE)
def test_ambiguous_request_head_gets_400_and_a_closed_connection(proxy, upstream, case):
    script = Answering(OK)
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(TABLE[case])
        head, body = client.take_message()
        assert head.status == 400
        assert head.get(b"Connection") == b"close"
        assert body.startswith(b'{"error":')
        client.expect_closed()
    assert script.requests == []
    assert relay.fetch(b"GET /alive HTTP/1.1\r\nHost: a\r\n\r\n")[1] == b"ok"
    assert [head.target for head, _ in script.requests] == [b"/alive"]


CHUNKS = {
    "bad chunk size": b"zz\r\nok\r\n0\r\n\r\n",
    "signed chunk size": b"+2\r\nok\r\n0\r\n\r\n",
    "prefixed chunk size": b"0x2\r\nok\r\n0\r\n\r\n",
    "empty chunk size": b"\r\nok\r\n0\r\n\r\n",
    "chunk size past 64 bits": b"10000000000000002\r\nok\r\n0\r\n\r\n",
    "chunk size of 2^63": b"8000000000000000\r\nok\r\n0\r\n\r\n",
    "chunk size of 2^64 - 1": b"ffffffffffffffff\r\nok\r\n0\r\n\r\n",
    "chunk size of 2^63 in 20 digits": b"00008000000000000000\r\nok\r\n0\r\n\r\n",
    "chunk longer than said": b"2\r\nokay\r\n0\r\n\r\n",
    "chunk size ended by LF": b"2\nok\r\n0\r\n\r\n",
    "chunk ended by LF": b"2\r\nok\n0\r\n\r\n",
    "NUL in an extension": b"2;a\x00b\r\nok\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", CHUNKS)
def test_bad_chunk_is_never_passed_on_as_a_whole_request(proxy, upstream, case):
    script = Answering(OK)
    server = upstream(script)
    relay = proxy(server)
    with relay.connect() as client:
        client.send(post(b"Transfer-Encoding: chunked\r\n", CHUNKS[case]))
        head = client.take_head()
        assert head.status == 400
        client.take_body(head)
        client.expect_closed()
    assert script.requests == []


ANSWERS = {
    "both lengths and another coding":
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "unequal lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
    "xchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nok",
    "chunked, identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in 1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "NUL": b"HTTP/1.1 200 OK\r\nX: a\x00\r\nContent-Length: 2\r\n\r\nok",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "chunk size of 2^63": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\nok\r\n0\r\n\r\n",
    "no chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", ANSWERS)
def test_ambiguous_answer_head_becomes_502(proxy, upstream, case):
    def script(peer):
        peer.take_head()
        peer.send(ANSWERS[case])
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head, body = client.take_message()
        assert head.status == 502
        assert body.startswith(b'{"error":')
    row = relay.store.only()
    assert row["end_reason"] == "protocol_error"


@pytest.mark.parametrize("length", [0, 2, 4000])
def test_answer_with_both_lengths_is_read_as_chunks(proxy, upstream, length):
    """RFC 9112 §6.3: Content-Length is dropped, the chunks count, and the connection is not used again."""
    answer = chat.answer(chat.completion("both"))
    body = answer.partition(b"\r\n\r\n")[2]
    heads = []

    def script(peer):
        heads.append(peer.take_head())
        peer.take_body(heads[-1])
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n" % length + chunk(body) + b"0\r\n\r\n")
        peer.expect_closed()  # not used for the next request
    relay = proxy(upstream(script))
    with relay.connect() as client:
        for _ in range(2):
            client.send(chat.turn("hi"))
            head = client.take_head()
            assert head.status == 200 and head.get(b"Content-Length") is None
            assert client.take_body(head) == body
    rows = relay.store.wait_exchanges(2)
    assert [row["drop_reason"] or "" for row in rows] == ["", ""]
    assert len(heads) == 2


def test_bad_chunk_of_an_answer_is_no_clean_end(proxy, upstream):
    def script(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n\r\n0\r\n\r\n")
        time.sleep(0.5)
    relay = proxy(upstream(script))
    with relay.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = client.take_head()
        if head.status == 200:
            with pytest.raises(Closed):
                client.take_chunked_raw()
        else:
            assert head.status == 502
    assert relay.store.only()["end_reason"] == "protocol_error"


def test_bytes_after_an_answer_are_never_another_answer(proxy, upstream):
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

    def first(peer):
        peer.take_head()
        peer.send(OK + poison)
        time.sleep(1)
    script = Answering(OK)
    relay = proxy(upstream(first, script))
    with relay.connect() as client:
        for _ in range(2):
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.take_message()[1] == b"ok"
    assert len(script.requests) == 1


def odd_targets(port: int):
    return {
        "user info trick": (b"@127.0.0.1:%d/x" % port, None),
        "bare authority": (b"127.0.0.1:%d/x" % port, None),
        "two slashes": (b"//127.0.0.1:%d/x" % port, b"//127.0.0.1:%d/x" % port),
        "absolute form": (b"http://127.0.0.1:%d/x?q=1" % port, b"/x?q=1"),
        "absolute form without path": (b"http://127.0.0.1:%d" % port, b"/"),
        "absolute form of another scheme": (b"ftp://127.0.0.1:%d/x" % port, None),
        "backslash": (b"\\\\127.0.0.1:%d\\x" % port, None),
        "colon first": (b":%d/x" % port, None),
        "dot first": (b".127.0.0.1:%d/x" % port, None),
        "encoded slash": (b"/%%2F127.0.0.1:%d" % port, b"/%%2F127.0.0.1:%d" % port),
    }


@pytest.mark.parametrize("case", list(odd_targets(0)))
def test_odd_target_never_reaches_another_host(proxy, upstream, case):
    trap = ScriptedUpstream(Answering(OK))
    script = Answering(OK)
    relay = proxy(upstream(script))
    try:
        target, expected = odd_targets(trap.port)[case]
        with relay.connect() as client:
            client.send(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % trap.port)
            head = client.take_head()
            if expected is None:
                assert head.status in (400, 404)
                assert script.requests == []
            else:
                # An absolute target goes to the configured upstream, in origin form or as it was.
                assert head.status == 200
                assert script.requests[0][0].target in (expected, target)
                assert len(script.requests[0][0].all(b"Host")) == 1
        assert trap.accepted == 0
    finally:
        trap.stop()


def test_connect_is_refused(proxy, upstream):
    trap = ScriptedUpstream(Answering(OK))
    script = Answering(OK)
    relay = proxy(upstream(script))
    try:
        head, _ = relay.fetch(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (trap.port, trap.port))
        assert head.status == 405
        assert trap.accepted == 0 and script.requests == []
    finally:
        trap.stop()


def test_host_of_the_client_is_replaced_by_the_upstreams(proxy, upstream):
    script = Answering(OK)
    server = upstream(script)
    relay = proxy(server)
    relay.fetch(b"GET / HTTP/1.1\r\nhOST: evil.test:99\r\n\r\n")
    relay.fetch(b"GET / HTTP/1.0\r\n\r\n")  # 1.0 needs none
    hosts = [head.all(b"Host") for peer_head in (script.requests,) for head, _ in peer_head]
    assert hosts == [[server.authority], [server.authority]]


def test_200_half_open_connections_do_not_hold_up_others_and_time_out(proxy, upstream):
    relay = proxy(upstream(Answering(OK)), settings={"proxy.head_timeout": "3s", "proxy.keepalive_timeout": "3s"})
    held = []
    try:
        for number in range(200):
            peer = connect(relay.port)
            if number % 2:
                peer.send(b"GET / HTTP/1.1\r\nHost: slow\r\nX-")
            held.append(peer)
        begun = time.monotonic()
        assert relay.fetch(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[1] == b"ok"
        assert time.monotonic() - begun < 2.5
        for peer in held:
            left = max(0.5, 8 - (time.monotonic() - begun))
            peer.sock.settimeout(left)
            try:
                data = peer.take_to_end()
            except Closed as error:
                data = error.held
            assert data == b"" or data.startswith(b"HTTP/1.1 408"), data
    finally:
        for peer in held:
            peer.close()


def test_a_client_that_sends_slowly_byte_by_byte_is_served(proxy, upstream):
    relay = proxy(upstream(Answering(OK)))
    with relay.connect() as client:
        for byte in b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n":
            client.send(bytes([byte]))
        assert client.take_message()[1] == b"ok"


def refused(relay, request: bytes):
    """The status with which the head is refused (the rest of the request may meet a closed connection)."""
    with relay.connect() as client:
        try:
            client.send(request)
        except OSError:
            pass
        return client.take_head().status


def test_header_size_is_limited(proxy, upstream):
    script = Answering(OK)
    relay = proxy(upstream(script))
    assert relay.fetch(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"v" * 60_000 + b"\r\n\r\n")[0].status == 200
    assert refused(relay, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"v" * 70_000 + b"\r\n\r\n") in (400, 431)
    assert refused(relay, b"GET /" + b"p" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n") in (400, 414, 431)
    assert len(script.requests) == 1


def test_header_count_is_limited(proxy, upstream):
    script = Answering(OK)
    relay = proxy(upstream(script))
    fields = b"".join(b"X-%d: 1\r\n" % n for n in range(150))
    assert relay.fetch(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")[0].status == 200
    fields = b"".join(b"X-%d: 1\r\n" % n for n in range(600))
    assert refused(relay, b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n") in (400, 431)
    assert len(script.requests) == 1


def test_endless_head_of_the_upstream_is_cut(proxy, upstream):
    def script(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            peer.send(b"X-%d: " % number + b"v" * 100 + b"\r\n")
    relay = proxy(upstream(script))
    assert relay.fetch(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[0].status == 502


def test_connections_over_the_limit_get_503(proxy, upstream):
    relay = proxy(upstream(Answering(OK)), settings={"proxy.max_connections": "3"})
    held = [relay.connect() for _ in range(3)]
    try:
        for peer in held:  # known to be accepted once they are served
            peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert peer.take_message()[1] == b"ok"
        with relay.connect() as extra:
            try:
                extra.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                head = extra.take_head()
            except (OSError, Closed) as error:
                raise AssertionError("closed without an answer") from error
            assert head.status == 503
        held.pop().close()

        def served():
            try:
                return relay.fetch(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")[0].status == 200
            except (Closed, OSError, socket.timeout):
                return False
        wait_until(served, what="a freed place")
    finally:
        for peer in held:
            peer.close()


def test_garbage_and_tls_hello_on_the_plain_port_do_no_harm(proxy, upstream):
    relay = proxy(upstream(Answering(OK)))
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"\r\n" * 3000, b"\x00" * 100_000):
        with relay.connect() as client:
            try:
                client.send(garbage)
                client.half_close()
                client.take_to_end()
            except (OSError, Closed):
                pass
    assert relay.fetch(chat.turn("alive"))[1] == b"ok"
