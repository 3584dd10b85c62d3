"""More than it can keep up with: nothing is lost, memory stays within its bound."""
import threading

from harness import chat
from harness.load import Load, stored_user_texts
from harness.wire import Answering, chunk, wait_until

BOUND = (256 + 100) << 20  # budget + 100 MB


def test_32_connections_flat_out_recorded_is_answered(proxy, mock):
    relay = proxy(mock)
    load = Load(relay.port, clients=32, tag="flat", limit=6000, stream=lambda n: n % 8 == 0).join()
    assert load.broken == [] and load.refused == []
    assert load.statuses == {200: 6000}
    wait_until(lambda: relay.store.totals().get("recorded", 0) == 6000, timeout=30, what="all recorded")
    assert stored_user_texts(relay.store) == set(load.seen)
    relay.store.assert_balanced()
    assert relay.metric("tapes_exchanges_dropped_total") == 0
    assert relay.peak_rss_bytes() < BOUND


def test_slow_store_under_load_loses_nothing(proxy, mock):
    """Each commit takes 100 ms: groups grow instead."""
    relay = proxy(mock, environment={"TAPES_TEST_COMMIT_DELAY_MS": "100"}, settings={"record.ack": "none"})
    load = Load(relay.port, clients=16, tag="slow", limit=1500, stream=lambda n: False).join()
    assert load.statuses == {200: 1500}
    wait_until(lambda: relay.store.totals().get("recorded", 0) == 1500, timeout=30, what="all recorded")
    assert stored_user_texts(relay.store) == set(load.seen)
    assert relay.peak_rss_bytes() < BOUND


def test_300_streams_of_1_mb_held_open_together(proxy, upstream):
    """300 MB of captured bytes where the budget is 256 MiB: spilled, not lost."""
    count, piece = 300, "x" * 64_000
    holding = threading.Semaphore(0)
    go_on = threading.Event()

    def script(peer, head, body):
        name = body.split(b"stream-")[1][:3]
        events = chat.stream_events(name.decode(), *[piece] * 16)
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, events[:-2])))
        holding.release()
        assert go_on.wait(60)
        peer.send(b"".join(map(chunk, events[-2:])) + b"0\r\n\r\n")
    relay = proxy(upstream(Answering(script)))
    sizes, failures = [], []

    def client(number):
        try:
            head, body = relay.fetch(chat.turn(f"stream-{number:03}", stream=True), timeout=90)
            assert head.status == 200 and body.endswith(b"data: [DONE]\n\n")
            sizes.append(len(body))
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(repr(error))
    threads = [threading.Thread(target=client, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for _ in range(count):
        assert holding.acquire(timeout=60), failures[:3]
    wait_until(lambda: relay.metric("tapes_capture_bytes") + relay.metric("tapes_spill_bytes") > 250 << 20,
               timeout=30, what="300 MB held")
    assert relay.metric("tapes_capture_bytes") <= 256 << 20
    go_on.set()
    for thread in threads:
        thread.join(90)
    assert failures == [] and len(sizes) == count
    wait_until(lambda: relay.store.totals().get("recorded", 0) == count, timeout=60, what="all recorded")
    rows = relay.store.rows("SELECT length(content) AS size FROM nodes WHERE role = 'assistant'")
    assert len(rows) == count and min(row["size"] for row in rows) > 16 * 64_000
    assert relay.peak_rss_bytes() < BOUND, f"{relay.peak_rss_bytes() >> 20} MB"
    wait_until(lambda: relay.metric("tapes_capture_bytes") == 0 or None, what="given back")


def test_slow_readers_do_not_make_the_relay_hold_their_answers(proxy, upstream):
    """20 clients that do not read, 50 MB each: back pressure reaches the upstream."""
    def flood(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n" % (50 << 20))
        for _ in range(50):
            peer.send(bytes(1 << 20))
    relay = proxy(upstream(flood), settings={"proxy.client_write_timeout": "4s"})
    clients = [relay.connect() for _ in range(20)]
    try:
        for client in clients:
            client.send(b"GET /v1/files/x/content HTTP/1.1\r\nHost: a\r\n\r\n")
        rows = relay.store.wait_exchanges(20, timeout=20)
        assert all(row["end_reason"] != "complete" for row in rows)
        assert relay.peak_rss_bytes() < BOUND
    finally:
        for client in clients:
            client.close()
