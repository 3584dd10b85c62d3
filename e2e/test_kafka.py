"""Events on a real broker: every node, in order, through crashes and outages."""
import re
import socket
import time
import uuid

import pytest

from harness import chat
from harness.broker import assert_ordered, fnv1a_partition
from harness.load import Load, stored_user_texts
from harness.wire import Answering, wait_until

pytestmark = pytest.mark.kafka
PARTITIONS = 6


def publishing(kafka, topic, *more):
    return {"extra": ("--publisher", "kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic, *more)}


def hashes(store):
    return {row["hash"] for row in store.rows("SELECT hash FROM nodes")}


def every_node(store):
    """A condition for Broker.read: each stored node has come."""
    wanted = hashes(store)
    return lambda events: wanted <= {event.id for event in events}


def check(store, events):
    """Every stored node is there; key, partition, order, headers and body are right."""
    nodes = {node["hash"]: node for node in store.nodes()}
    first = assert_ordered(events, lambda event: event.body["node"]["parent_hash"])
    assert set(first) == set(nodes)
    for hash_, event in first.items():
        node = nodes[hash_]
        assert event.key == event.body["root_hash"] == node["root_hash"]
        assert event.partition == fnv1a_partition(event.key, PARTITIONS)
        assert event.body["node"]["parent_hash"] == node["parent_hash"]
        assert event.body["node"]["bucket"]["role"] == node["role"]
        assert event.headers["event_id"] == hash_
    return first


def converse(relay, conversations: int, turns: int, tag: str):
    """Conversations of several turns each, so that there are parents and children."""
    for conversation in range(conversations):
        messages = []
        with relay.connect() as client:
            for turn in range(turns):
                messages.append({"role": "user", "content": f"{tag} {conversation}.{turn}"})
                client.send(chat.turn(messages=messages, stream=bool(turn % 2)))
                head, body = client.take_message()
                assert head.status == 200
                said = re.findall(rb'"content":"((?:[^"\\]|\\.)*)"', body)
                text = b"".join(said).decode()
                messages.append({"role": "assistant", "content": text})


def test_event_is_exactly_as_in_the_reference(proxy, upstream, kafka, topic):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Hello.", usage=(5, 3))))),
                  **publishing(kafka, topic, "--project", "e2e"))
    relay.fetch(chat.turn("hi", fields=b"X-Tapes-Agent-Name: codex\r\n"))
    head = relay.store.only()["head_hash"]
    chain = relay.store.chain(head)
    events = kafka.read(topic, lambda found: len(found) >= 2, quiet=0.5)
    assert [event.id for event in events] == [node["hash"] for node in chain]
    question, answer = events
    root = chain[0]["hash"]
    pattern = (r'\{"schema":"tapes\.node\.v1","root_hash":"%s","occurred_at":"([0-9T:.-]+Z)","node":\{"hash":"%s",'
               r'"parent_hash":%s,"bucket":\{"type":"message","role":"%s","content":\[\{"type":"text","text":"%s"\}\],'
               r'"model":"gpt-4o","provider":"openai","agent_name":"codex"\}%s,"project":"e2e"\}\}')
    assert re.fullmatch(pattern % (root, root, "null", "user", "hi", ""), question.value.decode()), question.value
    usage = r',"stop_reason":"stop","usage":\{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8\}'
    assert re.fullmatch(pattern % (root, head, f'"{root}"', "assistant", r"Hello\.", usage),
                        answer.value.decode()), answer.value
    assert [event.key for event in events] == [root, root]
    for event in events:
        assert event.headers == {"event_id": event.id, "event_type": "tapes.node.v1", "schema": "tapes.node.v1",
                                 "provider": "openai", "agent_name": "codex", "project": "e2e",
                                 "content-type": "application/json"}
        second = event.body["occurred_at"][:19].replace("T", " ")
        assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(event.timestamp_ms / 1000)) == second


def test_consumer_group_over_all_partitions_sees_every_node_parents_first(proxy, mock, kafka, topic):
    relay = proxy(mock, **publishing(kafka, topic))
    converse(relay, conversations=24, turns=4, tag="all")
    relay.store.wait_exchanges(96)
    events = kafka.read(topic, every_node(relay.store), quiet=1)
    first = check(relay.store, events)
    assert len(events) == len(first) == 24 * 8, "an event repeated without a crash"
    assert len({event.partition for event in events}) == PARTITIONS


def test_nothing_new_is_published_for_a_repeat_or_a_restart(proxy, mock, kafka, topic):
    relay = proxy(mock, **publishing(kafka, topic))
    for _ in range(3):
        relay.fetch(chat.turn("the same"))
    relay.store.wait_exchanges(3)
    assert len(kafka.read(topic, every_node(relay.store), quiet=1)) == 2
    assert relay.stop() == 0
    again = proxy(mock, **publishing(kafka, topic))
    again.fetch(chat.turn("the same"))
    again.fetch(chat.turn("something else"))
    again.store.wait_exchanges(5)
    events = kafka.read(topic, every_node(again.store), quiet=1)
    assert len(events) == 4
    check(again.store, events)


def test_what_was_recorded_before_kafka_was_configured_is_published_too(proxy, mock, kafka, topic):
    relay = proxy(mock)
    converse(relay, conversations=3, turns=2, tag="before")
    relay.store.wait_exchanges(6)
    assert relay.stop() == 0
    again = proxy(mock, **publishing(kafka, topic))
    check(again.store, kafka.read(topic, every_node(again.store)))


def test_events_are_out_when_sigterm_ends_the_process(proxy, mock, kafka, topic):
    relay = proxy(mock, **publishing(kafka, topic))
    Load(relay.port, clients=8, tag="term", limit=400).join()
    assert relay.stop() == 0
    check(relay.store, kafka.read(topic, every_node(relay.store), timeout=15, quiet=0.5))


def test_kill_under_load_loses_no_event(proxy, mock, kafka, topic):
    seen, relay = set(), None
    for number in range(4):
        relay = proxy(mock, settings={"record.ack": "wait"}, **publishing(kafka, topic))
        load = Load(relay.port, clients=8, tag=f"kill-{number}")
        wait_until(lambda: len(load.seen) >= 40, timeout=20, what="load")
        relay.kill()
        seen.update(load.stop().seen)
    relay = proxy(mock, **publishing(kafka, topic))
    assert seen <= stored_user_texts(relay.store)
    check(relay.store, kafka.read(topic, every_node(relay.store)))


def test_outage_of_20_s_under_load_only_delays(proxy, mock, kafka, topic):
    relay = proxy(mock, **publishing(kafka, topic))
    load = Load(relay.port, clients=4, tag="outage", stream=lambda n: False, fields=b"X-Mock-Delay-Ms: 20\r\n")
    wait_until(lambda: len(load.seen) >= 50, timeout=20, what="load")
    kafka.stop()
    try:
        begun = time.monotonic()
        during = len(load.seen)
        while time.monotonic() - begun < 20:
            time.sleep(0.5)
            assert relay.admin("/readyz")[0] == 200, "readiness must not hang on Kafka"
        assert len(load.seen) > during + 500, "the relay slowed down with the broker"
        assert relay.metric("tapes_cursor_lag_rows") > 0
    finally:
        kafka.start()
    time.sleep(1)
    load.stop()
    assert load.broken == [] and load.refused == [] and set(load.statuses) == {200}
    wait_until(lambda: relay.store.totals().get("recorded", 0) == len(load.seen), what="all recorded")
    check(relay.store, kafka.read(topic, every_node(relay.store), timeout=60))
    wait_until(lambda: relay.metric("tapes_cursor_lag_rows") == 0, what="no lag")


def test_kill_with_the_broker_down_then_both_come_back(proxy, mock, kafka, topic):
    relay = proxy(mock, settings={"record.ack": "wait"}, **publishing(kafka, topic))
    converse(relay, conversations=4, turns=2, tag="up")
    kafka.stop()
    try:
        converse(relay, conversations=6, turns=3, tag="down")
        relay.kill()
        # Once reached with this store, a broker that is away is no reason not to start.
        again = proxy(mock, settings={"record.ack": "wait"}, **publishing(kafka, topic))
        converse(again, conversations=2, turns=2, tag="still down")
        again.kill()
    finally:
        kafka.start()
    last = proxy(mock, **publishing(kafka, topic))
    rows = last.store.wait_exchanges(8 + 18 + 4)
    assert all(row["end_reason"] == "complete" for row in rows)
    check(last.store, kafka.read(topic, every_node(last.store), timeout=60))


def test_a_frozen_broker_holds_up_neither_turns_nor_the_end(proxy, mock, kafka, topic):
    """Its connections stay open and it answers nothing, which no error tells."""
    relay = proxy(mock, settings={"record.ack": "wait"}, **publishing(kafka, topic))
    converse(relay, conversations=2, turns=2, tag="before")
    kafka.freeze()
    try:
        begun = time.monotonic()
        converse(relay, conversations=3, turns=2, tag="frozen")
        assert time.monotonic() - begun < 10
        assert relay.admin("/readyz")[0] == 200
        begun = time.monotonic()
        assert relay.stop() == 0
        assert time.monotonic() - begun < 20, relay.output
        again = proxy(mock, settings={"record.ack": "wait"}, **publishing(kafka, topic))
        converse(again, conversations=1, turns=2, tag="still frozen")
    finally:
        kafka.thaw()
    check(again.store, kafka.read(topic, every_node(again.store), timeout=180))


def test_message_of_3_mb_is_not_lost(proxy, upstream, kafka, topic):
    text = "".join(uuid.uuid4().hex for _ in range(3 * 32768))
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))), **publishing(kafka, topic))
    relay.fetch(chat.turn(text), timeout=20)
    relay.store.wait_exchanges(1)
    events = kafka.read(topic, every_node(relay.store))
    first = check(relay.store, events)
    large = [e for e in first.values() if e.body["node"]["bucket"]["role"] == "user"]
    assert large[0].body["node"]["bucket"]["content"] == [{"type": "text", "text": text}]
    assert len(large[0].value) > 3 << 20


def test_event_over_the_topics_limit_goes_out_by_reference(proxy, upstream, kafka):
    name = kafka.create_topic(f"tapes.{uuid.uuid4().hex[:12]}", PARTITIONS, **{"max.message.bytes": "200000"})
    text = "".join(uuid.uuid4().hex for _ in range(32768))
    relay = proxy(upstream(Answering(chat.answer(chat.completion("after")))), **publishing(kafka, name))
    relay.fetch(chat.turn(text), timeout=20)
    relay.fetch(chat.turn("small"))
    relay.store.wait_exchanges(2)
    events = kafka.read(name, every_node(relay.store))
    large = [e for e in events if text[:40] in e.value.decode() or "content_ref" in e.value.decode()]
    assert len({e.id for e in large}) == 1
    assert '"content_ref"' in large[0].value.decode()
    assert len(large[0].value) < 200_000
    assert {e.id for e in events} == hashes(relay.store)


def test_missing_topic_is_created_with_its_partitions(proxy, mock, kafka):
    name = f"tapes.{uuid.uuid4().hex[:12]}"
    relay = proxy(mock, settings={"publisher.kafka.partitions": "6"}, **publishing(kafka, name))
    assert kafka.partitions_of(name) == 6
    relay.fetch(chat.turn("hello"))
    relay.store.wait_exchanges(1)
    check(relay.store, kafka.read(name, every_node(relay.store)))


def test_missing_topic_that_may_not_be_created_is_a_clear_error(run, kafka, workspace):
    name = f"tapes.{uuid.uuid4().hex[:12]}"
    begun = time.monotonic()
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", workspace / "x.sqlite", "--publisher", "kafka", "--kafka-brokers", kafka.address,
                         "--kafka-topic", name, "--set", "publisher.kafka.create_topic=false")
    assert code == 1 and name in error
    assert time.monotonic() - begun < 11
    assert kafka.partitions_of(name) == 0


@pytest.mark.parametrize("mute", [False, True])
def test_broker_that_cannot_be_reached_at_first_start_is_a_clear_error_within_10_s(run, workspace, mute):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1] if mute else 1}"
        begun = time.monotonic()
        code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                             "--sqlite", workspace / "x.sqlite", "--publisher", "kafka", "--kafka-brokers", address,
                             "--kafka-topic", "t")
        assert time.monotonic() - begun < 11
    assert code == 1
    last = error.strip().splitlines()[-1]
    assert address in last and "kafka" in last.lower()


def test_librdkafka_properties_are_passed_on(run, kafka, workspace):
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", workspace / "x.sqlite", "--publisher", "kafka", "--kafka-brokers", kafka.address,
                         "--kafka-topic", "t", "--set", "publisher.kafka.properties.no.such.property=1")
    assert code in (1, 2) and "no.such.property" in error
