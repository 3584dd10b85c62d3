"""Many proxies, one topic, one store: nothing missing, nothing double, whatever is killed."""
import json
import random
import signal
import time
import uuid

import pytest

from harness import chat
from harness.collector import Collector, Sender, chain, dead_records, hash_of, node_event
from harness.load import Load
from harness.wire import Answering, wait_until

import test_background as later

pytestmark = pytest.mark.kafka


@pytest.fixture
def collector(binary, workspace, started, kafka):
    def start(topic, **options):
        process = Collector(binary, workspace, kafka, topic, **options)
        started.append(process)
        return process
    return start


@pytest.fixture
def sender(kafka, topic):
    return Sender(kafka, topic)


def hashes(store):
    return {row["hash"] for row in store.rows("SELECT hash FROM nodes")}


def wait_nodes(central, wanted, timeout=30):
    wait_until(lambda: wanted <= central.hashes(), timeout, "all nodes in the central store", every=0.1)
    assert central.hashes() == wanted


def verify(run, store):
    code, out, err = run("verify", "--sqlite", store.path, timeout=60)
    assert code == 0, out + err
    return out


class Guest:
    """A consumer that joins the group from elsewhere, commits nothing and leaves again."""

    def __init__(self, kafka, topic, group="central"):
        from confluent_kafka import Consumer
        self.consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": group,
                                  "session.timeout.ms": 6000, "enable.auto.commit": False,
                                  "auto.offset.reset": "earliest"})
        self.consumer.subscribe([topic])
        deadline = time.monotonic() + 15
        while not self.consumer.assignment() and time.monotonic() < deadline:
            self.consumer.poll(0.1)
        assert self.consumer.assignment()

    def leave(self):
        self.consumer.close()


def test_central_store_is_the_union_of_its_sources_whatever_is_killed(proxy, mock, collector, kafka, topic, run,
                                                                      workspace):
    proxies = []
    for i in range(3):
        (workspace / str(i)).mkdir()
        proxies.append(proxy(mock, directory=workspace / str(i),
                             extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic)))
    loads = [Load(one.port, clients=2, tag=f"p{i}") for i, one in enumerate(proxies)]
    central = collector(topic, consumers=3)
    for consumers in (2, 3):
        time.sleep(random.uniform(0.3, 1.2))
        central.kill()
        central = collector(topic, consumers=consumers)
    guest = Guest(kafka, topic)
    time.sleep(0.5)
    guest.leave()
    for load in loads:
        load.stop()
    for one in proxies:
        assert one.stop() == 0
    wanted = set().union(*(hashes(one.store) for one in proxies))
    assert len(wanted) > 100
    wait_nodes(central, wanted)
    central.wait_metric("tapes_collector_orphans", lambda count: count == 0)
    assert central.metric("tapes_dead_letters") == 0
    wait_until(lambda: central.metric("tapes_collector_lag") == 0 or None, 15, "nothing is behind", every=0.2)
    assert central.stop() == 0
    verify(run, central.store)
    for one in proxies:
        for node in one.store.rows("SELECT * FROM nodes LIMIT 20"):
            found = central.store.rows("SELECT * FROM nodes WHERE hash = ?", node["hash"])[0]
            for column in ("role", "content", "model", "provider", "project", "stop_reason", "total_tokens",
                           "created_at", "parent_hash", "root_hash", "depth"):
                assert found[column] == node[column], column
    code, out, err = run("rebuild", "--from-kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic,
                         "--to", workspace / "again.sqlite", timeout=60)
    assert code == 0, out + err
    assert f"rebuilt {len(wanted)} nodes" in out
    again = type(central.store)(workspace / "again.sqlite")
    assert hashes(again) == wanted
    verify(run, again)


COLUMNS = ("role", "content", "model", "provider", "agent_name", "project", "stop_reason", "total_tokens", "created_at",
           "parent_hash", "root_hash", "depth")


def told(store):
    """Of a question, the view tells how the exchange stands that waits for its answer: exchanges stay with their source."""
    of_answer = ("stop_reason", "total_tokens")
    return {node["hash"]: [node[column] for column in COLUMNS if node["role"] == "assistant" or column not in of_answer]
            for node in store.rows("SELECT * FROM nodes")}


def test_answers_that_come_later_are_collected_as_the_source_has_them(proxy, upstream, collector, kafka, topic, run, workspace):
    """A question, then its answer by a fetch of another process; a stream that broke and was resumed; a cancel, a delete."""
    publishing = ("--kafka-brokers", kafka.address, "--kafka-topic", topic)
    events = later.stream_of("the start", " and the", " rest")
    queued = [later.shot([], "queued", background=True, usage=None, id=f"resp_{n}") for n in range(4)]
    relay = proxy(upstream(Answering(queued[0], later.cut(events[:4]), *queued[2:])), extra=publishing)
    central = collector(topic)
    relay.fetch(later.ask(input="deep", background=True))
    try:
        relay.fetch(later.ask(input="streamed", stream=True))
    except Exception:  # it is cut
        pass
    for text in ("cancelled", "deleted"):
        relay.fetch(later.ask(input=text, background=True))
    relay.store.wait_exchanges(4)
    wait_nodes(central, hashes(relay.store))
    assert told(central.store) == told(relay.store) and len(told(relay.store)) == 5, "questions and what came of one answer"
    relay.kill()
    again = proxy(upstream(Answering(
        later.shot(later.said("Deep."), id="resp_0"), later.shot(later.said("Deep."), id="resp_0"), later.sse(events[3:]),
        later.shot(later.said("Half"), "cancelled", id="resp_2"), chat.answer(chat.dumps({"id": "resp_3", "deleted": True})),
        later.shot(later.said("Next."), id="resp_4"))), extra=publishing)
    for request in (later.get("resp_0"), later.get("resp_0"), later.get(query=b"?stream=true&starting_after=2"),
                    later.get("resp_2/cancel", method=b"POST"), later.get("resp_3", method=b"DELETE"),
                    later.ask(input="and now?", previous_response_id="resp_0")):
        again.fetch(request)
    rows = again.store.wait_exchanges(10)
    assert [row["stop_reason"] for row in rows if row["drop_reason"] is None] == [
        "completed", "completed", "cancelled", "deleted", "completed"]
    wait_nodes(central, hashes(again.store))
    assert told(central.store) == told(again.store)
    assert again.stop() == 0 and central.stop() == 0
    verify(run, central.store)
    verify(run, again.store)
    code, out, err = run("rebuild", "--from-kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic,
                         "--to", workspace / "rebuilt.sqlite", timeout=60)
    assert code == 0, out + err
    assert told(type(central.store)(workspace / "rebuilt.sqlite")) == told(again.store)


def test_orphans_wait_for_their_parents_and_are_never_lost(collector, kafka, topic, sender, run, workspace):
    nodes = chain("late", 6)
    lost = chain("lost", 4)
    alone = node_event("alone", node_event("never sent"))
    # Of another partition than their parents, and before them.
    sender.send(*nodes[:0:-1], key="elsewhere")
    sender.send(alone, *lost[2:])
    central = collector(topic, consumers=2)
    central.wait_metric("tapes_collector_orphans", lambda count: count == 8)
    assert central.hashes() == set()
    assert central.stop() == 0
    assert "8 orphans" in verify(run, central.store)

    sender.send(nodes[0])
    central = collector(topic)
    wait_nodes(central, {hash_of(one) for one in nodes})
    central.wait_metric("tapes_collector_joined_total", lambda count: count == 5)
    listed = json.loads(central.admin("/v1/orphans")[1])
    assert (listed["total"], listed["missing"]) == (3, 2)
    assert {one["hash"] for one in listed["orphans"]} == {hash_of(one) for one in (alone, *lost[2:])}
    sender.send(*lost[:2])
    wait_nodes(central, {hash_of(one) for one in (*nodes, *lost)})
    assert central.store.rows("SELECT depth FROM nodes WHERE hash = ?", hash_of(lost[3]))[0]["depth"] == 3
    code, out, _ = run("orphans", "--sqlite", central.store.path)
    assert code == 0
    assert out.startswith(f"{hash_of(alone)} waits for {alone['node']['parent_hash']} ({topic} partition")
    assert out.endswith("1 orphan, 1 parent is missing\n")
    assert central.stop() == 0
    verify(run, central.store)

    code, out, err = run("rebuild", "--from-kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic,
                         "--to", workspace / "again.sqlite", timeout=60)
    assert code == 1
    assert "rebuilt 10 nodes" in out
    assert f"node {hash_of(alone)} waits for {alone['node']['parent_hash']}" in err


def test_what_cannot_be_taken_is_a_dead_letter_and_the_rest_goes_on(collector, kafka, topic, sender, run, workspace):
    good = chain("good", 3)
    forged = node_event("true", good[1])
    forged["node"]["bucket"]["content"][0]["text"] = "false"
    binary = b"\x00\xff garbage"
    sender.send(good[0], binary, key="one")
    sender.send(forged, b"", key="one")
    sender.send(*good[1:], key="one")
    central = collector(topic)
    wait_nodes(central, {hash_of(one) for one in good})
    central.wait_metric("tapes_dead_letters", lambda count: count == 3)
    dead = dead_records(kafka, topic, 3)
    assert [one["reason"] for one, _ in dead] == [headers["reason"] for _, headers in dead]
    assert dead[0][0]["payload_base64"] == "AP8gZ2FyYmFnZQ=="
    assert "its hash is not that of what it holds" in dead[1][0]["reason"]
    assert json.loads(dead[1][0]["payload"]) == forged
    assert dead[2][0]["reason"] == "it is empty"
    listed = json.loads(central.admin("/v1/dead-letters")[1])["dead_letters"]
    assert {one["reason"] for one in listed} == {one["reason"] for one, _ in dead}
    assert central.stop() == 0

    # Their offsets are committed: nothing comes again.
    central = collector(topic)
    sender.send(node_event("more", good[2]), key="one")
    wait_until(lambda: len(central.hashes()) == 4, 20, "the node that came later")
    assert central.metric("tapes_collector_received_total") == 1
    assert central.stop() == 0
    verify(run, central.store)
    code, out, err = run("rebuild", "--from-kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic,
                         "--to", workspace / "again.sqlite", timeout=60)
    assert code == 1
    assert "3 messages could not be taken" in err and "rebuilt 4 nodes" in out


def test_content_that_no_event_carries_is_asked_for_at_its_proxy(proxy, upstream, collector, kafka, run):
    small = f"tapes.{uuid.uuid4().hex[:12]}"
    kafka.create_topic(small, 3)  # the broker's limit: 1 MiB
    relay = proxy(upstream(Answering(chat.answer(chat.completion("fine")))),
                  extra=("--kafka-brokers", kafka.address, "--kafka-topic", small))
    text = "".join(uuid.uuid4().hex for _ in range(100_000))
    relay.fetch(chat.turn(text), timeout=60)
    relay.store.wait_exchanges(1)
    sources = {"settings": {"collector.content_token": f"file:{relay.store.path}.token"},
               "extra": ("--content-source", f"http://127.0.0.1:1,http://127.0.0.1:{relay.admin_port}")}
    central = collector(small, **sources)
    wait_nodes(central, hashes(relay.store))
    assert central.store.nodes("role = 'user'")[0]["content"] == [{"type": "text", "text": text}]
    central.wait_metric("tapes_collector_content_requests_total", lambda count: count == 1)
    assert central.stop() == 0
    verify(run, central.store)

    # Without a source it is a dead letter, which can be taken once there is one.
    other = collector(small, group="other", store="other.sqlite")
    other.wait_metric("tapes_collector_orphans", lambda count: count == 1)
    other.wait_metric("tapes_dead_letters", lambda count: count == 1)  # it is kept behind what came with it
    assert other.stop() == 0
    other = collector(small, group="other", store="other.sqlite", **sources)
    code, out, err = run("dlq", "retry", "--all", "--sqlite", other.store.path)
    assert code == 0, out + err
    wait_nodes(other, hashes(relay.store))
    other.wait_metric("tapes_dead_letters", lambda count: count == 0)  # it is closed behind its node
    assert other.stop() == 0
    verify(run, other.store)


def test_collector_waits_for_a_broker_that_it_has_once_reached(collector, kafka, topic, sender, run):
    nodes = chain("outage", 4)
    sender.send(*nodes[:2])
    central = collector(topic, consumers=2)
    wait_nodes(central, {hash_of(one) for one in nodes[:2]})
    assert central.stop() == 0
    kafka.stop()
    try:
        central = collector(topic, consumers=2)
        central.wait_for("they were reached before, so the collector waits for them")
        assert central.admin("/readyz")[0] == 200
    finally:
        kafka.start()
    sender.send(*nodes[2:])
    wait_nodes(central, {hash_of(one) for one in nodes})
    assert central.stop() == 0
    verify(run, central.store)


@pytest.mark.parametrize("away, back", [("kill", "start"), ("freeze", "thaw")])
def test_collector_stops_in_time_without_its_broker_and_nothing_is_lost(collector, kafka, topic, sender, run, away, back):
    chains = [chain(f"away {number}", 20) for number in range(20)]
    everything = {hash_of(event) for nodes in chains for event in nodes}
    for nodes in chains[:10]:
        sender.send(*nodes)
    # Dead letters have changes to announce, which cannot be sent either.
    sender.send(b"garbage", b"more garbage")
    central = collector(topic, consumers=2, settings={"collector.drain_timeout": "15s"})
    central.wait_metric("tapes_collector_messages_total", lambda count: count > 0)
    getattr(kafka, away)()
    try:
        begun = time.monotonic()
        assert central.stop(timeout=30) == 0
        took = time.monotonic() - begun
    finally:
        getattr(kafka, back)()
    assert took < 15, (took, central.output)
    assert hashes(central.store) <= everything
    verify(run, central.store)
    for nodes in chains[10:]:
        sender.send(*nodes)
    central = collector(topic, consumers=2)
    wait_nodes(central, everything)
    central.wait_metric("tapes_dead_letters", lambda count: count >= 2)
    assert central.stop() == 0
    verify(run, central.store)


def test_a_second_signal_hurries_a_collector_that_stops(collector, topic, sender, run):
    chains = [chain(f"hurry {number}", 10) for number in range(40)]
    for nodes in chains:
        sender.send(*nodes)
    slow = {"TAPES_TEST_COMMIT_DELAY_MS": "500"}
    central = collector(topic, settings={"collector.batch_messages": "2"}, environment=slow)
    wait_until(lambda: len(hashes(central.store)) >= 2, 30, "the first nodes", every=0.1)
    central.signal(signal.SIGTERM)
    time.sleep(1)
    assert central.alive
    central.signal(signal.SIGTERM)
    begun = time.monotonic()
    assert central.wait(20) == 0
    assert time.monotonic() - begun < 6, central.output
    assert "they come again" in central.output
    assert len(hashes(central.store)) < 400
    central = collector(topic)
    wait_nodes(central, {hash_of(event) for nodes in chains for event in nodes})
    assert central.stop() == 0
    verify(run, central.store)


def test_collector_that_cannot_start_says_why_in_one_line(collector, kafka, topic, run, workspace):
    central = collector(topic)

    def refused(*arguments, code=1):
        got, out, err = run("serve", "collector", "--admin-listen", "", *arguments, timeout=40)
        assert got == code, out + err
        return err.strip().splitlines()[-1]

    where = ("--kafka-brokers", kafka.address, "--kafka-topic", topic)
    assert refused(*where, "-s", central.store.path).endswith(
        f"store {central.store.path} is in use by process {central.pid}")
    other = ("-s", workspace / "other.sqlite")
    assert "no brokers to collect from" in refused("--kafka-topic", topic, *other, code=2)
    assert "no topic to collect from" in refused("--kafka-brokers", kafka.address, *other, code=2)
    assert "must be between 1 and 256" in refused(*where, *other, "--consumers", "0", code=2)
    assert "topics are missing" in refused("--kafka-brokers", kafka.address, "--kafka-topic", "not.there", *other,
                                           "--set", "collector.create_topics=false")
    code, _, err = run("rebuild", "--from-kafka", *where, "--to", central.store.path)
    assert code == 1 and "is there already" in err
    code, _, err = run("rebuild", "--from-kafka", "--kafka-brokers", kafka.address, "--kafka-topic", "not.there",
                       "--to", workspace / "new.sqlite")
    assert code == 1 and "there is no topic" in err
