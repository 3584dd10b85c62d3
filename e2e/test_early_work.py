"""A large request is worked on while its answer is still to come."""
import random

from harness import chat
from harness.store import texts
from harness.wire import Answering, wait_until

LARGE = 4 << 20


def words(count: int, seed: int) -> str:
    source = random.Random(seed)
    return " ".join(f"{source.getrandbits(40):x}" for _ in range(count // 11))


def test_a_large_request_is_mapped_while_the_upstream_thinks(proxy, upstream):
    def think(peer, _head, _body):
        # The body itself is in a file: what is in memory is reserved for the work, then held of its outcome.
        wait_until(lambda: 2 * LARGE < relay.metric("tapes_capture_bytes") < 2.9 * LARGE, what="mapped")
        peer.send(chat.answer(chat.completion("done")))

    relay = proxy(upstream(Answering(think)), settings={"record.ack": "wait"})
    text = words(LARGE, 1)
    _, body = relay.fetch(chat.turn(text), timeout=60)
    assert body == chat.completion("done")
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", text), ("assistant", "done")]
    wait_until(lambda: relay.metric("tapes_capture_bytes") == 0 or None, what="given back")


def test_clients_that_leave_while_their_requests_are_mapped_leave_nothing_behind(proxy, upstream):
    relay = proxy(upstream(lambda peer: peer.take_to_end()))
    clients = []
    for number in range(12):
        client = relay.connect()
        client.send(chat.turn(words(LARGE // 8, number)))
        clients.append(client)
    for client in clients:
        client.reset()
    rows = relay.store.wait_exchanges(12, timeout=30)
    assert {row["drop_reason"] for row in rows} == {"no_response"}
    wait_until(lambda: relay.metric("tapes_capture_bytes") == 0 or None, what="given back")
    relay.store.assert_balanced()
