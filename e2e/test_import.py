"""Databases of tapes v0.4: their history goes on here."""
import json
import os
import sqlite3
import threading
import time

import pytest

from harness import chat
from harness.collector import Collector, Sender, chain as events, hash_of
from harness.store import Store
from harness.wire import Answering, wait_until

with open(os.path.join(os.path.dirname(__file__), "data", "golden-chains.json")) as file:
    GOLDEN = json.load(file)


def chain_of(name):
    chains = GOLDEN["chains"] if isinstance(GOLDEN, dict) else GOLDEN
    return next(chain for chain in chains if chain["name"] == name)


def new_old(path):
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket, type TEXT, role TEXT, content, model TEXT,"
                " provider TEXT, agent_name TEXT, stop_reason TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,"
                " total_tokens INTEGER, cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,"
                " total_duration_ns INTEGER, prompt_duration_ns INTEGER, project TEXT, created_at DATETIME,"
                " parent_hash TEXT REFERENCES nodes(hash))")
    return old


def write_events(path, chains):
    """A v0.4 file of these events."""
    old = new_old(path)
    for event in (event for chain in chains for event in chain):
        node, bucket = event["node"], event["node"]["bucket"]
        old.execute("INSERT INTO nodes(hash, parent_hash, bucket, type, role, content, model, provider, project,"
                    " created_at) VALUES(?,?,?,'message',?,?,?,?,'old','2026-01-31 12:00:00')",
                    (node["hash"], node["parent_hash"], json.dumps(bucket), bucket["role"],
                     json.dumps(bucket["content"]), bucket["model"], bucket["provider"]))
    old.commit()
    old.close()


def write_old(path, chain, broken=None):
    """A v0.4 file: children before their parents, every other column a BLOB."""
    old = new_old(path)
    parents = [None] + [node["hash"] for node in chain["nodes"]]
    for index in reversed(range(len(chain["nodes"]))):
        node = chain["nodes"][index]
        content = [{"type": "text", "text": "changed"}] if index == broken else node["content"]
        bucket = {"type": "message", "role": node["role"], "content": content, "model": chain["model"],
                  "provider": chain["provider"]}
        if chain.get("agent_name"):
            bucket["agent_name"] = chain["agent_name"]
        stored = [json.dumps(bucket), json.dumps(content)]
        if index % 2:
            stored = [text.encode() for text in stored]
        old.execute("INSERT INTO nodes(hash, parent_hash, bucket, type, role, content, model, provider, agent_name,"
                    " project, created_at, prompt_tokens) VALUES(?,?,?,'message',?,?,?,?,?,'old',?,?)",
                    (node["hash"], parents[index], stored[0], node["role"], stored[1], chain["model"],
                     chain["provider"], chain.get("agent_name"),
                     "2026-01-31 12:00:00" if index % 2 else "2026-01-31 14:00:00.25+02:00", 3))
    old.commit()
    old.close()


def test_a_turn_goes_on_from_imported_history(run, proxy, upstream, workspace):
    chain = chain_of("tool use and result")
    write_old(workspace / "old.db", chain)
    code, out, error = run("import", workspace / "old.db", "--sqlite", workspace / "tapes.sqlite")
    assert (code, error) == (0, ""), error
    assert "imported 4 nodes" in out
    assert not [one.name for one in workspace.iterdir() if one.name.endswith(("-wal", "-shm"))]
    hashes = [node["hash"] for node in chain["nodes"]]
    call = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {
            "name": "get_weather", "arguments": '{"x": null, "n": 1.0, "city": "Tokyo"}'}}]}
    relay = proxy(upstream(Answering(chat.answer(chat.completion("You are welcome.")))))
    relay.fetch(chat.turn(messages=[
        {"role": "user", "content": "Weather in Tokyo?"}, call,
        {"role": "tool", "tool_call_id": "call_1", "content": '{"temp": 21}'},
        {"role": "assistant", "content": "21 degrees."}, {"role": "user", "content": "Thanks."}]))
    after = relay.store.chain(relay.store.only()["head_hash"])
    assert [node["hash"] for node in after][:4] == hashes
    assert len(after) == len(relay.store.nodes()) == 6
    assert [node["project"] for node in after][:4] == ["old"] * 4
    assert {node["created_at"] for node in after[:4]} == {"2026-01-31 12:00:00.000000+00:00",
                                                          "2026-01-31 12:00:00.250000+00:00"}
    assert after[0]["prompt_tokens"] == 3


def test_bad_rows_are_named_and_a_second_import_adds_nothing(run, workspace):
    chain = chain_of("tool use and result")
    write_old(workspace / "old.db", chain, broken=1)
    into = workspace / "new.sqlite"
    code, out, error = run("import", workspace / "old.db", "--sqlite", into)
    assert code == 1 and "imported 1 node " in out
    assert f"tapes: node {chain['nodes'][1]['hash']} was not imported: what it says has another hash" in error
    assert "1 bad row and 2 nodes that stand behind them" in error
    code, out, _ = run("import", workspace / "old.db", "--sqlite", into)
    assert "imported 0 nodes" in out and "1 were there already" in out
    assert len(Store(into).nodes()) == 1


def test_an_import_goes_through_the_running_proxy_between_its_turns(run, proxy, mock, workspace):
    chains = [events(f"old {number}", 40) for number in range(500)]
    lost = chains[7][20]
    lost["node"]["bucket"]["content"][0]["text"] = "changed"
    write_events(workspace / "old.db", chains)
    relay = proxy(mock)
    done, finished = threading.Event(), []

    def live():
        while not done.is_set():
            assert relay.fetch(chat.turn(f"live {len(finished)}"))[0].status == 200
            finished.append(time.monotonic())
    turns = threading.Thread(target=live)
    turns.start()
    try:
        begun = time.monotonic()
        code, out, error = run("import", workspace / "old.db", "--sqlite", relay.store.path, timeout=120)
        ended = time.monotonic()
        again = run("import", workspace / "old.db", "--sqlite", relay.store.path, timeout=120)
    finally:
        done.set()
        turns.join()
    assert code == 1 and "imported 19980 nodes" in out, (out, error)
    assert f"node {hash_of(lost)} was not imported: what it says has another hash" in error
    assert "1 bad row and 19 nodes that stand behind them" in error
    assert again[0] == 1 and "imported 0 nodes" in again[1] and "19980 were there already" in again[1]
    # Turns went on, and none had to wait for most of it.
    during = [begun, *(at for at in finished if begun < at < ended), ended]
    assert len(during) > 5 and max(b - a for a, b in zip(during, during[1:])) < (ended - begun) / 2, during
    assert relay.stop() == 0
    imported = {row["hash"] for row in relay.store.rows("SELECT hash FROM nodes WHERE project = 'old'")}
    assert imported == {hash_of(e) for chain in chains for e in chain if not (chain is chains[7] and e in chain[20:])}
    assert len(relay.store.exchanges()) == len(finished)
    relay.store.assert_balanced()
    assert run("verify", "--sqlite", relay.store.path)[0] == 0


def test_the_running_process_wants_its_token_for_an_import(run, proxy, mock, workspace):
    write_old(workspace / "old.db", chain_of("tool use and result"))
    relay = proxy(mock, settings={"admin.token": "a-token"})
    arguments = ("import", workspace / "old.db", "--sqlite", relay.store.path)
    code, out, error = run(*arguments)
    assert code == 1 and not out and "requires its admin token: set TAPES_ADMIN_TOKEN" in error
    assert not relay.store.nodes()
    code, out, error = run(*arguments, environment={"TAPES_ADMIN_TOKEN": "a-token"})
    assert (code, error) == (0, "") and "imported 4 nodes" in out
    assert len(relay.store.nodes()) == 4


def test_a_store_in_use_without_an_admin_listener_and_a_foreign_file_are_refused(run, proxy, mock, workspace):
    chain = chain_of("tool use and result")
    write_old(workspace / "old.db", chain)
    relay = proxy(mock, admin=False)
    code, _, error = run("import", workspace / "old.db", "--sqlite", relay.store.path)
    assert code == 1 and f"is in use by process {relay.pid}, which takes no requests" in error
    assert not relay.store.nodes()
    code, _, error = run("import", relay.store.path, "--sqlite", workspace / "new.sqlite")
    assert code == 1 and "is a tapes store already" in error
    assert not (workspace / "new.sqlite").exists()
    code, _, error = run("import", workspace / "old.db", "--sqlite", workspace / "old.db")
    assert code == 1 and "name another with --sqlite" in error


@pytest.mark.kafka
def test_what_waits_in_a_running_collector_joins_its_imported_parents(run, binary, started, workspace, kafka, topic):
    chain = events("collected", 6)
    central = Collector(binary, workspace, kafka, topic)
    started.append(central)
    Sender(kafka, topic).send(*chain[3:])
    central.wait_metric("tapes_collector_orphans", lambda count: count == 3)
    write_events(workspace / "old.db", [chain[:3]])
    code, out, error = run("import", workspace / "old.db", "--sqlite", central.store.path)
    assert (code, error) == (0, "") and "imported 3 nodes" in out
    wait_until(lambda: central.hashes() == {hash_of(event) for event in chain} or None, 10, "the whole chain")
    central.wait_metric("tapes_collector_orphans", lambda count: count == 0)
    assert central.stop() == 0
    assert run("verify", "--sqlite", central.store.path)[0] == 0


@pytest.mark.kafka
def test_announced_nodes_are_published_by_the_running_proxy(run, proxy, mock, workspace, kafka, topic):
    chain = events("announced", 5)
    write_events(workspace / "old.db", [chain])
    relay = proxy(mock, extra=("--publisher", "kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic))
    code, _, error = run("import", workspace / "old.db", "--sqlite", relay.store.path, "--announce")
    assert (code, error) == (0, "")
    hashes = [hash_of(event) for event in chain]
    assert [event.id for event in kafka.read(topic, lambda found: len(found) >= 5, quiet=1)] == hashes


@pytest.mark.kafka
@pytest.mark.parametrize("announce", [True, False])
def test_only_announced_nodes_are_published(run, proxy, mock, workspace, kafka, topic, announce):
    chain = chain_of("tool use and result")
    write_old(workspace / "old.db", chain)
    arguments = ["--announce"] if announce else []
    code, _, error = run("import", workspace / "old.db", "--sqlite", workspace / "tapes.sqlite", *arguments)
    assert code == 0, error
    relay = proxy(mock, extra=("--publisher", "kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic))
    relay.fetch(chat.turn("new"))
    new = [node["hash"] for node in relay.store.chain(relay.store.only()["head_hash"])]
    hashes = [node["hash"] for node in chain["nodes"]]
    wanted = set(hashes + new if announce else new)
    events = kafka.read(topic, lambda found: wanted <= {event.id for event in found}, quiet=1)
    assert {event.id for event in events} == wanted
    if announce:
        imported = [event for event in events if event.id in hashes]
        assert [event.id for event in imported] == hashes
        assert {event.key for event in imported} == {hashes[0]}
        assert imported[0].body["occurred_at"] == "2026-01-31T12:00:00.25Z"


def test_what_was_imported_is_listed_and_shown(run, workspace):
    chain = chain_of("tool use and result")
    write_old(workspace / "old.db", chain)
    store = workspace / "new.sqlite"
    assert run("import", workspace / "old.db", "--sqlite", store)[0] == 0
    code, out, error = run("log", "--sqlite", store, "--json")
    assert code == 0, error
    session = json.loads(out)
    assert session["name"] == chain["nodes"][0]["hash"]
    assert (session["project"], session["title"], session["exchanges"]) == ("old", "Weather in Tokyo?", 0)
    code, out, error = run("show", "@", "--sqlite", store, "--json")
    assert code == 0, error
    told = [line for line in map(json.loads, out.splitlines()) if line["type"] == "message"]
    # A result stands with its call.
    assert [line["hash"] for line in told] == [node["hash"] for node in chain["nodes"] if node["role"] != "tool"]
    assert [len(block["results"]) for line in told for block in line["blocks"] if block["kind"] == "tool_call"] == [1]
