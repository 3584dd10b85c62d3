"""Heads of requests that are under way are bounded by bytes, whoever sends them."""
import resource

import pytest

from harness import chat
from harness.wire import Answering, connect

PARTIAL = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 65000
CONNECTIONS = 3000


@pytest.fixture
def many_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] < 2 * CONNECTIONS + 200:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CONNECTIONS + 200, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_unfinished_heads_are_held_within_their_room_and_others_are_served(proxy, upstream, many_files):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    before = relay.rss_bytes()
    open_ = []
    for _ in range(CONNECTIONS):  # 195 MB
        open_.append(one := connect(relay.port))
        one.send(PARTIAL)
    assert relay.fetch(chat.turn("hi"))[0].status == 200
    assert relay.rss_bytes() - before < 110 << 20, "an eighth of 256 MiB, and what the connections themselves take"
    head, body = open_[0].take_message()
    assert head.status == 503 and body.startswith(b'{"error":')
    open_[-1].send(b"\r\n\r\n")
    assert open_[-1].take_message()[0].status == 200
    relay.wait_for("heads of requests took more than an eighth of record.budget_bytes")
    for one in open_:
        one.close()


def test_idle_connections_hold_no_large_buffer(proxy, upstream, many_files):
    relay = proxy(upstream(Answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
                  settings={"proxy.max_header_fields": "10000"})
    heads = b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * 9000 + b"X: " + b"a" * 20000 + b"\r\n\r\n"
    before = relay.rss_bytes()
    open_ = []
    for _ in range(100):  # each needs half a megabyte while it is read
        open_.append(one := connect(relay.port))
        one.send(heads)
        assert one.take_message()[1] == b"ok"
    assert relay.rss_bytes() - before < 25 << 20
    for one in open_:
        one.close()
