"""A web page from elsewhere cannot use a listener on loopback: neither across sites nor by DNS rebinding."""
import json

import pytest

from harness.wire import Answering

ANSWER = {"model": "m", "message": {"role": "assistant", "content": "hi"}, "done": True}
BODY = json.dumps({"model": "m", "stream": False, "messages": [{"role": "user", "content": "planted"}]}).encode()


def answer():
    body = json.dumps(ANSWER).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def post(fields: bytes, target: bytes = b"/api/chat") -> bytes:
    return (b"POST " + target + b" HTTP/1.1\r\n" + fields + b"Content-Type: text/plain;charset=UTF-8\r\n"
            b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)


REFUSED = {
    "cross-site form": (b"Host: 127.0.0.1\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n", "Origin"),
    "opaque origin": (b"Host: localhost\r\nOrigin: null\r\nSec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site"),
    "no origin": (b"Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site"),
    "rebound host": (b"Host: evil.example\r\nSec-Fetch-Site: same-origin\r\n", "Host"),
    "rebound host of a browser over http": (b"Host: evil.example\r\nUser-Agent: Mozilla/5.0\r\n", "Host"),
}
PASSED = {
    "program": (b"Host: 127.0.0.1\r\n", b"/api/chat"),
    "program under another name": (b"Host: tapes.internal\r\nUser-Agent: ollama-python\r\n", b"/api/chat"),
    "editor": (b"Host: 127.0.0.1\r\nOrigin: vscode-webview://1\r\nSec-Fetch-Site: cross-site\r\n", b"/api/chat"),
    "page of this machine": (b"Host: 127.0.0.1\r\nOrigin: http://localhost:3000\r\n", b"/api/chat"),
    "absolute form": (b"Host: evil.example\r\nSec-Fetch-Mode: cors\r\n", b"http://evil.example/api/chat"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_web_page_from_elsewhere_is_refused_named_in_the_log_and_accounted(proxy, upstream, case):
    fields, field = REFUSED[case]
    server = upstream(Answering(answer()))
    relay = proxy(server, provider="ollama")
    head, body = relay.fetch(post(fields))
    assert head.status == 403
    assert "error" in json.loads(body)
    relay.wait_for(f"a web page's request was refused for its {field} ")
    row = relay.store.only()
    assert (row["end_reason"], row["path"]) == ("protocol_error", "/api/chat")
    assert row["drop_reason"]
    relay.store.assert_balanced()
    assert server.accepted == 0
    assert relay.store.nodes() == []


@pytest.mark.parametrize("case", PASSED)
def test_editors_programs_and_absolute_targets_pass(proxy, upstream, case):
    fields, target = PASSED[case]
    relay = proxy(upstream(Answering(answer())), provider="ollama")
    head, body = relay.fetch(post(fields, target))
    assert head.status == 200
    assert json.loads(body) == ANSWER


def test_origin_that_the_configuration_allows_passes(proxy, upstream):
    relay = proxy(upstream(Answering(answer())), provider="ollama",
                  settings={"proxy.allowed_origins": "https://chat.example"})
    fields = b"Host: 127.0.0.1\r\nOrigin: https://chat.example\r\nSec-Fetch-Site: cross-site\r\n"
    assert relay.fetch(post(fields))[0].status == 200
    assert relay.fetch(post(fields.replace(b"chat.", b"evil.")))[0].status == 403
