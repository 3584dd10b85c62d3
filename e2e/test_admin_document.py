"""The routes that change something are in /openapi.json, and every status of theirs is met."""
import fcntl
import json
import os
import sqlite3
import struct

import pytest

from harness import chat
from harness.api import Api, assert_all_met
from harness.collector import Collector


@pytest.fixture
def relay(proxy, mock):
    """A proxy on a store with a dead letter, a cursor of nobody and a replay."""
    first = proxy(mock)
    first.fetch(chat.turn("hi"))
    first.store.wait_exchanges(1)
    assert first.stop() == 0
    with sqlite3.connect(first.store.path) as db:
        db.execute("INSERT INTO cursor(name, seq) VALUES('old', 0), ('other', 0)")
        db.execute("""INSERT INTO dead_letter(state, source, event_id, event_type, topic, reason, attempts, received_at,
                   last_at, changed_at, key, payload) VALUES('pending', 'x', 'e', 'tapes.node.v1', 't\u202e', 'no', 1, 1, 1,
                   1, X'00ff', X'7b7d')""")
    db.close()
    return proxy(mock)


def test_the_routes_that_change_something_answer_as_the_document_says(relay):
    api = Api(relay)

    def ask(method, path, status, body=None):
        got, _, told = api.ask(path, method=method, body=body if body is None else json.dumps(body).encode())
        assert got == status, (method, path, told)
        return told

    letters = "/v1/dead-letters"
    assert ask("GET", letters, 200)["dead_letters"][0]["key_base64"]
    ask("GET", letters + "?limit=0", 400)
    assert ask("GET", letters + "/1", 200)["payload"] == "{}"
    ask("GET", letters + "/9", 404)
    ask("GET", letters + "/%1b", 400)
    ask("GET", letters + "/stats", 200)
    assert ask("POST", letters + "/retry?topic=none", 200, {}) == {"scheduled": 0}
    ask("POST", letters + "/retry", 400, {})
    assert ask("POST", letters + "/discard?all=true&reason=test", 200, {})["discarded"] <= 1
    ask("POST", letters + "/discard?all=true", 400, {})

    assert {one["name"] for one in ask("GET", "/v1/cursors", 200)["cursors"]} == {"old", "other"}
    assert ask("PUT", "/v1/cursors/other", 200, {"seq": 1})["cursors"][0]["seq"] == 1
    ask("PUT", "/v1/cursors/other", 400, {"seq": 99})
    ask("PUT", "/v1/cursors/none", 404, {"seq": 0})
    assert ask("DELETE", "/v1/cursors/old", 200) == {"deleted": 1}
    ask("DELETE", "/v1/cursors/old", 404)

    wanted = {"choice": {"event_types": ["tapes.node.v1"]}, "to": "-", "batch": 10, "last_seq": 1}
    assert ask("PUT", "/v1/replays/r", 200, {"create": wanted})["name"] == "r"
    ask("PUT", "/v1/replays/r", 409, {"create": wanted})
    ask("PUT", "/v1/replays/none", 404, {"state": "paused"})
    ask("PUT", "/v1/replays/r", 400, {"create": {}})
    assert len(ask("GET", "/v1/replays", 200)["replays"]) == 1

    known = relay.store.nodes()[0]["hash"]
    assert ask("POST", "/v1/import/known", 200, {"hashes": [known, "a" * 64]}) == {"known": [True, False]}
    ask("POST", "/v1/import/known", 400, {"hashes": 1})
    assert ask("POST", "/v1/import/nodes", 200, {"announce": False, "nodes": []}) == {"added": 0}
    ask("POST", "/v1/import/nodes", 400, {"nodes": [{"hash": "a" * 64, "role": "user", "content": "[]"}]})
    assert ask("POST", "/v1/import/end", 200, {}) == {}

    partial = relay.store.path.parent / "b.partial"
    partial.touch(0o600)
    about = partial.stat()
    backup = {"file": str(partial), "device": about.st_dev, "inode": about.st_ino}
    ask("POST", "/v1/backups", 400, {"file": str(partial)})
    assert "nobody has it locked" in ask("POST", "/v1/backups", 409, backup)["detail"]
    assert "none that a backup has made" in ask("POST", "/v1/backups", 409, {**backup, "file": "/etc/passwd"})["detail"]
    with open(partial, "r+b") as file:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, 1 << 62, 1, 0))
        begun = f"/v1/backups/{ask('POST', '/v1/backups', 201, backup)['id']}"
        ask("POST", begun + "/steps", 400, {"pages": 0})
        assert not ask("POST", begun + "/steps", 200, {"pages": 1})["whole"]
        assert ask("DELETE", begun, 200) == {"deleted": 1}
        ask("DELETE", begun, 404)
        ask("POST", begun + "/steps", 404, {"pages": 1})

    order = {"pid": os.getpid(), "agent": "a", "project": "p",
             "upstreams": {"x": {"url": "http://127.0.0.1:1", "provider": "openai", "version_once": False}}}
    entrance = ask("POST", "/v1/entrances", 201, order)
    ask("POST", "/v1/entrances", 400, {"pid": "x"})
    assert ask("GET", f"/v1/entrances/{entrance['id']}", 200) == {"accepted": 0, "settled": 0, "turns": 0}
    ask("DELETE", f"/v1/entrances/{entrance['id']}", 200)
    ask("GET", f"/v1/entrances/{entrance['id']}", 404)
    ask("DELETE", f"/v1/entrances/{entrance['id']}", 404)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        ask("GET", path, 200)


def test_the_cursor_of_a_publisher_that_runs_is_not_deleted(proxy, mock, workspace):
    assert proxy(mock).stop() == 0
    configure_publisher_that_is_down(workspace)
    api = Api(proxy(mock))
    status, _, told = api.ask("/v1/cursors/down", method="DELETE")
    assert status == 409 and "publisher" in told["detail"]
    assert "down" in [one["name"] for one in api.get("/v1/cursors")["cursors"]]


def configure_publisher_that_is_down(workspace):
    with sqlite3.connect(workspace / "tapes.sqlite") as db:
        db.execute("INSERT INTO note(name, value) VALUES('kafka_reached:127.0.0.1:1/gone', '1')")
    db.close()
    (workspace / "config").mkdir(exist_ok=True)
    (workspace / "config" / "config.toml").write_text(
        '[[publisher]]\nname = "down"\nbrokers = "127.0.0.1:1"\ntopic = "gone"\n')


@pytest.fixture
def central(proxy, mock, binary, workspace, started, kafka, topic):
    """A collector on a store in which two nodes wait for their parents."""
    directory = workspace / "central"
    directory.mkdir()
    first = proxy(mock, directory=directory)
    assert first.stop() == 0
    with sqlite3.connect(first.store.path) as db:
        for id, problem in ((1, None), (2, "the parent\u202e is another's")):
            db.execute("""INSERT INTO orphan(hash, parent, root, role, model, provider, agent, project, stop_reason,
                       created_at, source, topic, partition, "offset", at, problem, content)
                       VALUES(?, zeroblob(32), zeroblob(32), 'user', 'm', 'openai', 'a', 'p', '', 1, 's\u001b', 't', 0,
                       ?, 1, ?, '[]')""", (bytes([id] * 32), id, problem))
    db.close()
    started.append(Collector(binary, directory, kafka, topic, store=first.store.path.name))
    return started[-1]


@pytest.mark.kafka
def test_orphans_are_told_as_the_document_says(central):
    api = Api(central)
    whole = api.get("/v1/orphans")
    assert (whole["total"], whole["missing"], [one["id"] for one in whole["orphans"]]) == (2, 1, [1, 2])
    assert whole["orphans"][1]["problem"] == "the parent\u202e is another's" and "problem" not in whole["orphans"][0]
    assert [one["id"] for one in api.get("/v1/orphans?after=1&limit=1")["orphans"]] == [2]
    for wrong in ("limit=0", "limit=10001", "limit=x", "after=x", "after=", "limit=-1"):
        api.get(f"/v1/orphans?{wrong}", status=400)


def test_the_routes_by_which_a_browser_comes_to_read_answer_as_the_document_says(relay):
    api = Api(relay)

    def enter(status, body):
        got, _, told = api.ask("/v1/browser/session", "POST", json.dumps(body).encode(), Authorization=None)
        assert got == status, told

    _, _, made = api.ask("/v1/browser/codes", "POST", b"")
    enter(400, {"key": made["code"]})
    enter(200, {"code": made["code"]})
    for _ in range(32):
        enter(403, {"code": made["code"]})
    enter(429, {"code": made["code"]})
    assert api.ask("/v1/browser/session", "DELETE")[0] == 200


@pytest.mark.kafka
def test_zz_every_status_of_these_routes_is_met_by_the_tests_above(relay, central, request):
    assert_all_met(request, Api(relay).document, Api(central).document)
