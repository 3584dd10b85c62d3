"""What is brought in and what leaves is bounded: who sends much, or takes nothing, holds up neither recording nor probes."""
import concurrent.futures
import contextlib
import json
import socket
import threading
import time

import pytest

from harness import chat
from harness.api import wait_catalogue

MOST_MORE = 356 << 20  # the budget for captures (256 MiB), and 100 MiB
LONGEST_PROBE = 2.0


def token_field(relay):
    return b"Authorization: Bearer " + relay.token().encode() + b"\r\n"


def post_head(relay, path, length):
    return (b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % length +
            token_field(relay) + b"\r\n")


def connect(relay):
    return socket.create_connection(("127.0.0.1", relay.admin_port), timeout=30)


def deep(depth):
    return '{"provider":"openai","request":' + '{"a":' * depth + "1" + "}" * depth + ',"response":{}}'


def members(count):
    return '{"provider":"openai","request":{' + ",".join(f'"k{i}":0' for i in range(count)) + '},"response":{}}'


def turn(text):
    return json.dumps({"provider": "openai", "request": json.loads(chat.request_body(text)),
                       "response": json.loads(chat.completion("Hello."))})


BODIES = {
    "deep": (b"/v1/ingest", lambda: deep(200_000)),
    "members": (b"/v1/ingest", lambda: members(300_000)),
    "a text of 24 MB": (b"/v1/ingest", lambda: turn("x" * (24 << 20))),
    "a batch of nothing": (b"/v1/ingest/batch", lambda: "[" + ",".join("{}" for _ in range(500_000)) + "]"),
    "a batch of numbers": (b"/v1/ingest/batch", lambda: '{"turns":[' + ",".join("1" for _ in range(1_000_000)) + "]}"),
    "quotes": (b"/v1/ingest", lambda: turn('\\"' * (4 << 20))),
    "cut off": (b"/v1/ingest", lambda: turn("y" * (8 << 20))[:-9]),
    "surrogates": (b"/v1/ingest", lambda: turn("HERE").replace("HERE", "\\ud800" * (1 << 20))),
}


def send(relay, path, body):
    """Sends `body` from eight clients at once; returns the statuses."""
    def one(_):
        with contextlib.closing(connect(relay)) as line:
            line.settimeout(60)
            with contextlib.suppress(ConnectionError):  # a refusal may come before all is sent
                line.sendall(post_head(relay, path, len(body)) + body)
            with contextlib.suppress(ConnectionError):
                return int(line.recv(65536).split(b" ", 2)[1])
        return 0
    with concurrent.futures.ThreadPoolExecutor(8) as senders:
        return list(senders.map(one, range(8)))


class Probing:
    """Asks /healthz and sends a turn again and again; keeps the longest time that either took."""

    def __init__(self, relay):
        self.relay, self.turns, self.longest, self.end = relay, 0, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while self.turns == 0 or not self.end.wait(0.05):
            begun = time.monotonic()
            assert self.relay.admin("/healthz")[0] == 200
            assert self.relay.fetch(chat.turn(f"turn {self.turns}"))[0].status == 200
            self.turns += 1
            self.longest = max(self.longest, time.monotonic() - begun)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()


@pytest.mark.parametrize("name", BODIES)
def test_a_body_made_to_hurt_is_taken_or_refused_while_others_go_on(proxy, mock, name):
    relay = proxy(mock)
    path, make = BODIES[name]
    body = make().encode()
    before = relay.rss_bytes()
    with Probing(relay) as probing:
        statuses = send(relay, path, body)
    assert set(statuses) <= {202, 207, 400, 413, 422, 503}, statuses
    assert relay.peak_rss_bytes() - before <= MOST_MORE
    assert probing.turns > 0 and probing.longest <= LONGEST_PROBE, probing.longest
    relay.store.wait_exchanges(probing.turns + statuses.count(202), timeout=60)


def test_senders_that_drip_and_readers_that_take_nothing_hold_up_nobody(proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("0123456 " * 500_000, fields=b"session_id: wide\r\n"))
    relay.store.wait_exchanges(1, timeout=60)
    wait_catalogue(relay, 1, timeout=60)
    before = relay.rss_bytes()
    with contextlib.ExitStack() as lines, Probing(relay) as probing:
        for i in range(60):
            line = lines.enter_context(contextlib.closing(connect(relay)))
            if i % 2:
                line.sendall(post_head(relay, b"/v1/ingest", 50 << 20) + b'{"provider":')
            else:
                form = (b"html", b"har", b"markdown")[i % 3]
                line.sendall(b"GET /v1/exports/%s/wide HTTP/1.1\r\nHost: 127.0.0.1\r\n" % form + token_field(relay) + b"\r\n")
        time.sleep(3)
        assert relay.peak_rss_bytes() - before <= MOST_MORE
    assert probing.turns > 5 and probing.longest <= LONGEST_PROBE, probing.longest
    relay.store.wait_exchanges(1 + probing.turns, timeout=60)
    begun = time.monotonic()
    assert relay.stop() == 0 and time.monotonic() - begun < 15
