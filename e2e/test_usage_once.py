"""An answer is paid for once: usage counts once for each (provider, response id), however often it came, in every sum."""
import json

from harness import chat
from harness.api import Api, wait_catalogue
from harness.wire import Answering
from test_background import QUEUED, WORKING, assert_sound, cut, get, said, shot, sse, stream_of
from test_export_otlp import read_spans
from test_mcp import Server
from test_same_node_responses import ask

CALL = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "look", "arguments": "{}"}


def sums_of_routes(api):
    """Rows of each route that tells tokens, by name."""
    sums = {"/v1/usage": [api.get("/v1/usage")["total"]]}
    for by in ("day", "model", "provider", "project", "agent", "session", "day,model,session"):
        sums[by] = api.get(f"/v1/usage?by={by}")["usage"]
    sums["/v1/sessions"] = api.get("/v1/sessions")["sessions"]
    wholes = [api.get(f"/v1/sessions/{one['name']}") for one in sums["/v1/sessions"]]
    sums["threads"] = [thread for one in wholes for thread in one["thread_list"]]
    sums["/v1/exchanges"] = [one for one in api.get("/v1/exchanges")["exchanges"] if one["tokens"]]
    sums["transcripts"] = [entry for one in wholes
                           for entry in api.get(f"/v1/sessions/{one['name']}/transcript?dropped=true")["entries"]
                           if entry["type"] == "exchange" and entry["tokens"]]
    return sums


def sums_of_commands(run, store):
    sums = {}
    for command, kind in ((["stats"], "total"), (["stats", "--by", "day,model"], "total"), (["log"], "session")):
        code, out, err = run(*command, "--json", "--sqlite", store)
        assert (code, err) == (0, "")
        sums["tapes " + " ".join(command)] = [one for one in map(json.loads, out.splitlines()) if one["type"] == kind]
    return sums


def sums_of_exports(run, store, sessions):
    """What the exports of all sessions tell of their exchanges."""
    def exported(form):
        for name in sessions:
            code, out, err = run("export", name, "--as", form, "--sqlite", store)
            assert code == 0, err
            yield out
    entries = [one["_tapes"] for text in exported("har") for one in json.loads(text)["log"]["entries"]]
    spans = [span.attributes for text in exported("otlp") for span in read_spans(text)]
    name = "gen_ai.usage.{}_tokens".format
    return {"HAR": [{"tokens": one["usage"]} for one in entries if "usage" in one],
            "spans": [{"tokens": {"input": one[name("input")], "output": one[name("output")], "cache_read": 0, "cache_write": 0}}
                      for one in spans if name("input") in one]}


def sums_for_agents(binary, store):
    server = Server(binary, store, store.parent, "--all-projects").shake_hands()
    told = {"stats": [server.record("stats")["total"]], "stats by session": server.record("stats", by=["model", "session"])["rows"],
            "list": server.record("list")["sessions"]}
    assert server.end()[0] == 0
    return told


def assert_told_once(relay, run, binary, answers):
    """Each sum that tapes knows has so many answers, of 5 tokens in and 3 out each."""
    wait_catalogue(relay, len(relay.store.exchanges()))
    api = Api(relay)
    sums = sums_of_routes(api)
    sums |= sums_of_commands(run, relay.store.path)
    sums |= sums_of_exports(run, relay.store.path, [one["name"] for one in sums["/v1/sessions"]])
    sums |= sums_for_agents(binary, relay.store.path)
    for name, rows in sums.items():
        told = [sum(row["tokens"][key] for row in rows) for key in ("input", "cache_read", "cache_write", "output")]
        assert told == [5 * answers, 0, 0, 3 * answers], (name, rows)
        assert not sum(row.get("without_usage", 0) for row in rows), (name, rows)
    for table in ("exchanges", "nodes"):
        assert relay.store.rows(f"SELECT sum(total_tokens) AS sum FROM {table}")[0]["sum"] == 8 * answers, table
    items = api.get("/v0.4/v1/sessions/summary")["items"]
    assert sum(one["input_tokens"] + one["output_tokens"] for one in items) == 8 * answers, items
    assert not [line for line in relay.ask("/metrics")[2].decode().splitlines() if "token" in line], "a sum of its own"
    return api


def test_each_answer_is_counted_once_in_every_sum(proxy, upstream, run, binary, workspace):
    calling = shot([CALL], id="resp_2")
    relay = proxy(upstream(Answering(
        QUEUED, WORKING, *[shot(said("Deep."))] * 3, *[calling] * 3,
        *[shot([], "queued", background=True, usage=None, id="resp_3")] * 2, *[shot(said("Late."), id="resp_3")] * 2,
        *[chat.answer(chat.completion("Chat."))] * 3)))
    relay.fetch(ask(input="deep question", background=True))
    for _ in range(3):
        relay.fetch(get())
    relay.fetch(ask(input="deep question", background=True))  # again, under one idempotency key
    for fields in (b"", b"", b"X-Tapes-Agent-Name: second\r\n"):
        relay.fetch(chat.post(chat.dumps({"model": "gpt-5", "input": "look"}), path=b"/v1/responses",
                              fields=b"Idempotency-Key: k\r\n" + fields))
    for _ in range(2):
        relay.fetch(ask(input="late", background=True))
    for _ in range(2):
        relay.fetch(get("resp_3"))
    for _ in range(3):
        relay.fetch(chat.turn("hello", fields=b"Idempotency-Key: key-1\r\n"))
    rows = relay.store.wait_exchanges(15)
    ids = {row["id"]: at for at, row in enumerate(rows)}
    assert [ids.get(row["answer_of"]) for row in rows] == [None, 0, 0, 0, 0, None, 5, 5, None, 8, 8, 8, None, 12, 12]
    api = assert_told_once(relay, run, binary, 4)
    assert [(one["tool"], one["calls"]) for one in api.get("/v1/tools")["tools"]] == [("look", 2)], "two agents' nodes"
    assert {one["state"] for one in api.get("/v1/sessions")["sessions"]} == {"complete"}, "none waits any more"
    assert_sound(relay, run, workspace)


def test_an_exchange_names_those_that_its_answer_came_with(proxy, upstream):
    events = stream_of("one ", "two ", "three")
    relay = proxy(upstream(Answering(cut(events[:3]), cut(events[3:4]), sse(events[4:]))))
    for request in (ask(input="q", stream=True), get(query=b"?stream=true&starting_after=2"),
                    get(query=b"?stream=true&starting_after=3")):
        try:
            relay.fetch(request)
        except Exception:  # it is cut
            pass
    rows = relay.store.wait_exchanges(3)
    assert (rows[0]["stop_reason"], [row["drop_reason"] for row in rows[1:]]) == ("completed", ["answer_fetched"] * 2)
    wait_catalogue(relay, 3)
    api = Api(relay)
    ids = [row["id"] for row in rows]
    told = [api.get(f"/v1/exchanges/{id_}") for id_ in ids]
    assert [one["answer_of"] for one in told] == [None, ids[0], ids[0]]
    assert [one["fetched_by"] for one in told] == [ids[1:], [], []]
    listed = api.get("/v1/exchanges")["exchanges"]
    assert [one["answer_of"] for one in listed] == [ids[0], ids[0], None]
