"""`tapes import` takes HAR files and lines of JSON: the nodes are those that recording gives."""
import base64
import gzip
import hashlib
import json
import pathlib
import sqlite3
import subprocess
import time

import pytest

from harness import chat
from harness.store import Store
from harness.wire import Answering, wait_until

QUESTION = json.loads(chat.request_body("hi", stream=True))
EVENTS = b"".join(chat.stream_events("Hel", "lo."))


@pytest.fixture
def recorded(proxy, upstream, workspace):
    """The hashes that the proxy gives for a streamed and a second, one-shot turn."""
    directory = workspace / "recorded"
    directory.mkdir()
    answers = Answering(chat.answer(EVENTS, content_type=b"text/event-stream"), chat.answer(chat.completion("Bye.")))
    process = proxy(upstream(answers), directory=directory)
    process.fetch(chat.turn("hi", stream=True))
    process.fetch(chat.turn("hi", "Hello.", "bye"))
    process.store.wait_exchanges(2)
    return {node["hash"] for node in process.store.nodes()}


def entry(body, answer, method="POST", status=200, started="2026-01-31T12:00:00.5Z", path="/v1/chat/completions",
          type_="application/json", **content):
    return {"startedDateTime": started, "time": 250.0, "cache": {},
            "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": 200, "receive": 50},
            "request": {"method": method, "url": f"https://user:pw@api.openai.com{path}", "httpVersion": "HTTP/2.0",
                        "headers": [{"name": ":authority", "value": "api.openai.com"},
                                    {"name": "authorization", "value": "Bearer sk-secret-0123456789abcdef"}],
                        "cookies": [], "queryString": [], "headersSize": -1, "bodySize": -1,
                        "postData": {"mimeType": "application/json", "text": json.dumps(body)}},
            "response": {"status": status, "statusText": "OK", "httpVersion": "HTTP/2.0", "cookies": [],
                         "headers": [{"name": "content-type", "value": type_},
                                     {"name": "content-encoding", "value": "br"}],
                         "redirectURL": "", "headersSize": -1, "bodySize": -1,
                         "content": {"size": -1, "mimeType": type_, "text": answer, **content}}}


def har(*entries):
    return {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "pages": [], "entries": list(entries)}}


def two_turns():
    """As Chromium writes them, then as mitmproxy and Charles do."""
    second = json.loads(chat.request_body("hi", "Hello.", "bye"))
    return [entry(QUESTION, EVENTS.decode(), type_="text/event-stream"),
            entry(second, base64.b64encode(chat.completion("Bye.")).decode(), encoding="base64",
                  started="2026-01-31T13:00:01+01:00")]


def nodes(store):
    return {node["hash"] for node in store.nodes()}


@pytest.mark.parametrize("running", [False, True])
def test_what_has_no_time_gets_that_of_the_import_and_is_known_again(run, proxy, mock, workspace, running):
    path = workspace / "lines.jsonl"
    path.write_text("".join(json.dumps({"request": json.loads(chat.request_body(text)),
                                        "response": json.loads(chat.completion(text))}) + "\n" for text in ("one", "two", "one")))
    store = proxy(mock).store if running else Store(workspace / "tapes.sqlite")
    code, out, error = run("import", path, "--sqlite", store.path)
    assert (code, error) == (0, "") and "imported 2 turns" in out, out
    before = {row["id"]: row["started_at"] for row in store.exchanges()}
    assert len(before) == 2
    for name, started in before.items():
        assert not name.startswith("00000000") and name[14] == "7"
        assert abs(int(name.replace("-", "")[:12], 16) / 1000 - time.time()) < 60 and started[:2] == "20"
        code, out, error = run("show", name, "--sqlite", store.path)
        assert code == 0 and ("one" in out or "two" in out), error
    time.sleep(0.01)
    code, out, error = run("import", path, "--sqlite", store.path)
    assert (code, error) == (0, "") and "imported 0 turns" in out, out
    assert {row["id"]: row["started_at"] for row in store.exchanges()} == before


@pytest.mark.parametrize("running", [False, True])
def test_a_har_file_gives_the_hashes_that_recording_gives(run, proxy, mock, recorded, workspace, running):
    path = workspace / "traffic.har"
    others = [entry({}, "", method="GET", path="/v1/models"), entry({"input": "x"}, "{}", path="/v1/embeddings"),
              entry(QUESTION, '{"error":{}}', status=429)]
    path.write_text("\ufeff" + json.dumps(har(*others, *two_turns()), indent=1))
    if running:
        process = proxy(mock)
        store, arguments = process.store, ["--config-dir", process.directory / "config"]
    else:
        store, arguments = Store(workspace / "tapes.sqlite"), []
    arguments += ["--sqlite", store.path]
    code, out, error = run("import", path, *arguments)
    assert (code, error) == (0, ""), error
    assert "imported 2 turns" in out and "no answer of 2xx: 1" in out and "no turn of a known API: 1" in out
    assert nodes(store) == recorded
    first, second = store.exchanges()
    assert {first["peer"], second["peer"]} == {"import"}
    assert first["started_at"] == "2026-01-31T12:00:00.500000Z" and second["started_at"].startswith("2026-01-31T12:00:01")
    assert first["first_byte_at"].endswith("00.700000Z") and first["ended_at"].endswith("00.750000Z")
    assert first["upstream"] == "https://api.openai.com" and first["streamed"] == 1
    heads = "".join(row["request_head"] for row in store.rows("SELECT request_head FROM wire"))
    assert "sk-secret" not in heads and "redacted:" in heads
    code, out, _ = run("import", path, *arguments)
    assert code == 0 and "imported 0 turns" in out and "2 were there already" in out
    assert len(store.exchanges()) == 2
    code, out, _ = run("verify", "--sqlite", store.path)
    assert code == 0, out


def test_lines_of_other_tools_give_the_hashes_that_recording_gives(run, recorded, workspace):
    second = json.loads(chat.request_body("hi", "Hello.", "bye"))
    bye = json.loads(chat.completion("Bye."))
    plain = {key: value for key, value in second.items() if key not in ("model", "messages")}
    forms = {
        "plain": {"request": second, "response": bye},
        "litellm": {"id": "1", "call_type": "acompletion", "status": "success", "model": second["model"],
                    "messages": second["messages"], "model_parameters": plain, "response": bye,
                    "startTime": 1769860801.0, "endTime": 1769860802.5},
        "helicone": {"request_id": "1", "request_path": "https://api.openai.com/v1/chat/completions",
                     "request_body": second, "response_body": bye, "response_status": 200,
                     "request_created_at": "2026-01-31 12:00:01", "response_created_at": "2026-01-31 12:00:02.5"},
        "stored": {**bye, "messages": second["messages"]},
    }
    for name, line in forms.items():
        path = workspace / f"{name}.jsonl"
        first = {"provider": "openai", "request": QUESTION, "response": EVENTS.decode()}
        path.write_text(json.dumps(first) + "\n\n" + json.dumps(line) + "\n")
        store = workspace / f"{name}.sqlite"
        code, out, error = run("import", path, "--sqlite", store)
        assert (code, error) == (0, "") and "imported 2 turns" in out, (name, out, error)
        assert nodes(Store(store)) == recorded, name


def test_what_is_wrong_is_named_with_file_and_place_and_the_rest_is_taken(run, workspace):
    path = workspace / "bad.jsonl"
    good = json.dumps({"request": json.loads(chat.request_body("hi")), "response": json.loads(chat.completion("x"))})
    lines = ["{", good, "[1]", '{"a":1}', json.dumps({"provider": "openai", "request": {"messages": []}, "response": {}}),
             '{"request":' * 1000, "[" * 100_000 + "]" * 100_000, '{"object":"chat.completion"}',
             good.replace('"x"', '"\\ud800"')]
    path.write_text("\n".join(lines))
    code, out, error = run("import", path, "--sqlite", workspace / "tapes.sqlite")
    assert code == 1 and "imported 2 turns" in out, (out, error)
    for line, reason in ((1, "no JSON object"), (3, "no JSON object"), (4, "`request` and `response`"), (5, "the response maps to"),
                         (6, "no JSON object"), (7, "no JSON object")):
        assert f"bad.jsonl, line {line}: " in error and reason in error, error
    assert "a stored completion without its messages: 1" in out
    for text, reason in (("<html>", "no HAR file"), ("", "no HAR file"), ('{"log":{}}', "no log with entries")):
        path.write_text(text)
        code, _, error = run("import", path, "--sqlite", workspace / "tapes.sqlite")
        assert code == 1 and reason in error and "bad.jsonl" in error
    path.write_text('{"log":{"entries":[{},' + json.dumps(two_turns()[0]))
    code, out, error = run("import", path, "--sqlite", workspace / "other.sqlite")
    assert code == 1 and "entry 1: it has no `request`" in error and "breaks off" in error, error
    assert run("import", workspace / "none.har")[0] == 1


def test_a_large_file_takes_no_memory_of_its_size(run, workspace, binary):
    path = workspace / "large.har"
    with open(path, "w") as file:
        file.write('{"log":{"entries":[')
        filler = json.dumps(entry({}, "x" * (4 << 20), path="/v1/other"))
        for i in range(16):
            file.write(("," if i else "") + filler)
        file.write("," + json.dumps(two_turns()[0]) + "]}}")
    child = subprocess.Popen([binary, "import", path, "--sqlite", workspace / "tapes.sqlite"], stdout=subprocess.PIPE,
                             env={"HOME": str(workspace)})
    peak = 0
    while child.poll() is None:  # its own peak: what wait4 tells begins with that of the process that forked
        status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
        peak = max(peak, *(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)
    out = child.stdout.read()
    child.stdout.close()
    assert child.returncode == 0 and b"imported 1 turn " in out
    assert 1 << 20 < peak < 96 << 20 and path.stat().st_size > 64 << 20


def test_provider_and_agent_are_what_entries_do_not_say(run, workspace):
    path = workspace / "one.jsonl"
    path.write_text(json.dumps({"request": json.loads(chat.request_body("hi")), "response": json.loads(chat.completion("x"))}))
    code, _, error = run("import", path, "--sqlite", workspace / "tapes.sqlite", "--provider", "openai", "--agent", "mine")
    assert code == 0, error
    assert {node["agent_name"] for node in Store(workspace / "tapes.sqlite").nodes()} == {"mine"}


def test_bodies_that_still_have_their_coding_are_undone(run, recorded, workspace):
    one = two_turns()[0]
    one["response"]["content"].update(text=base64.b64encode(gzip.compress(EVENTS)).decode(), encoding="base64")
    one["response"]["headers"][1]["value"] = "gzip"
    path = workspace / "coded.har"
    path.write_text(json.dumps(har(one)))
    code, out, error = run("import", path, "--sqlite", workspace / "tapes.sqlite")
    assert code == 0 and "imported 1 turn " in out, error
    assert nodes(Store(workspace / "tapes.sqlite")) < recorded


def test_a_v04_store_gives_the_hashes_that_recording_gives(run, recorded, workspace):
    """Hashes as the reference makes them: SHA-256 of the canonical JSON, with `is_error` in each block."""
    path, parent = workspace / "old.db", ""
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket, type TEXT, role TEXT, content, model TEXT, provider TEXT,"
                " agent_name TEXT, stop_reason TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,"
                " cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER, total_duration_ns INTEGER,"
                " prompt_duration_ns INTEGER, project TEXT, created_at DATETIME, parent_hash TEXT REFERENCES nodes(hash))")
    for role, text in (("user", "hi"), ("assistant", "Hello."), ("user", "bye"), ("assistant", "Bye.")):
        bucket = {"type": "message", "role": role, "content": [{"type": "text", "text": text}], "model": "gpt-4o",
                  "provider": "openai"}
        hashed = {**bucket, "content": [{**block, "is_error": False} for block in bucket["content"]]}
        form = json.dumps({"parent": parent, "content": hashed}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        hash_ = hashlib.sha256(form.encode()).hexdigest()
        old.execute("INSERT INTO nodes(hash, parent_hash, bucket, type, role, content, model, provider, created_at)"
                    " VALUES(?,?,?,'message',?,?,'gpt-4o','openai','2026-01-31 12:00:00')",
                    (hash_, parent or None, json.dumps(bucket), role, json.dumps(bucket["content"])))
        parent = hash_
    old.commit()
    old.close()
    code, out, error = run("import", path, "--sqlite", workspace / "tapes.sqlite")
    assert code == 0 and "imported 4 nodes" in out, error
    assert nodes(Store(workspace / "tapes.sqlite")) == recorded


def test_an_import_that_is_killed_is_finished_by_the_next(run, binary, workspace):
    path = workspace / "many.jsonl"
    with open(path, "w") as file:
        for i in range(3000):
            file.write(json.dumps({"request": json.loads(chat.request_body(f"question {i}")),
                                   "response": json.loads(chat.completion(f"answer {i}"))}) + "\n")
    store = workspace / "tapes.sqlite"
    child = subprocess.Popen([binary, "import", path, "--sqlite", store], env={"HOME": str(workspace)})

    def some():
        try:
            return len(Store(store).exchanges()) > 100
        except sqlite3.Error:
            return False
    wait_until(some, 60, "a part of the import")
    child.kill()
    child.wait()
    code, out, error = run("import", path, "--sqlite", store, timeout=120)
    assert code == 0 and "were there already" in out, error
    assert len(Store(store).exchanges()) == 3000
