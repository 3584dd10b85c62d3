"""The catalogue: derived from the log beside the store, kept by the proxy, made anew whenever it has to be."""
import contextlib
import fcntl
import json
import random
import sqlite3
import time

from harness import chat
from harness.load import Load
from harness.wire import wait_until

ROUNDS = 20


def path_of(relay):
    return relay.store.path.with_name(relay.store.path.name + ".catalogue")


def dump(path):
    """All rows of all tables; those of the text index depend on how rows came together."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
                for name in names if not name.startswith(("text_", "sqlite_"))}


def listed(run, relay):
    code, out, err = run("log", "-s", relay.store.path, "--limit", "1000", "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def conversation(relay, name, turns=3):
    history = []
    for number in range(turns):
        history.append({"role": "user", "content": f"{name} asks {number}"})
        head, body = relay.fetch(chat.post(chat.request_body(messages=history), fields=b"X-Session-Id: %s\r\n" %
                                           name.encode()))
        assert head.status == 200
        history.append(json.loads(body)["choices"][0]["message"])


def test_after_20_kills_it_is_the_same_as_one_made_from_nothing(proxy, mock, run):
    randomness = random.Random(15)
    for number in range(ROUNDS):
        relay = proxy(mock)
        load = Load(relay.port, clients=8, tag=f"round-{number}")
        wait_until(lambda load=load: len(load.seen) >= 8, what="load")
        time.sleep(randomness.uniform(0, 0.4))
        relay.kill()
        load.stop()
    relay = proxy(mock)
    conversation(relay, "last")
    sessions = listed(run, relay)
    assert len(sessions) > 8 * ROUNDS
    assert relay.stop() == 0
    kept = dump(path_of(relay))  # with the mark that all of it is on the disk
    for end in ("", "-wal", "-shm"):
        path_of(relay).with_name(path_of(relay).name + end).unlink(missing_ok=True)
    assert listed(run, relay) == sessions
    assert dump(path_of(relay)) == kept


def test_it_is_made_again_when_it_is_deleted_under_the_proxy(proxy, mock, run):
    relay = proxy(mock)
    conversation(relay, "one")
    sessions = listed(run, relay)
    assert [(one["name"], one["turns"]) for one in sessions] == [("one", 3)]
    path_of(relay).unlink()
    wait_until(lambda: path_of(relay).exists(), what="a new catalogue")
    assert listed(run, relay) == sessions
    conversation(relay, "two")
    assert len(listed(run, relay)) == 2
    assert oct(path_of(relay).stat().st_mode & 0o777) == oct(0o600)


def test_without_it_the_proxy_leaves_it_to_commands(proxy, mock, run):
    relay = proxy(mock, settings={"catalogue.enabled": "false"})
    conversation(relay, "one")
    assert not path_of(relay).exists()
    assert "tapes_catalogue_lag_rows" not in relay.metrics()
    assert len(listed(run, relay)) == 1
    conversation(relay, "two")
    assert len(listed(run, relay)) == 2


def test_a_proxy_waits_for_who_has_its_lock(proxy, mock, run):
    relay = proxy(mock)
    conversation(relay, "one")
    listed(run, relay)
    assert relay.stop() == 0
    with open(str(path_of(relay)) + ".lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        relay = proxy(mock)
        conversation(relay, "two")
        relay.wait_metric("tapes_catalogue_lag_rows", lambda rows: rows >= 3)
    relay.wait_metric("tapes_catalogue_lag_rows", lambda rows: rows == 0)
    assert len(listed(run, relay)) == 2
