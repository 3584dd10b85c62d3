"""`tapes serve api`: the read API alone, and the routes of tapes v0.4."""
import json
import pathlib
import re
import stat
import urllib.request

import pytest

from harness import chat
from harness.api import Api, assert_all_met, wait_catalogue
from harness.process import Process, Proxy
from harness.store import Store
from harness.wire import Answering

API_LINE = re.compile(r"api listening on http://(\S+):(\d+)")


class ApiServer(Process):
    """One `tapes serve api`, asked like a proxy's admin listener."""

    token, ask, admin, metrics, metric = Proxy.token, Proxy.ask, Proxy.admin, Proxy.metrics, Proxy.metric

    def __init__(self, binary, store, directory, *extra):
        super().__init__([binary, "serve", "api", "--listen", "127.0.0.1:0", "--sqlite", store, "--config-dir",
                          directory / "config", *extra], directory=directory)
        self.store = Store(pathlib.Path(store))
        self.admin_port = int(self.wait_for(API_LINE).group(2))


@pytest.fixture
def serve(binary, workspace, started):
    def start(store, *extra):
        started.append(ApiServer(binary, store, workspace, *extra))
        return started[-1]
    return start


def test_it_reads_what_another_process_writes_and_goes_on_without_it(proxy, mock, serve):
    relay = proxy(mock)
    relay.fetch(chat.turn("one", fields=b"session_id: morning\r\n"))
    relay.store.wait_exchanges(1)
    server = serve(relay.store.path)
    assert server.token() == relay.token(), "one store, one token"
    wait_catalogue(server, 1)
    api = Api(server)
    assert [one["name"] for one in api.get("/v1/sessions")["sessions"]] == ["morning"]
    relay.fetch(chat.turn("two", fields=b"session_id: noon\r\n"))
    wait_catalogue(server, 2)
    assert [one["name"] for one in api.get("/v1/sessions")["sessions"]] == ["noon", "morning"]
    assert server.ask("/v1/sessions", Authorization=None)[0] == 401
    assert server.ask("/v1/dead-letters")[0] == 404 == server.ask("/v1/cursors", method="PUT", body=b"{}")[0]
    assert relay.stop() == 0
    assert len(api.get("/v1/sessions")["sessions"]) == 2
    assert server.stop() == 0


def test_it_follows_what_another_process_writes(proxy, mock, serve):
    relay = proxy(mock)
    relay.fetch(chat.turn("one"))
    relay.store.wait_exchanges(1)
    server = serve(relay.store.path)
    request = urllib.request.Request(f"http://127.0.0.1:{server.admin_port}/v1/events?after=0&kinds=exchange",
                                     headers={"Authorization": f"Bearer {server.token()}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as events:
        relay.fetch(chat.turn("two"))
        ids = [row["id"] for row in relay.store.wait_exchanges(2)]
        seen = ""
        while not all(one in seen for one in ids):
            line = events.readline().decode()
            assert line, seen
            seen += line


def test_it_keeps_the_catalogue_where_nobody_else_does(proxy, mock, serve):
    relay = proxy(mock)
    relay.fetch(chat.turn("one"))
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    for made in relay.directory.glob("tapes.sqlite.catalogue*"):
        made.unlink()
    server = serve(relay.store.path)
    wait_catalogue(server, 1)
    again = proxy(mock, settings={"catalogue.enabled": "false"})
    again.fetch(chat.turn("two"))
    wait_catalogue(server, 2)
    assert again.stop() == 0 and server.stop() == 0


def test_without_a_store_every_route_that_reads_it_says_so_until_there_is_one(proxy, mock, serve, workspace):
    server = serve(workspace / "tapes.sqlite")
    assert stat.S_IMODE((workspace / "tapes.sqlite.token").stat().st_mode) == 0o600
    api = Api(server)
    assert api.get("/readyz", status=503)["reasons"] == ["there is no store"]
    for path, operations in api.document["paths"].items():
        if "503" in operations.get("get", {}).get("responses", ()) and path != "/readyz":
            query = "?left=1&right=2" if "differences" in path else "?query=x" if path == "/v0.4/v1/search" else ""
            path = path.replace("{place}", "0").replace("{hash}", "a" * 64)
            assert "store" in api.get(re.sub("{.*?}", "x1", path) + query, status=503)["detail"], path
    relay = proxy(mock)
    relay.fetch(chat.turn("one"))
    wait_catalogue(server, 1)
    assert api.get("/readyz")["ready"] and len(api.get("/v1/sessions")["sessions"]) == 1


def test_where_other_machines_reach_it_a_token_must_be_configured(run, workspace):
    code, out, err = run("serve", "api", "--listen", "0.0.0.0:0", "--sqlite", workspace / "x.sqlite")
    assert code == 2 and "admin.token" in err


def test_routes_of_v04_answer_in_its_shapes(proxy, mock):
    relay = proxy(mock, settings={"proxy.project": "site"})
    for text in ("one", "two", "three"):
        relay.fetch(chat.turn(text))
    relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    api = Api(relay)
    assert api.get("/v0.4/ping") == "pong"
    assert api.get("/v0.4/v1/stats") == {"session_count": 3, "turn_count": 6, "root_count": 3}
    rows = relay.store.exchanges()
    whole = api.get("/v0.4/v1/sessions")
    assert [one["hash"] for one in whole["items"]] == [row["head_hash"] for row in rows][::-1]
    assert whole["next_cursor"] == ""
    first = whole["items"][0]
    assert (first["head_role"], first["project"], first["model"], first["provider"], first["agent_name"]) == \
        ("assistant", "site", "gpt-4o", "openai", "")
    assert first["preview"].startswith("You said: three")
    seen, cursor = [], ""
    while True:
        page = api.get(f"/v0.4/v1/sessions?limit=1&cursor={cursor}")
        seen += [one["hash"] for one in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == [one["hash"] for one in whole["items"]]
    for query, count in {"project=site": 3, "project=none": 0, "model=gpt-4o&provider=openai": 3, "agent_name=x": 0,
                         "since=2020-01-01": 3, "until=2020-01-01": 0, "limit=5000": 3}.items():
        assert len(api.get(f"/v0.4/v1/sessions?{query}")["items"]) == count, query
    # Where too many were looked at for one page, the next one goes on at a session, behind so many of its leaves.
    hashes = [one["hash"] for one in whole["items"]]
    for scan, rest in {"s999999999999999999-0-0": hashes, "s0-0-0": []}.items():
        assert [one["hash"] for one in api.get(f"/v0.4/v1/sessions?cursor={scan}")["items"]] == rest, scan
    paged = api.get("/v0.4/v1/sessions?limit=2&cursor=s999999999999999999-0-0")
    assert [one["hash"] for one in api.get(f"/v0.4/v1/sessions?cursor={paged['next_cursor']}")["items"]] == hashes[2:]
    for wrong in ("s", "s1", "s1-2", "s1-2-x", "s1-2-3-4", f"1.{hashes[0]}.x", f"1.{hashes[0]}.s1", "-1.x", "s-1-2-3"):
        api.get(f"/v0.4/v1/sessions?cursor={wrong}", status=400)
    chain = api.get(f"/v0.4/v1/sessions/{first['hash']}")
    assert (chain["hash"], chain["depth"], chain["truncated"]) == (first["hash"], 2, False)
    assert [turn["bucket"]["role"] for turn in chain["turns"]] == ["user", "assistant"]
    assert chain["turns"][0]["parent_hash"] is None and chain["turns"][1]["parent_hash"] == chain["turns"][0]["hash"]
    assert chain["turns"][0]["bucket"]["content"] == [{"type": "text", "text": "three"}]
    cut = api.get(f"/v0.4/v1/sessions/{first['hash']}?depth=1")
    assert cut["truncated"] and [turn["hash"] for turn in cut["turns"]] == [first["hash"]]
    for path, status in (("sessions?limit=5001", 400), ("sessions?cursor=x", 400), ("sessions?cursor=1.zz", 400),
                         ("sessions/abc", 404), (f"sessions/{'a' * 64}", 404), (f"sessions/{'a' * 64}?depth=0", 404),
                         (f"sessions/{first['hash']}?depth=0", 400), ("stats?x=1", 400)):
        api.get(f"/v0.4/v1/{path}", status=status)
    api.get("/v0.4/ping?x=1", status=400)
    assert relay.ask("/v0.4/ping", Authorization=None)[0] == 401


def test_summaries_of_v04_tell_what_chains_used_and_how_they_ended(proxy, upstream):
    call = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_123456789", "type": "function",
         "function": {"name": "Bash", "arguments": json.dumps({"command": "cd /x && GIT COMMIT -m done"})}}]}

    def answer(peer, head, body):
        last = json.loads(body)["messages"][-1]["content"]
        if last == "run it":
            peer.send(chat.answer(chat.completion(message=call, finish="tool_calls", usage=(1000, 100))))
        else:
            peer.send(chat.answer(chat.completion("Well.", usage=(2000, 50), finish="length" if last == "cut" else "stop")))
    relay = proxy(upstream(Answering(answer)), settings={"proxy.project": "site"})
    relay.fetch(chat.turn("cut"))
    relay.fetch(chat.turn("run it"))
    relay.fetch(chat.turn(messages=[{"role": "user", "content": "run it"}, call,
                                    {"role": "tool", "tool_call_id": "call_123456789", "content": "done"}]))
    relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    api = Api(relay)
    page = api.get("/v0.4/v1/sessions/summary")
    rows = relay.store.exchanges()
    assert [one["id"] for one in page["items"]] == [rows[2]["head_hash"], rows[0]["head_hash"]]
    done, cut = page["items"]
    assert (done["status"], done["tool_calls"], done["message_count"], done["label"]) == ("completed", 1, 4, "run it")
    assert (done["input_tokens"], done["output_tokens"]) == (3000, 150)
    assert done["total_cost"] == pytest.approx(done["input_cost"] + done["output_cost"]) and done["total_cost"] > 0
    assert (done["model"], done["project"], "agent_name" in done) == ("gpt-4o", "site", False)
    assert done["duration_ns"] > 0 and done["start_time"] < done["end_time"]
    assert (cut["status"], cut["label"], cut["tool_calls"]) == ("failed", "cut", 0)
    one = api.get("/v0.4/v1/sessions/summary?limit=1")
    assert [item["id"] for item in one["items"]] == [done["id"]]
    rest = api.get(f"/v0.4/v1/sessions/summary?cursor={one['next_cursor']}")
    assert [item["id"] for item in rest["items"]] == [cut["id"]] and rest["next_cursor"] == ""
    assert api.get("/v0.4/v1/sessions/summary?project=none")["items"] == []
    for wrong in ("limit=0", "cursor=x", "since=yesterday", "x=1"):
        api.get(f"/v0.4/v1/sessions/summary?{wrong}", status=400)


def test_search_of_v04_finds_words_with_their_conversation(proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("where does the quokka live"))
    relay.store.wait_exchanges(1)
    answer = relay.store.exchanges()[0]
    said = relay.store.chain(answer["head_hash"])[-1]["content"][0]["text"]
    relay.fetch(chat.turn(messages=[{"role": "user", "content": "where does the quokka live"},
                                    {"role": "assistant", "content": said}, {"role": "user", "content": "and the numbat"}]))
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    api = Api(relay)
    found = api.get("/v0.4/v1/search?query=numbat&top_k=1")
    assert (found["query"], found["count"]) == ("numbat", 1)
    hit = found["results"][0]
    chain = relay.store.chain(relay.store.exchanges()[1]["head_hash"])
    assert [turn["hash"] for turn in hit["branch"]] == [node["hash"] for node in chain]
    assert hit["turns"] == 4 and [turn["role"] for turn in hit["branch"]] == ["user", "assistant"] * 2
    assert [turn["hash"] for turn in hit["branch"] if turn.get("matched")] == [hit["hash"]]
    assert "numbat" in hit["preview"] and hit["branch"][0]["text"] == "where does the quokka live"
    assert api.get("/v0.4/v1/search?query=nowhere")["results"] == []
    for wrong, told in (("", "query parameter is required"), ("query=", "query parameter is required"),
                        ("query=x&top_k=0", "top_k"), ("query=%22", "")):
        assert told in api.get(f"/v0.4/v1/search?{wrong}", status=400)["error"], wrong


def test_zz_every_status_of_these_routes_is_met_by_the_tests_above(serve, workspace, request):
    assert_all_met(request, Api(serve(workspace / "tapes.sqlite")).document)
