"""A store of an earlier version is brought up to date when it is opened, and loses nothing.

data/store-version-3.sqlite.gz: three turns that the last build with schema version 3 recorded from `tapes serve mock`
(a question, the same conversation going on as a stream, and one over Responses). data/store-version-4.sqlite.gz: the same
by the last build with schema version 4, and a request that is no turn. data/store-version-5.sqlite.gz: as that of version
4, by the last build with schema version 5. data/store-version-6.sqlite.gz: as that of version 5, by the last build with
schema version 6."""
import gzip
import json
import pathlib
import sqlite3

import pytest

from harness import chat
from harness.store import Store, texts

DATA = pathlib.Path(__file__).parent / "data"
NOW = 7


def unpacked(workspace, number):
    path = workspace / "old" / "tapes.sqlite"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(gzip.decompress((DATA / f"store-version-{number}.sqlite.gz").read_bytes()))
    path.chmod(0o600)
    return path


@pytest.fixture
def old_store(workspace):
    return unpacked(workspace, 3)


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
    assert version(old_store) == NOW
    assert hashes(old_store)[:len(before)] == before
    assert row["mapping_version"] == 3 and len(row["digest"]) == 64
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
        assert row["mapping_version"] == 3 and len(row["digest"]) == 64
    code, out, _ = run("verify", "--sqlite", anew, "--json")
    assert code == 0 and json.loads(out), out


def test_a_store_of_version_4_goes_on_and_its_digests_hold(proxy, mock, run, workspace):
    path = unpacked(workspace, 4)
    rows = Store(path).exchanges()
    assert version(path) == 4 and len(rows) == 4 and all(len(row["digest"]) == 64 for row in rows)
    relay = proxy(mock, sqlite=path, settings={"proxy.clients": "alice=0123456789abcdef"})
    relay.fetch(chat.turn("new", model="m", fields=b"X-Tapes-Token: 0123456789abcdef\r\n"))
    now = Store(path).wait_exchanges(5)
    assert version(path) == NOW
    for old, row in zip(rows, now):
        assert row["caller"] is None and {key: row[key] for key in old} == old, "digests and all"
    assert now[-1]["caller"] == "alice" and now[-1]["digest"] != ""
    assert relay.stop() == 0
    code, out, _ = run("verify", "--sqlite", path)
    assert code == 0, out
    # The digest covers the column: another name, none, or one where there was none.
    for change, seq in (("(SELECT id FROM string WHERE value = 'POST')", 5), ("NULL", 5),
                        ("(SELECT id FROM string WHERE value = 'alice')", 1)):
        with sqlite3.connect(path) as db:
            kept = db.execute("SELECT caller FROM exchange WHERE id = ?", [seq]).fetchone()[0]
            db.execute(f"UPDATE exchange SET caller = {change} WHERE id = ?", [seq])
        code, out, _ = run("verify", "--sqlite", path)
        assert code == 1 and f"exchange {seq}" in out, out
        with sqlite3.connect(path) as db:
            db.execute("UPDATE exchange SET caller = ? WHERE id = ?", [kept, seq])
    code, out, _ = run("rederive", "--sqlite", path, "--to", workspace / "anew.sqlite")
    assert code == 0, out
    assert [row["caller"] for row in Store(workspace / "anew.sqlite").exchanges()] == [None] * 4 + ["alice"]


def test_a_store_of_version_5_goes_on_and_its_answers_are_known(proxy, mock, run, workspace):
    path = unpacked(workspace, 5)
    rows = Store(path).exchanges()
    assert version(path) == 5 and len(rows) == 4 and all(len(row["digest"]) == 64 for row in rows)
    code, _, err = run("log", "--sqlite", path)
    assert code == 1 and "schema version 5" in err and "tapes serve" in err, err
    relay = proxy(mock, sqlite=path)
    known = rows[2]["response_id"]
    head = b"Host: proxy.test\r\nContent-Length: 0\r\n\r\n"
    relay.fetch(b"DELETE /v1/responses/" + known.encode() + b" HTTP/1.1\r\n" + head)
    relay.fetch(chat.post(chat.dumps({"model": "m", "input": "more", "previous_response_id": known}),
                          path=b"/v1/responses"))
    now = Store(path).wait_exchanges(6)
    assert version(path) == NOW
    for old, row in zip(rows, now):
        assert row["answer_of"] is None and {key: row[key] for key in old} == old, "digests and all"
    assert now[4]["drop_reason"] == "upstream_status", "the mock has not kept it"
    assert texts(Store(path).chain(now[5]["head_hash"]))[0] == ("user", "hello")
    assert relay.stop() == 0
    code, out, _ = run("verify", "--sqlite", path)
    assert code == 0, out
    code, out, _ = run("rederive", "--sqlite", path, "--to", workspace / "anew.sqlite")
    assert code == 0, out


def test_a_store_of_version_6_goes_on_and_its_waiting_is_told_apart(proxy, mock, run, workspace):
    path = unpacked(workspace, 6)
    rows = Store(path).exchanges()
    assert version(path) == 6 and len(rows) == 4 and all(len(row["digest"]) == 64 for row in rows)
    relay = proxy(mock, sqlite=path)
    relay.fetch(chat.turn("new", model="m"))
    now = Store(path).wait_exchanges(5)
    assert version(path) == NOW
    for old, row in zip(rows, now):
        assert row["connected_at"] is None and row["sent_at"] is None
        assert {key: row[key] for key in old} == old, "digests and all"
    times = [now[4][name] for name in ("started_at", "connected_at", "sent_at", "first_byte_at", "ended_at", "committed_at")]
    assert None not in times and times == sorted(times)
    assert relay.stop() == 0
    code, out, _ = run("verify", "--sqlite", path)
    assert code == 0, out
    # The digest covers both columns.
    for change in ("connected_at = NULL", "sent_at = sent_at + 1"):
        with sqlite3.connect(path) as db:
            kept = db.execute("SELECT connected_at, sent_at FROM exchange WHERE id = 5").fetchone()
            db.execute(f"UPDATE exchange SET {change} WHERE id = 5")
        code, out, _ = run("verify", "--sqlite", path)
        assert code == 1 and "exchange 5" in out, out
        with sqlite3.connect(path) as db:
            db.execute("UPDATE exchange SET connected_at = ?, sent_at = ? WHERE id = 5", kept)
    code, out, _ = run("rederive", "--sqlite", path, "--to", workspace / "anew.sqlite")
    assert code == 0, out
    again = Store(workspace / "anew.sqlite").exchanges()
    assert [row["sent_at"] for row in again] == [None] * 4 + [now[4]["sent_at"]]
