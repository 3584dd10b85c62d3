"""Large bodies are handed out piece by piece: they come whole, and never stand in memory."""
import concurrent.futures
import gzip
import hashlib
import http.client
import pathlib
import random
import time

import pytest

from harness import chat
from harness.large import digest_of
from harness.wire import Answering

SIZE = 60 << 20
NOISE = random.Random(7).randbytes(SIZE)
TEXT = (b'{"line":"' + b"all work and no play " * 50 + b'"}\n') * 40_000


@pytest.fixture
def relay(proxy, upstream):
    """Three exchanges: an answer that cannot be compressed, one that can, and one that is gzip."""
    one = proxy(upstream(Answering(*(
        chat.answer(body, content_type=b"application/octet-stream", fields=fields)
        for body, fields in ((NOISE, b""), (TEXT, b""), (gzip.compress(TEXT, 1), b"Content-Encoding: gzip\r\n"))))),
        settings={"record.wire": "all"})
    for _ in range(3):
        one.fetch(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", timeout=120)
    one.ids = [row["id"] for row in one.store.wait_exchanges(3, timeout=60)]
    return one


def peak_of(relay, paths):
    """What the process took at most for all of these at once, beyond what it had, in bytes."""
    pathlib.Path(f"/proc/{relay.pid}/clear_refs").write_text("5")
    before = relay.rss_bytes()
    with concurrent.futures.ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: digest_of(relay, path), paths))
    return relay.peak_rss_bytes() - before, answers


def test_ten_readers_of_large_bodies_cost_little_memory_and_lose_nothing(relay):
    noise, text, coded = relay.ids
    for path, whole in ((f"{noise}/response", NOISE), (f"{text}/response", TEXT),
                        (f"{coded}/response?decoded=true", TEXT)):
        taken, answers = peak_of(relay, [f"/v1/exchanges/{path}"] * 10)
        assert answers == [(200, len(whole), hashlib.sha256(whole).hexdigest())] * 10, path
        assert taken < 100 << 20, (path, taken >> 20)


def test_readers_that_take_nothing_hold_up_nobody(relay):
    slow = [http.client.HTTPConnection("127.0.0.1", relay.admin_port, timeout=60) for _ in range(8)]
    answers = []
    for one in slow:
        one.request("GET", f"/v1/exchanges/{relay.ids[0]}/response",
                    headers={"Authorization": f"Bearer {relay.token()}"})
        answers.append(one.getresponse())
    assert digest_of(relay, f"/v1/exchanges/{relay.ids[1]}/response")[:2] == (200, len(TEXT))
    begun = time.monotonic()
    assert relay.ask("/v1/exchanges")[0] == 200 and time.monotonic() - begun < 5
    wal = pathlib.Path(f"{relay.store.path}-wal")
    relay.fetch(chat.turn("hi"), timeout=60)
    assert not wal.exists() or wal.stat().st_size < 200 << 20
    for one in slow:
        one.close()
