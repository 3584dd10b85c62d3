"""Events larger than a topic takes: no node is lost, and what goes by reference can be had."""
import http.client
import json
import uuid

import pytest

from harness import chat
from harness.broker import assert_ordered
from harness.wire import Answering

pytestmark = pytest.mark.kafka


def text_of(size: int) -> str:
    """Text that no codec makes small."""
    return "".join(uuid.uuid4().hex for _ in range(size // 32))


@pytest.mark.parametrize("ours", [True, False], ids=["topic of ours", "default limit"])
@pytest.mark.parametrize("size", [3 << 20, 20 << 20], ids=["3 MB", "20 MB"])
def test_large_message_is_not_lost(proxy, upstream, kafka, ours, size):
    name = f"tapes.{uuid.uuid4().hex[:12]}"
    if not ours:
        kafka.create_topic(name, 6)  # 1 MiB
    relay = proxy(upstream(Answering(chat.answer(chat.completion("fine")))),
                  extra=("--kafka-brokers", kafka.address, "--kafka-topic", name))
    text = text_of(size)
    relay.fetch(chat.turn(text), timeout=60)
    relay.fetch(chat.turn(messages=[{"role": "user", "content": text}, {"role": "assistant", "content": "fine"},
                                    {"role": "user", "content": "thanks"}]), timeout=60)
    relay.store.wait_exchanges(2)
    wanted = {row["hash"] for row in relay.store.rows("SELECT hash FROM nodes")}
    assert len(wanted) == 4
    events = kafka.read(name, lambda found: wanted <= {event.id for event in found}, timeout=60)
    first = assert_ordered(events, lambda event: event.body["node"]["parent_hash"])
    assert set(first) == wanted
    large = next(event for event in events if event.body["node"]["parent_hash"] is None)
    bucket = large.body["node"]["bucket"]
    whole = [{"type": "text", "text": text}]
    if ours:
        assert bucket["content"] == whole
        return
    assert "content" not in bucket and bucket["content_ref"]["hash"] == large.id
    status, found = relay.admin(f"/v1/nodes/{bucket['content_ref']['hash']}", timeout=30)
    assert status == 200
    client = http.client.HTTPConnection("127.0.0.1", relay.admin_port, timeout=10)
    client.request("HEAD", f"/v1/nodes/{large.id}", headers={"Authorization": f"Bearer {relay.token()}"})
    head = client.getresponse()
    assert head.status == 200 and int(head.headers["Content-Length"]) == len(found.encode()) and head.read() == b""
    client.close()
    event = json.loads(found)
    assert event["node"]["bucket"].pop("content") == whole
    assert len(json.dumps(whole, separators=(",", ":"))) == bucket.pop("content_ref")["bytes"]
    assert event == large.body


def test_node_that_is_asked_for_needs_the_token_and_must_be_there(proxy, mock):
    relay = proxy(mock, settings={"admin.token": "hush"})
    relay.fetch(chat.turn("hi"))
    row = relay.store.wait_exchanges(1)[0]
    assert relay.admin(f"/v1/nodes/{row['head_hash']}")[0] == 401
    open_relay = proxy(mock, sqlite=relay.directory / "other.sqlite")
    assert open_relay.admin("/v1/nodes/" + "a" * 64)[0] == 404
    assert open_relay.admin("/v1/nodes/abc")[0] == 400
