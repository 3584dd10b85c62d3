"""The events of recorded turns, sent again: to a topic, a file, standard output."""
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import time
import uuid

import pytest

from harness import chat
from harness.broker import assert_ordered
from harness.process import Process
from harness.wire import wait_until


def say(relay, messages, session=None, agent=None):
    """One turn; the messages with its answer."""
    fields = (b"session_id: %s\r\n" % session.encode() if session else b"") + (
        b"X-Tapes-Agent-Name: %s\r\n" % agent.encode() if agent else b"")
    _, body = relay.fetch(chat.turn(messages=messages, fields=fields))
    return [*messages, json.loads(body)["choices"][0]["message"]]


@pytest.fixture
def recorded(proxy, mock):
    """A store with three conversations that nothing writes to any more: (its path, what was said where)."""
    relay = proxy(mock, extra=("--project", "e2e"))
    first = say(relay, [{"role": "user", "content": "one"}], session="s-1", agent="codex")
    say(relay, [{"role": "user", "content": "two"}], session="s-2", agent="claude")
    say(relay, [*first, {"role": "user", "content": "one goes on"}], session="s-3", agent="codex")
    relay.store.wait_exchanges(3)
    assert relay.stop() == 0
    return relay.store


def fill(store, turns: int):
    """More turns behind those that are there, each a node: what a long replay needs, written in no time."""
    with sqlite3.connect(store.path) as db:
        db.row_factory = sqlite3.Row
        like = dict(db.execute("SELECT * FROM node ORDER BY id DESC LIMIT 1").fetchone())
        exchange = dict(db.execute("SELECT * FROM exchange ORDER BY id DESC LIMIT 1").fetchone())
        seq = db.execute("SELECT max(seq) FROM log").fetchone()[0]
        for i in range(1, turns + 1):
            like.update(id=like["id"] + 1, hash=uuid.uuid4().bytes * 2, parent=None, root=like["id"] + 1, depth=0)
            exchange.update(id=seq + i, uuid=uuid.uuid4().bytes, head=like["id"],
                            accepted_at=exchange["accepted_at"] + 1000)
            for table, row in (("node", like), ("exchange", exchange)):
                db.execute(f"INSERT INTO {table}({','.join(row)}) VALUES({','.join('?' * len(row))})",
                           list(row.values()))
            db.execute("INSERT INTO log VALUES(?,1,?,?,?,?)", (seq + i, seq + i, like["id"], like["id"], 0))


class Replay(Process):
    def __init__(self, binary, store, *arguments):
        super().__init__([binary, "replay", *arguments, "--sqlite", store.path], directory=store.path.parent)


@pytest.fixture
def replay(run, recorded):
    """Runs `tapes replay ...` on the recorded store to its end."""
    return lambda *arguments, **more: run("replay", *arguments, "--sqlite", recorded.path, **more)


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def rows(run, store):
    code, out, err = run("replay", "list", "--json", "--sqlite", store.path)
    assert code == 0, err
    return {row["name"]: row for row in lines_of(out)}


def test_everything_goes_out_in_order_as_lines(replay, recorded):
    code, out, err = replay("--to", "-", "all")
    assert code == 0, err
    events = lines_of(out)
    nodes = recorded.nodes()
    assert [event["value"]["node"]["hash"] for event in events] == [node["hash"] for node in nodes]
    for number, event in enumerate(events, 1):
        assert set(event) == {"type", "id", "key", "timestamp_ms", "headers", "value"}
        assert event["type"] == event["headers"]["event_type"] == "tapes.node.v1"
        assert event["headers"]["replay"] == "all" and event["headers"]["replay_seq"] == str(number)
        assert event["key"] == event["value"]["root_hash"]
        assert event["id"] == event["headers"]["event_id"] == event["value"]["node"]["hash"]
    assert "done: 6 events" in err


def test_turns_are_chosen_by_each_key_and_bring_their_ancestors(replay, recorded):
    nodes = {node["hash"]: "".join(block["text"] for block in node["content"]) for node in recorded.nodes()}

    def said(*choice):
        code, out, err = replay(*choice, "--to", "-")
        assert code == 0, err
        return [nodes[event["id"]] for event in lines_of(out)]
    everything = said()
    assert len(everything) == 6
    first, second, on = everything[:2], everything[2:4], everything[4:]
    assert said("--session", "s-2") == second
    assert said("--session", "s-3") == first + on
    assert said("--agent", "claude") == second
    assert said("--project", "e2e") == everything
    assert said("--project", "other") == []
    roots = {nodes[row["hash"]]: row["hash"] for row in recorded.nodes("parent_hash IS NULL")}
    assert said("--root", roots["one"].upper()) == first + on
    times = [row["started_at"] for row in recorded.exchanges()]
    assert said("--since", "1h") == everything and said("--until", "2020-01-01") == []
    assert said("--since", times[0][:19] + "Z", "--agent", "codex", "--session", "s-1") == first


def test_events_of_other_types_are_sent_where_they_are_asked_for(replay, recorded):
    code, out, err = replay("--event-type", "tapes.exchange.v1", "--event-type", "tapes.node.v1", "--session", "s-2",
                            "--to", "-")
    assert code == 0, err
    assert [event["type"] for event in lines_of(out)] == ["tapes.node.v1", "tapes.node.v1", "tapes.exchange.v1"]


def test_dry_run_tells_what_would_be_sent_and_changes_nothing(replay, run, recorded):
    before = recorded.path.read_bytes(), recorded.files()
    code, out, _ = replay("--session", "s-3", "--dry-run", "--to", "topic:nowhere")
    assert code == 0
    assert re.search(r"would send 4 events of 1 turns, \d+ bytes to topic:nowhere", out)
    assert "tapes.node.v1: 4" in out and re.search(r"recorded from 20\S+Z to 20\S+Z", out)
    assert rows(run, recorded) == {}
    assert recorded.path.read_bytes() == before[0]
    assert [f for f in recorded.files() if not f.name.endswith(("-wal", "-shm"))] == \
        [f for f in before[1] if not f.name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize("arguments, told", [
    (("--speed", "0.05"), "--speed \"0.05\""), (("--speed", "101"), "0.1 to 100"), (("--speed", "fast"), "max"),
    (("--event-type", "tapes.nod.v1"), "did you mean tapes.node.v1"), (("--root", "abc"), "64 hexadecimal digits"),
    (("--since", "yesterday"), "--since"), (("--batch", "0"), "--batch"), (("--to", "kafka:x"), "topic:NAME"),
    (("--to", "topic:a b"), "not a valid name of a topic"), (("--to", "topic:nodes"), "--kafka-brokers"),
    (("a b",), "not a valid name"),
    (("--root", "0" * 64, "--event-type", "tapes.dead_letter.received.v1"), "--since and --until"),
    (("--since", "1h", "--until", "2h"), "not before"),
])
def test_wrong_use_is_told_and_leaves_nothing(replay, run, recorded, arguments, told):
    to = () if "--to" in arguments else ("--to", "-")
    code, out, err = replay(*arguments, *to)
    assert code == 2 and told in err and out == "", (code, err)
    assert len(err.splitlines()) == 1
    assert rows(run, recorded) == {}


def test_states_and_names_are_guarded(replay, run, recorded):
    assert replay("mine", "--to", "file:out.jsonl")[0] == 0
    for arguments, told in [(("mine", "--to", "-"), "exists (done)"), (("resume", "mine"), "cannot be resumed"),
                            (("pause", "mine"), "is done"), (("cancel", "mine"), "is done"),
                            (("other", "--to", "file:out.jsonl"), "exists already"),
                            (("other",), "--to is required")]:
        code, _, err = replay(*arguments)
        assert code == 2 and told in err, (arguments, code, err)
    for order in ("resume", "pause", "cancel"):
        code, _, err = replay(order, "other")
        assert code == 1 and "no replay" in err, (order, code, err)
    assert replay("--root", "0" * 64, "--to", "-")[0] == 1
    assert set(rows(run, recorded)) == {"mine"}
    assert recorded.mode_of(recorded.path.parent / "out.jsonl") == 0o600
    code, out, _ = replay("list")
    assert code == 0 and re.search(r"mine +done +6 events .*to file:/.*out.jsonl +everything", out)


def test_speed_follows_the_recorded_times(binary, run, recorded):
    with sqlite3.connect(recorded.path) as db:
        for seq, at in (1, 0), (2, 600_000), (3, 1_200_000):
            db.execute("UPDATE exchange SET accepted_at = ? WHERE id = ?", (1_700_000_000_000_000 + at, seq))
    begun = time.monotonic()
    code, out, err = run("replay", "--to", "-", "--speed", "1", "--sqlite", recorded.path)
    slow = time.monotonic() - begun
    assert code == 0 and len(out.splitlines()) == 6, err
    begun = time.monotonic()
    assert run("replay", "--to", "-", "--speed", "100", "--sqlite", recorded.path)[0] == 0
    fast = time.monotonic() - begun
    assert slow >= 1.2 and slow - fast > 0.9, (slow, fast)


def test_ctrl_c_pauses_and_resume_goes_on_without_a_gap_or_a_repeat(binary, run, recorded, started):
    fill(recorded, 400)
    out = recorded.path.parent / "slow.jsonl"
    process = Replay(binary, recorded, "slow", "--to", f"file:{out}", "--speed", "0.1", "--batch", "10")
    started.append(process)
    wait_until(lambda: out.exists() and out.stat().st_size > 0, what="first lines")
    assert rows(run, recorded)["slow"]["alive"] is True
    again = run("replay", "resume", "slow", "--sqlite", recorded.path)
    assert again[0] == 2 and "another process" in again[2]
    process.signal(signal.SIGINT)
    assert process.wait() == 1
    assert "paused" in process.output and "tapes replay resume slow" in process.output
    row = rows(run, recorded)["slow"]
    assert row["state"] == "paused" and 0 < row["at"]["events"] < 406 and row["alive"] is False
    assert row["at"]["bytes"] == out.stat().st_size
    with sqlite3.connect(recorded.path) as db:
        db.execute("UPDATE replay SET speed = 0")
    assert run("replay", "resume", "slow", "--sqlite", recorded.path)[0] == 0
    check_whole(out, 406)


def check_whole(path, count):
    events = lines_of(path.read_text())
    assert [event["headers"]["replay_seq"] for event in events] == [str(n) for n in range(1, count + 1)]
    assert len({event["id"] for event in events}) == count


def test_a_terminal_shows_how_far_it_is(binary, recorded):
    screen, terminal = pty.openpty()
    child = subprocess.Popen([binary, "replay", "--to", "file:bar.jsonl", "--batch", "2", "--sqlite", recorded.path],
                             stdin=subprocess.DEVNULL, stderr=terminal, cwd=recorded.path.parent)
    os.close(terminal)
    assert child.wait(20) == 0
    shown = os.read(screen, 65536).decode()
    os.close(screen)
    assert re.search(r"\r\x1b\[K\[#+\.*\] \d+% 2 events", shown), shown
    assert "100% 6 events" in shown and shown.rstrip().endswith("bar.jsonl")


@pytest.mark.parametrize("order, state", [("pause", "paused"), ("cancel", "cancelled")])
def test_another_terminal_stops_it_within_a_second(binary, run, recorded, started, order, state):
    fill(recorded, 1)
    with sqlite3.connect(recorded.path) as db:
        db.execute("UPDATE exchange SET accepted_at = accepted_at + 3600000000 WHERE id = 4")
    process = Replay(binary, recorded, "long", "--to", "-", "--speed", "1")
    started.append(process)
    process.wait_for('"replay_seq":"6"')
    assert run("replay", order, "long", "--sqlite", recorded.path)[0] == 0
    begun = time.monotonic()
    assert process.wait() == 1
    assert time.monotonic() - begun < 5  # the next event is due in an hour
    row = rows(run, recorded)["long"]
    assert row["state"] == state and row["at"]["events"] == 6
    code, _, err = run("replay", "cancel", "long", "--sqlite", recorded.path)
    assert code == (0 if order == "pause" else 2), err


def test_kill_repeats_nothing_in_a_file(binary, run, recorded, started):
    fill(recorded, 3000)
    out = recorded.path.parent / "killed.jsonl"
    process = Replay(binary, recorded, "killed", "--to", f"file:{out}", "--batch", "20")
    started.append(process)
    wait_until(lambda: out.exists() and out.stat().st_size > 20_000, what="some lines", every=0.001)
    process.kill()
    row = rows(run, recorded)["killed"]
    assert row["state"] == "running" and row["alive"] is False and row["at"]["events"] < 3006
    code, out_text, _ = run("replay", "list", "--sqlite", recorded.path)
    assert "its process is gone" in out_text
    assert run("replay", "resume", "killed", "--sqlite", recorded.path, timeout=60)[0] == 0
    check_whole(out, 3006)
    assert rows(run, recorded)["killed"]["state"] == "done"


@pytest.mark.kafka
def test_topic_gets_the_chain_with_headers_and_in_order(replay, run, recorded, kafka, topic):
    brokers = ("--kafka-brokers", kafka.address)
    code, _, err = replay("again", "--session", "s-3", "--to", f"topic:{topic}", *brokers)
    assert code == 0, err
    events = kafka.read(topic, lambda found: len(found) >= 4, quiet=0.5)
    assert len(events) == 4
    first = assert_ordered(events, lambda event: event.body["node"]["parent_hash"])
    assert set(first) == {node["hash"] for node in recorded.chain(recorded.exchanges()[-1]["head_hash"])}
    for event in events:
        assert event.headers["replay"] == "again" and event.headers["event_id"] == event.id
    assert sorted(int(event.headers["replay_seq"]) for event in events) == [1, 2, 3, 4]
    new = f"tapes.{uuid.uuid4().hex[:12]}"
    assert replay("--to", f"topic:{new}", *brokers)[0] == 0  # made where that is allowed
    assert kafka.partitions_of(new) == 6
    assert len(kafka.read(new, lambda found: len(found) >= 6)) == 6


@pytest.mark.kafka
def test_kill_repeats_at_most_a_batch_on_a_topic(binary, run, recorded, started, kafka, topic):
    fill(recorded, 3000)
    process = Replay(binary, recorded, "killed", "--to", f"topic:{topic}", "--kafka-brokers", kafka.address,
                     "--batch", "50")
    started.append(process)
    wait_until(lambda: any(row["events"] >= 50 for row in recorded.rows("SELECT events FROM replay")),
               what="a batch", every=0.002)
    process.kill()
    sent = rows(run, recorded)["killed"]["at"]["events"]
    assert sent < 3006, "it ended before it was killed"
    code, _, err = run("replay", "resume", "killed", "--kafka-brokers", kafka.address, "--sqlite", recorded.path,
                       timeout=60)
    assert code == 0, err
    events = kafka.read(topic, lambda found: len({event.id for event in found}) >= 3006, quiet=0.5)
    assert len({event.id for event in events}) == 3006 and len(events) <= 3006 + 50
    numbers = {}
    for event in events:  # a repeat is the same, its number too
        assert numbers.setdefault(event.id, event.headers["replay_seq"]) == event.headers["replay_seq"]


def test_a_running_proxy_takes_the_states_and_goes_on_recording(binary, proxy, mock, run, started):
    relay = proxy(mock)
    for number in range(3):
        relay.fetch(chat.turn(f"turn {number}"))
    store = relay.store
    store.wait_exchanges(3)
    code, out, err = run("replay", "live", "--to", "-", "--batch", "2", "--sqlite", store.path)
    assert code == 0 and len(out.splitlines()) == 6, err
    status, body = relay.admin("/v1/replays")
    assert status == 200
    row = json.loads(body)["replays"][0]
    assert row["name"] == "live" and row["state"] == "done" and row["at"]["events"] == 6
    relay.fetch(chat.turn("after"))
    store.wait_exchanges(4)
    begin = Replay(binary, store, "long", "--to", "-", "--speed", "0.1", "--batch", "1")
    started.append(begin)
    begin.wait_for('"replay_seq":"2"')
    assert run("replay", "pause", "long", "--sqlite", store.path)[0] == 0
    assert begin.wait() == 1
    assert rows(run, store)["long"]["state"] == "paused"


@pytest.mark.kafka
def test_unreachable_broker_is_told_and_leaves_no_replay(replay, run, recorded):
    code, _, err = replay("--to", "topic:nodes", "--kafka-brokers", "127.0.0.1:1", timeout=30)
    assert code == 1 and "127.0.0.1:1" in err
    assert rows(run, recorded) == {}
