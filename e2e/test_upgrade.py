"""A store of an earlier version is brought up to date when it is opened, and loses nothing.

data/store-version-3.sqlite.gz: three turns that the last build with schema version 3 recorded from `tapes serve mock`
(a question, the same conversation going on as a stream, and one over Responses)."""
import gzip
import json
import pathlib
import sqlite3

import pytest

from harness import chat
from harness.store import Store, texts

OLD = pathlib.Path(__file__).parent / "data" / "store-version-3.sqlite.gz"


@pytest.fixture
def old_store(workspace):
    path = workspace / "old" / "tapes.sqlite"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    path.chmod(0o600)
    return path


def hashes(path):
    return [node["hash"] for node in Store(path).nodes()]


def version(path) -> int:
    with sqlite3.connect(path) as db:
        return db.execute("PRAGMA user_version").fetchone()[0]


def test_a_store_of_version_3_goes_on(proxy, mock, run, old_store):
    before = hashes(old_store)
    rows = Store(old_store).exchanges()
    assert version(old_store) == 3 and len(rows) == 3
    relay = proxy(mock, sqlite=old_store)
    history = ["first", "You said: first", "second", texts(Store(old_store).chain(rows[1]["head_hash"]))[-1][1], "more"]
    relay.fetch(chat.turn(*history, model="m"))
    store = Store(old_store)
    row = store.wait_exchanges(4)[-1]
    chain = store.chain(row["head_hash"])
    assert [node["hash"] for node in chain[:4]] == [node["hash"] for node in store.chain(rows[1]["head_hash"])]
    assert version(old_store) == 4
    assert hashes(old_store)[:len(before)] == before
    assert row["mapping_version"] == 2 and len(row["digest"]) == 64
    for old, now in zip(rows, store.exchanges()):
        assert now["digest"] == "" and now["mapping_version"] == 1
        assert {key: now[key] for key in old} == old
    assert relay.stop() == 0
    code, out, _ = run("verify", "--sqlite", old_store)
    assert code == 0, out


def test_rederive_makes_a_store_of_version_3_anew(proxy, mock, run, old_store, workspace):
    before = hashes(old_store)
    anew = workspace / "anew.sqlite"
    code, _, err = run("rederive", "--sqlite", old_store, "--to", anew)
    assert code == 1 and "schema version 3" in err and "tapes serve" in err
    assert proxy(mock, sqlite=old_store).stop() == 0
    code, out, err = run("rederive", "--sqlite", old_store, "--to", anew)
    assert code == 0, out + err
    assert sorted(hashes(anew)) == sorted(before)
    for row in Store(anew).exchanges():
        assert row["mapping_version"] == 2 and len(row["digest"]) == 64
    code, out, _ = run("verify", "--sqlite", anew, "--json")
    assert code == 0 and json.loads(out), out
