"""HAR files: valid by a validator of others, served by Playwright as what was recorded, and read back."""
import json
import pathlib
import random
import string
import subprocess

import pytest

from harness import chat, conversations
from harness.api import wait_catalogue
from harness.store import Store
from harness.wire import Answering
from harness.websocket import frame
from test_websocket import create, events, open_socket, serving

NODE = pathlib.Path(__file__).parent / "node"
SECRET = "gh" + "p_" + "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=36))
KEY = "sk-e2e-very-secret-0123456789"


@pytest.fixture
def relay(proxy, upstream):
    answers = [*conversations.chat_answers(),
               chat.answer(b'{"error":{"message":"no"}}', status=b"429 Too Many Requests", fields=b"Retry-After: 7\r\n"),
               chat.answer(chat.completion("Bye."), fields=b"Set-Cookie: a=b\r\n")]
    one = proxy(upstream(Answering(*answers)), settings={"record.wire": "all"})
    session = b"session_id: weather-chat\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
    for request in conversations.chat_turns(session):
        one.fetch(request)
    one.fetch(chat.turn("again", fields=session))
    one.fetch(chat.turn(f"my token is {SECRET}", fields=session, path=b"/v1/chat/completions?api-version=1"))
    one.rows = one.store.wait_exchanges(4)
    wait_catalogue(one, 4)
    return one


@pytest.fixture
def export(run, relay, workspace):
    def go(name, *more):
        file = workspace / "out.har"
        code, out, err = run("export", name, "--as", "har", "-o", file, "--sqlite", relay.store.path, *more)
        assert code == 0, err
        done = subprocess.run(["node", NODE / "har.mjs", file], capture_output=True, text=True, cwd=NODE, timeout=60)
        assert done.returncode == 0, done.stderr
        return file, json.loads(file.read_text()), err
    return go


def test_a_session_is_valid_har_with_all_that_was_recorded(export, relay):
    _, har, err = export("weather-chat")
    entries = har["log"]["entries"]
    assert len(entries) == 4 and SECRET not in json.dumps(har) and "github-token" in err
    first, second, failed, last = entries
    assert KEY not in json.dumps(har)
    fields = {field["name"].lower(): field["value"] for field in first["request"]["headers"]}
    assert fields["authorization"].startswith("Bearer redacted:")
    assert json.loads(first["request"]["postData"]["text"])["messages"] == conversations.CHAT_ASKED
    assert first["request"]["url"] == relay.rows[0]["upstream"] + "/v1/chat/completions"
    assert first["timings"]["wait"] > 0 and first["timings"]["blocked"] >= 0 and first["timings"]["send"] >= 0
    assert first["time"] == pytest.approx(sum(max(phase, 0) for phase in first["timings"].values()), abs=0.002)
    assert first["timings"]["wait"] < first["time"]
    assert first["startedDateTime"][:19] == relay.rows[0]["started_at"][:19]
    assert second["response"]["content"]["text"].encode() == b"".join(chat.stream_events("It ", "rains.", usage=(70, 3)))
    assert second["response"]["content"]["mimeType"] == "text/event-stream"
    assert (failed["response"]["status"], failed["response"]["statusText"]) == (429, "Too Many Requests")
    assert {"name": "api-version", "value": "1"} in last["request"]["queryString"]
    own = first["_tapes"]
    assert own["hash"] == relay.rows[0]["head_hash"] and own["usage"]["output"] == 8 and own["session"] == "weather-chat"
    assert own["id"] == relay.rows[0]["id"] and failed["_tapes"]["drop_reason"] == "upstream_status"
    assert "hash" in last["_tapes"]  # the secret has more than 80 bits


def test_the_route_and_an_exchange_give_the_same_entry(export, relay):
    _, har, _ = export(relay.rows[1]["id"])
    assert len(har["log"]["entries"]) == 1
    status, head, body = relay.ask(f"/v1/exports/har/{relay.rows[1]['id']}", 30)
    assert status == 200 and json.loads(body) == har and ".har" in head["Content-Disposition"]
    _, chain, _ = export(relay.rows[1]["head_hash"])
    assert [one["_tapes"]["id"] for one in chain["log"]["entries"]] == [row["id"] for row in relay.rows[:2]]


def test_what_is_exported_and_imported_has_the_same_nodes_and_is_exported_again(export, relay, run, workspace):
    file, har, _ = export("weather-chat", "--keep-secrets")
    other = workspace / "other.sqlite"
    code, out, err = run("import", file, "--sqlite", other)
    assert code == 0 and "imported 3 turns" in out and "no answer of 2xx: 1" in out, err
    assert {node["hash"] for node in Store(other).nodes()} == {node["hash"] for node in relay.store.nodes()}
    before = {row["id"]: row for row in relay.rows}
    for row in Store(other).exchanges():
        same = before[row["id"]]
        for column in ("head_hash", "started_at", "first_byte_at", "ended_at", "provider", "agent_name", "session",
                       "project", "model", "stop_reason", "total_tokens", "streamed", "upstream", "path", "target"):
            assert row[column] == same[column], column
    again = workspace / "again.har"
    assert run("export", "weather-chat", "--as", "har", "-o", again, "--keep-secrets", "--sqlite", other)[0] == 0
    kept = [one["request"]["postData"] for one in har["log"]["entries"] if one["response"]["status"] == 200]
    assert [one["request"]["postData"] for one in json.loads(again.read_text())["log"]["entries"]] == kept
    assert run("verify", "--sqlite", other)[0] == 0


def test_playwright_serves_the_recorded_answers_from_it(export, relay):
    from harness.browser import Chromium
    file, har, _ = export("weather-chat", "--keep-secrets")
    second = har["log"]["entries"][1]
    origin = second["request"]["url"].split("/v1/")[0]

    chromium = Chromium(file.parent)
    try:
        page = chromium.browser.new_context().new_page()
        page.route(origin + "/", lambda route: route.fulfill(body="<html></html>", content_type="text/html"))
        page.route_from_har(file, url="**/v1/**", not_found="abort")
        page.goto(origin + "/")
        answered = page.evaluate("""async ([url, body]) => {
            const answer = await fetch(url, {method: "POST", body, headers: {"content-type": "application/json"}});
            return [answer.status, answer.headers.get("content-type"), await answer.text()]; }""",
                             [second["request"]["url"], second["request"]["postData"]["text"]])
    finally:
        chromium.close()
    assert answered == [200, "text/event-stream", second["response"]["content"]["text"]]


def test_chromiums_own_reader_shows_what_was_recorded(export):
    """The network panel of its developer tools imports the file as a person does it."""
    from harness.devtools import read_har
    file, har, _ = export("weather-chat", "--keep-secrets")
    rows, read, problems = read_har(file)
    entries = har["log"]["entries"]
    assert problems == [] and len(rows) == len(read) == len(entries) == 4
    assert [row[1] for row in rows] == ["200", "200", "429", "200"]
    for entry, one in zip(entries, read):
        asked, answered = entry["request"], entry["response"]
        assert (one["method"], one["url"], one["body"]) == ("POST", asked["url"], asked["postData"]["text"])
        assert (one["status"], one["reason"]) == (answered["status"], answered["statusText"])
        assert (one["mime"], one["text"]) == (answered["content"]["mimeType"], answered["content"]["text"])
        assert one["sent"] == {field["name"].lower(): field["value"] for field in asked["headers"]}
        assert one["took"] * 1000 == pytest.approx(entry["time"], abs=1)
        assert one["waited"] * 1000 == pytest.approx(entry["timings"]["wait"], abs=1)
    assert read[3]["query"] == [["api-version", "1"]]
    assert [one["started"] for one in read] == sorted(one["started"] for one in read)


def test_messages_of_a_websocket_are_frames_in_chromiums_own_reader(proxy, upstream, run, workspace):
    from harness.devtools import read_har
    said = events("One.")
    relay = proxy(upstream(serving(b"".join(map(frame, said)))), settings={"record.wire": "all"})
    with open_socket(relay) as client:
        client.send(frame(create("first"), masked=True))
        client.take(sum(len(frame(one)) for one in said))
    [row] = relay.store.wait_exchanges(1)
    file = workspace / "out.har"
    assert run("export", row["id"], "--as", "har", "-o", file, "--sqlite", relay.store.path)[0] == 0
    rows, [read], problems = read_har(file)
    assert problems == [] and len(rows) == 1
    assert [kind for kind, _ in read["frames"]] == ["send"] + ["receive"] * len(said)
    assert [text.encode() for _, text in read["frames"]] == [create("first"), *said]


def test_chromiums_own_reader_tells_a_wrong_file_from_a_right_one(export):
    from harness.devtools import read_har
    file, har, _ = export("weather-chat")
    file.write_text(json.dumps(har)[:-20])
    with pytest.raises(Exception, match="Timeout|waiting for"):
        read_har(file, timeout_ms=5_000)


def test_bodies_that_are_no_text_and_codings_are_written_so_that_they_can_be_read(run, proxy, mock, workspace):
    relay = proxy(mock, settings={"record.wire": "all"})
    relay.fetch(chat.turn("packed", fields=b"X-Mock-Encoding: br\r\n"))
    relay.fetch(chat.post(b"\x00\xff\xfebinary", path=b"/v1/files", content_type=b"application/octet-stream"))
    rows = relay.store.wait_exchanges(2)
    entries = []
    for row in rows:
        file = workspace / f"{row['id']}.har"
        assert run("export", row["id"], "--as", "har", "-o", file, "--sqlite", relay.store.path)[0] == 0
        assert subprocess.run(["node", NODE / "har.mjs", file], cwd=NODE, timeout=60).returncode == 0
        entries.append(json.loads(file.read_text())["log"]["entries"][0])
    packed, binary = sorted(entries, key=lambda one: "files" in one["request"]["url"])
    assert "You said: packed" in packed["response"]["content"]["text"]
    assert packed["response"]["bodySize"] == [row for row in rows if "chat" in row["path"]][0]["response_bytes"]
    assert binary["request"]["postData"]["_encoding"] == "base64"
