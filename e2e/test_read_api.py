"""The read API: every answer of every route is what /openapi.json says, and says what was recorded."""
import gzip
import json
import re
from datetime import datetime

import jsonschema
import pytest

from harness import chat
from harness.api import Api, assert_all_met, wait_catalogue
from harness.events import Events
from harness.wire import Answering, wait_until

CALL = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [
    {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": '{"path":"a.txt"}'}}]}


SESSION = b"session_id: morning\r\n"
QUESTION = {"role": "user", "content": "Read <b>a.txt</b>"}
HISTORY = [QUESTION, CALL, {"role": "tool", "tool_call_id": "call_1", "content": "hi \u202e\u001b[31m"}]
PICTURE = b"\x89PNG\r\n\x1a\nxyz"
CODED = gzip.compress(chat.completion("The file says hi."))


@pytest.fixture
def relay(proxy, upstream):
    """A session with a tool's use and an answer that is gzip; two without a name, which begin alike; and what gave
    no turn: an image, an error."""
    one = proxy(upstream(Answering(
        chat.answer(chat.completion(message=CALL, finish="tool_calls")),
        chat.answer(CODED, fields=b"Content-Encoding: gzip\r\n"),
        chat.answer(chat.completion("ok")), chat.answer(chat.completion("ok")),
        chat.answer(PICTURE, content_type=b"image/png"),
        chat.answer(b'{"error":{"message":"no"}}', status=b"429 Too Many Requests"))), settings={"record.wire": "all"})
    one.fetch(chat.turn(messages=[QUESTION], fields=SESSION))
    one.fetch(chat.turn(messages=HISTORY, fields=SESSION))
    one.fetch(chat.turn("What else?", fields=b"session_id: noon-1\r\n"))
    one.fetch(chat.turn("And then?", fields=b"session_id: noon-2\r\n"))
    one.fetch(b"GET /v1/files/1/content HTTP/1.1\r\nHost: a\r\n\r\n")
    one.fetch(chat.turn("Too much", fields=SESSION))
    one.rows = one.store.wait_exchanges(6)
    wait_catalogue(one, 6)
    return one


@pytest.fixture
def api(relay):
    return Api(relay)


def test_sessions_are_listed_by_any_filter_and_page_by_page(api):
    whole = api.get("/v1/sessions")
    assert [one["name"] for one in whole["sessions"]] == ["morning", "noon-2", "noon-1"] and whole["next"] is None
    morning = whole["sessions"][0]
    assert morning["title"] == "Read <b>a.txt</b>" and morning["turns"] == 2 and morning["errors"] == 1
    filters = {"session=noon": 2, "session=morning": 1, "title=WHAT": 1, "errors=true": 1, "errors=false": 3,
               "model=gpt-4o": 3, "model=none": 0, "provider=openai": 3, "project=none": 0, "agent=none": 0,
               "client=none": 0, "caller=none": 0, "since=2020-01-31": 3, "until=2020-01-31T12:00:00Z": 0,
               "since=2099-01-01": 0, "title=%1b%7f": 0, "session=%F0%9F%A6%8A": 0, "limit=500": 3}
    for query, count in filters.items():
        assert len(api.get(f"/v1/sessions?{query}")["sessions"]) == count, query
    names, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/sessions?limit=1{cursor and '&cursor=' + cursor}")
        names += [one["name"] for one in page["sessions"]]
        cursor = page["next"]
    assert names == ["morning", "noon-2", "noon-1"]


def test_a_page_of_sessions_goes_on_where_it_was_while_others_are_recorded(api, relay):
    first = api.get("/v1/sessions?limit=2")
    relay.fetch(chat.turn("A new one", fields=b"session_id: evening\r\n"))
    relay.store.wait_exchanges(7)
    wait_until(lambda: len(api.get("/v1/sessions")["sessions"]) == 4, what="it is in the catalogue")
    second = api.get(f"/v1/sessions?limit=2&cursor={first['next']}")
    assert [one["name"] for one in second["sessions"]] == ["noon-1"] and second["next"] is None


def test_a_session_is_named_by_a_beginning_and_what_is_ambiguous_lists_candidates(api):
    assert api.get("/v1/sessions/morn")["name"] == "morning" == api.get("/v1/sessions/@")["name"]
    assert api.get("/v1/sessions/@2")["name"] == "noon-1"
    session = api.get("/v1/sessions/morning")
    assert [one["kind"] for one in session["thread_list"]] == ["main"] and session["cost"]["usd"] > 0
    both = api.get("/v1/sessions/noon", status=409)
    assert sorted(one["name"] for one in both["candidates"]) == ["noon-1", "noon-2"]
    for name in ("evening", "@9", "%00", "a%2Fb", "x" * 600, "%2e%2e", "%1b%5b31m"):
        assert api.get(f"/v1/sessions/{name}", status=404)["status"] == 404


def test_a_transcript_says_what_was_said_with_its_evidence(api, relay):
    told = api.get("/v1/sessions/morning/transcript?dropped=true")
    assert (told["session"], told["thread"], told["turns"], told["next"]) == ("morning", 1, 2, None)
    messages = [one for one in told["entries"] if one["type"] == "message"]
    assert [one["role"] for one in messages] == ["user", "assistant", "assistant"]
    call = messages[1]["blocks"][0]
    assert (call["kind"], call["tool"], call["results"][0]["text"]) == ("tool_call", "read", "hi \u202e\x1b[31m")
    assert messages[2]["blocks"][0]["text"] == "The file says hi."
    assert messages[2]["hash"] == relay.rows[1]["head_hash"]
    assert [one["id"] for one in told["entries"] if one["type"] == "exchange"] == \
        [relay.rows[i]["id"] for i in (0, 1, 5)]
    chain = api.get(f"/v1/chains/{relay.rows[1]['head_hash']}/transcript")
    assert [one for one in chain["entries"] if one["type"] == "message"] == messages
    by_turns, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/sessions/morning/transcript?dropped=true&turns=1{cursor and '&cursor=' + cursor}")
        by_turns += page["entries"]
        cursor = page["next"]
    assert by_turns == told["entries"]
    assert api.get("/v1/sessions/morning/transcript?from=2&dropped=true")["entries"] == \
        [one for one in told["entries"] if one not in
         api.get("/v1/sessions/morning/transcript?turns=1&dropped=true")["entries"]]
    assert api.get("/v1/sessions/morning/transcript?from=99")["entries"] == []
    api.get("/v1/sessions/morning/transcript?thread=2", status=404)
    api.get("/v1/sessions/noon/transcript", status=409)
    for wrong in ("turns=0", "turns=201", "turns=-1", "turns=99999999999999999999", "from=0", "cursor=", "cursor=1",
                  "cursor=0-0-0", "cursor=1-1--1", "cursor=1-1-1-1", "cursor=1-1", "thread=0", "dropped=yes", "turns=1&turns=1", "x=1"):
        api.get(f"/v1/sessions/morning/transcript?{wrong}", status=400)


def test_long_transcripts_end_their_pages_early_and_lose_nothing(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    texts = ["x" * 60_000 + str(i) for i in range(101)]
    relay.fetch(chat.turn(*texts), timeout=60)
    relay.store.wait_exchanges(1)
    api = Api(relay)
    head = relay.store.only()["head_hash"]
    seen, pages, cursor = [], 0, ""
    while cursor is not None:
        page = api.get(f"/v1/chains/{head}/transcript?turns=200{cursor and '&cursor=' + cursor}")
        seen += [block["text"] for one in page["entries"] if one["type"] == "message" for block in one["blocks"]]
        pages, cursor = pages + 1, page["next"]
    assert seen == [*texts, "ok"] and pages > 1


def test_nodes_are_told_whole_as_blocks_and_block_by_block_and_never_asked_for_twice(api, relay):
    head = relay.rows[1]["head_hash"]
    event = api.get(f"/v1/nodes/{head}")
    assert event["node"]["hash"] == head
    content = api.get(f"/v1/nodes/{head}/content")
    assert content["hash"] == head and content["parent"] == event["node"]["parent_hash"]
    assert content["root"] == event["root_hash"] and content["depth"] == 3
    assert api.get(f"/v1/nodes/{content['node']}/content") == content
    status, fields, body = api.ask(f"/v1/nodes/{head}/blocks/0")
    assert body == b"The file says hi." and fields["Content-Disposition"].startswith("attachment")
    for path in (f"/v1/nodes/{head}", f"/v1/nodes/{head}/content", f"/v1/nodes/{head}/blocks/0"):
        status, fields, body = api.ask(path)
        assert "immutable" in fields["Cache-Control"] and fields["ETag"].startswith('"')
        for tags in (fields["ETag"], f'"x", W/{fields["ETag"]}', "*"):
            status, again, body = api.ask(path, If_None_Match=tags)
            assert status == 304 and body == b"" and again["ETag"] == fields["ETag"]
        assert api.ask(path, If_None_Match='"other"')[0] == 200
    # A number may mean another node one day.
    for path in (f"/v1/nodes/{content['node']}/content", f"/v1/nodes/{content['node']}/blocks/0"):
        assert api.ask(path)[1]["Cache-Control"] == "private, no-cache"
    for path, status in ((f"/v1/nodes/{'a' * 64}", 404), ("/v1/nodes/abc", 400), ("/v1/nodes/1", 400),
                         (f"/v1/nodes/{'a' * 64}/content", 404), ("/v1/nodes/0/content", 400),
                         ("/v1/nodes/999/content", 404), ("/v1/nodes/-1/content", 400),
                         (f"/v1/nodes/{head}/blocks/7", 404), (f"/v1/nodes/{head}/blocks/x", 400),
                         (f"/v1/nodes/{head}/blocks/99999999999999999999", 400),
                         (f"/v1/chains/{'a' * 64}/transcript", 404), ("/v1/chains/%00/transcript", 400)):
        api.get(path, status=status)


def test_pages_of_a_transcript_are_of_one_chain_also_after_an_edit(proxy, upstream):
    relay = proxy(upstream(Answering(*(chat.answer(chat.completion(text)) for text in ("one", "two", "other")))))
    api, first = Api(relay), [{"role": "user", "content": "first"}]
    second = [*first, {"role": "assistant", "content": "one", "refusal": None}, {"role": "user", "content": "second"}]
    relay.fetch(chat.turn(messages=first, fields=SESSION))
    relay.fetch(chat.turn(messages=second, fields=SESSION))
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    page = api.get("/v1/sessions/morning/transcript?turns=1")
    before = api.get(f"/v1/sessions/morning/transcript?turns=1&cursor={page['next']}")
    relay.fetch(chat.turn(messages=[*second[:2], {"role": "user", "content": "edited"}], fields=SESSION))
    relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    said = lambda told: [block["text"] for one in told["entries"] if one["type"] == "message" for block in one["blocks"]]
    after = api.get(f"/v1/sessions/morning/transcript?turns=1&cursor={page['next']}")
    assert said(before) == said(after) == ["second", "two"]
    assert said(api.get("/v1/sessions/morning/transcript?from=2")) == ["edited", "other"]
    page = api.get("/v1/sessions/morning/transcript?text_bytes=2")
    assert said(page) == ["fi", "on", "ed", "ot"] and page["entries"][0]["blocks"][0]["text_bytes"] == len("first")
    api.get("/v1/sessions/morning/transcript?text_bytes=x", status=400)
    for wrong in ("2-0", "0-2-0", "999-2-0", "1-0-0", "x"):
        api.get(f"/v1/sessions/morning/transcript?cursor={wrong}", status=400)


def test_a_block_that_is_too_large_is_refused(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    relay.fetch(chat.turn("x" * (17 << 20)), timeout=60)
    relay.store.wait_exchanges(1)
    node = relay.store.nodes("role = 'user'")[0]["hash"]
    api = Api(relay)
    api.get(f"/v1/nodes/{node}/blocks/0", status=413)
    block = api.get(f"/v1/nodes/{node}/content")["blocks"][0]
    assert block["text_bytes"] == 17 << 20 and len(block["text"]) == 1 << 20


def test_exchanges_are_listed_and_told_with_their_heads(api, relay):
    ids = [row["id"] for row in relay.rows]
    whole = api.get("/v1/exchanges")
    assert [one["id"] for one in whole["exchanges"]] == ids[::-1] and whole["next"] is None
    filters = {"session=noon": [3, 2], "dropped=true": [5, 4], "errors=true": [5], "api=openai_chat": [5, 3, 2, 1, 0],
               "model=gpt-4o&limit=1": [5], "provider=none": [], "agent=none": [], "project=none": [], "caller=none": [],
               "since=2099-01-01": [], "until=2099-01-01": [5, 4, 3, 2, 1, 0], "session=%1b": []}
    for query, places in filters.items():
        assert [one["id"] for one in api.get(f"/v1/exchanges?{query}")["exchanges"]] == [ids[i] for i in places], query
    page = api.get("/v1/exchanges?limit=4")
    assert [one["id"] for one in api.get(f"/v1/exchanges?cursor={page['next']}")["exchanges"]] == ids[1::-1]
    one = api.get(f"/v1/exchanges/{ids[1]}")
    assert one == api.get(f"/v1/exchanges/{relay.rows[1]['seq']}") and one["head"] == relay.rows[1]["head_hash"]
    assert one["request"]["line"] == "POST /v1/chat/completions HTTP/1.1"
    assert {"name": "session_id", "value": "morning"} in one["request"]["fields"]
    assert one["response"]["line"] == "HTTP/1.1 200 OK" and one["response"]["content_encoding"] == "gzip"
    for side in ("request", "response"):
        assert one[side]["kept_bytes"] == len(api.ask(f"/v1/exchanges/{ids[1]}/{side}")[2])
    row = relay.rows[1]
    for name in ("started_at", "connected_at", "sent_at", "first_byte_at", "ended_at", "committed_at"):
        assert datetime.fromisoformat(one[name]) == datetime.fromisoformat(row[name]), name
    assert (one["target"], one["upstream"]) == (row["target"], row["upstream"])
    assert one["session"] == "morning" and [one["previous"], one["following"]] == [ids[0], ids[5]]
    assert [made["role"] for made in one["new_nodes"]] == ["tool", "assistant"] and not one["more_new_nodes"]
    assert one["new_nodes"][-1]["hash"] == one["head"]
    assert api.get(f"/v1/exchanges/{ids[5]}")["new_nodes"] == []
    listed = api.get("/v1/sessions/morning/exchanges?limit=2")
    assert [one["id"] for one in listed["exchanges"]] == ids[:2]
    assert [one["id"] for one in api.get(f"/v1/sessions/morning/exchanges?cursor={listed['next']}")["exchanges"]] == \
        [ids[5]]
    api.get(f"/v1/exchanges/{ids[0][:8]}", status=409)
    api.get("/v1/exchanges/0190", status=404)
    api.get("/v1/sessions/none/exchanges", status=404)
    for wrong in ("limit=0", "limit=501", "limit=x", "cursor=x", "cursor=1-2-3", "cursor=-", "since=soon",
                  "until=2020-13-01", "a=b", "session=%00", "session=a&session=b", "%1b=1"):
        api.get(f"/v1/exchanges?{wrong}", status=400)
        api.get(f"/v1/sessions?{wrong}", status=400)


def test_bodies_are_files_that_no_browser_runs_and_images_are_shown(api, relay):
    ids = [row["id"] for row in relay.rows]
    asked = chat.request_body(messages=HISTORY)
    for path, wanted in ((f"/v1/exchanges/{ids[1]}/request", asked), (f"/v1/exchanges/{ids[1]}/response", CODED),
                         (f"/v1/exchanges/{ids[1]}/response?decoded=true", gzip.decompress(CODED)),
                         (f"/v1/exchanges/{ids[5]}/response?decoded=false", b'{"error":{"message":"no"}}')):
        status, fields, body = api.ask(path)
        assert status == 200 and body == wanted, path
        assert fields["Content-Disposition"].startswith("attachment") and "sandbox" in fields["Content-Security-Policy"]
        assert api.ask(path, If_None_Match=fields["ETag"])[0] == 304
    status, fields, body = api.ask(f"/v1/exchanges/{ids[4]}/response")
    assert (status, fields["Content-Type"], body) == (200, "image/png", PICTURE)
    assert fields["Content-Disposition"] == "inline" and "sandbox" in fields["Content-Security-Policy"]
    assert fields["X-Content-Type-Options"] == "nosniff"


def test_recorded_images_are_shown_by_their_block(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    parts = [{"type": "text", "text": "What is this?"},
             *({"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}} for kind, data in (
                 ("image/png", "iVBORw0KGgp4eXo="), ("image/svg+xml", "PHN2Zy8+"), ("image/png", "PHN2Zy8+"),
                 ("image/png", "!!!!")))]
    relay.fetch(chat.turn(messages=[{"role": "user", "content": parts}]))
    relay.store.wait_exchanges(1)
    api, node = Api(relay), relay.store.nodes("role = 'user'")[0]["hash"]
    status, head, body = api.ask(f"/v1/nodes/{node}/blocks/1")
    assert (status, head["Content-Type"], body) == (200, "image/png", PICTURE)
    assert head["Content-Disposition"] == "inline" and head["Cross-Origin-Resource-Policy"] == "same-origin"
    for place in (2, 3):
        status, head, body = api.ask(f"/v1/nodes/{node}/blocks/{place}")
        assert (status, head["Content-Type"], body) == (200, "application/octet-stream", b"<svg/>")
        assert head["Content-Disposition"].startswith("attachment") and "sandbox" in head["Content-Security-Policy"]
    api.get(f"/v1/nodes/{node}/blocks/4", status=422)
    assert api.ask(f"/v1/nodes/{node}/blocks/0")[2] == b"What is this?"


def test_odd_requests_are_refused_clearly_everywhere(api, relay):
    ids, head = [row["id"] for row in relay.rows], relay.rows[1]["head_hash"]
    begin = ids[0][:8]
    for path, status in (("/v1/sessions/morning?x=1", 400), ("/v1/sessions/morning/exchanges?limit=0", 400),
                         ("/v1/sessions/noon/exchanges", 409), (f"/v1/exchanges/{ids[0]}?x=1", 400),
                         (f"/v1/nodes/{head}?x=1", 400), (f"/v1/nodes/{head}/content?x=1", 400),
                         *((f"/v1/exchanges/{name}/{side}{query}", status) for side in ("request", "response")
                           for name, query, status in ((begin, "", 409), ("0190", "", 404), (ids[0], "?decoded=1", 400),
                                                       ("%00", "", 404), ("..%2f..%2fetc", "", 404)))):
        told = api.get(path, status=status)
        assert told["status"] == status and told["detail"] == told["error"] and told["type"] == "about:blank"
    status, fields, _ = api.ask(f"/v1/exchanges/{ids[0]}")
    assert api.ask(f"/v1/exchanges/{ids[0]}", If_None_Match=fields["ETag"])[0] == 304
    for side in ("request", "response"):
        tag = api.ask(f"/v1/exchanges/{ids[0]}/{side}")[1]["ETag"]
        assert api.ask(f"/v1/exchanges/{ids[0]}/{side}", If_None_Match=tag)[0] == 304
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert relay.ask("/v1/sessions", method=method)[0] == 405
    for path in ("/v1/", "/v1/sessions/", "/v1//sessions", "/v1/sessions/morning/", "/v2/sessions", "//", "/%2e%2e"):
        assert relay.ask(path)[0] == 404, path


def test_bodies_that_cannot_be_decoded_say_so(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(b"no gzip \x00", fields=b"Content-Encoding: gzip\r\n"))),
                  settings={"record.wire": "all"})
    relay.fetch(chat.post(b"\x1f\x8bneither", fields=b"Content-Encoding: gzip\r\n"))
    one = relay.store.only()["id"]
    api = Api(relay)
    for side, body in (("request", b"\x1f\x8bneither"), ("response", b"no gzip \x00")):
        assert api.get(f"/v1/exchanges/{one}/{side}") == body
        assert "gzip" in api.get(f"/v1/exchanges/{one}/{side}?decoded=true", status=422)["detail"]


@pytest.mark.parametrize("content_type, body", [
    (b"text/html", b"<script>alert(1)</script>"), (b"image/svg+xml", b"<svg onload='alert(1)'/>"),
    (b"image/png", b"<script>alert(1)</script>"), (b"image/png;x", b"GIF89a"),
    (b"application/javascript", b"alert(1)"), (b"IMAGE/SVG+XML", b"\x89PNG\r\n\x1a\n")])
def test_what_is_no_raster_image_is_a_file(proxy, upstream, content_type, body):
    relay = proxy(upstream(Answering(chat.answer(body, content_type=content_type))), settings={"record.wire": "all"})
    relay.fetch(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    api = Api(relay)
    status, fields, got = api.ask(f"/v1/exchanges/{relay.store.only()['id']}/response")
    assert got == body and fields["Content-Type"] == "application/octet-stream"
    assert fields["Content-Disposition"].startswith("attachment")


def test_usage_and_tools_are_summed(api):
    total = api.get("/v1/usage")
    assert total["usage"] == [] and total["total"]["turns"] == 4 and total["total"]["tokens"]["input"] == 20
    by = api.get("/v1/usage?by=session,day")
    assert [one["session"] for one in by["usage"]] and sum(one["turns"] for one in by["usage"]) == 4
    assert api.get("/v1/usage?session=morning")["total"]["turns"] == 2
    for order in ("cost", "tokens", "turns", "errors", "dropped", "key"):
        rows = api.get(f"/v1/usage?by=session&order={order}")["usage"]
        if order in ("turns", "errors", "dropped"):
            assert [row[order] for row in rows] == sorted((row[order] for row in rows), reverse=True), order
        first = api.get(f"/v1/usage?by=session&order={order}&limit=1")
        assert first["usage"] == rows[:1] and first["more_rows"] == len(rows) - 1
        assert first["total"] == api.get("/v1/usage?by=session")["total"]
    for wrong in ("order=weather", "limit=0", "limit=10001"):
        api.get(f"/v1/usage?by=session&{wrong}", status=400)
    for query in ("by=model", "by=provider,project,agent", "since=2020-01-01&until=2099-01-01", "model=gpt-4o"):
        assert api.get(f"/v1/usage?{query}")["total"]["turns"] == 4, query
    assert api.get("/v1/usage?project=none")["total"]["turns"] == 0
    assert api.get("/v1/tools")["tools"][0]["tool"] == "read"
    assert api.get("/v1/tools?by_day=true")["tools"][0]["day"]
    for path in ("/v1/usage", "/v1/tools"):
        for wrong, status in (("by=weather" if "usage" in path else "by_day=1", 400), ("session=none", 404),
                              ("session=noon", 409), ("since=x", 400)):
            api.get(f"{path}?{wrong}", status=status)


def test_waiting_times_are_those_of_answers_that_came_to_their_end(api):
    told = api.get("/v1/latency")
    assert told["latency"] == [] and told["looked_at"] == 6 and told["complete"] is True
    # The error and the picture gave no turn; none of the others was streamed.
    assert told["total"]["duration_ms"]["count"] == 4 and told["total"]["between_tokens_ms"] is None
    assert told["total"]["first_byte_ms"]["p50"] <= told["total"]["first_byte_ms"]["p99"]
    for query, answers in (("by=model", 4), ("by=day,provider,api,project,agent", 4), ("session=morning", 2),
                           ("until=2020-01-01", 0), ("since=2020-01-01&model=gpt-4o&provider=openai", 4),
                           ("agent=none", 0), ("project=none", 0), ("api=none", 0)):
        total = api.get(f"/v1/latency?{query}")["total"]
        assert (total["duration_ms"] or {"count": 0})["count"] == answers, query
    assert [row["model"] for row in api.get("/v1/latency?by=model")["latency"]] == ["gpt-4o"]
    api.get("/v1/latency?by=session", status=400)


@pytest.mark.parametrize("by", ["", "model", "day,provider,api,project,agent"])
def test_the_command_tells_the_same_waiting_times(api, relay, run, by):
    told = api.get(f"/v1/latency?by={by}" if by else "/v1/latency")
    code, out, err = run("stats", "--latency", "--json", *(("--by", by) if by else ()), "--sqlite", relay.store.path)
    assert code == 0, err
    *rows, total = map(json.loads, out.splitlines())
    assert rows == told["latency"]
    assert total == {**told["total"], "type": "total", "looked_at": told["looked_at"],
                     "looked_back_to": told["looked_back_to"], "complete": told["complete"]}


def test_what_was_said_is_found(api, relay):
    page = api.get("/v1/search?query=file")
    assert [hit["hash"] for hit in page["hits"]] == [relay.rows[1]["head_hash"]] and page["next"] is None
    assert page["hits"][0]["session"] == "morning" and "file" in page["hits"][0]["snippet"]["text"]
    assert len(api.get("/v1/search?query=ok&newest=true&limit=1")["hits"]) == 1
    assert api.get("/v1/search?query=what&part=thinking")["hits"] == []
    assert api.get("/v1/search?query=%22std::move%22%20don't%20%1b")["hits"] == []
    for wrong in ("query=modle:x", "query=is:new", "part=all", "limit=0", "newest=1", "query=ok&cursor=%1b",
                  "query=" + "x" * 5000):
        api.get(f"/v1/search?{wrong}", status=400)


def test_pages_of_a_tree_hold_each_thread_once(proxy, upstream):
    relay = proxy(upstream(Answering(*(chat.answer(chat.completion(text)) for text in ("one", "two", "three")))))
    for text in ("a", "b", "c"):
        relay.fetch(chat.turn(text, fields=SESSION))
    relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    api = Api(relay)
    whole = api.get("/v1/sessions/morning/tree")["entries"]
    assert [one["type"] for one in whole] == ["thread", "branch"] * 3
    pages, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/sessions/morning/tree?limit=1{cursor and '&cursor=' + cursor}")
        pages += page["entries"]
        cursor = page["next"]
    assert pages == whole


def test_forks_events_and_differences_are_told(api, relay):
    ids, heads = [row["id"] for row in relay.rows], [row["head_hash"] for row in relay.rows]
    branches = [one for one in api.get("/v1/sessions/morning/tree")["entries"] if one["type"] == "branch"]
    assert [(one["nodes"], one["hash"]) for one in branches] == [(4, heads[1])]
    assert len(api.get("/v1/sessions/morning/tree?thread=1&limit=1")["entries"]) == 2
    assert api.get(f"/v1/nodes/{heads[1]}/tree")["entries"][-1]["hash"] == heads[1]
    events = api.get(f"/v1/exchanges/{ids[1]}/events")
    assert events["form"] == "body" and events["coding"] == "gzip" and len(events["events"]) == 1
    assert events["events"][0]["data"].startswith('{"id":')
    api.get(f"/v1/exchanges/{ids[1]}/events?limit=1&data_bytes=0&cursor=999999")
    chains = api.get(f"/v1/differences/chains?left={heads[0]}&right={heads[1]}")
    assert chains["common"]["hash"] == heads[0] and [one["change"] for one in chains["messages"]] == ["added"] * 2
    others = api.get(f"/v1/differences/chains?left={heads[2]}&right={heads[3]}&unit=lines&limit=1")
    assert others["common"] is None and len(others["messages"]) == 1 and others["next"]
    rest = api.get(f"/v1/differences/chains?left={heads[2]}&right={heads[3]}&cursor={others['next']}")
    assert len(rest["messages"]) >= 1
    exchanges = api.get(f"/v1/differences/exchanges?left={ids[0]}&right={ids[1]}")
    assert {one["part"] for one in exchanges["parts"]} == {"message"}
    assert {"name": "content-encoding", "left": None, "right": "gzip"} in exchanges["response_fields"]
    sessions = api.get("/v1/differences/sessions?left=morning&right=noon-1")
    assert (sessions["left"]["turns"], sessions["right"]["turns"]) == (2, 1)
    cache = api.get(f"/v1/exchanges/{ids[1]}/cache")
    assert cache["predecessor"]["id"] == ids[0]
    assert api.get("/v1/sessions/morning/cache?all=true&limit=1")["total"]["exchanges"] >= 2
    named = api.get(f"/v1/names?name={heads[0][:12]}")["candidates"]
    assert [(one["kind"], one["name"]) for one in named] == [("node", heads[0])]
    assert [one["kind"] for one in api.get("/v1/names?name=noon")["candidates"]] == ["session", "session"]
    assert api.get("/v1/names?name=none")["candidates"] == []
    hash = "a" * 64
    for path, status in (("/v1/sessions/none/tree", 404), ("/v1/names", 400), ("/v1/sessions/noon/tree", 409),
                         ("/v1/sessions/morning/tree?thread=9", 404), ("/v1/sessions/morning/tree?cursor=%1b", 400),
                         (f"/v1/nodes/{hash}/tree", 404), ("/v1/nodes/x/tree", 400),
                         ("/v1/exchanges/0190/cache", 404), (f"/v1/exchanges/{ids[1][:8]}/cache", 409),
                         ("/v1/sessions/none/cache", 404), ("/v1/sessions/noon/cache", 409),
                         ("/v1/sessions/morning/cache?limit=0", 400), (f"/v1/exchanges/{ids[1]}/cache?x=1", 400),
                         ("/v1/exchanges/0190/events", 404), (f"/v1/exchanges/{ids[1][:8]}/events", 409),
                         (f"/v1/exchanges/{ids[1]}/events?data_bytes=65537", 400),
                         (f"/v1/differences/chains?left={hash}&right={hash}", 404), ("/v1/differences/chains", 400),
                         (f"/v1/differences/chains?left={heads[0]}&right={heads[1]}&cursor=x", 400),
                         (f"/v1/differences/exchanges?left={ids[0][:8]}&right={ids[1]}", 409),
                         ("/v1/differences/exchanges?left=0190&right=0190", 404),
                         (f"/v1/differences/exchanges?left={ids[0]}&right={ids[1]}&unit=letters", 400),
                         ("/v1/differences/sessions?left=noon&right=noon", 409),
                         ("/v1/differences/sessions?left=x&right=y", 404), ("/v1/differences/sessions?left=x", 400)):
        api.get(path, status=status)


def test_what_has_not_changed_is_not_sent_again(api, relay):
    paths = ("/v1/sessions", "/v1/sessions/morning", "/v1/sessions/morning/transcript", "/v1/usage", "/v1/tools",
             "/v1/latency", f"/v1/chains/{relay.rows[1]['head_hash']}/transcript")
    tags = {path: api.ask(path)[1]["ETag"] for path in paths}
    for path, tag in tags.items():
        assert tag.startswith('W/"') and api.ask(path, If_None_Match=tag)[0] == 304, path
    relay.fetch(chat.turn("more", fields=SESSION))
    relay.store.wait_exchanges(7)
    wait_catalogue(relay, 7)
    for path, tag in tags.items():
        assert api.ask(path, If_None_Match=tag)[0] == 200, path


def test_the_document_is_complete_and_its_schemas_leave_nothing_open(api):
    document = api.document
    assert document["openapi"] == "3.1.0"
    for name, schema in document["components"]["schemas"].items():
        for one in schema.get("oneOf", [schema]):
            assert "$ref" in one or "enum" in one or one["additionalProperties"] is False, name
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names)) > 20
    for path, operations in document["paths"].items():
        for operation in operations.values():
            named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert named == re.findall(r"{(.*?)}", path), path
            for one in operation["parameters"]:
                jsonschema.Draft202012Validator.check_schema(one["schema"])


def test_who_has_no_token_reads_nothing_anywhere(api, relay):
    for path, operations in api.document["paths"].items():
        for method, operation in operations.items():
            path = re.sub("{.*?}", "x", path)
            status, fields, body = relay.ask(path, method=method.upper(), Authorization=None,
                                             body=b"" if method in ("post", "put") else None)
            opens = operation.get("security") == []
            assert status == (401 if not opens else 400 if method == "post" else 200), (method, path)
            assert opens or json.loads(body)["title"] == "Unauthorized"
            assert relay.ask(path, method=method.upper(), Host="evil.test",
                             body=b"" if method in ("post", "put") else None)[0] == 403


def test_events_are_a_stream_and_odd_questions_for_them_are_refused(api, relay):
    status, head, body = relay.ask("/v1/events", method="HEAD")
    assert (status, head["Content-Type"], body) == (200, "text/event-stream; charset=utf-8", b"")
    reader = Events(relay, after="0", kinds="exchange,node")
    told = reader.wait("exchange", 6)
    reader.close()
    assert [one["id"] for one in told] == [row["id"] for row in relay.rows]
    api.meet("/v1/events", "GET", reader.status)
    for wrong in ("kinds=all", "kinds=,", "x=1", "%1b=", "kinds=%1b"):
        assert api.get(f"/v1/events?{wrong}", status=400)["detail"], wrong


def test_zz_every_status_of_the_routes_that_read_is_met_by_the_tests_above(api, request):
    assert_all_met(request, api.document)
