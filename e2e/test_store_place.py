"""The store's files move, vanish or are replaced under the process: noticed, said, and nothing that was kept is lost."""
import pathlib
import sqlite3
import time

import pytest

from harness import chat
from harness.load import Load, stored_user_texts
from harness.store import Store
from harness.wire import wait_until

ENDS = ("", "-wal", "-shm")


def remove(path):
    for end in ENDS:
        pathlib.Path(f"{path}{end}").unlink()


def move(path, to):
    for end in ENDS:
        pathlib.Path(f"{path}{end}").rename(f"{to}{end}")


def wait_not_ready(relay, reason):
    begun = time.monotonic()
    # Between the moves of single files another reason may be the right one for a moment.
    text = wait_until(lambda: (got := relay.admin("/readyz"))[0] == 503 and reason in got[1] and got[1], timeout=5,
                      what=f"not ready: {reason}")
    assert time.monotonic() - begun < 1.2
    assert "tapes.sqlite" in text, text
    relay.wait_for(f"(?i)error.*{reason}")


def filled(proxy, mock, **settings):
    relay = proxy(mock, settings={"record.ack": "wait", **settings})
    for number in range(5):
        assert relay.fetch(chat.turn(f"before-{number}"))[0].status == 200
    return relay


@pytest.mark.parametrize("part", ["files", "directory"])
def test_store_is_moved_away_and_back_while_turns_flow(proxy, mock, part):
    relay = filled(proxy, mock)
    path = relay.store.path
    load = Load(relay.port, clients=4, tag="flow")
    wait_until(lambda: len(load.seen) > 20, what="load")
    # A directory of its own would also take the configuration; the store's alone is moved file by file.
    aside = path.with_name("aside.sqlite") if part == "files" else path.parent.with_name(path.parent.name + "-aside")
    move(path, aside) if part == "files" else path.parent.rename(aside)
    wait_not_ready(relay, "moved away")
    seen = len(load.seen)
    time.sleep(1)
    assert len(load.seen) <= seen + 4, "ends were let go although nothing was committed to the store"
    move(aside, path) if part == "files" else aside.rename(path.parent)
    wait_until(lambda: relay.admin("/readyz")[0] == 200, what="ready again")
    wait_until(lambda: len(load.seen) > seen + 20, what="load goes on")
    load.stop()
    assert relay.stop() == 0
    assert set(load.seen) <= stored_user_texts(relay.store)
    relay.store.assert_balanced()


@pytest.mark.parametrize("at_the_end", [False, True])
def test_removed_store_is_written_anew_whole(proxy, mock, at_the_end):
    relay = filled(proxy, mock)
    load = Load(relay.port, clients=4, tag="flow")
    wait_until(lambda: len(load.seen) > 20, what="load")
    remove(relay.store.path)
    wait_not_ready(relay, "removed")
    if not at_the_end:
        wait_until(lambda: relay.admin("/readyz")[0] == 200, timeout=15, what="ready again")
        relay.wait_for("written anew")
        seen = len(load.seen)
        wait_until(lambda: len(load.seen) > seen + 20, what="load goes on")
    assert relay.stop() == 0
    load.stop()
    stored = stored_user_texts(relay.store)
    assert set(load.seen) <= stored and {f"before-{n}" for n in range(5)} <= stored
    relay.store.assert_balanced()


def test_replaced_store_is_left_alone_and_the_kept_is_written_beside(proxy, mock, run):
    relay = filled(proxy, mock)
    path = relay.store.path
    other = path.with_name("other.sqlite")
    with sqlite3.connect(other) as made:
        made.execute("CREATE TABLE precious(x)")
    before = other.read_bytes()
    load = Load(relay.port, clients=4, tag="flow")
    wait_until(lambda: len(load.seen) > 20, what="load")
    other.rename(path)
    wait_not_ready(relay, "replaced")
    assert relay.stop() == 0
    load.stop()
    assert path.read_bytes() == before
    beside = [one for one in path.parent.iterdir() if "displaced" in one.name]
    assert len(beside) == 1
    assert beside[0].name in relay.output
    kept = Store(beside[0])
    stored = stored_user_texts(kept)
    assert set(load.seen) <= stored and {f"before-{n}" for n in range(5)} <= stored
    assert run("verify", "--sqlite", beside[0])[0] == 0


def test_bounded_counts_while_the_store_is_away(proxy, mock):
    relay = proxy(mock, settings={"record.ack": "bounded", "record.ack_timeout": "100ms"})
    assert relay.fetch(chat.turn("before"))[0].status == 200
    move(relay.store.path, relay.store.path.with_name("aside.sqlite"))
    wait_not_ready(relay, "moved away")
    for number in range(5):
        assert relay.fetch(chat.turn(f"away-{number}"))[0].status == 200
    assert relay.metric("tapes_store_failing") == 1
    assert relay.metric("tapes_exchanges_in_flight") >= 5
    # Not put back at all: it is in the store, wherever that is by now.
    assert relay.stop() == 0
    stored = stored_user_texts(Store(relay.store.path.with_name("aside.sqlite")))
    assert {f"away-{n}" for n in range(5)} <= stored
    assert "aside.sqlite" in relay.output
