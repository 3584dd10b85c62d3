"""Many publishers beside each other: each has its cursor, its filter, its topics."""
import json
import sqlite3
import time
import uuid

import pytest

from harness import chat
from harness.broker import assert_ordered
from harness.load import Load
from harness.records import Records
from harness.wire import wait_until

pytestmark = pytest.mark.kafka


@pytest.fixture
def named(kafka):
    """Fresh names of topics, and a prefix for those that are named after their events."""
    tag = uuid.uuid4().hex[:10]
    return lambda name: f"{tag}.{name}"


def configure(workspace, *tables: str):
    """What `config.toml` of a proxy in this directory says."""
    directory = workspace / "config"
    directory.mkdir(exist_ok=True)
    (directory / "config.toml").write_text("\n".join("[[publisher]]\n" + table for table in tables))


def hashes(store, where="1"):
    return {row["hash"] for row in store.rows(f"SELECT hash FROM nodes WHERE {where}")}


def say(relay, *texts, agent=None):
    """A turn on the history of texts, which are said by user and assistant in turns."""
    messages = [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]
    fields = f"X-Tapes-Agent-Name: {agent}\r\n".encode() if agent else b""
    head, _ = relay.fetch(chat.turn(messages=messages, fields=fields))
    assert head.status == 200


def test_each_publisher_sends_what_its_filter_takes(proxy, mock, kafka, workspace, named):
    configure(workspace,
              f'name = "all"\nbrokers = "{kafka.address}"\ntopic = "{named("all")}"\ntopic_prefix = "{named("")}"\n'
              'events = ["tapes.node.v1", "tapes.exchange.v1"]\nsource = "machine 1"',
              f'name = "codex"\nbrokers = "{kafka.address}"\ntopic = "{named("codex")}"\n'
              'events = "tapes.node.v1"\nfilter = { agent = "codex" }')
    relay = proxy(mock)
    for number in range(5):
        say(relay, f"codex {number}", agent="codex")
        say(relay, f"claude {number}", agent="claude")
    relay.store.wait_exchanges(10)
    chosen = hashes(relay.store, "agent_name = 'codex'")
    assert len(chosen) == 10
    nodes = kafka.read(named("all"), lambda found: hashes(relay.store) <= {e.id for e in found}, quiet=0.5)
    assert len(nodes) == 20
    some = kafka.read(named("codex"), lambda found: chosen <= {e.id for e in found}, quiet=1)
    assert {event.id for event in some} == chosen
    assert_ordered(some, lambda event: event.body["node"]["parent_hash"])
    ended = Records(kafka).read(named("tapes.exchange.v1"), 10)
    rows = {row["id"]: row for row in relay.store.rows("SELECT * FROM exchanges")}
    assert {record.headers["event_id"] for record in ended} == set(rows)
    for record in ended:
        row, said = rows[record.headers["event_id"]], record.body["exchange"]
        assert record.key == record.body["root_hash"]
        assert record.headers["source"] == "machine 1"
        for name in ("api", "method", "path", "provider", "agent_name", "model", "status", "end_reason", "head_hash",
                     "stop_reason"):
            assert said.get(name) == row[name], name
        assert said["usage"]["total_tokens"] == row["total_tokens"]
    lag = {key for key in relay.metrics() if key.startswith("tapes_cursor_lag_rows")}
    assert lag == {'tapes_cursor_lag_rows{cursor="all"}', 'tapes_cursor_lag_rows{cursor="codex"}'}


def test_filtered_publisher_sends_the_whole_chain_of_a_conversation_that_others_began(proxy, mock, kafka, workspace,
                                                                                      named):
    first = proxy(mock, extra=("--project", "one"))
    say(first, "hi")
    say(first, "hi", "You said: hi", "go on")
    say(first, "something else")
    first.store.wait_exchanges(3)
    assert first.stop() == 0
    configure(workspace, f'name = "two"\nbrokers = "{kafka.address}"\ntopic = "{named("two")}"\n'
                         'filter = { project = ["two"] }')
    second = proxy(mock, extra=("--project", "two"))
    say(second, "hi", "You said: hi", "go on", "You said: go on", "and on")
    second.store.wait_exchanges(4)
    head = second.store.rows("SELECT head_hash FROM exchanges ORDER BY seq DESC LIMIT 1")[0]["head_hash"]
    chain = [node["hash"] for node in second.store.chain(head)]
    assert len(chain) == 6
    events = kafka.read(named("two"), lambda found: len(found) >= 6, quiet=1)
    assert [event.id for event in events] == chain
    wait_until(lambda: len(second.store.rows("SELECT node FROM sent")) == 6, what="what was sent is marked")
    second.kill()
    third = proxy(mock, extra=("--project", "two"))
    say(third, "hi", "You said: hi", "go on", "You said: go on", "and on")  # nothing new
    say(third, "something else")  # another's, and nothing new
    third.store.wait_exchanges(6)
    events = kafka.read(named("two"), lambda found: len({event.id for event in found}) >= 8, quiet=1)
    assert {event.id for event in events} == set(chain) | hashes(third.store, "content LIKE '%something else%'")
    assert_ordered(events, lambda event: event.body["node"]["parent_hash"])


def test_kill_under_load_loses_nothing_of_a_filtered_publisher(proxy, mock, kafka, workspace, named):
    configure(workspace, f'name = "some"\nbrokers = "{kafka.address}"\ntopic = "{named("some")}"\n'
                         'filter = { agent = "codex" }')
    for number in range(3):
        relay = proxy(mock, settings={"record.ack": "wait"})
        loads = [Load(relay.port, clients=4, tag=f"{agent}-{number}",
                      fields=f"X-Tapes-Agent-Name: {agent}\r\n".encode()) for agent in ("codex", "claude")]
        wait_until(lambda: all(len(load.seen) >= 30 for load in loads), timeout=20, what="load")
        relay.kill()
        for load in loads:
            load.stop()
    relay = proxy(mock)
    wanted = hashes(relay.store, "agent_name = 'codex'")
    assert len(wanted) >= 90
    events = kafka.read(named("some"), lambda found: wanted <= {event.id for event in found}, quiet=1)
    assert set(assert_ordered(events, lambda event: event.body["node"]["parent_hash"])) == wanted
    wait_until(lambda: len(relay.store.rows("SELECT node FROM sent")) == len(wanted), what="what was sent is marked")


def test_filtered_publisher_that_is_set_back_sends_its_chains_again(proxy, mock, kafka, workspace, run, named):
    configure(workspace, f'name = "some"\nbrokers = "{kafka.address}"\ntopic = "{named("some")}"\n'
                         'filter = { agent = "codex" }')
    relay = proxy(mock)
    say(relay, "one", agent="codex")
    say(relay, "two", agent="claude")
    say(relay, "three", agent="codex")
    relay.store.wait_exchanges(3)
    wanted = hashes(relay.store, "agent_name = 'codex'")
    kafka.read(named("some"), lambda found: len(found) >= 4)
    wait_until(lambda: len(relay.store.rows("SELECT node FROM sent")) == 4, what="what was sent is marked")
    code, _, error = run("cursor", "set", "some", "0", "--sqlite", relay.store.path)
    assert code == 0, error
    events = kafka.read(named("some"), lambda found: len(found) >= 8, quiet=1)
    assert len(events) == 8 and {event.id for event in events} == wanted
    assert_ordered(events, lambda event: event.body["node"]["parent_hash"])


def test_publisher_that_is_down_holds_up_no_other(proxy, mock, kafka, workspace, named):
    made = proxy(mock)
    assert made.stop() == 0
    # Known from before: else a broker that is not there is an error of the start.
    with sqlite3.connect(workspace / "tapes.sqlite") as db:
        db.execute("INSERT INTO note(name, value) VALUES('kafka_reached:127.0.0.1:1/gone', '1')")
    db.close()
    configure(workspace, 'name = "down"\nbrokers = "127.0.0.1:1"\ntopic = "gone"',
              f'name = "up"\nbrokers = "{kafka.address}"\ntopic = "{named("up")}"')
    relay = proxy(mock)
    for number in range(20):
        say(relay, f"text {number}")
    relay.store.wait_exchanges(20)
    kafka.read(named("up"), lambda found: hashes(relay.store) <= {event.id for event in found})
    figures = relay.metrics()
    assert figures['tapes_cursor_lag_rows{cursor="down"}'] == 20
    assert relay.admin("/readyz")[0] == 200
    begun = time.monotonic()
    assert relay.stop() == 0
    assert time.monotonic() - begun < 8
    saved = {row["name"]: row["seq"] for row in relay.store.rows("SELECT name, seq FROM cursor")}
    assert saved["up"] == 20 and saved["down"] == 0


def test_flags_add_a_publisher_to_those_of_the_file(proxy, mock, kafka, workspace, named):
    configure(workspace, f'name = "file"\nbrokers = "{kafka.address}"\ntopic = "{named("file")}"')
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", named("flags")))
    say(relay, "hi")
    for topic in (named("file"), named("flags")):
        assert len(kafka.read(topic, lambda found: len(found) >= 2)) == 2


def test_all_topics_that_are_missing_stand_in_one_error(run, kafka, workspace, named):
    configure(workspace, f'name = "strict"\nbrokers = "{kafka.address}"\ntopic = "{named("nodes")}"\n'
                         f'topic_prefix = "{named("")}"\nevents = ["tapes.node.v1", "tapes.exchange.v1"]\n'
                         'create_topic = false')
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", workspace / "x.sqlite", "--config-dir", workspace / "config")
    last = error.strip().splitlines()[-1]
    assert code == 1
    assert "strict" in last and named("nodes") in last and named("tapes.exchange.v1") in last
    assert kafka.partitions_of(named("nodes")) == 0


def test_only_the_topic_of_nodes_is_enough(proxy, mock, kafka, workspace, topic):
    relay = proxy(mock, settings={"publisher.kafka.create_topic": "false"},
                  extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic, "--set",
                         f"publisher.topic_prefix={topic}."))
    relay.wait_for(rf"{topic}\.dead.*publishing goes on without")
    say(relay, "hi")
    assert len(kafka.read(topic, lambda found: len(found) >= 2)) == 2
    assert kafka.partitions_of(f"{topic}.tapes.dead_letter.received.v1") == 0


def test_what_can_never_be_delivered_is_on_the_dead_topic_and_announced(proxy, mock, kafka, workspace, named):
    kafka.create_topic(named("tiny"), 1, **{"max.message.bytes": "300"})
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", named("tiny"), "--set",
                               f"publisher.topic_prefix={named('')}"))
    say(relay, "hi")
    relay.store.wait_exchanges(1)
    dead = Records(kafka).read(named("tiny.dead"), 2)
    wanted = hashes(relay.store)
    assert {record.headers["event_id"] for record in dead} == wanted
    for record in dead:
        assert record.headers["event_type"] == "tapes.node.v1" and record.headers["reason"]
        assert record.body["topic"] == named("tiny") and record.body["reason"] == record.headers["reason"]
        inner = json.loads(record.body["payload"])
        assert inner["node"]["hash"] == record.body["id"] and "content" in inner["node"]["bucket"]
        assert record.key == inner["root_hash"]
    told = Records(kafka).read(named("tapes.dead_letter.received.v1"), 2)
    assert {record.body["dead_letter"]["event_id"] for record in told} == wanted
    assert len({record.headers["event_id"] for record in told}) == 2
    letters = relay.store.rows("SELECT * FROM dead_letter ORDER BY id")
    assert {letter["event_id"] for letter in letters} == wanted
    assert {letter["topic"] for letter in letters} == {named("tiny")}
    wait_until(lambda: relay.metric("tapes_cursor_lag_rows") == 0, what="no lag")
