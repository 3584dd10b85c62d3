"""kill -9 at random moments: what a client saw the end of is stored; the rest is accounted for."""
import random
import time

import pytest

from harness import chat
from harness.load import Load, stored_user_texts
from harness.wire import Answering, wait_until

ROUNDS = 20


def test_every_turn_whose_end_was_seen_survives_20_kills(proxy, mock):
    """record.ack = wait: the end of an answer is the promise."""
    seen, randomness = set(), random.Random(20)
    relay = None
    for number in range(ROUNDS):
        relay = proxy(mock, settings={"record.ack": "wait"})
        load = Load(relay.port, clients=8, tag=f"round-{number}")
        wait_until(lambda: len(load.seen) >= 8, what="load")
        time.sleep(randomness.uniform(0, 0.25))
        relay.kill()
        load.stop()
        assert load.statuses.get(200, 0) == len(load.seen), load.statuses
        assert load.broken or load.refused, "the kill hit nothing"
        seen.update(load.seen)
    relay = proxy(mock)
    missing = seen - stored_user_texts(relay.store)
    assert not missing, f"{len(missing)} of {len(seen)} seen turns are lost: {sorted(missing)[:5]}"
    assert len(seen) > 8 * ROUNDS
    totals = relay.store.totals()
    # What was in flight at a kill is booked at the next start.
    assert totals["accepted"] == relay.store.settled(), totals
    assert totals["recorded"] >= len(seen)
    assert totals.get("dropped.crash", 0) <= 8 * ROUNDS


def test_exchange_in_flight_at_the_kill_is_booked_as_crash(proxy, upstream):
    def silent(peer, head, body):
        peer.take_to_end()
    relay = proxy(upstream(Answering(silent)))
    clients = [relay.connect() for _ in range(3)]
    for client in clients:
        client.send(chat.turn("never answered"))
    wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 3, what="three in flight")
    # The totals are saved at least every second.
    wait_until(lambda: relay.store.totals().get("accepted", 0) == 3, what="saved totals")
    relay.kill()
    for client in clients:
        client.close()
    again = proxy(upstream(Answering(chat.answer(chat.completion("x")))))
    wait_until(lambda: again.store.totals().get("dropped.crash", 0) == 3, what="the booking")
    assert again.store.totals()["accepted"] == again.store.settled()


@pytest.mark.parametrize("streamed", [False, True])
def test_bounded_releases_the_end_counts_and_logs(proxy, mock, streamed):
    relay = proxy(mock, settings={"record.ack": "bounded", "record.ack_timeout": "100ms"},
                  environment={"TAPES_TEST_COMMIT_DELAY_MS": "2000"})
    begun = time.monotonic()
    head, body = relay.fetch(chat.turn("hello", stream=streamed))
    took = time.monotonic() - begun
    assert head.status == 200
    assert 0.1 <= took < 1.9, f"released after {took:.3f} s"
    assert relay.metric("tapes_ack_timeouts_total") == 1
    relay.wait_for("ack")
    relay.store.wait_exchanges(1)
    assert stored_user_texts(relay.store) == {"hello"}


def test_none_does_not_wait(proxy, mock):
    relay = proxy(mock, settings={"record.ack": "none"}, environment={"TAPES_TEST_COMMIT_DELAY_MS": "2000"})
    begun = time.monotonic()
    assert relay.fetch(chat.turn("hello"))[0].status == 200
    assert time.monotonic() - begun < 1.9
    assert relay.metric("tapes_ack_timeouts_total") == 0
    relay.store.wait_exchanges(1)


def test_wait_waits_however_long_the_commit_takes(proxy, mock):
    relay = proxy(mock, settings={"record.ack": "wait", "record.ack_timeout": "50ms"},
                  environment={"TAPES_TEST_COMMIT_DELAY_MS": "400"})
    begun = time.monotonic()
    relay.fetch(chat.turn("hello"))
    assert time.monotonic() - begun >= 0.4
    assert len(relay.store.exchanges()) == 1
    assert relay.metric("tapes_ack_timeouts_total") == 0
