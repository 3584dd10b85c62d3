"""The page's files, and how a browser comes to read: codes, cookies, and pages of elsewhere that get nothing."""
import gzip
import json
import re
import time

import pytest

from harness import chat
from harness.api import Api, wait_catalogue
from harness.wire import connect


class Browser:
    """Asks as a browser does: with the cookies of a process, and of which page it comes."""

    def __init__(self, process):
        self.process, self.cookie = process, None

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.process.admin_port}"

    def ask(self, path, method="GET", body=None, **fields):
        return self.process.ask(path, method=method, body=body, Authorization=None, Cookie=self.cookie, **fields)

    def status(self, path, method="GET", **fields):
        return self.ask(path, method, **fields)[0]

    def enter(self, code, **fields):
        status, head, body = self.ask("/v1/browser/session", "POST", json.dumps({"code": code}).encode(),
                                      Content_Type="application/json", Origin=self.origin,
                                      Sec_Fetch_Site="same-origin", **fields)
        if status == 200:
            self.cookie = head["Set-Cookie"].split(";")[0]
        return status, head, json.loads(body)


def make_code(process):
    status, _, body = process.ask("/v1/browser/codes", method="POST", body=b"")
    assert status == 201, body
    return json.loads(body)["code"]


def entered(process):
    browser = Browser(process)
    assert browser.enter(make_code(process))[0] == 200
    return browser


@pytest.fixture
def relay(proxy, mock):
    one = proxy(mock)
    one.fetch(chat.turn("hi", fields=b"session_id: morning\r\n"))
    one.store.wait_exchanges(1)
    wait_catalogue(one, 1)
    return one


def test_the_page_is_served_without_a_token_and_tells_nothing_of_the_record(relay):
    browser = Browser(relay)
    assert any(f"the page is at http://127.0.0.1:{relay.admin_port}/" in line for line in relay.lines)
    status, head, index = browser.ask("/")
    assert status == 200 and head["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in head["Content-Security-Policy"] and "unsafe" not in head["Content-Security-Policy"]
    for path in ("/s/morning", "/x/0190?tab=raw", "/n/abc/tree", "/search?query=x", "/usage", "/delivery", "/compare"):
        assert browser.ask(path)[2] == index, path
    assert b"<script>" not in index and b"style=" not in index and b"morning" not in index
    files = re.findall(rb'(?:src|href)="(/[^"]+)"', index)
    for path in {file.decode() for file in files}:
        status, head, plain = browser.ask(path)
        assert status == 200 and head["X-Content-Type-Options"] == "nosniff"
        immutable = head["Cache-Control"] == "public, max-age=31536000, immutable"
        assert immutable == path.startswith("/assets/")
        status, packed_head, packed = browser.ask(path, Accept_Encoding="gzip")
        assert packed_head["Content-Encoding"] == "gzip" and gzip.decompress(packed) == plain
        assert browser.ask(path, Accept_Encoding="gzip", If_None_Match=packed_head["ETag"])[0] == 304
    assert browser.status("/v1/sessions") == 401 == browser.status("/nothing")
    assert browser.status("/", Host="evil.test") == 403


def test_a_code_gives_one_browser_a_cookie_by_which_it_reads_everything(relay):
    api, browser = Api(relay), Browser(relay)
    code = api.ask("/v1/browser/codes", method="POST", body=b"")[2]["code"]
    assert re.fullmatch("[0-9a-f]{32}", code)
    assert browser.status("/v1/browser/codes", "POST", body=b"") == 401
    status, head, body = browser.enter(code)
    assert status == 200 and body["expires_at"]
    assert head["Set-Cookie"].startswith(f"tapes-{relay.admin_port}=")
    assert head["Set-Cookie"].endswith("; Max-Age=604800; Path=/; HttpOnly; SameSite=Strict")
    assert relay.token() not in str(head) and head["Cache-Control"] == "no-store"
    assert browser.enter(code)[0] == 403 and Browser(relay).enter(code)[0] == 403
    for path in ("/v1/sessions", "/v1/sessions/morning/transcript", "/v1/usage", "/v1/exchanges", "/openapi.json",
                 "/v1/dead-letters", "/v1/cursors", "/v0.4/sessions", "/metrics"):
        assert browser.status(path, Sec_Fetch_Site="same-origin") in (200, 404), path
        assert browser.status(path, "HEAD", Sec_Fetch_Site="same-origin") in (200, 404), path
    assert json.loads(browser.ask("/v1/sessions")[2])["sessions"][0]["name"] == "morning"
    # A cookie makes no codes: whoever took one could go on for good.
    assert browser.status("/v1/browser/codes", "POST", body=b"", Origin=browser.origin) == 401
    assert Browser(relay).enter("0" * 32)[0] == 403
    for body, wanted in ((b'{"code":1}', 400), (b"", 400)):
        assert api.ask("/v1/browser/session", method="POST", body=body, Authorization=None)[0] == wanted
    assert code not in relay.output and browser.cookie not in relay.output


def test_a_cookie_makes_no_backup(relay):
    """A page has no business in files of this machine; whoever has the token may have the store copied."""
    browser = entered(relay)
    own = {"Content_Type": "application/json", "Origin": browser.origin, "Sec_Fetch_Site": "same-origin"}
    body = json.dumps({"file": "/tmp/x.partial", "device": 1, "inode": 1}).encode()
    assert browser.ask("/v1/backups", "POST", body, **own)[0] == 401
    assert browser.ask("/v1/backups/0/steps", "POST", b'{"pages":1}', **own)[0] == 401
    assert browser.ask("/v1/backups/0", "DELETE", **own)[0] == 401
    assert relay.ask("/v1/backups", 30, "POST", body, **{"Content-Type": "application/json"})[0] == 409


def test_live_events_come_by_the_cookie(relay):
    browser = entered(relay)
    with connect(relay.admin_port) as client:
        client.send(b"GET /v1/events?kinds=exchange&after=0 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n"
                    b"Sec-Fetch-Site: same-origin\r\nAccept: text/event-stream\r\n\r\n"
                    % (relay.admin_port, browser.cookie.encode()))
        seen = client.take_until(b"event: exchange")
        assert seen.startswith(b"HTTP/1.1 200")


def test_pages_of_elsewhere_get_nothing_by_the_cookie(relay):
    browser = entered(relay)
    letters = "/v1/dead-letters/discard?all=true&reason=test"
    for site in ("cross-site", "same-site"):
        assert browser.status("/v1/sessions", Sec_Fetch_Site=site) == 401
        assert browser.status(letters, "POST", body=b"{}", Sec_Fetch_Site=site) == 401
        assert browser.status("/v1/browser/session", "DELETE", Sec_Fetch_Site=site) == 403
    # file: and sandboxed pages, other sites, and other ports of this machine.
    for origin in ("null", "https://evil.test", "http://127.0.0.1:1", f"http://localhost:{relay.admin_port}"):
        for method, path in (("GET", "/v1/sessions"), ("POST", letters), ("DELETE", "/v1/cursors/none")):
            body = b"{}" if method == "POST" else None
            assert browser.status(path, method, body=body, Origin=origin) == 403, (origin, path)
    # Who changes something says from where.
    assert browser.status(letters, "POST", body=b"{}") == 401 == browser.status("/v1/cursors/none", "DELETE")
    assert browser.status(letters, "POST", body=b"{}", Sec_Fetch_Site="none") == 401
    assert browser.status(letters, "POST", body=b"{}", Origin=browser.origin) == 200
    assert browser.status("/v1/cursors/none", "DELETE", Sec_Fetch_Site="same-origin") == 404
    assert browser.status("/v1/sessions", Sec_Fetch_Site="none") == 200


def test_a_cookie_outlives_a_restart_and_is_of_no_use_elsewhere(proxy, mock, relay, workspace):
    browser = entered(relay)
    _, value = browser.cookie.split("=")
    for place in (0, 31, 40, 49, 60, len(value) - 1):
        changed = value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1:]
        browser.cookie = f"tapes-{relay.admin_port}={changed}"
        assert browser.status("/v1/sessions") == 401
    assert relay.stop() == 0
    again = Browser(proxy(mock))
    again.cookie = f"tapes-{again.process.admin_port}={value}"
    assert again.status("/v1/sessions") == 200
    again.cookie = f"tapes-1={value}"
    assert again.status("/v1/sessions") == 401
    (workspace / "other").mkdir()
    other = Browser(proxy(mock, directory=workspace / "other"))
    other.cookie = f"tapes-{other.process.admin_port}={value}"
    assert other.status("/v1/sessions") == 401
    # Another token ends all sessions.
    assert again.process.stop() == 0
    (workspace / "tapes.sqlite.token").unlink()
    anew = Browser(proxy(mock))
    anew.cookie = f"tapes-{anew.process.admin_port}={value}"
    assert anew.status("/v1/sessions") == 401


def test_a_browser_leaves(relay):
    browser = entered(relay)
    status, head, body = browser.ask("/v1/browser/session", "DELETE", Origin=browser.origin)
    assert (status, body) == (200, b"{}\n")
    assert head["Set-Cookie"] == f"tapes-{relay.admin_port}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"


def test_codes_end_and_wrong_ones_are_limited(relay):
    api, begun = Api(relay), time.monotonic()
    code = make_code(relay)
    for _ in range(16):
        make_code(relay)
    assert Browser(relay).enter(code)[0] == 403, "the oldest of seventeen"
    good = make_code(relay)
    tries = [Browser(relay).enter("0" * 32) for _ in range(32)]
    assert {status for status, _, _ in tries} <= {403, 429} and tries[-1][0] == 429
    refused = api.ask("/v1/browser/session", method="POST", body=json.dumps({"code": good}).encode(),
                      Authorization=None)
    assert refused[0] == 429 and refused[1]["Retry-After"] == "30"
    assert time.monotonic() - begun < 30
