"""SIGTERM: answers in flight end, nothing that was acknowledged is lost, the process says 0."""
import signal
import threading
import time

import pytest

from harness import chat
from harness.load import Load, stored_user_texts
from harness.store import texts
from harness.wire import Answering, Closed, chunk, connect, wait_until

EVENTS = chat.stream_events("one ", "two ", "three")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_under_load_cuts_no_answer_and_loses_nothing(proxy, mock, number):
    relay = proxy(mock, settings={"record.ack": "wait", "proxy.drain_timeout": "10s"})
    load = Load(relay.port, clients=16, tag="term",
                fields=b"X-Mock-Events: 20\r\nX-Mock-Event-Delay-Ms: 10\r\n")
    wait_until(lambda: len(load.seen) >= 50, timeout=20, what="load")
    relay.signal(number)
    assert relay.wait(20) == 0
    load.stop()
    assert load.broken == [], "an answer was cut within the drain time"
    assert set(load.statuses) <= {200, 503}
    missing = set(load.seen) - stored_user_texts(relay.store)
    assert not missing
    relay.store.assert_balanced()
    assert relay.store.totals().get("dropped.crash", 0) == 0


def test_no_wal_is_left_behind(proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("hello"))
    assert relay.stop() == 0
    wal = relay.store.path.with_name(relay.store.path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    assert len(relay.store.exchanges()) == 1


def test_stream_open_at_the_deadline_is_cut_and_its_part_recorded(proxy, upstream):
    def endless(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, EVENTS[:3])))
        try:
            peer.take_to_end()
        except Closed:
            pass
    relay = proxy(upstream(endless), settings={"proxy.drain_timeout": "700ms"})
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        client.take(len(b"".join(map(chunk, EVENTS[:3]))))
        begun = time.monotonic()
        relay.signal(signal.SIGTERM)
        with pytest.raises(Closed):
            client.take_chunked_raw()
        took = time.monotonic() - begun
    assert relay.wait(10) == 0
    assert 0.6 <= took < 3
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("shutdown", "")
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "one two ")
    relay.store.assert_balanced()


def test_answer_in_flight_ends_with_connection_close_idle_ones_are_closed_new_ones_refused(proxy, upstream):
    go_on = threading.Event()

    def slow(peer, head, body):
        assert go_on.wait(10)
        peer.send(chat.answer(chat.completion("late")))
    relay = proxy(upstream(Answering(slow)), settings={"proxy.drain_timeout": "8s"})
    idle = relay.connect()
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 1, what="in flight")
        relay.signal(signal.SIGTERM)
        idle.expect_closed(3)

        def refuses():
            try:
                with connect(relay.port, 1) as probe:
                    probe.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return probe.take_head().status == 503
            except (OSError, Closed):
                return True
        assert wait_until(refuses, what="no new connections")
        go_on.set()
        head, body = client.take_message()
        assert (head.status, body) == (200, chat.completion("late"))
        assert (head.get(b"Connection") or b"").lower() == b"close"
        client.expect_closed()
    assert relay.wait(10) == 0
    assert relay.store.only()["end_reason"] == "complete"


def test_not_ready_during_the_drain_delay_but_still_serving(proxy, mock):
    relay = proxy(mock, settings={"proxy.drain_delay": "3s"})
    assert relay.admin("/readyz")[0] == 200
    relay.signal(signal.SIGTERM)
    wait_until(lambda: relay.admin("/readyz")[0] == 503, timeout=2.5, what="not ready")
    assert relay.fetch(chat.turn("still served"))[0].status == 200
    assert relay.wait(10) == 0
    assert stored_user_texts(relay.store) == {"still served"}


def test_second_signal_hurries(proxy, upstream):
    def endless(peer):
        peer.take_message()
        peer.send(chat.SSE_HEAD + b"".join(map(chunk, EVENTS[:3])))
        try:
            peer.take_to_end()
        except Closed:
            pass
    relay = proxy(upstream(endless), settings={"proxy.drain_timeout": "60s"})
    with relay.connect() as client:
        client.send(chat.turn("count", stream=True))
        client.take_head()
        relay.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert relay.alive
        relay.signal(signal.SIGTERM)
        assert relay.wait(8) == 0
    assert relay.store.only()["end_reason"] == "shutdown"


def test_signal_right_after_start_is_obeyed(proxy, mock):
    for _ in range(3):
        relay = proxy(mock)
        relay.signal(signal.SIGTERM)
        assert relay.wait(10) == 0
