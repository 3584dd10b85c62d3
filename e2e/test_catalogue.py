"""The catalogue: derived from the log beside the store, kept by the proxy, made anew whenever it has to be."""
import contextlib
import fcntl
import json
import os
import random
import sqlite3
import time

import pytest

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


def wait_caught_up(relay):
    """What is not told yet is no zero."""
    wait_until(lambda: relay.metrics().get("tapes_catalogue_lag_rows") == 0, what="the catalogue at the end of the log")


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
    wait_caught_up(relay)
    assert len(listed(run, relay)) == 2


def overwrite_pages(path):
    with open(path, "r+b") as file:
        for at in range(8192, path.stat().st_size, 8192):
            file.seek(at)
            file.write(b"\xff" * 64)


def change(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(sql)
        db.commit()


SPOILED = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: os.truncate(path, 0),
    "cut off": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut off within a page": lambda path: os.truncate(path, 5000),
    "no database": lambda path: path.write_bytes(b"something else"),
    "overwritten": overwrite_pages,
    "another file": lambda path: (path.unlink(), path.write_bytes(b"another")),
}
SPOILED_AT_REST = {
    **SPOILED,
    "of an older version": lambda path: change(path, "PRAGMA user_version = 1"),
    "of a newer version": lambda path: change(path, "PRAGMA user_version = 1000"),
    "without a table": lambda path: change(path, "DROP TABLE session"),
    "of another store": lambda path: change(path, "UPDATE state SET value = 'x' WHERE name = 'store'"),
    "ahead of its store": lambda path: change(path, "UPDATE state SET value = 100000 WHERE name = 'seq'"),
}


def dump_without_mark(path):
    """Without the mark of how it was closed, which is left where it was opened in the place of another file."""
    rows = dump(path)
    return {**rows, "state": [row for row in rows["state"] if row[0] != "boot"]}


def assert_same_as_made_from_nothing(run, relay):
    """The proxy has stopped."""
    kept = dump_without_mark(path_of(relay))
    for end in ("", "-wal", "-shm"):
        path_of(relay).with_name(path_of(relay).name + end).unlink(missing_ok=True)
    listed(run, relay)
    made = dump_without_mark(path_of(relay))
    assert {name: kept.get(name) for name in made if made[name] != kept.get(name)} == {}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_one_that_is_spoiled_while_turns_are_recorded_is_made_anew(proxy, mock, run, spoil):
    relay = proxy(mock)
    conversation(relay, "one")
    assert len(listed(run, relay)) == 1
    load = Load(relay.port, clients=4, tag="beside")
    wait_until(lambda: len(load.seen) >= 8, what="load")
    spoil(path_of(relay))
    seen = len(load.seen)
    wait_until(lambda: len(load.seen) >= seen + 40, what="more load")
    load.stop()
    conversation(relay, "two")
    # It may be damaged where only a reader sees it, which says so once and has it made anew.
    wait_until(lambda: run("log", "-s", relay.store.path, "--limit", "1000", "--json")[0] == 0 or None, what="a list")
    names = {one["name"] for one in listed(run, relay)}
    assert {"one", "two"} < names
    wait_caught_up(relay)
    assert relay.stop() == 0
    assert_same_as_made_from_nothing(run, relay)


@pytest.mark.parametrize("spoil", SPOILED_AT_REST.values(), ids=SPOILED_AT_REST.keys())
def test_one_that_was_spoiled_is_made_anew_by_the_proxy_that_starts(proxy, mock, run, spoil):
    relay = proxy(mock)
    conversation(relay, "one")
    listed(run, relay)
    assert relay.stop() == 0
    spoil(path_of(relay))
    relay = proxy(mock)
    conversation(relay, "two")
    assert [one["name"] for one in listed(run, relay)] == ["two", "one"]
    assert relay.stop() == 0
    assert_same_as_made_from_nothing(run, relay)


def text_tables(relay):
    with contextlib.closing(sqlite3.connect(f"file:{path_of(relay)}?mode=ro", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE name GLOB 'text_*'")]


def test_its_text_index_comes_and_goes_with_the_setting(proxy, mock, run):
    off = {"catalogue.text": "false"}
    relay = proxy(mock, settings=off)
    conversation(relay, "one")
    wait_caught_up(relay)
    code, out, err = run("log", "-s", relay.store.path, "--json", environment={"TAPES_CATALOGUE_TEXT": "false"})
    assert code == 0 and json.loads(out)["name"] == "one", err
    assert text_tables(relay) == []
    code, out, err = run("search", "asks", "-s", relay.store.path, environment={"TAPES_CATALOGUE_TEXT": "false"})
    assert code == 1 and "catalogue.text" in err, (code, out, err)
    assert relay.stop() == 0
    relay = proxy(mock)
    conversation(relay, "two")
    sessions = listed(run, relay)
    assert [one["name"] for one in sessions] == ["two", "one"]
    found = [json.loads(line) for line in run("search", "asks", "-s", relay.store.path, "--json")[1].splitlines()]
    assert {one["session"] for one in found if one["type"] == "hit"} == {"one", "two"}
    assert relay.stop() == 0
    with_text = dump(path_of(relay))
    relay = proxy(mock, settings=off)
    wait_caught_up(relay)
    wait_until(lambda: text_tables(relay) == [] or None, what="a catalogue without text")
    assert relay.stop() == 0
    without = dump(path_of(relay))
    assert [name for name in with_text if name != "state" and with_text[name] != without.get(name)] == []
