"""Turns that did not pass the proxy come in by POST /v1/ingest, and are what recording them would have made."""
import contextlib
import gzip
import http.client
import json
import threading
import urllib.error
import urllib.request

import pytest

from harness import chat
from harness.api import Api, assert_all_met
from harness.store import Store
from harness.wire import Answering, wait_until

ROUTES = ("/v1/ingest", "/v1/ingest/batch")


def turn(*texts, answer="Hello.", provider="openai", **more):
    return {"provider": provider, "request": json.loads(chat.request_body(*texts)),
            "response": json.loads(chat.completion(answer)), **more}


def hashes(store):
    return {node["hash"] for node in store.nodes()}


@pytest.fixture
def api(proxy, mock):
    return Api(proxy(mock))


def post(api, path, body, status, **fields):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    got, head, told = api.ask(path, method="POST", body=raw, **fields)
    assert got == status, told
    return told


def test_what_is_ingested_has_the_hashes_that_recording_gives(proxy, upstream, api, workspace):
    other = workspace / "other"
    other.mkdir()
    scripted = upstream(Answering(chat.answer(chat.completion("Hello."))))
    relayed = proxy(scripted, directory=other)
    relayed.fetch(chat.turn("hi", fields=b"X-Tapes-Agent-Name: tester\r\n"))
    relayed.store.wait_exchanges(1)
    told = post(api, "/v1/ingest", turn("hi", agent_name="tester"), 202)
    store = api.process.store
    assert hashes(store) == hashes(relayed.store)
    assert told["hash"] == store.exchanges()[0]["head_hash"] and told["known"] is False
    assert [one["peer"] for one in store.exchanges()] == ["ingest"]
    assert store.exchanges()[0]["id"] == told["id"]


def test_what_is_answered_with_202_survives_a_kill(proxy, mock):
    process = proxy(mock)
    api = Api(process)
    taken = []

    def send():
        try:
            for i in range(10_000):
                taken.append(post(api, "/v1/ingest", turn(f"question {i}", answer=f"answer {i}"), 202)["hash"])
        except Exception:  # the process is killed in the middle
            pass
    sender = threading.Thread(target=send)
    sender.start()
    wait_until(lambda: len(taken) > 30, 20, "some turns")
    process.kill()
    sender.join()
    again = proxy(mock)
    assert set(taken) <= hashes(again.store)


def test_an_id_is_of_one_exchange(api):
    one = turn("hi", id="01976a5c-7932-75a5-9dd4-a4655e9c1ecf")
    assert post(api, "/v1/ingest", one, 202)["known"] is False
    assert post(api, "/v1/ingest", one, 202)["known"] is True
    other = turn("hi", answer="Another answer.", id=one["id"])
    assert f"id: {one['id']} was taken before" in post(api, "/v1/ingest", other, 400)["detail"]
    told = post(api, "/v1/ingest/batch", {"turns": [one, other, turn("more")]}, 202)
    assert [item and item["known"] for item in told["turns"]] == [True, None, False]
    assert "was taken before" in told["refused"][0]["error"] and told["refused"][0]["again"] is False
    assert len(api.process.store.exchanges()) == 2


def test_each_status_is_met_and_says_what_would_be_right(api):
    for path in ROUTES:
        body = turn("hi") if path == ROUTES[0] else {"turns": [turn("hi")]}
        status, _, told = api.ask(path, method="POST", body=json.dumps(body).encode(), **{"Content-Type": "text/plain"})
        assert status == 415 and "application/json" in told["detail"]
        post(api, path, body, 202, **{"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "identity"})
        assert "gzip" in post(api, path, gzip.compress(json.dumps(body).encode()), 415, **{"Content-Encoding": "gzip"})["detail"]
        for wrong in (b"{", b"null", b"1", b'"x"'):
            assert "the body is no JSON object" in post(api, path, wrong, 400)["detail"]
        post(api, path, {}, 400)
    for change, part in (({"provider": "x"}, 'unknown provider type: "x" (supported: ['),
                         ({"request": 1}, "`request`"), ({"response": None}, "`response`"),
                         ({"agent_name": 1}, "`agent_name` must be a string"), ({"id": "1"}, "UUID"),
                         ({"started_at": "yesterday"}, "RFC 3339"), ({"status": "ok"}, "`status`"),
                         ({"project": "a\u0000b"}, "control characters"), ({"request": {"model": "m"}}, "`messages`"),
                         ({"source": "proxy"}, "`source`")):
        assert part in post(api, "/v1/ingest", {**turn("hi"), **change}, 400)["detail"]
    for change, part in (({"response": {}}, "the response maps to no answer of openai_chat"),
                         ({"response": "data: x\n\n"}, "the response"),
                         ({"status": 500}, "500"), ({"path": "/v1/models"}, "/v1/chat/completions")):
        assert part in post(api, "/v1/ingest", {**turn("hi"), **change}, 422)["detail"]
    told = post(api, "/v1/ingest/batch", {"turns": [{**turn("hi"), "response": {}}]}, 422)
    assert told["refused"][0]["index"] == 0
    for path in ROUTES:  # refused by its head: the body is not read
        asked = http.client.HTTPConnection("127.0.0.1", api.process.admin_port, timeout=10)
        asked.putrequest("POST", path)
        for name, value in (("Authorization", f"Bearer {api.process.token()}"), ("Content-Type", "application/json"),
                            ("Content-Length", str(65 << 20))):
            asked.putheader(name, value)
        asked.endheaders()
        assert asked.getresponse().status == 413
        asked.close()
    assert {one["peer"] for one in api.process.store.exchanges()} == {"ingest"}


def test_a_batch_says_which_turns_are_refused_and_commits_the_others(api):
    first = turn("one", answer="first")
    second = {"provider": "openai", "request": {"model": "gpt-4o", "messages": [
        {"role": "user", "content": "one"}, {"role": "assistant", "content": "first"},
        {"role": "user", "content": "two"}]},
        "response": b"".join(chat.stream_events("sec", "ond")).decode(), "started_at": "2026-01-31T12:00:00Z",
        "project": "elsewhere", "session": "s1"}
    told = post(api, "/v1/ingest/batch", {"turns": [first, {**first, "response": {}}, {"provider": "openai"}, second]}, 202)
    assert told["accepted"] == 2 and told["known"] == 0
    assert [one is None for one in told["turns"]] == [False, True, True, False]
    assert [one["index"] for one in told["refused"]] == [1, 2]
    store = api.process.store
    assert len([one for one in store.nodes() if one["parent_hash"] is None]) == 1
    last = next(one for one in store.exchanges() if one["head_hash"] == told["turns"][3]["hash"])
    assert (last["project"], last["session"], last["streamed"]) == ("elsewhere", "s1", 1)
    assert last["started_at"].startswith("2026-01-31T12:00:00")
    many = {"turns": [{"provider": "openai"}] * 1001}
    assert "1000" in post(api, "/v1/ingest/batch", many, 400)["detail"]
    assert post(api, "/v1/ingest/batch", {"turns": []}, 202)["accepted"] == 0


def test_a_repeat_with_an_id_is_one_exchange(api):
    body = turn("hi", id="0190aaaa-0000-7000-8000-000000000001")
    first = post(api, "/v1/ingest", body, 202)
    again = post(api, "/v1/ingest", body, 202)
    assert first == {**again, "known": False} and again["known"]
    assert len(api.process.store.exchanges()) == 1


def test_each_api_is_taken(api):
    anthropic = {"provider": "anthropic", "request": {
        "model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
        "response": {"id": "m", "type": "message", "role": "assistant", "model": "claude",
                     "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn",
                     "usage": {"input_tokens": 1, "output_tokens": 2}}}
    ollama = {"provider": "ollama", "request": {"model": "llama", "messages": [{"role": "user", "content": "hi"}]},
              "response": '{"model":"llama","message":{"role":"assistant","content":"Hel"},"done":false}\n'
                          '{"model":"llama","message":{"role":"assistant","content":"lo."},"done":true}\n'}
    responses = {"provider": "openai", "request": {"model": "gpt", "input": "hi"}, "response": {
        "id": "r", "object": "response", "status": "completed", "model": "gpt", "output": [
            {"type": "message", "id": "m", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "Hello.", "annotations": []}]}]}}
    for one in (anthropic, ollama, responses):
        told = post(api, "/v1/ingest", one, 202)
        node = api.process.store.node(told["hash"])
        assert [block["text"] for block in node["content"]] == ["Hello."], node
    assert [one["api"] for one in api.process.store.exchanges()] == [
        "anthropic_messages", "ollama_chat", "openai_responses"]


CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]
GEMINI = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP"}],
          "modelVersion": "gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2}}
CONVERSE = {"output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}}, "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}
SAID = [{"role": "user", "content": [{"text": "hi"}]}]


@pytest.mark.parametrize("given, path, api_name, model", [
    ({"provider": "gemini", "request": {"contents": CONTENTS}, "response": GEMINI},
     "/v1beta/models/gemini-2.5-pro:generateContent", "gemini", "gemini-2.5-pro"),
    ({"request": {"contents": CONTENTS}, "response": GEMINI, "model": "gemini-x"},
     "/v1beta/models/gemini-x:generateContent", "gemini", "gemini-x"),
    ({"provider": "gemini", "request": {"contents": CONTENTS, "model": "models/gemini-y"}, "response":
      f"data: {json.dumps(GEMINI)}\r\n\r\n"}, "/v1beta/models/gemini-y:streamGenerateContent", "gemini", "gemini-y"),
    ({"provider": "bedrock", "request": {"messages": SAID}, "response": CONVERSE, "model": "anthropic.claude-3:0"},
     "/model/anthropic.claude-3%3A0/converse", "bedrock_converse", "anthropic.claude-3:0"),
    ({"request": {"messages": SAID}, "response": CONVERSE, "model": "m"}, "/model/m/converse", "bedrock_converse", "m"),
    ({"provider": "azure", **{k: v for k, v in turn("hi").items() if k != "provider"}}, "/openai/v1/chat/completions",
     "openai_chat", "gpt-4o"),
    ({**turn("hi"), "api": "openai_chat"}, "/v1/chat/completions", "openai_chat", "gpt-4o"),
])
def test_the_path_follows_from_provider_or_api_and_the_model(api, given, path, api_name, model):
    told = post(api, "/v1/ingest", given, 202)
    [row] = api.process.store.exchanges()
    assert (row["path"], row["api"], row["model"]) == (path, api_name, model)
    assert [block["text"] for block in api.process.store.node(told["hash"])["content"]] == ["Hello."]


def test_a_path_that_cannot_be_told_is_asked_for(api):
    for given, part in (({"provider": "bedrock", "request": {"messages": SAID}, "response": CONVERSE}, "give it as `model`"),
                        ({"provider": "gemini", "request": {"x": 1}, "response": GEMINI}, "`contents`"),
                        ({**turn("hi"), "api": "x"}, "unknown API: \"x\""), ({**turn("hi"), "model": 1}, "`model`"),
                        ({**turn("hi"), "api": "gemini"}, "which API of openai")):
        assert part in post(api, "/v1/ingest", given, 400)["detail"]


def test_what_did_not_pass_the_proxy_is_marked_where_one_looks(api, run, workspace):
    api.process.fetch(chat.turn("relayed"))
    told = post(api, "/v1/ingest", turn("hi"), 202)
    lines = workspace / "lines.jsonl"
    lines.write_text(json.dumps(turn("imported")))
    store = api.process.store
    assert run("import", lines, "--sqlite", store.path)[0] == 0
    store.wait_exchanges(3)
    listed = {one["seq"]: one.get("source") for one in api.get("/v1/exchanges")["exchanges"]}
    assert listed == {1: None, 2: "ingest", 3: "import"}
    assert api.get(f"/v1/exchanges/{told['id']}")["source"] == "ingest"
    code, out, _ = run("exchange", "list", "--sqlite", store.path)
    assert code == 0 and ["by ingest" in line or "by import" in line for line in out.splitlines()] == [True, True, False]
    code, _, err = run("exchange", "show", told["id"], "--sqlite", store.path)
    assert code == 0 and f"exchange {told['id']} did not pass the proxy: it came by ingest" in err
    assert "did not pass" not in run("exchange", "show", "1", "--sqlite", store.path)[2]


def test_no_token_no_ingest(api):
    for path in ROUTES:
        request = urllib.request.Request(f"http://127.0.0.1:{api.process.admin_port}{path}", b"{}", method="POST",
                                         headers={"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 401


def test_while_the_store_cannot_commit_nothing_is_promised(api):
    process = api.process
    post(api, "/v1/ingest", turn("before"), 202)
    moved = process.store.path.with_suffix(".moved")
    process.store.path.rename(moved)
    try:
        wait_until(lambda: json.loads(process.ask("/readyz")[2])["ready"] is False, 10, "the loss to be noticed")
        for path in ROUTES:
            body = turn(f"meanwhile {path}")
            told = post(api, path, body if path == ROUTES[0] else {"turns": [body]}, 503)
            assert "again" in told["detail"]
    finally:
        moved.rename(process.store.path)
    wait_until(lambda: json.loads(process.ask("/readyz")[2])["ready"], 20, "the store to be back")
    post(api, "/v1/ingest", turn("after"), 202)


@pytest.mark.kafka
def test_what_is_ingested_is_published(proxy, mock, kafka, topic):
    relay = proxy(mock, extra=("--publisher", "kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic))
    told = post(Api(relay), "/v1/ingest", turn("hi"), 202)
    events = kafka.read(topic, lambda found: len(found) >= 2, quiet=0.5)
    assert {event.id for event in events} == hashes(relay.store) and told["hash"] in hashes(relay.store)


def test_what_is_ingested_can_be_made_again_and_verified(api, run, workspace):
    streamed = b"".join(chat.stream_events("Hel", "lo.")).decode()
    post(api, "/v1/ingest/batch", {"turns": [turn("hi"), {**turn("you"), "response": streamed}]}, 202)
    store = api.process.store
    assert api.process.stop() == 0
    assert run("verify", "--sqlite", store.path)[0] == 0
    code, out, error = run("rederive", "--sqlite", store.path, "--to", workspace / "again.sqlite")
    assert code == 0, (out, error)
    assert hashes(Store(workspace / "again.sqlite")) == hashes(store)


def test_an_import_beside_large_bodies_of_others_waits_for_its_turn(api, run, workspace):
    """One large body is read at a time: the command sends its own again."""
    stop = threading.Event()
    large = json.dumps(turn("x" * (3 << 20))).encode()

    def disturb():
        while not stop.wait(0.3):
            with contextlib.suppress(urllib.error.URLError):  # it may be refused before all of it was sent
                api.process.ask("/v1/ingest", 30, "POST", large, **{"Content-Type": "application/json"})
    other = threading.Thread(target=disturb)
    other.start()
    try:
        path = workspace / "large.jsonl"
        path.write_text("".join(json.dumps(turn(f"{i} " + "y" * (2 << 20))) + "\n" for i in range(12)))
        process = api.process
        code, out, error = run("import", path, "--sqlite", process.store.path, timeout=100)
        assert code == 0 and "imported 12 turns" in out, error
    finally:
        stop.set()
        other.join()


def test_all_statuses_are_met(request, api):
    assert_all_met(request, api.document)
